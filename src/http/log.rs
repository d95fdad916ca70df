//! What the call log says about requests and responses: nothing that may be secret.

use crate::base::utf8::excerpt;
use crate::log::Log;
use crate::proto::http1::Head;

/// Logs the path of a request; a query may hold a token, so of it only its length.
pub fn log_target(log: &mut Log, target: &str) {
    log.fact("path", excerpt(path_of(target)).into_owned());
    if let Some((_, query)) = target.split_once('?') {
        log.fact("queryLength", query.len());
    }
}

/// Returns a target without its query.
pub fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

/// Logs the status code of a response and, if the log is verbose, its fields; those that carry secrets by name only.
pub fn log_response(log: &mut Log, head: &Head) {
    log.fact("statusCode", head.status);
    log.verbose(|log| {
        for (name, value) in head.headers.iter() {
            let secret = name.eq_ignore_ascii_case("Set-Cookie");
            log.fact("responseField", format!("{name}: {}", if secret { "(not shown)" } else { value }));
        }
    });
}

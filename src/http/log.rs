//! What the call log says about requests and responses: nothing that may be secret.

use super::Connection;
use crate::base::Deadline;
use crate::base::utf8::{cut_tail_len, excerpt, to_text};
use crate::engine::Op;
use crate::log::Log;
use crate::proto::http1::{BodyReader, Framing, Head};

/// How much of a refusal's body is kept, and how long it may take to come.
const REFUSAL_BODY: usize = 4 * 1024;
const REFUSAL_BODY_MS: u32 = 1000;

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

/// Logs the body of a refusal of a request with `verb`, as it is: never decoded, never more than 4 KiB. Returns it.
pub async fn log_refusal(op: &mut Op<'_>, connection: &mut Connection, verb: &str, head: &Head) -> String {
    op.log.fact("statusText", head.reason.clone());
    let mut body = Vec::new();
    if let Ok(framing) = Framing::of(verb, head) {
        // A body that ends with the connection ends here after a second: the server may keep it open.
        op.set_deadline(Deadline::after_ms(REFUSAL_BODY_MS).earlier(op.deadline()));
        let mut reader = BodyReader::new(framing, 0);
        // The body is a help for a person; a fault in it does not matter beside the refusal.
        let _ = connection.read_body(op, &mut reader, REFUSAL_BODY, 0, &mut body).await;
        body.truncate(REFUSAL_BODY);
        body.truncate(body.len() - cut_tail_len(&body));
    }
    let body = to_text(body).unwrap_or_default();
    if !body.is_empty() {
        op.log.fact("responseBody", body.clone());
    }
    body
}

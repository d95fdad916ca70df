//! What a Rest sends: requests made of the settings.

use super::Rest;
use crate::base::growth::copy_of_text;
use crate::base::utf8::excerpt;
use crate::base::{ErrorCode, Fault, Result};
use crate::http::Connection;
use crate::http::log::log_target;
use crate::log::Log;
use crate::object::BinData;
use crate::object::endpoint::Endpoint;
use crate::proto::http1::{Headers, request};
use std::borrow::Cow;
use std::sync::Arc;

/// A request as it is sent.
pub(super) struct Request {
    pub(super) headers: Headers,
    pub(super) bytes: Vec<u8>,
}

impl Request {
    /// Returns the start line, and the header fields as they were sent.
    fn parts(&self) -> Option<(&str, &str)> {
        let (line, fields) = std::str::from_utf8(&self.bytes).ok()?.split_once("\r\n")?;
        Some((line, fields.strip_suffix("\r\n").unwrap_or(fields)))
    }
}

impl Rest {
    /// LastRequestStartLine. It and the header are the program's own, with all that is secret in them: they are
    /// returned to the program, and enter no log.
    pub fn last_request_start_line(&self) -> Result<String> {
        let request = self.last_request.lock().clone();
        copy_of_text(request.as_ref().and_then(|request| request.parts()).map_or("", |(line, _)| line))
    }

    /// LastRequestHeader: the lines of the fields, without the blank line.
    pub fn last_request_header(&self) -> Result<String> {
        let request = self.last_request.lock().clone();
        copy_of_text(request.as_ref().and_then(|request| request.parts()).map_or("", |(_, fields)| fields))
    }

    /// Looks at the header fields of the last request; none if there was no request.
    pub fn look_at_last_request<R>(&self, look: impl FnOnce(&Headers) -> R) -> R {
        let request = self.last_request.lock().clone();
        match request {
            Some(request) => look(&request.headers),
            None => look(&Headers::default()),
        }
    }

    /// GetLastDebugRequest: appends what would have been sent to `bin_data`.
    pub fn last_debug_request(&self, bin_data: &BinData) -> Result<()> {
        let request = self.debug_request.lock().clone().ok_or_else(|| {
            Fault::new(
                ErrorCode::NoResponse,
                "No request has been made while ckws_rest_set_debug_mode was on.",
            )
        })?;
        bin_data.append(&request.bytes)
    }

    /// Makes a request of the settings; fails before anything has happened to the connection.
    pub(super) fn compose(&self, verb: &str, uri_path: &str) -> Result<Arc<Request>> {
        let destination = self.destination.lock().clone();
        let settings = self.settings.lock();
        let mut target = settings.path_params.fill(uri_path)?;
        settings.query_params.append_to(&mut target)?;
        let mut headers = Headers::default();
        let host = match (settings.host.as_str(), &destination) {
            ("", Some(destination)) => Cow::Owned(host_field(&destination.endpoint)),
            (host, _) => Cow::Borrowed(host),
        };
        headers.add("Host", &host)?;
        for (name, value) in settings.headers.iter() {
            headers.add(name, value)?;
        }
        if let Some((username, password)) = &settings.basic {
            headers.add("Authorization", &request::basic(username, password)?)?;
        } else if !settings.authorization.is_empty() {
            headers.add("Authorization", &settings.authorization)?;
        }
        request::complete_user_agent(&mut headers)?;
        let bytes = request::encode(verb, &target, &headers)?;
        Ok(Arc::new(Request { headers, bytes }))
    }

    /// Refuses a request with Basic credentials where they could be read on the way.
    pub(super) fn check_basic(&self, connection: &Connection) -> Result<()> {
        match self.settings.lock().basic {
            Some(_) => self.client.check_basic_allowed(connection.exposure()),
            None => Ok(()),
        }
    }

    /// What the log says about a request: how many query parameters there are, not which, for they may hold a token.
    /// The path is shown without the values that it is filled with.
    pub(super) fn log_request(&self, log: &mut Log, verb: &str, uri_path: &str) {
        log.fact("verb", excerpt(verb).into_owned());
        log_target(log, uri_path);
        let count = self.settings.lock().query_params.len();
        if count > 0 {
            log.fact("queryParams", count);
        }
    }
}

fn host_field(endpoint: &Endpoint) -> String {
    request::host_field(&endpoint.host, endpoint.port, if endpoint.tls { 443 } else { 80 })
}

//! The response that an object has received: the last one of a Rest, that to the opening handshake of a WebSocket.

use crate::base::utf8::excerpt;
use crate::base::{ErrorCode, Fault, Result};
use crate::proto::http1::Head;
use std::sync::Arc;

/// An object that makes requests.
pub trait Requester {
    /// Returns the head of the response.
    fn response(&self) -> Option<Arc<Head>>;

    /// ResponseStatusCode; 0 without a response.
    fn response_status_code(&self) -> u16 {
        self.response().map_or(0, |head| head.status)
    }

    /// ResponseHdrByName: the first field of that name.
    fn response_field(&self, name: &str) -> Result<String> {
        let head = self.response().ok_or_else(no_response)?;
        let field = head.headers.get(name).map(str::to_owned);
        field.ok_or_else(|| {
            let text = format!("The response has no header field {}.", excerpt(name));
            Fault::new(ErrorCode::NoResponse, text)
        })
    }

    /// NumResponseHeaders.
    fn num_response_headers(&self) -> usize {
        self.response().map_or(0, |head| head.headers.len())
    }

    /// ResponseHdrName and ResponseHdrValue: the field at `index`, from 0.
    fn response_field_at(&self, index: i32) -> Result<(String, String)> {
        let head = self.response().ok_or_else(no_response)?;
        let at = usize::try_from(index).ok();
        let field = at.and_then(|at| head.headers.iter().nth(at));
        field.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| {
            let text = format!("The response has {} header fields, none at {index}.", head.headers.len());
            Fault::new(ErrorCode::InvalidArgument, text)
        })
    }
}

fn no_response() -> Fault {
    Fault::new(ErrorCode::NoResponse, "There is no response.")
}

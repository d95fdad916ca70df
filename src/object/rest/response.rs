//! The last response of a Rest.

use super::Rest;
use crate::base::utf8::excerpt;
use crate::base::{ErrorCode, Fault, Result};
use crate::proto::http1::Head;
use std::sync::Arc;

impl Rest {
    /// Returns the last response's head.
    pub fn response(&self) -> Option<Arc<Head>> {
        self.response.lock().clone()
    }

    /// ResponseHdrByName.
    pub fn response_field(&self, name: &str) -> Result<String> {
        field_of(self.response().as_deref(), name)
    }

    /// NumResponseHeaders.
    pub fn num_response_headers(&self) -> usize {
        self.response().map_or(0, |head| head.headers.len())
    }

    /// ResponseHdrName and ResponseHdrValue: the field at `index`, from 0.
    pub fn response_field_at(&self, index: i32) -> Result<(String, String)> {
        let head = self.response().ok_or_else(no_response)?;
        let at = usize::try_from(index).ok();
        let field = at.and_then(|at| head.headers.iter().nth(at));
        field.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| {
            let text = format!("The response has {} header fields, none at {index}.", head.headers.len());
            Fault::new(ErrorCode::InvalidArgument, text)
        })
    }
}

/// Returns a field of a response, the first of that name.
pub(crate) fn field_of(head: Option<&Head>, name: &str) -> Result<String> {
    let head = head.ok_or_else(no_response)?;
    let field = head.headers.get(name).map(str::to_owned);
    field.ok_or_else(|| {
        let text = format!("The response has no header field {}.", excerpt(name));
        Fault::new(ErrorCode::NoResponse, text)
    })
}

fn no_response() -> Fault {
    Fault::new(ErrorCode::NoResponse, "There is no response.")
}

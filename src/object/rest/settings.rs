//! The settings of a Rest: properties, header fields, parameters, authentication.

use super::Rest;
use crate::base::Result;
use crate::base::growth::copy_of_text;
use crate::engine::Op;
use crate::object::Client;
use crate::object::object_base::size_limit;
use crate::proto::http1::{Headers, request};
use crate::proto::params::{PathParams, QueryParams};
use crate::proto::ws::extension;
use std::sync::atomic::Ordering;

/// What requests and connections are made with.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) headers: Headers,
    pub(super) authorization: String,
    pub(super) host: String,
    pub(super) basic: Option<(String, String)>,
    pub(super) query_params: QueryParams,
    pub(super) path_params: PathParams,
}

impl Rest {
    /// Returns its connect settings and time-outs.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// MaxResponseSize.
    pub fn max_response_size(&self) -> i64 {
        i64::try_from(self.max_response_size.load(Ordering::Relaxed)).unwrap_or(i64::MAX)
    }

    /// Sets MaxResponseSize.
    pub fn set_max_response_size(&self, value: i64) -> Result<()> {
        self.max_response_size.store(size_limit(value)?, Ordering::Relaxed);
        Ok(())
    }

    /// DebugMode.
    pub fn debug_mode(&self) -> bool {
        self.debug_mode.load(Ordering::Relaxed)
    }

    /// Sets DebugMode.
    pub fn set_debug_mode(&self, value: bool) {
        self.debug_mode.store(value, Ordering::Relaxed);
    }

    /// AllowHeaderFolding, which nothing asks for: a folded line is refused by every current server (RFC 9112
    /// section 5.2).
    pub fn allow_header_folding(&self) -> bool {
        self.allow_header_folding.load(Ordering::Relaxed)
    }

    /// Sets AllowHeaderFolding.
    pub fn set_allow_header_folding(&self, value: bool) {
        self.allow_header_folding.store(value, Ordering::Relaxed);
    }

    /// Authorization.
    pub fn authorization(&self) -> Result<String> {
        copy_of_text(&self.settings.lock().authorization)
    }

    /// Sets Authorization, the whole value of the header field.
    pub fn set_authorization(&self, value: &str) -> Result<()> {
        check_field_value("Authorization", value)?;
        self.settings.lock().authorization = copy_of_text(value)?;
        Ok(())
    }

    /// Host.
    pub fn host(&self) -> Result<String> {
        copy_of_text(&self.settings.lock().host)
    }

    /// Sets Host, the whole value of the header field; empty for the name that was connected to.
    pub fn set_host(&self, value: &str) -> Result<()> {
        check_field_value("Host", value)?;
        self.settings.lock().host = copy_of_text(value)?;
        Ok(())
    }

    /// AddHeader.
    pub fn add_header(&self, name: &str, value: &str) -> Result<()> {
        extension::check_request_field(name)?;
        self.settings.lock().headers.add(name, value)
    }

    /// RemoveHeader.
    pub fn remove_header(&self, op: &mut Op<'_>, name: &str) {
        let removed = self.settings.lock().headers.remove(name);
        op.log.fact("removed", removed);
    }

    /// ClearAllHeaders.
    pub fn clear_all_headers(&self) {
        self.settings.lock().headers.clear();
    }

    /// AddQueryParam.
    pub fn add_query_param(&self, name: &str, value: &str) -> Result<()> {
        self.settings.lock().query_params.set(name, value)
    }

    /// AddQueryParams.
    pub fn add_query_params(&self, query_string: &str) -> Result<()> {
        self.settings.lock().query_params.set_encoded(query_string)
    }

    /// RemoveQueryParam.
    pub fn remove_query_param(&self, op: &mut Op<'_>, name: &str) {
        let removed = self.settings.lock().query_params.remove(name);
        op.log.fact("removed", removed);
    }

    /// ClearAllQueryParams.
    pub fn clear_all_query_params(&self) {
        self.settings.lock().query_params.clear();
    }

    /// AddPathParam.
    pub fn add_path_param(&self, name: &str, value: &str) -> Result<()> {
        self.settings.lock().path_params.set(name, value)
    }

    /// ClearAllPathParams.
    pub fn clear_all_path_params(&self) {
        self.settings.lock().path_params.clear();
    }

    /// SetAuthBasic.
    pub fn set_auth_basic(&self, username: &str, password: &str) -> Result<()> {
        // Refused now, not at the request.
        request::basic(username, password)?;
        let basic = (copy_of_text(username)?, copy_of_text(password)?);
        self.settings.lock().basic = Some(basic);
        Ok(())
    }

    /// ClearAuth.
    pub fn clear_auth(&self) {
        let mut settings = self.settings.lock();
        settings.basic = None;
        settings.authorization.clear();
    }
}

/// Returns whether a header field may have this value.
fn check_field_value(name: &str, value: &str) -> Result<()> {
    Headers::default().add(name, value)
}

//! Seeds from the system.

use super::cancel::Uncancellable;
use super::error::describe_number;
use crate::base::{ErrorCode, Fault, Result};

/// `N` unpredictable bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let _uncancellable = Uncancellable::begin();
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        let reason = error.raw_os_error().map_or_else(|| error.to_string(), describe_number);
        Fault::new(ErrorCode::SystemResource, format!("The system gave no random numbers: {reason}."))
    })?;
    Ok(bytes)
}

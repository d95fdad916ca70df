//! Seeds from the system.

use crate::base::{ErrorCode, Fault, Result};

/// `N` unpredictable bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        Fault::new(ErrorCode::SystemResource, format!("The system gave no random numbers: {error}"))
    })?;
    Ok(bytes)
}

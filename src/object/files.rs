//! Files that a program names.

use crate::base::{ErrorCode, Fault, Result};

/// PEM text, or the content of the file that is named instead of it.
pub fn pem_or_file(pem_or_path: &str) -> Result<Vec<u8>> {
    if pem_or_path.contains("-----BEGIN ") {
        return Ok(pem_or_path.as_bytes().to_vec());
    }
    std::fs::read(pem_or_path).map_err(|error| {
        Fault::new(ErrorCode::FileAccess, format!("The file {pem_or_path} could not be read: {error}"))
    })
}

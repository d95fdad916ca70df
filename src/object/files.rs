//! Files that a program names.

use crate::base::{ErrorCode, Fault, Result};
use crate::sys::error::describe;
use crate::sys::{files, random};
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// The largest file that is read: as much as ckws_bin_data_get_num_bytes can tell.
const MAX_FILE: u64 = 2_147_483_647;

/// The largest file of certificates. That of all authorities which browsers trust has a quarter of a mebibyte.
const MAX_PEM_FILE: u64 = 16 * 1024 * 1024;

/// PEM text, or the content of the file that is named instead of it.
pub fn pem_or_file(pem_or_path: &str) -> Result<Vec<u8>> {
    if pem_or_path.contains("-----BEGIN ") {
        return Ok(pem_or_path.as_bytes().to_vec());
    }
    let text = read_at_most(MAX_PEM_FILE, pem_or_path)?;
    if !text.windows(11).any(|window| window == b"-----BEGIN ") {
        let text = format!("The file {pem_or_path} holds no PEM text (-----BEGIN CERTIFICATE-----).");
        return Err(Fault::new(ErrorCode::InvalidPem, text));
    }
    Ok(text)
}

/// The content of a regular file.
pub fn read(path: &str) -> Result<Vec<u8>> {
    read_at_most(MAX_FILE, path)
}

fn read_at_most(most: u64, path: &str) -> Result<Vec<u8>> {
    let read = || {
        let file = files::open_regular(Path::new(path), OpenOptions::new().read(true))?;
        let length = file.metadata()?.len();
        let mut content = Vec::new();
        if length <= most {
            content.try_reserve_exact(usize::try_from(length).map_err(io::Error::other)?)?;
            // One byte more shows that it has grown. std reserves fallibly.
            file.take(most + 1).read_to_end(&mut content)?;
        }
        match length.max(content.len() as u64) <= most {
            true => Ok(content),
            false => Err(io::Error::other(format!("it is larger than {most} bytes"))),
        }
    };
    read().map_err(|error| failed(path, "read", &error))
}

/// Replaces the content of a file, or makes one; all or nothing.
pub fn write(path: &str, bytes: &[u8]) -> Result<()> {
    replace(Path::new(path), bytes).map_err(|error| failed(path, "written", &error))
}

/// Adds to the end of a file, or makes one.
pub fn append(path: &str, bytes: &[u8]) -> Result<()> {
    let append = || {
        let file = files::open_regular(Path::new(path), OpenOptions::new().append(true).create(true))?;
        // In one system call, so that lines of several writers stay whole.
        files::write_all(&file, bytes)
    };
    append().map_err(|error| failed(path, "written", &error))
}

/// Who reads the file meanwhile sees the old content or the new: it is written beside it and then renamed.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let existing = files::metadata_of_regular(path)?;
    // A symbolic link stays one: what it leads to is replaced.
    let path = &if existing.is_some() { path.canonicalize()? } else { path.to_owned() };
    if existing.is_some() {
        // Renaming asks only the directory, so a file that must not be written is found out here.
        files::open_regular(path, OpenOptions::new().write(true))?;
    }
    let number = u64::from_ne_bytes(random::bytes().map_err(io::Error::other)?);
    let beside = path.with_file_name(format!(".ckws-{number:016x}.tmp"));
    let written = write_beside(&beside, bytes, existing.as_ref()).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_beside(beside: &Path, bytes: &[u8], replaced: Option<&Metadata>) -> io::Result<()> {
    let file = files::create_new(beside, replaced)?;
    files::write_all(&file, bytes)?;
    // Else the system may carry out the renaming first, and a power cut between leaves an empty file.
    file.sync_all()
}

fn failed(path: &str, what: &str, error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::OutOfMemory => ErrorCode::OutOfMemory,
        _ => ErrorCode::FileAccess,
    };
    Fault::new(code, format!("The file \"{path}\" could not be {what}: {}.", describe(error)))
}

//! Files that a program names.

use crate::base::{ErrorCode, Fault, Result};
use crate::sys::{files, random};
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// PEM text, or the content of the file that is named instead of it.
pub fn pem_or_file(pem_or_path: &str) -> Result<Vec<u8>> {
    if pem_or_path.contains("-----BEGIN ") {
        return Ok(pem_or_path.as_bytes().to_vec());
    }
    let text = read(pem_or_path)?;
    if !text.windows(11).any(|window| window == b"-----BEGIN ") {
        let text = format!("The file {pem_or_path} holds no PEM text (-----BEGIN CERTIFICATE-----).");
        return Err(Fault::new(ErrorCode::InvalidPem, text));
    }
    Ok(text)
}

/// The content of a file.
pub fn read(path: &str) -> Result<Vec<u8>> {
    // std reserves fallibly: a file larger than the memory is an error, not the end of the program.
    fs::read(path).map_err(|error| failed(path, "read", &error))
}

/// Replaces the content of a file, or makes one; all or nothing.
pub fn write(path: &str, bytes: &[u8]) -> Result<()> {
    replace(Path::new(path), bytes).map_err(|error| failed(path, "written", &error))
}

/// Adds to the end of a file, or makes one.
pub fn append(path: &str, bytes: &[u8]) -> Result<()> {
    let append = || {
        existing(Path::new(path))?;
        // In one system call, so that lines of several writers stay whole.
        OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)
    };
    append().map_err(|error| failed(path, "written", &error))
}

/// Who reads the file meanwhile sees the old content or the new: it is written beside it and then renamed.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let existing = existing(path)?;
    // A symbolic link stays one: what it leads to is replaced.
    let path = &if existing.is_some() { path.canonicalize()? } else { path.to_owned() };
    if existing.is_some() {
        // Renaming asks only the directory, so a file that must not be written is found out here.
        OpenOptions::new().write(true).open(path)?;
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
    let mut file = files::create_new(beside, replaced)?;
    file.write_all(bytes)?;
    // Else the system may carry out the renaming first, and a power cut between leaves an empty file.
    file.sync_all()
}

/// The file that is there, if one is. What is no plain file is refused: a pipe could block, or kill the program
/// by a signal.
fn existing(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if !metadata.is_file() => Err(io::Error::other("it is not a regular file")),
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn failed(path: &str, what: &str, error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::OutOfMemory => ErrorCode::OutOfMemory,
        _ => ErrorCode::FileAccess,
    };
    Fault::new(code, format!("The file \"{path}\" could not be {what}: {error}"))
}

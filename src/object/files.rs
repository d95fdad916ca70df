//! Files that a program names.

use crate::base::growth::copy_of;
use crate::base::{ErrorCode, Fault, Result};
use crate::sys::cancel::Uncancellable;
use crate::sys::error::describe;
use crate::sys::{files, random};
use std::borrow::Cow;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// The largest file that is read: as much as ckws_bin_data_get_num_bytes can return.
const MAX_FILE: u64 = 2_147_483_647;

/// The largest file of certificates. That of all authorities which browsers trust has a quarter of a mebibyte.
const MAX_PEM_FILE: u64 = 16 * 1024 * 1024;

/// The longest name of a file that a text quotes, in bytes.
const MAX_QUOTED: usize = 200;

/// As many letters and digits in a row may be a piece of a key in Base64.
const KEY_PIECE: usize = 20;

/// PEM text, or the content of the file that is named instead of it.
pub fn pem_or_file(pem_or_path: &str) -> Result<Vec<u8>> {
    if pem_or_path.contains("-----BEGIN ") {
        return copy_of(pem_or_path.as_bytes());
    }
    let text = read_at_most(MAX_PEM_FILE, pem_or_path).map_err(|fault| match quotable(pem_or_path) {
        true => fault,
        false => {
            let text = "The argument is neither PEM text (it has no line -----BEGIN CERTIFICATE-----) nor the name \
                        of a file that can be read.";
            Fault::new(fault.code(), text)
        }
    })?;
    if !text.windows(11).any(|window| window == b"-----BEGIN ") {
        let text = format!("{} holds no PEM text (-----BEGIN CERTIFICATE-----).", named(pem_or_path));
        return Err(Fault::new(ErrorCode::InvalidPem, text));
    }
    Ok(text)
}

/// Returns the content of a regular file.
pub fn read(path: &str) -> Result<Vec<u8>> {
    read_at_most(MAX_FILE, path)
}

fn read_at_most(most: u64, path: &str) -> Result<Vec<u8>> {
    let _uncancellable = Uncancellable::begin();
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
    let _uncancellable = Uncancellable::begin();
    replace(Path::new(path), bytes).map_err(|error| failed(path, "written", &error))
}

/// Adds to the end of a file, or makes one.
pub fn append(path: &str, bytes: &[u8]) -> Result<()> {
    let _uncancellable = Uncancellable::begin();
    let append = || {
        let file = files::open_regular(Path::new(path), OpenOptions::new().append(true).create(true))?;
        // In one system call, so that lines of several writers stay whole.
        files::write_all(&file, bytes)
    };
    append().map_err(|error| failed(path, "written", &error))
}

/// Replaces a file in one step: another process reads the old content or the new. The new content is written to another
/// file, which is then renamed.
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
    Fault::new(code, format!("{} could not be {what}: {}.", named(path), describe(error)))
}

fn named(path: &str) -> Cow<'static, str> {
    match quotable(path) {
        true => format!("The file \"{path}\"").into(),
        false => "The file that the argument names".into(),
    }
}

/// Returns whether a text may show the name of a file: it is one line, short, and no part of it looks like a key, which
/// a program may have passed instead of a name.
fn quotable(path: &str) -> bool {
    let is_key_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '=');
    let has_kinds = |piece: &str| {
        let kinds: [fn(&u8) -> bool; 3] =
            [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit];
        kinds.iter().all(|kind| piece.bytes().any(|byte| kind(&byte)))
    };
    let mut pieces = path.split(|c| !is_key_part(c));
    path.len() <= MAX_QUOTED
        && !path.contains(char::is_control)
        && !pieces.any(|piece| piece.len() >= KEY_PIECE && has_kinds(piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_quoted_and_keys_are_not() {
        for name in ["ca.pem", "/etc/ssl/certs/ca-certificates.crt", "C:\\certificates\\root CA 2024.pem", ""]
        {
            assert!(quotable(name), "{name}");
        }
        let keys = [
            "MC4CAQAwBQYDK2VwBCIEIB/b/c3Qr1Hk8Jw0P9sT2uXvYz4a5d6e7f8g9h0i1j2k",
            "key\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
            "a\nb",
        ];
        for key in keys {
            assert!(!quotable(key), "{key}");
        }
        assert!(!quotable(&"a/".repeat(MAX_QUOTED)));
    }
}

//! Files that replace others, and files that are appended to.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

/// Makes a file that did not exist, with the owner and the permissions of the one that it will replace.
pub fn create_new(path: &Path, replaced: Option<&Metadata>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let Some(replaced) = replaced else { return options.open(path) };
    // For nobody else until it has the right permissions.
    let file = options.mode(0o600).open(path)?;
    // Another owner can only be set by a privileged process; for all others the file becomes the writer's.
    let _ = fchown(&file, Some(replaced.uid()), Some(replaced.gid()));
    file.set_permissions(replaced.permissions())?;
    Ok(file)
}

/// Appends to a file, which is made if there is none. A pipe that nobody reads, or that is full, is refused: it would
/// hold the caller up for as long as its reader likes.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).custom_flags(libc::O_NONBLOCK);
    options.open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_pipe_without_a_reader_is_refused() {
        let path = std::env::temp_dir().join(format!("ckws-pipe-{}", std::process::id()));
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: the name is NUL-terminated and lives through the call.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let refused = append(&path, b"text");
        std::fs::remove_file(&path).unwrap();
        assert!(refused.is_err());
    }
}

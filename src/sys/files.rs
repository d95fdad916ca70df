//! Files that replace others.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
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

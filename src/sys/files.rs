//! Files: regular ones, and logs, which may be pipes and devices. No open waits, and no write raises a signal.

use super::cancel::Uncancellable;
use super::descriptor::above_standard;
use super::signals::without_write_signals;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

/// How many symbolic links the kernel follows in one path.
const MOST_LINKS: usize = 40;

/// Opens a regular file; a directory, a pipe or a device is refused.
pub fn open_regular(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Not even opened if it is known: opening a pipe wakes the process at its other end.
    metadata_of_regular(path)?;
    let file = open(path, options, 0)?;
    check_regular(&file.metadata()?)?;
    Ok(file)
}

/// Returns the metadata of a regular file, None if there is no file of that name; others are refused.
pub fn metadata_of_regular(path: &Path) -> io::Result<Option<Metadata>> {
    check_length(path)?;
    match fs::metadata(path) {
        Ok(metadata) => check_regular(&metadata).map(|()| Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a file that did not exist, with the owner and the permissions of the one that it will replace.
pub fn create_new(path: &Path, replaced: Option<&Metadata>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let Some(replaced) = replaced else { return open(path, &mut options, 0) };
    // Readable only by its owner until it has the right permissions.
    let file = open(path, options.mode(0o600), 0)?;
    // Another owner can only be set by a privileged process; for all others the file becomes the writer's.
    let _ = fchown(&file, Some(replaced.uid()), Some(replaced.gid()));
    file.set_permissions(replaced.permissions())?;
    Ok(file)
}

/// Writes all of `bytes`.
pub fn write_all(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    without_write_signals(|| file.write_all(bytes))
}

/// Appends to a log, which is created with access only for its owner. Refuses a pipe without a reader, or a full one:
/// it would block the caller until its reader reads. So is a symbolic link of another user.
pub fn append_to_log(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let _uncancellable = Uncancellable::begin();
    check_length(path)?;
    let path = follow_own_links(path)?;
    // Only the kernel can follow the links of /proc/self/fd, to which /dev/stderr leads.
    let flags = if path.starts_with("/proc") { 0 } else { libc::O_NOFOLLOW };
    let file = open(&path, OpenOptions::new().create(true).append(true).mode(0o600), flags)?;
    write_all(&file, bytes)
}

/// Writes to standard error as it is now, past std, whose lock a forked child may inherit taken.
pub fn write_to_standard_error(bytes: &[u8]) {
    let _uncancellable = Uncancellable::begin();
    // SAFETY: the descriptor is the program's and is not closed here; if it is not open, the write fails.
    let standard_error = ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDERR_FILENO) });
    // A log that cannot be written must not fail the call that it is about.
    let _ = write_all(&standard_error, bytes);
}

/// Refuses a path as the system would, but before std makes a copy of it.
fn check_length(path: &Path) -> io::Result<()> {
    match path.as_os_str().len() < libc::PATH_MAX as usize {
        true => Ok(()),
        false => Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG)),
    }
}

/// Returns the path without symbolic links that this process's user or the superuser has made; another one's is an
/// error.
fn follow_own_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Some(link) = first_link(&path)? else { return Ok(path) };
        let target = link.with_file_name(fs::read_link(&link)?);
        path = match path.strip_prefix(&link) {
            Ok(rest) if rest != Path::new("") => target.join(rest),
            _ => target,
        };
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// Returns the first part of the path that is a symbolic link outside of /proc.
fn first_link(path: &Path) -> io::Result<Option<PathBuf>> {
    let parts: Vec<&Path> = path.ancestors().filter(|part| *part != Path::new("")).collect();
    for part in parts.into_iter().rev().take_while(|part| !part.starts_with("/proc")) {
        match fs::symlink_metadata(part) {
            Ok(metadata) if metadata.is_symlink() => {
                check_owner(&metadata)?;
                return Ok(Some(part.to_owned()));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn check_owner(link: &Metadata) -> io::Result<()> {
    // SAFETY: geteuid takes nothing and cannot fail.
    let own = unsafe { libc::geteuid() };
    if link.uid() == own || link.uid() == 0 {
        return Ok(());
    }
    Err(io::Error::other("it is a symbolic link of another user"))
}

fn check_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    Ok(())
}

/// Opens without waiting, and never under the number of standard input, output or error.
fn open(path: &Path, options: &mut OpenOptions, flags: libc::c_int) -> io::Result<File> {
    let opened = options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | flags).open(path)?;
    Ok(above_standard(opened.into())?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{lchown, symlink};

    /// A directory of a test's own.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ckws-{test}-{}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Self(path.canonicalize().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }

        fn pipe(&self) -> PathBuf {
            let path = self.path("pipe");
            let name = CString::new(path.as_os_str().as_bytes()).unwrap();
            // SAFETY: the name is NUL-terminated and lives through the call.
            assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
            path
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_log_in_a_pipe_without_a_reader_is_refused() {
        let scratch = Scratch::new("log-pipe");
        assert!(append_to_log(&scratch.pipe(), b"text").is_err());
    }

    #[test]
    fn what_is_no_regular_file_is_refused_without_a_wait() {
        let scratch = Scratch::new("irregular");
        for path in [&scratch.pipe(), &scratch.0, Path::new("/dev/zero")] {
            let refused = open_regular(path, OpenOptions::new().read(true));
            assert!(refused.is_err(), "{}", path.display());
        }
    }

    #[test]
    fn links_of_the_own_user_lead_to_the_log() {
        let scratch = Scratch::new("links");
        fs::create_dir(scratch.path("logs")).unwrap();
        symlink("logs", scratch.path("folder")).unwrap();
        symlink(scratch.path("folder/file"), scratch.path("log")).unwrap();
        for line in ["one\n", "two\n"] {
            append_to_log(&scratch.path("log"), line.as_bytes()).unwrap();
        }
        assert_eq!(text(&scratch.path("logs/file")), "one\ntwo\n");
        assert!(scratch.path("log").is_symlink());
    }

    #[test]
    fn a_link_of_another_user_is_not_followed() {
        let scratch = Scratch::new("other-user");
        fs::write(scratch.path("file"), "").unwrap();
        for (link, target) in [("file-link", "file"), ("folder-link", ".")] {
            symlink(target, scratch.path(link)).unwrap();
            // Only the superuser can give a link away.
            if lchown(scratch.path(link), Some(65_534), None).is_err() {
                return;
            }
        }
        symlink("file-link", scratch.path("own")).unwrap();
        for path in ["file-link", "folder-link/file", "own"] {
            assert!(append_to_log(&scratch.path(path), b"text").is_err(), "{path}");
        }
        assert_eq!(text(&scratch.path("file")), "");
    }

    #[test]
    fn links_in_a_circle_end() {
        let scratch = Scratch::new("circle");
        symlink("b", scratch.path("a")).unwrap();
        symlink("a", scratch.path("b")).unwrap();
        assert!(append_to_log(&scratch.path("a"), b"text").is_err());
    }
}

//! A file that nobody sees before it is whole.
//!
//! Where the system can, it has no name while it is written: whatever ends the program, be it a kill or a limit on the size
//! of files, nothing of it is left behind. Elsewhere it has a name of its own in the target's folder.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Puts `bytes` at `target`, in its `folder`, in the place of what is there, with the permissions of the `old` file where
/// there is one.
///
/// # Errors
/// The system's reason; `target` is then untouched.
pub fn put(bytes: &[u8], folder: &Path, target: &Path, old: Option<Metadata>) -> io::Result<()> {
    let fill = |file: &mut File| {
        file.write_all(bytes)?;
        match &old {
            Some(old) => file.set_permissions(as_of(old, &file.metadata()?)),
            None => Ok(()),
        }
    };
    let whole = nameless(folder).and_then(|mut file| {
        fill(&mut file)?;
        builder().make_in(folder, |name| link(&file, name))
    });
    if let Ok(whole) = whole {
        return Ok(whole.persist(target).map(drop)?);
    }
    let mut unfinished = named(folder)?;
    fill(unfinished.as_file_mut())?;
    unfinished.persist(target)?;
    Ok(())
}

/// An empty file at `path`, in the place of what an earlier program left there, with the permissions of the `old` file
/// that it is to replace.
///
/// # Errors
/// The system's reason.
pub fn partial(path: &Path, old: Option<Metadata>) -> io::Result<File> {
    let file = File::create(path)?;
    if let Some(old) = old {
        file.set_permissions(as_of(&old, &file.metadata()?))?;
    }
    Ok(file)
}

/// The permissions of `old` for the file `new`; a group of its own is given none, for it is another one.
#[cfg(unix)]
fn as_of(old: &Metadata, new: &Metadata) -> Permissions {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let kept = if old.gid() == new.gid() { 0o777 } else { 0o707 };
    Permissions::from_mode(old.mode() & kept)
}

#[cfg(not(unix))]
fn as_of(old: &Metadata, _: &Metadata) -> Permissions {
    old.permissions()
}

/// An empty file in `folder` with a name of its own, removed when dropped.
///
/// # Errors
/// The system's reason why there can be none.
pub fn named(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = builder();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(MODE));
    }
    builder.tempfile_in(folder)
}

/// What an ordinary `open` asks for; the user's umask still applies.
#[cfg(unix)]
const MODE: u32 = 0o666;

fn builder<'a>() -> Builder<'a, 'a> {
    let mut builder = Builder::new();
    builder.prefix(".unfinished-");
    builder
}

#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = File::options();
    let nameless = rustix::fs::OFlags::TMPFILE.bits() as i32;
    options
        .write(true)
        .custom_flags(nameless)
        .mode(MODE)
        .open(folder)
}

/// Gives the nameless `file` the name `path`.
#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    /// Both ways end alike, for one is taken only where the other cannot be.
    #[test]
    fn a_nameless_file_is_as_a_named_one() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |file: &File| file.metadata().unwrap().permissions().mode();
        let named = named(folder.path()).unwrap();
        let Ok(mut file) = nameless(folder.path()) else {
            return;
        };
        assert_eq!(mode(&file), mode(named.as_file()));
        drop(named);
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let path = folder.path().join("a");
        link(&file, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(link(&file, &path).is_err());
    }
}

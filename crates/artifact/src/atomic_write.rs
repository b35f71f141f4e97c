//! A file that nobody sees before it is whole.
//!
//! Where the system can, it has no name while it is written: whatever ends the program, be it a kill or a limit on the size
//! of files, nothing of it is left behind. Elsewhere it has a name of its own in the target's folder.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use tempfile::{Builder, NamedTempFile};

use crate::sha256;
use crate::signals::Held;

/// Puts `bytes` at `target`, in its `folder`, in the place of what is there, with the permissions of the `old` file where
/// there is one. Before it has its name the file is on the disk, as far as the system can tell.
///
/// # Errors
/// The system's reason; `target` is then untouched. Where a whole file could only not take the target's place, which is a
/// mount point or another user's, it is kept beside it and the error says where.
pub fn put(bytes: &[u8], folder: &Path, target: &Path, old: Option<Metadata>) -> io::Result<()> {
    let fill = |file: &mut File| {
        file.write_all(bytes)?;
        if let Some(old) = &old {
            file.set_permissions(as_of(old, &file.metadata()?))?;
        }
        to_disk(file)
    };
    let nameless = nameless(folder).and_then(|mut file| fill(&mut file).map(|()| file));
    if let Ok(file) = &nameless
        && old.is_none()
        && link(file, target).is_ok()
    {
        sync_folder(folder);
        return Ok(());
    }
    // From here on a signal would leave a file behind.
    let _held = Held::new();
    if let Ok(file) = nameless
        && let Ok(whole) = beside(folder, target, |name| link(&file, name))
    {
        return rename(whole, folder, target);
    }
    let mut unfinished = beside(folder, target, new_file)?;
    fill(unfinished.as_file_mut())?;
    rename(unfinished, folder, target)
}

/// What `make` makes under a name of its own in `folder`, until it has the name `target`; removed when dropped.
///
/// The name is always the same for one target, so what a killed program left is found again. Where another program writes the
/// same target at this moment, the name has a random end.
fn beside<F>(
    folder: &Path,
    target: &Path,
    mut make: impl FnMut(&Path) -> io::Result<F>,
) -> io::Result<NamedTempFile<F>> {
    let name = unfinished_name(target);
    remove_abandoned(&folder.join(&name), SystemTime::now());
    match Builder::new()
        .prefix(&name)
        .rand_bytes(0)
        .make_in(folder, &mut make)
    {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Builder::new()
            .prefix(&format!("{name}-"))
            .make_in(folder, make),
        made => made,
    }
}

/// Of one length, whatever the target's name is.
fn unfinished_name(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default();
    format!(".unfinished-{}", &sha256(name.as_encoded_bytes())[..8])
}

/// Gives `whole` the name `target`, or keeps it under another one.
fn rename<F>(whole: NamedTempFile<F>, folder: &Path, target: &Path) -> io::Result<()> {
    let Err(mut failed) = whole.persist(target) else {
        sync_folder(folder);
        return Ok(());
    };
    let reason = failed.error;
    for number in 1..=MOST_KEPT {
        let mut name = target.as_os_str().to_owned();
        name.push(if number == 1 {
            ".new".to_owned()
        } else {
            format!(".new-{number}")
        });
        match failed.file.persist_noclobber(&name) {
            Ok(_) => {
                let kept = Path::new(&name).display();
                return Err(io::Error::new(
                    reason.kind(),
                    format!("{reason}; the result is in {kept}"),
                ));
            }
            Err(again) => failed = again,
        }
    }
    Err(reason)
}

/// Asks for the names in `folder` to be on the disk. Some systems cannot be asked; the file itself is there.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Of results that could not take their place, at most so many are kept beside it.
const MOST_KEPT: usize = 100;

/// Asks the system to have `file` on the disk. Some file systems cannot say that it is; that must not cost the file.
fn to_disk(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// Removes `path` if a killed program left it there.
fn remove_abandoned(path: &Path, now: SystemTime) {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && is_abandoned(&found, now)) {
        let _ = fs::remove_file(path);
    }
}

/// Whether at the time `now` nobody had written to the file, or given it a name, for ten minutes.
#[cfg(unix)]
fn is_abandoned(found: &Metadata, now: SystemTime) -> bool {
    use std::os::unix::fs::MetadataExt;
    let now = now.duration_since(SystemTime::UNIX_EPOCH);
    now.is_ok_and(|now| found.ctime().saturating_add(600) < now.as_secs() as i64)
}

#[cfg(not(unix))]
fn is_abandoned(_: &Metadata, _: SystemTime) -> bool {
    false
}

/// Whether a file for `target` can be made in `folder`; nothing is left of it.
///
/// # Errors
/// The system's reason why there can be none.
pub fn probe(folder: &Path, target: &Path) -> io::Result<()> {
    if nameless(folder).is_ok() {
        return Ok(());
    }
    let _held = Held::new();
    beside(folder, target, new_file).map(drop)
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

/// What an ordinary `open` asks for; the user's umask still applies.
#[cfg(unix)]
const MODE: u32 = 0o666;

/// An empty file at `path`, where none may be.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, MODE);
    options.open(path)
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
        let named = beside(folder.path(), Path::new("a"), new_file).unwrap();
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
    #[test]
    fn what_a_killed_program_left_is_removed_when_it_is_ten_minutes_old() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let left = folder.path().join(unfinished_name(&target));
        assert_ne!(unfinished_name(&target), unfinished_name(Path::new("b")));
        fs::write(&left, b"left").unwrap();
        // A change time cannot be set, but the time since can.
        let in_seconds = |seconds| SystemTime::now() + std::time::Duration::from_secs(seconds);
        remove_abandoned(&left, in_seconds(590));
        // As long as it may be another program's, a file is written beside it.
        fs::write(&target, b"old").unwrap();
        put(b"new", folder.path(), &target, target.metadata().ok()).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::read(&left).unwrap(), b"left");
        remove_abandoned(&left, in_seconds(610));
        assert!(!left.exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// A folder in the target's place stands for whatever cannot be replaced.
    #[test]
    fn a_result_that_cannot_take_its_place_is_kept_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        fs::create_dir(&target).unwrap();
        fs::write(folder.path().join("a.new"), b"earlier").unwrap();
        let error = put(b"result", folder.path(), &target, None).unwrap_err();
        assert!(error.to_string().contains("a.new-2"), "{error}");
        assert_eq!(fs::read(folder.path().join("a.new-2")).unwrap(), b"result");
        assert_eq!(fs::read(folder.path().join("a.new")).unwrap(), b"earlier");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}

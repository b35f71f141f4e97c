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
    remove_abandoned(folder, target);
    let fill = |file: &mut File| {
        file.write_all(bytes)?;
        if let Some(old) = &old {
            file.set_permissions(as_of(old, &file.metadata()?))?;
        }
        to_disk(file)
    };
    let prefix = prefix(target);
    let nameless = nameless(folder).and_then(|mut file| fill(&mut file).map(|()| file));
    if let Ok(file) = &nameless
        && old.is_none()
        && link(file, target).is_ok()
    {
        sync_folder(folder);
        return Ok(());
    }
    // From here on there is a file to be left behind.
    let _held = Held::new();
    let whole =
        nameless.and_then(|file| builder(&prefix).make_in(folder, |name| link(&file, name)));
    if let Ok(whole) = whole {
        return place(whole, folder, target);
    }
    let mut unfinished = with_name(folder, &prefix)?;
    fill(unfinished.as_file_mut())?;
    place(unfinished, folder, target)
}

/// Gives `whole` the name `target`, or keeps it under another one.
fn place<F>(whole: NamedTempFile<F>, folder: &Path, target: &Path) -> io::Result<()> {
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

/// Removes what a program that was killed left behind of the same target. One that writes there now has just begun to.
fn remove_abandoned(folder: &Path, target: &Path) {
    let prefix = prefix(target);
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(prefix.as_bytes())
            && entry
                .metadata()
                .is_ok_and(|found| found.is_file() && is_abandoned(&found, SystemTime::now()))
        {
            let _ = fs::remove_file(entry.path());
        }
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

/// How the names of unfinished files for `target` begin: of one length, whatever the target's name is.
fn prefix(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default();
    format!("{UNFINISHED}{}-", &sha256(name.as_encoded_bytes())[..8])
}

const UNFINISHED: &str = ".unfinished-";

/// Whether a file can be made in `folder`; nothing is left of it.
///
/// # Errors
/// The system's reason why there can be none.
pub fn probe(folder: &Path) -> io::Result<()> {
    if nameless(folder).is_ok() {
        return Ok(());
    }
    let _held = Held::new();
    with_name(folder, UNFINISHED).map(drop)
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

/// An empty file in `folder` with a name that begins with `prefix`, removed when dropped.
fn with_name(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = builder(prefix);
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

fn builder(prefix: &str) -> Builder<'_, '_> {
    let mut builder = Builder::new();
    builder.prefix(prefix);
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
        let named = with_name(folder.path(), UNFINISHED).unwrap();
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
    fn what_a_killed_program_left_is_removed_when_it_is_old_and_the_same_target_s() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let young = folder.path().join(format!("{}young", prefix(&target)));
        fs::write(&young, b"").unwrap();
        remove_abandoned(folder.path(), &target);
        assert!(young.exists());
        let [of_this, of_another] = ["a", "b"].map(|n| prefix(&folder.path().join(n)));
        assert!(of_this.starts_with(UNFINISHED) && of_this != of_another);
        // A change time cannot be set, but the time since can.
        let found = young.metadata().unwrap();
        let in_seconds = |seconds| SystemTime::now() + std::time::Duration::from_secs(seconds);
        assert!(!is_abandoned(&found, in_seconds(590)) && is_abandoned(&found, in_seconds(610)));
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

//! Writing whole files, with `-` for standard output.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::standard_output::{CANNOT_WRITE, StandardOutput, check_standard_output};
use crate::{DASH, atomic_write};

/// Writes `bytes` to `path`, or to standard output where [`is_stdout`].
///
/// The bytes go to an unfinished file in the target's folder, which is then renamed over the target:
/// whoever looks sees the old file or the new one, never a part. The new one has the permissions of the
/// old one. A device, a named pipe and whatever else this process has open are written to directly; a
/// symbolic link keeps pointing where it did.
///
/// # Errors
/// Names the file and the system's reason; an older file at `path` is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if is_stdout(path) {
        return StandardOutput.write_all(bytes).context(CANNOT_WRITE);
    }
    match Destination::of(path)? {
        Destination::Device => fs::OpenOptions::new()
            .append(true)
            .open(path)
            .and_then(|mut device| device.write_all(bytes))
            .with_context(|| cannot_write(path)),
        Destination::File(target, old) => atomic_write::put(bytes, folder(&target), &target, old)
            .with_context(|| cannot_write(path)),
    }
}

/// Refuses an output that [`write()`] would fail on or that is one of `inputs`: to be asked before
/// the work that would be in vain.
///
/// # Errors
/// Names the file and the reason.
pub fn check_output<'a>(output: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    check_outputs([output.to_owned()], inputs)
}

/// [`check_output`] of many: each folder is tried once, so that 100,000 periodic checkpoints are checked in a second.
///
/// # Errors
/// Names the first file that is refused, and the reason.
pub fn check_outputs<'a>(
    outputs: impl IntoIterator<Item = PathBuf>,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<()> {
    let of_stdin = |input| match input == Path::new(DASH) {
        true => Path::new("/dev/stdin"),
        false => input,
    };
    let inputs: HashSet<_> = inputs.into_iter().map(of_stdin).filter_map(place).collect();
    // Folders that were tried, and what each is called whatever links lead there.
    let mut writable = HashMap::<PathBuf, PathBuf>::new();
    for output in outputs {
        if is_stdout(&output) {
            check_standard_output()?;
            continue;
        }
        let is_new = matches!(fs::symlink_metadata(&output), Err(error) if error.kind() == io::ErrorKind::NotFound);
        let known = writable.get(folder(&output)).filter(|_| is_new);
        let output_place = match (known, output.file_name()) {
            (Some(folder), Some(name)) => Some(Path::join(folder, name)),
            _ => place(&output),
        };
        ensure!(
            output_place
                .as_ref()
                .is_none_or(|place| !inputs.contains(place)),
            "{}: it is an input; name another file for the output",
            cannot_write(&output)
        );
        if known.is_some() {
            continue;
        }
        if let Destination::File(target, _) = Destination::of(&output)? {
            let folder = folder(&target);
            if !writable.contains_key(folder) {
                atomic_write::probe(folder, &target).with_context(|| cannot_write(&output))?;
                writable.insert(
                    folder.to_owned(),
                    fs::canonicalize(folder).unwrap_or_default(),
                );
            }
        }
    }
    Ok(())
}

/// Whether an output of this name goes to standard output: `-`, or one of the system's names for it. To put a new file in
/// the place of what those lead to would take it from whoever else writes there.
pub fn is_stdout(path: &Path) -> bool {
    [DASH, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .iter()
        .any(|name| path == Path::new(name))
}

/// Whether both paths, of outputs or of files, lead to the same place, one that is there or one that is yet to be written.
pub fn same_file(one: &Path, other: &Path) -> bool {
    one == other
        || is_stdout(one) && is_stdout(other)
        || place(one).is_some_and(|one| place(other) == Some(one))
}

/// `path` under the one name that it has whatever links and dots lead there; standard output is no file.
fn place(path: &Path) -> Option<PathBuf> {
    if is_stdout(path) {
        return None;
    }
    let beside = || Some(fs::canonicalize(folder(path)).ok()?.join(path.file_name()?));
    fs::canonicalize(path).ok().or_else(beside)
}

/// The folder that `path` is in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Where the bytes for a path go.
pub enum Destination {
    /// A device, a named pipe or an open file: straight into it.
    Device,
    /// To a file at this path, or in its place, which then has the permissions of the old one.
    File(PathBuf, Option<fs::Metadata>),
}

impl Destination {
    /// Where the bytes for `path` go.
    ///
    /// # Errors
    /// Names the file and the reason why they cannot go there.
    pub fn of(path: &Path) -> Result<Self> {
        let is_folder = || format!("{}: it is a folder; name a file in it", cannot_write(path));
        // Not all of /dev: in /dev/shm are files like any other.
        let open_file = ["/dev/fd", "/dev/stderr", "/proc"]
            .iter()
            .any(|place| path.starts_with(place));
        let (target, old) = match fs::metadata(path) {
            Ok(found) if found.is_dir() => bail!(is_folder()),
            Ok(found) if !found.is_file() || open_file => return Ok(Self::Device),
            Ok(found) => {
                // A file that may not be written to is not to be replaced either.
                fs::OpenOptions::new()
                    .write(true)
                    .open(path)
                    .with_context(|| cannot_write(path))?;
                let target = fs::canonicalize(path).with_context(|| cannot_write(path))?;
                (target, Some(found))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
                // To a file that is not there yet.
                Ok(link) => return Self::of(&folder(path).join(link)),
                Err(_) => (PathBuf::from(path), None),
            },
            Err(error) => return Err(error).with_context(|| cannot_write(path)),
        };
        ensure!(
            !path.as_os_str().as_encoded_bytes().ends_with(b"/"),
            is_folder()
        );
        ensure!(
            folder(&target).is_dir(),
            "{}: there is no folder {}; make it first",
            cannot_write(path),
            folder(&target).display()
        );
        Ok(Self::File(target, old))
    }
}

/// How errors about an output begin.
pub fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_older_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        write(&target, b"old").unwrap();
        write(&target, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");

        let error = write(&folder.path().join("none/a"), b"x").unwrap_err();
        assert!(format!("{error:#}").contains("none/a"), "{error:#}");
        let error = write(folder.path(), b"x").unwrap_err();
        assert!(format!("{error:#}").contains("is a folder"), "{error:#}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_output_is_checked_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::write(&old, b"old").unwrap();
        let check = |output: &Path| {
            let checked = check_output(output, [old.as_path(), Path::new(DASH)]);
            checked.map_err(|error| format!("{error:#}"))
        };
        check(&new).unwrap();
        check(Path::new(DASH)).unwrap();
        for wrong in [
            folder.path().join("new/"),
            folder.path().join("n".repeat(256)),
        ] {
            let error = check(&wrong).unwrap_err();
            assert!(error.contains(&wrong.display().to_string()), "{error}");
        }
        let again = folder.path().join(".").join("old");
        assert!(check(&again).unwrap_err().contains("it is an input"));
        assert!(check(folder.path()).unwrap_err().contains("is a folder"));
        let error = check(&folder.path().join("none/a")).unwrap_err();
        assert!(error.contains("none/a"), "{error}");
        assert_eq!(fs::read(&old).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_the_same_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let (new, link) = (folder.path().join("new"), folder.path().join("link"));
        let dotted = folder.path().join(".").join("new");
        assert!(same_file(&new, &dotted) && !same_file(&new, &link));
        fs::write(&new, b"").unwrap();
        std::os::unix::fs::symlink(&new, &link).unwrap();
        assert!(same_file(&dotted, &link) && same_file(&link, &link));
        assert!(!same_file(Path::new(DASH), &new));
        assert!(same_file(Path::new(DASH), Path::new("/dev/stdout")));
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("a"), folder.path().join("link"));
        write(&target, b"old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

        // One that leads nowhere leads to the file then.
        fs::remove_file(&target).unwrap();
        write(&link, b"newer").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"newer");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_the_permissions_of_the_old_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        write(&target, b"old").unwrap();
        // 660 is not what any usual umask leaves.
        fs::set_permissions(&target, fs::Permissions::from_mode(0o660)).unwrap();
        write(&target, b"new").unwrap();
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
    }

    /// As many as a long run's periodic checkpoints. Tried one by one they took minutes.
    #[test]
    fn many_outputs_are_checked_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |number| folder.path().join(format!("step-{number}"));
        let outputs = || (0..100_000).map(path);
        let begin = std::time::Instant::now();
        check_outputs(outputs(), [Path::new("in")]).unwrap();
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());

        let input = folder.path().join(".").join("step-99999");
        let error = check_outputs(outputs(), [input.as_path()]).unwrap_err();
        assert!(
            error.to_string().contains("step-99999: it is an input"),
            "{error}"
        );
        fs::create_dir(path(7)).unwrap();
        let error = check_outputs(outputs(), []).unwrap_err();
        assert!(error.to_string().contains("it is a folder"), "{error}");
    }
}

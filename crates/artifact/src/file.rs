//! Reading and writing whole files, with `-` for the standard streams.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::{DASH, atomic_write};

/// Reads all of `path`, or of standard input where `path` is `-`.
///
/// # Errors
/// Names the file and the system's reason.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new(DASH) {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
        return Ok(bytes);
    }
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

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
        let mut out = io::stdout().lock();
        return out
            .write_all(bytes)
            .and_then(|()| out.flush())
            .context("cannot write to standard output");
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

/// Where [`stream`] writes to until it is done: the file's name with `.partial` after it, or nowhere else where `path` is
/// standard output or a device.
pub fn partial_path(path: &Path) -> Option<PathBuf> {
    match Destination::of(path) {
        Ok(Destination::File(target, _)) if !is_stdout(path) => Some(partial(&target)),
        _ => None,
    }
}

fn partial(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// Opens `path` for text that is written as the work goes, so that one can watch it.
///
/// A file is written beside its place, at [`partial_path`], until [`Stream::finish`] gives it its own name: under that it
/// is whole or not there. A program that is killed leaves the partial one, which the next one overwrites. Standard output
/// and devices are written to directly.
///
/// # Errors
/// Names the file and the system's reason.
pub fn stream(path: &Path) -> Result<Stream> {
    let sink: Sink = if is_stdout(path) {
        Sink::Direct(Box::new(io::stdout()))
    } else {
        match Destination::of(path)? {
            Destination::Device => {
                let device = fs::OpenOptions::new().append(true).open(path);
                Sink::Direct(Box::new(device.with_context(|| cannot_write(path))?))
            }
            Destination::File(target, old) => {
                let partial = partial(&target);
                let file = atomic_write::partial(&partial, old);
                let file = file.with_context(|| cannot_write(&partial))?;
                Sink::Partial {
                    file,
                    partial,
                    target,
                }
            }
        }
    };
    Ok(Stream {
        path: path.to_owned(),
        sink,
    })
}

/// An output that is written as the work goes; see [`stream`].
pub struct Stream {
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    Direct(Box<dyn Write>),
    Partial {
        file: fs::File,
        partial: PathBuf,
        target: PathBuf,
    },
}

impl Stream {
    /// Gives the file its own name.
    ///
    /// # Errors
    /// Names the file and the system's reason.
    pub fn finish(self) -> Result<()> {
        match self.sink {
            Sink::Direct(_) => Ok(()),
            Sink::Partial {
                partial, target, ..
            } => fs::rename(partial, target).with_context(|| cannot_write(&self.path)),
        }
    }
}

impl Sink {
    fn inner(&mut self) -> &mut dyn Write {
        match self {
            Self::Direct(sink) => sink,
            Self::Partial { file, .. } => file,
        }
    }
}

/// Its errors name the file.
impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.inner().write(bytes);
        written.map_err(|error| named(&self.path, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.sink.inner().flush();
        flushed.map_err(|error| named(&self.path, &error))
    }
}

/// `error` with the name of the file before its text.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", cannot_write(path)))
}

/// Refuses an output that [`write()`] would fail on or that is one of `inputs`: to be asked before
/// the work that would be in vain.
///
/// # Errors
/// Names the file and the reason.
pub fn check_output<'a>(output: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    if is_stdout(output) {
        return Ok(());
    }
    for input in inputs {
        let input = if input == Path::new(DASH) {
            Path::new("/dev/stdin")
        } else {
            input
        };
        ensure!(
            !same_file(output, input),
            "{}: it is an input; name another file for the output",
            cannot_write(output)
        );
    }
    if let Destination::File(target, _) = Destination::of(output)? {
        atomic_write::named(folder(&target)).with_context(|| cannot_write(output))?;
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
enum Destination {
    /// A device, a named pipe or an open file: straight into it.
    Device,
    /// To a file at this path, or in its place, which then has the permissions of the old one.
    File(PathBuf, Option<fs::Metadata>),
}

impl Destination {
    fn of(path: &Path) -> Result<Self> {
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

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// SHA-256 of `bytes` in lower-case hexadecimal: how one artifact names another in its provenance.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// How messages name `path`: as the user wrote it, or "standard input" for `-`.
pub fn display_name(path: &Path) -> String {
    if path == Path::new(DASH) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
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

    #[test]
    fn a_stream_has_its_own_name_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let [target, partial] = ["a", "a.partial"].map(|name| folder.path().join(name));
        fs::write(&target, b"old").unwrap();
        fs::write(&partial, b"of a program that was killed").unwrap();
        assert_eq!(partial_path(&target), Some(partial.clone()));
        assert_eq!(partial_path(Path::new(DASH)), None);

        let mut stream = stream(&target).unwrap();
        stream.write_all(b"one\n").unwrap();
        assert_eq!(fs::read(&partial).unwrap(), b"one\n");
        assert_eq!(fs::read(&target).unwrap(), b"old");
        stream.write_all(b"two\n").unwrap();
        stream.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"one\ntwo\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let error = super::stream(&folder.path().join("none/a")).err().unwrap();
        assert!(format!("{error:#}").contains("none/a"), "{error:#}");
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

    #[test]
    fn sha256_of_the_empty_string_is_the_published_one() {
        assert_eq!(
            sha256(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}

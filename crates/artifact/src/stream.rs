//! Text that is written as the work goes, so that one can watch it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::atomic_write;
use crate::output::{Destination, cannot_write, is_stdout};
use crate::standard_output::StandardOutput;

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
        Sink::Direct(Box::new(StandardOutput))
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
                file,
                partial,
                target,
            } => file
                .sync_all()
                .and_then(|()| fs::rename(&partial, target))
                .with_context(|| {
                    format!(
                        "{}; it is kept in {}",
                        cannot_write(&self.path),
                        partial.display()
                    )
                }),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DASH;

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
}

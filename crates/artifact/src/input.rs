//! Reading whole files, with `-` for standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{DASH, MemoryNeed, check_memory};

/// Reads all of `path`, or of standard input where `path` is `-`.
///
/// # Errors
/// Names the file and the system's reason, or the memory that it would take.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new(DASH) {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
        return Ok(bytes);
    }
    // A folder or a pipe has no length; what is wrong with it is said when it is read.
    let length = fs::metadata(path).map_or(0, |file| file.len());
    let what = format!("the file {}", path.display());
    let need = MemoryNeed {
        bytes: length.into(),
        what,
    };
    check_memory(&[need], "a smaller file")?;
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// `path` to read piece by piece, or standard input where it is `-`.
///
/// # Errors
/// Names the file and the system's reason.
pub fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path == Path::new(DASH) {
        return Ok(Box::new(io::stdin()));
    }
    let open = || -> io::Result<_> {
        let file = fs::File::open(path)?;
        // Else only the first read would say so.
        match file.metadata()?.is_dir() {
            true => Err(io::ErrorKind::IsADirectory.into()),
            false => Ok(file),
        }
    };
    let file = open().with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Box::new(file))
}

/// SHA-256 of `bytes` in lower-case hexadecimal: how one artifact names another in its provenance.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// `digest` in lower-case hexadecimal.
pub(crate) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
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
    fn sha256_of_the_empty_string_is_the_published_one() {
        assert_eq!(
            sha256(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}

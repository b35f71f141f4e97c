//! A safetensors file whose values stay on the disk and are read by position: for files larger than memory.
//!
//! It is read and not mapped: a file that gets shorter meanwhile is then an error with a message, where a mapped one would
//! end the program by a signal. And what was read once does not count as the program's memory.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::input::hexadecimal;
use crate::tensors::{Header, MOST_HEADER, SIZE};
use crate::{MemoryNeed, check_memory};

/// Bytes of one read where all of a file is looked at.
const BLOCK: usize = 1 << 20;

/// The file and its [`Header`].
pub struct TensorsOnDisk {
    name: String,
    file: File,
    length: u64,
    /// Where the values begin.
    data: u64,
    header: Header,
}

impl TensorsOnDisk {
    /// Opens the file at `path`, which must be a regular one, and reads its header.
    ///
    /// # Errors
    /// Where it cannot be read, or is no safetensors file: see [`TensorFile::parse`](crate::TensorFile::parse).
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let cannot = || format!("cannot read {name}");
        let file = File::open(path).with_context(cannot)?;
        let length = file.metadata().with_context(cannot)?.len();
        let mut size = [0; SIZE as usize];
        let has_size = length >= SIZE;
        if has_size {
            read_exactly(&file, &mut size, 0).with_context(cannot)?;
        }
        // A size that cannot be right is told from the bytes that are there.
        let promised = u64::from_le_bytes(size);
        let start = match has_size && promised <= MOST_HEADER {
            true => length.min(SIZE + promised),
            false => length.min(SIZE),
        };
        let need = MemoryNeed {
            bytes: start.into(),
            what: format!("the header of {name}"),
        };
        check_memory(&[need], "a file with a smaller header")?;
        let mut bytes = vec![0; start as usize];
        read_exactly(&file, &mut bytes, 0).with_context(cannot)?;
        Ok(Self {
            header: Header::of_start(&name, &bytes, length)?,
            name,
            file,
            length,
            data: start,
        })
    }

    /// What the file says of its tensors and its origin.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Fills `values` with those at `offset`, counted in bytes from the first value of the file, as `data_offsets` are.
    ///
    /// # Errors
    /// Where the file cannot be read, or has become shorter.
    pub fn read_at(&self, values: &mut [u8], offset: u64) -> Result<()> {
        read_exactly(&self.file, values, self.data + offset)
            .with_context(|| format!("cannot read {}", self.name))
    }

    /// Reads the whole file once, and gives `look` each piece of it that holds values, with its offset. Pieces of `unit` bytes
    /// that begin at `from` are not cut.
    ///
    /// Returns the SHA-256 of the file in lower-case hexadecimal.
    ///
    /// # Errors
    /// Where the file cannot be read, and those of `look`.
    pub fn look_through(
        &self,
        (from, unit): (u64, usize),
        mut look: impl FnMut(u64, &[u8]) -> Result<()>,
    ) -> Result<String> {
        let mut digest = Sha256::new();
        let mut block = vec![0; BLOCK.next_multiple_of(unit.max(1))];
        let mut place = 0;
        let stops = [self.data, self.data + from, self.length];
        for stop in stops {
            while place < stop {
                let size = (stop - place).min(block.len() as u64) as usize;
                let piece = &mut block[..size];
                read_exactly(&self.file, piece, place)
                    .with_context(|| format!("cannot read {}", self.name))?;
                digest.update(&piece);
                if place >= self.data {
                    look(place - self.data, piece)?;
                }
                place += size as u64;
            }
        }
        Ok(hexadecimal(&digest.finalize()))
    }
}

/// Fills `bytes` with those of `file` from `offset` on; the file's own position is left alone where the system can.
#[cfg(unix)]
fn read_exactly(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_exactly(mut file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use safetensors::tensor::Dtype;

    use super::*;
    use crate::{TensorFile, encode, sha256};

    fn on_disk(name: &str, bytes: &[u8]) -> Result<TensorsOnDisk> {
        let path = std::env::temp_dir().join(format!("on-disk-{name}-{}", std::process::id()));
        fs::write(&path, bytes)?;
        let opened = TensorsOnDisk::open(&path);
        fs::remove_file(&path)?;
        opened
    }

    #[test]
    fn values_and_checksum_are_those_of_the_file_in_memory() {
        let values: Vec<u8> = (0..=255).cycle().take(3 * BLOCK + 5).collect();
        let tensors = [
            ("a", Dtype::U8, vec![7], &values[..7]),
            ("b", Dtype::U8, vec![values.len()], &values[..]),
        ];
        let bytes = encode(&tensors, &"made by hand").unwrap();
        let file = on_disk("same", &bytes).unwrap();
        assert_eq!(file.header().names(), ["a", "b"]);
        assert_eq!(
            file.header().provenance::<String>().unwrap().as_deref(),
            Some("made by hand")
        );
        let (from, end) = file
            .header()
            .tensor("b", &[Dtype::U8])
            .unwrap()
            .data_offsets;
        let mut found = vec![0; end - from];
        file.read_at(&mut found, from as u64).unwrap();
        assert_eq!(found, values);

        let mut seen = Vec::new();
        let digest = file.look_through((from as u64, 9), |offset, piece| {
            // Whole units after the first value of b, but for the end.
            let whole = (offset as usize).wrapping_sub(from).is_multiple_of(9);
            assert!(whole || (offset as usize) < from, "{offset}");
            seen.extend_from_slice(piece);
            Ok(())
        });
        assert_eq!(digest.unwrap(), sha256(&bytes));
        assert_eq!(seen, bytes[bytes.len() - seen.len()..]);
        assert_eq!(seen.len(), 7 + values.len());
        // Beyond the end.
        let error = file.read_at(&mut found, from as u64 + 1).unwrap_err();
        assert!(error.to_string().starts_with("cannot read "), "{error}");
    }

    #[test]
    fn what_is_cut_short_is_refused_as_in_memory() {
        let bytes = encode(&[("x", Dtype::U8, vec![2], &[7, 8])], &()).unwrap();
        for cut in 0..bytes.len() {
            let error = on_disk("cut", &bytes[..cut]).err().unwrap().to_string();
            assert!(TensorFile::parse("f", &bytes[..cut]).is_err());
            assert!(
                error.contains(": not a safetensors file, or cut short"),
                "{error}"
            );
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(on_disk("longer", &longer).is_err());
        on_disk("whole", &bytes).unwrap();
    }
}

//! Files packed with gzip, unpacked no further than was asked for.

use std::io::Read;

use anyhow::{Context, Result};
use flate2::bufread::MultiGzDecoder;

/// Deflate's densest code makes 258 bytes of 2 bits.
const DENSEST: u128 = 258 * 8 / 2;

/// Whether `bytes` begin as a gzip file does.
pub fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// No file of the length of `packed` unpacks to more bytes than this.
pub fn most_bytes(packed: &[u8]) -> u128 {
    packed.len() as u128 * DENSEST
}

/// A gzip file, of one member or several, that is unpacked piece by piece.
pub struct Unpacked<'a> {
    name: &'a str,
    decoder: MultiGzDecoder<&'a [u8]>,
    /// What was unpacked so far.
    pub bytes: Vec<u8>,
}

impl<'a> Unpacked<'a> {
    /// Nothing is unpacked yet of the file `packed`, which messages call `name`.
    pub fn new(name: &'a str, packed: &'a [u8]) -> Self {
        Self {
            name,
            decoder: MultiGzDecoder::new(packed),
            bytes: Vec::new(),
        }
    }

    /// Unpacks until there are `length` bytes, or to the end of the file, where its checksum is compared.
    ///
    /// # Errors
    /// Where the file is damaged or cut short.
    pub fn read_to(&mut self, length: usize) -> Result<()> {
        let missing = length.saturating_sub(self.bytes.len()) as u64;
        let read = self
            .decoder
            .by_ref()
            .take(missing)
            .read_to_end(&mut self.bytes);
        read.with_context(|| {
            format!(
                "{}: the gzip file is damaged or cut short, after {} bytes of what it holds; copy or download it again",
                self.name,
                self.bytes.len()
            )
        })?;
        Ok(())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    /// `bytes` packed with gzip.
    pub fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn nothing_is_packed_more_densely_than_the_bound() {
        let zeros = vec![0; 1 << 24];
        let file = packed(&zeros);
        assert!(most_bytes(&file) >= zeros.len() as u128);
        // And the bound is not far off.
        assert!(most_bytes(&file) < 2 * zeros.len() as u128);
    }
}

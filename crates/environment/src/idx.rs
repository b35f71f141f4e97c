//! The IDX format of MNIST's files: two zero bytes, a type, a number of dimensions, the dimensions
//! as big-endian u32, and the data in row-major order.

use anyhow::{Context, Result, bail, ensure};

/// The type code of unsigned bytes, the only one MNIST uses.
const UNSIGNED_BYTE: u8 = 0x08;

/// A parsed IDX file of unsigned bytes. `data` has as many bytes as `shape` says.
pub struct Idx<'a, const DIMENSIONS: usize> {
    /// The dimensions, rows first.
    pub shape: [usize; DIMENSIONS],
    /// The values in row-major order.
    pub data: &'a [u8],
}

impl<'a, const DIMENSIONS: usize> Idx<'a, DIMENSIONS> {
    /// Parses `bytes`; `name` is what messages call the file.
    ///
    /// # Errors
    /// Where a header field is not the expected one, or the length is not the header's.
    pub fn parse(name: &str, bytes: &'a [u8]) -> Result<Self> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            bail!("{name}: it is compressed with gzip; unpack it first (gunzip, or gzip -dc)");
        }
        let header = 4 + 4 * DIMENSIONS;
        let cut_short = || {
            format!(
                "{name}: cut short: {} bytes, but the header of an IDX file of {DIMENSIONS} dimensions has {header}",
                bytes.len()
            )
        };
        let magic = bytes.get(..4).with_context(cut_short)?;
        ensure!(
            magic[..2] == [0, 0],
            "{name}: field magic: the file begins with {magic:02x?}, expected [00, 00, 08, {DIMENSIONS:02x}]; it is no IDX file",
        );
        ensure!(
            magic[2] == UNSIGNED_BYTE,
            "{name}: field type: 0x{:02x}, expected 0x08 (unsigned bytes)",
            magic[2]
        );
        ensure!(
            usize::from(magic[3]) == DIMENSIONS,
            "{name}: field dimensions: {}, expected {DIMENSIONS} (images have 3, labels 1; are the two files swapped?)",
            magic[3]
        );
        let sizes = bytes.get(4..header).with_context(cut_short)?;
        let mut shape = [0; DIMENSIONS];
        for (size, field) in shape.iter_mut().zip(sizes.chunks_exact(4)) {
            *size = u32::from_be_bytes([field[0], field[1], field[2], field[3]]) as usize;
        }
        ensure!(
            !shape.contains(&0),
            "{name}: the header's sizes are {shape:?}, expected at least 1 each"
        );
        let data = &bytes[header..];
        // In u128 three u32 cannot overflow.
        let expected: u128 = shape.iter().map(|&size| size as u128).product();
        ensure!(
            data.len() as u128 == expected,
            "{name}: {} bytes of data, but the header's sizes {shape:?} make {expected}",
            data.len()
        );
        Ok(Self { shape, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two images of 1 x 3.
    const IMAGES: [u8; 22] = [
        0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6,
    ];

    fn refused<const D: usize>(bytes: &[u8]) -> String {
        match Idx::<D>::parse("f", bytes) {
            Ok(_) => panic!("accepted {bytes:02x?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn sizes_and_data_come_back() {
        let images = Idx::<3>::parse("f", &IMAGES).unwrap();
        assert_eq!(images.shape, [2, 1, 3]);
        assert_eq!(images.data, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn every_cut_and_every_extra_byte_is_refused() {
        for cut in 0..IMAGES.len() {
            let message = refused::<3>(&IMAGES[..cut]);
            let expected = if cut < 16 {
                format!("f: cut short: {cut} bytes")
            } else {
                format!("f: {} bytes of data", cut - 16)
            };
            assert!(message.starts_with(&expected), "{message}");
        }
        let longer = [&IMAGES[..], &[7]].concat();
        assert_eq!(
            refused::<3>(&longer),
            "f: 7 bytes of data, but the header's sizes [2, 1, 3] make 6"
        );
    }

    #[test]
    fn every_wrong_header_field_is_named() {
        let with = |at: usize, value: u8| {
            let mut bytes = IMAGES;
            bytes[at] = value;
            refused::<3>(&bytes)
        };
        assert!(with(0, 1).contains("field magic: the file begins with [01, 00, 08, 03]"));
        assert!(with(1, 1).contains("field magic"));
        assert!(with(2, 0x0d).contains("field type: 0x0d, expected 0x08"));
        assert!(with(3, 1).contains("field dimensions: 1, expected 3"));
        assert!(with(7, 0).contains("sizes are [0, 1, 3]"));
        assert!(with(7, 3).contains("make 9"));
        assert!(refused::<1>(&IMAGES).contains("field dimensions: 3, expected 1"));
        assert!(refused::<3>(&[0x1f, 0x8b, 8, 0]).contains("gzip"));
    }

    #[test]
    fn enormous_sizes_do_not_overflow() {
        let mut bytes = IMAGES;
        bytes[4..16].fill(0xff);
        let message = refused::<3>(&bytes);
        let all = u128::from(u32::MAX).pow(3);
        assert!(message.ends_with(&format!("make {all}")), "{message}");
    }
}

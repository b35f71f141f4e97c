//! The IDX format of MNIST's files: two zero bytes, a type, a number of dimensions, the dimensions
//! as big-endian u32, and the data in row-major order. A file may be packed with gzip.

use std::borrow::Cow;

use anyhow::{Context, Result, ensure};
use artifact::MemoryNeed;

use crate::gzip;

/// The type of a file's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Unsigned bytes, as in MNIST.
    U8,
    /// 32-bit signed integers, big-endian, as in QMNIST's labels.
    I32,
}

impl Element {
    /// The third byte of the file.
    fn code(self) -> u8 {
        match self {
            Self::U8 => 0x08,
            Self::I32 => 0x0c,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::U8 => "unsigned bytes",
            Self::I32 => "int32",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I32 => 4,
        }
    }
}

/// What a file may hold: types, and numbers of dimensions. The first of each is the usual one.
pub struct Expected {
    elements: &'static [Element],
    dimensions: &'static [usize],
}

/// Images: bytes [n, height, width].
pub const IMAGES: Expected = Expected {
    elements: &[Element::U8],
    dimensions: &[3],
};

/// Labels: [n], or [n, columns] as in QMNIST.
pub const LABELS: Expected = Expected {
    elements: &[Element::U8, Element::I32],
    dimensions: &[1, 2],
};

/// A parsed IDX file.
#[derive(Debug)]
pub struct Idx<'a> {
    /// The type of the values.
    pub element: Element,
    /// The dimensions, rows first; none is zero.
    pub shape: Vec<usize>,
    /// The values in row-major order: as many as `shape` says, each in the bytes of `element`.
    pub data: Cow<'a, [u8]>,
    /// SHA-256 of the file, unpacked.
    pub sha256: String,
}

impl<'a> Idx<'a> {
    /// Parses `bytes`, which may be packed with gzip; `name` is what messages call the file.
    ///
    /// # Errors
    /// Where a header field is not an expected one, the length is not the header's, or the gzip is damaged.
    pub fn parse(name: &str, bytes: &'a [u8], expected: &Expected) -> Result<Self> {
        let whole = match gzip::is_packed(bytes) {
            true => Cow::Owned(unpack(name, bytes, expected)?),
            false => Cow::Borrowed(bytes),
        };
        let header = Header::parse(name, &whole, expected)?;
        let found = whole.len() - header.length;
        ensure!(
            found as u128 == header.data_bytes(),
            "{name}: {found} bytes of data, but the header's sizes {:?} make {}",
            header.shape,
            header.data_bytes()
        );
        let sha256 = artifact::sha256(&whole);
        let data = match whole {
            Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[header.length..]),
            Cow::Owned(mut bytes) => {
                bytes.drain(..header.length);
                Cow::Owned(bytes)
            }
        };
        Ok(Self {
            element: header.element,
            shape: header.shape,
            data,
            sha256,
        })
    }
}

/// The unpacked file. The header is unpacked and checked first: the rest is then read up to the length that it says, so
/// a small file cannot fill the memory.
fn unpack(name: &str, packed: &[u8], expected: &Expected) -> Result<Vec<u8>> {
    let mut stream = gzip::Unpacked::new(name, packed);
    stream.read_to(4)?;
    if let [0, 0, _, dimensions] = stream.bytes[..] {
        stream.read_to(Header::length(dimensions).into())?;
    }
    let header = Header::parse(name, &stream.bytes, expected)?;
    let length = header.length as u128 + header.data_bytes();
    ensure!(
        length <= gzip::most_bytes(packed),
        "{name}: the header's sizes {:?} make {} bytes, which is more than gzip can pack into the file's {}",
        header.shape,
        header.data_bytes(),
        packed.len()
    );
    // Twice: memory that grows is copied.
    let need = MemoryNeed {
        bytes: 2 * length,
        what: format!("{name}, unpacked (sizes {:?})", header.shape),
    };
    artifact::check_memory(&[need], "a smaller file")?;
    // A byte more: that there is one too many is for the caller to say.
    stream.read_to(length as usize + 1)?;
    Ok(stream.bytes)
}

/// What stands before the data.
struct Header {
    element: Element,
    shape: Vec<usize>,
    /// In bytes.
    length: usize,
}

impl Header {
    /// The number of bytes of a header of so many dimensions.
    fn length(dimensions: u8) -> u16 {
        4 + 4 * u16::from(dimensions)
    }

    /// The header at the beginning of `bytes`.
    fn parse(name: &str, bytes: &[u8], expected: &Expected) -> Result<Self> {
        let cut_short = |dimensions: usize| {
            format!(
                "{name}: cut short: {} bytes, but the header of an IDX file of {dimensions} dimensions has {}",
                bytes.len(),
                4 + 4 * dimensions
            )
        };
        let usual = expected.dimensions[0];
        let magic = bytes.get(..4).with_context(|| cut_short(usual))?;
        ensure!(
            magic[..2] == [0, 0],
            "{name}: field magic: the file begins with {magic:02x?}, expected [00, 00, 08, {usual:02x}]; it is no IDX file",
        );
        let known = |element: &&Element| element.code() == magic[2];
        let element = expected.elements.iter().find(known).with_context(|| {
            let known = expected.elements.iter();
            let known =
                known.map(|element| format!("0x{:02x} ({})", element.code(), element.name()));
            let known: Vec<String> = known.collect();
            format!(
                "{name}: field type: 0x{:02x}, expected {}",
                magic[2],
                known.join(" or ")
            )
        })?;
        let dimensions = usize::from(magic[3]);
        ensure!(
            expected.dimensions.contains(&dimensions),
            "{name}: field dimensions: {dimensions}, expected {} (images have 3, labels 1 or 2; are the two files swapped?)",
            alternatives(expected.dimensions)
        );
        let length = usize::from(Self::length(magic[3]));
        let sizes = bytes
            .get(4..length)
            .with_context(|| cut_short(dimensions))?;
        let sizes = sizes.chunks_exact(4);
        let shape: Vec<usize> = sizes
            .map(|size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize)
            .collect();
        ensure!(
            !shape.contains(&0),
            "{name}: the header's sizes are {shape:?}, expected at least 1 each"
        );
        Ok(Self {
            element: *element,
            shape,
            length,
        })
    }

    /// The number of bytes that follow. In u128 the product of three u32 cannot overflow.
    fn data_bytes(&self) -> u128 {
        let values: u128 = self.shape.iter().map(|&size| size as u128).product();
        values * self.element.bytes() as u128
    }
}

fn alternatives(numbers: &[usize]) -> String {
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    numbers.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gzip::tests::packed;

    /// Two images of 1 x 3.
    const FILE: [u8; 22] = [
        0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6,
    ];

    fn refused(bytes: &[u8], expected: &Expected) -> String {
        match Idx::parse("f", bytes, expected) {
            Ok(_) => panic!("accepted {bytes:02x?}"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn sizes_and_data_come_back_packed_or_not() {
        let [one, other] = FILE.split_at(7).into();
        for bytes in [
            FILE.to_vec(),
            packed(&FILE),
            [packed(one), packed(other)].concat(),
        ] {
            let images = Idx::parse("f", &bytes, &IMAGES).unwrap();
            assert_eq!(
                (images.element, &images.shape[..]),
                (Element::U8, &[2, 1, 3][..])
            );
            assert_eq!(*images.data, [1, 2, 3, 4, 5, 6]);
            assert_eq!(images.sha256, artifact::sha256(&FILE));
        }
    }

    #[test]
    fn integers_are_labels_and_no_images() {
        let mut labels = vec![0, 0, 0x0c, 2, 0, 0, 0, 1, 0, 0, 0, 2];
        labels.extend([7i32, -1].map(i32::to_be_bytes).concat());
        let found = Idx::parse("f", &labels, &LABELS).unwrap();
        assert_eq!(
            (found.element, &found.shape[..], found.data.len()),
            (Element::I32, &[1, 2][..], 8)
        );
        assert_eq!(
            refused(&labels, &IMAGES),
            "f: field type: 0x0c, expected 0x08 (unsigned bytes)"
        );
        labels[2] = 0x0d;
        let message = refused(&labels, &LABELS);
        assert_eq!(
            message,
            "f: field type: 0x0d, expected 0x08 (unsigned bytes) or 0x0c (int32)"
        );
    }

    #[test]
    fn every_cut_and_every_extra_byte_is_refused() {
        for cut in 0..FILE.len() {
            let expected = if cut < 16 {
                format!("f: cut short: {cut} bytes")
            } else {
                format!("f: {} bytes of data", cut - 16)
            };
            for bytes in [FILE[..cut].to_vec(), packed(&FILE[..cut])] {
                let message = refused(&bytes, &IMAGES);
                assert!(message.starts_with(&expected), "{message}");
            }
        }
        let longer = [&FILE[..], &[7]].concat();
        for bytes in [packed(&longer), longer] {
            assert_eq!(
                refused(&bytes, &IMAGES),
                "f: 7 bytes of data, but the header's sizes [2, 1, 3] make 6"
            );
        }
    }

    #[test]
    fn every_wrong_header_field_is_named() {
        let with = |at: usize, value: u8| {
            let mut bytes = FILE;
            bytes[at] = value;
            let message = refused(&bytes, &IMAGES);
            assert_eq!(refused(&packed(&bytes), &IMAGES), message);
            message
        };
        assert!(with(0, 1).contains("field magic: the file begins with [01, 00, 08, 03]"));
        assert!(with(1, 1).contains("field magic"));
        assert!(with(2, 0x0d).contains("field type: 0x0d, expected 0x08"));
        assert!(with(3, 1).contains("field dimensions: 1, expected 3"));
        assert!(with(3, 255).contains("field dimensions: 255, expected 3"));
        assert!(with(7, 0).contains("sizes are [0, 1, 3]"));
        assert!(with(7, 3).contains("make 9"));
        let swapped = refused(&FILE, &LABELS);
        assert!(
            swapped.contains("field dimensions: 3, expected 1"),
            "{swapped}"
        );
        assert!(refused(&[0x1f, 0x8b, 8, 0], &IMAGES).contains("gzip"));
    }

    #[test]
    fn enormous_sizes_do_not_overflow() {
        let mut bytes = FILE;
        bytes[4..16].fill(0xff);
        let message = refused(&bytes, &IMAGES);
        let all = u128::from(u32::MAX).pow(3);
        assert!(message.ends_with(&format!("make {all}")), "{message}");
        let message = refused(&packed(&bytes), &IMAGES);
        let says = format!("make {all} bytes, which is more than gzip can pack");
        assert!(message.contains(&says), "{message}");
    }

    #[test]
    fn no_damage_to_a_packed_file_goes_unseen() {
        let file = packed(&FILE);
        for cut in 2..file.len() {
            let message = refused(&file[..cut], &IMAGES);
            assert!(message.contains("damaged or cut short"), "{cut}: {message}");
        }
        // Some bits mean nothing, such as the time in gzip's header and the padding after the last block: then the images are
        // the same.
        for bit in 16..8 * file.len() {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Ok(images) = Idx::parse("f", &damaged, &IMAGES) {
                assert_eq!(*images.data, FILE[16..], "bit {bit}");
            }
        }
    }

    #[test]
    fn a_small_file_does_not_fill_the_memory() {
        // 64 MiB of zeros after a header that says 6 bytes.
        let bomb = packed(&[&FILE[..16], &vec![0; 1 << 26]].concat());
        assert!(bomb.len() < 1 << 17);
        let bytes = unpack("f", &bomb, &IMAGES).unwrap();
        assert!(
            (bytes.len(), bytes.capacity()) < (24, 1 << 16),
            "{}",
            bytes.capacity()
        );
        assert!(refused(&bomb, &IMAGES).contains("7 bytes of data"));
    }
}

//! Sources of digits for the tests.

use environment::{LabelledImages, Recipe};

/// The bytes of an IDX file.
pub fn idx(shape: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(data);
    bytes
}

/// The two IDX files of `rows` images of `size` x `size`. No pixel is zero and neighbouring rows
/// differ, so that nothing lost or mixed up goes unseen.
pub fn files(rows: usize, size: usize) -> [Vec<u8>; 2] {
    let images: Vec<u8> = (0..rows * size * size)
        .map(|i| (1 + i * 7 % 251) as u8)
        .collect();
    // 3 is prime to 10: every digit comes equally often.
    let digits: Vec<u8> = (0..rows).map(|row| (row * 3 % 10) as u8).collect();
    let (n, side) = (rows as u32, size as u32);
    [idx(&[n, side, side], &images), idx(&[n], &digits)]
}

/// The source in `files`.
pub fn source(files: &[Vec<u8>; 2]) -> LabelledImages<'_> {
    LabelledImages::from_idx(("images", &files[0]), ("labels", &files[1])).unwrap()
}

/// The default recipe for `source`.
pub fn recipe(source: &LabelledImages) -> Recipe {
    Recipe::new(source, "test 0.0.0")
}

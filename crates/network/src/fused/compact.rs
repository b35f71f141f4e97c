//! What is kept of every row for long, in as few bits as hold it. It becomes an operand of products for
//! a block at a time, in memory that one block after another uses.

use machine::{Arithmetic, at_full_width};

/// A block's pixels: a byte each, 0..=255.
pub struct Pixels {
    bytes: Vec<u8>,
    columns: usize,
}

/// A matrix of ones and zeros: a bit each.
pub struct Mask {
    /// Each row begins with a byte of its own; its first column is that byte's lowest bit.
    bytes: Vec<u8>,
    columns: usize,
}

impl Pixels {
    /// From `bytes` `[rows, columns]`.
    pub fn new(bytes: Vec<u8>, columns: usize) -> Self {
        Self { bytes, columns }
    }

    /// The pixels `[rows, columns]` as an operand, in the memory of `reused`.
    pub fn operand<'a, A: Arithmetic>(&self, a: &A, reused: &'a mut Reused<A>) -> &'a A::Block {
        expand(
            a,
            &self.bytes,
            self.columns,
            self.columns,
            reused,
            |bytes, values| {
                for (value, &byte) in values.iter_mut().zip(bytes) {
                    *value = f32::from(byte);
                }
            },
        )
    }
}

impl Mask {
    /// Zeros `[rows, columns]`.
    pub fn new(rows: usize, columns: usize) -> Self {
        Self {
            bytes: vec![0; rows * columns.div_ceil(8)],
            columns,
        }
    }

    /// Sets row `row` to 1 where `values` `[columns]` is above 0, else to 0.
    pub fn write(&mut self, row: usize, values: &[f32]) {
        let width = self.columns.div_ceil(8);
        let bytes = &mut self.bytes[row * width..][..width];
        for (byte, values) in bytes.iter_mut().zip(values.chunks(8)) {
            let bits = values.iter().enumerate();
            *byte = bits.fold(0, |byte, (bit, &value)| byte | u8::from(value > 0.0) << bit);
        }
    }

    /// The mask `[rows, columns]` as an operand, in the memory of `reused`.
    pub fn operand<'a, A: Arithmetic>(&self, a: &A, reused: &'a mut Reused<A>) -> &'a A::Block {
        let width = self.columns.div_ceil(8);
        expand(
            a,
            &self.bytes,
            width,
            self.columns,
            reused,
            |bytes, values| {
                for (values, &byte) in values.chunks_mut(8).zip(bytes) {
                    for (bit, value) in values.iter_mut().enumerate() {
                        *value = f32::from(byte >> bit & 1);
                    }
                }
            },
        )
    }
}

/// Rows of `width` bytes each as an operand of `columns` columns; `row` turns the bytes into values.
fn expand<'a, A: Arithmetic>(
    a: &A,
    bytes: &[u8],
    width: usize,
    columns: usize,
    reused: &'a mut Reused<A>,
    row: impl Fn(&[u8], &mut [f32]),
) -> &'a A::Block {
    let block = reused.block(a, bytes.len() / width, columns);
    let mut values = vec![0.0; columns];
    at_full_width(|| {
        for (r, bytes) in bytes.chunks_exact(width).enumerate() {
            row(bytes, &mut values);
            a.write(block, r, &values);
        }
    });
    block
}

/// A block's memory, used again for the next one of its size.
pub struct Reused<A: Arithmetic>(Option<(usize, usize, A::Block)>);

impl<A: Arithmetic> Default for Reused<A> {
    fn default() -> Self {
        Self(None)
    }
}

impl<A: Arithmetic> Reused<A> {
    /// A block `[rows, columns]`; what is in it is not said.
    pub fn block(&mut self, a: &A, rows: usize, columns: usize) -> &mut A::Block {
        let fits = |&(r, c, _): &(usize, usize, A::Block)| (r, c) == (rows, columns);
        self.0 = self.0.take().filter(fits);
        let fresh = || (rows, columns, a.block(rows, columns));
        &mut self.0.get_or_insert_with(fresh).2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Single;

    fn rows(a: &Single, block: &<Single as Arithmetic>::Block, columns: usize) -> Vec<Vec<f32>> {
        let row = |r| {
            let mut values = vec![f32::NAN; columns];
            a.read(block, r, &mut values);
            values
        };
        (0..2).map(row).collect()
    }

    #[test]
    fn a_mask_holds_where_values_are_above_zero() {
        for columns in [1, 7, 8, 9, 33] {
            let value = |r: usize, c: usize| [1.5, 0.0, -2.0, 1e-30, f32::NAN][(3 * r + c) % 5];
            let mut mask = Mask::new(2, columns);
            for r in [1, 0, 1] {
                let values: Vec<f32> = (0..columns).map(|c| value(r, c)).collect();
                mask.write(r, &values);
            }
            let expected = |r| (0..columns).map(|c| f32::from(value(r, c) > 0.0)).collect();
            let expected: Vec<Vec<f32>> = (0..2).map(expected).collect();
            let mut reused = Reused::default();
            let operand = mask.operand(&Single, &mut reused);
            assert_eq!(
                rows(&Single, operand, columns),
                expected,
                "{columns} columns"
            );
        }
    }

    #[test]
    fn memory_that_is_used_again_keeps_nothing() {
        let mut reused = Reused::default();
        for (bytes, columns) in [
            (vec![255, 0, 1, 7], 2),
            (vec![0, 9, 0, 0], 2),
            (vec![1; 6], 3),
        ] {
            let pixels = Pixels::new(bytes.clone(), columns);
            let expected: Vec<Vec<f32>> = bytes
                .chunks(columns)
                .map(|row| row.iter().map(|&byte| f32::from(byte)).collect())
                .collect();
            let operand = pixels.operand(&Single, &mut reused);
            assert_eq!(rows(&Single, operand, columns), expected);
        }
    }
}

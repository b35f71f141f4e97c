//! Masks, kept in as few bits as hold them. They become operands of products for a block at a time, in
//! memory that one block after another uses.

use machine::{Arithmetic, at_full_width};

use super::reused::Reused;

/// A matrix of ones and zeros: a bit each.
pub struct Mask {
    /// Each row begins with a byte of its own; its first column is that byte's lowest bit.
    bytes: Vec<u8>,
    columns: usize,
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
        let block = reused.block(a, self.bytes.len() / width, self.columns);
        let mut values = vec![0.0; self.columns];
        at_full_width(|| {
            for (r, bytes) in self.bytes.chunks_exact(width).enumerate() {
                for (values, &byte) in values.chunks_mut(8).zip(bytes) {
                    for (bit, value) in values.iter_mut().enumerate() {
                        *value = f32::from(byte >> bit & 1);
                    }
                }
                a.write(block, r, &values);
            }
        });
        block
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
        for (values, columns) in [
            ([[1.0; 9], [-1.0; 9]], 9),
            ([[0.0; 9], [1.0; 9]], 9),
            ([[1.0; 9], [1.0; 9]], 3),
        ] {
            let values = values.map(|row| row[..columns].to_vec());
            let mut mask = Mask::new(2, columns);
            (0..2).for_each(|r| mask.write(r, &values[r]));
            let operand = mask.operand(&Single, &mut reused);
            assert_eq!(
                rows(&Single, operand, columns),
                values.map(|row| {
                    row.iter()
                        .map(|&value| f32::max(value, 0.0))
                        .collect::<Vec<_>>()
                })
            );
        }
    }
}

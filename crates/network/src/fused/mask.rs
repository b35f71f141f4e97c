//! Masks, kept in as few bits as hold them. They become operands of products for a block at a time, in
//! memory that one block after another uses.

use machine::Arithmetic;

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

    /// Sets the 16 columns of row `row` from `first`, a multiple of 16, on to `bits`, the lowest first.
    #[inline(always)]
    pub fn write(&mut self, row: usize, first: usize, bits: u16) {
        let width = self.columns.div_ceil(8);
        let bytes = &mut self.bytes[row * width..][..width][first / 8..];
        for (byte, bits) in bytes.iter_mut().zip(bits.to_le_bytes()) {
            *byte = bits;
        }
    }

    /// The mask `[rows, columns]` as an operand, in the memory of `reused`.
    pub fn operand<'a, A: Arithmetic>(&self, a: &A, reused: &'a mut Reused<A>) -> &'a A::Block {
        let width = self.columns.div_ceil(8);
        let block = reused.block(a, self.bytes.len() / width, self.columns);
        a.at_full_width(
            #[inline(always)]
            || {
                for (r, bytes) in self.bytes.chunks_exact(width).enumerate() {
                    a.write_ones(block, r, bytes);
                }
            },
        );
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Single;

    /// Sets a row of `mask` to where `values` are above 0.
    fn write(mask: &mut Mask, row: usize, values: &[f32]) {
        for (first, values) in (0..).step_by(16).zip(values.chunks(16)) {
            let mut lanes = [0.0; 16];
            lanes[..values.len()].copy_from_slice(values);
            mask.write(row, first, Single.above_zero(&lanes));
        }
    }

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
                write(&mut mask, r, &values);
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
            (0..2).for_each(|r| write(&mut mask, r, &values[r]));
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

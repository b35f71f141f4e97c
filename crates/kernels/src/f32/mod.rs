//! f32 products through the gemm crate, which takes AVX-512, AVX2 or NEON as the CPU has it; those of bytes,
//! which gemm has not, through [`Sparse`].

mod sparse;

use std::ops::Range;
use std::sync::OnceLock;

use gemm::{Parallelism, gemm};

use crate::arithmetic::write_rows;
use crate::entries::entries;
use sparse::Panels;
pub use sparse::Sparse;

use crate::{Arithmetic, BitMatrix, F32x16, Left, RightOfTransposed, at_full_width, stride};

/// f32, on every CPU.
#[derive(Clone, Copy, Debug, Default)]
pub struct F32;

/// A row-major matrix, in rows of whole 16 numbers.
pub struct Matrix {
    rows: usize,
    columns: usize,
    vectors: Vec<F32x16>,
}

/// A right operand, row-major `[k, n]`.
pub struct Weights {
    k: usize,
    n: usize,
    values: Vec<f32>,
    /// The same for products of bytes, once there has been one.
    panels: OnceLock<Panels>,
}

/// A matrix in memory as gemm reads it.
struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Matrix {
    fn view(&self) -> View<'_> {
        self.view_of(0..self.rows)
    }

    fn view_of(&self, rows: Range<usize>) -> View<'_> {
        let count = self.vectors_of_a_row();
        let vectors = &self.vectors[entries(rows.start, count)..entries(rows.end, count)];
        View {
            values: vectors.as_flattened(),
            rows: rows.len(),
            columns: self.columns,
            row_stride: stride(self.columns),
            column_stride: 1,
        }
    }

    /// Row `row` and, if there is one, the next.
    #[inline(always)]
    fn two_mut(&mut self, row: usize) -> (&mut [F32x16], Option<&mut [F32x16]>) {
        let count = self.vectors_of_a_row();
        let (first, rest) = self.vectors[row * count..].split_at_mut(count);
        (
            first,
            rest.get_mut(..count).filter(|second| !second.is_empty()),
        )
    }

    #[inline(always)]
    fn vectors_of_a_row(&self) -> usize {
        self.columns.div_ceil(16)
    }
}

impl Weights {
    fn view(&self) -> View<'_> {
        View {
            values: &self.values,
            rows: self.k,
            columns: self.n,
            row_stride: self.n,
            column_stride: 1,
        }
    }
}

impl<'a> View<'a> {
    fn transposed(self) -> View<'a> {
        View {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Whether every entry lies in `values`.
    fn fits(&self) -> bool {
        let last = |count: usize, stride: usize| entries(count.saturating_sub(1), stride);
        let last = last(self.rows, self.row_stride) + last(self.columns, self.column_stride);
        self.rows == 0 || self.columns == 0 || last < self.values.len()
    }
}

/// `into` `[m, stride(n)]` = `left`·`right`, added to `into` where `add`.
fn product(left: &View, right: &View, into: &mut [f32], add: bool) {
    let (m, k, n) = (left.rows, left.columns, right.columns);
    assert_eq!(k, right.rows, "the operands' inner sizes differ");
    let row = stride(n);
    assert_eq!(into.len(), entries(m, row), "the result is of another size");
    assert!(left.fits() && right.fits());
    // SAFETY: all three matrices lie wholly in their slices, as just asserted: an operand's strides
    // lead to no entry behind its slice, and the result is m rows of n ≤ `row`. The result is borrowed
    // mutably, so it overlaps neither operand.
    unsafe {
        gemm(
            m,
            n,
            k,
            into.as_mut_ptr(),
            1,
            row as isize,
            add,
            left.values.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.values.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// Sets what is behind the `n` numbers of each row to 0.
fn clear_padding(into: &mut [f32], n: usize) {
    if n < stride(n) {
        for row in into.chunks_exact_mut(stride(n)) {
            row[n..].fill(0.0);
        }
    }
}

impl Arithmetic for F32 {
    type Block = Matrix;
    type Vector = F32x16;
    type Mask = Matrix;
    type Vnni = Matrix;
    type Bytes = Sparse;
    type Right = Weights;

    fn precision(&self) -> &'static str {
        "f32"
    }

    /// gemm packs its right operand in every product, which few rows would not be worth. With meta-IRM and
    /// 256 hidden units, 96 and 384 rows took 4 % longer.
    fn chunk_rows(&self) -> usize {
        192
    }

    fn skips_zeros(&self) -> bool {
        true
    }

    fn at_full_width<T>(&self, job: impl FnOnce() -> T) -> T {
        at_full_width(job)
    }

    fn block(&self, rows: usize, columns: usize) -> Matrix {
        Matrix {
            rows,
            columns,
            vectors: vec![[0.0; 16]; entries(rows, stride(columns)) / 16],
        }
    }

    fn fill(&self, block: &mut Matrix, values: &[f32]) {
        assert_eq!(values.len(), block.rows * block.columns, "the sizes differ");
        let count = block.vectors_of_a_row().max(1);
        let rows = block.vectors.chunks_exact_mut(count);
        for (row, values) in rows.zip(values.chunks_exact(block.columns.max(1))) {
            row.as_flattened_mut()[..values.len()].copy_from_slice(values);
        }
    }

    #[inline(always)]
    fn row<'a>(&self, block: &'a Matrix, row: usize) -> &'a [F32x16] {
        let count = block.vectors_of_a_row();
        &block.vectors[row * count..][..count]
    }

    #[inline(always)]
    fn row_mut<'a>(&self, block: &'a mut Matrix, row: usize) -> &'a mut [F32x16] {
        let count = block.vectors_of_a_row();
        &mut block.vectors[row * count..][..count]
    }

    #[inline(always)]
    fn widen(&self, vector: &F32x16) -> F32x16 {
        *vector
    }

    #[inline(always)]
    fn round(&self, values: &F32x16) -> F32x16 {
        *values
    }

    #[inline(always)]
    fn above_zero(&self, values: &F32x16) -> u16 {
        let bits = values.iter().enumerate();
        bits.fold(0, |bits, (place, &value)| {
            bits | u16::from(value > 0.0) << place
        })
    }

    fn vnni(&self, rows: usize, columns: usize) -> Matrix {
        self.block(rows, columns)
    }

    #[inline(always)]
    fn write_two_rows(
        &self,
        pairs: &mut Matrix,
        row: usize,
        values: impl Iterator<Item = [F32x16; 2]>,
    ) {
        write_rows(self, pairs.two_mut(row), values);
    }

    #[inline(always)]
    fn write_two_entries(&self, pairs: &mut Matrix, row: usize, column: usize, values: [f32; 2]) {
        for (row, value) in (row..pairs.rows).zip(values) {
            self.row_mut(pairs, row).as_flattened_mut()[column] = value;
        }
    }

    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> Sparse {
        Sparse::new(&bytes, columns)
    }

    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Weights {
        let of_size = values.len() == entries(k, n);
        assert!(of_size, "the values are of another size");
        let values = if transposed {
            let row = |r: usize| (0..n).map(move |c| values[c * k + r]);
            (0..k).flat_map(row).collect()
        } else {
            values.to_vec()
        };
        Weights {
            k,
            n,
            values,
            panels: OnceLock::new(),
        }
    }

    fn mask<'a>(&self, bits: &BitMatrix, kept: &'a mut Option<Matrix>) -> &'a Matrix {
        let (rows, columns) = (bits.rows(), bits.columns());
        let block = kept
            .take()
            .filter(|kept| (kept.rows, kept.columns) == (rows, columns));
        let block = kept.insert(block.unwrap_or_else(|| self.block(rows, columns)));
        at_full_width(
            #[inline(always)]
            || {
                for row in 0..rows {
                    for (place, values) in self.row_mut(block, row).iter_mut().enumerate() {
                        let ones = u32::from(bits.word(row, place));
                        for (value, bit) in values.iter_mut().zip(0..) {
                            *value = (ones >> bit & 1) as f32;
                        }
                    }
                }
            },
        );
        block
    }

    fn multiply(
        &self,
        left: Left<Self>,
        rows: Range<usize>,
        right: &Weights,
        into: &mut [f32],
        add: bool,
    ) {
        match left {
            Left::Block(left) | Left::Mask(left) => {
                product(&left.view_of(rows), &right.view(), into, add);
            }
            Left::Bytes(left) => {
                assert!(!add, "bytes cannot be added");
                let Weights { k, n, values, .. } = right;
                let panels = right.panels.get_or_init(|| Panels::new(values, *k, *n, *n));
                left.multiply(rows, panels, into);
            }
        }
        clear_padding(into, right.n);
    }

    fn multiply_transposed(
        &self,
        left: Left<Self>,
        right: RightOfTransposed<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        let (RightOfTransposed::Block(right) | RightOfTransposed::Vnni(right)) = right;
        match left {
            Left::Block(left) | Left::Mask(left) => {
                product(&left.view().transposed(), &right.view(), into, add);
            }
            Left::Bytes(left) => {
                left.multiply_transposed(right.vectors.as_flattened(), right.columns, into, add);
            }
        }
    }
}

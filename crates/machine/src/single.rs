//! f32 products through the gemm crate, which takes AVX-512, AVX2 or NEON as the CPU has it; those of bytes,
//! which gemm has not, through [`Sparse`].

use std::ops::Range;
use std::sync::OnceLock;

use gemm::{Parallelism, gemm};

use crate::entries::entries;
use crate::sparse::{Panels, Sparse};
use crate::{Arithmetic, Lanes, OverRows, at_full_width, stride};

/// f32, on every CPU.
#[derive(Clone, Copy, Debug, Default)]
pub struct Single;

/// A row-major matrix.
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

/// A right operand.
pub struct Weights {
    matrix: Matrix,
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
        View {
            values: &self.values
                [entries(rows.start, self.columns)..entries(rows.end, self.columns)],
            rows: rows.len(),
            columns: self.columns,
            row_stride: self.columns,
            column_stride: 1,
        }
    }

    fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.columns..][..self.columns]
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
        self.values.len() == entries(self.rows, self.columns)
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
    // are those of a dense matrix of its size, and the result is m rows of n ≤ `row`. The result is borrowed
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

impl Arithmetic for Single {
    type Block = Matrix;
    type Pairs = Matrix;
    type Bytes = Sparse;
    type Right = Weights;

    fn name(&self) -> &'static str {
        "f32"
    }

    /// gemm packs its right operand in every product, which few rows would not be worth. With meta-IRM and
    /// 256 hidden units, 96 and 384 rows took 4 % longer.
    fn chunk_rows(&self) -> usize {
        192
    }

    fn at_full_width<T>(&self, job: impl FnOnce() -> T) -> T {
        at_full_width(job)
    }

    fn block(&self, rows: usize, columns: usize) -> Matrix {
        Matrix {
            rows,
            columns,
            values: vec![0.0; entries(rows, columns)],
        }
    }

    fn fill(&self, block: &mut Matrix, values: &[f32]) {
        block.values.copy_from_slice(values);
    }

    #[inline(always)]
    fn write(&self, block: &mut Matrix, row: usize, values: &[f32]) {
        block.row_mut(row).copy_from_slice(values);
    }

    #[inline(always)]
    fn write_ones(&self, block: &mut Matrix, row: usize, ones: &[u8]) {
        for (values, byte) in block.row_mut(row).chunks_mut(8).zip(ones) {
            for (bit, value) in values.iter_mut().enumerate() {
                *value = f32::from(byte >> bit & 1);
            }
        }
    }

    #[inline(always)]
    fn lanes(&self, block: &Matrix, row: usize, first: usize) -> Lanes {
        let values = &block.view_of(row..row + 1).values[first..];
        values.first_chunk().copied().unwrap_or_else(|| {
            let mut lanes = [0.0; 16];
            lanes[..values.len()].copy_from_slice(values);
            lanes
        })
    }

    #[inline(always)]
    fn write_lanes(&self, block: &mut Matrix, row: usize, first: usize, values: &Lanes) {
        let place = &mut block.row_mut(row)[first..];
        match place.first_chunk_mut() {
            Some(whole) => *whole = *values,
            None => place.copy_from_slice(&values[..place.len()]),
        }
    }

    #[inline(always)]
    fn above_zero(&self, values: &Lanes) -> u16 {
        let bits = values.iter().enumerate();
        bits.fold(0, |bits, (lane, &value)| {
            bits | u16::from(value > 0.0) << lane
        })
    }

    #[inline(always)]
    fn read(&self, block: &Matrix, row: usize, values: &mut [f32]) {
        values.copy_from_slice(block.view_of(row..row + 1).values);
    }

    fn pairs(&self, rows: usize, columns: usize) -> Matrix {
        self.block(rows, columns)
    }

    #[inline(always)]
    fn write_pair(&self, pairs: &mut Matrix, row: usize, first: usize, values: [&Lanes; 2]) {
        for (row, values) in (row..pairs.rows).zip(values) {
            self.write_lanes(pairs, row, first, values);
        }
    }

    #[inline(always)]
    fn write_one_pair(&self, pairs: &mut Matrix, row: usize, column: usize, values: [f32; 2]) {
        for (row, value) in (row..pairs.rows).zip(values) {
            pairs.row_mut(row)[column] = value;
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
            matrix: Matrix {
                rows: k,
                columns: n,
                values,
            },
            panels: OnceLock::new(),
        }
    }

    fn multiply(
        &self,
        left: &Matrix,
        rows: Range<usize>,
        right: &Weights,
        into: &mut [f32],
        add: bool,
    ) {
        product(&left.view_of(rows), &right.matrix.view(), into, add);
        clear_padding(into, right.matrix.columns);
    }

    fn multiply_transposed(
        &self,
        left: &Matrix,
        right: OverRows<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        let (OverRows::Block(right) | OverRows::Pairs(right)) = right;
        product(&left.view().transposed(), &right.view(), into, add);
    }

    fn multiply_bytes(&self, left: &Sparse, rows: Range<usize>, right: &Weights, into: &mut [f32]) {
        let Matrix {
            rows: k,
            columns: n,
            values,
        } = &right.matrix;
        let panels = right.panels.get_or_init(|| Panels::new(values, *k, *n));
        left.multiply(rows, panels, into);
        clear_padding(into, *n);
    }

    fn multiply_bytes_transposed(
        &self,
        left: &Sparse,
        right: OverRows<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        let (OverRows::Block(right) | OverRows::Pairs(right)) = right;
        left.multiply_transposed(&right.values, right.columns, into, add);
    }
}

//! The kernel for every CPU with AVX-512 BF16. Pixels are multiplied only where they are not zero.

mod product;
mod sparse;

use std::cell::RefCell;
use std::ops::Range;
use std::sync::OnceLock;

use super::convert::{Avx512, Bf16x16};
use super::matrix::Bf16Matrix;
use super::panels::{Layout, Panels};
use super::round::to_bf16;
use crate::aligned::{AlignedU32, stride};
use crate::arithmetic::{Arithmetic, F32x16, Left, RightOfTransposed, write_rows};
use crate::bit_matrix::BitMatrix;
use product::{LEFT_ROWS, LeftPairs, PANEL};
pub use sparse::SparseBytes;
use sparse::WidePanels;

/// bf16 operands and f32 sums, by AVX-512's instruction. A value of this type shows that the CPU has it.
#[derive(Clone, Copy, Debug)]
pub struct Avx512Bf16(Avx512);

/// A right operand, weights.
pub struct Weights {
    panels: Panels,
    /// The same for products of bytes, once there has been one.
    wide: OnceLock<WidePanels>,
}

const LAYOUT: Layout = Layout {
    columns: PANEL,
    pairs: 1,
};

thread_local! {
    /// Both operands of the last product over rows, as panels in the VNNI layout: kept for their memory.
    static PANELS: RefCell<[AlignedU32; 2]> = RefCell::default();
}

impl Avx512Bf16 {
    /// `None` where the CPU has no AVX-512 BF16.
    pub fn detect() -> Option<Self> {
        Avx512::detect().map(Self)
    }
}

impl Arithmetic for Avx512Bf16 {
    type Block = Bf16Matrix;
    type Vector = Bf16x16;
    type Mask = Bf16Matrix;
    /// Rows as they are: the product packs them.
    type Vnni = Bf16Matrix;
    type Bytes = SparseBytes;
    type Right = Weights;

    fn precision(&self) -> &'static str {
        "bf16"
    }

    /// 192 rows of 390 f32 values are 300 KB, which leaves room in a second-level cache.
    fn chunk_rows(&self) -> usize {
        192
    }

    fn skips_zeros(&self) -> bool {
        true
    }

    #[inline(always)]
    fn at_full_width<T>(&self, job: impl FnOnce() -> T) -> T {
        self.0.at_full_width(job)
    }

    fn block(&self, rows: usize, columns: usize) -> Bf16Matrix {
        Bf16Matrix::zeros(rows, columns)
    }

    fn fill(&self, block: &mut Bf16Matrix, values: &[f32]) {
        block.fill(self.0, values);
    }

    #[inline(always)]
    fn row<'a>(&self, block: &'a Bf16Matrix, row: usize) -> &'a [Bf16x16] {
        block.row(row)
    }

    #[inline(always)]
    fn row_mut<'a>(&self, block: &'a mut Bf16Matrix, row: usize) -> &'a mut [Bf16x16] {
        block.row_mut(row)
    }

    #[inline(always)]
    fn widen(&self, vector: &Bf16x16) -> F32x16 {
        self.0.widen(vector)
    }

    #[inline(always)]
    fn round(&self, values: &F32x16) -> Bf16x16 {
        self.0.round_x16(values)
    }

    #[inline(always)]
    fn above_zero(&self, values: &F32x16) -> u16 {
        self.0.above_zero(values)
    }

    fn vnni(&self, rows: usize, columns: usize) -> Bf16Matrix {
        self.block(rows, columns)
    }

    #[inline(always)]
    fn write_two_rows(
        &self,
        into: &mut Bf16Matrix,
        row: usize,
        values: impl Iterator<Item = [F32x16; 2]>,
    ) {
        write_rows(self, into.two_mut(row), values);
    }

    #[inline(always)]
    fn write_two_entries(
        &self,
        into: &mut Bf16Matrix,
        row: usize,
        column: usize,
        values: [f32; 2],
    ) {
        for (row, value) in (row..into.rows).zip(values) {
            into.row_mut(row).as_flattened_mut()[column] = to_bf16(value);
        }
    }

    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> SparseBytes {
        SparseBytes::new(&bytes, columns)
    }

    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Weights {
        Weights {
            panels: Panels::new(&self.0.rounded(values), k, n, transposed, LAYOUT),
            wide: OnceLock::new(),
        }
    }

    fn mask<'a>(&self, bits: &BitMatrix, kept: &'a mut Option<Bf16Matrix>) -> &'a Bf16Matrix {
        let (rows, columns) = (bits.rows(), bits.columns());
        let mask = kept
            .take()
            .filter(|kept| (kept.rows, kept.columns) == (rows, columns));
        let mask = kept.insert(mask.unwrap_or_else(|| self.block(rows, columns)));
        self.at_full_width(
            #[inline(always)]
            || {
                for row in 0..rows {
                    for (place, ones) in mask.row_mut(row).iter_mut().enumerate() {
                        *ones = self.0.ones(bits.word(row, place));
                    }
                }
            },
        );
        mask
    }

    fn multiply(
        &self,
        left: Left<Self>,
        rows: Range<usize>,
        right: &Weights,
        into: &mut [f32],
        add: bool,
    ) {
        let Weights { panels, wide } = right;
        assert_eq!(
            into.len(),
            rows.len() * stride(panels.n),
            "the result is of another size"
        );
        let left = match left {
            Left::Bytes(left) => {
                assert!(!add, "bytes cannot be added");
                let wide = wide.get_or_init(|| WidePanels::new(panels));
                return left.multiply(self.0, rows, wide, into);
            }
            Left::Block(left) | Left::Mask(left) => left,
        };
        panels.check_left([left.rows, left.columns], &rows);
        self.0.multiply(
            panels.k.div_ceil(2),
            LeftPairs::by_rows(&left.pairs.u32s()[rows.start * left.stride..], left.stride),
            panels.pairs.u32s(),
            into,
            panels.n,
            add,
        );
    }

    fn multiply_transposed(
        &self,
        left: Left<Self>,
        right: RightOfTransposed<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        let (RightOfTransposed::Block(right) | RightOfTransposed::Vnni(right)) = right;
        let left = match left {
            Left::Bytes(left) => return left.multiply_transposed(self.0, right, into, add),
            Left::Block(left) | Left::Mask(left) => left,
        };
        assert_eq!(left.rows, right.rows, "the operands' rows differ");
        let (m, n) = (left.columns, right.columns);
        assert_eq!(into.len(), m * stride(n), "the result is of another size");
        PANELS.with_borrow_mut(|[left_panels, right_panels]| {
            self.0.pair_rows(left, LEFT_ROWS, left_panels);
            self.0.pair_rows(right, PANEL, right_panels);
            self.0.multiply(
                left.rows.div_ceil(2),
                LeftPairs::interleaved(left_panels.u32s()),
                right_panels.u32s(),
                into,
                n,
                add,
            );
        });
    }
}

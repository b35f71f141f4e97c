//! bf16 products with sums in f32, on CPUs with AVX-512 BF16; with AMX where they have that too.
//!
//! AVX-512's instruction multiplies pairs: acc[j] += a₀·b₀[j] + a₁·b₁[j], for the two entries a₀, a₁ of a
//! left row that stand side by side, and 16 columns j. So operands are held as 32-bit pairs of bf16 along
//! the dimension that is summed over, the first in the low half. AMX's instruction does the same for 16
//! pairs and 16 left rows at once. Both take denormal numbers for zero.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[path = "amx/none.rs"]
mod amx;
mod avx512;
mod bytes;
mod convert;
mod panels;
mod round;
mod rows;
mod sparse;

use std::cell::RefCell;
use std::ops::Range;

use crate::aligned::Lines;
use crate::arithmetic::write_rows;
use crate::{Arithmetic, Bits, F32x16, Left, OverRows, stride};
use amx::{Amx, Ones, Product, RowPairs, Transpose};
use avx512::{LEFT_ROWS, Tiles};
pub use bytes::Bytes;
use bytes::Form as BytesForm;
use panels::Layout;
pub use panels::Panels;
use round::bf16;
use rows::Lane;
pub use rows::Rows;

/// bf16 operands and f32 sums. A value of this type shows that the CPU has what it takes.
#[derive(Clone, Copy, Debug)]
pub struct Bf16 {
    tiles: Tiles,
    amx: Option<Amx>,
}

impl Bf16 {
    /// bf16 where the CPU has AVX-512 BF16, with the fastest kernel that it has; `None` elsewhere.
    pub fn detect() -> Option<Self> {
        Self::kernels().first().copied()
    }

    /// bf16 with each kernel that the CPU has, the fastest first. An operand of one does not fit another.
    pub fn kernels() -> Vec<Self> {
        let Some(tiles) = Tiles::detect() else {
            return Vec::new();
        };
        let amx = Amx::detect(tiles).map(|amx| Self {
            tiles,
            amx: Some(amx),
        });
        amx.into_iter().chain([Self { tiles, amx: None }]).collect()
    }

    /// What multiplies: `amx` or `avx512-bf16`.
    pub fn kernel(&self) -> &'static str {
        match self.amx {
            Some(_) => "amx",
            None => "avx512-bf16",
        }
    }

    /// Operations of one round of [`Bf16::repeat_on_tiles`].
    pub(crate) const OPERATIONS_ON_TILES: usize =
        amx::REPEATED * 2 * amx::SIDE * amx::PANEL * amx::SIDE;

    /// AMX's multiplication `rounds` times, on zeros; nothing where this kernel is another.
    pub(crate) fn repeat_on_tiles(&self, rounds: usize) {
        if let Some(amx) = self.amx {
            amx.repeat(rounds);
        }
    }

    fn layout(&self) -> Layout {
        match self.amx {
            Some(_) => Layout::AMX,
            None => Layout::AVX512,
        }
    }
}

/// Ones and zeros as operands of products.
pub struct Mask(MaskForm);

enum MaskForm {
    /// For AVX-512.
    Rows(Rows),
    /// For tiles, and their transpose.
    Bits(Ones, Ones),
}

/// Rows as the right operand of a product over them.
pub struct Pairs(Form);

enum Form {
    /// For AVX-512, which packs them for the product.
    Rows(Rows),
    /// Packed as they are written.
    Tiles(RowPairs),
}

thread_local! {
    /// The operands of the last product over rows, in AVX-512's form: kept for their memory.
    static PANELS: RefCell<[Lines; 2]> = RefCell::default();
    /// The left one and the right one, in the form that tiles want.
    static TRANSPOSE: RefCell<Option<Transpose>> = const { RefCell::new(None) };
    static ROW_PAIRS: RefCell<Option<RowPairs>> = const { RefCell::new(None) };
}

impl Arithmetic for Bf16 {
    type Block = Rows;
    type Lane = Lane;
    type Mask = Mask;
    type Pairs = Pairs;
    type Bytes = Bytes;
    type Right = Panels;

    fn name(&self) -> &'static str {
        "bf16"
    }

    /// With AVX-512 192 rows of 390 f32 values are 300 KB, which leaves room in a second-level cache. On tiles 32 rows,
    /// two tiles, are 50 KB and stay in the first; the right operand is read from the second as fast as it is multiplied.
    fn chunk_rows(&self) -> usize {
        match self.amx {
            Some(_) => amx::CHUNK_ROWS,
            None => 192,
        }
    }

    fn skips_zeros(&self) -> bool {
        self.amx.is_none()
    }

    #[inline(always)]
    fn at_full_width<T>(&self, job: impl FnOnce() -> T) -> T {
        self.tiles.at_full_width(job)
    }

    fn block(&self, rows: usize, columns: usize) -> Rows {
        Rows::zeros(rows, columns)
    }

    fn fill(&self, block: &mut Rows, values: &[f32]) {
        assert_eq!(values.len(), block.rows * block.columns, "the sizes differ");
        let rows = values.chunks_exact(block.columns.max(1));
        for (row, values) in rows.enumerate() {
            let row = block.row_mut(row).as_flattened_mut();
            self.tiles.round(values, &mut row[..values.len()]);
        }
    }

    #[inline(always)]
    fn row<'a>(&self, block: &'a Rows, row: usize) -> &'a [Lane] {
        block.row(row)
    }

    #[inline(always)]
    fn row_mut<'a>(&self, block: &'a mut Rows, row: usize) -> &'a mut [Lane] {
        block.row_mut(row)
    }

    #[inline(always)]
    fn widen(&self, lane: &Lane) -> F32x16 {
        self.tiles.widen(lane)
    }

    #[inline(always)]
    fn round(&self, values: &F32x16) -> Lane {
        self.tiles.round_lanes(values)
    }

    #[inline(always)]
    fn above_zero(&self, values: &F32x16) -> u16 {
        self.tiles.above_zero(values)
    }

    fn pairs(&self, rows: usize, columns: usize) -> Pairs {
        Pairs(match self.amx {
            Some(amx) => Form::Tiles(RowPairs::zeros(amx, rows, columns)),
            None => Form::Rows(self.block(rows, columns)),
        })
    }

    #[inline(always)]
    fn write_pairs(
        &self,
        pairs: &mut Pairs,
        row: usize,
        values: impl Iterator<Item = [F32x16; 2]>,
    ) {
        match &mut pairs.0 {
            Form::Tiles(pairs) => pairs.write(row, values),
            Form::Rows(rows) => write_rows(self, rows.two_mut(row), values),
        }
    }

    #[inline(always)]
    fn write_one_pair(&self, pairs: &mut Pairs, row: usize, column: usize, values: [f32; 2]) {
        match &mut pairs.0 {
            Form::Tiles(pairs) => pairs.write_one(row, column, values),
            Form::Rows(rows) => {
                for (row, value) in (row..rows.rows).zip(values) {
                    rows.row_mut(row).as_flattened_mut()[column] = bf16(value);
                }
            }
        }
    }

    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> Bytes {
        Bytes::new(self, bytes, columns)
    }

    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Panels {
        let mut halves = vec![0; values.len()];
        self.tiles.round(values, &mut halves);
        Panels::new(&halves, k, n, transposed, self.layout())
    }

    fn mask<'a>(&self, bits: &Bits, kept: &'a mut Option<Mask>) -> &'a Mask {
        let (rows, columns) = (bits.rows(), bits.columns());
        let fits = |mask: &Mask| match &mask.0 {
            MaskForm::Rows(kept) => (kept.rows, kept.columns) == (rows, columns),
            MaskForm::Bits(..) => true,
        };
        let mask = kept.take().filter(fits).unwrap_or_else(|| {
            Mask(match self.amx {
                Some(_) => MaskForm::Bits(Ones::default(), Ones::default()),
                None => MaskForm::Rows(self.block(rows, columns)),
            })
        });
        let mask = kept.insert(mask);
        match (&mut mask.0, self.amx) {
            (MaskForm::Rows(kept), _) => self.at_full_width(
                #[inline(always)]
                || {
                    for row in 0..rows {
                        for (lane, ones) in kept.row_mut(row).iter_mut().enumerate() {
                            *ones = self.tiles.ones(bits.lane(row, lane));
                        }
                    }
                },
            ),
            (MaskForm::Bits(ones, transposed), Some(amx)) => amx.pack_ones(bits, ones, transposed),
            (MaskForm::Bits(..), None) => panic!("{ANOTHER}"),
        }
        mask
    }

    fn multiply(
        &self,
        left: Left<Self>,
        rows: Range<usize>,
        right: &Panels,
        into: &mut [f32],
        add: bool,
    ) {
        assert_eq!(
            into.len(),
            rows.len() * stride(right.n),
            "the result is of another size"
        );
        let bytes = matches!(left, Left::Bytes(_));
        assert!(!(add && bytes), "bytes cannot be added");
        if let Some(amx) = self.amx {
            return amx.multiply(&self.on_tiles(left, &rows, right), into, add);
        }
        let left = match left {
            Left::Bytes(Bytes(BytesForm::Sparse(left))) => {
                return left.multiply(self.tiles, rows, right, into);
            }
            Left::Block(left) | Left::Mask(Mask(MaskForm::Rows(left))) => left,
            _ => panic!("{ANOTHER}"),
        };
        self.check(left.rows, left.columns, &rows, right);
        let pairs = right.k.div_ceil(2);
        self.tiles.multiply(
            pairs,
            avx512::Left::by_rows(&left.pairs.pairs()[rows.start * left.stride..], left.stride),
            right.pairs.pairs(),
            into,
            right.n,
            add,
        );
    }

    fn multiply_transposed(
        &self,
        left: Left<Self>,
        right: OverRows<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        if let Some(amx) = self.amx {
            return with_row_pairs(amx, right, |right| {
                let mut multiply = |m: usize, product: Product| {
                    assert_eq!(
                        into.len(),
                        m * stride(right.columns()),
                        "the result is of another size"
                    );
                    amx.multiply(&product, into, add);
                };
                match left {
                    Left::Mask(Mask(MaskForm::Bits(_, left))) => {
                        multiply(left.rows(), Product::of_ones_over_rows(left, right));
                    }
                    Left::Bytes(Bytes(BytesForm::Whole(_, left))) => {
                        multiply(left.columns(), Product::of_transpose(left, right));
                    }
                    Left::Block(left) => TRANSPOSE.with_borrow_mut(|transpose| {
                        let transpose = transpose.get_or_insert_with(|| Transpose::none(amx));
                        transpose.fill(left);
                        multiply(left.columns, Product::of_transpose(transpose, right));
                    }),
                    _ => panic!("{ANOTHER}"),
                }
            });
        }
        let right = rows(right);
        let left = match left {
            Left::Bytes(Bytes(BytesForm::Sparse(left))) => {
                return left.multiply_transposed(self.tiles, right, into, add);
            }
            Left::Block(left) | Left::Mask(Mask(MaskForm::Rows(left))) => left,
            _ => panic!("{ANOTHER}"),
        };
        assert_eq!(left.rows, right.rows, "the operands' rows differ");
        let (m, n) = (left.columns, right.columns);
        assert_eq!(into.len(), m * stride(n), "the result is of another size");
        PANELS.with_borrow_mut(|[left_panels, right_panels]| {
            self.tiles.pair_rows(left, LEFT_ROWS, left_panels);
            self.tiles.pair_rows(right, avx512::PANEL, right_panels);
            self.tiles.multiply(
                left.rows.div_ceil(2),
                avx512::Left::interleaved(left_panels.pairs()),
                right_panels.pairs(),
                into,
                n,
                add,
            );
        });
    }
}

/// What an operand of one kernel is for the other.
const ANOTHER: &str = "the operand is another kernel's";

impl Bf16 {
    /// A product on tiles.
    fn on_tiles<'a>(
        &self,
        left: Left<'a, Self>,
        rows: &Range<usize>,
        right: &'a Panels,
    ) -> Product<'a> {
        match left {
            Left::Block(left) | Left::Bytes(Bytes(BytesForm::Whole(left, _))) => {
                self.check(left.rows, left.columns, rows, right);
                Product::of_rows(left, rows.start, right)
            }
            Left::Mask(Mask(MaskForm::Bits(left, _))) => {
                self.check(left.rows(), left.columns(), rows, right);
                Product::of_ones(left, rows.start, right)
            }
            _ => panic!("{ANOTHER}"),
        }
    }

    /// Panics unless some `rows` of `[left_rows, left_columns]` can be multiplied by `right`.
    fn check(&self, left_rows: usize, left_columns: usize, rows: &Range<usize>, right: &Panels) {
        assert_eq!(left_columns, right.k, "the operands' inner sizes differ");
        assert!(rows.end <= left_rows, "there are no rows {rows:?}");
        assert_eq!(right.layout, self.layout(), "{ANOTHER}");
    }
}

/// Calls `job` with `right` in the form that tiles want.
fn with_row_pairs(amx: Amx, right: OverRows<Bf16>, job: impl FnOnce(&RowPairs)) {
    match right {
        OverRows::Pairs(Pairs(Form::Tiles(right))) => job(right),
        OverRows::Block(right) => ROW_PAIRS.with_borrow_mut(|packed| {
            let packed = packed.get_or_insert_with(|| RowPairs::zeros(amx, 0, 0));
            packed.fill(right);
            job(packed);
        }),
        OverRows::Pairs(Pairs(Form::Rows(_))) => panic!("{ANOTHER}"),
    }
}

/// `right` in the form that AVX-512 packs.
fn rows<'a>(right: OverRows<'a, Bf16>) -> &'a Rows {
    match right {
        OverRows::Block(right) | OverRows::Pairs(Pairs(Form::Rows(right))) => right,
        OverRows::Pairs(Pairs(Form::Tiles(_))) => panic!("{ANOTHER}"),
    }
}

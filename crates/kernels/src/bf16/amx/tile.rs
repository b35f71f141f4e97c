//! The sizes that follow from a tile's.

/// Rows of a tile; the pairs of bf16 or the f32 sums in each.
pub const SIDE: usize = 16;
/// Columns of a panel of weights: two tiles, as of a block of the result.
pub const PANEL: usize = 2 * SIDE;
/// Rows of a product at a time: two tiles, which stay in the first-level cache while the right operand streams past.
pub const CHUNK_ROWS: usize = 2 * SIDE;

/// A tile of pairs.
pub type Tile = [[u32; SIDE]; SIDE];

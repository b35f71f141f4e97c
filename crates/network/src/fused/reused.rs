//! Memory that one block after another uses.

use kernels::Arithmetic;

/// A block's memory, used again for the next one of its size.
pub struct Reused<A: Arithmetic>(Kept<A::Block>);

/// The same for pairs.
pub struct ReusedPairs<A: Arithmetic>(Kept<A::Pairs>);

/// Memory for that many rows and columns.
type Kept<T> = Option<(usize, usize, T)>;

impl<A: Arithmetic> Default for Reused<A> {
    fn default() -> Self {
        Self(None)
    }
}

impl<A: Arithmetic> Default for ReusedPairs<A> {
    fn default() -> Self {
        Self(None)
    }
}

impl<A: Arithmetic> Reused<A> {
    /// A block `[rows, columns]`; its contents are unspecified.
    pub fn block(&mut self, a: &A, rows: usize, columns: usize) -> &mut A::Block {
        again(&mut self.0, rows, columns, || a.block(rows, columns))
    }

    /// Whether there is a block of that size.
    pub fn fits(&self, rows: usize, columns: usize) -> bool {
        self.0
            .as_ref()
            .is_some_and(|&(r, c, _)| (r, c) == (rows, columns))
    }

    /// The block that was asked for last.
    pub fn kept(&self) -> &A::Block {
        let (_, _, block) = self.0.as_ref().expect("a block was asked for");
        block
    }
}

impl<A: Arithmetic> ReusedPairs<A> {
    /// Pairs `[rows, columns]`; their contents are unspecified.
    pub fn pairs(&mut self, a: &A, rows: usize, columns: usize) -> &mut A::Pairs {
        again(&mut self.0, rows, columns, || a.pairs(rows, columns))
    }
}

fn again<T>(kept: &mut Kept<T>, rows: usize, columns: usize, fresh: impl FnOnce() -> T) -> &mut T {
    *kept = kept.take().filter(|&(r, c, _)| (r, c) == (rows, columns));
    &mut kept.get_or_insert_with(|| (rows, columns, fresh())).2
}

//! Memory that one block after another uses.

use machine::Arithmetic;

/// A block's memory, used again for the next one of its size.
pub struct Reused<A: Arithmetic>(Option<(usize, usize, A::Block)>);

impl<A: Arithmetic> Default for Reused<A> {
    fn default() -> Self {
        Self(None)
    }
}

impl<A: Arithmetic> Reused<A> {
    /// A block `[rows, columns]`; its contents are unspecified.
    pub fn block(&mut self, a: &A, rows: usize, columns: usize) -> &mut A::Block {
        let fits = |&(r, c, _): &(usize, usize, A::Block)| (r, c) == (rows, columns);
        self.0 = self.0.take().filter(fits);
        let fresh = || (rows, columns, a.block(rows, columns));
        &mut self.0.get_or_insert_with(fresh).2
    }
}

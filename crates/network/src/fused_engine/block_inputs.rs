//! A block's inputs as products read them.

use environment::Inputs;
use kernels::{Arithmetic, Left};

/// The inputs of a block's rows `[rows, columns]`.
pub enum BlockInputs<A: Arithmetic> {
    /// Pixels, 0 to 255, many of them zero.
    Bytes(A::Bytes),
    /// Numbers, rounded to the arithmetic.
    Numbers(A::Block),
}

impl<A: Arithmetic> BlockInputs<A> {
    /// Those of `values` `[rows, columns]`.
    pub fn new(a: &A, values: Inputs, columns: usize) -> Self {
        match values {
            Inputs::Images(bytes) => Self::Bytes(a.bytes(bytes, columns)),
            Inputs::Numbers(numbers) => {
                let mut block = a.block(numbers.len() / columns, columns);
                a.fill(&mut block, &numbers);
                Self::Numbers(block)
            }
        }
    }

    /// As the left operand of a product.
    pub fn left(&self) -> Left<'_, A> {
        match self {
            Self::Bytes(bytes) => Left::Bytes(bytes),
            Self::Numbers(block) => Left::Block(block),
        }
    }
}

//! The frame that the general and the one-logit network share: a gradient, or a Hessian-vector product, is a sum over blocks,
//! strip by strip, in memory that is used again. What is summed is each network's own.

use std::sync::OnceLock;

use anyhow::Result;
use kernels::{AlignedF32, Arithmetic};

use super::workspace::{Pool, Pooled, Reused};
use crate::blocked::{Blocked, StripSum};
use crate::scale::Scale;

/// Sums that are kept for the next pass: those of a few strips. All groups' would be much memory with many classes.
const SPARE_SUMS: usize = 8;

/// Memory that one pass after another uses. `S` is a network's own for one block after another.
pub struct Memory<A: Arithmetic, S> {
    work: Pool<Work<A, S>>,
    /// Activations of a block, `[rows, units]`, that outlive their strip.
    pub hidden: Pool<Reused<A>>,
    /// Sums of a strip.
    pub sums: Pool<AlignedF32>,
}

/// What the blocks of a strip use, one after another.
pub struct Work<A: Arithmetic, S> {
    /// h_1 `[rows, h_1]`.
    pub h1: Reused<A>,
    pub scratch: S,
}

/// What a strip adds to a gradient: its sums over rows.
pub trait Sums: StripSum {
    /// These, when all blocks of the strip are in, whose values are kept at that `scale`.
    fn finished(self, scale: Scale) -> Self;
}

impl<A: Arithmetic, S: Default> Default for Work<A, S> {
    fn default() -> Self {
        Self {
            h1: Default::default(),
            scratch: Default::default(),
        }
    }
}

impl<A: Arithmetic, S: Default> Default for Memory<A, S> {
    fn default() -> Self {
        Self {
            work: Default::default(),
            hidden: Default::default(),
            sums: Pool::of_at_most(SPARE_SUMS),
        }
    }
}

impl<A: Arithmetic, S: Default> Memory<A, S> {
    /// Memory for a block's work.
    pub fn work(&self) -> Pooled<Work<A, S>> {
        self.work.take()
    }

    /// Each group's sums over its blocks, and what `add` returns of each block. `start` gives the sums of a strip of that
    /// group, to which nothing has been added, and `add` adds the block of that number.
    pub fn sum_over_blocks<P: Sync, T: Sums, R: Send + Sync>(
        &self,
        blocked: &Blocked<P>,
        start: impl Fn(usize) -> T + Sync + Send,
        add: impl Fn(usize, &mut Work<A, S>, &mut T) -> Result<R> + Sync + Send,
    ) -> Result<(Vec<T>, Vec<R>)>
    where
        S: Send,
    {
        let results: Vec<_> = blocked.blocks.iter().map(|_| OnceLock::new()).collect();
        let sums = blocked.sums_over_strips(|strip| {
            let mut sums = start(blocked.blocks[strip[0]].group);
            let mut work = self.work.take();
            for &number in strip {
                let _ = results[number].set(add(number, &mut work, &mut sums)?);
            }
            Ok(sums.finished(blocked.scale))
        })?;
        let results = results.into_iter().filter_map(OnceLock::into_inner);
        Ok((sums, results.collect()))
    }
}

//! bf16 products on the tiles of Intel's AMX. A tile is 16 rows of 16 pairs of bf16 or of 16 sums; one
//! instruction adds to 16 by 16 sums the product of 16 rows by 16 pairs and 16 pairs by 16 columns.
//!
//! All but the instructions themselves is the same code whoever carries them out: the CPU, or, in tests,
//! an emulation.

mod cpu;
mod pack;
mod product;

#[cfg(test)]
mod emulated;
#[cfg(test)]
mod tests;

use super::lines::Lines;
use super::{Panels, Rows};
pub use cpu::Amx;
use product::{Product, Registers};

/// Rows of a tile; the pairs or sums in each.
pub const SIDE: usize = 16;
/// Columns of a panel of a right operand: two tiles. The panel stays in the first-level cache while the
/// left operand streams past.
pub const PANEL: usize = 2 * SIDE;
/// Instructions of one round of [`Amx::repeat`], each with sums of its own.
pub const REPEATED: usize = 6;

impl Amx {
    /// `into` `[m, n]` = m rows of `left`, from row `first` on, · `right`, added to `into` where `add`;
    /// `first` is a multiple of [`SIDE`].
    pub fn multiply(self, left: &Rows, first: usize, right: &Panels, into: &mut [f32], add: bool) {
        let product = Product::of_rows(left, first, right, add);
        self.with_registers(|registers| product.run(registers, into));
    }

    /// `into` `[m, n]` += `left`ᵀ·`right`; `room` takes the operands in the form that tiles want.
    pub fn add_transposed(
        self,
        left: &Rows,
        right: &Rows,
        room: &mut (Lines, Lines),
        into: &mut [f32],
    ) {
        self.pack(left, right, room);
        let product = Product::over_rows(left, right, room);
        self.with_registers(|registers| product.run(registers, into));
    }

    /// The bare instruction, [`REPEATED`] times in each of `rounds`, on zeros.
    pub fn repeat(self, rounds: usize) {
        self.with_registers(|registers| {
            for _ in 0..rounds {
                registers.multiply::<0, 6, 7>();
                registers.multiply::<1, 6, 7>();
                registers.multiply::<2, 6, 7>();
                registers.multiply::<3, 6, 7>();
                registers.multiply::<4, 6, 7>();
                registers.multiply::<5, 6, 7>();
            }
        });
    }
}

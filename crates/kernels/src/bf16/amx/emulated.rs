//! The tile registers in plain Rust, for CPUs without them. Refuses what the CPU would refuse.

use super::product::{Next, Operand, Registers, extent};
use super::tile::{SIDE, Tile};
use crate::bf16::round::ONE;

pub struct Emulated {
    /// Rows, and bytes of a row, of each register.
    shapes: [(usize, usize); 8],
    /// Bits of f32 or pairs of bf16.
    tiles: [Tile; 8],
}

impl Emulated {
    /// What `ldtilecfg` does with palette 1.
    pub fn configure(bytes: &[u8; 64]) -> Self {
        assert_eq!(bytes[0], 1, "palette");
        assert_eq!(
            bytes[1], 0,
            "start row: only an interrupted load has another"
        );
        assert!(bytes[2..16].iter().all(|&byte| byte == 0), "reserved");
        assert!(bytes[32..48].iter().all(|&byte| byte == 0), "reserved");
        assert!(bytes[56..].iter().all(|&byte| byte == 0), "reserved");
        let shapes = std::array::from_fn(|register| {
            let width = u16::from_le_bytes([bytes[16 + 2 * register], bytes[17 + 2 * register]]);
            let (rows, width) = (usize::from(bytes[48 + register]), usize::from(width));
            assert!(rows <= SIDE && width <= 4 * SIDE && (rows == 0) == (width == 0));
            (rows, width)
        });
        Self {
            shapes,
            tiles: [[[0; SIDE]; SIDE]; 8],
        }
    }

    /// Register `T`, which must be configured to the size that the kernel takes for granted.
    fn tile<const T: usize>(&mut self) -> &mut Tile {
        assert_eq!(self.shapes[T], (SIDE, 4 * SIDE));
        &mut self.tiles[T]
    }

    fn load<const T: usize>(&mut self, bits: impl Fn(usize) -> u32, stride: usize) {
        *self.tile::<T>() =
            std::array::from_fn(|row| std::array::from_fn(|k| bits(row * stride + k)));
    }

    /// As Intel's manual says, but denormal numbers are kept: the products of the low halves and
    /// those of the high halves are summed apart, and the two sums added to the old one at the end.
    fn multiply<const C: usize, const A: usize, const B: usize>(&mut self) {
        assert!(A != B && B != C && C != A);
        let (a, b) = (*self.tile::<A>(), *self.tile::<B>());
        let low = |pair: u32| f32::from_bits(pair << 16);
        let high = |pair: u32| f32::from_bits(pair & 0xffff_0000);
        for (row, sums) in self.tile::<C>().iter_mut().enumerate() {
            for (column, sum) in sums.iter_mut().enumerate() {
                let (mut lows, mut highs) = (0.0f32, 0.0f32);
                for k in 0..SIDE {
                    lows = low(a[row][k]).mul_add(low(b[k][column]), lows);
                    highs = high(a[row][k]).mul_add(high(b[k][column]), highs);
                }
                *sum = (f32::from_bits(*sum) + (lows + highs)).to_bits();
            }
        }
    }
}

impl Registers for Emulated {
    fn zero<const T: usize>(&mut self) {
        *self.tile::<T>() = [[0; SIDE]; SIDE];
    }

    fn accumulate<const DOWN: usize, const ACROSS: usize>(
        &mut self,
        steps: usize,
        left: Operand,
        right: Operand,
        next: &mut Next,
    ) {
        assert!(left.has(steps, DOWN) && right.has(steps, ACROSS));
        for step in 0..steps {
            let (a, b) = (
                &left.pairs[step * left.step..],
                &right.pairs[step * right.step..],
            );
            self.load::<4>(|place| a[place], left.stride);
            self.load::<6>(|place| b[place], right.stride);
            self.multiply::<0, 4, 6>();
            if ACROSS == 2 {
                self.load::<7>(|place| b[right.beside + place], right.stride);
                self.multiply::<1, 4, 7>();
            }
            if DOWN == 2 {
                self.load::<5>(|place| a[left.beside + place], left.stride);
                self.multiply::<2, 5, 6>();
            }
            if DOWN * ACROSS == 4 {
                self.multiply::<3, 5, 7>();
            }
            next.fetch::<Self>();
        }
    }

    fn load_sums<const T: usize>(&mut self, from: &[f32], stride: usize) {
        assert!(from.len() >= extent(stride));
        self.load::<T>(|place| from[place].to_bits(), stride);
    }

    fn store_sums<const T: usize>(&mut self, into: &mut [f32], stride: usize) {
        assert!(into.len() >= extent(stride));
        for (row, sums) in self.tile::<T>().iter().enumerate() {
            for (column, &bits) in sums.iter().enumerate() {
                into[row * stride + column] = f32::from_bits(bits);
            }
        }
    }

    fn fetch(_: *const f32) {}

    fn spread(&self, bits: u32) -> [u32; SIDE] {
        let one = |place: usize| (bits >> place & 1) * ONE as u32;
        std::array::from_fn(|pair| one(2 * pair) | one(2 * pair + 1) << 16)
    }
}

//! No tiles: not this architecture, or not this system.

use super::avx512::Tiles;
use super::{Panels, Rows};
use crate::{Bits, Lanes};

pub const SIDE: usize = 16;
pub const PANEL: usize = 32;
pub const CHUNK_ROWS: usize = 32;
pub const REPEATED: usize = 6;

/// Never made.
#[derive(Clone, Copy, Debug)]
pub enum Amx {}

impl Amx {
    pub fn detect(_: Tiles) -> Option<Self> {
        None
    }

    pub fn repeat(self, _: usize) {
        match self {}
    }

    pub fn multiply(self, _: &Rows, _: usize, _: &Panels, _: &mut [f32], _: bool) {
        match self {}
    }
}

/// Never made.
pub struct Transpose(Amx);

impl Transpose {
    pub fn none(amx: Amx) -> Self {
        match amx {}
    }

    pub fn fill(&mut self, _: &Rows) {
        match self.0 {}
    }

    pub fn fill_ones(&mut self, _: &Bits) {
        match self.0 {}
    }

    pub fn multiply(&self, _: &RowPairs, _: &mut [f32], _: bool) {
        match self.0 {}
    }

    pub fn amx(&self) -> Amx {
        self.0
    }
}

/// Never made.
pub struct RowPairs(Amx);

impl RowPairs {
    pub fn zeros(amx: Amx, _: usize, _: usize) -> Self {
        match amx {}
    }

    pub fn fill(&mut self, _: &Rows) {
        match self.0 {}
    }

    pub fn write(&mut self, _: usize, _: impl Iterator<Item = [Lanes; 2]>) {
        match self.0 {}
    }

    pub fn write_one(&mut self, _: usize, _: usize, _: [f32; 2]) {
        match self.0 {}
    }
}

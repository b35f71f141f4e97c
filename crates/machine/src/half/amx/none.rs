//! No tiles: not this architecture, or not this system.

use super::avx512::Tiles;
use super::lines::Lines;
use super::{Panels, Rows};

pub const SIDE: usize = 16;
pub const PANEL: usize = 32;
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

    pub fn add_transposed(self, _: &Rows, _: &Rows, _: &mut (Lines, Lines), _: &mut [f32]) {
        match self {}
    }
}

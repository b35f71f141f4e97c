//! No tiles: not this architecture, or not this system.

use std::marker::PhantomData;

use super::avx512::Tiles;
use super::{Panels, Rows};
use crate::{Bits, F32x16};

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

    pub fn pack_ones(self, _: &Bits, _: &mut Ones, _: &mut Ones) {
        match self {}
    }

    pub fn multiply(self, _: &Product, _: &mut [f32], _: bool) {
        match self {}
    }
}

/// Not made but as a type.
#[derive(Default)]
pub struct Ones(());

impl Ones {
    pub fn rows(&self) -> usize {
        0
    }

    pub fn columns(&self) -> usize {
        0
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

    pub fn columns(&self) -> usize {
        match self.0 {}
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

    pub fn write(&mut self, _: usize, _: impl Iterator<Item = [F32x16; 2]>) {
        match self.0 {}
    }

    pub fn write_one(&mut self, _: usize, _: usize, _: [f32; 2]) {
        match self.0 {}
    }

    pub fn columns(&self) -> usize {
        match self.0 {}
    }
}

/// Never made.
pub struct Product<'a>(PhantomData<&'a ()>);

impl<'a> Product<'a> {
    pub fn of_rows(_: &'a Rows, _: usize, _: &'a Panels) -> Self {
        unreachable!("there are no tiles")
    }

    pub fn of_ones(_: &'a Ones, _: usize, _: &'a Panels) -> Self {
        unreachable!("there are no tiles")
    }

    pub fn of_transpose(left: &'a Transpose, _: &'a RowPairs) -> Self {
        match left.0 {}
    }

    pub fn of_ones_over_rows(_: &'a Ones, right: &'a RowPairs) -> Self {
        match right.0 {}
    }
}

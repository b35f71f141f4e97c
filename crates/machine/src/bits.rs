//! Masks, kept in as few bits as hold them.

/// A matrix of ones and zeros: a bit each, in lanes of 16 columns.
pub struct Bits {
    rows: usize,
    columns: usize,
    /// `[rows][columns/16]`, a lane's first column in the lowest bit; those behind the last column are 0.
    lanes: Vec<u16>,
}

impl Bits {
    /// Zeros `[rows, columns]`.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            lanes: vec![0; rows * columns.div_ceil(16)],
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The lanes of row `row`.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[u16] {
        let lanes = self.columns.div_ceil(16);
        &self.lanes[row * lanes..][..lanes]
    }

    /// Lane `lane` of row `row`.
    #[inline(always)]
    pub fn lane(&self, row: usize, lane: usize) -> u16 {
        self.lanes[row * self.columns.div_ceil(16) + lane]
    }

    /// As [`Bits::row`], to be set: the bits behind the last column must stay 0.
    #[inline(always)]
    pub fn row_mut(&mut self, row: usize) -> &mut [u16] {
        let lanes = self.columns.div_ceil(16);
        &mut self.lanes[row * lanes..][..lanes]
    }
}

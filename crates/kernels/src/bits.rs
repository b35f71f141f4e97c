//! Masks, kept in as few bits as hold them.

/// A matrix of ones and zeros: a bit each, in lanes of 16 columns.
pub struct Bits {
    rows: usize,
    columns: usize,
    /// `[columns/16][rows]`, padded with zeros to whole [`Bits::ROWS`]. A lane's first column is in the lowest bit; those behind
    /// the last column are 0.
    lanes: Vec<u16>,
}

impl Bits {
    /// The rows of a lane are padded to a multiple of this: 16 columns of so many fill a register.
    pub const ROWS: usize = 32;

    /// Zeros `[rows, columns]`.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            lanes: vec![0; columns.div_ceil(16) * rows.next_multiple_of(Self::ROWS)],
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

    /// Lane `lane` of row `row`.
    #[inline(always)]
    pub fn lane(&self, row: usize, lane: usize) -> u16 {
        self.lanes[self.place(row, lane)]
    }

    /// Sets lane `lane` of row `row`; the bits behind the last column must stay 0.
    #[inline(always)]
    pub fn set_lane(&mut self, row: usize, lane: usize, ones: u16) {
        let place = self.place(row, lane);
        self.lanes[place] = ones;
    }

    /// Lane `lane` of all rows, and of those that they are padded with: `[rows/32][32]`.
    pub fn all_rows(&self, lane: usize) -> &[[u16; Self::ROWS]] {
        let rows = self.rows.next_multiple_of(Self::ROWS);
        self.lanes[lane * rows..][..rows].as_chunks().0
    }

    #[inline(always)]
    fn place(&self, row: usize, lane: usize) -> usize {
        assert!(row < self.rows, "there is no row {row}");
        lane * self.rows.next_multiple_of(Self::ROWS) + row
    }
}

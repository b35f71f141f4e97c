//! Masks, kept in as few bits as hold them.

/// A matrix of ones and zeros: a bit each, in words of 16 columns.
pub struct BitMatrix {
    rows: usize,
    columns: usize,
    /// `[columns/16][rows]`, padded with zeros to whole [`BitMatrix::ROWS`]. A word's first column is in the lowest bit; those behind
    /// the last column are 0.
    words: Vec<u16>,
}

impl BitMatrix {
    /// The rows are padded to a multiple of this: 16 columns of so many fill a register.
    pub const ROWS: usize = 32;

    /// Zeros `[rows, columns]`.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            words: vec![0; columns.div_ceil(16) * rows.next_multiple_of(Self::ROWS)],
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

    /// The bits of columns 16·`place` to 16·`place` + 15 in row `row`.
    #[inline(always)]
    pub fn word(&self, row: usize, place: usize) -> u16 {
        self.words[self.index(row, place)]
    }

    /// Sets what [`BitMatrix::word`] reads; the bits behind the last column must stay 0.
    #[inline(always)]
    pub fn set_word(&mut self, row: usize, place: usize, ones: u16) {
        let index = self.index(row, place);
        self.words[index] = ones;
    }

    /// The words at `place` of all rows, and of those that they are padded with: `[rows/32][32]`.
    pub fn words_of_all_rows(&self, place: usize) -> &[[u16; Self::ROWS]] {
        let rows = self.rows.next_multiple_of(Self::ROWS);
        self.words[place * rows..][..rows].as_chunks().0
    }

    #[inline(always)]
    fn index(&self, row: usize, place: usize) -> usize {
        assert!(row < self.rows, "there is no row {row}");
        place * self.rows.next_multiple_of(Self::ROWS) + row
    }
}

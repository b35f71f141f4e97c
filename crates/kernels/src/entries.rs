//! How many entries a matrix has.

/// `rows`·`columns`. What a product reads and writes is checked against such numbers, so none may wrap around.
pub fn entries(rows: usize, columns: usize) -> usize {
    rows.checked_mul(columns)
        .expect("a matrix of more entries than can be counted")
}

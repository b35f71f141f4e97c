//! The order in which an engine keeps an environment's rows.
//!
//! A Colored MNIST row lights one channel of k and leaves the others zero. Rows with the same lit
//! channel are put side by side, so that the first layer skips the columns that are zero in every one of
//! them: a k-th of the work is left, and less again for the pixels that never light up.

use environment::Environment;

/// Rows that share their non-zero input columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Input columns that are not zero in some row of the group, ascending; column 0 where there is none.
    pub columns: Vec<u32>,
    /// The rows' numbers in the environment, ascending.
    pub rows: Vec<usize>,
}

/// All rows of an environment, each in exactly one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOrder {
    /// Groups of rows with one lit channel, by channel; last, if any, those with several. Rows with none are with
    /// those of channel 0.
    pub groups: Vec<Group>,
}

impl RowOrder {
    /// Groups the rows of `environment` by the channel that is not zero in them.
    pub fn of(environment: &Environment) -> Self {
        let [rows, channels, height, width] = environment.shape;
        let plane = height * width;
        let several = channels;
        let mut members = vec![Vec::new(); channels + 1];
        for row in 0..rows {
            let mut lit = environment.images[row * channels * plane..][..channels * plane]
                .chunks_exact(plane)
                .enumerate()
                .filter(|(_, pixels)| pixels.iter().any(|&pixel| pixel != 0))
                .map(|(channel, _)| channel);
            let key = match (lit.next(), lit.next()) {
                (None, _) => 0,
                (Some(channel), None) => channel,
                (Some(_), Some(_)) => several,
            };
            members[key].push(row);
        }
        let groups = members
            .into_iter()
            .filter(|rows| !rows.is_empty())
            .map(|rows| Group {
                columns: lit_columns(environment, &rows),
                rows,
            })
            .collect();
        Self { groups }
    }

    /// All rows' numbers in the environment, in the engine's order.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.groups
            .iter()
            .flat_map(|group| group.rows.iter().copied())
    }
}

/// See [`Group::columns`]: a matrix without columns is more trouble than one with a column of zeros.
fn lit_columns(environment: &Environment, rows: &[usize]) -> Vec<u32> {
    let width: usize = environment.shape[1..].iter().product();
    let mut lit = vec![false; width];
    for &row in rows {
        let pixels = &environment.images[row * width..][..width];
        for (seen, &pixel) in lit.iter_mut().zip(pixels) {
            *seen |= pixel != 0;
        }
    }
    let columns: Vec<u32> = (0..width as u32)
        .filter(|&column| lit[column as usize])
        .collect();
    if columns.is_empty() { vec![0] } else { columns }
}

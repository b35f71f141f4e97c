//! The order in which an engine keeps an environment's rows.
//!
//! A Colored MNIST row lights one channel of k and leaves the others zero. Rows with the same lit
//! channel are put side by side, so that the first layer skips the columns that are zero in every one of
//! them: a k-th of the work is left, and less again for the pixels that never light up.

use environment::{Environment, Inputs};

/// Rows that share their non-zero input columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Input columns, ascending: of images those that are not zero in some row of the group, column 0 where there is none.
    pub columns: Vec<u32>,
    /// The rows' numbers in the environment, ascending.
    pub rows: Vec<usize>,
}

/// All rows of an environment, each in exactly one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOrder {
    /// Of images, groups of rows with one lit channel, by channel; last, if any, those with several. Rows with none are with
    /// those of channel 0.
    pub groups: Vec<Group>,
}

impl RowOrder {
    /// Groups the rows of `environment` by the channel that is not zero in them. Numbers that are no images are one group
    /// with all columns.
    pub fn of(environment: &Environment) -> Self {
        let images = match (&environment.inputs, &environment.facts.shape[..]) {
            (Inputs::Images(images), &[rows, channels, height, width]) => Images {
                values: images,
                rows,
                channels,
                plane: height * width,
            },
            _ => {
                let group = Group {
                    columns: (0..environment.width() as u32).collect(),
                    rows: (0..environment.rows()).collect(),
                };
                return Self {
                    groups: vec![group],
                };
            }
        };
        images.order()
    }

    /// All rows' numbers in the environment, in the engine's order.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.groups
            .iter()
            .flat_map(|group| group.rows.iter().copied())
    }
}

/// `[rows, channels, plane]`.
struct Images<'a> {
    values: &'a [u8],
    rows: usize,
    channels: usize,
    plane: usize,
}

impl Images<'_> {
    fn order(&self) -> RowOrder {
        let Self {
            rows,
            channels,
            plane,
            ..
        } = *self;
        let several = channels;
        let mut members = vec![Vec::new(); channels + 1];
        for row in 0..rows {
            let mut lit = self
                .row(row)
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
                columns: self.lit_columns(&rows),
                rows,
            })
            .collect();
        RowOrder { groups }
    }

    fn row(&self, row: usize) -> &[u8] {
        let width = self.channels * self.plane;
        &self.values[row * width..][..width]
    }

    /// See [`Group::columns`]: a matrix without columns is more trouble than one with a column of zeros.
    fn lit_columns(&self, rows: &[usize]) -> Vec<u32> {
        let width = self.channels * self.plane;
        let mut lit = vec![false; width];
        for &row in rows {
            for (seen, &pixel) in lit.iter_mut().zip(self.row(row)) {
                *seen |= pixel != 0;
            }
        }
        let columns: Vec<u32> = (0..width as u32)
            .filter(|&column| lit[column as usize])
            .collect();
        if columns.is_empty() { vec![0] } else { columns }
    }
}

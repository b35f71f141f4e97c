//! Which rows of its source an environment holds, and how many of them another one holds too.
//!
//! Rows that a run was trained on say nothing when they are scored, and rows that stand in two training environments are
//! no second environment. What made a file tells which rows it has: its tensor `indices`, or else its recipe, by which they
//! are drawn again.

use std::cmp::Ordering;

use crate::facts::Facts;
use crate::make;
use crate::recipe::{Recipe, Split};

/// Larger sources are not drawn again: what a file says of itself is not to ask for any amount of memory.
const MOST_ROWS: usize = 1 << 24;

/// Rows of one source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRows {
    /// SHA-256 of the source's images.
    images_sha256: String,
    /// Numbers of the rows, ascending, each once.
    rows: Vec<u32>,
}

impl SourceRows {
    /// Those of `environment`; `None` where it does not say.
    pub fn of(environment: &Facts) -> Option<Self> {
        let recipe = environment.recipe.as_ref()?;
        match &environment.indices {
            Some(indices) => Some(Self::new(recipe, indices.clone())),
            None => Self::drawn_by(recipe, None),
        }
    }

    /// Those that `recipe` draws from a source of `source_rows` rows, if the recipe does not name their number itself. `None`
    /// where neither does.
    pub fn drawn_by(recipe: &Recipe, source_rows: Option<usize>) -> Option<Self> {
        let source_rows = recipe.source_rows.or(source_rows)?;
        if source_rows > MOST_ROWS {
            return None;
        }
        let rows = make::rows(source_rows, recipe).ok()?;
        // Fewer than 2^24.
        let rows = rows.into_iter().map(|row| row as u32).collect();
        Some(Self::new(recipe, rows))
    }

    fn new(recipe: &Recipe, mut rows: Vec<u32>) -> Self {
        rows.sort_unstable();
        rows.dedup();
        Self {
            images_sha256: recipe.images_sha256.clone(),
            rows,
        }
    }

    /// How many rows these and `other` have in common.
    pub fn shared_with(&self, other: &Self) -> usize {
        if self.images_sha256 != other.images_sha256 {
            return 0;
        }
        let (mut one, mut two) = (&self.rows[..], &other.rows[..]);
        let mut shared = 0;
        while let ([a, rest_of_one @ ..], [b, rest_of_two @ ..]) = (one, two) {
            let order = a.cmp(b);
            shared += usize::from(order == Ordering::Equal);
            if order != Ordering::Greater {
                one = rest_of_one;
            }
            if order != Ordering::Less {
                two = rest_of_two;
            }
        }
        shared
    }
}

impl Facts {
    /// The number of rows of its source, for recipes of the same source that do not name it.
    pub fn source_rows(&self) -> Option<usize> {
        let recipe = self.recipe.as_ref()?;
        // The test rows are the last ones, in order.
        let first = self.indices.as_ref().and_then(|indices| indices.first());
        let first = first.filter(|_| recipe.split == Split::Test);
        let of_test = first.map(|&first| (first as usize).saturating_add(recipe.test_rows));
        recipe.source_rows.or(of_test)
    }
}

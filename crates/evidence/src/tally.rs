//! How many published cells are reproduced.

use crate::comparison::Pair;
use crate::interval::CONFIDENCE;
use crate::published::Origin;
use crate::verdict::{RULES, Rule, Verdict};

/// The counts over some published cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Published cells.
    pub cells: usize,
    /// Those that we have scores for.
    pub scored: usize,
    /// For each of the rules, those that keep it.
    kept: [usize; RULES.len()],
}

impl Tally {
    /// Counts those of `pairs` whose published number is of `origin`.
    pub fn of<'a>(origin: Origin, pairs: impl IntoIterator<Item = &'a Pair>) -> Self {
        let mut tally = Self::default();
        for pair in pairs {
            if pair.paper.is_some_and(|paper| paper.origin == origin) {
                tally.add(pair.verdict());
            }
        }
        tally
    }

    fn add(&mut self, verdict: Option<Verdict>) {
        self.cells += 1;
        let Some(verdict) = verdict else {
            return;
        };
        self.scored += 1;
        for (count, (_, kept)) in self.kept.iter_mut().zip(verdict.rules()) {
            *count += usize::from(kept);
        }
    }

    /// How many of the cells with scores would break the rule of the interval by chance alone, if each published mean and
    /// ours were means of the same runs.
    pub fn expected_by_chance(&self) -> f64 {
        (1.0 - CONFIDENCE) * self.scored as f64
    }

    /// Each rule and the number of cells that keep it, in the order of [`RULES`].
    pub fn rules(&self) -> impl Iterator<Item = (&'static Rule, usize)> {
        const { &RULES }.iter().zip(self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Cell;
    use crate::published::Published;

    #[test]
    fn cells_of_one_origin_are_counted_by_rule() {
        let pair = |ours: Option<f64>, origin| Pair {
            ours: ours.map(|accuracy| Cell {
                accuracies: vec![accuracy],
                ..Cell::default()
            }),
            paper: Some(Published {
                mean: 70.0,
                std: 2.0,
                origin,
            }),
            for_information: false,
        };
        // Within 4 points and within 2, within 4 alone, in neither, not run, of another origin, not published.
        let pairs = [
            pair(Some(71.0), Origin::Paper),
            pair(Some(73.0), Origin::Paper),
            pair(Some(75.0), Origin::Paper),
            pair(None, Origin::Paper),
            pair(Some(71.0), Origin::AuthorPage),
            Pair {
                paper: None,
                ..pair(Some(71.0), Origin::Paper)
            },
        ];
        let tally = Tally::of(Origin::Paper, &pairs);
        assert_eq!((tally.cells, tally.scored), (4, 3));
        assert!((tally.expected_by_chance() - 0.15).abs() < 1e-9);
        let counts: Vec<_> = tally.rules().map(|(rule, n)| (rule.key, n)).collect();
        assert_eq!(counts, [("spread", 2), ("point", 1), ("interval", 0)]);
    }
}

//! Whether our number reproduces the published one.
//!
//! A rule stands in [`RULES`] alone: its bound, and the words for it in every table, page and CSV.

use crate::cells::Cell;
use crate::interval::{CONFIDENCE, Interval, of_sum};
use crate::published::Published;

/// The number of runs behind a published ±. The paper and its author's page do not say it; ten is what the work that they
/// follow takes.
pub const ASSUMED_RUNS: usize = 10;

/// A rule: |ours − published| ≤ a bound, in points of per cent.
pub struct Rule {
    /// Its name for programs: `spread`.
    pub key: &'static str,
    /// What it says of a cell, after "is" or after a number of cells: `within the spread of single runs`.
    pub name: &'static str,
    /// What follows the formula where there is room to explain it.
    pub remark: &'static str,
    /// What follows it elsewhere.
    pub short_remark: &'static str,
    /// `None` where it cannot be told: the rule is then not kept.
    bound: fn(&Cell, &Published) -> Option<f64>,
    /// The bound in words; `{}` stands for who published.
    formula: &'static str,
}

/// All rules. The first is the one by which a cell counts as reproduced.
///
/// The first two ask whether single runs look alike. The third asks whether the means differ by more than chance, so it is
/// the strictest where there are many runs: with ten, a cell that keeps it keeps the first too.
pub const RULES: [Rule; 3] = [
    Rule {
        key: "spread",
        name: "within the spread of single runs",
        remark: ", where s is the standard deviation, for which the published ± are taken; \
                 with one seed ours is unknown and taken as 0.",
        short_remark: "",
        bound: |ours, published| Some(2.0 * ours.std().unwrap_or(0.0).hypot(published.std)),
        formula: "2·sqrt(s_ours² + s_{}²)",
    },
    Rule {
        key: "point",
        name: "within a point or the paper's spread",
        remark: ". A cell can keep this rule and break another.",
        short_remark: "",
        bound: |_, published| Some(published.std.max(1.0)),
        formula: "max(1.0, s_{}) points",
    },
    Rule {
        key: "interval",
        name: "within the 95 % interval of the difference of means",
        remark: ", where n is our number of seeds, and t the quantile of Student's t at 97.5 % with Welch's degrees of \
                 freedom. The published ± is taken for a deviation over 10 runs; this 10 is assumed, because nobody \
                 says it. With one seed of ours it cannot be judged and counts as not kept.",
        short_remark: " (t: Student's; 10 runs are assumed behind a published ±)",
        bound: |ours, published| {
            let interval = of_sum(0.0, &[error(ours)?, published.error()], CONFIDENCE)?;
            Some(interval.high)
        },
        formula: "t·sqrt(s_ours²/n + s_{}²/10)",
    },
];

/// The square of the standard error of our mean, and its degrees of freedom; `None` for one seed.
fn error(ours: &Cell) -> Option<(f64, usize)> {
    Some((ours.std()?.powi(2) / ours.n() as f64, ours.n() - 1))
}

impl Published {
    /// The square of the standard error of the published mean, and its degrees of freedom, over [`ASSUMED_RUNS`].
    pub fn error(&self) -> (f64, usize) {
        (self.std.powi(2) / ASSUMED_RUNS as f64, ASSUMED_RUNS - 1)
    }
}

impl Rule {
    /// The rule as a formula, where `published` is the word for what was published.
    ///
    /// ```
    /// let formula = evidence::verdict::RULES[1].formula("paper");
    /// assert_eq!(formula, "|ours − paper| ≤ max(1.0, s_paper) points");
    /// ```
    pub fn formula(&self, published: &str) -> String {
        let bound = self.formula.replace("{}", published);
        format!("|ours − {published}| ≤ {bound}")
    }

    fn holds(&self, ours: &Cell, published: &Published) -> bool {
        let bound = (self.bound)(ours, published);
        let distance = (ours.mean() - published.mean).abs();
        bound.is_some_and(|bound| Interval::around(0.0, bound).contains(distance))
    }
}

/// Which of the [`RULES`] a cell keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    kept: [bool; RULES.len()],
}

/// Compares `ours` with what is `published`.
pub fn verdict(ours: &Cell, published: &Published) -> Verdict {
    Verdict {
        kept: RULES.map(|rule| rule.holds(ours, published)),
    }
}

impl Verdict {
    /// Each rule and whether it is kept, in the order of [`RULES`].
    pub fn rules(self) -> impl Iterator<Item = (&'static Rule, bool)> {
        const { &RULES }.iter().zip(self.kept)
    }

    /// Whether the cell counts as reproduced.
    pub fn agrees(self) -> bool {
        self.kept[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published::Origin;

    fn both(spread: bool, point: bool) -> [bool; 2] {
        [spread, point]
    }

    /// Whether the first two rules are kept.
    fn single_runs(verdict: Verdict) -> [bool; 2] {
        [verdict.kept[0], verdict.kept[1]]
    }

    /// Compares two seeds of this mean and sample standard deviation.
    fn judge(mean: f64, std: f64, paper_mean: f64, paper_std: f64) -> [bool; 2] {
        let away = std / 2.0f64.sqrt();
        let ours = Cell {
            accuracies: vec![mean - away, mean + away],
            ..Cell::default()
        };
        let paper = Published {
            mean: paper_mean,
            std: paper_std,
            origin: Origin::Paper,
        };
        single_runs(verdict(&ours, &paper))
    }

    /// `scipy.stats.ttest_ind_from_stats(69.9, 1.8, 10, paper, 0.9, 10, equal_var=False)` of scipy 1.17.1 has an interval
    /// of ± 1.372369740559221 around the difference.
    #[test]
    fn the_interval_of_the_difference_is_that_of_scipy() {
        // Ten seeds of mean 69.9 and deviation 1.8: five on each side.
        let away = 1.8 * (0.9f64).sqrt();
        let ours = Cell {
            accuracies: [69.9 - away, 69.9 + away].repeat(5),
            ..Cell::default()
        };
        for (paper, kept) in [(71.27, true), (71.28, false), (68.53, true), (68.52, false)] {
            let published = Published {
                mean: paper,
                std: 0.9,
                origin: Origin::Paper,
            };
            assert_eq!(verdict(&ours, &published).kept[2], kept, "{paper}");
        }
    }

    #[test]
    fn at_and_beyond_the_bounds() {
        // 2·√(3² + 4²) = 10 for the first rule, max(1, 4) = 4 for the second.
        assert_eq!(judge(54.0, 3.0, 50.0, 4.0), both(true, true));
        assert_eq!(judge(46.0, 3.0, 50.0, 4.0), both(true, true));
        assert_eq!(judge(54.001, 3.0, 50.0, 4.0), both(true, false));
        assert_eq!(judge(60.0, 3.0, 50.0, 4.0), both(true, false));
        assert_eq!(judge(60.001, 3.0, 50.0, 4.0), both(false, false));
        assert_eq!(judge(39.999, 3.0, 50.0, 4.0), both(false, false));
        // Small spreads: 2·√(0.3² + 0.4²) = 1 and max(1, 0.4) = 1.
        assert_eq!(judge(71.9, 0.3, 70.9, 0.4), both(true, true));
        // 2·√(0.1² + 0) = 0.2 and max(1, 0.1) = 1: the second alone.
        assert_eq!(judge(50.5, 0.0, 50.0, 0.1), both(false, true));
    }

    #[test]
    fn one_seed_counts_as_no_deviation() {
        let paper = Published {
            mean: 70.0,
            std: 2.0,
            origin: Origin::Paper,
        };
        let ours = |accuracy| Cell {
            accuracies: vec![accuracy],
            ..Cell::default()
        };
        assert_eq!(single_runs(verdict(&ours(74.0), &paper)), both(true, false));
        assert_eq!(
            single_runs(verdict(&ours(74.1), &paper)),
            both(false, false)
        );
        // The error of one run's mean is unknown, so not even equal means are known to agree.
        assert!(!verdict(&ours(70.0), &paper).kept[2]);
    }
}

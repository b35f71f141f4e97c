//! Whether our number reproduces the published one.
//!
//! A rule stands in [`RULES`] alone: its bound, and the words for it in every table, page and CSV.

use crate::cells::Cell;
use crate::published::Published;

/// A rule: |ours − published| ≤ a bound, in points of per cent.
pub struct Rule {
    /// Said of one cell that keeps the rule: `agrees`.
    pub name: &'static str,
    /// Said of several cells, after their number: `3 agree`.
    pub plural: &'static str,
    /// Said where the rule stands alone, as over the column of its counts: `agree`.
    pub heading: &'static str,
    /// What follows the formula where there is room to explain it.
    pub remark: &'static str,
    bound: fn(&Cell, &Published) -> f64,
    /// The bound in words; `{}` stands for who published.
    formula: &'static str,
}

/// All rules. The first is the one by which a cell counts as reproduced.
///
/// No rule includes another. Where the spreads are small, two numbers may be within a point of each other and still
/// too far apart for chance.
pub const RULES: [Rule; 2] = [
    Rule {
        name: "agrees",
        plural: "agree",
        heading: "agree",
        remark: ", where s is the standard deviation, for which the published ± are taken; \
                 with one seed ours is unknown and taken as 0.",
        bound: |ours, published| 2.0 * ours.std().unwrap_or(0.0).hypot(published.std),
        formula: "2·sqrt(s_ours² + s_{}²)",
    },
    Rule {
        name: "strictly",
        plural: "strictly",
        heading: "agree strictly",
        remark: ". Neither rule includes the other.",
        bound: |_, published| published.std.max(1.0),
        formula: "max(1.0, s_{}) points",
    },
];

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
        // Numbers written with decimals are not exact in binary: 71.9 − 70.9 is above 1 by 1e-14.
        const ROUNDING: f64 = 1e-9;
        let distance = (ours.mean() - published.mean).abs();
        distance - ROUNDING <= (self.bound)(ours, published)
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

    fn both(agrees: bool, strictly: bool) -> Verdict {
        Verdict {
            kept: [agrees, strictly],
        }
    }

    /// Compares two seeds of this mean and sample standard deviation.
    fn judge(mean: f64, std: f64, paper_mean: f64, paper_std: f64) -> Verdict {
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
        verdict(&ours, &paper)
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
        assert_eq!(verdict(&ours(74.0), &paper), both(true, false));
        assert_eq!(verdict(&ours(74.1), &paper), both(false, false));
    }
}

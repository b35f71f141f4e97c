//! Whether our number reproduces the paper's.

use crate::cells::Cell;
use crate::reference::Published;

/// Two answers, neither of which includes the other.
///
/// Where the spreads are small, two numbers may be within a point of each other (`strictly`) and
/// still too far apart for chance (not `agrees`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// |ours − paper| ≤ 2·√(s_ours² + s_paper²).
    pub agrees: bool,
    /// |ours − paper| ≤ max(1.0, s_paper), in points.
    pub strictly: bool,
}

/// Compares `ours` with `paper`. An unknown deviation of ours, as with one seed, counts as 0.
pub fn verdict(ours: &Cell, paper: &Published) -> Verdict {
    judge(
        ours.mean(),
        ours.std().unwrap_or(0.0),
        paper.mean,
        paper.std,
    )
}

fn judge(mean: f64, std: f64, paper_mean: f64, paper_std: f64) -> Verdict {
    // Numbers written with decimals are not exact in binary: 71.9 − 70.9 is above 1 by 1e-14.
    const ROUNDING: f64 = 1e-9;
    let distance = (mean - paper_mean).abs() - ROUNDING;
    Verdict {
        agrees: distance <= 2.0 * std.hypot(paper_std),
        strictly: distance <= paper_std.max(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(agrees: bool, strictly: bool) -> Verdict {
        Verdict { agrees, strictly }
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
            origin: crate::reference::Origin::Paper,
        };
        let ours = |accuracy| Cell {
            accuracies: vec![accuracy],
            ..Cell::default()
        };
        assert_eq!(verdict(&ours(74.0), &paper), both(true, false));
        assert_eq!(verdict(&ours(74.1), &paper), both(false, false));
    }
}

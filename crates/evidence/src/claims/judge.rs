//! What the rows say to each claim.
//!
//! The unit is the seed: a comparison has one difference for each seed that all of its rows have, and their mean has an
//! interval of Student's t at 95 %. The interval decides, and nothing else:
//!
//! | a claim expects | supported | contradicted |
//! | --- | --- | --- |
//! | a difference above 0 | the whole interval is above 0 | the whole interval is below 0 |
//! | a difference below 0 | the whole interval is below 0 | the whole interval is above 0 |
//! | the same, within a margin | the whole interval is within the margin | the whole interval is outside of it |
//!
//! All else is undecided. A claim of several comparisons is supported if all of them are, which needs no correction (it is
//! an intersection–union test), and contradicted if one of them is.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};

use super::contrast::{Contrast, Experiments, PublishedContrast};
use super::read::{Claim, Claims, Comparison, Expected};
use crate::interval::{CONFIDENCE, Estimate, Interval};
use crate::paired::Paired;
use crate::published::References;

/// By which rule the settings of the rows were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// By the distance to the paper's row, the test environment included.
    Fidelity,
    /// Without the test environment: training-domain selection.
    Honest,
}

impl Selection {
    /// Each, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Fidelity, Self::Honest];
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Fidelity => "fidelity",
            Self::Honest => "honest",
        })
    }
}

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The rows are as the claim says.
    Supported,
    /// The rows are the opposite of what the claim says.
    Contradicted,
    /// The interval leaves both open.
    Undecided,
    /// A row that the claim needs is not there.
    Untested,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Supported => "supported",
            Self::Contradicted => "contradicted",
            Self::Undecided => "undecided",
            Self::Untested => "untested",
        })
    }
}

/// Our difference beside the paper's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// The interval of the difference of both contains 0.
    AsPublished,
    /// Of the same sign and smaller.
    Smaller,
    /// Of the same sign and larger.
    Larger,
    /// Of the opposite sign.
    Opposite,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::AsPublished => "as in the paper",
            Self::Smaller => "smaller",
            Self::Larger => "larger",
            Self::Opposite => "opposite",
        })
    }
}

/// One comparison and what the rows say to it. Differences are in points.
pub struct Judged<'a> {
    /// The comparison.
    pub comparison: &'a Comparison,
    /// Its rows under the selection.
    pub rows: Contrast,
    /// Its difference on each seed that all rows have.
    pub differences: BTreeMap<u64, f64>,
    /// How many seeds some of the rows lack.
    pub lacking: usize,
    /// The mean difference; `None` where a row is not there.
    pub estimate: Option<Estimate>,
    /// Its interval at 95 %; `None` with fewer than two seeds.
    pub interval: Option<Interval>,
    /// The paper's difference; `None` where it gives no number.
    pub paper: Option<f64>,
    /// Ours beside the paper's; `None` where one is unknown.
    pub size: Option<Size>,
    /// The verdict.
    pub word: Word,
    /// The verdict if the interval is widened for all comparisons of the selection (Bonferroni).
    pub widened: Word,
}

impl Judged<'_> {
    /// On how many of its seeds the difference is above 0. Where it is 0, half a seed. `None` without seeds.
    pub fn above_zero(&self) -> Option<f64> {
        let paired = Paired {
            differences: self.differences.clone(),
            unpaired: self.lacking,
        };
        (!self.differences.is_empty()).then(|| paired.wins())
    }
}

/// One claim and what the rows say to it.
pub struct JudgedClaim<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// Its comparisons, in order.
    pub comparisons: Vec<Judged<'a>>,
}

impl JudgedClaim<'_> {
    /// The verdict on the claim.
    pub fn word(&self) -> Word {
        all(self.comparisons.iter().map(|judged| judged.word))
    }

    /// The verdict if the intervals are widened for all comparisons of the selection.
    pub fn widened(&self) -> Word {
        all(self.comparisons.iter().map(|judged| judged.widened))
    }

    /// How a supported claim differs from the paper in size: of those of its comparisons that are not as in the paper, the
    /// first. `None` where all are, and where the claim is not supported.
    pub fn other_size(&self) -> Option<Size> {
        let sizes = self.comparisons.iter().filter_map(|judged| judged.size);
        let mut other = sizes.filter(|size| *size != Size::AsPublished);
        other.next().filter(|_| self.word() == Word::Supported)
    }
}

/// The verdict on a claim whose comparisons have these.
fn all(words: impl Iterator<Item = Word>) -> Word {
    let words: Vec<Word> = words.collect();
    [Word::Contradicted, Word::Untested, Word::Undecided]
        .into_iter()
        .find(|word| words.contains(word))
        .unwrap_or(Word::Supported)
}

/// Judges all `claims` on `experiments` under one `selection`.
///
/// # Errors
/// Where more than one row fits a name of a claim.
pub fn judge<'a>(
    claims: &'a Claims,
    experiments: &Experiments,
    references: &References,
    selection: Selection,
) -> Result<Vec<JudgedClaim<'a>>> {
    let mut judged = Vec::new();
    for claim in &claims.0 {
        let comparisons: Result<Vec<_>> = claim
            .comparisons
            .iter()
            .map(|comparison| of_comparison(comparison, experiments, references, selection))
            .collect();
        judged.push(JudgedClaim {
            claim,
            comparisons: comparisons.with_context(|| format!("claim {}", claim.name))?,
        });
    }
    let tested = tested(&judged);
    for comparison in judged.iter_mut().flat_map(|claim| &mut claim.comparisons) {
        let confidence = 1.0 - (1.0 - CONFIDENCE) / tested.max(1) as f64;
        let interval = comparison
            .estimate
            .and_then(|estimate| estimate.interval(confidence));
        comparison.widened = match comparison.word {
            Word::Untested => Word::Untested,
            _ => word(comparison.comparison.expected, interval),
        };
    }
    Ok(judged)
}

/// How many comparisons of `claims` have rows.
pub fn tested(claims: &[JudgedClaim]) -> usize {
    let comparisons = claims.iter().flat_map(|claim| &claim.comparisons);
    comparisons
        .filter(|judged| judged.word != Word::Untested)
        .count()
}

fn of_comparison<'a>(
    comparison: &'a Comparison,
    experiments: &Experiments,
    references: &References,
    selection: Selection,
) -> Result<Judged<'a>> {
    let rows = match selection {
        Selection::Fidelity => comparison.rows.clone(),
        Selection::Honest => comparison.rows.under_training_domain_selection(),
    };
    let found = rows.by_seed(experiments)?;
    let paper = comparison.rows.published(references);
    let (differences, lacking) = found.unwrap_or_default();
    let values: Vec<f64> = differences.values().copied().collect();
    let estimate = Estimate::of(&values);
    let interval = estimate.and_then(|estimate| estimate.interval(CONFIDENCE));
    let verdict = match estimate {
        None => Word::Untested,
        Some(_) => word(comparison.expected, interval),
    };
    Ok(Judged {
        comparison,
        rows,
        differences,
        lacking,
        interval,
        size: estimate
            .zip(paper.as_ref())
            .and_then(|(ours, paper)| size(&ours, paper)),
        estimate,
        paper: paper.map(|paper| paper.value),
        word: verdict,
        widened: verdict,
    })
}

/// The verdict of one interval; undecided without one.
fn word(expected: Expected, interval: Option<Interval>) -> Word {
    let Some(Interval { low, high }) = interval else {
        return Word::Undecided;
    };
    let (holds, fails) = match expected {
        Expected::Above => (low > 0.0, high < 0.0),
        Expected::Below => (high < 0.0, low > 0.0),
        Expected::Same { margin } => (
            low > -margin && high < margin,
            low > margin || high < -margin,
        ),
    };
    match (holds, fails) {
        (true, _) => Word::Supported,
        (_, true) => Word::Contradicted,
        _ => Word::Undecided,
    }
}

/// Ours beside the paper's; `None` with one seed.
fn size(ours: &Estimate, paper: &PublishedContrast) -> Option<Size> {
    let error = (ours.standard_error()?.powi(2), ours.n - 1);
    let interval = paper.interval_of_difference(ours.mean, error, CONFIDENCE)?;
    Some(match interval.contains(0.0) {
        true => Size::AsPublished,
        false if ours.mean * paper.value < 0.0 => Size::Opposite,
        false if ours.mean.abs() < paper.value.abs() => Size::Smaller,
        false => Size::Larger,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gathering::gather;
    use crate::gathering::tests::row;

    const HEADER: &str = "claim,statement,source,comparison,rows,expected,margin,why,caveat\n";

    fn interval(low: f64, high: f64) -> Option<Interval> {
        Some(Interval { low, high })
    }

    #[test]
    fn the_interval_decides() {
        use Word::{Contradicted, Supported, Undecided};
        for (low, high, above, below, same) in [
            (0.5, 1.0, Supported, Contradicted, Supported),
            (-1.0, -0.5, Contradicted, Supported, Supported),
            (-1.0, 1.0, Undecided, Undecided, Supported),
            (-2.0, 1.0, Undecided, Undecided, Undecided),
            (1.0, 2.0, Supported, Contradicted, Undecided),
            (2.0, 3.0, Supported, Contradicted, Contradicted),
            (-3.0, -2.0, Contradicted, Supported, Contradicted),
        ] {
            let found = interval(low, high);
            assert_eq!(word(Expected::Above, found), above, "{low} to {high}");
            assert_eq!(word(Expected::Below, found), below, "{low} to {high}");
            let expected = Expected::Same { margin: 1.5 };
            assert_eq!(word(expected, found), same, "{low} to {high}");
        }
        assert_eq!(word(Expected::Above, None), Undecided);
    }

    #[test]
    fn a_claim_holds_if_all_of_its_comparisons_do() {
        use Word::{Contradicted, Supported, Undecided, Untested};
        for (words, expected) in [
            (&[Supported, Supported][..], Supported),
            (&[Supported, Undecided], Undecided),
            (&[Supported, Untested], Untested),
            (&[Undecided, Contradicted, Untested], Contradicted),
        ] {
            assert_eq!(all(words.iter().copied()), expected);
        }
    }

    /// Three seeds, on which a is above b by 9, 10 and 11 points; honest rows of a alone.
    fn experiments() -> Experiments {
        let mut rows = Vec::new();
        for (seed, accuracy) in [(0, 0.59), (1, 0.60), (2, 0.61)] {
            rows.push(row("a", seed, "0.9", accuracy));
            rows.push(row("b", seed, "0.9", 0.5));
        }
        let cells = gather("t", &rows).unwrap();
        rows.truncate(1);
        rows[0].experiment = Some("t-honest".into());
        let honest = gather("t-honest", &rows).unwrap();
        Experiments::from([("t".to_owned(), cells), ("t-honest".to_owned(), honest)])
    }

    fn references(published: f64) -> References {
        let text = format!(
            "experiment,objective,classes,n_per_env,column,mean,std,origin\n\
             t,a,2,100,0.9,{published},0.5,paper\nt,b,2,100,0.9,50,0.5,paper\n"
        );
        References::parse("r", text.as_bytes()).unwrap()
    }

    #[test]
    fn a_difference_is_judged_by_itself_and_beside_the_papers() {
        let text = format!("{HEADER}c,A beats B,table 1,a − b,t/a@0.9 - t/b@0.9,+,,,\n");
        let claims = Claims::parse("f", text.as_bytes()).unwrap();
        for (published, size) in [
            (60.0, Size::AsPublished),
            (80.0, Size::Smaller),
            (53.0, Size::Larger),
            (40.0, Size::Opposite),
        ] {
            let references = references(published);
            let judged = judge(&claims, &experiments(), &references, Selection::Fidelity);
            let judged = judged.unwrap();
            let comparison = &judged[0].comparisons[0];
            assert_eq!(judged[0].word(), Word::Supported);
            assert_eq!(comparison.size, Some(size), "{published}");
            let other = (size != Size::AsPublished).then_some(size);
            assert_eq!(judged[0].other_size(), other, "{published}");
            assert!((comparison.estimate.unwrap().mean - 10.0).abs() < 1e-9);
            assert_eq!(comparison.above_zero(), Some(3.0));
        }
        let honest = judge(
            &claims,
            &experiments(),
            &references(60.0),
            Selection::Honest,
        );
        let honest = honest.unwrap();
        assert_eq!(honest[0].word(), Word::Untested);
        assert_eq!(honest[0].other_size(), None);
        assert_eq!(tested(&honest), 0);
    }

    #[test]
    fn many_comparisons_widen_the_interval() {
        // 10 ± t·0.577: 4.303 at one comparison, and for 400 of them above 10/0.577.
        let line = "c,A beats B,table 1,a − b,t/a@0.9 - t/b@0.9,+,,,\n";
        let more = "c,,,a − b,t/a@0.9 - t/b@0.9,+,,,\n";
        let text = format!("{HEADER}{line}{}", more.repeat(399));
        let claims = Claims::parse("f", text.as_bytes()).unwrap();
        let judged = judge(
            &claims,
            &experiments(),
            &references(60.0),
            Selection::Fidelity,
        );
        let judged = judged.unwrap();
        assert_eq!(tested(&judged), 400);
        assert_eq!(judged[0].word(), Word::Supported);
        assert_eq!(judged[0].widened(), Word::Undecided);
    }
}

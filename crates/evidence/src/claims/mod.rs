//! What the paper says in words, tested on score rows.
//!
//! A claim is read from a table such as `scripts/experiments/claims.csv` ([`read`]). It is tested by one or more
//! comparisons, each a [`Contrast`] of rows with the sign that the claim expects. [`judge()`] gives each
//! comparison its difference over seeds, with an interval, and a word.

pub mod contrast;
pub mod judge;
pub mod read;

pub use contrast::Contrast;
pub use judge::{Judged, JudgedClaim, Selection, Size, Word, judge};
pub use read::{Claim, Claims, Comparison, Expected};

//! What the scores say, before it is rendered.
//!
//! Data flows through these modules in this order:
//!
//! | module | what it makes |
//! | --- | --- |
//! | [`gathering`] | score rows gathered into cells, as they are read |
//! | [`cells`] | what is gathered: one [`RowKey`] in one [`Column`], over all its seeds |
//! | [`statistics`] | mean and deviation of a cell |
//! | [`interval`] | the error of a mean |
//! | [`paired`] | two rows compared seed by seed |
//! | [`published`] | the numbers to compare with |
//! | [`comparison`] | our cells beside the published ones |
//! | [`verdict`] | the rules by which a cell agrees with its published number |
//! | [`tally`] | how many cells agree |
//! | [`claims`] | what the paper says in words, tested on rows |
//!
//! ```
//! use evidence::{References, compare, gather};
//!
//! let scores = "experiment,objective,classes,n_per_env,seed,split,p_e,count,accuracy,risk,checkpoint,environment\n\
//!               cmnist,erm,2,25000,0,test,0.9,10000,0.16,1.5,a,e\n\
//!               cmnist,erm,2,25000,1,test,0.9,10000,0.17,1.5,b,e\n";
//! let published = "experiment,objective,classes,n_per_env,column,mean,std,origin\n\
//!                  cmnist,erm,2,25000,0.9,16.4,0.8,paper\n";
//!
//! let rows = score::read_rows("scores.csv", scores.as_bytes())?;
//! let cells = gather("cmnist", &rows)?;
//! let references = References::parse("reference.csv", published.as_bytes())?;
//! let comparison = compare("cmnist", &cells, references.of("cmnist"), None)?;
//!
//! let (_, pairs) = &comparison.rows[0];
//! assert_eq!(pairs[0].ours.as_ref().unwrap().mean(), 16.5);
//! assert!(pairs[0].verdict().unwrap().agrees());
//! # Ok::<(), anyhow::Error>(())
//! ```

pub mod bounds;
pub mod cells;
pub mod claims;
pub mod column;
pub mod comparison;
pub mod gathering;
pub mod interval;
mod names;
pub mod paired;
pub mod published;
pub mod row_key;
pub mod statistics;
pub mod tally;
pub mod training_domain_selection;
pub mod variant;
pub mod verdict;

pub use cells::{Cell, Cells};
pub use column::Column;
pub use comparison::{Comparison, Pair, compare};
pub use gathering::{Gathering, gather};
pub use published::{Origin, Published, PublishedCell, Reference, References};
pub use row_key::RowKey;
pub use tally::Tally;
pub use verdict::{Rule, Verdict};

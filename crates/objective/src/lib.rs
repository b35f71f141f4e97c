//! What is minimised. An objective is a base loss plus a weighted penalty, both functions of the training environments;
//! this crate gives its value and its exact gradient.
//!
//! ```text
//! setting, penalty            what an objective can be given
//! evaluation, loss            what an objective gives at one point
//! risks, logits               how objectives are computed that are functions of the risks alone, or of the logits
//! definition                  what is stated of an objective
//! erm, irmv1, rex, meta_irm   the objectives, a file each
//! registry                    the list of them
//! objective                   one of them with its settings
//! ```
//!
//! Outside of tests, no module of this list uses one further down.

mod definition;
mod erm;
mod evaluation;
mod irmv1;
mod logits;
mod loss;
mod meta_irm;
mod objective;
mod penalty;
mod registry;
mod rex;
mod risks;
mod setting;

pub use definition::{Definition, Form, Variant};
pub use evaluation::Evaluation;
pub use logits::{LogitLoss, Scored};
pub use loss::Loss;
pub use objective::Objective;
pub use penalty::{Penalty, Schedule};
pub use registry::{Flag, GRAYSCALE_SUFFIX, OBJECTIVES, find, flags, names, printed_name, rank};
pub use risks::RiskLoss;
pub use setting::{Kind, Published, Range, Scale, Setting, Settings, Value};

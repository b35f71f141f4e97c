//! What one row of a table is about.

use std::fmt;

/// An objective, trained on environments of one kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Objective by its own name, such as `meta-irm-no-std`.
    pub objective: String,
    /// Number of classes k.
    pub classes: usize,
    /// Rows of one training environment; `None` where they differ, or are not known.
    pub n_per_env: Option<usize>,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} (classes {}, ", self.objective, self.classes)?;
        match self.n_per_env {
            Some(rows) => write!(f, "n_per_env {rows})"),
            None => f.write_str("no n_per_env)"),
        }
    }
}

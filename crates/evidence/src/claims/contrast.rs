//! A sum and difference of rows, such as `cmnist/meta-irm@0.9 - cmnist/irmv1@0.9`.
//!
//! A row is EXPERIMENT/NAME@COLUMN, where NAME is the row's own name or else its objective. Where several rows fit, `[k=5]` gives the number
//! of classes and `[n=12500]` the rows of one training environment: `insufficient/irmv1[n=12500]@0.9`. A number without a
//! row is per cent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::iter;
use std::str::FromStr;

use anyhow::{Result, ensure};

use crate::cells::{Cell, Cells};
use crate::column::Column;
use crate::interval::{Interval, of_sum};
use crate::published::{Published, References};
use crate::row_key::{self, RowKey};
use crate::training_domain_selection;

/// The cells of each experiment.
pub type Experiments = BTreeMap<String, Cells>;

/// A sum of rows, each with the sign + or −, and of a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// 1 or −1, and a row.
    terms: Vec<(f64, Row)>,
    /// In per cent.
    constant: f64,
}

/// A row and the column of it that is taken.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    experiment: String,
    /// The row's own name, or its objective.
    name: String,
    classes: Option<usize>,
    n_per_env: Option<usize>,
    column: Column,
}

impl Row {
    /// Those of `keys` that fit.
    fn fitting<'a>(&self, keys: impl Iterator<Item = &'a RowKey>) -> Vec<&'a RowKey> {
        let of_size = |key: &&RowKey| {
            self.classes.is_none_or(|k| key.classes == k)
                && self.n_per_env.is_none_or(|n| key.n_per_env == Some(n))
        };
        row_key::meant(&self.name, keys.filter(of_size))
    }

    /// Its cell; `None` where there is none.
    fn cell<'a>(&self, experiments: &'a Experiments) -> Result<Option<&'a Cell>> {
        let Some(cells) = experiments.get(&self.experiment) else {
            return Ok(None);
        };
        let fitting = self.fitting(cells.rows.keys()).into_iter();
        let found: Vec<_> = fitting
            .filter_map(|key| cells.rows[key].get(&self.column))
            .collect();
        ensure!(
            found.len() < 2,
            "{self}: {} rows fit, expected one; write the row's own name, or add [k=CLASSES] or [n=ROWS PER ENVIRONMENT] after it",
            found.len()
        );
        Ok(found.first().copied())
    }

    /// Its published number; `None` where nothing was published.
    fn published(&self, references: &References) -> Option<Published> {
        let cells = references.of(&self.experiment).cells;
        let of_column = || cells.iter().filter(|(_, column, _)| *column == self.column);
        let key = *self.fitting(of_column().map(|(key, ..)| key)).first()?;
        let mut found = of_column().filter(|(other, ..)| other == key);
        found.next().map(|(_, _, published)| *published)
    }
}

/// Means over runs that were published, put together as a contrast says.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedContrast {
    /// In points.
    pub value: f64,
    /// Of each mean the square of its standard error and its degrees of freedom.
    errors: Vec<(f64, usize)>,
}

impl PublishedContrast {
    /// The interval of `ours` − the published value, where `error` belongs to ours. The published means are taken for
    /// independent of each other, because their pairs are not known.
    pub fn interval_of_difference(
        &self,
        ours: f64,
        error: (f64, usize),
        confidence: f64,
    ) -> Option<Interval> {
        let mut errors = self.errors.clone();
        errors.push(error);
        of_sum(ours - self.value, &errors, confidence)
    }
}

impl Contrast {
    /// Its value for every seed that all rows have, in points, and how many seeds some rows lack. `None` where a row is
    /// not there.
    ///
    /// # Errors
    /// Where more than one row fits a name.
    pub fn by_seed(
        &self,
        experiments: &Experiments,
    ) -> Result<Option<(BTreeMap<u64, f64>, usize)>> {
        let mut rows = Vec::new();
        for (sign, row) in &self.terms {
            let Some(cell) = row.cell(experiments)? else {
                return Ok(None);
            };
            rows.push((*sign, cell.by_seed()));
        }
        let all: BTreeSet<u64> = rows
            .iter()
            .flat_map(|(_, row)| row.keys().copied())
            .collect();
        let value = |seed: &u64| {
            let mut sum = self.constant;
            for (sign, row) in &rows {
                sum += sign * row.get(seed)?;
            }
            Some((*seed, sum))
        };
        let values: BTreeMap<u64, f64> = all.iter().filter_map(value).collect();
        let lacking = all.len() - values.len();
        Ok(Some((values, lacking)))
    }

    /// The same of the published means; `None` where one was not published.
    pub fn published(&self, references: &References) -> Option<PublishedContrast> {
        let mut published = PublishedContrast {
            value: self.constant,
            errors: Vec::new(),
        };
        for (sign, row) in &self.terms {
            let cell = row.published(references)?;
            published.value += sign * cell.mean;
            published.errors.push(cell.error());
        }
        Some(published)
    }

    /// The same rows under training-domain selection: those of the experiment X-honest in the place of X.
    pub fn under_training_domain_selection(&self) -> Self {
        let mut contrast = self.clone();
        for (_, row) in &mut contrast.terms {
            row.experiment = training_domain_selection::of(&row.experiment);
        }
        contrast
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.experiment, self.name)?;
        for (name, value) in [("k", self.classes), ("n", self.n_per_env)] {
            if let Some(value) = value {
                write!(f, "[{name}={value}]")?;
            }
        }
        write!(f, "@{}", self.column)
    }
}

impl FromStr for Row {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "found {text:?}, expected a row such as cmnist/erm@0.9 or multiclass/erm[k=5]@train, or a number"
            )
        };
        let (place, column) = text.rsplit_once('@').ok_or_else(wrong)?;
        let (experiment, row) = place.split_once('/').ok_or_else(wrong)?;
        let mut parts = row.split('[');
        let name = parts.next().unwrap_or_default();
        let (mut classes, mut n_per_env) = (None, None);
        for part in parts {
            let (key, value) = part
                .strip_suffix(']')
                .and_then(|part| part.split_once('='))
                .ok_or_else(wrong)?;
            let value = artifact::whole(value).map_err(|_| wrong())?;
            match key {
                "k" => classes = Some(value),
                "n" => n_per_env = Some(value),
                _ => return Err(wrong()),
            }
        }
        if experiment.is_empty() || name.is_empty() || place.contains(['@', ' ']) {
            return Err(wrong());
        }
        Ok(Self {
            experiment: experiment.to_owned(),
            name: name.to_owned(),
            classes,
            n_per_env,
            column: column.parse()?,
        })
    }
}

fn is_sign(word: &&str) -> bool {
    ["+", "-"].contains(word)
}

impl FromStr for Contrast {
    type Err = String;

    /// Terms with ` + ` or ` - ` between them.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut contrast = Self {
            terms: Vec::new(),
            constant: 0.0,
        };
        // A column may hold blanks: fresh 0.9.
        let words: Vec<&str> = text.split_whitespace().collect();
        let signs = words.iter().filter(|word| is_sign(word));
        let signs = iter::once(1.0).chain(signs.map(|&sign| if sign == "+" { 1.0 } else { -1.0 }));
        for (term, sign) in words.split(is_sign).zip(signs) {
            let term = term.join(" ");
            if term.is_empty() {
                return Err(format!(
                    "found {text:?}, expected a row on each side of + and -"
                ));
            }
            match term.parse::<f64>() {
                Ok(number) if number.is_finite() => contrast.constant += sign * number,
                _ => contrast.terms.push((sign, term.parse()?)),
            }
        }
        if contrast.terms.is_empty() {
            return Err(format!("found {text:?}, expected at least one row"));
        }
        Ok(contrast)
    }
}

impl fmt::Display for Contrast {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (place, (sign, row)) in self.terms.iter().enumerate() {
            match (place, *sign < 0.0) {
                (0, false) => {}
                (0, true) => f.write_str("0 - ")?,
                (_, false) => f.write_str(" + ")?,
                (_, true) => f.write_str(" - ")?,
            }
            row.fmt(f)?;
        }
        match self.constant {
            0.0 => Ok(()),
            constant if constant < 0.0 => write!(f, " - {}", -constant),
            constant => write!(f, " + {constant}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gathering::gather;
    use crate::gathering::tests::row;

    #[test]
    fn contrasts_are_read_as_they_are_written() {
        for text in [
            "cmnist/meta-irm@0.9 - cmnist/v-rex@0.9",
            "insufficient/irmv1[n=12500]@0.9 + m/erm[k=5][n=10]@train - 50",
            "0 - a/b@0.1",
            "a/b@fresh 0.9 - a/c@fresh 0.9",
        ] {
            assert_eq!(text.parse::<Contrast>().unwrap().to_string(), text);
        }
        for (bad, expected) in [
            ("", "expected a row on each side of + and -"),
            ("a/b@0.9 -", "expected a row on each side of + and -"),
            (
                "a/b@0.9 - - a/b@0.9",
                "expected a row on each side of + and -",
            ),
            ("a/b@0.9 * a/c@0.9", "expected a row such as"),
            ("50", "expected at least one row"),
            ("a@0.9", "expected a row such as"),
            ("a/b", "expected a row such as"),
            ("a/b[q=1]@0.9", "expected a row such as"),
            ("a/b[k=x]@0.9", "expected a row such as"),
            ("a/@0.9", "expected a row such as"),
            ("a/b@1.9", "column \"1.9\""),
        ] {
            let error = bad.parse::<Contrast>().unwrap_err();
            assert!(error.contains(expected), "{bad}: {error}");
        }
    }

    #[test]
    fn seeds_that_all_rows_have_are_taken() {
        let rows = [
            row("erm", 0, "0.9", 0.5),
            row("erm", 1, "0.9", 0.6),
            row("erm", 2, "0.9", 0.9),
            row("v-rex", 0, "0.9", 0.25),
            row("v-rex", 1, "0.9", 0.5),
        ];
        let cells = gather("t", &rows).unwrap();
        let experiments = Experiments::from([("t".to_owned(), cells)]);
        let by_seed = |text: &str| {
            let contrast: Contrast = text.parse().unwrap();
            contrast.by_seed(&experiments).unwrap()
        };
        let (values, lacking) = by_seed("t/erm@0.9 - t/v-rex@0.9 - 5").unwrap();
        assert_eq!(values, BTreeMap::from([(0, 20.0), (1, 5.0)]));
        assert_eq!(lacking, 1);
        assert_eq!(by_seed("t/erm@0.8"), None);
        assert_eq!(by_seed("u/erm@0.9"), None);
    }

    #[test]
    fn a_name_that_fits_two_rows_is_refused() {
        let mut smaller = row("erm", 0, "0.9", 0.25);
        smaller.n_per_env = Some(50);
        let cells = gather("t", &[row("erm", 0, "0.9", 0.5), smaller]).unwrap();
        let experiments = Experiments::from([("t".to_owned(), cells)]);
        let contrast: Contrast = "t/erm@0.9".parse().unwrap();
        let error = contrast.by_seed(&experiments).unwrap_err().to_string();
        assert!(
            error.starts_with("t/erm@0.9: 2 rows fit, expected one"),
            "{error}"
        );
        // By its own name, or its size.
        let mut named = row("erm", 0, "0.9", 0.75);
        named.row = Some("wide".into());
        let cells = gather("t", &[row("erm", 0, "0.9", 0.5), named]).unwrap();
        let of_names = Experiments::from([("t".to_owned(), cells)]);
        let wide: Contrast = "t/wide@0.9".parse().unwrap();
        let (values, _) = wide.by_seed(&of_names).unwrap().unwrap();
        assert_eq!(values, BTreeMap::from([(0, 75.0)]));
        let contrast: Contrast = "t/erm[n=50]@0.9".parse().unwrap();
        let (values, _) = contrast.by_seed(&experiments).unwrap().unwrap();
        assert_eq!(values, BTreeMap::from([(0, 25.0)]));
    }
}

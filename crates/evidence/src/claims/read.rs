//! The table of claims, such as `scripts/experiments/claims.csv`.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;

use super::contrast::Contrast;

/// What a claim expects of a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected {
    /// It is above zero.
    Above,
    /// It is below zero.
    Below,
    /// It is no larger than the margin either way, in points.
    Same {
        /// Above 0.
        margin: f64,
    },
}

/// One comparison of rows that tests a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// In words, such as `meta-IRM − IRMv1, p_e = 0.9`.
    pub words: String,
    /// The rows.
    pub rows: Contrast,
    /// What the claim expects of it.
    pub expected: Expected,
    /// Why this comparison tests the claim; may be empty.
    pub why: String,
}

/// A statement of the paper. It holds if all of its comparisons do.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its short name.
    pub name: String,
    /// The statement in words.
    pub statement: String,
    /// Where the paper makes it.
    pub source: String,
    /// What a reader of the verdict must know; may be empty.
    pub caveat: String,
    /// At least one.
    pub comparisons: Vec<Comparison>,
}

/// All claims, in the file's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(pub Vec<Claim>);

/// The names of [`Line`]'s fields.
const COLUMNS: [&str; 9] = [
    "claim",
    "statement",
    "source",
    "comparison",
    "rows",
    "expected",
    "margin",
    "why",
    "caveat",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    claim: String,
    statement: String,
    source: String,
    comparison: String,
    rows: String,
    expected: String,
    margin: Option<f64>,
    why: String,
    caveat: String,
}

impl Claims {
    /// The file `path`.
    ///
    /// # Errors
    /// Names the file, the line and the field of what is no claim.
    pub fn read(path: &Path) -> Result<Self> {
        let name = artifact::display_name(path);
        Self::parse(&name, &artifact::read(path)?)
    }

    /// The CSV text `bytes`; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self> {
        let mut claims = Self::default();
        claims
            .add(bytes)
            .with_context(|| format!("{name}: not a table of claims"))?;
        Ok(claims)
    }

    fn add(&mut self, bytes: &[u8]) -> Result<()> {
        for line in score::lines(bytes, &COLUMNS)? {
            let (number, line) = line?;
            self.add_line(line)
                .map_err(|e| anyhow!("line {number}: {e:#}"))?;
        }
        ensure!(!self.0.is_empty(), "no claim, expected at least one line");
        Ok(())
    }

    /// A line without a statement is a further comparison of the claim before it.
    fn add_line(&mut self, line: Line) -> Result<()> {
        ensure!(
            !line.claim.is_empty(),
            "claim: found nothing, expected a name"
        );
        let comparison = comparison(&line)?;
        if let Some(last) = self.0.last_mut().filter(|last| last.name == line.claim) {
            for (field, value) in [
                ("statement", &line.statement),
                ("source", &line.source),
                ("caveat", &line.caveat),
            ] {
                ensure!(
                    value.is_empty(),
                    "{field}: found {value:?}, expected nothing: the first line of the claim {} has it",
                    line.claim
                );
            }
            last.comparisons.push(comparison);
            return Ok(());
        }
        ensure!(
            !self.0.iter().any(|claim| claim.name == line.claim),
            "claim: {} stands further up already; its lines must follow each other",
            line.claim
        );
        for (field, value) in [("statement", &line.statement), ("source", &line.source)] {
            ensure!(
                !value.is_empty(),
                "{field}: found nothing, expected it in the first line of a claim"
            );
        }
        self.0.push(Claim {
            name: line.claim,
            statement: line.statement,
            source: line.source,
            caveat: line.caveat,
            comparisons: vec![comparison],
        });
        Ok(())
    }
}

fn comparison(line: &Line) -> Result<Comparison> {
    ensure!(
        !line.comparison.is_empty(),
        "comparison: found nothing, expected the comparison in words"
    );
    let rows = line.rows.parse().map_err(|e| anyhow!("rows: {e}"))?;
    let expected = match (&*line.expected, line.margin) {
        ("+", None) => Expected::Above,
        ("-", None) => Expected::Below,
        ("0", Some(margin)) if margin > 0.0 && margin.is_finite() => Expected::Same { margin },
        ("0", _) => bail!(
            "margin: expected a number of points above 0: two rows are the same within a margin only"
        ),
        ("+" | "-", Some(margin)) => {
            bail!("margin: found {margin}, expected nothing where expected is + or -")
        }
        (other, _) => bail!("expected: found {other:?}, expected +, - or 0"),
    };
    Ok(Comparison {
        words: line.comparison.clone(),
        rows,
        expected,
        why: line.why.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "claim,statement,source,comparison,rows,expected,margin,why,caveat\n";

    #[test]
    fn lines_of_one_name_are_one_claim() {
        let text = format!(
            "{HEADER}a,A holds,table 1,x − y,t/x@0.9 - t/y@0.9,+,,because,but\na,,,x,t/x@0.9 - 50,-,,,\n\
             b,B too,figure 2,z,t/z@0.1 - t/z@0.9,0,1.5,,\n"
        );
        let Claims(claims) = Claims::parse("f", text.as_bytes()).unwrap();
        assert_eq!(claims.len(), 2);
        assert_eq!(claims[0].comparisons.len(), 2);
        assert_eq!(claims[0].caveat, "but");
        assert_eq!(claims[0].comparisons[1].expected, Expected::Below);
        assert_eq!(
            claims[1].comparisons[0].expected,
            Expected::Same { margin: 1.5 }
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_field() {
        for (bad, expected) in [
            ("a,,s,x,t/x@0.9,+,,,", "line 2: statement: found nothing"),
            ("a,A,,x,t/x@0.9,+,,,", "line 2: source: found nothing"),
            (",A,s,x,t/x@0.9,+,,,", "line 2: claim: found nothing"),
            ("a,A,s,,t/x@0.9,+,,,", "line 2: comparison: found nothing"),
            ("a,A,s,x,t,+,,,", "line 2: rows: found \"t\""),
            ("a,A,s,x,t/x@0.9,?,,,", "line 2: expected: found \"?\""),
            ("a,A,s,x,t/x@0.9,0,,,", "line 2: margin: expected a number"),
            ("a,A,s,x,t/x@0.9,0,0,,", "line 2: margin: expected a number"),
            ("a,A,s,x,t/x@0.9,+,1,,", "line 2: margin: found 1"),
            ("a,A,s,x,t/x@0.9,+,many,,", "line 2: margin: invalid float"),
            (
                "a,A,s,x,t/x@0.9,+,,,\na,again,,x,t/x@0.9,+,,,",
                "line 3: statement: found \"again\"",
            ),
            (
                "a,A,s,x,t/x@0.9,+,,,\nb,B,s,x,t/x@0.9,+,,,\na,,,x,t/x@0.9,+,,,",
                "line 4: claim: a stands further up",
            ),
            ("", "no claim"),
        ] {
            let text = format!("{HEADER}{bad}\n");
            let error = Claims::parse("f", text.as_bytes()).unwrap_err();
            let error = format!("{error:#}");
            assert!(error.starts_with("f: not a table of claims"), "{error}");
            assert!(error.contains(expected), "{bad}: {error}");
        }
        let error = format!("{:#}", Claims::parse("f", b"claim,rows\n").unwrap_err());
        assert!(error.contains("no column statement"), "{error}");
    }
}

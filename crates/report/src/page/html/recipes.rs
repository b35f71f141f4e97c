//! The flags that each row was made with, as `plan recipes` writes them.

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use crate::inputs::Input;

/// A flag and its value; a switch has none.
type Flag = (String, Option<String>);

/// What one row was made with.
pub struct Recipe {
    /// The row's own name.
    pub row: String,
    /// The flags of its environments, as they were written.
    pub environments: String,
    /// The flags of its training.
    pub train: Vec<Flag>,
    experiment: String,
}

/// Of all rows.
#[derive(Default)]
pub struct Recipes(Vec<Recipe>);

#[derive(Deserialize)]
struct Line {
    run: String,
    mkenv: String,
    train: String,
}

impl Recipes {
    /// The table `file`.
    ///
    /// # Errors
    /// Names the file and the line of what is no recipe.
    pub fn parse(file: &Input) -> Result<Self> {
        let what = || format!("{}: not a table of recipes (run, mkenv, train)", file.name);
        let columns = ["run", "mkenv", "train"];
        let mut recipes = Vec::new();
        for line in score::lines(&file.bytes, &columns).with_context(what)? {
            let (_, line): (_, Line) = line.with_context(what)?;
            let (experiment, row) = line.run.split_once('/').ok_or_else(|| {
                anyhow!(
                    "{}: run is {:?}, expected EXPERIMENT/ROW",
                    file.name,
                    line.run
                )
            })?;
            recipes.push(Recipe {
                experiment: experiment.to_owned(),
                row: row.to_owned(),
                environments: line.mkenv,
                train: flags(&line.train),
            });
        }
        Ok(Self(recipes))
    }

    /// Those of `experiment`, in the file's order.
    pub fn of(&self, experiment: &str) -> Vec<&Recipe> {
        let all = self.0.iter();
        all.filter(|recipe| recipe.experiment == experiment)
            .collect()
    }
}

/// The flags in `text`, without their dashes.
fn flags(text: &str) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for word in text.split_whitespace() {
        match (word.strip_prefix("--"), flags.last_mut()) {
            (Some(name), _) => flags.push((name.to_owned(), None)),
            (None, Some((_, value @ None))) => *value = Some(word.to_owned()),
            (None, _) => flags.push((word.to_owned(), None)),
        }
    }
    flags
}

impl Recipe {
    /// The value of the flag `name` of train.
    pub fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.train.iter().find(|(flag, _)| flag == name)?;
        value.as_deref()
    }

    /// Number of weights and biases of the network; `None` where the flags do not tell it.
    ///
    /// mkenv makes images of 14×14 pixels with a channel for each class, or one in grayscale; for two classes the network
    /// has one output (docs/formats.md).
    pub fn parameters(&self) -> Option<usize> {
        let environments = flags(&self.environments);
        let known = ["classes", "grayscale", "patch", "limit"];
        if environments
            .iter()
            .any(|(flag, _)| !known.contains(&&**flag))
        {
            return None;
        }
        let classes = environments.iter().find(|(flag, _)| flag == "classes");
        let classes: usize = classes?.1.as_deref()?.parse().ok()?;
        let grayscale = environments.iter().any(|(flag, _)| flag == "grayscale");
        let inputs = 14 * 14 * if grayscale { 1 } else { classes };
        let outputs = if classes == 2 { 1 } else { classes };
        let hidden: usize = self.value("hidden")?.parse().ok()?;
        let layers: usize = self.value("layers").map_or(Some(2), |n| n.parse().ok())?;
        let mut sizes = vec![inputs];
        sizes.extend(std::iter::repeat_n(hidden, layers));
        sizes.push(outputs);
        Some(sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipes(lines: &str) -> Result<Recipes> {
        Recipes::parse(&Input {
            name: "r.csv".into(),
            bytes: format!("run,mkenv,train\n{lines}").into_bytes(),
        })
    }

    #[test]
    fn flags_have_values_or_none() {
        let recipes = recipes("t/a,--classes 2,--lr -1 --reset-adam --steps 5\nu/b,,\n").unwrap();
        let of = recipes.of("t");
        assert_eq!(of.len(), 1);
        let flag = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            of[0].train,
            [
                flag("lr", Some("-1")),
                flag("reset-adam", None),
                flag("steps", Some("5"))
            ]
        );
    }

    #[test]
    fn parameters_are_counted_by_hand() {
        let count = |environments: &str, train: &str| {
            let recipes = recipes(&format!("t/a,{environments},{train}\n")).unwrap();
            recipes.of("t")[0].parameters()
        };
        // 392·4 + 4, 4·4 + 4, 4·1 + 1.
        assert_eq!(count("--classes 2", "--hidden 4"), Some(1572 + 20 + 5));
        assert_eq!(
            count("--classes 2 --grayscale", "--hidden 4"),
            Some(788 + 20 + 5)
        );
        assert_eq!(
            count("--classes 5 --limit 9", "--hidden 4 --layers 1"),
            Some(3924 + 25)
        );
        assert_eq!(count("--classes 2", "--objective erm"), None);
        assert_eq!(count("fashion --classes 2", "--hidden 4"), None);
    }

    #[test]
    fn what_is_no_recipe_is_named() {
        let error = |lines| recipes(lines).err().unwrap().to_string();
        assert!(
            error("a,b\n").contains("r.csv: not a table of recipes"),
            "{}",
            error("a,b\n")
        );
        assert_eq!(
            error("a,b,c\n"),
            "r.csv: run is \"a\", expected EXPERIMENT/ROW"
        );
    }
}

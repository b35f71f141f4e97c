//! Score rows gathered into cells.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use score::Row;

use crate::cells::{Cell, Cells, the_same};
use crate::column::Column;
use crate::names::{Name, Names};
use crate::row_key::RowKey;
use crate::statistics::mean;

/// Gathers the score rows of `experiment`. Their order decides nothing but the order of environments with names.
///
/// # Errors
/// As [`Gathering`].
pub fn gather<'a>(experiment: &str, rows: impl IntoIterator<Item = &'a Row>) -> Result<Cells> {
    let mut gathering = Gathering::default();
    let rows = rows.into_iter();
    for row in rows.filter(|row| row.experiment.as_deref() == Some(experiment)) {
        gathering.add(row)?;
    }
    gathering.cells()
}

/// The scores of one experiment, taken one by one. Of each is kept what its cell needs, some 90 bytes, and the names of its files
/// once, so a million scores take some 100 MB.
#[derive(Default)]
pub struct Gathering {
    /// The cells' numbers.
    cells: BTreeMap<(RowKey, Column), usize>,
    /// Columns with names, by the number of such columns before each.
    named: BTreeMap<Column, usize>,
    scores: Vec<Score>,
    names: Names,
}

/// What is kept of a score.
struct Score {
    /// The cell's number.
    cell: usize,
    seed: u64,
    /// Within a seed, the environment: none for a test column, which has one, and all training environments for `train`.
    place: Option<Place>,
    count: usize,
    accuracy: f64,
    label_noise: Option<f64>,
    precision: Name,
    checkpoint: Name,
    environment: Name,
}

/// A training environment: its file, its name and p_e.
#[derive(Clone, Copy)]
struct Place {
    file: Name,
    name: Option<Name>,
    p_e: Option<u64>,
}

impl Gathering {
    /// Takes `row`, whichever experiment it names.
    ///
    /// # Errors
    /// Where the score does not say what it belongs to, or is one on no rows.
    pub fn add(&mut self, row: &Row) -> Result<()> {
        let column = Column::of(row);
        let (key, seed) = identity(row)?;
        ensure!(
            row.count > 0,
            "the score of checkpoint {} on {} has the count 0: it is an accuracy on no rows; leave it out",
            row.checkpoint,
            row.environment
        );
        if column.is_named() && !self.named.contains_key(&column) {
            self.named.insert(column.clone(), self.named.len());
        }
        let names = &mut self.names;
        let place = (column == Column::Train).then(|| Place {
            file: names.name(&row.environment),
            name: row.environment_name.as_deref().map(|name| names.name(name)),
            p_e: row.p_e.map(|p_e| score::decimal(p_e).to_bits()),
        });
        let count = self.cells.len();
        self.scores.push(Score {
            cell: *self.cells.entry((key, column)).or_insert(count),
            seed,
            place,
            count: row.count,
            accuracy: row.accuracy,
            label_noise: row.label_noise,
            precision: names.name(&row.precision),
            checkpoint: names.name(&row.checkpoint),
            environment: names.name(&row.environment),
        });
        Ok(())
    }

    /// The cells of all scores taken.
    ///
    /// # Errors
    /// Where two scores claim the same place, or the seeds of a cell were scored on different numbers of training
    /// environments.
    pub fn cells(self) -> Result<Cells> {
        let Self {
            cells: numbers,
            named,
            mut scores,
            names,
        } = self;
        // By the texts, for the order in which a mean adds up is to depend on nothing else.
        let place = |score: &Score| {
            let place = score.place?;
            let name = place.name.map(|name| names.text(name));
            Some((names.text(place.file), name, place.p_e))
        };
        // Stable: of two in one place the one that was taken first comes first.
        scores.sort_by(|one, other| {
            let number = |score: &Score| (score.cell, score.seed);
            number(one)
                .cmp(&number(other))
                .then_with(|| place(one).cmp(&place(other)))
        });
        let mut of_cell = scores
            .chunk_by(|one, other| one.cell == other.cell)
            .map(|scores| (scores[0].cell, scores))
            .collect::<BTreeMap<_, _>>();
        let mut cells = Cells::default();
        let mut unnamed = BTreeSet::new();
        for ((key, column), number) in numbers {
            let scores = of_cell.remove(&number).unwrap_or_default();
            for pair in scores.windows(2) {
                let same = pair[0].seed == pair[1].seed && place(&pair[0]) == place(&pair[1]);
                ensure!(!same, twice(&key, &column, [&pair[0], &pair[1]], &names));
            }
            let seeds: Vec<&[Score]> = scores
                .chunk_by(|one, other| one.seed == other.seed)
                .collect();
            same_environments(&key, &seeds)?;
            if !column.is_named() {
                unnamed.insert(column.clone());
            }
            let row = cells.rows.entry(key).or_default();
            row.insert(column, cell(&seeds, &names));
        }
        let mut named: Vec<(Column, usize)> = named.into_iter().collect();
        named.sort_by_key(|(_, before)| *before);
        let named = named.into_iter().map(|(column, _)| column);
        cells.columns = unnamed.into_iter().chain(named).collect();
        Ok(cells)
    }
}

/// The cell of the scores of each seed, in the order of the seeds.
fn cell(seeds: &[&[Score]], names: &Names) -> Cell {
    let mut cell = Cell::default();
    for scores in seeds {
        cell.seeds.push(scores[0].seed);
        cell.scored_on
            .push(scores.iter().map(|score| score.count).sum());
        let per_environment: Vec<f64> = scores.iter().map(|score| 100.0 * score.accuracy).collect();
        cell.accuracies.push(mean(&per_environment));
        for score in *scores {
            let precision = names.text(score.precision);
            if !precision.is_empty() && !cell.precisions.contains(precision) {
                cell.precisions.insert(precision.to_owned());
            }
        }
    }
    let scores = seeds.iter().copied().flatten();
    cell.label_noise = the_same(scores.map(|score| score.label_noise));
    cell
}

/// What is wrong where both of `pair` are scores of the row `key` with one seed in `column`.
fn twice(key: &RowKey, column: &Column, pair: [&Score; 2], names: &Names) -> String {
    let seed = pair[0].seed;
    let [one, other] = pair.map(|score| names.text(score.checkpoint));
    let [on_one, on_other] = pair.map(|score| names.text(score.environment));
    if one == other && on_one != on_other {
        return format!(
            "two scores of {key} with seed {seed} in column {column}, on the environments {on_one} and {on_other}; \
             tell them apart by names: eval --env NAME=FILE"
        );
    }
    format!(
        "two scores of {key} with seed {seed} in column {column}, of the checkpoints {one} and {other}; \
         name the scores of one of them only, or tell rows apart by names: eval --row NAME"
    )
}

/// The key and the seed that `row` names.
fn identity(row: &Row) -> Result<(RowKey, u64)> {
    let missing = |field, cure| {
        format!(
            "the score of checkpoint {} on {} has no {field}{cure}",
            row.checkpoint, row.environment
        )
    };
    ensure!(
        row.objective.is_some() || row.row.is_some(),
        missing("objective", "; eval --objective NAME gives it one")
    );
    let key = RowKey {
        name: row.row.clone().unwrap_or_default(),
        objective: row.objective.clone().unwrap_or_default(),
        classes: row.classes.with_context(|| missing("classes", ""))?,
        n_per_env: row.n_per_env,
    };
    let seed = row.seed;
    let seed = seed.with_context(|| missing("seed", "; eval --seed N gives it one"))?;
    Ok((key, seed))
}

/// Means over different numbers of training environments are not comparable.
fn same_environments(key: &RowKey, seeds: &[&[Score]]) -> Result<()> {
    let mut counts = seeds.iter().map(|scores| (scores[0].seed, scores.len()));
    let Some((first, expected)) = counts.next() else {
        return Ok(());
    };
    for (seed, count) in counts {
        ensure!(
            count == expected,
            "{key}: {expected} training environments are scored for seed {first}, \
             {count} for seed {seed}; score each seed on all of its training environments"
        );
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use environment::Split;

    /// A row of the experiment `t` with two classes and 100 digits per environment.
    pub fn row(objective: &str, seed: u64, column: &str, accuracy: f64) -> Row {
        let (split, p_e) = match column.parse().unwrap() {
            Column::Train => (Split::Train, 0.2),
            Column::Test(p_e) => (Split::Test, p_e),
            Column::Named(..) => panic!("a column without a name"),
        };
        Row {
            experiment: Some("t".into()),
            objective: Some(objective.into()),
            classes: Some(2),
            n_per_env: Some(100),
            seed: Some(seed),
            split: Some(split),
            p_e: Some(p_e),
            count: 10,
            accuracy,
            precision: "f32".into(),
            checkpoint: format!("{objective}-{seed}"),
            environment: column.into(),
            ..Row::default()
        }
    }

    fn only_cell(rows: &[Row]) -> Cell {
        let cells = gather("t", rows).unwrap().rows;
        assert_eq!(cells.len(), 1);
        let columns = cells.into_values().next().unwrap();
        assert_eq!(columns.len(), 1);
        columns.into_values().next().unwrap()
    }

    #[test]
    fn seeds_of_a_cell_are_gathered_and_other_experiments_left() {
        let mut other = row("erm", 0, "0.9", 0.0);
        other.experiment = Some("u".into());
        let mut foreign = row("erm", 0, "0.9", 0.0);
        foreign.experiment = None;
        let cell = only_cell(&[
            row("erm", 1, "0.9", 0.75),
            other,
            row("erm", 0, "0.9", 0.25),
            foreign,
        ]);
        assert_eq!(cell.accuracies, [25.0, 75.0]);
        assert_eq!(cell.by_seed(), BTreeMap::from([(0, 25.0), (1, 75.0)]));
        assert_eq!((cell.n(), cell.mean()), (2, 50.0));
        assert_eq!(cell.std(), Some(1250.0f64.sqrt()));
    }

    #[test]
    fn train_is_the_mean_over_environments_before_that_over_seeds() {
        let scored = |seed, environment: &str, accuracy| Row {
            environment: environment.into(),
            ..row("erm", seed, "train", accuracy)
        };
        let mut rows = vec![
            scored(0, "a", 0.5),
            scored(0, "b", 1.0),
            scored(1, "a", 0.25),
            scored(1, "b", 0.25),
        ];
        assert_eq!(only_cell(&rows).accuracies, [75.0, 25.0]);

        rows.pop();
        let error = gather("t", &rows).unwrap_err().to_string();
        assert!(error.contains("2 training environments are scored for seed 0, 1 for seed 1"));
        rows.push(scored(1, "a", 0.5));
        let error = gather("t", &rows).unwrap_err().to_string();
        assert!(error.contains("column train"), "{error}");
    }

    #[test]
    fn a_place_is_taken_once() {
        let twin = Row {
            checkpoint: "twin".into(),
            // Neither makes it another place.
            environment: "elsewhere".into(),
            precision: "bf16".into(),
            ..row("erm", 0, "0.9", 0.5)
        };
        let error = gather("t", &[row("erm", 0, "0.9", 0.5), twin]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "two scores of erm (classes 2, n_per_env 100) with seed 0 in column 0.9, of the \
             checkpoints erm-0 and twin; name the scores of one of them only, or tell rows apart by names: \
             eval --row NAME"
        );
        let elsewhere = Row {
            environment: "elsewhere".into(),
            ..row("erm", 0, "0.9", 0.5)
        };
        let error = gather("t", &[row("erm", 0, "0.9", 0.5), elsewhere]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "two scores of erm (classes 2, n_per_env 100) with seed 0 in column 0.9, on the environments 0.9 and \
             elsewhere; tell them apart by names: eval --env NAME=FILE"
        );
    }

    #[test]
    fn names_tell_rows_and_environments_apart() {
        let named = |name: Option<&str>, environment: Option<&str>, accuracy| Row {
            row: name.map(str::to_owned),
            environment_name: environment.map(str::to_owned),
            ..row("erm", 0, "0.9", accuracy)
        };
        let cells = gather(
            "t",
            &[
                named(None, Some("fresh"), 0.1),
                named(Some("wide"), None, 0.2),
                named(None, None, 0.3),
                named(None, Some("a"), 0.4),
            ],
        )
        .unwrap();
        let columns: Vec<_> = cells.columns.iter().map(Column::to_string).collect();
        assert_eq!(columns, ["0.9", "fresh 0.9", "a 0.9"]);
        let found: Vec<_> = cells
            .rows
            .iter()
            .flat_map(|(key, row)| {
                row.iter()
                    .map(move |(column, cell)| (&*key.name, column.to_string(), cell.mean()))
            })
            .collect();
        let expected = [
            ("", "0.9", 30.0),
            ("", "a 0.9", 40.0),
            ("", "fresh 0.9", 10.0),
            ("wide", "0.9", 20.0),
        ];
        assert_eq!(
            found,
            expected.map(|(row, column, mean)| (row, column.to_owned(), mean))
        );
    }

    #[test]
    fn a_score_on_no_rows_is_refused_and_the_others_say_on_how_many() {
        let mut rows = [0, 1].map(|seed| row("erm", seed, "0.9", 0.5));
        rows[1].count = 7;
        assert_eq!(only_cell(&rows).scored_on, [10, 7]);
        rows[1].count = 0;
        let error = gather("t", &rows).unwrap_err().to_string();
        assert_eq!(
            error,
            "the score of checkpoint erm-1 on 0.9 has the count 0: it is an accuracy on no rows; leave it out"
        );
    }

    #[test]
    fn a_cell_has_a_label_noise_where_all_its_scores_say_the_same() {
        let noise = |noises: [Option<f64>; 2]| {
            let rows = [0, 1].map(|seed| Row {
                label_noise: noises[seed as usize],
                ..row("erm", seed, "0.9", 0.5)
            });
            only_cell(&rows).label_noise
        };
        assert_eq!(noise([Some(0.25), Some(0.25)]), Some(0.25));
        assert_eq!(noise([Some(0.25), Some(0.0)]), None);
        assert_eq!(noise([Some(0.25), None]), None);
        assert_eq!(noise([None, None]), None);
    }

    #[test]
    fn a_score_without_split_or_p_e_has_a_column_and_one_without_a_seed_is_refused() {
        let mut no_split = row("erm", 0, "0.9", 0.5);
        no_split.split = None;
        let mut no_p_e = row("erm", 0, "0.9", 0.5);
        no_p_e.p_e = None;
        no_p_e.environment = "mine/a.safetensors".into();
        let cells = gather("t", &[no_split, no_p_e]).unwrap();
        let columns: Vec<_> = cells.columns.iter().map(Column::to_string).collect();
        assert_eq!(columns, ["0.9", "a"]);

        let mut no_seed = row("erm", 0, "0.9", 0.5);
        no_seed.seed = None;
        let error = gather("t", &[no_seed]).unwrap_err().to_string();
        assert_eq!(
            error,
            "the score of checkpoint erm-0 on 0.9 has no seed; eval --seed N gives it one"
        );
        let mut no_objective = row("erm", 0, "0.9", 0.5);
        no_objective.objective = None;
        let error = gather("t", &[no_objective.clone()]).unwrap_err();
        assert!(error.to_string().contains("has no objective"), "{error}");
        no_objective.row = Some("mine".into());
        assert_eq!(gather("t", &[no_objective]).unwrap().rows.len(), 1);
    }
}

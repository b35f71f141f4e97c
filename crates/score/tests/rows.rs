//! The reader of scores against a second one that is slow and obvious, and rows that come back as they were written.

use environment::Split;
use proptest::prelude::*;
use score::{Row, columns, read_rows, write_rows};

/// The cells of the lines of a CSV text (RFC 4180), character by character. No quote stands inside a cell without quotes.
fn slow_cells(text: &str) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut text = text.chars().peekable();
    while let Some(c) = text.next() {
        match c {
            '"' if quoted && text.peek() == Some(&'"') => {
                text.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            c => cell.push(c),
        }
    }
    lines
}

/// `cell` as it must be written: with quotes where it holds what would end it.
fn quoted(cell: &str) -> String {
    match cell.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

fn optional<T: std::str::FromStr>(cell: &str) -> Option<Option<T>> {
    match cell {
        "" => Some(None),
        cell => cell.parse().ok().map(Some),
    }
}

fn text(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// The row of the cells in the order of the columns; `None` where it cannot be a score.
fn slow_row(cells: &[String]) -> Option<Row> {
    let probability = |value: Option<f64>| {
        let fits = value.is_none_or(|p| (0.0..=1.0).contains(&p));
        fits.then_some(value)
    };
    let row = Row {
        experiment: text(&cells[0]),
        objective: text(&cells[1]),
        classes: optional(&cells[2])?,
        n_per_env: optional(&cells[3])?,
        seed: optional(&cells[4])?,
        split: match &*cells[5] {
            "" => None,
            "train" => Some(Split::Train),
            "test" => Some(Split::Test),
            "all" => Some(Split::All),
            _ => return None,
        },
        // Rounded first: what is computed as 0 may be a little less.
        p_e: probability(optional(&cells[6])?.map(score::decimal))?,
        count: cells[7].parse().ok()?,
        accuracy: cells[8].parse().ok()?,
        risk: cells[9].parse().ok()?,
        precision: cells[10].clone(),
        checkpoint: cells[11].clone(),
        environment: cells[12].clone(),
        row: text(&cells[13]),
        environment_name: text(&cells[14]),
        trained_on: match &*cells[15] {
            "" => None,
            "true" => Some(true),
            "false" => Some(false),
            _ => return None,
        },
        label_noise: probability(optional(&cells[16])?)?,
    };
    let fits = (0.0..=1.0).contains(&row.accuracy) && row.risk.is_finite() && row.risk >= 0.0;
    (fits && row.classes.is_none_or(|classes| classes > 1)).then_some(row)
}

/// Text with what CSV treats in its own way, but no line ends of other systems and no blanks at the ends.
fn words() -> impl Strategy<Value = String> {
    r#"([a-zé,"\n][a-z ,"é]{0,6}[a-z,"])?"#
}

fn row() -> impl Strategy<Value = Row> {
    let names = prop::collection::vec(words(), 7);
    let counts = (
        prop::option::of(2usize..1000),
        prop::option::of(any::<usize>()),
        prop::option::of(any::<u64>()),
        any::<usize>(),
    );
    let numbers = (
        prop::option::of(0.0..=1.0),
        0.0..=1.0,
        0.0..1e300,
        prop::option::of(0.0..=1.0),
    );
    (names, counts, numbers, any::<Option<bool>>(), 0usize..4).prop_map(
        |(names, counts, numbers, trained_on, split)| Row {
            experiment: text(&names[0]),
            objective: text(&names[1]),
            classes: counts.0,
            n_per_env: counts.1,
            seed: counts.2,
            split: [
                None,
                Some(Split::Train),
                Some(Split::Test),
                Some(Split::All),
            ][split],
            p_e: numbers.0.map(score::decimal),
            count: counts.3,
            accuracy: numbers.1,
            risk: numbers.2,
            precision: names[2].clone(),
            checkpoint: names[3].clone(),
            environment: names[4].clone(),
            row: text(&names[5]),
            environment_name: text(&names[6]),
            trained_on,
            label_noise: numbers.3,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn rows_come_back_and_the_slow_reader_sees_the_same(rows in prop::collection::vec(row(), 1..4)) {
        let bytes = write_rows(&rows).unwrap();
        prop_assert_eq!(&read_rows("f", &bytes).unwrap(), &rows);
        let lines = slow_cells(std::str::from_utf8(&bytes).unwrap());
        prop_assert_eq!(&lines[0], &columns());
        let slow: Option<Vec<Row>> = lines[1..].iter().map(|cells| slow_row(cells)).collect();
        prop_assert_eq!(slow, Some(rows));
    }

    #[test]
    fn a_changed_cell_is_read_as_the_slow_reader_reads_it(
        row in row(),
        place in 0usize..17,
        cell in prop_oneof![
            Just(String::new()), words(), "-?[0-9]{1,22}", "-?[0-9]{0,3}[.][0-9]{0,3}(e-?[0-9]{1,4})?",
            Just("NaN".to_owned()), Just("inf".to_owned()), Just("true".to_owned()), Just("all".to_owned()),
        ],
    ) {
        let text = String::from_utf8(write_rows(&[row]).unwrap()).unwrap();
        let mut lines = slow_cells(&text);
        lines[1][place] = cell;
        let line = |cells: &Vec<String>| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\n";
        let changed: String = lines.iter().map(line).collect();
        let found = read_rows("f", changed.as_bytes()).ok();
        prop_assert_eq!(found, slow_row(&lines[1]).map(|row| vec![row]), "{}", changed);
    }
}

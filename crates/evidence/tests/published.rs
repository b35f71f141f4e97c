//! The reader of published numbers against a second one that is slow and obvious.

use evidence::{Column, Origin, Published, References, RowKey};
use proptest::prelude::*;

const HEADER: &str = "experiment,objective,classes,n_per_env,column,mean,std,origin\n";

/// The cells of the experiment `t` in lines without quotes; `None` where a line is no published number, or a cell stands twice.
fn slow(lines: &[Vec<String>]) -> Option<Vec<(RowKey, Column, Published)>> {
    let mut taken: Vec<(&str, RowKey, Column)> = Vec::new();
    let mut found = Vec::new();
    for cells in lines {
        let key = RowKey {
            name: String::new(),
            objective: cells[1].clone(),
            classes: cells[2]
                .parse()
                .ok()
                .filter(|classes: &usize| *classes > 1)?,
            n_per_env: match &*cells[3] {
                "" => None,
                number => Some(number.parse().ok()?),
            },
        };
        let column: Column = cells[4].parse().ok()?;
        let per_cent = |cell: &str| {
            cell.parse()
                .ok()
                .filter(|value: &f64| *value >= 0.0 && *value <= 100.0)
        };
        let published = Published {
            mean: per_cent(&cells[5])?,
            std: per_cent(&cells[6])?,
            origin: match &*cells[7] {
                "paper" => Origin::Paper,
                "author-page" => Origin::AuthorPage,
                _ => return None,
            },
        };
        let place = (&*cells[0], key.clone(), column.clone());
        if taken.contains(&place) {
            return None;
        }
        taken.push(place);
        if cells[0] == "t" {
            found.push((key, column, published));
        }
    }
    Some(found)
}

fn line() -> impl Strategy<Value = Vec<String>> {
    let number = "[0-9]{1,3}([.][0-9]{1,2})?";
    (
        "t|u",
        "erm|irmv1",
        "[0-9]|10",
        "()|[1-9][0-9]{0,2}",
        "train|0[.][0-3]|1|a|a 0[.]5",
        number,
        number,
        "paper|author-page|rumour",
    )
        .prop_map(|cells| {
            let (a, b, c, d, e, f, g, h) = cells;
            vec![a, b, c, d, e, f, g, h]
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn published_numbers_are_read_as_the_slow_reader_reads_them(lines in prop::collection::vec(line(), 1..4)) {
        let text: String = lines.iter().map(|cells| cells.join(",") + "\n").collect();
        let found = References::parse("f", (HEADER.to_owned() + &text).as_bytes()).ok();
        let found = found.map(|references| references.of("t").cells.to_vec());
        prop_assert_eq!(found, slow(&lines), "{}", text);
    }
}

/// A hundred thousand lines took a minute where each was held against all before it.
#[test]
fn many_lines_are_read_in_linear_time() {
    let lines = (0..100_000).map(|n| format!("t{n},erm,2,20,0.9,16.4,0.8,paper\n"));
    let text: String = [HEADER.to_owned()].into_iter().chain(lines).collect();
    let start = std::time::Instant::now();
    let references = References::parse("f", text.as_bytes()).unwrap();
    assert_eq!(references.experiments().count(), 100_000);
    // It takes some tenths of a second; the bound is for machines that do much else.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

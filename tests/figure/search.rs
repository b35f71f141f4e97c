//! `report figure search`: the accuracy over the steps of training.

use super::*;

/// Of the second line, p_e 0.9, whose markers are squares.
const BLUE: &str = "#0072B2";

/// A line for each seed and number of steps, with these accuracies at p_e 0.1 and 0.9.
fn lines(trial: u32, row: &str, seeds: &[(u32, f64)], steps: &[u32]) -> String {
    let mut csv = String::new();
    for (seed, shift) in seeds {
        for steps in steps {
            let (high, low) = (0.8 - shift, 0.2 + shift + f64::from(*steps) / 1000.0);
            csv += &format!("{trial},0.1,{row},{seed},{steps},{high:.3},{low:.3},f32,scored\n");
        }
    }
    csv
}

const HEADER: &str = "trial,lr,row,seed,steps,accuracy_0.1,accuracy_0.9,precision,outcome\n";

/// A folder with the record `a.csv`: trial 0 has the rows full, of two seeds, and same, of one seed; trial 1 has two seeds.
fn folder() -> Scratch {
    let folder = Scratch::new();
    let record = [
        HEADER,
        &lines(0, "full", &[(7, 0.0), (8, 0.05)], &[100, 200, 300]),
        &lines(0, "same", &[(7, 0.0)], &[100, 200, 300]),
        &lines(1, "full", &[(7, 0.0), (8, 0.05)], &[50, 100]),
    ];
    folder.file("a.csv", record.concat().as_bytes());
    folder
}

/// Where the text stands, each time that it does.
fn places(svg: &str, text: &str) -> Vec<(f64, f64)> {
    let lines: Vec<_> = svg.lines().collect();
    let pairs = lines.windows(2);
    pairs
        .filter(|pair| pair[0].starts_with("<text") && pair[1].trim() == text)
        .map(|pair| {
            let [x, y] = ["x", "y"].map(|name| attribute(pair[0], name).parse().unwrap());
            (x, y)
        })
        .collect()
}

/// The middles of the markers of p_e 0.9, but for the last, which is the legend's.
fn squares(svg: &str) -> Vec<(f64, f64)> {
    let marker = |line: &&str| {
        line.starts_with("<polygon")
            && attribute(line, "fill") == BLUE
            && attribute(line, "opacity") == "1"
    };
    let middle = |line: &str| {
        let corners = attribute(line, "points").split_whitespace();
        let corners: Vec<(f64, f64)> = corners
            .map(|corner| corner.split_once(',').unwrap())
            .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
            .collect();
        let mean = |part: fn(&(f64, f64)) -> f64| {
            corners.iter().map(part).sum::<f64>() / corners.len() as f64
        };
        (mean(|corner| corner.0), mean(|corner| corner.1))
    };
    svg.lines().filter(marker).map(middle).collect()
}

#[test]
fn means_stand_where_the_record_says_on_one_scale_side_by_side() {
    let folder = folder();
    let panels = ["--panel", "A = a=a/0", "--panel", "b=a/1/full", "a.csv"];
    let svg = svg(folder.folder(), &[&["search"][..], &panels].concat(), "");

    // The legend's is drawn before the panels.
    let squares = &squares(&svg)[1..];
    let zeros = places(&svg, "0");
    assert_eq!((squares.len(), zeros.len()), (3 + 2, 2), "{svg}");
    // From 0 on, and as long in both panels.
    let (left, right) = (zeros[0].0, zeros[1].0);
    let width = squares[2].0 - left;
    let expected_x = [
        left + width / 3.0,
        left + width * 2.0 / 3.0,
        left + width,
        right + width / 2.0,
        right + width,
    ];
    assert!(width > 300.0 && right > left + width, "{squares:?}");
    // 20 % and a tenth of the steps, and half of what the second seed has more.
    let expected = [32.5, 42.5, 52.5, 27.5, 32.5];
    let [low, high] = ["30", "60"].map(|mark| places(&svg, mark)[0].1);
    for ((square, x), accuracy) in squares.iter().zip(expected_x).zip(expected) {
        let y = low + (accuracy - 30.0) * (high - low) / 30.0;
        // Whole pixels, in each of what is compared.
        assert!(
            (square.0 - x).abs() <= 2.0 && (square.1 - y).abs() <= 2.0,
            "{square:?}, expected {x}, {y}"
        );
    }

    let texts = texts(&svg);
    for (text, count) in [
        ("Accuracy over the steps of training", 1),
        ("A = a", 1),
        ("b", 1),
        ("steps", 2),
        ("accuracy (%)", 1),
        ("p_e = 0.1", 1),
        ("p_e = 0.9", 1),
        (
            "Mean over n = 2 seeds; bands: ± one sample standard deviation.",
            1,
        ),
        (
            "The seeds are those of the search, not those of the tables.",
            1,
        ),
    ] {
        let found = texts.iter().filter(|found| **found == text).count();
        assert_eq!(found, count, "{text}: {texts:?}");
    }
    assert!(!texts.iter().any(|text| text.contains("left out")));
    assert_eq!(bands(&svg), 2 * 2);
}

#[test]
fn one_seed_has_no_band_and_each_panel_says_its_seeds() {
    let folder = folder();
    let one = svg(
        folder.folder(),
        &["search", "--panel", "a/0/same", "a.csv"],
        "",
    );
    assert_eq!(bands(&one), 0);
    let said = texts(&one);
    assert!(said.contains(&"a/0/same"), "{said:?}");
    assert!(
        said.contains(&"n = 1 seed: the deviation is unknown and not shown."),
        "{said:?}"
    );

    // The record's first row is the default; standard input is the record "-".
    let record = fs::read_to_string(folder.path("a.csv")).unwrap();
    let panels = ["--panel", "one=-/0/same", "--panel", "two=-/0"];
    let both = svg(
        folder.folder(),
        &[&["search"][..], &panels].concat(),
        &record,
    );
    assert_eq!(bands(&both), 2);
    let said = texts(&both);
    for text in [
        "Mean over n = 1 or 2 seeds; bands: ± one sample standard deviation, none where n = 1.",
        "one: n = 1; two: n = 2.",
    ] {
        assert!(said.contains(&text), "{said:?}");
    }
}

#[test]
fn steps_that_not_all_seeds_have_are_left_out_with_a_word() {
    let folder = folder();
    let record = fs::read_to_string(folder.path("a.csv")).unwrap();
    let broken = record.replace(
        "0,0.1,full,8,200,0.750,0.450,f32,scored",
        "0,0.1,full,8,200,,,,not finite",
    );
    assert_ne!(broken, record);
    let drawn = svg(folder.folder(), &["search", "--panel", "Adam=-/0"], &broken);
    assert_eq!(squares(&drawn)[1..].len(), 2);
    let said = texts(&drawn);
    let word = "Adam: 1 of 3 numbers of steps left out, where not all seeds were scored.";
    assert!(said.contains(&word), "{said:?}");
}

/// Where the headings of so many panels stand.
fn headings(folder: &Path, count: usize) -> Vec<(f64, f64)> {
    let panels = (0..count).map(|n| format!("--panel=panel-{n}=a/1"));
    let panels: Vec<String> = panels.collect();
    let panels: Vec<&str> = panels.iter().map(String::as_str).collect();
    let drawn = svg(folder, &[&["search", "a.csv"], &panels[..]].concat(), "");
    assert_eq!(places(&drawn, "p_e = 0.9").len(), 1);
    let headings = (0..count).flat_map(|n| places(&drawn, &format!("panel-{n}")));
    headings.collect()
}

#[test]
fn four_panels_stand_in_one_row_and_more_in_rows_of_two() {
    let folder = folder();
    let four = headings(folder.folder(), 4);
    assert!(four.windows(2).all(|pair| pair[0].0 + 200.0 < pair[1].0));
    assert!(four.iter().all(|place| place.1 == four[0].1), "{four:?}");
    let five = headings(folder.folder(), 5);
    let below = |one: usize, other: usize| {
        five[one].0 == five[other].0 && five[one].1 + 400.0 < five[other].1
    };
    assert!(below(0, 2) && below(1, 3) && below(2, 4), "{five:?}");
    assert_eq!(five[0].1, five[1].1);
}

#[test]
fn the_same_bytes_twice_and_from_any_order() {
    let folder = folder();
    fs::copy(folder.path("a.csv"), folder.path("b.csv")).unwrap();
    let text = fs::read_to_string(folder.path("a.csv")).unwrap();
    // The first row of the record stays the first.
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows[1..].reverse();
    fs::create_dir(folder.path("reversed")).unwrap();
    folder.file(
        "reversed/a.csv",
        format!("{header}\n{}\n", rows.join("\n")).as_bytes(),
    );
    for format in ["svg", "png"] {
        let drawn = |files: [&str; 2]| {
            let panels = ["search", "--panel", "A=a/0", "--panel", "B=b/1", "-o", "-"];
            let arguments = [&panels[..], &["--format", format], &files].concat();
            let out = figure(folder.folder(), &arguments, "");
            assert!(out.code == 0 && out.stderr.is_empty(), "{}", out.stderr);
            out.stdout
        };
        let first = drawn(["a.csv", "b.csv"]);
        assert_eq!(drawn(["a.csv", "b.csv"]), first);
        assert_eq!(drawn(["b.csv", "reversed/a.csv"]), first);
    }
}

#[test]
fn what_is_no_record_or_not_in_it_is_one_line() {
    let folder = folder();
    let record = fs::read_to_string(folder.path("a.csv")).unwrap();
    let first = "0,0.1,full,7,100,0.800,0.300,f32,scored";
    assert!(record.contains(first));
    let with = |line: &str| record.replace(first, line);
    let without_rows = HEADER.replace(",row,", ",l2,") + &lines(0, "0.1", &[(7, 0.0)], &[100]);
    // Panel, standard input, what the message says.
    for (panel, record, says) in [
        (
            "-/3",
            record.clone(),
            "standard input: column trial: found no 3, expected one of 0 1; name a trial that is there",
        ),
        (
            "-/1/same",
            record.clone(),
            "standard input: column row: trial 1 has no \"same\", expected one of full; name a row that is there",
        ),
        (
            "-/0/full",
            without_rows,
            "standard input, line 1: no column row, expected one",
        ),
        (
            "-/0",
            record.replace(",seed,", ",sead,"),
            "standard input: not a record of a search: line 1: no column seed, expected trial,seed,steps,outcome; \
             take the file as the search wrote it",
        ),
        (
            "-/0",
            record.replace("accuracy_", "precision_"),
            "line 1: no column accuracy_0.1 or of another p_e",
        ),
        (
            "-/0",
            record.replace("accuracy_0.9", "accuracy_9"),
            "line 1: found the column accuracy_9, expected accuracy_train",
        ),
        (
            "-/0",
            with("0,0.1,full,7,100,0.800,1.5,f32,scored"),
            "line 2, accuracy_0.9: found \"1.5\", expected a number from 0 to 1; take",
        ),
        (
            "-/0",
            with("0,0.1,full,7,100,NaN,0.5,f32,scored"),
            "line 2, accuracy_0.1: found \"NaN\"",
        ),
        (
            "-/0",
            with("0,0.1,full,7,many,0.8,0.5,f32,scored"),
            "line 2, steps: found \"many\", expected a whole number",
        ),
        (
            "-/0",
            with("0,0.1,full,7,100,0.8,0.5,f32,done"),
            "line 2, outcome: found \"done\", expected scored or not finite",
        ),
        (
            "-/0",
            with(&format!("{first}\n{first}")),
            "line 3, steps: found 100 steps of trial 0 and seed 7 as in line 2, expected each once",
        ),
        (
            "-/0",
            with("0,0.1,full,7"),
            "standard input: not a record of a search: CSV error: record 1 (line: 2",
        ),
        ("-/0", HEADER.to_owned(), "line 2: found no rows"),
        (
            "-/1",
            record.replace(",scored", ",not finite"),
            "standard input: column outcome: trial 1, row full, has no number of steps at which all of its seeds are \
             scored, expected at least one; name another trial",
        ),
    ] {
        let arguments = ["search", "--panel", panel, "-o", "figure.svg"];
        let out = figure(folder.folder(), &arguments, &record);
        assert_one_line_error(&out, 1, &["report: ", says]);
    }

    fs::create_dir(folder.path("b")).unwrap();
    folder.file("b/a.csv", b"");
    let twice = [
        "search", "--panel", "a/0", "-o", "c.svg", "a.csv", "b/a.csv",
    ];
    let out = figure(folder.folder(), &twice, "");
    let says = "b/a.csv: found a record a, as a.csv is, expected each name once";
    assert_one_line_error(&out, 1, &[says]);

    for (panel, says) in [
        (
            "b/0",
            "the record \"b\", expected one of a; give the file b.csv",
        ),
        ("a", "expected a heading, a record, the number of a trial"),
        ("a/first", "expected a heading, a record"),
        ("=a/0", "expected a heading, a record"),
        ("A=a/0/", "expected a heading, a record"),
    ] {
        let arguments = ["search", "--panel", panel, "-o", "c.svg", "a.csv"];
        let out = figure(folder.folder(), &arguments, "");
        assert_one_line_error(&out, 2, &[says]);
    }
    assert_eq!(folder.names(), ["a.csv", "b"]);
}

#[test]
fn hostile_and_endless_headings_are_text_that_fits() {
    let folder = folder();
    let endless = format!("a<b> \u{202e} {}=a/0", "endless ".repeat(500));
    let arguments = ["search", "--panel", &endless, "--panel", "a/1", "a.csv"];
    let drawn = svg(folder.folder(), &arguments, "");
    assert!(!drawn.contains("<b>") && !drawn.contains('\u{202e}'));
    let cut = |text: &&str| text.ends_with('…');
    let cut: Vec<&str> = texts(&drawn).into_iter().filter(cut).collect();
    // In three lines above its panel.
    assert!(cut.len() == 1 && cut[0].len() < 60, "{cut:?}");
}

//! `report figure` as a real process.

mod files;
mod refusals;
mod search;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use pipeline_tests::{
    Output, SCORES_HEADER, Scratch, assert_one_line_error, binary, csv, fixture, number, run,
    run_examples_of, score_rows, succeed,
};

const LOG_HEADER: &str = "step,environment,risk,accuracy,base,penalty,weight,loss\n";

const BLACK: &str = "#000000";

/// Of the horizontal lines "optimal" and "random".
const GREY: &str = "#828282";

fn figure(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut command = binary("report");
    command.arg("figure").args(arguments);
    run(command.current_dir(folder), stdin.as_bytes())
}

/// What is said of the committed rows of cmnist, which have columns with names.
const LEFT_OUT: &str = "report: experiment cmnist: not drawn over p_e: the environments with names, fresh 0.1, fresh 0.2, fresh 0.9\n";

/// The SVG on the standard output of a run that must end well and be quiet.
fn svg(folder: &Path, arguments: &[&str], stdin: &str) -> String {
    svg_and_said(folder, arguments, stdin, "")
}

/// The SVG on the standard output of a run that must end well and say just `said`.
fn svg_and_said(folder: &Path, arguments: &[&str], stdin: &str, said: &str) -> String {
    let arguments = [arguments, &["--format", "svg", "-o", "-"]].concat();
    let out = figure(folder, &arguments, stdin);
    assert!(out.code == 0 && out.stderr == said, "{out}");
    out.text().to_owned()
}

/// The attribute `name` of the SVG element `line`.
fn attribute<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap_or_default();
    rest.split('"').next().unwrap_or_default()
}

/// The points of all polylines of one colour.
fn polylines(svg: &str, color: &str) -> Vec<Vec<(f64, f64)>> {
    svg.lines()
        .filter(|line| line.starts_with("<polyline") && attribute(line, "stroke") == color)
        .map(|line| {
            let points = attribute(line, "points").split_whitespace();
            points
                .map(|point| {
                    let (x, y) = point.split_once(',').unwrap();
                    (x.parse().unwrap(), y.parse().unwrap())
                })
                .collect()
        })
        .collect()
}

/// The centres of all filled circles, which are meta-IRM's markers.
fn circles(svg: &str) -> usize {
    let circle = |line: &&str| line.starts_with("<circle") && attribute(line, "fill") == BLACK;
    let whole = |line: &&str| attribute(line, "opacity") == "1";
    svg.lines().filter(circle).filter(whole).count()
}

/// The circles that are the outline alone, which are meta-IRM's published numbers.
fn hollow_circles(svg: &str) -> usize {
    let circle = |line: &&str| line.starts_with("<circle") && attribute(line, "fill") == "none";
    svg.lines().filter(circle).count()
}

/// The dots of all seeds: circles that let through what is behind them.
fn dots(svg: &str) -> usize {
    let dot = |line: &&str| line.starts_with("<circle") && attribute(line, "opacity") == "0.45";
    svg.lines().filter(dot).count()
}

fn bands(svg: &str) -> usize {
    let band = |line: &&str| line.starts_with("<polygon") && attribute(line, "opacity") == "0.18";
    svg.lines().filter(band).count()
}

/// All texts, in the order in which they are drawn.
fn texts(svg: &str) -> Vec<&str> {
    let lines: Vec<_> = svg.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("<text"))
        .map(|pair| pair[1].trim())
        .collect()
}

fn results() -> String {
    fixture("results/cmnist.csv").to_str().unwrap().to_owned()
}

fn reference() -> String {
    fixture("reference.csv").to_str().unwrap().to_owned()
}

/// Three objectives, of which ERM has 25,000 rows alone.
fn scores() -> String {
    let mut csv = SCORES_HEADER.to_owned();
    csv += &score_rows("cmnist", "erm", 2, 25_000, &[0.3, 0.4]);
    for (table, n_per_env) in [
        ("cmnist", 25_000),
        ("insufficient", 12_500),
        ("insufficient", 6_250),
    ] {
        csv += &score_rows(table, "irmv1", 2, n_per_env, &[0.6, 0.7]);
        csv += &score_rows(table, "meta-irm", 2, n_per_env, &[0.5, 0.7]);
    }
    csv
}

/// Two environments over three steps.
fn log(shift: f64) -> String {
    let mut csv = LOG_HEADER.to_owned();
    for (step, risk) in [(0, 0.7), (10, 0.5), (20, 0.4)] {
        for environment in [1, 2] {
            let (risk, accuracy) = (risk + shift, 0.5 + 0.1 * f64::from(environment) + shift);
            csv += &format!(
                "{step},{environment},{risk},{accuracy},1,{},1,1\n",
                risk / 100.0
            );
        }
    }
    csv
}

#[test]
fn accuracies_stand_where_the_table_says() {
    let folder = Scratch::new();
    let results = results();
    let arguments = ["accuracy", "--experiment", "cmnist", &results];
    let svg = svg_and_said(folder.folder(), &arguments, "", LEFT_OUT);

    // The sample in the legend, and the solid line of meta-IRM.
    let lines = polylines(&svg, BLACK);
    assert_eq!(lines.len(), 2, "{svg}");
    let line = &lines[1];
    assert_eq!((line.len(), circles(&svg)), (9, 9 + 1));

    let columns = "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9";
    let table = succeed(binary("report").args([
        "table",
        "--experiment",
        "cmnist",
        "--format",
        "csv",
        "--columns",
        columns,
        &results,
    ]));
    let header = "experiment,row,objective,classes,n_per_env,column,n,mean,std,paper_mean,paper_std,origin,verdict";
    let means: Vec<f64> = csv(table.text(), header)
        .iter()
        .filter(|row| row["objective"] == "meta-irm")
        .map(|row| number(row, "mean"))
        .collect();

    // The scale, by the whole line at 75 per cent and the dashes at 50, the last of this colour.
    let grey = polylines(&svg, GREY);
    let level = |line: &&Vec<(f64, f64)>| line.len() == 2 && line[0].1 == line[1].1;
    let at_50 = grey.iter().rfind(level).unwrap()[0].1;
    let long = |line: &&Vec<(f64, f64)>| level(line) && line[1].0 - line[0].0 > 600.0;
    let at_75 = grey.iter().rfind(long).unwrap()[0].1;
    for ((place, mean), point) in means.iter().enumerate().zip(line) {
        let y = at_75 + (75.0 - mean) * (at_50 - at_75) / 25.0;
        // Whole pixels, in each of the three.
        assert!(
            (point.1 - y).abs() <= 1.6,
            "{mean}: {point:?}, expected {y}"
        );
        let x = line[0].0 + place as f64 * (line[8].0 - line[0].0) / 8.0;
        assert!((point.0 - x).abs() <= 1.0, "{point:?}, expected {x}");
    }
}

#[test]
fn a_line_and_a_band_for_each_row_and_what_they_are() {
    let folder = Scratch::new();
    let arguments = [
        "accuracy",
        "--experiment",
        "cmnist",
        "--reference",
        &reference(),
    ];
    // As many seeds of each row, whatever is committed.
    let committed = fs::read_to_string(results()).unwrap();
    let of_three = |line: &&str| matches!(line.split(',').nth(4), Some("seed" | "0" | "1" | "2"));
    let rows: Vec<_> = committed.lines().filter(of_three).collect();
    let rows = rows.join("\n") + "\n";
    let svg = svg_and_said(folder.folder(), &arguments, &rows, LEFT_OUT);
    assert_eq!(bands(&svg), 6);
    let texts = texts(&svg);
    for text in [
        "Accuracy against p_e: cmnist",
        "p_e of the test environment",
        "accuracy (%)",
        "ERM",
        "IRMv1",
        "V-REx",
        "MM-REx",
        "meta-IRM",
        "ERM (grayscale)",
        "published (hollow)",
        "optimal, 75 %",
        "random, 50 %",
        "0.1",
        "0.9",
        "Mean over n = 3 seeds; bands: ± one sample standard deviation.",
        "Small dots, moved aside: single seeds.",
        "Hollow markers, moved aside: published means; their bars: the published ±.",
    ] {
        assert_eq!(
            texts.iter().filter(|t| **t == text).count(),
            1,
            "{text}: {texts:?}"
        );
    }
    // meta-IRM's nine and one in the legend, then its rings: three, and one in the legend.
    assert_eq!((circles(&svg), hollow_circles(&svg)), (10, 4));
    // Three seeds of six rows at nine p_e.
    assert_eq!(dots(&svg), 3 * 6 * 9);
    // What is said to those who do not see it.
    assert!(
        svg.contains("<title>Accuracy against p_e: cmnist</title>\n<desc>Mean over n = 3 seeds;"),
        "{svg}"
    );
}

#[test]
fn one_seed_has_no_band_and_says_so() {
    let folder = Scratch::new();
    let scores = format!(
        "{SCORES_HEADER}{}",
        score_rows("t", "meta-irm", 2, 100, &[0.7])
    );
    let svg = svg(folder.folder(), &["accuracy", "--experiment", "t"], &scores);
    assert_eq!(bands(&svg), 0);
    assert!(
        texts(&svg).contains(&"n = 1 seed: the deviation is unknown and not shown."),
        "{svg}"
    );

    let more = scores + &score_rows("t", "erm", 2, 100, &[0.7, 0.8, 0.9]);
    let arguments = [
        "accuracy",
        "--experiment",
        "t",
        "--format",
        "svg",
        "-o",
        "-",
    ];
    let out = figure(folder.folder(), &arguments, &more);
    assert_eq!(
        out.stderr,
        "report: experiment t: not all rows have all 3 seeds: meta-irm (classes 2, n_per_env 100) lacks 1, 2\n"
    );
    let svg = out.text();
    assert_eq!(bands(svg), 1);
    let texts = texts(svg);
    for text in [
        "meta-IRM (n = 1)",
        "ERM (n = 3)",
        "Mean over n = 1 or 3 seeds; bands: ± one sample standard deviation, none where n = 1.",
    ] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
}

#[test]
fn data_decrease_from_left_to_right_for_objectives_of_several_sizes() {
    let folder = Scratch::new();
    let arguments = [
        "data",
        "--experiment",
        "cmnist",
        "--experiment",
        "insufficient",
    ];
    let svg = svg(folder.folder(), &arguments, &scores());
    let texts = texts(&svg);
    let sizes: Vec<_> = texts
        .iter()
        .filter(|text| text.contains(',') && text.ends_with('0'))
        .collect();
    assert_eq!(sizes, [&"25,000", &"12,500", &"6,250"]);
    assert!(texts.contains(&"IRMv1") && texts.contains(&"meta-IRM") && !texts.contains(&"ERM"));
    assert!(texts.contains(&"Mean over n = 2 seeds; bars: ± one sample standard deviation."));
    // The sample in the legend, three bars of three strokes each, and the line.
    let black = polylines(&svg, BLACK);
    assert_eq!(black.len(), 3 * 3 + 2, "{black:?}");
    let line = &black[black.len() - 1];
    assert_eq!(line.len(), 3);
    assert!(
        (line[1].0 - line[0].0 - (line[2].0 - line[1].0)).abs() <= 1.0,
        "{line:?}"
    );
    assert!(line[0].0 < line[1].0);
}

#[test]
fn training_curves_are_means_over_the_runs() {
    let folder = Scratch::new();
    folder.file("log-0.csv", log(0.0).as_bytes());
    folder.file("log-1.csv", log(0.2).as_bytes());
    let arguments = ["training", "--title", "ERM <&>", "log-0.csv", "log-1.csv"];
    let svg = svg(folder.folder(), &arguments, "");
    // Two environments in two panels, and the penalty.
    assert_eq!(bands(&svg), 5);
    let texts = texts(&svg);
    for text in [
        "ERM &lt;&amp;&gt;",
        "step",
        "risk (nats)",
        "penalty",
        "accuracy (%)",
        "environment 1",
        "environment 2",
        "Mean over n = 2 runs; bands: ± one sample standard deviation.",
        "The penalty&apos;s mean and deviation are those of its logarithm.",
    ] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    // The penalty is 0.01 times the risk, on an axis from 1e−3 to 1e−2: 320 pixels for a factor
    // of 10.
    let black = polylines(&svg, BLACK);
    let log_mean = |risk: f64| (risk.log10() + (risk + 0.2).log10()) / 2.0;
    let expected = 320.0 * (log_mean(0.7) - log_mean(0.4));
    let fall = black[1][2].1 - black[1][0].1;
    assert!(
        (fall - expected).abs() <= 1.6,
        "{fall}, expected {expected}"
    );

    // Without a penalty there is no logarithm.
    let log = log(0.0);
    let erm = log.lines().map(|line| {
        let mut cells: Vec<_> = line.split(',').collect();
        if cells[5] != "penalty" {
            cells[5] = "0";
        }
        cells.join(",") + "\n"
    });
    folder.file("erm.csv", erm.collect::<String>().as_bytes());
    let svg = self::svg(folder.folder(), &["training", "erm.csv"], "");
    assert!(!svg.contains("logarithm"), "{svg}");
    assert_eq!(bands(&svg), 0);
}

#[test]
fn what_is_left_out_is_in_neither_the_lines_nor_the_scale() {
    let folder = Scratch::new();
    let arguments = |more: &[&'static str]| {
        let results = ["accuracy", "--experiment", "cmnist"];
        [&results[..], more].concat()
    };
    let rows = fs::read_to_string(results()).unwrap();
    let whole = svg_and_said(folder.folder(), &arguments(&[]), &rows, LEFT_OUT);
    let without_erm = arguments(&["--leave-out", "erm"]);
    let close = svg_and_said(folder.folder(), &without_erm, &rows, LEFT_OUT);
    for (svg, lines) in [(&whole, true), (&close, false)] {
        // ERM's label, and a mark far below the others.
        let labelled = |name: &str| {
            let counted = format!("{name} (n = ");
            let is = |line: &str| line == name || line.starts_with(&counted);
            svg.lines().any(is)
        };
        assert_eq!(labelled("ERM"), lines, "{svg}");
        assert_eq!(svg.lines().any(|line| line == "20"), lines, "{svg}");
        assert!(labelled("IRMv1"), "{svg}");
    }
}

#[test]
fn what_is_not_there_is_left_out_with_a_word() {
    let folder = Scratch::new();
    let drawn = |arguments: &[&str], stdin: &str| {
        let arguments = [arguments, &["--format", "svg", "-o", "-"]].concat();
        let out = figure(folder.folder(), &arguments, stdin);
        assert_eq!(out.code, 0, "{out}");
        (out.text().to_owned(), out.stderr)
    };
    let accuracy = ["accuracy", "--experiment", "cmnist"];
    let scores = scores();
    let (whole, _) = drawn(&accuracy, &scores);
    let leave_out = [&accuracy[..], &["--leave-out", "emr"]].concat();
    let (without, word) = drawn(&leave_out, &scores);
    assert_eq!(without, whole);
    assert_eq!(
        word,
        "report: --leave-out emr: experiment cmnist has no such objective\n"
    );

    let data = [
        "data",
        "--experiment",
        "cmnist",
        "--experiment",
        "insufficient",
    ];
    let (whole, _) = drawn(&data, &scores);
    let more = [&data[..], &["--experiment", "none", "--title", "A"]].concat();
    let titled = [&data[..], &["--title", "A"]].concat();
    let (with_none, word) = drawn(&more, &scores);
    assert_eq!(with_none, drawn(&titled, &scores).0);
    assert_ne!(with_none, whole);
    assert!(
        word.starts_with("report: no score of experiment none in the files"),
        "{word}"
    );
}

#[test]
fn the_examples_of_the_help_work() {
    let folder = Scratch::new();
    fs::create_dir(folder.path("fixtures")).unwrap();
    fs::copy(reference(), folder.path("fixtures/reference.csv")).unwrap();
    fs::create_dir_all(folder.path("scripts/experiments")).unwrap();
    let claims = "scripts/experiments/claims.csv";
    fs::copy(pipeline_tests::root().join(claims), folder.path(claims)).unwrap();
    fs::create_dir(folder.path("fixtures/search")).unwrap();
    for name in ["ablation-meta-irm.csv", "ablation-sgd-near.csv"] {
        let record = format!("search/{name}");
        fs::copy(fixture(&record), folder.path(&format!("fixtures/{record}"))).unwrap();
    }
    folder.file("scores.csv", scores().as_bytes());
    for seed in [0, 1] {
        folder.file(
            &format!("seed-{seed}.csv"),
            log(0.1 * f64::from(seed)).as_bytes(),
        );
    }
    let count: usize = [
        &["figure"][..],
        &["figure", "accuracy"],
        &["figure", "claims"],
        &["figure", "data"],
        &["figure", "search"],
        &["figure", "training"],
    ]
    .map(|path| run_examples_of(&folder, "report", path).len())
    .iter()
    .sum();
    assert_eq!(count, 10);
    for name in [
        "cmnist.svg",
        "close.svg",
        "claims.svg",
        "data.svg",
        "optimisers.svg",
        "training.svg",
    ] {
        let text = fs::read_to_string(folder.path(name)).unwrap();
        assert!(
            text.starts_with("<svg ") && text.ends_with("</svg>\n"),
            "{name}: {text}"
        );
    }
    for name in ["adam.png", "cmnist.png", "training.png"] {
        assert!(
            fs::read(folder.path(name)).unwrap().starts_with(b"\x89PNG"),
            "{name}"
        );
    }
}

#[test]
fn a_level_far_from_all_lines_does_not_empty_the_figure() {
    let folder = Scratch::new();
    let levels = |accuracies: &[f64]| {
        let scores = SCORES_HEADER.to_owned() + &score_rows("t", "meta-irm", 2, 100, accuracies);
        let svg = svg(folder.folder(), &["accuracy", "--experiment", "t"], &scores);
        let texts = texts(&svg);
        let there = texts.contains(&"random, 50 %");
        (
            there,
            texts.contains(&"Too far away to be shown: random, 50 %."),
        )
    };
    assert_eq!(levels(&[0.70, 0.72]), (false, true));
    assert_eq!(levels(&[0.52, 0.55]), (true, false));
}

#[test]
fn the_differences_of_the_claims_stand_where_report_claims_has_them() {
    let folder = Scratch::new();
    let claims = "claim,statement,source,comparison,rows,expected,margin,why,caveat\n\
        c,A <is> above B.,t,a − b,t/meta-irm@0.9 - t/erm@0.9,+,,,\n\
        d,Not there.,t,c − b,t/none@0.9 - t/erm@0.9,+,,,\n";
    folder.file("claims.csv", claims.as_bytes());
    let reference = "experiment,objective,classes,n_per_env,column,mean,std,origin\n\
        t,meta-irm,2,100,0.9,70,1,paper\nt,erm,2,100,0.9,60,1,paper\n";
    folder.file("reference.csv", reference.as_bytes());
    let rows = |experiment, shift: f64| {
        score_rows(
            experiment,
            "meta-irm",
            2,
            100,
            &[0.7 - shift, 0.72 - shift, 0.71 - shift],
        ) + &score_rows(experiment, "erm", 2, 100, &[0.5, 0.5, 0.5])
    };
    let scores = format!("{SCORES_HEADER}{}{}", rows("t", 0.0), rows("t-honest", 0.3));
    let arguments = [
        "claims",
        "--claims",
        "claims.csv",
        "--reference",
        "reference.csv",
    ];
    let drawn = svg(folder.folder(), &arguments, &scores);
    let said = texts(&drawn);
    for text in [
        "Differences that test the claims",
        "1. A &lt;is&gt; above B.",
        "a − b",
        // Beside its difference, whatever its colour.
        "fidelity",
        "honest",
        "+21.0 (+18.5 to +23.5) supported",
        "−9.0 (−11.5 to −6.5) contradicted",
        "the paper&apos;s difference",
    ] {
        assert_eq!(
            said.iter().filter(|t| **t == text).count(),
            1,
            "{text}: {said:?}"
        );
    }
    assert!(
        !said.iter().any(|text| text.contains("Not there")),
        "{said:?}"
    );
    // Ours in the row and in the legend, and the paper's in both.
    assert_eq!((circles(&drawn), hollow_circles(&drawn)), (2, 2));

    let other = scores.replace(",test,0.9,", ",test,0.8,");
    let arguments = [&arguments[..], &["--format", "svg", "-o", "-"]].concat();
    let out = figure(folder.folder(), &arguments, &other);
    assert_one_line_error(
        &out,
        1,
        &["no comparison of claims.csv has all of its rows"],
    );
}

#[test]
fn hostile_and_endless_titles_and_claims_are_text_that_fits() {
    let folder = Scratch::new();
    let hostile = "<script>alert(1)</script> & \u{202e}\"q\" | $x_y$";
    let endless = "endless ".repeat(500);
    let quoted = format!("\"{} {endless}\"", hostile.replace('"', "\"\""));
    let claims = format!(
        "claim,statement,source,comparison,rows,expected,margin,why,caveat\n\
         c,{quoted},t,{quoted},t/meta-irm@0.9 - 50,+,,,\n"
    );
    folder.file("claims.csv", claims.as_bytes());
    let scores = SCORES_HEADER.to_owned() + &score_rows("t", "meta-irm", 2, 100, &[0.6, 0.7]);
    let arguments = ["claims", "--claims", "claims.csv", "--title", hostile];
    let drawn = svg(folder.folder(), &arguments, &scores);
    assert!(
        !drawn.contains("<script>") && !drawn.contains('\u{202e}'),
        "{drawn}"
    );
    let title = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; \u{fffd}";
    assert!(drawn.contains(&format!("<title>{title}")), "{drawn}");
    let said = texts(&drawn);
    assert!(said.iter().any(|text| text.starts_with(title)), "{said:?}");
    // Heading and label are cut where their places end.
    let cut: Vec<_> = said.iter().filter(|text| text.ends_with('…')).collect();
    assert_eq!(cut.len(), 2, "{said:?}");
    assert!(cut.iter().all(|text| text.len() < 300), "{cut:?}");
}

/// Environments with a name, which stands after the file's.
fn named(scores: &str, names: &[(&str, &str)]) -> String {
    let header = SCORES_HEADER.replace(",label_noise", ",environment_name,label_noise");
    let lines = scores.lines().skip(1).map(|line| {
        let name = names.iter().find(|(file, _)| line.contains(file));
        let name = name.map_or("", |(_, name)| name);
        line.replace(",0.25", &format!(",{name},0.25")) + "\n"
    });
    header + &lines.collect::<String>()
}

#[test]
fn environments_without_p_e_are_groups_of_points_that_no_line_joins() {
    let folder = Scratch::new();
    let scores = format!(
        "{SCORES_HEADER}{}{}",
        score_rows("t", "meta-irm", 2, 100, &[0.7, 0.72]),
        score_rows("t", "erm", 2, 100, &[0.55, 0.59])
    );
    let arguments = ["accuracy", "--experiment", "t"];
    let without = scores
        .replace(",test,0.1,", ",,,")
        .replace(",test,0.2,", ",,,");
    let without = without
        .replace(",test,0.9,", ",,,")
        .replace(",0.25\n", ",\n");
    let drawn = svg(folder.folder(), &arguments, &without);
    let said = texts(&drawn);
    for text in [
        "Accuracy in each environment: t",
        "environment",
        "test-0.1",
        "test-0.2",
        "test-0.9",
        "Mean over n = 2 seeds; bars: ± one sample standard deviation.",
        "random, 50 %",
    ] {
        assert_eq!(
            said.iter().filter(|t| **t == text).count(),
            1,
            "{text}: {said:?}"
        );
    }
    assert!(
        !said.iter().any(|text| text.starts_with("optimal")),
        "{said:?}"
    );
    // The sample in the legend and three bars of three strokes each: no line. A marker in each environment.
    assert_eq!(
        (polylines(&drawn, BLACK).len(), circles(&drawn)),
        (1 + 3 * 3, 3 + 1)
    );
    assert_eq!(bands(&drawn), 0);

    // All have names: the same, and the label noise is known.
    let all = named(
        &scores,
        &[("test-0.1", "a"), ("test-0.2", "b"), ("test-0.9", "c")],
    );
    let drawn = svg(folder.folder(), &arguments, &all);
    let said = texts(&drawn);
    for text in ["a 0.1", "b 0.2", "c 0.9", "optimal, 75 %"] {
        assert!(said.contains(&text), "{text}: {said:?}");
    }

    // One has: it is left out of the figure over p_e, with a word.
    let one = named(&scores, &[("test-0.2", "b")]);
    let out = figure(
        folder.folder(),
        &[&arguments[..], &["--format", "svg", "-o", "-"]].concat(),
        &one,
    );
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(
        out.stderr,
        "report: experiment t: not drawn over p_e: the environments with names, b 0.2\n"
    );
    assert!(
        texts(out.text()).contains(&"p_e of the test environment"),
        "{out}"
    );
    assert_eq!(circles(out.text()), 2 + 1);
}

#[test]
fn a_row_is_left_out_by_its_own_name_before_its_objective() {
    let folder = Scratch::new();
    let rows = |row: &str, accuracy| {
        let rows = score_rows("t", "erm", 2, 100, &[accuracy]);
        rows.replace(",0.25\n", &format!(",{row},0.25\n"))
    };
    let header = SCORES_HEADER.replace(",label_noise", ",row,label_noise");
    let scores = header + &rows("erm", 0.6) + &rows("wide", 0.7);
    let drawn = |more: &[&str]| {
        let arguments = [&["accuracy", "--experiment", "t"][..], more].concat();
        let drawn = svg(folder.folder(), &arguments, &scores);
        let said: Vec<String> = texts(&drawn).into_iter().map(str::to_owned).collect();
        ["erm", "wide", "ERM"].map(|name| said.contains(&name.to_owned()))
    };
    assert_eq!(drawn(&[]), [true, true, false]);
    assert_eq!(drawn(&["--leave-out", "wide"]), [false, false, true]);
    assert_eq!(drawn(&["--leave-out", "erm"]), [false, false, true]);
}

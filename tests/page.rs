//! `report page` as a real process.

use std::fs;

use pipeline_tests::{
    Output, SCORES_HEADER, Scratch, assert_one_line_error, binary, csv, fixture, number, root, run,
    run_examples_of, score_rows, succeed,
};

const TABLE_HEADER: &str = "experiment,row,objective,classes,n_per_env,column,n,mean,std,paper_mean,paper_std,origin,verdict";

const REFERENCE: &str = "\
experiment,objective,classes,n_per_env,column,mean,std,origin
cmnist,erm,2,100,0.1,80.0,0.5,paper
cmnist,erm,2,100,0.9,40.0,0.5,paper
cmnist,v-rex,2,100,0.1,70.5,0.5,author-page
cmnist,v-rex,2,100,0.9,70.5,0.5,author-page
insufficient,irmv1,2,50,0.9,60.0,0.5,paper
";

/// ERM with two seeds agrees at p_e 0.1 alone, V-REx with one in bf16; nothing was run for
/// insufficient; a table of honest selection, and one that is not the paper's.
fn scores() -> String {
    let mut csv = SCORES_HEADER.to_owned();
    csv += &score_rows("mine", "my_own", 5, 100, &[0.3, 0.4]);
    csv += &score_rows("cmnist-honest", "erm", 2, 100, &[0.5, 0.6]);
    csv += &score_rows("cmnist", "erm", 2, 100, &[0.79, 0.81]);
    csv += &score_rows("cmnist", "v-rex", 2, 100, &[0.7]).replace(",f32,", ",bf16,");
    csv
}

fn page(folder: &Scratch, arguments: &[&str], stdin: &str) -> Output {
    let mut command = binary("report");
    command.arg("page").args(arguments);
    run(command.current_dir(folder.folder()), stdin.as_bytes())
}

/// The page as text; the run must end well and be quiet.
fn written(folder: &Scratch, arguments: &[&str], stdin: &str) -> String {
    let out = page(folder, arguments, stdin);
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    out.text().to_owned()
}

#[test]
fn a_small_page() {
    let folder = Scratch::new();
    folder.file("reference.csv", REFERENCE.as_bytes());
    let arguments = [
        "--reference",
        "reference.csv",
        "--note",
        "cmnist=Selected by *nobody*; x = 1.",
        "--note",
        "cmnist-honest=Selected by `rule`.",
        "--figure",
        "cmnist=figures/cmnist.svg=Accuracy over p_e",
        "--figure",
        "cmnist=a b.svg=Another",
    ];
    let page = written(&folder, &arguments, &scores());
    let golden = root().join("tests/expected/page.md");
    assert_eq!(page, fs::read_to_string(golden).unwrap());
}

#[test]
fn files_pipes_and_order_give_the_same_bytes() {
    let folder = Scratch::new();
    folder.file("reference.csv", REFERENCE.as_bytes());
    let base = ["--reference", "reference.csv"];
    let piped = written(&folder, &base, &scores());
    let mut lines: Vec<_> = scores().lines().skip(1).map(str::to_owned).collect();
    lines.reverse();
    let reversed = format!("{SCORES_HEADER}{}\n", lines.join("\n"));
    folder.file("reversed.csv", reversed.as_bytes());
    let with = |more: &[&str]| written(&folder, &[&base, more].concat(), "");
    assert_eq!(with(&["reversed.csv"]), piped);
    assert_eq!(with(&["-o", "out.md", "reversed.csv"]), "");
    assert_eq!(fs::read_to_string(folder.path("out.md")).unwrap(), piped);
}

#[test]
fn the_summary_counts_every_published_cell_once() {
    let report = |arguments: &[&str]| {
        let mut command = binary("report");
        command.args(arguments).arg(fixture("reference.csv"));
        succeed(command.arg(fixture("results/cmnist.csv")))
    };
    let table = [
        "table",
        "--experiment",
        "cmnist",
        "--format",
        "csv",
        "--reference",
    ];
    let table = report(&table);
    let cells = csv(table.text(), TABLE_HEADER);
    let out = report(&["page", "--reference"]);
    let page = out.text();
    // reference.csv has 60 cells, of which cmnist has 12 and 6. The verdicts are counted by the rules' own words.
    // The third rule needs a quantile: it is counted from the words of the table, which have tests of their own.
    for (origin, all, run) in [("paper", 50, 12), ("author-page", 10, 6)] {
        let published: Vec<_> = cells.iter().filter(|c| c["origin"] == origin).collect();
        assert_eq!(published.len(), run);
        let count = |rule: fn(f64, f64, f64) -> bool| {
            let held = published.iter().filter(|cell| {
                let [mean, std, paper_mean, paper_std] =
                    ["mean", "std", "paper_mean", "paper_std"].map(|name| number(cell, name));
                rule((mean - paper_mean).abs(), std, paper_std)
            });
            held.count()
        };
        let agree =
            count(|away, ours, papers| away <= 2.0 * (ours * ours + papers * papers).sqrt());
        let strictly = count(|away, _, papers| away <= papers.max(1.0));
        let within = published
            .iter()
            .filter(|cell| cell["verdict"].split('+').any(|key| key == "interval"));
        let within = within.count();
        let line = format!("| {origin} | {all} | {run} | {agree} | {strictly} | {within} |");
        assert!(page.contains(&line), "{line}: {out}");
    }
    let headings: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("## "))
        .collect();
    assert_eq!(
        headings,
        [
            "## Summary",
            "## Colored MNIST (cmnist)",
            "## More classes (multiclass)",
            "## Less data (insufficient)",
            "## Two spurious features (two-spurious)",
            "## Ablation of meta-IRM (ablation)",
        ]
    );
}

#[test]
fn without_a_reference_there_is_no_summary() {
    let folder = Scratch::new();
    let page = written(&folder, &[], &scores());
    assert!(!page.contains("Summary"), "{page}");
    assert!(page.contains("## mine"), "{page}");
}

#[test]
fn scores_that_are_in_no_table_are_said_aloud() {
    let folder = Scratch::new();
    let lost = score_rows("", "erm", 2, 100, &[0.5])
        + &score_rows("cmnist", "irmv1", 2, 100, &[0.5]).replace(",0.9,", ",,");
    let out = page(&folder, &[], &(scores() + &lost));
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(
        out.stderr,
        "report: 5 scores name no experiment, and are in no table\n"
    );
    // A score without p_e is shown under its environment's file.
    assert!(out.text().contains("| test-0.9 |"), "{out}");
}

#[test]
fn bad_input_is_one_line_and_leaves_the_older_file() {
    let folder = Scratch::new();
    let kept = folder.file("kept.md", b"older");
    let scores = scores();
    let nan = scores.replace(",0.81,", ",NaN,");
    let unnamed = format!("{SCORES_HEADER}{}", score_rows("", "erm", 2, 100, &[0.5]));
    let cases: &[(&[&str], &str, &[&str])] = &[
        (&[], "", &["line 1: no column experiment"]),
        (&[], SCORES_HEADER, &["hold no rows"]),
        (&[], &nan, &["accuracy is NaN"]),
        (
            &["--note", "cmnst=x"],
            &scores,
            &[
                "--note cmnst",
                "no table cmnst",
                "cmnist, cmnist-honest, mine",
            ],
        ),
        (
            &["--figure", "b=x.svg=y"],
            &scores,
            &["--figure b", "no table b"],
        ),
        (
            &["--reference", "none.csv"],
            &scores,
            &["cannot read none.csv"],
        ),
        (&["none.csv"], "", &["cannot read none.csv"]),
    ];
    for (more, stdin, fragments) in cases {
        let out = page(&folder, &[&["-o", "kept.md"], *more].concat(), stdin);
        assert_one_line_error(&out, 1, &[&["report: "], *fragments].concat());
        assert_eq!(fs::read_to_string(&kept).unwrap(), "older");
    }
    let out = page(&folder, &["-o", "kept.md"], &unnamed);
    assert_eq!(out.code, 1, "{out}");
    assert!(
        out.stderr.ends_with(
            "no score belongs in a table: each names no experiment; eval --experiment NAME gives them one\n"
        ),
        "{out}"
    );
    for (arguments, fragment) in [
        (&["--note", "cmnist"][..], "expected EXPERIMENT=TEXT"),
        (
            &["--figure", "cmnist=a.svg"],
            "expected EXPERIMENT=PATH=ALT",
        ),
        (&["--reference", "-"], "standard input"),
    ] {
        let out = page(&folder, arguments, &scores);
        assert_one_line_error(&out, 2, &[fragment]);
    }
    assert_eq!(folder.names(), ["kept.md"]);
}

#[test]
fn the_examples_of_the_help_work() {
    let folder = Scratch::new();
    fs::create_dir(folder.path("fixtures")).unwrap();
    fs::copy(
        fixture("reference.csv"),
        folder.path("fixtures/reference.csv"),
    )
    .unwrap();
    folder.file("scores.csv", scores().as_bytes());
    fs::create_dir_all(folder.path("scripts/experiments")).unwrap();
    let claims = "scripts/experiments/claims.csv";
    fs::copy(root().join(claims), folder.path(claims)).unwrap();
    let outputs = run_examples_of(&folder, "report", &["page"]);
    assert_eq!(outputs.len(), 3);
    let html = fs::read_to_string(folder.path("results.html")).unwrap();
    assert!(
        html.starts_with("<!DOCTYPE html>") && html.contains("The claims"),
        "{html}"
    );
    let page = fs::read_to_string(folder.path("results.md")).unwrap();
    assert!(page.contains("The hyper-parameters are the published ones."));
    assert!(
        page.contains("![Accuracy over p\\_e](cmnist.svg)"),
        "{page}"
    );
}

/// The HTML page as text; the run must end well and be quiet.
fn html(folder: &Scratch, arguments: &[&str], stdin: &str) -> String {
    written(folder, &[&["--format", "html"], arguments].concat(), stdin)
}

/// The cells of a line of Markdown's tables, as HTML writes their text.
fn cells_as_html(line: &str) -> Vec<String> {
    let line = line.replace('\\', "").replace('&', "&amp;");
    let cells = line.trim_matches('|').split('|');
    cells.map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_html_page_has_every_table_with_the_same_numbers_and_signs() {
    let results = |name: &str| fixture(&format!("results/{name}.csv"));
    let render = |format: &str| {
        let mut command = binary("report");
        command.args(["page", "--format", format, "--reference"]);
        command.arg(fixture("reference.csv"));
        let names = ["cmnist", "cmnist-honest", "multiclass", "ablation"];
        succeed(command.args(names.map(results))).text().to_owned()
    };
    let (markdown, html) = (render("markdown"), render("html"));
    let mut compared = 0;
    for line in markdown.lines().filter(|line| line.contains(" ± ")) {
        // A cell such as 88.5 ± 0.4 (88.6 ± 0.3) ✓✓✓.
        for cell in cells_as_html(line)
            .iter()
            .filter(|cell| cell.contains(") "))
        {
            let (ours, rest) = cell.split_once(" (").unwrap();
            let (paper, signs) = rest.split_once(") ").unwrap();
            let signs: String = signs
                .chars()
                .map(|sign| {
                    let class = if sign == '✓' { "kept" } else { "broken" };
                    format!("<span class=\"{class}\">{sign}</span>")
                })
                .collect();
            let numbers = format!(
                "<span class=\"ours\">{ours}</span> <span class=\"published\">({paper})</span> <span class=\"marks\""
            );
            let found = html.match_indices(&numbers).any(|(at, _)| {
                html[at..].find("</span></span>").is_some_and(|end| {
                    html[at..at + end + "</span></span>".len()]
                        .ends_with(&format!("{signs}</span>"))
                })
            });
            assert!(found, "no {cell} in the page");
            compared += 1;
        }
    }
    assert!(compared >= 40, "{compared}");
    for heading in markdown.lines().filter_map(|line| line.strip_prefix("## ")) {
        let heading = heading.replace('\\', "");
        assert!(
            heading == "Summary" || html.contains(&format!(">{heading}</h2>")),
            "{heading}"
        );
    }
    // One dot for each seed.
    assert!(html.contains("Accuracy by seed. 0: "), "no seeds");
}

#[test]
fn the_html_page_is_one_file_with_the_verdicts_and_all_that_belongs_to_them() {
    let folder = Scratch::new();
    let svg = "<svg width=\"16\" height=\"9\" xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    folder.file("a.svg", svg.as_bytes());
    folder.file(
        "about.md",
        b"# Does it?\n\nThe question.\n\n## Scope\n\nAll of it.\n",
    );
    let file = |name: &str| fixture(name).to_str().unwrap().to_owned();
    let claims = root().join("scripts/experiments/claims.csv");
    let arguments = [
        "--reference",
        &file("reference.csv"),
        "--claims",
        claims.to_str().unwrap(),
        "--recipes",
        &file("results/recipes.csv"),
        "--record",
        &file("results/run.json"),
        "--about",
        "about.md",
        "--figure",
        "cmnist=a.svg=A figure",
        "--sheet",
        &format!("color={}=Digits", file("results/sheets/color.png")),
        "--note",
        "cmnist=The rule.\n\nThe story.\n\n## Notebook\n\nWhat was tried.",
        &file("results/cmnist.csv"),
        &file("results/cmnist-honest.csv"),
    ];
    let page = html(&folder, &arguments, "");
    for shown in [
        "<title>Does it?</title>",
        "The question.",
        "<h3>Scope</h3>",
        "1. ERM goes by the colour: at p_e = 0.9 it is below chance.",
        "<span class=\"badge supported\"><span aria-hidden=\"true\">✓</span> supported</span>",
        "<span class=\"badge untested\"><span aria-hidden=\"true\">–</span> untested</span>",
        "+3.6 to +5.7",
        "Caveat: ",
        "The rule.",
        "<h3>Notebook</h3>",
        "make table-cmnist",
        "Intel(R) Xeon(R) Processor",
        "<td class=\"number\">82,447</td>",
        "alt=\"A figure\"",
        "alt=\"Digits\"",
    ] {
        assert!(page.contains(shown), "no {shown:?}");
    }
    // Nothing is fetched: each source is inside, and a script in a picture stays in the picture.
    for source in page.split(" src=\"").skip(1) {
        assert!(source.starts_with("data:image/"), "{}", &source[..40]);
    }
    assert!(!page.contains("<link") && !page.contains("@import") && !page.contains("url("));
    assert!(!page.contains("alert(1)"), "a script");
    let sum = run(
        std::process::Command::new("sha256sum").arg(folder.path("a.svg")),
        b"",
    );
    assert!(
        page.contains(sum.text().split(' ').next().unwrap()),
        "no checksum"
    );
}

#[test]
fn hostile_names_are_text_in_the_html_page() {
    const HOSTILE: &str = "<script>x</script>'&|$_\u{202e}";
    let folder = Scratch::new();
    let scores = score_rows(HOSTILE, HOSTILE, 2, 100, &[0.5, 0.6]);
    folder.file(
        "claims.csv",
        format!(
            "claim,statement,source,comparison,rows,expected,margin,why,caveat\n\
             c,{HOSTILE},{HOSTILE},{HOSTILE},t/a@0.9 - 50,+,,,{HOSTILE}\n"
        )
        .as_bytes(),
    );
    folder.file(
        "recipes.csv",
        format!("run,mkenv,train\n{HOSTILE}/{HOSTILE},{HOSTILE},--{HOSTILE} {HOSTILE}\n")
            .replace("</script>/", "\\script>/")
            .as_bytes(),
    );
    folder.file(
        "about.md",
        format!("# {HOSTILE}\n\n{HOSTILE}\n\n## {HOSTILE}\n\n{HOSTILE}\n").as_bytes(),
    );
    folder.file("a.svg", b"<svg width=\"1\" height=\"1\"></svg>");
    let arguments = [
        "--claims",
        "claims.csv",
        "--recipes",
        "recipes.csv",
        "--about",
        "about.md",
        "--note",
        &format!("{HOSTILE}={HOSTILE}\n\n{HOSTILE}"),
        "--figure",
        &format!("{HOSTILE}=a.svg={HOSTILE}\" onload=\"x\nline"),
        "--sheet",
        &format!("{HOSTILE}=a.svg={HOSTILE}\" onload=\"x"),
    ];
    let page = html(&folder, &arguments, &(SCORES_HEADER.to_owned() + &scores));
    // Of scripts there is the page's own.
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(!page.contains('\u{202e}'), "{page}");
    assert!(!page.contains("\" onload"), "{page}");
    assert!(
        page.contains("&lt;script&gt;x&lt;/script&gt;'&amp;|$_\u{fffd}"),
        "{page}"
    );
}

#[test]
fn flags_of_the_html_page_are_refused_where_they_would_not_be_shown() {
    let folder = Scratch::new();
    folder.file("a.txt", b"no picture");
    for (arguments, code, fragment) in [
        (
            &["--claims", "a.txt"][..],
            2,
            "--claims is shown by the HTML page only",
        ),
        (
            &["--sheet", "a=a.txt=b"],
            2,
            "--sheet is shown by the HTML page only",
        ),
        (
            &["--format", "html", "--record", "-"],
            2,
            "--record cannot be standard input",
        ),
        (
            &["--format", "html", "--sheet", "a=a.txt=b"],
            1,
            "a.txt: expected a picture",
        ),
        (
            &["--format", "html", "--record", "a.txt"],
            1,
            "a.txt: not a record",
        ),
        (
            &["--format", "html", "--recipes", "a.txt"],
            1,
            "a.txt: not a table of recipes",
        ),
        (
            &["--format", "html", "--figure", "mine=a.txt=b"],
            1,
            "a.txt: expected a picture",
        ),
    ] {
        let out = page(&folder, arguments, &scores());
        assert_one_line_error(&out, code, &[fragment]);
    }
}

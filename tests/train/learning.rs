//! What the objectives, flags and engines make of a network.

use super::*;

#[test]
fn every_objective_trains_and_the_checkpoint_says_which() {
    let scratch = environments(40, "");
    let schedule = |before: f64, anneal: u32, after: f64| json!({"before": before, "anneal": anneal, "after": after});
    for (flags, name, penalty_weight) in [
        ("erm", "erm", schedule(0., 0, 0.)),
        ("irmv1", "irmv1", schedule(1., 100, 10_000.)),
        (
            "v-rex --anneal 2 --penalty-weight 7",
            "v-rex",
            schedule(1., 2, 7.),
        ),
        (
            "mm-rex --penalty-weight-before 0.5",
            "mm-rex",
            schedule(0.5, 100, 10_000.),
        ),
        ("meta-irm", "meta-irm", schedule(1., 100, 100.)),
        (
            "meta-irm --inner-steps 3",
            "meta-irm",
            schedule(1., 100, 100.),
        ),
        (
            "meta-irm --std-weight 0",
            "meta-irm-no-std",
            schedule(0., 0, 0.),
        ),
        (
            "meta-irm --first-order",
            "meta-irm-first-order",
            schedule(1., 100, 100.),
        ),
        (
            "meta-irm --same-env",
            "meta-irm-same-env",
            schedule(1., 100, 100.),
        ),
    ] {
        let arguments = "--seed 4 --lr 0.01 --l2 0.002 --experiment mine 1 2";
        let file = checkpoint(
            scratch.folder(),
            &format!("--objective {flags} {arguments}"),
        );
        let mut found = tensors(&file);
        found.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(found, layers(2 * 14 * 14, 1), "{flags}");

        let run = provenance(&file);
        for (field, expected) in [
            ("kind", json!("checkpoint")),
            ("experiment", json!("mine")),
            ("objective", json!(name)),
            ("classes", json!(2)),
            ("n_per_env", json!(40)),
            ("seed", json!(4)),
            (
                "network",
                json!({"inputs": 392, "hidden": [8, 8], "outputs": 1}),
            ),
            (
                "settings",
                json!({"lr": 0.01, "l2": 0.002, "steps": 3, "penalty_weight": penalty_weight}),
            ),
        ] {
            assert_eq!(run[field], expected, "{flags}: {field}");
        }
        for (place, (name, p_e)) in [("1", 0.2), ("2", 0.1)].into_iter().enumerate() {
            let used = &run["environments"][place];
            assert_eq!(used["sha256"], json!(sha256(&scratch.path(name))));
            assert_eq!(used["recipe"]["p_e"], json!(p_e));
        }
        let inner_steps = if flags.contains("--inner-steps") {
            3
        } else {
            1
        };
        let settings = &run["objective_settings"];
        match name {
            "irmv1" => assert_eq!(*settings, json!({"product-of-halves": false})),
            _ if name.starts_with("meta-irm") => {
                assert_eq!(settings["inner-steps"], json!(inner_steps), "{flags}");
            }
            _ => assert!(settings.is_null(), "{flags}"),
        }
    }
}

#[test]
fn the_checkpoint_says_that_adam_started_anew() {
    let scratch = environments(10, "");
    for (flag, expected) in [
        ("--reset-optimizer", json!(true)),
        // As it was called before.
        ("--reset-adam", json!(true)),
        ("", json!(null)),
    ] {
        let file = checkpoint(scratch.folder(), &format!("--objective v-rex {flag} 1 2"));
        assert_eq!(provenance(&file)["settings"]["reset_adam"], expected);
    }
}

#[test]
fn flags_of_an_objective_change_what_is_trained() {
    let scratch = environments(40, "");
    let mut seen = HashMap::new();
    for flags in [
        "erm",
        "irmv1",
        "irmv1 --penalty-weight-before 3",
        "irmv1 --anneal 1",
        "irmv1 --anneal 1 --penalty-weight 9",
        "irmv1 --anneal 1 --reset-optimizer",
        "irmv1 --anneal 1 --no-rescale",
        "irmv1 --anneal 1 --lr-after-anneal 0.01",
        "irmv1 --anneal 1 --optimizer sgd",
        "irmv1 --anneal 1 --optimizer sgd --no-rescale",
        "irmv1 --anneal 1 --optimizer sgd --momentum 0.9",
        "irmv1 --anneal 1 --optimizer sgd --momentum 0.9 --reset-optimizer",
        "irmv1 --anneal 1 --optimizer sgd --momentum 0.5",
        "v-rex",
        "mm-rex",
        "meta-irm",
        "meta-irm --inner-lr 0.5",
        "meta-irm --inner-steps 2",
        "meta-irm --std-weight 0",
        "meta-irm --first-order",
        "meta-irm --same-env",
        "erm --lr 0.01",
        "erm --l2 0.1",
        "erm --steps 4",
        "erm --seed 1",
        "erm --hidden 9",
        "erm --layers 1",
    ] {
        let file = checkpoint(scratch.folder(), &format!("--objective {flags} 1 2"));
        let weights: Vec<_> = values(&file, "fc1.weight")
            .into_iter()
            .map(f32::to_bits)
            .collect();
        if let Some(same) = seen.insert(weights, flags) {
            panic!("{flags} and {same} end at the same weights");
        }
    }
}

/// σ of sums and of pairs is the same with two environments, where a sum has one term.
#[test]
fn std_over_tells_from_three_environments_on() {
    let scratch = Scratch::new();
    for (name, rows) in [("1", 30), ("2", 40), ("3", 50)] {
        scratch.file(name, &foreign(rows, 3));
    }
    let trained = |flags: &str| {
        let flags = format!("--objective meta-irm --anneal 1 --std-weight 50 {flags}");
        let file = checkpoint(scratch.folder(), &flags);
        let said = provenance(&file)["objective_settings"]["std-over"].clone();
        (values(&file, "fc1.weight"), said)
    };
    let (sums, said) = trained("1 2 3");
    assert_eq!(said, "sums");
    assert_eq!(trained("--std-over sums 1 2 3").0, sums);
    let (pairs, said) = trained("--std-over pairs 1 2 3");
    assert_eq!(said, "pairs");
    assert_ne!(pairs, sums);
    assert_eq!(trained("--std-over pairs 1 2").0, trained("1 2").0);
}

/// One drawn environment is the other one of two, and some other one of three, as --seed and the update say.
#[test]
fn pairs_are_sampled_from_three_environments_on() {
    let scratch = Scratch::new();
    for (name, rows) in [("1", 30), ("2", 40), ("3", 50)] {
        scratch.file(name, &foreign(rows, 3));
    }
    let trained = |flags: &str| {
        let flags = format!("--objective meta-irm --anneal 1 --std-weight 50 {flags}");
        checkpoint(scratch.folder(), &flags)
    };
    let weights = |flags: &str| values(&trained(flags), "fc1.weight");
    let sample = trained("--pairs sample 1 2 3");
    let said = provenance(&sample)["objective_settings"]["pairs"].clone();
    assert_eq!(said, "sample");
    assert!(sample == trained("--pairs sample 1 2 3"));
    assert_eq!(weights("--pairs all 1 2 3"), weights("1 2 3"));
    assert_ne!(values(&sample, "fc1.weight"), weights("1 2 3"));
    assert_eq!(weights("--pairs sample 1 2"), weights("1 2"));
    // Two updates do not both draw as the first does: else the update's number would not count.
    scratch.file("whole", &trained("--pairs sample --steps 6 1 2 3"));
    let log = "--log log --log-every 1 --steps 6 --lr 0 --l2 0 --pairs sample -o same 1 2 3";
    trained(log);
    let log = fs::read_to_string(scratch.path("log")).unwrap();
    let bases: Vec<f64> = csv(&log, LOG)
        .iter()
        .map(|row| number(row, "base"))
        .collect();
    assert!(
        bases.iter().any(|base| (base - bases[0]).abs() > 1e-6),
        "{log}"
    );
}

/// Adam's first update is lr·g/(|g| + 1e-8): of size lr, whatever the gradient, unless that is tiny.
#[test]
fn reset_adam_makes_the_update_after_anneal_a_first_one() {
    let scratch = environments(40, "");
    let sizes = |flag: &str| {
        let flags = "--objective meta-irm --anneal 2 --lr 0.003 --steps 3 --checkpoint-every 1";
        succeed(&mut train(
            scratch.folder(),
            &format!("{flags} {flag} -o out.safetensors 1 2"),
        ));
        let weights = |name: &str| values(&fs::read(scratch.path(name)).unwrap(), "fc2.weight");
        let before = weights("out.step-2.safetensors");
        let after = weights("out.safetensors");
        let sizes = before.iter().zip(after).map(|(b, a)| (a - b).abs() / 0.003);
        sizes
            .map(|size| (size - 1.0).abs() < 1e-2)
            .filter(|&is_lr| is_lr)
            .count() as f64
            / before.len() as f64
    };
    assert!(sizes("--reset-adam") > 0.9, "{}", sizes("--reset-adam"));
    assert!(sizes("") < 0.5, "{}", sizes(""));
}

/// All weights and biases after each update of a run with `flags`, and before the first.
fn path(scratch: &Scratch, flags: &str) -> Vec<Vec<f64>> {
    let all = |file: &[u8]| -> Vec<f64> {
        let names = tensors(file).into_iter().map(|(name, ..)| name);
        let values = names.flat_map(|name| values(file, &name));
        values.map(f64::from).collect()
    };
    let flags = format!("--objective v-rex --anneal 1 --penalty-weight 8 {flags}");
    let start = checkpoint(scratch.folder(), "--objective erm --lr 0 --steps 1 1 2");
    let mut path = vec![all(&start)];
    let written = format!("{flags} --steps 3 --checkpoint-every 1 -o out.safetensors 1 2");
    succeed(&mut train(scratch.folder(), &written));
    path.extend((1..=3).map(|step| {
        let file = scratch.path(&format!("out.step-{step}.safetensors"));
        all(&fs::read(file).unwrap())
    }));
    path
}

/// `to` − `from`.
fn between(from: &[f64], to: &[f64]) -> Vec<f64> {
    from.iter().zip(to).map(|(from, to)| to - from).collect()
}

/// Asserts that `found` is `factor` times `of`, but for the rounding of weights near 1 in f32.
fn assert_multiple(found: &[f64], factor: f64, of: &[f64]) {
    let largest = of.iter().fold(0f64, |most, w| most.max(w.abs()));
    assert!(largest > 1e-3, "{largest} is too small to tell");
    for (found, of) in found.iter().zip(of) {
        assert!((found - factor * of).abs() < 1e-6, "{found} {factor} {of}");
    }
}

#[test]
fn sgd_updates_are_made_as_documented() {
    let scratch = environments(40, "");
    let plain = path(&scratch, "--optimizer sgd --lr 1");
    let first = between(&plain[0], &plain[1]);
    let second = between(&plain[1], &plain[2]);

    // Twice the step size is twice the step. After anneal it is another one.
    let faster = path(&scratch, "--optimizer sgd --lr 2");
    assert_multiple(&between(&faster[0], &faster[1]), 2.0, &first);
    let later = path(&scratch, "--optimizer sgd --lr 1 --lr-after-anneal 3");
    assert_eq!(later[1], plain[1]);
    assert_multiple(&between(&later[1], &later[2]), 3.0, &second);

    // Momentum: v = M·v + g, and the first v is the first gradient.
    let momentum = path(&scratch, "--optimizer sgd --lr 1 --momentum 0.5");
    assert_eq!(momentum[1], plain[1]);
    assert_multiple(&between(&plain[2], &momentum[2]), 0.5, &first);
    let flags = "--optimizer sgd --lr 1 --momentum 0.5 --reset-optimizer";
    assert_eq!(path(&scratch, flags)[2], plain[2]);

    // The weight is 1 before anneal and 8 after it, and the loss is divided by it, or not.
    let whole = path(&scratch, "--optimizer sgd --lr 1 --no-rescale");
    assert_eq!(whole[1], plain[1]);
    assert_multiple(&between(&whole[1], &whole[2]), 8.0, &second);
}

#[test]
fn the_checkpoint_says_how_it_was_optimised() {
    let scratch = environments(10, "");
    let settings = |flags: &str| {
        let flags = format!("--objective meta-irm --anneal 2 {flags} 1 2");
        provenance(&checkpoint(scratch.folder(), &flags))["settings"].clone()
    };
    let default = settings("");
    for key in ["optimizer", "lr_change", "no_rescale"] {
        assert_eq!(default[key], json!(null));
    }
    // A penalty of weight 0 does not hide the step.
    let flags = "--optimizer sgd --momentum 0.9 --lr-after-anneal 0.5 --std-weight 0";
    let found = settings(flags);
    assert_eq!(found["optimizer"], json!({"name": "sgd", "momentum": 0.9}));
    assert_eq!(found["lr_change"], json!({"step": 2, "lr": 0.5}));
    assert_eq!(settings("--no-rescale")["no_rescale"], json!(true));
}

#[test]
fn the_grayscale_oracle_is_told_from_its_environments() {
    let scratch = environments(40, "--grayscale");
    let file = checkpoint(scratch.folder(), "--objective erm 1 2");
    assert_eq!(provenance(&file)["objective"], json!("erm-grayscale"));
    assert_eq!(tensors(&file).len(), 6);
    assert_eq!(values(&file, "fc1.weight").len(), 8 * 14 * 14);
}

#[test]
fn weights_begin_xavier_uniform_and_layers_are_counted() {
    let scratch = environments(40, "");
    for (network, sizes) in [
        ("--layers 0", vec![(1, 392)]),
        ("--layers 1 --hidden 20", vec![(20, 392), (1, 20)]),
        (
            "--layers 3 --hidden 20",
            vec![(20, 392), (20, 20), (20, 20), (1, 20)],
        ),
    ] {
        // A step size of 0 leaves the weights as they began.
        let arguments = format!("--objective erm --lr 0 {network} 1 2");
        let file = checkpoint(scratch.folder(), &arguments);
        assert_eq!(tensors(&file).len(), 2 * sizes.len());
        for (l, (out, input)) in sizes.into_iter().enumerate() {
            let weight = values(&file, &format!("fc{}.weight", l + 1));
            let bias = values(&file, &format!("fc{}.bias", l + 1));
            assert_eq!((weight.len(), bias), (out * input, vec![0.; out]));
            let bound = (6. / (out + input) as f32).sqrt();
            let largest = weight.iter().fold(0f32, |most, w| most.max(w.abs()));
            // With 20 draws or more, at least one of them in the upper half is all but certain.
            assert!(
                bound / 2. < largest && largest <= bound,
                "{largest} {bound}"
            );
        }
    }
}

#[test]
fn erm_learns() {
    let scratch = environments(500, "");
    let arguments = "--objective erm --hidden 32 --lr 0.01 --steps 60 --log log 1 2";
    checkpoint(scratch.folder(), arguments);
    let log = log(&scratch);
    let rows = csv(&log, LOG);
    // The colour alone gives 0.8 and 0.9, less what 500 digits deviate (0.018); chance gives 0.5.
    for (row, least) in rows[rows.len() - 2..].iter().zip([0.75, 0.85]) {
        assert_eq!(row["step"], "59");
        assert!(number(row, "accuracy") > least, "{log}");
    }
    let losses: Vec<_> = rows.iter().map(|row| number(row, "loss")).collect();
    assert!(losses[losses.len() - 1] < 0.7 * losses[0], "{log}");
}

/// The greatest difference in risk between two logs, and in accuracy.
fn apart(one: &str, other: &str) -> (f64, f64) {
    let (one, other) = (csv(one, LOG), csv(other, LOG));
    assert_eq!(one.len(), other.len());
    let greatest = |column| {
        let pairs = one.iter().zip(&other);
        let differences = pairs.map(|(a, b)| (number(a, column) - number(b, column)).abs());
        differences.fold(0.0, f64::max)
    };
    (greatest("risk"), greatest("accuracy"))
}

#[test]
fn engines_follow_one_another_over_100_steps() {
    let scratch = environments(500, "");
    for objective in [
        "erm --lr 0.001",
        "meta-irm --lr 0.001 --inner-lr 0.1 --std-weight 10 --anneal 50",
    ] {
        let run = |flags: &str| {
            let flags = format!("--objective {objective} --hidden 64 --steps 100 {flags}");
            let bytes = checkpoint(scratch.folder(), &format!("{flags} --log log 1 2"));
            (log(&scratch), provenance(&bytes))
        };
        let (reference, run_of_it) = run("--engine candle");
        assert_eq!(run_of_it["engine"], "candle");
        assert_eq!(run_of_it["precision"], "f32");

        // f32 rounds at 1e-7; Adam's division by small second moments and a hundred steps magnify it.
        let (fused, run_of_it) = run("--engine fused --precision f32");
        assert_eq!(run_of_it["engine"], "fused");
        assert_eq!(run_of_it["precision"], "f32");
        let (risk, accuracy) = apart(&fused, &reference);
        assert!(risk < 1e-3 && accuracy <= 0.004, "{risk} {accuracy}");

        // bf16 where the CPU has it, else f32 once more. It rounds at 0.2 %: the prototype kept
        // the losses within 1e-4 of f32 at one step, here a hundred add up.
        let (auto, _) = run("");
        let (risk, accuracy) = apart(&auto, &reference);
        assert!(risk < 2e-2 && accuracy <= 0.02, "{risk} {accuracy}");
    }
}

#[test]
fn any_number_of_classes_and_environments_trains() {
    let scratch = Scratch::new();
    for name in 1..=3 {
        // The last pixel differs: one file three times is warned about.
        let mut file = foreign(30, 3);
        *file.last_mut().unwrap() = name;
        scratch.file(&name.to_string(), &file);
    }
    for arguments in [
        "erm 1",
        "irmv1 1",
        "meta-irm --same-env 1",
        "v-rex 1 2 3",
        "mm-rex 1 2 3",
        "meta-irm 1 2 3",
    ] {
        let file = checkpoint(
            scratch.folder(),
            &format!("--objective {arguments} --log log"),
        );
        let mut found = tensors(&file);
        found.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(found, layers(3 * 2, 3), "{arguments}");
        let run = provenance(&file);
        assert_eq!(
            (&run["classes"], &run["n_per_env"]),
            (&json!(3), &json!(30))
        );
        assert_eq!(run["environments"][0]["recipe"], json!(null));
        let log = log(&scratch);
        let count = arguments
            .split(' ')
            .filter(|word| word.parse::<u32>().is_ok())
            .count();
        assert_eq!(csv(&log, LOG).len(), 2 * count, "{arguments}: {log}");
    }
    // Environments need not have the same number of rows.
    scratch.file("2", &foreign(20, 3));
    let file = checkpoint(scratch.folder(), "--objective v-rex 1 2");
    assert_eq!(provenance(&file)["n_per_env"], json!(null));

    for classes in [5, 10] {
        let scratch = environments(40, &format!("--classes {classes}"));
        let file = checkpoint(scratch.folder(), "--objective meta-irm 1 2");
        let mut found = tensors(&file);
        found.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(found, layers(classes * 14 * 14, classes));
    }
}

//! `train --list-objectives`, and the flags that train makes of what it lists.

use serde_json::Value;

use super::*;

/// What `train --list-objectives json` prints.
fn listed() -> Vec<Value> {
    let out = succeed(binary("train").args(["--list-objectives", "json"]));
    let Value::Array(listed) = serde_json::from_slice(&out.stdout).unwrap() else {
        panic!("no array: {out}");
    };
    listed
}

#[test]
fn what_is_listed_are_the_flags_of_the_help() {
    let help = succeed(binary("train").arg("--help"));
    let help = help.text().split_whitespace().collect::<Vec<_>>().join(" ");
    let text = succeed(binary("train").arg("--list-objectives"));
    let text = text.text();
    for objective in listed() {
        let name = objective["name"].as_str().unwrap();
        let formula = objective["formula"].as_str().unwrap();
        assert!(help.contains(&format!("- {name}: {formula}")), "{name}");
        let printed = objective["printed"].as_str().unwrap();
        assert!(text.contains(&format!("{name}: {printed}\n  {formula}\n")));
        for setting in objective["settings"].as_array().unwrap() {
            let [flag, meaning] = ["flag", "meaning"].map(|key| setting[key].as_str().unwrap());
            assert!(help.contains(&format!("--{flag} ")), "{flag}");
            assert!(help.contains(meaning), "{flag}: {help}");
            assert!(text.contains(&format!("  --{flag}")), "{flag}");
            if let Some(published) = setting["published"]["value"].as_str() {
                assert!(help.contains(published), "{flag}: {published}");
            }
        }
    }
}

#[test]
fn the_defaults_and_the_ranges_that_are_listed_are_those_of_the_flags() {
    let scratch = environments(10, "");
    let run = |flags: &str| {
        let file = checkpoint(scratch.folder(), &format!("{flags} --anneal 1 1 2"));
        values(&file, "fc1.weight")
    };
    for objective in listed() {
        let name = objective["name"].as_str().unwrap();
        if objective["penalty_weight"].is_null() {
            continue;
        }
        let flags = format!("--objective {name}");
        let default = run(&flags);
        for setting in objective["settings"].as_array().unwrap() {
            let flag = setting["flag"].as_str().unwrap();
            if setting["default"].is_boolean() || flag == "anneal" {
                continue;
            }
            let default_value = match &setting["default"] {
                Value::String(word) => word.clone(),
                number => number.to_string(),
            };
            let given = run(&format!("{flags} --{flag} {default_value}"));
            assert!(given == default, "{name}: --{flag}");
            if let Value::Array(range) = &setting["range"] {
                for end in &range[..2] {
                    run(&format!("{flags} --{flag} {end}"));
                }
            }
        }
    }
}

#[test]
fn the_list_is_asked_for_alone() {
    let out = run(
        binary("train").args(["--list-objectives", "--objective", "erm"]),
        b"",
    );
    assert_one_line_error(&out, 2, &["--list-objectives"]);
}

//! The bytes of both formats.

use super::*;

#[test]
fn the_same_bytes_twice_and_from_any_order_in_both_formats() {
    let folder = Scratch::new();
    let mut lines: Vec<_> = scores().lines().skip(1).map(str::to_owned).collect();
    lines.reverse();
    let reversed = format!("{SCORES_HEADER}{}\n", lines.join("\n"));
    folder.file("a.csv", scores().as_bytes());
    folder.file("b.csv", reversed.as_bytes());
    folder.file("log-0.csv", log(0.0).as_bytes());
    folder.file("log-1.csv", log(0.1).as_bytes());
    for kind in [
        &["accuracy", "--experiment", "cmnist"][..],
        &[
            "data",
            "--experiment",
            "cmnist",
            "--experiment",
            "insufficient",
        ],
    ] {
        for format in ["svg", "png"] {
            let make = |output: &str, scores: &str| {
                let out = figure(
                    folder.folder(),
                    &[kind, &["-o", output, scores]].concat(),
                    "",
                );
                assert!(
                    out.code == 0 && out.stderr.is_empty() && out.stdout.is_empty(),
                    "{out}"
                );
                fs::read(folder.path(output)).unwrap()
            };
            let first = make(&format!("a.{format}"), "a.csv");
            assert_eq!(make(&format!("b.{format}"), "b.csv"), first);
            let piped = [kind, &["--format", format, "-o", "-"]].concat();
            assert_eq!(figure(folder.folder(), &piped, &scores()).stdout, first);
        }
    }
    let training = |logs: [&str; 2]| svg(folder.folder(), &["training", logs[0], logs[1]], "");
    let first = training(["log-0.csv", "log-1.csv"]);
    assert_eq!(training(["log-0.csv", "log-1.csv"]), first);
}

#[test]
fn a_png_is_one_of_the_stated_width_with_something_in_it() {
    let folder = Scratch::new();
    folder.file("log.csv", log(0.0).as_bytes());
    let kinds: [(&[&str], u32); 3] = [
        (&["accuracy", "--experiment", "cmnist"], 1122),
        (
            &[
                "data",
                "--experiment",
                "cmnist",
                "--experiment",
                "insufficient",
            ],
            1078,
        ),
        (&["training", "log.csv"], 1346),
    ];
    for (kind, height) in kinds {
        let arguments = [kind, &["--format", "png", "-o", "-"]].concat();
        let out = figure(folder.folder(), &arguments, &scores());
        assert!(out.code == 0 && out.stderr.is_empty(), "{}", out.stderr);
        let mut reader = png::Decoder::new(Cursor::new(&out.stdout))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (1200, height), "{kind:?}");
        assert_eq!(info.color_type, png::ColorType::Rgb);
        let pixels: Vec<_> = pixels.chunks_exact(3).collect();
        let share = |color: [u8; 3]| {
            let count = pixels.iter().filter(|pixel| ***pixel == color).count();
            count as f64 / pixels.len() as f64
        };
        // Mostly paper, but for the bands of these seeds; some ink, of text and the black line.
        assert!(share([255; 3]) > 0.4, "{kind:?}");
        assert!(share([0; 3]) > 0.001, "{kind:?}");
    }
}

/// On a small screen a legend at the right would be out of sight.
#[test]
fn the_legend_stands_under_the_axis_and_the_notes_under_the_legend() {
    let folder = Scratch::new();
    let arguments = ["accuracy", "--experiment", "cmnist"];
    let drawn = svg(folder.folder(), &arguments, &scores());
    let height = |text: &str| -> f64 {
        let (before, _) = drawn.split_once(&format!(">\n{text}\n")).unwrap();
        let (_, tag) = before.rsplit_once("<text ").unwrap();
        let (_, y) = tag.split_once(" y=\"").unwrap();
        y.split_once('"').unwrap().0.parse().unwrap()
    };
    let heights = [
        "p_e of the test environment",
        "meta-IRM",
        "Small dots, moved aside: single seeds.",
    ];
    let heights = heights.map(height);
    assert!(heights.is_sorted_by(|a, b| a < b), "{heights:?}");
}

//! Contact sheets, and images in a terminal.

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use pipeline_tests::{Scratch, assert_one_line_error, binary, root, run, safetensors, succeed};
use safetensors::tensor::Dtype;

use crate::{files, inspect, inspect_stdin, text};

/// Width, height and pixels of a PNG.
fn pixels(png: &[u8]) -> (u32, u32, Vec<[u8; 3]>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    let pixels = bytes[..info.buffer_size()]
        .chunks(3)
        .map(|rgb| [rgb[0], rgb[1], rgb[2]]);
    (info.width, info.height, pixels.collect())
}

fn colours(png: &[u8]) -> HashSet<[u8; 3]> {
    pixels(png).2.into_iter().collect()
}

/// Whether there are bright pixels in red, green, orange, blue: no colour of MNIST is quite as bright as it could be.
fn bright(png: &[u8]) -> [bool; 4] {
    let pixels = pixels(png).2;
    let near = |colour: [u8; 3]| {
        let close = |pixel: &[u8; 3]| {
            pixel
                .iter()
                .zip(colour)
                .all(|(part, full)| part.abs_diff(full) <= 6)
        };
        pixels.iter().any(close)
    };
    [[240, 56, 48], [52, 199, 80], [230, 130, 0], [60, 160, 235]].map(near)
}

#[test]
fn a_contact_sheet_shows_the_colours() {
    let scratch = files();
    let sheet = |arguments: &str| {
        assert_eq!(text(&scratch, &format!("--sheet out.png {arguments}")), "");
        fs::read(scratch.path("out.png")).unwrap()
    };
    let two = sheet("--columns 6 1");
    assert_eq!(bright(&two), [true, true, false, false]);
    assert_eq!(sheet("--columns 6 1"), two);
    assert_ne!(sheet("--columns 6 --seed 1 1"), two);
    assert_eq!(
        bright(&sheet("--columns 6 --palette safe 1")),
        [false, false, true, true]
    );
    // A row of 84 pixels and a gap of 22 for each class; for several files, for each file.
    let height = |png: &[u8]| pixels(png).1;
    assert_eq!(height(&two), 2 * 84 + 22 + 2 * 28);
    assert_eq!(height(&sheet("ten")), 10 * 84 + 9 * 22 + 2 * 28);
    assert_eq!(height(&sheet("1 2 ten")), 3 * 84 + 2 * 22 + 2 * 28);
    assert_eq!(height(&sheet("1 2")), 2 * 84 + 22 + 2 * 28 + 58); // and the heads
    assert!(pixels(&sheet("--columns 9 1")).0 == pixels(&two).0 + 3 * 90);
    // All colours of ten classes.
    assert!(colours(&sheet("--columns 40 ten")).len() > 20);
    // On standard output, and from standard input.
    let bytes = fs::read(scratch.path("1")).unwrap();
    let piped = inspect_stdin(&scratch, "--sheet - --columns 6 -", &bytes);
    assert_eq!(piped.stdout, two);
    // Weights: a row for each channel, with white and the two ends.
    let weights = sheet("erm");
    assert_eq!(height(&weights), 2 * 84 + 22 + 2 * 28);
    let ends = colours(&weights);
    assert!(ends.contains(&[20, 70, 160]) || ends.contains(&[190, 70, 0]));
    assert_eq!(
        height(&sheet("--image 8x7x7 erm")),
        8 * 84 + 7 * 22 + 2 * 28
    );
    // Beside environments too.
    assert_eq!(
        height(&sheet("--seed 1 --palette safe --image 2x14x14 1 erm")),
        3 * 84 + 2 * 22 + 2 * 28
    );
}

#[test]
fn three_channels_of_another_program_are_red_green_and_blue() {
    let scratch = Scratch::new();
    // A pixel, and each channel of it: 10, 120, 230.
    let images = safetensors(&[("images", Dtype::U8, &[1, 3, 1, 1], &[10, 120, 230])]);
    scratch.file("rgb", &images);
    assert_one_line_error(
        &inspect(&scratch, "--sheet rgb.png bad"),
        1,
        &["cannot read bad: No such file"],
    );
    let labelled = [
        (
            "images",
            Dtype::U8,
            &[1usize, 3, 1, 1][..],
            &[10u8, 120, 230][..],
        ),
        ("labels", Dtype::U8, &[1], &[0]),
    ];
    scratch.file("labelled", &safetensors(&labelled));
    for name in ["rgb", "labelled"] {
        assert_eq!(text(&scratch, &format!("--sheet out.png {name}")), "");
        assert!(
            colours(&fs::read(scratch.path("out.png")).unwrap()).contains(&[10, 120, 230]),
            "{name}"
        );
    }
    // A pixel that is bright in all three has no one colour that a column could count.
    let described = text(&scratch, "labelled");
    assert!(!described.contains("colour"), "{described}");
    // Floats from 0 to 1 are as bright as bytes from 0 to 255.
    let floats: Vec<u8> = [0.2f32, 1.0, 0.0]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    scratch.file(
        "floats",
        &safetensors(&[("inputs", Dtype::F32, &[1, 3, 1, 1], &floats)]),
    );
    text(&scratch, "--sheet out.png floats");
    assert!(colours(&fs::read(scratch.path("out.png")).unwrap()).contains(&[51, 255, 0]));
}

#[test]
fn images_are_drawn_in_a_terminal() {
    let scratch = files();
    let plain = text(&scratch, "--show --columns 2 1");
    // For each class a caption, 7 lines and a blank one.
    assert_eq!(plain.lines().count(), 2 * 9, "{plain}");
    assert!(
        !plain.contains('\x1b') && plain.contains('0') && plain.contains('1'),
        "{plain}"
    );
    let line = plain.lines().nth(3).unwrap();
    assert!(
        line.len() == 14 + 1 + 14 && line.chars().all(|c| "01. ".contains(c)),
        "{line:?}"
    );
    // Standard output is no terminal here.
    let mut command = binary("inspect");
    command
        .args(["--show", "--columns", "2", "1"])
        .current_dir(scratch.folder());
    assert_eq!(succeed(command.env("COLORTERM", "truecolor")).text(), plain);
    let coloured = text(&scratch, "--show --columns 2 --color always 1");
    // Red, nearly as bright as it can be.
    let red = ["48;2;238;56;48m", "48;2;237;55;47m"];
    assert!(red.iter().any(|red| coloured.contains(red)), "{coloured:?}");
    assert_eq!(coloured.lines().count(), 2 * 9);
    assert_eq!(coloured.lines().nth(1).unwrap().matches('▀').count(), 28);
    let grey = text(&scratch, "--show --columns 2 grey");
    assert!(grey.contains('@'), "{grey}");
}

/// `make picture` makes it from all digits, which the tests do not have.
#[test]
fn the_picture_of_the_readme_is_small() {
    let picture = fs::read(root().join("docs/images/environments.png")).unwrap();
    assert!(picture.len() < 60_000, "{} bytes", picture.len());
    assert_eq!(pixels(&picture).1, 3 * 84 + 2 * 22 + 2 * 28 + 58);
}

/// In README's first screen, and in the page of results as many as were made.
#[test]
fn the_environments_are_shown_where_readers_begin() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut screen = readme.lines().take(12);
    assert!(
        screen.any(|line| line.starts_with("![")
            && line.ends_with("](docs/images/environments.png)")),
        "{readme}"
    );
    let results = root().join("fixtures/results");
    let page = fs::read_to_string(results.join("results.html")).unwrap();
    let sheets = fs::read_dir(results.join("sheets")).unwrap().count();
    let shown = |training: &str| {
        let alt = format!(
            "alt=\"images of the training environments, p_e {training}, and the test environment, p_e 0.9\""
        );
        page.matches(&alt).count()
    };
    // Those of the experiment pairs are four.
    assert_eq!(shown("0.1 and 0.15 and 0.2 and 0.25"), 1);
    assert!(
        sheets > 1 && shown("0.2 and 0.1") == sheets - 1,
        "{sheets} sheets"
    );
    assert!(results.join("sheets/color.png").is_file());
}

/// On a terminal, which Python opens: in colour where it says that it can.
#[test]
fn a_terminal_says_whether_it_has_colours() {
    let scratch = files();
    let shown = |variables: &[(&str, &str)]| {
        let mut python = Command::new("python3");
        python
            .args(["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"])
            .arg(binary("inspect").get_program())
            .args(["--show", "--columns", "1", "1"])
            .current_dir(scratch.folder())
            .env_remove("COLORTERM")
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied());
        let out = run(&mut python, b"");
        assert_eq!(out.code, 0, "{out}");
        assert!(out.text().contains("label 1"), "{out}");
        out.text().contains('▀')
    };
    assert!(shown(&[("COLORTERM", "truecolor")]));
    assert!(shown(&[("COLORTERM", "24bit")]));
    assert!(!shown(&[("COLORTERM", "yes")]));
    assert!(!shown(&[]));
    assert!(!shown(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]));
}

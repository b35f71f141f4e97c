//! The construction of environments: what must hold for every recipe, and the rates that it promises.

mod common;

use common::{files, recipe, source};
use environment::{LabelledImages, Made, Part, Recipe, Split, make};
use proptest::prelude::*;

/// Classes before noise, written out by hand.
const TWO: [u8; 10] = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const FIVE: [u8; 10] = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4];
const TEN: [u8; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

fn classes(k: usize) -> [u8; 10] {
    match k {
        2 => TWO,
        5 => FIVE,
        _ => TEN,
    }
}

/// One channel of row `i`.
fn channel(made: &Made, i: usize, channel: usize) -> &[u8] {
    let [_, channels, height, width] = made.shape;
    &made.images[(i * channels + channel) * height * width..][..height * width]
}

fn refused(source: &LabelledImages, recipe: Recipe) -> String {
    match make(source, recipe) {
        Ok(_) => panic!("accepted"),
        Err(error) => format!("{error:#}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parts_and_test_split_hold_every_row_once(
        rows in 12usize..200, count in 1usize..6, seed: u64
    ) {
        let files = files(rows, 2);
        let source = source(&files);
        let mut seen = vec![];
        for index in 1..=count {
            let part = Part { index, count };
            let made = make(&source, Recipe { part, seed, ..recipe(&source) }).unwrap();
            // As even as can be.
            let training = rows - rows / 6;
            prop_assert!(made.indices.len().abs_diff(training / count) <= 1);
            seen.extend(made.indices);
        }
        let test = make(&source, Recipe { split: Split::Test, seed, ..recipe(&source) }).unwrap();
        let last: Vec<u32> = ((rows - rows / 6) as u32..rows as u32).collect();
        prop_assert_eq!(&test.indices, &last);
        seen.extend(test.indices);
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..rows as u32).collect::<Vec<_>>());
    }

    #[test]
    fn a_limit_keeps_the_first_rows(limit in 1usize..50, seed: u64) {
        let files = files(60, 2);
        let source = source(&files);
        let all = Recipe { seed, ..recipe(&source) };
        let some = make(&source, Recipe { limit: Some(limit), ..all.clone() }).unwrap();
        let all = make(&source, all).unwrap();
        prop_assert_eq!(&some.indices[..], &all.indices[..limit]);
        prop_assert_eq!(&some.labels[..], &all.labels[..limit]);
        prop_assert_eq!(&some.images[..], &all.images[..limit * 2]);
    }

    #[test]
    fn every_row_is_its_source_row_in_the_channel_of_its_colour(
        k in prop::sample::select(vec![2usize, 5, 10]),
        size in 1usize..7,
        subsample in 1usize..4,
        p_e in 0.0..=1.0f64,
        seed: u64,
    ) {
        let files = files(40, size);
        let source = source(&files);
        let made =
            make(&source, Recipe { classes: k, subsample, p_e, seed, ..recipe(&source) }).unwrap();
        let side = size.div_ceil(subsample);
        prop_assert_eq!(made.shape, [made.indices.len(), k, side, side]);
        let colors = made.colors.as_ref().unwrap();
        for (i, &row) in made.indices.iter().enumerate() {
            let row = row as usize;
            prop_assert_eq!(made.digits[i], source.digits[row]);
            for c in 0..k {
                for (at, &pixel) in channel(&made, i, c).iter().enumerate() {
                    let (y, x) = (at / side * subsample, at % side * subsample);
                    let digit = source.images[(row * size + y) * size + x];
                    let expected = if c == usize::from(colors[i]) { digit } else { 0 };
                    prop_assert_eq!(pixel, expected);
                }
            }
        }
    }

    #[test]
    fn p_e_changes_nothing_but_colours_and_couples_them(
        low in 0.0..=1.0f64, high in 0.0..=1.0f64, seed: u64
    ) {
        let (low, high) = (low.min(high), low.max(high));
        let files = files(60, 2);
        let source = source(&files);
        let at = |p_e| make(&source, Recipe { p_e, seed, ..recipe(&source) }).unwrap();
        let (less, more) = (at(low), at(high));
        prop_assert_eq!(&less.indices, &more.indices);
        prop_assert_eq!(&less.labels, &more.labels);
        for i in 0..less.labels.len() {
            let moved = |made: &Made| made.colors.as_ref().unwrap()[i] != made.labels[i];
            prop_assert!(!moved(&less) || moved(&more), "moved at {low}, not at {high}");
        }
    }

    #[test]
    fn label_noise_leaves_rows_and_colour_moves_alone(noise in 0.0..=1.0f64, seed: u64) {
        let files = files(60, 2);
        let source = source(&files);
        let at = |label_noise| {
            make(&source, Recipe { label_noise, p_e: 0.3, seed, ..recipe(&source) }).unwrap()
        };
        let (clean, noisy) = (at(0.0), at(noise));
        prop_assert_eq!(&clean.indices, &noisy.indices);
        let moves = |made: &Made| -> Vec<bool> {
            made.colors.iter().flatten().zip(&made.labels).map(|(c, l)| c != l).collect()
        };
        prop_assert_eq!(moves(&clean), moves(&noisy));
    }

    #[test]
    fn a_digits_noise_does_not_depend_on_the_part(seed: u64) {
        let files = files(60, 2);
        let source = source(&files);
        let labels_by_row = |count| {
            let mut labels = vec![];
            for index in 1..=count {
                let part = Part { index, count };
                let made = make(&source, Recipe { part, seed, ..recipe(&source) }).unwrap();
                labels.extend(made.indices.into_iter().zip(made.labels));
            }
            labels.sort_unstable();
            labels
        };
        prop_assert_eq!(labels_by_row(1), labels_by_row(3));
    }

    #[test]
    fn grayscale_is_the_sum_over_the_channels(
        patch: bool, p_e in 0.0..=1.0f64, seed: u64
    ) {
        let files = files(30, 12);
        let source = source(&files);
        let colored = Recipe { patch, p_e, seed, ..recipe(&source) };
        let gray = make(&source, Recipe { grayscale: true, ..colored.clone() }).unwrap();
        let colored = make(&source, colored).unwrap();
        prop_assert_eq!(gray.shape, [25, 1, 6, 6]);
        prop_assert_eq!(&gray.labels, &colored.labels);
        prop_assert!(gray.colors.is_none());
        for i in 0..gray.labels.len() {
            let sum: Vec<u8> = channel(&colored, i, 0)
                .iter()
                .zip(channel(&colored, i, 1))
                .map(|(a, b)| a + b)
                .collect();
            prop_assert_eq!(channel(&gray, i, 0), &sum[..]);
        }
    }

    #[test]
    fn a_patch_lies_in_the_digits_channel_where_it_says(p_e in 0.0..=1.0f64, seed: u64) {
        let files = files(30, 7);
        let source = source(&files);
        let plain = Recipe { p_e, subsample: 1, seed, ..recipe(&source) };
        let made = make(&source, Recipe { patch: true, ..plain.clone() }).unwrap();
        let plain = make(&source, plain).unwrap();
        prop_assert_eq!(&made.colors, &plain.colors);
        prop_assert!(plain.patches.is_none());
        for (i, &place) in made.patches.as_ref().unwrap().iter().enumerate() {
            let color = made.colors.as_ref().unwrap()[i];
            for c in 0..2 {
                for at in 0..49 {
                    let (y, x) = (at / 7, at % 7);
                    let inside = if place == 0 { y < 3 && x < 3 } else { y > 3 && x > 3 };
                    let expected = if inside && c == color {
                        255
                    } else {
                        channel(&plain, i, c.into())[at]
                    };
                    prop_assert_eq!(channel(&made, i, c.into())[at], expected);
                }
            }
        }
    }
}

#[test]
fn with_no_noise_labels_are_the_classes_and_colours_the_labels() {
    let files = files(60, 1);
    let source = source(&files);
    for k in [2, 5, 10] {
        let clean = Recipe {
            classes: k,
            label_noise: 0.0,
            p_e: 0.0,
            ..recipe(&source)
        };
        let made = make(&source, clean.clone()).unwrap();
        let expected: Vec<u8> = made
            .digits
            .iter()
            .map(|&digit| classes(k)[usize::from(digit)])
            .collect();
        assert_eq!(made.labels, expected);
        assert_eq!(made.colors.unwrap(), expected);

        // All moved: labels one on, colours one further.
        let all = Recipe {
            label_noise: 1.0,
            p_e: 1.0,
            ..clean
        };
        let made = make(&source, all).unwrap();
        let k = k as u8;
        let on = |by: u8| -> Vec<u8> { expected.iter().map(|&class| (class + by) % k).collect() };
        assert_eq!(made.labels, on(1));
        assert_eq!(made.colors.unwrap(), on(2));
    }
}

/// The rates of label noise, colour and patch moves, and of each two together, lie within five
/// standard deviations of what they should be. The seeds are fixed: this passes always or never.
#[test]
fn rates_are_the_probabilities_and_independent_of_one_another() {
    let files = files(12_000, 6);
    let source = source(&files);
    for (seed, noise, p_e) in [
        (0, 0.25, 0.1),
        (1, 0.25, 0.2),
        (2, 0.25, 0.9),
        (3, 0.5, 0.5),
    ] {
        let made = make(
            &source,
            Recipe {
                label_noise: noise,
                p_e,
                patch: true,
                subsample: 1,
                seed,
                ..recipe(&source)
            },
        )
        .unwrap();
        let n = made.labels.len();
        assert_eq!(n, 10_000);
        let colors = made.colors.as_ref().unwrap();
        let patches = made.patches.as_ref().unwrap();
        let label = |i: usize| made.labels[i] != TWO[usize::from(made.digits[i])];
        let color = |i: usize| colors[i] != made.labels[i];
        let patch = |i: usize| patches[i] != made.labels[i];
        let check = |what: &str, event: &dyn Fn(usize) -> bool, p: f64| {
            let rate = (0..n).filter(|&i| event(i)).count() as f64 / n as f64;
            let five_sigma = 5.0 * (p * (1.0 - p) / n as f64).sqrt();
            assert!(
                (rate - p).abs() < five_sigma,
                "{what}: {rate}, expected {p}"
            );
        };
        check("label noise", &label, noise);
        check("colour", &color, p_e);
        check("patch", &patch, p_e);
        check("label and colour", &|i| label(i) && color(i), noise * p_e);
        check("label and patch", &|i| label(i) && patch(i), noise * p_e);
        check("colour and patch", &|i| color(i) && patch(i), p_e * p_e);
    }
}

#[test]
fn what_cannot_be_made_is_refused_with_its_reason() {
    let files = files(60, 4);
    let source = source(&files);
    let base = recipe(&source);
    for (recipe, expected) in [
        (
            Recipe {
                limit: Some(51),
                ..base.clone()
            },
            "limit of 51 rows was asked for, but part 1/1 of the training split has only 50",
        ),
        (
            Recipe {
                limit: Some(11),
                split: Split::Test,
                ..base.clone()
            },
            "the test split has only 10",
        ),
        (
            Recipe {
                limit: Some(0),
                ..base.clone()
            },
            "limit is 0",
        ),
        (
            Recipe {
                test_rows: 61,
                ..base.clone()
            },
            "61 rows were asked for the test split, but the source has 60",
        ),
        (
            Recipe {
                test_rows: 60,
                ..base.clone()
            },
            "part 1/1 of the training split has no rows",
        ),
        (
            Recipe {
                test_rows: 0,
                split: Split::Test,
                ..base.clone()
            },
            "the test split has no rows",
        ),
        (
            Recipe {
                part: Part {
                    index: 51,
                    count: 51,
                },
                ..base.clone()
            },
            "part 51/51 of the training split has no rows",
        ),
        (
            Recipe {
                part: Part { index: 1, count: 2 },
                split: Split::Test,
                ..base.clone()
            },
            "part 1/2 of the test split",
        ),
        (
            Recipe {
                part: Part { index: 1, count: 2 },
                split: Split::All,
                test_rows: 0,
                ..base.clone()
            },
            "part 1/2 of the all split",
        ),
        (
            Recipe {
                split: Split::All,
                ..base.clone()
            },
            "10 rows are kept for the test split, expected 0 where the split is all",
        ),
        (
            Recipe {
                classes: 3,
                ..base.clone()
            },
            "classes is 3, expected 2, 5 or 10",
        ),
        (
            Recipe {
                p_e: 1.5,
                ..base.clone()
            },
            "p_e is 1.5",
        ),
        (
            Recipe {
                p_e: f64::NAN,
                ..base.clone()
            },
            "p_e is NaN",
        ),
        (
            Recipe {
                label_noise: -0.1,
                ..base.clone()
            },
            "label noise is -0.1",
        ),
        (
            Recipe {
                subsample: 0,
                ..base.clone()
            },
            "subsample is 0",
        ),
        (
            Recipe {
                patch: true,
                classes: 10,
                ..base.clone()
            },
            "needs 2 classes",
        ),
        (
            Recipe {
                patch: true,
                ..base.clone()
            },
            "images of 2 x 2 after subsampling are too small",
        ),
    ] {
        let message = refused(&source, recipe);
        assert!(message.contains(expected), "{message}");
    }
}

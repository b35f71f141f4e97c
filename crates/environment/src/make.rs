//! The construction of an environment, after Arjovsky et al. (2019), "Invariant Risk Minimization",
//! and for more classes Choe et al. (2020).
//!
//! Whether a label, a colour or a patch is moved is drawn for every row of the *source*, in the
//! source's order, each from the stream of its own (see [`Stream`]) and compared with the probability.
//! So each move depends only on the seed, the digit's row in the source and that move's own probability: part and
//! limit change none, p_e changes no label, and a colour moved at one p_e is moved at every greater one. Environments
//! that differ in p_e are coupled, and their difference is that of p_e alone.

use anyhow::{Result, ensure};
use artifact::MemoryNeed;

use crate::draws::{Stream, coins, shuffle};
use crate::labelled_images::LabelledImages;
use crate::recipe::{Recipe, Split};

/// Height and width of a patch in pixels.
const PATCH: usize = 3;
/// Brightness of a patch.
const FULL: u8 = 255;

/// A new environment, with what is known of each row besides.
pub struct Made {
    /// n, channels, height, width. A row's pixels lie in the channel of its colour, the others are zero.
    pub shape: [usize; 4],
    /// Brightness 0 to 255, row-major in `shape`.
    pub images: Vec<u8>,
    /// Noisy class of each row.
    pub labels: Vec<u8>,
    /// Digit of each row.
    pub digits: Vec<u8>,
    /// Colour of each row: its channel. `None` in grayscale.
    pub colors: Option<Vec<u8>>,
    /// Place of each row's patch: 0 top left, 1 bottom right. `None` without patches.
    pub patches: Option<Vec<u8>>,
    /// Row of each digit in the source.
    pub indices: Vec<u32>,
    /// What it was made by.
    pub recipe: Recipe,
}

/// Makes the environment that `recipe` describes from `source`.
///
/// # Errors
/// Where the recipe makes no sense, asks for more rows than there are, or for patches on images too
/// small to hold two apart.
pub fn make(source: &LabelledImages, recipe: Recipe) -> Result<Made> {
    recipe.check()?;
    let rows = rows(source.rows(), &recipe)?;
    let [_, source_height, source_width] = source.shape;
    let source_size = source_height * source_width;
    // How far the next row and the next column of the new image are away in the source's image.
    let mut strides = [source_width, 1].map(|stride| stride * recipe.subsample);
    let mut size = [source_height, source_width].map(|size| size.div_ceil(recipe.subsample));
    if recipe.transpose {
        strides.reverse();
        size.reverse();
    }
    let [height, width] = size;
    if recipe.patch {
        ensure!(
            height >= 2 * PATCH && width >= 2 * PATCH,
            "images of {height} x {width} after subsampling are too small for two patches of {PATCH} x {PATCH}"
        );
    }
    let k = recipe.classes as u8;
    let channels = if recipe.grayscale { 1 } else { recipe.classes };
    let coins = |stream, probability| coins(recipe.seed, stream, probability, source.rows());
    let label_moves = coins(Stream::LabelNoise, recipe.label_noise);
    let color_moves = coins(Stream::Colour, recipe.p_e);
    let patch_moves = coins(Stream::Patch, recipe.p_e);

    let row_length = channels * height * width;
    // As images, and once more as a file.
    artifact::check_memory(
        &[MemoryNeed {
            bytes: 2 * rows.len() as u128 * row_length as u128,
            what: format!(
                "the environment ({} images of {channels} x {height} x {width})",
                rows.len()
            ),
        }],
        "fewer rows, by --limit or --part, or smaller images, by --subsample",
    )?;
    let mut images = vec![0; rows.len() * row_length];
    let mut labels = Vec::with_capacity(rows.len());
    let mut colors = Vec::with_capacity(rows.len());
    let mut patches = Vec::with_capacity(rows.len());
    for (&row, image) in rows.iter().zip(images.chunks_exact_mut(row_length)) {
        let label = moved(class(source.digits[row], k), label_moves[row], k);
        let color = moved(label, color_moves[row], k);
        let patch = moved(label, patch_moves[row], k);
        let channel = if recipe.grayscale {
            0
        } else {
            usize::from(color)
        };
        let pixels = &mut image[channel * height * width..][..height * width];
        let digit = &source.images[row * source_size..][..source_size];
        subsample(digit, strides, pixels, width);
        if recipe.patch {
            draw_patch(pixels, [height, width], patch);
        }
        labels.push(label);
        colors.push(color);
        patches.push(patch);
    }
    Ok(Made {
        shape: [rows.len(), channels, height, width],
        images,
        labels,
        digits: rows.iter().map(|&row| source.digits[row]).collect(),
        colors: (!recipe.grayscale).then_some(colors),
        patches: recipe.patch.then_some(patches),
        // An IDX file counts its rows in 32 bits.
        indices: rows.iter().map(|&row| row as u32).collect(),
        recipe,
    })
}

/// The source rows of the environment, in its order.
pub(crate) fn rows(source_rows: usize, recipe: &Recipe) -> Result<Vec<usize>> {
    ensure!(
        recipe.test_rows <= source_rows,
        "{} rows were asked for the test split, but the source has {source_rows} in all",
        recipe.test_rows
    );
    let training_rows = source_rows - recipe.test_rows;
    let mut rows: Vec<usize> = match recipe.split {
        Split::Test => (training_rows..source_rows).collect(),
        Split::All => (0..source_rows).collect(),
        Split::Train => {
            let mut rows: Vec<usize> = (0..training_rows).collect();
            shuffle(&mut rows, recipe.seed, Stream::Shuffle);
            let part = recipe.part;
            rows.into_iter()
                .skip(part.index - 1)
                .step_by(part.count)
                .collect()
        }
    };
    let here = match recipe.split {
        Split::Test => "the test split".to_owned(),
        Split::All => "the source".to_owned(),
        Split::Train => format!("part {} of the training split", recipe.part),
    };
    ensure!(
        !rows.is_empty(),
        "{here} has no rows: the source has {source_rows}, of which the last {} are the test split",
        recipe.test_rows
    );
    if let Some(limit) = recipe.limit {
        ensure!(
            limit <= rows.len(),
            "a limit of {limit} rows was asked for, but {here} has only {}",
            rows.len()
        );
        rows.truncate(limit);
    }
    Ok(rows)
}

/// The class of a digit before noise: for k = 2, 1 for 0 to 4 and 0 for 5 to 9; else digit / (10 / k).
fn class(digit: u8, k: u8) -> u8 {
    if k == 2 {
        u8::from(digit < 5)
    } else {
        digit / (10 / k)
    }
}

/// `class` itself, or, if `moves`, the next one mod k: for k = 2 the other one.
fn moved(class: u8, moves: bool, k: u8) -> u8 {
    (class + u8::from(moves)) % k
}

/// Fills `to` (width `to_width`) with the pixels of `from` that lie `strides` apart, by row and by column.
fn subsample(from: &[u8], [by_row, by_column]: [usize; 2], to: &mut [u8], to_width: usize) {
    for (y, line) in to.chunks_exact_mut(to_width).enumerate() {
        let from_line = from[y * by_row..].iter().step_by(by_column);
        for (pixel, value) in line.iter_mut().zip(from_line) {
            *pixel = *value;
        }
    }
}

/// Draws a patch at the top left for `place` 0, at the bottom right for 1.
fn draw_patch(pixels: &mut [u8], [height, width]: [usize; 2], place: u8) {
    let (top, left) = if place == 0 {
        (0, 0)
    } else {
        (height - PATCH, width - PATCH)
    };
    for y in top..top + PATCH {
        pixels[y * width + left..][..PATCH].fill(FULL);
    }
}

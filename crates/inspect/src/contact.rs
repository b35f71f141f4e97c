//! What stands on a contact sheet: environments' images by class, and checkpoints' weights by channel.

use anyhow::Result;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::contents::Contents;
use crate::images::{Images, Picture, Rows, pick, rows};
use crate::palette::Palette;
use crate::sheet::{Row, Sheet, Text};
use crate::text::{counted, number, visible};
use crate::weights::Weights;

/// How a sheet was asked for.
pub struct Choice {
    /// Pictures in a row.
    pub columns: usize,
    /// Of the choice of images.
    pub seed: u64,
    /// Of the channels.
    pub palette: Palette,
    /// Channels, height, width of a checkpoint's images.
    pub image: Option<[usize; 3]>,
}

/// The sheet of `files`.
///
/// # Errors
/// Names the file that holds nothing to draw.
pub fn sheet(files: &[Contents], choice: &Choice) -> Result<Sheet> {
    let mut sheet = Sheet::default();
    let mut heads = Vec::new();
    for file in files {
        if file.shows_weights() {
            sheet.rows.extend(weights(file, choice, files.len() > 1)?);
            heads.push(Vec::new());
            continue;
        }
        let images = Images::of(file, choice.palette)?;
        let by_class = rows(file, &images);
        if files.len() == 1 {
            sheet.rows.extend(row_per_class(&images, &by_class, choice));
            continue;
        }
        let groups = choose(&images, &by_class, choice, by_class.len());
        sheet.rows.push(Row {
            caption: caption(file, &images),
            groups,
            framed: false,
        });
        heads.push(
            by_class
                .keys()
                .map(|class| format!("label {class}"))
                .collect(),
        );
    }
    // Heads stand above all rows, so they must be of all.
    if let [first, others @ ..] = &heads[..]
        && others.iter().all(|other| other == first)
        && (2..=choice.columns.min(4)).contains(&first.len())
    {
        sheet.heads.clone_from(first);
    }
    Ok(sheet)
}

/// A row for each class.
fn row_per_class(images: &Images, by_class: &Rows, choice: &Choice) -> Vec<Row> {
    let groups = choose(images, by_class, choice, 1);
    let classes = by_class.iter().zip(groups);
    let row = |((class, by_colour), group): ((&i64, _), Vec<Picture>)| {
        let by_colour: &std::collections::BTreeMap<_, Vec<usize>> = by_colour;
        let count: usize = by_colour.values().map(Vec::len).sum();
        Row {
            caption: [
                Text::Plain(format!("label {class}")),
                Text::Plain(counted(count as u64, "image")),
            ],
            groups: vec![group],
            framed: false,
        }
    };
    classes.map(row).collect()
}

/// For each class a random choice of its images, as many as the `share`-th part of a row holds.
fn choose(images: &Images, by_class: &Rows, choice: &Choice, share: usize) -> Vec<Vec<Picture>> {
    let mut rng = ChaCha8Rng::seed_from_u64(choice.seed);
    let count = (choice.columns / share.max(1)).max(1);
    let mut group = |by_colour| {
        let picked = pick(by_colour, count, &mut rng);
        picked.into_iter().map(|row| images.picture(row)).collect()
    };
    by_class.values().map(&mut group).collect()
}

/// The split and p_e of `file`, or else its name; and the number of its images.
fn caption(file: &Contents, images: &Images) -> [Text; 2] {
    let split = file.said("split").and_then(|split| split.as_str());
    let p_e = file.said("p_e").and_then(|p_e| p_e.as_f64());
    let first = match (split, p_e) {
        (Some(split), Some(p_e)) => Text::PE(
            format!("{}, ", visible(split)),
            format!(" = {}", number(p_e)),
        ),
        _ => Text::Plain(short(&file.name)),
    };
    [first, Text::Plain(counted(images.shape[0] as u64, "image"))]
}

/// The name of a file without its folder, cut where it is long.
fn short(name: &str) -> String {
    const LONGEST: usize = 24;
    let name = visible(name.rsplit('/').next().unwrap_or(name));
    let name = name.strip_suffix(".safetensors").unwrap_or(&name);
    match name.chars().count() > LONGEST {
        true => name.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => name.to_owned(),
    }
}

/// A row for each channel of the first layer's weights; named, where it stands among others.
fn weights(file: &Contents, choice: &Choice, named: bool) -> Result<Vec<Row>> {
    let weights = Weights::of(file, choice.columns, choice.image)?;
    let name = match named {
        true => format!("{}, ", short(&file.name)),
        false => String::new(),
    };
    let row = |channel| Row {
        caption: [
            Text::Plain(format!("{name}channel {channel}")),
            Text::Plain(format!("±{} in full colour", number(weights.largest))),
        ],
        groups: vec![
            weights
                .units
                .iter()
                .map(|&unit| weights.picture(unit, channel))
                .collect(),
        ],
        framed: true,
    };
    Ok((0..weights.image[0]).map(row).collect())
}

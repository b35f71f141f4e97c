//! An environment's images and the choice of some of them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::contents::{Contents, Values};
use crate::palette::{Palette, Rgb, mix, rgb};

/// A picture, row by row.
pub struct Picture {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// width · height colours.
    pub pixels: Vec<Rgb>,
}

/// The images of an environment.
pub struct Images<'a> {
    /// n, channels, height, width; none is zero.
    pub shape: [usize; 4],
    values: Values<'a>,
    /// What is black and what is bright.
    range: (f64, f64),
    /// Of each channel.
    colours: Vec<Rgb>,
}

impl<'a> Images<'a> {
    /// The images of `contents`: `images` or `inputs` [n, channels, height, width], or [n, height, width].
    ///
    /// # Errors
    /// Where there are none, or they are of another shape or type.
    pub fn of(contents: &'a Contents, palette: Palette) -> Result<Self> {
        let name = &contents.name;
        let tensor = contents.images().with_context(|| {
            format!("{name}: there is nothing to draw: expected a tensor images or inputs, or with --sheet fc1.weight")
        })?;
        let sizes: Vec<_> = tensor.shape.iter().map(|&size| size as usize).collect();
        let shape = match sizes[..] {
            [n, height, width] => [n, 1, height, width],
            [n, channels, height, width] => [n, channels, height, width],
            _ => bail!(
                "{name}: tensor {} is of shape {sizes:?}, expected [n, channels, height, width] to draw it",
                tensor.name
            ),
        };
        ensure!(
            !shape.contains(&0),
            "{name}: tensor {} is of shape {shape:?}, expected at least 1 each",
            tensor.name
        );
        let images = Self::shaped(contents, shape, palette);
        images.with_context(|| {
            format!(
                "{name}: tensor {} is of type {}, expected U8 or F32 to draw it",
                tensor.name, tensor.dtype
            )
        })
    }

    /// The rows of `contents` whatever their shape: what is not [n, channels, height, width] is taken as one channel.
    /// `None` where there are none, or no values were read.
    pub fn to_measure(contents: &'a Contents) -> Option<Self> {
        let tensor = contents.images()?;
        let sizes: Vec<_> = tensor.shape.iter().map(|&size| size as usize).collect();
        let shape = match sizes[..] {
            [n, channels, height, width] => [n, channels, height, width],
            [n, ref rest @ ..] => [n, 1, 1, rest.iter().product()],
            [] => return None,
        };
        (!shape.contains(&0)).then(|| Self::shaped(contents, shape, Palette::default()))?
    }

    fn shaped(contents: &'a Contents, shape: [usize; 4], palette: Palette) -> Option<Self> {
        let tensor = contents.images()?;
        let values = contents.values(tensor)?;
        let range = match tensor.dtype.as_str() {
            "U8" => (0.0, 255.0),
            "BOOL" => (0.0, 1.0),
            _ => brightness(values.clone()),
        };
        // Only another program's file can be RGB: a recipe of ours makes a channel for each class.
        let is_rgb = shape[1] == 3 && contents.provenance.is_none();
        Some(Self {
            shape,
            values,
            range,
            colours: match is_rgb {
                true => rgb(),
                false => palette.colours(shape[1]),
            },
        })
    }

    /// The values of `row`, channel by channel: 0 is black, 255 is bright.
    pub fn row(&self, row: usize) -> Vec<u8> {
        let [_, channels, height, width] = self.shape;
        let size = channels * height * width;
        let mut values = self.values.clone();
        if row > 0 {
            values.nth(row * size - 1);
        }
        let (low, high) = self.range;
        let byte = |value: f64| ((value - low) / (high - low) * 255.0).round() as u8;
        values.take(size).map(byte).collect()
    }

    /// The picture of `row`.
    pub fn picture(&self, row: usize) -> Picture {
        let [_, channels, height, width] = self.shape;
        let (values, plane) = (self.row(row), height * width);
        let pixel = |p: usize| mix((0..channels).map(|c| values[c * plane + p]), &self.colours);
        Picture {
            width,
            height,
            pixels: (0..plane).map(pixel).collect(),
        }
    }

    /// The one channel of each row that is not zero; `None` for a row with several or none.
    pub fn active_channels(&self) -> Vec<Option<usize>> {
        let [n, channels, height, width] = self.shape;
        let mut values = self.values.clone();
        let mut active = |()| {
            let mut found = None;
            let mut count = 0;
            for channel in 0..channels {
                // All of the plane is read, for the next one begins after it.
                let plane = values.by_ref().take(height * width);
                if plane.fold(false, |any, value| any | (value != 0.0)) {
                    (found, count) = (Some(channel), count + 1);
                }
            }
            found.filter(|_| count == 1)
        };
        (0..n).map(|_| active(())).collect()
    }
}

/// What is black and what is bright in images of floats: 0 and 1, or their least and their largest.
fn brightness(values: Values) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((0.0, 1.0), |(low, high): (f64, f64), value| {
        (low.min(value), high.max(value))
    });
    (low, high)
}

/// Rows of an environment by class, and in a class by colour.
pub type Rows = BTreeMap<i64, BTreeMap<Option<usize>, Vec<usize>>>;

/// The rows of `contents` by label, all in class 0 where there are no labels, and by colour: `colors`, or else the channel
/// that is not zero.
pub fn rows(contents: &Contents, images: &Images) -> Rows {
    let n = images.shape[0];
    let of_n = |name| {
        contents
            .whole_numbers(name)
            .filter(|values| values.len() == n)
    };
    let labels = of_n("labels").unwrap_or_else(|| vec![0; n]);
    let colours = match of_n("colors") {
        Some(colours) => colours.iter().map(|&c| usize::try_from(c).ok()).collect(),
        None => images.active_channels(),
    };
    let mut rows = Rows::new();
    for (row, (label, colour)) in labels.into_iter().zip(colours).enumerate() {
        let class = rows.entry(label).or_default();
        class.entry(colour).or_default().push(row);
    }
    rows
}

/// Up to `count` rows of a class, at random, with each colour as often as in the class, as near as `count` allows.
pub fn pick(
    by_colour: &BTreeMap<Option<usize>, Vec<usize>>,
    count: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<usize> {
    let all: usize = by_colour.values().map(Vec::len).sum();
    let count = count.min(all);
    // Largest remainders: whole parts first, then one more for those that lost most.
    let shares: Vec<_> = by_colour
        .values()
        .map(|rows| rows.len() as u128 * count as u128)
        .collect();
    let mut quotas: Vec<_> = shares
        .iter()
        .map(|share| (share / all.max(1) as u128) as usize)
        .collect();
    let mut order: Vec<_> = (0..shares.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(shares[i] % all.max(1) as u128));
    let left = count - quotas.iter().sum::<usize>();
    for &i in order.iter().take(left) {
        quotas[i] += 1;
    }
    let mut picked = Vec::with_capacity(count);
    for (rows, quota) in by_colour.values().zip(quotas) {
        let mut rows = rows.clone();
        shuffle(&mut rows, quota, rng);
        picked.extend_from_slice(&rows[..quota]);
    }
    shuffle(&mut picked, count, rng);
    picked
}

/// Puts a random choice of `count` to the front, in random order.
fn shuffle(rows: &mut [usize], count: usize, rng: &mut ChaCha8Rng) {
    for i in 0..count {
        let other = rng.random_range(i..rows.len());
        rows.swap(i, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_choice_has_the_colours_of_the_class() {
        let by_colour = BTreeMap::from([
            (Some(0), (0..80).collect()),
            (Some(1), (80..100).collect::<Vec<_>>()),
        ]);
        let mut seen = Vec::new();
        for seed in 0..9 {
            let picked = pick(&by_colour, 10, &mut ChaCha8Rng::seed_from_u64(seed));
            assert_eq!(picked.iter().filter(|&&row| row >= 80).count(), 2);
            let mut distinct = picked.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), 10);
            seen.push(picked);
        }
        assert_ne!(seen[0], seen[1]);
        let all = pick(&by_colour, 1000, &mut ChaCha8Rng::seed_from_u64(0));
        assert_eq!(all.len(), 100);
        assert!(pick(&BTreeMap::new(), 5, &mut ChaCha8Rng::seed_from_u64(0)).is_empty());
    }
}

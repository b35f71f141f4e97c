//! The first layer's weights as pictures: one for each unit and channel.

use anyhow::{Context, Result, bail, ensure};

use crate::contents::{Contents, Values};
use crate::images::Picture;
use crate::palette;

/// The weights of a first layer.
pub struct Weights<'a> {
    /// Channels, height, width of the images it takes.
    pub image: [usize; 3],
    /// The units that are drawn, those with the largest norm first.
    pub units: Vec<usize>,
    /// Largest absolute value of those drawn: it has the full colour.
    pub largest: f64,
    values: Values<'a>,
}

impl<'a> Weights<'a> {
    /// Those of the `count` units of `contents` that have the largest norms.
    ///
    /// # Errors
    /// Where `fc1.weight` is no matrix of numbers, or does not fit the images that it is said to take.
    pub fn of(contents: &'a Contents, count: usize, image: Option<[usize; 3]>) -> Result<Self> {
        let name = &contents.name;
        let tensor = contents
            .tensor("fc1.weight")
            .with_context(|| format!("{name}: tensor fc1.weight is missing"))?;
        let values = contents.values(tensor);
        let (Some(values), &[units, inputs]) = (values, &tensor.shape[..]) else {
            bail!(
                "{name}: tensor fc1.weight is of type {} and shape {:?}, expected F32 [units, inputs]",
                tensor.dtype,
                tensor.shape
            );
        };
        let (units, inputs) = (units as usize, inputs as usize);
        ensure!(
            units > 0 && inputs > 0,
            "{name}: tensor fc1.weight is of shape {:?}, expected at least 1 each",
            tensor.shape
        );
        let image = image
            .or_else(|| from_provenance(contents, inputs))
            .or_else(|| square(inputs))
            .with_context(|| {
                format!("{name}: the shape of the images that its {inputs} inputs come from is not known; give --image CxHxW")
            })?;
        let [channels, height, width] = image;
        ensure!(
            channels
                .checked_mul(height)
                .and_then(|size| size.checked_mul(width))
                == Some(inputs),
            "{name}: images of {channels}x{height}x{width} do not have {inputs} values, the inputs of fc1.weight"
        );
        let all: Vec<f64> = values.clone().collect();
        let norm = |unit: usize| -> f64 {
            let row = &all[unit * inputs..(unit + 1) * inputs];
            row.iter().map(|weight| weight * weight).sum()
        };
        let mut order: Vec<_> = (0..units).map(|unit| (norm(unit), unit)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let chosen: Vec<_> = order
            .into_iter()
            .take(count)
            .map(|(_, unit)| unit)
            .collect();
        let drawn = chosen
            .iter()
            .flat_map(|&unit| &all[unit * inputs..(unit + 1) * inputs]);
        let sizes = drawn
            .map(|weight| weight.abs())
            .filter(|size| size.is_finite());
        let largest = sizes.fold(0.0, f64::max);
        Ok(Self {
            image,
            units: chosen,
            largest,
            values,
        })
    }

    /// The picture of `channel` of `unit`.
    pub fn picture(&self, unit: usize, channel: usize) -> Picture {
        let [channels, height, width] = self.image;
        let plane = height * width;
        let before = (unit * channels + channel) * plane;
        let mut values = self.values.clone();
        if before > 0 {
            values.nth(before - 1);
        }
        let scale = if self.largest > 0.0 {
            self.largest
        } else {
            1.0
        };
        Picture {
            width,
            height,
            pixels: values
                .take(plane)
                .map(|value| palette::weight(value / scale))
                .collect(),
        }
    }
}

/// Channels, height and width that fit `inputs`, by the recipe of the first environment that the run was trained on.
fn from_provenance(contents: &Contents, inputs: usize) -> Option<[usize; 3]> {
    let recipe = contents.said("environments")?.get(0)?.get("recipe")?;
    let channels = match recipe.get("grayscale")?.as_bool()? {
        true => 1,
        false => usize::try_from(recipe.get("classes")?.as_u64()?).ok()?,
    };
    of_squares(inputs, channels)
}

/// The fewest channels that make `inputs` square images of at least 4 x 4.
fn square(inputs: usize) -> Option<[usize; 3]> {
    (1..=inputs / 16).find_map(|channels| of_squares(inputs, channels))
}

fn of_squares(inputs: usize, channels: usize) -> Option<[usize; 3]> {
    let plane = inputs
        .checked_div(channels)
        .filter(|plane| plane * channels == inputs)?;
    let side = plane.isqrt();
    (side * side == plane).then_some([channels, side, side])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_images_is_guessed() {
        assert_eq!(square(392), Some([2, 14, 14]));
        assert_eq!(square(784), Some([1, 28, 28]));
        assert_eq!(square(3072), Some([3, 32, 32]));
        assert_eq!(square(1960), Some([10, 14, 14]));
        assert_eq!(square(10), None);
        assert_eq!(of_squares(392, 0), None);
    }
}

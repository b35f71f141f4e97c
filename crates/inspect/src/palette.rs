//! Colours: of the channels of an image, and of a weight.

use clap::ValueEnum;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// The colours of the channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub enum Palette {
    /// Red and green for two channels, as in Arjovsky et al. (2019), and others beside them for more
    #[default]
    Literature,
    /// Colours that the colour-blind can tell apart: orange and blue, and the others of Okabe and Ito (2008)
    Safe,
}

/// Ten colours that are bright on black, in the order of the channels.
const LITERATURE: [Rgb; 10] = [
    [240, 56, 48],
    [52, 199, 80],
    [70, 120, 255],
    [250, 210, 50],
    [200, 90, 240],
    [60, 215, 225],
    [250, 145, 40],
    [245, 140, 190],
    [170, 130, 90],
    [190, 200, 210],
];

/// Those of Okabe and Ito but black, which is the ground; then grey, and two more for ten classes.
const SAFE: [Rgb; 10] = [
    [230, 130, 0],
    [60, 160, 235],
    [0, 158, 115],
    [240, 228, 66],
    [204, 121, 167],
    [0, 114, 178],
    [213, 94, 0],
    [170, 170, 170],
    [125, 85, 225],
    [235, 225, 200],
];

const WHITE: Rgb = [255; 3];

impl Palette {
    /// The colours of so many channels: white for one alone; after ten they come again.
    pub fn colours(self, channels: usize) -> Vec<Rgb> {
        let colours = match self {
            Self::Literature => &LITERATURE,
            Self::Safe => &SAFE,
        };
        match channels {
            1 => vec![WHITE],
            _ => colours.iter().copied().cycle().take(channels).collect(),
        }
    }
}

/// Three channels that are red, green and blue.
pub fn rgb() -> Vec<Rgb> {
    vec![[255, 0, 0], [0, 255, 0], [0, 0, 255]]
}

/// The colour of a pixel: the sum of its channels' `colours`, each as bright as the channel's value.
pub fn mix(values: impl Iterator<Item = u8>, colours: &[Rgb]) -> Rgb {
    let mut sum = [0u32; 3];
    for (value, colour) in values.zip(colours) {
        for (part, full) in sum.iter_mut().zip(colour) {
            *part += u32::from(value) * u32::from(*full);
        }
    }
    sum.map(|part| ((part + 127) / 255).min(255) as u8)
}

/// The colour of a weight from −1 to 1: white at 0, blue below, orange above, which all can tell apart. One that is not
/// finite is magenta.
pub fn weight(value: f64) -> Rgb {
    const BELOW: Rgb = [20, 70, 160];
    const ABOVE: Rgb = [190, 70, 0];
    if !value.is_finite() {
        return [255, 0, 255];
    }
    let end = if value < 0.0 { BELOW } else { ABOVE };
    let size = value.abs().min(1.0);
    let mix = |full: u8| 255.0 - size * (255.0 - f64::from(full));
    end.map(|full| mix(full).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_have_colours_of_their_own() {
        for palette in [Palette::Literature, Palette::Safe] {
            let mut colours = palette.colours(10);
            colours.sort_unstable();
            colours.dedup();
            assert_eq!(colours.len(), 10);
            assert_eq!(mix([255].into_iter(), &palette.colours(1)), WHITE);
        }
        let [red, green] = Palette::Literature.colours(2)[..] else {
            panic!("two channels")
        };
        assert!(red[0] > 200 && red[1] < 90 && green[1] > 180 && green[0] < 90);
        assert_eq!(mix([10, 20, 30].into_iter(), &rgb()), [10, 20, 30]);
    }

    #[test]
    fn weights_are_white_at_zero() {
        assert_eq!(weight(0.0), WHITE);
        assert_ne!(weight(f64::NAN), weight(f64::INFINITY.min(1.0)));
        assert_eq!(weight(7.0), weight(1.0));
    }
}

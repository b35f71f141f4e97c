//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};

use crate::contents::Contents;
use crate::palette::Palette;

const EXAMPLES: &str = "\
Examples:
  What a file is, its tensors, where it comes from, and what was measured in it:
  $ inspect train-1.safetensors
  Three environments in one picture, one row for each:
  $ inspect --sheet environments.png --columns 20 \\
      train-1.safetensors train-2.safetensors test-0.9.safetensors
  The first layer's weights of a checkpoint, channel by channel:
  $ inspect --sheet weights.png erm.safetensors
  Some images in the terminal:
  $ inspect --show --columns 4 test-0.9.safetensors
  What differs between two environments:
  $ inspect train-1.safetensors train-2.safetensors
  Only the header of a large file, from standard input, as JSON for a program:
  $ inspect --header --json - <erm.safetensors

Images are drawn on black, each channel in its colour. Three channels of a file without provenance are \
drawn as red, green and blue, and one channel as white. Weights: white is 0, blue is negative, orange is \
positive.

Exit code: 0 done, also if two files differ; 1 an error, such as a file that cannot be read; 2 a mistake on the \
command line.";

/// Shows what a safetensors file holds: as text, as a picture, in the terminal, or beside another file.
///
/// inspect lists the tensors of any safetensors file. For an environment it also measures label noise, if there is a tensor
/// `digits`, and p_e, if most images have one colour. For inputs and labels it gives mean and spread of each class and of each
/// feature. For other files it gives the norm of each tensor. Without --header the whole file is read into memory.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// One file to describe, two to compare, or any number with --sheet or --show; one may be `-`, standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Write a picture (PNG) of many images to OUT; `-` is standard output. One environment: a row for each class. Several
    /// environments: a row for each of them. A checkpoint: the weights of the first layer
    #[arg(long, value_name = "OUT", conflicts_with_all = ["show", "json", "header"])]
    pub sheet: Option<PathBuf>,

    /// Draw some images in the terminal, one row for each class. With true colour (COLORTERM is truecolor or 24bit) a
    /// character shows two pixels. Otherwise a bright pixel is the number of its channel
    #[arg(long, conflicts_with_all = ["json", "header"])]
    pub show: bool,

    /// Read only the header: it shows tensors and provenance, and measures nothing. Fast for a file of any size
    #[arg(long)]
    pub header: bool,

    /// Write JSON, for programs
    #[arg(long)]
    pub json: bool,

    /// Images in a row, at most 200. For a checkpoint: the number of units shown, those with the largest norms [default: 16;
    /// with --show, as many as fit into the terminal]
    #[arg(long, value_name = "N", value_parser = columns)]
    pub columns: Option<NonZeroUsize>,

    /// Seed of the random choice of images. Each colour is shown as often as it occurs in the class. Not for checkpoints
    /// alone [default: 0]
    #[arg(long, value_name = "S", value_parser = artifact::whole::<u64>)]
    pub seed: Option<u64>,

    /// Colours of the channels. Not for checkpoints alone [default: literature]
    #[arg(long, value_enum)]
    pub palette: Option<Palette>,

    /// Channels, height and width of the images that a checkpoint takes, such as 2x14x14. At least one FILE must be a
    /// checkpoint [default: from the provenance; without it, square images]
    #[arg(long, value_name = "CxHxW", value_parser = image)]
    pub image: Option<[usize; 3]>,

    /// Whether --show draws in colour [default: auto]
    #[arg(long, value_enum)]
    pub color: Option<Color>,
}

/// When --show uses colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub enum Color {
    /// With colour if standard output is a terminal with true colour and NO_COLOR is not set
    #[default]
    Auto,
    /// With colour, also into a file or a pipe
    Always,
    /// Without colour
    Never,
}

impl Args {
    /// The command line, checked; ends the process with a message where it makes no sense.
    pub fn checked() -> Self {
        let args: Self = manual::parse(Self::command());
        if let Some(message) = args.conflict() {
            Self::refuse(message);
        }
        args
    }

    /// Ends the process with a message where a flag has no effect on the sheet of `files`.
    pub fn check_sheet_of(&self, files: &[Contents]) {
        let checkpoints = files.iter().filter(|file| file.shows_weights()).count();
        let of_images = self.seed.is_some() || self.palette.is_some();
        if self.image.is_some() && checkpoints == 0 {
            Self::refuse("--image is for checkpoints, and no file is one");
        }
        if of_images && checkpoints == files.len() {
            Self::refuse("--seed and --palette are for images, and all files are checkpoints");
        }
    }

    fn refuse(message: &str) -> ! {
        Self::command()
            .error(ErrorKind::ArgumentConflict, message)
            .exit()
    }

    /// What makes no sense together.
    fn conflict(&self) -> Option<&'static str> {
        let pictures = self.sheet.is_some() || self.show;
        let of_pictures = self.columns.is_some() || self.seed.is_some() || self.palette.is_some();
        let dashes = self.files.iter().filter(|path| *path == artifact::DASH);
        if dashes.count() > 1 {
            Some("only one file can be read from standard input")
        } else if self.files.len() > 2 && !pictures {
            Some(
                "more than two files go with --sheet or --show only: one file is described, two are compared",
            )
        } else if of_pictures && !pictures {
            Some("--columns, --seed and --palette are for --sheet and --show")
        } else if self.image.is_some() && self.sheet.is_none() {
            Some("--image is for --sheet")
        } else if self.color.is_some() && !self.show {
            Some("--color is for --show")
        } else {
            None
        }
    }
}

fn columns(text: &str) -> Result<NonZeroUsize, String> {
    let number = artifact::positive(text)
        .ok()
        .filter(|number| number.get() <= 200);
    number.ok_or_else(|| "expected a whole number from 1 to 200".to_owned())
}

fn image(text: &str) -> Result<[usize; 3], String> {
    let sizes: Option<Vec<usize>> = text
        .split('x')
        .map(|size| size.parse().ok().filter(|&size| size > 0))
        .collect();
    sizes
        .and_then(|sizes| sizes.try_into().ok())
        .ok_or_else(|| "expected channels, height and width, such as 2x14x14".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
        assert_eq!(image("2x14x14"), Ok([2, 14, 14]));
        for bad in ["", "2x14", "2x14x0", "2x14x14x1", "axbxc"] {
            assert!(image(bad).is_err(), "{bad}");
        }
    }
}

//! The command line.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};
use environment::{Part, Split};

/// Makes one Colored MNIST environment from a pair of IDX files.
///
/// The IDX files may be those of MNIST, Fashion-MNIST, KMNIST, QMNIST or EMNIST (digits and mnist), plain or .gz.
///
/// The label of an image is the class of its digit. With probability --label-noise it is replaced by the next class. A colour is
/// a number: that of the channel that holds the digit's pixels. All other channels are zero. The colour of an image is its
/// label. With probability --p-e it is replaced by the next number. The class or number after the last is the first. So with
/// 2 classes the label or colour is flipped.
///
/// The output is a safetensors file with images, U8 [n, channels, height, width], and labels, U8 [n]. It also holds indices,
/// U32 [n], the row of each image in the source; and digits, colors (not with --grayscale) and patches (with --patch), U8 [n].
/// train needs only images and labels.
///
/// The same inputs, flags and version give the same bytes. Whether a label, colour or patch is replaced depends only on the
/// seed, the image's row in the source and the probability. It does not depend on --part or --limit.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, allow_negative_numbers = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// IDX file of images, plain or .gz; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub images: PathBuf,

    /// IDX file of their labels, plain or .gz; `-` is standard input
    ///
    /// The labels are the digits 0 to 9, or ten other classes with these numbers. QMNIST has eight columns; mkenv reads the first.
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,

    /// Which rows of the source: those for training, those for testing, or all
    ///
    /// train: all rows except the last --test-rows, shuffled by the seed. test: the last --test-rows, in the source's order.
    /// all: every row, in the source's order; for files that hold test digits only, such as t10k.
    #[arg(long, value_name = "train|test|all", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["train", "test", "all"]).try_map(|text| text.parse::<Split>()))]
    pub split: Split,

    /// Split the training rows into N environments and take number I of them, such as 1/2
    ///
    /// Number I has the rows I, I + N, I + 2N, … of the shuffled order. Only with --split train.
    #[arg(long, value_name = "I/N", default_value_t = Part::WHOLE)]
    pub part: Part,

    /// p_e: probability, 0 to 1, that the colour is not the colour of the label
    ///
    /// The patch of --patch is replaced with the same probability, independently. The paper trains on 0.2 and 0.1 and tests on
    /// 0.1 to 0.9. With --grayscale and without --patch p_e changes nothing in the images; it is only written into the file.
    #[arg(long, value_name = "P", value_parser = artifact::probability)]
    pub p_e: f64,

    /// Probability, 0 to 1, that the label is not the class of the digit
    #[arg(long, value_name = "P", default_value_t = 0.25, value_parser = artifact::probability)]
    pub label_noise: f64,

    /// Number of classes
    ///
    /// 2: digits 0 to 4 are class 1, and 5 to 9 class 0. 5: digits 0 and 1 are class 0, 2 and 3 class 1, and so on. 10: the
    /// class is the digit.
    #[arg(long, value_name = "2|5|10", default_value = "2", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["2", "5", "10"]).try_map(|text| text.parse::<usize>()))]
    pub classes: usize,

    /// Keep only the first N rows of the part, after the shuffle [default: all]
    ///
    /// The paper's small environments have 12500 and 6250 rows.
    #[arg(long, value_name = "N", value_parser = artifact::positive)]
    pub limit: Option<NonZeroUsize>,

    /// Rows at the source's end that are kept for testing [default: a sixth, 10000 of MNIST's 60000]
    #[arg(long, value_name = "N", value_parser = artifact::whole::<usize>)]
    pub test_rows: Option<usize>,

    /// Swap the pixel rows and columns of each image, for EMNIST, whose images lie on their side
    #[arg(long)]
    pub transpose: bool,

    /// Keep every N-th pixel row and pixel column: 2 makes 14 x 14 of 28 x 28
    #[arg(long, value_name = "N", default_value = "2", value_parser = artifact::positive)]
    pub subsample: NonZeroUsize,

    /// Add a second spurious feature, a bright patch of 3 x 3 pixels, for 2 classes
    ///
    /// It is at the top left for label 0 and at the bottom right for label 1. With probability --p-e it is at the other place.
    #[arg(long)]
    pub patch: bool,

    /// Make images of one channel, without colour, for the oracle
    #[arg(long)]
    pub grayscale: bool,

    /// Seed of all random draws
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = artifact::whole::<u64>)]
    pub seed: u64,

    /// Take at most this much memory, in GiB [default: what is available]
    ///
    /// Sizes that need more are refused before anything is computed.
    #[arg(long, value_name = "GIB", value_parser = artifact::gibibytes)]
    pub memory_limit: Option<f64>,

    /// Where the environment goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

const EXAMPLES: &str = "\
Examples (first, to fetch MNIST: scripts/fetch mnist data):

  The two training environments of Colored MNIST, and a test environment:
  $ mkenv --images data/train-images-idx3-ubyte \\
      --labels data/train-labels-idx1-ubyte \\
      --split train --part 1/2 --p-e 0.2 -o train-1.safetensors
  $ mkenv --images data/train-images-idx3-ubyte \\
      --labels data/train-labels-idx1-ubyte \\
      --split train --part 2/2 --p-e 0.1 -o train-2.safetensors
  $ mkenv --images data/train-images-idx3-ubyte \\
      --labels data/train-labels-idx1-ubyte \\
      --split test --p-e 0.9 -o test-0.9.safetensors

  The first 100 training images, with ten classes, through pipes:
  $ gzip -c data/train-images-idx3-ubyte | mkenv --images - \\
      --labels data/train-labels-idx1-ubyte --split train --p-e 0.2 \\
      --classes 10 --limit 100 -o - | inspect -

Exit code: 0 for an environment, 1 for an error, 2 for a mistake on the command line.";

impl Args {
    /// The command line, checked; ends the process with a message where it makes no sense.
    pub fn parse() -> Self {
        let matches = manual::matches(Self::command());
        let args = Self::from_arg_matches(&matches)
            .unwrap_or_else(|error| error.format(&mut Self::command()).exit());
        if let Some(message) = args.conflict(&matches) {
            Self::command()
                .error(ErrorKind::ArgumentConflict, message)
                .exit();
        }
        args
    }

    /// What makes no sense together.
    fn conflict(&self, matches: &ArgMatches) -> Option<&'static str> {
        let stdin = Path::new(artifact::DASH);
        let part_is_given = matches.value_source("part") == Some(ValueSource::CommandLine);
        if self.split == Split::Test && part_is_given {
            Some("--part cannot be used with --split test: only training rows are dealt to parts")
        } else if self.split == Split::All && part_is_given {
            Some(
                "--part cannot be used with --split all: only training rows are dealt to parts; --split train \
                  --test-rows 0 deals every row",
            )
        } else if self.split == Split::All && self.test_rows.is_some() {
            Some("--test-rows cannot be used with --split all, which takes every row")
        } else if self.patch && self.classes != 2 {
            Some(
                "--patch cannot be used with --classes 5 or 10: a patch has two places, one for each of 2 classes",
            )
        } else if self.images == stdin && self.labels == stdin {
            Some("--images and --labels cannot both be -: there is one standard input")
        } else {
            None
        }
    }
}

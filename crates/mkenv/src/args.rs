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
/// The files may be those of MNIST, Fashion-MNIST, KMNIST, QMNIST or EMNIST (digits and mnist), plain or .gz.
///
/// A row's label is the class of its digit, moved with the probability of --label-noise. Its colour is
/// its label, moved with probability p_e: the digit's pixels go to the channel of its colour, and the
/// other channels are zero. Moved means flipped for 2 classes, else the next class, and the first after
/// the last. The output is a safetensors file: images U8 [n, channels, height, width], labels U8 [n],
/// and for the curious digits, colors, patches U8 [n] and indices U32 [n], a digit's row in the source.
///
/// The same inputs, flags and version give the same bytes. Whether a row's label, colour or patch is moved
/// depends only on the seed, the digit and that move's probability, not on --part or --limit.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct Args {
    /// IDX file of images, plain or .gz, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub images: PathBuf,

    /// IDX file of their labels, plain or .gz, or - for standard input: the digits 0 to 9, or other classes
    /// numbered so. Of QMNIST's eight columns the first is taken
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,

    /// Which rows of the source: train (all but the last --test-rows, shuffled by the seed), test (the last
    /// --test-rows, in their order) or all (every row, in their order; for t10k and other files that are a
    /// test set as they are)
    #[arg(long, value_name = "train|test|all")]
    pub split: Split,

    /// The I-th of N environments that the training rows are dealt to in turn; 1/1 is all of them
    #[arg(long, value_name = "I/N", default_value_t = Part::WHOLE)]
    pub part: Part,

    /// Probability, 0 to 1, that the colour (and, independently, the patch) is moved away from the label.
    /// The paper trains on 0.2 and 0.1 and tests on 0.1 to 0.9. With --grayscale and no --patch nothing
    /// shows it, and it is only recorded
    #[arg(long, value_name = "P", value_parser = artifact::probability)]
    pub p_e: f64,

    /// Probability, 0 to 1, that the label is moved away from the digit's class
    #[arg(long, value_name = "P", default_value_t = 0.25, value_parser = artifact::probability)]
    pub label_noise: f64,

    /// Number of classes. 2: digits 0 to 4 are class 1, the others 0. 5: two digits a class. 10: one
    #[arg(long, value_name = "2|5|10", default_value = "2", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(["2", "5", "10"]).try_map(|text| text.parse::<usize>()))]
    pub classes: usize,

    /// Keep only the first N rows. Default: all. The paper's small environments have 12500 and 6250
    #[arg(long, value_name = "N", value_parser = artifact::positive)]
    pub limit: Option<NonZeroUsize>,

    /// How many rows at the source's end are kept for the test split. Default: a sixth of the source, which is
    /// 10000 of MNIST's 60000
    #[arg(long, value_name = "N", value_parser = artifact::whole::<usize>)]
    pub test_rows: Option<usize>,

    /// Swap rows and columns of each image: EMNIST's files hold images that lie on their side
    #[arg(long)]
    pub transpose: bool,

    /// Keep every N-th row and column of the images: 2 makes 14 x 14 of 28 x 28
    #[arg(long, value_name = "N", default_value = "2", value_parser = artifact::positive)]
    pub subsample: NonZeroUsize,

    /// Add a second spurious feature, for 2 classes: a bright patch of 3 x 3 pixels at the top left for
    /// label 0, at the bottom right for 1, moved with probability p_e
    #[arg(long)]
    pub patch: bool,

    /// Leave out colour: one channel (the oracle's environment)
    #[arg(long)]
    pub grayscale: bool,

    /// Seed of all random draws
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = artifact::whole::<u64>)]
    pub seed: u64,

    /// Take at most this much memory, in GiB. Sizes that need more are refused before anything is computed
    /// [default: what is available]
    #[arg(long, value_name = "GIB", value_parser = artifact::gibibytes)]
    pub memory_limit: Option<f64>,

    /// Where the environment goes: a file, or - for standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

const EXAMPLES: &str = "\
Examples (scripts/fetch mnist data brings the digits):
  The two training environments of Colored MNIST, and the test environment of p_e 0.9:
  $ mkenv --images data/train-images-idx3-ubyte --labels data/train-labels-idx1-ubyte \\
      --split train --part 1/2 --p-e 0.2 -o train-0.2.safetensors
  $ mkenv --images data/train-images-idx3-ubyte --labels data/train-labels-idx1-ubyte \\
      --split train --part 2/2 --p-e 0.1 -o train-0.1.safetensors
  $ mkenv --images data/train-images-idx3-ubyte --labels data/train-labels-idx1-ubyte \\
      --split test --p-e 0.9 -o test-0.9.safetensors
  The first 100 ten-class training digits of a compressed file, piped on:
  $ gzip -c data/train-images-idx3-ubyte >images.gz
  $ mkenv --images images.gz --labels data/train-labels-idx1-ubyte \\
      --split train --p-e 0.2 --classes 10 --limit 100 -o - | wc -c";

impl Args {
    /// The command line, checked; ends the process with a message where it makes no sense.
    pub fn parse() -> Self {
        let matches = Self::command().get_matches();
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

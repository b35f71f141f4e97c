//! The command line.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result};
use candle_core::Device;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};
use network::Precision;
use objective::Penalty;

use crate::list_objectives;
use crate::objective_flags::ObjectiveFlags;
use crate::periodic_checkpoints::PeriodicCheckpoints;

/// The name of its flag to clap.
const LIST_OBJECTIVES: &str = "list_objectives";

/// The exit code of a training that diverged.
pub const DIVERGED: u8 = 3;

const EXAMPLES: &str = "\
Examples:

  ERM on two environments:
  $ train --objective erm --seed 1 -o erm.safetensors \\
      train-1.safetensors train-2.safetensors

  meta-IRM with the setting of the main table:
  $ train --objective meta-irm --hidden 151 --inner-lr 0.059 \\
      --std-weight 684 --l2 0.00102 --lr 0.00064 --anneal 195 \\
      --reset-optimizer --steps 290 --log log.csv -o meta.safetensors \\
      train-*.safetensors

  The same objective with SGD:
  $ train --objective meta-irm --optimizer sgd --momentum 0.9 --lr 0.1 \\
      --inner-lr 1 --std-weight 1 --steps 40 -o sgd.safetensors \\
      train-*.safetensors

  A checkpoint every 10 steps, and the same run continued to 50 steps:
  $ train --objective v-rex --steps 40 --checkpoint-every 10 \\
      -o v-rex.safetensors train-*.safetensors
  $ train --objective v-rex --steps 50 --resume v-rex.resume.safetensors \\
      -o v-rex.safetensors train-*.safetensors

  From standard input to standard output:
  $ train --objective irmv1 --steps 20 - train-2.safetensors \\
      < train-1.safetensors > irmv1.safetensors

Memory in MB with one thread, two classes and two environments of 25,000 rows:

  units  meta-irm, f32  meta-irm, bf16  others  any, bf16 with AMX
    256             90              65      45                  95
    390            130              95      45                 125

More classes need more: with ten classes and 390 units irmv1 needs 200 MB in f32.

The training log has the columns step, environment, risk, accuracy, base, penalty, weight, loss.

Exit code: 0 for a trained checkpoint, 1 for an error, 2 for a mistake on the command line, 3 for a training that \
diverged: its loss, gradient or parameters were not finite. A training that diverged leaves its log and the \
checkpoints of --checkpoint-every up to then, and no other checkpoint.";

/// Trains a network on environments and writes a checkpoint.
///
/// erm and irmv1 need one environment or more, v-rex, mm-rex and meta-irm two or more. With --same-env meta-irm needs only
/// one. An environment is a safetensors file with `labels` and `images` U8 [n, channels, height, width], as mkenv writes it.
/// Features that are no images stand in `inputs` F32 [n, …] instead of `images`. Every step is one update over all rows of
/// all environments, or with --batch over some of each.
///
/// The same files, flags and seed give the same checkpoint, byte for byte, on the same kind of CPU, whatever the number of
/// threads.
#[derive(Debug, Parser)]
#[command(name = "train", version, arg_required_else_help = true, allow_negative_numbers = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// What is minimised, with its settings.
    #[command(flatten)]
    pub objective: ObjectiveFlags,

    /// Print all objectives with their settings, defaults, published values and search ranges, and exit
    #[arg(long, value_name = "FORMAT", value_enum, num_args = 0..=1, default_missing_value = "text", exclusive = true)]
    pub list_objectives: Option<list_objectives::Format>,

    /// Units of each hidden layer, at most 16384 [published: 390 for IRMv1, 256 for ERM and V-REx, 83 for grayscale ERM]
    #[arg(long, value_name = "UNITS", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=16384), help_heading = "Network")]
    pub hidden: u16,

    /// Number of hidden layers; 0 is a linear predictor [published: 2]
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=16), help_heading = "Network")]
    pub layers: u8,

    /// What makes an update of a gradient
    ///
    /// Published: adam in the code of IRM and V-REx; a plain gradient step on meta-IRM's page and in LightMIRM, ICDE 2023,
    /// Algorithm 1.
    #[arg(long, value_enum, default_value_t = OptimizerName::Adam, help_heading = "Optimisation")]
    pub optimizer: OptimizerName,

    /// M of sgd, below 1
    ///
    /// v = M v + gradient, and weights -= lr v. The first v is the first gradient, as in PyTorch's SGD.
    #[arg(long, value_name = "M", default_value_t = 0.0, value_parser = below_one, help_heading = "Optimisation")]
    pub momentum: f64,

    /// The optimiser's step size
    ///
    /// Published, all with adam: ERM and V-REx 0.001, IRMv1 0.0004898536566546834, grayscale ERM 0.0028171488133821726.
    #[arg(long, default_value_t = 0.001, value_parser = artifact::nonnegative, help_heading = "Optimisation")]
    pub lr: f64,

    /// The step size after the first --anneal steps, when the penalty's weight changes [default: --lr]
    #[arg(long, value_name = "LR", value_parser = artifact::nonnegative, help_heading = "Optimisation")]
    pub lr_after_anneal: Option<f64>,

    /// Weight in the loss of the sum of squares of all parameters, biases included
    ///
    /// Published: ERM and V-REx 0.001, IRMv1 0.00110794568, grayscale ERM 0.0008602868865288383.
    #[arg(long, default_value_t = 0.001, value_parser = artifact::nonnegative, help_heading = "Optimisation")]
    pub l2: f64,

    /// Rows of each environment in one update [default and published: all]
    ///
    /// The rows of an environment are shuffled, dealt in batches of N, and shuffled again when fewer than N are left. The order
    /// depends on --seed alone. An objective's formula is then taken over the batch: the penalty of irmv1, a square, is larger
    /// on average than that over all rows. The log shows risks and accuracies of the batch. Each file is read through once, then
    /// batch by batch, so it may be larger than memory. Standard input and pipes are kept in memory.
    #[arg(long, value_name = "N", value_parser = artifact::positive, help_heading = "Optimisation")]
    pub batch: Option<NonZeroUsize>,

    /// Number of updates [published: 501; 101 for grayscale ERM]
    #[arg(long, default_value = "501", value_parser = artifact::positive, help_heading = "Optimisation")]
    pub steps: NonZeroUsize,

    /// Seed of the initial weights, of the order of --batch, and of the draws of --pairs sample
    #[arg(long, default_value_t = 0, value_parser = artifact::whole::<u64>)]
    pub seed: u64,

    /// cpu, cuda or cuda:N; cuda needs `cargo build --features train/cuda`
    #[arg(long, default_value = "cpu")]
    pub device: DeviceFlag,

    /// How the network is computed [default: fused, or candle for --layers 0 on CUDA]
    #[arg(long, value_enum)]
    pub engine: Option<EngineName>,

    /// Number format of the matrix products of --engine fused
    ///
    /// Sums, parameters and the optimiser always use f32. --engine candle uses f32 for all. auto is f32 on CUDA. On a CPU it is
    /// bf16 if the CPU has AVX-512 BF16, else f32. On Linux bf16 uses AMX if the CPU has it. If the CPU has AMX but Linux does
    /// not let programs use it, auto is f32, which is faster there. With `inputs` auto is f32, because bf16 would round them to
    /// 8 bits. tf32 is for CUDA only. It keeps 10 bits of the mantissa.
    #[arg(long, value_name = "auto|bf16|f32|tf32", default_value_t = Precision::Auto, hide_possible_values = true)]
    pub precision: Precision,

    /// CPU threads, at most 1024; the result does not depend on it [default: one per core]
    ///
    /// Only with --device cpu.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Take at most this much memory, in GiB [default: what is available]
    ///
    /// Sizes that need more are refused before anything is computed. The estimate may be off by a factor of
    /// two, and with irmv1 it may be five times too large.
    #[arg(long, value_name = "GIB", value_parser = artifact::gibibytes)]
    pub memory_limit: Option<f64>,

    /// Name of the experiment that the run belongs to; it is kept in the checkpoint, for eval and report
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<String>,

    /// Write the training log to this CSV file
    ///
    /// During the run its rows are in FILE.partial. At the end FILE.partial is renamed to FILE. If the run is killed,
    /// FILE.partial stays.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Log every N-th step, from step 0, and the last one
    #[arg(long, value_name = "N", default_value = "10", value_parser = artifact::positive, requires = "log")]
    pub log_every: NonZeroUsize,

    /// Also write a checkpoint after every N updates [default: never]
    ///
    /// The files lie beside the output NAME.safetensors. NAME.step-120.safetensors is the same as the output of a run with
    /// --steps 120. NAME.resume.safetensors is replaced each time; --resume continues from it.
    #[arg(long, value_name = "N", value_parser = artifact::positive)]
    pub checkpoint_every: Option<NonZeroUsize>,

    /// Continue a stopped run from NAME.resume.safetensors, which --checkpoint-every writes
    ///
    /// All flags and environments that decide the result must be the same as in that run. Only --steps may differ; it must be
    /// at least the number of updates already made. The checkpoint is the same, byte for byte, as without the stop. The log is
    /// continued from FILE.partial of --log FILE. Without FILE.partial it starts at the resumed step.
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,

    /// Show no progress and no closing line, only errors and warnings
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say on stderr what auto chose, and how the training ended
    ///
    /// auto chooses engine, precision, kernel and threads. The closing line has the risks, accuracies and penalty before the
    /// last update, the seconds, and the name of the checkpoint. At a terminal it is always written, except with --quiet.
    #[arg(short, long)]
    pub verbose: bool,

    /// Where the checkpoint goes; `-` is standard output, which may not be a terminal
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,

    /// Training environments, safetensors files; one of them may be `-`, standard input
    #[arg(value_name = "ENV", required = true)]
    pub environments: Vec<PathBuf>,
}

/// What a command line asks for.
pub enum Asked {
    /// A training.
    Train(Box<Args>),
    /// The list of objectives.
    List(list_objectives::Format),
}

impl Args {
    /// What the command line asks for; ends the process with a message where it makes no sense.
    pub fn parse() -> Asked {
        let matches = manual::matches(Self::command());
        if let Some(&format) = matches.get_one(LIST_OBJECTIVES) {
            return Asked::List(format);
        }
        let args = Self::from_arg_matches(&matches)
            .unwrap_or_else(|error| error.format(&mut Self::command()).exit());
        args.check(&matches);
        Asked::Train(Box::new(args))
    }

    /// Ends the program with a usage error where a file is asked for twice, or a flag has no effect.
    fn check(&self, matches: &ArgMatches) {
        let inputs = self.environments.iter().chain(&self.resume);
        if inputs.filter(|path| *path == artifact::DASH).count() > 1 {
            Self::refuse(
                "only one environment, or the file of --resume, can be read from standard input",
            );
        }
        let log = self.log.as_deref();
        let partial = log.and_then(artifact::partial_path);
        let logs_to = |path: &Path| {
            let mut logs = log.into_iter().chain(partial.as_deref());
            logs.any(|log| artifact::same_file(log, path))
        };
        if logs_to(&self.output) {
            Self::refuse(format!(
                "--log and --output are both {}; the log needs a file of its own",
                self.output.display()
            ));
        }
        let periodic = PeriodicCheckpoints::new(self.checkpoint_every, &self.output);
        let mut periodic = periodic
            .paths(self.steps.get())
            .chain(periodic.state_path());
        if let Some(taken) = periodic.find(|path| logs_to(path)) {
            Self::refuse(format!(
                "--log is {}, where --checkpoint-every writes; the log needs a file of its own",
                taken.display()
            ));
        }
        let given = |flag| matches.value_source(flag) == Some(ValueSource::CommandLine);
        if self.threads.is_some() && !self.device.is_cpu() {
            Self::refuse(
                "--threads is for --device cpu: on CUDA no rows are shared by CPU threads",
            );
        }
        if self.layers == 0 && given("hidden") {
            Self::refuse("--hidden has no meaning without a hidden layer, --layers 0");
        }
        if self.checkpoint_every.is_some() && artifact::is_stdout(&self.output) {
            Self::refuse("--checkpoint-every writes beside the output; name a file with -o");
        }
        if given("momentum") && self.optimizer != OptimizerName::Sgd {
            Self::refuse("--momentum has no meaning without --optimizer sgd");
        }
        let objective = &self.objective.objective;
        let forgets = self.optimizer == OptimizerName::Adam || self.momentum > 0.0;
        if objective.resets_optimizer() && !forgets {
            Self::refuse(format!(
                "{} has no meaning for sgd without --momentum, which remembers nothing",
                Penalty::RESET_OPTIMIZER.shown()
            ));
        }
        if self.lr_after_anneal.is_some() {
            match objective.anneal() {
                None => Self::refuse(format!(
                    "--lr-after-anneal has no meaning for the objective {}, which has no --anneal",
                    objective.definition().name
                )),
                Some(0) => {
                    Self::refuse("--lr-after-anneal has no meaning with --anneal 0: give --lr")
                }
                Some(_) => {}
            }
        }
        let (objective, found) = (&self.objective.objective, self.environments.len());
        let fewest = objective.environments();
        if found < fewest {
            Self::refuse(format!(
                "the objective {} needs {fewest} or more environments, found {found}",
                objective.definition().name
            ));
        }
        if let Some(every) = self.checkpoint_every.filter(|every| *every > self.steps) {
            Self::refuse(format!(
                "--checkpoint-every {every} has no meaning in a run of {} steps",
                self.steps
            ));
        }
    }

    /// Ends the program with a usage error (exit code 2) that says `message`.
    pub fn refuse(message: impl std::fmt::Display) -> ! {
        Self::command()
            .error(ErrorKind::ArgumentConflict, message)
            .exit()
    }
}

/// A number of 0 or more and below 1.
fn below_one(text: &str) -> Result<f64, String> {
    let number = artifact::nonnegative(text)?;
    match number < 1.0 {
        true => Ok(number),
        false => Err("expected a number below 1".to_owned()),
    }
}

/// What makes an update of a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OptimizerName {
    /// Kingma and Ba 2015, with β₁ = 0.9, β₂ = 0.999, ε = 1e-8
    Adam,
    /// Gradient steps, with --momentum or without
    Sgd,
}

impl fmt::Display for OptimizerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Adam => "adam",
            Self::Sgd => "sgd",
        })
    }
}

/// What computes the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// The fast choice. On a CPU: kernels of our own. On CUDA: products of cuBLAS, and kernels of our own between them
    Fused,
    /// The operations of the candle library, one by one, to check the other
    Candle,
}

/// Where to train: the value of `--device`.
#[derive(Clone, Copy, Debug)]
pub enum DeviceFlag {
    /// The CPU.
    Cpu,
    /// The N-th CUDA device.
    Cuda(usize),
}

impl FromStr for DeviceFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix("cuda:").and_then(|n| n.parse().ok());
        match (text, number) {
            ("cpu", _) => Ok(Self::Cpu),
            ("cuda", _) => Ok(Self::Cuda(0)),
            (_, Some(number)) => Ok(Self::Cuda(number)),
            _ => Err("expected cpu, cuda or cuda:N".to_owned()),
        }
    }
}

impl DeviceFlag {
    /// Whether it is the CPU.
    pub fn is_cpu(self) -> bool {
        matches!(self, Self::Cpu)
    }

    /// The device itself.
    ///
    /// # Errors
    /// Where there is no such CUDA device, or the program was built without CUDA.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(number) => {
                let device = Device::new_cuda(number).with_context(|| {
                    let instead = if cfg!(feature = "cuda") {
                        "use one that nvidia-smi lists"
                    } else {
                        "build with `--features cuda`"
                    };
                    format!(
                        "--device cuda:{number}: cannot be opened; {instead}, or use --device cpu"
                    )
                })?;
                #[cfg(feature = "cuda")]
                kernels::cuda::prepare(device.as_cuda_device()?)?;
                Ok(device)
            }
        }
    }
}

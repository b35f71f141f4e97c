//! The command line.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result};
use candle_core::Device;
use clap::{CommandFactory, Parser, ValueEnum, error::ErrorKind};
use network::Precision;

use crate::on_the_way::OnTheWay;

const EXAMPLES: &str = "\
Examples:
  $ train --objective erm --seed 1 -o erm.safetensors train-1.safetensors train-2.safetensors

  $ train --objective meta-irm --hidden 151 --inner-lr 0.059 --std-weight 684 --l2 0.00102 \\
      --lr 0.00064 --anneal 195 --reset-adam --steps 290 --log log.csv -o meta.safetensors \\
      train-*.safetensors

  $ train --objective v-rex --steps 40 --checkpoint-every 10 -o v-rex.safetensors \\
      train-*.safetensors

  $ train --objective irmv1 --steps 20 - train-2.safetensors \\
      < train-1.safetensors > irmv1.safetensors

Memory: with one thread, two classes and two environments of 25,000 rows, meta-irm, which keeps
activations of every row, takes 90 MB in f32 and 65 MB in bf16 for hidden layers of 256 units, 130
and 95 MB for 390; the others take 45 MB. On AMX's tiles bf16 takes 95 MB for 256 and 125 MB for 390
units, whatever the objective. More classes take more: with ten of them and 390 units irmv1 takes
200 MB in f32, 180 MB on tiles.

The training log has the columns step, environment, risk, accuracy, base, penalty, weight, loss.";

/// Trains a network on one or more environments, for v-rex, mm-rex and meta-irm two or more, and writes a
/// checkpoint.
///
/// Each environment is a safetensors file with `images` U8 [n, channels, height, width] and `labels`,
/// as mkenv writes it. Every step is one Adam update over all rows of all environments. The same files,
/// flags and seed give the same checkpoint, byte for byte, on the same kind of CPU, whatever the number
/// of threads.
#[derive(Debug, Parser)]
#[command(name = "train", version, arg_required_else_help = true, allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct Args {
    /// What is minimised. R^e is environment e's risk, the mean negative log-likelihood in nats; w is the penalty's weight
    #[arg(long, value_parser = crate::chosen::objective_names())]
    pub objective: String,

    /// α: step size of meta-irm's inner gradient step [default: 0.1; paper: not given, 0.059 found]
    #[arg(long, value_name = "ALPHA", value_parser = nonnegative, help_heading = "meta-irm")]
    pub inner_lr: Option<f64>,

    /// Number of inner gradient steps [default: 1; paper: 1]
    #[arg(long, value_name = "K", value_parser = artifact::positive, help_heading = "meta-irm")]
    pub inner_steps: Option<NonZeroUsize>,

    /// λ: weight of the meta-losses' standard deviation once annealed; 0 is the ablation meta-irm-no-std
    /// [default: 100; paper: not given, 684 found]
    #[arg(long, value_name = "LAMBDA", value_parser = nonnegative, help_heading = "meta-irm")]
    pub std_weight: Option<f64>,

    /// Leave out the Hessian term: the ablation meta-irm-first-order
    #[arg(long, help_heading = "meta-irm")]
    pub first_order: bool,

    /// Judge on the environment adapted to: the ablation meta-irm-same-env
    #[arg(long, help_heading = "meta-irm")]
    pub same_env: bool,

    /// Weight of the penalty of irmv1, v-rex or mm-rex once annealed; where a weight is above 1 the
    /// whole loss is divided by it [default: 10000; published: IRMv1 91257.18613115903, V-REx 10000]
    #[arg(long, value_name = "W", value_parser = nonnegative, help_heading = "Penalty")]
    pub penalty_weight: Option<f64>,

    /// Weight of the penalty, meta-irm's σ included, in the first --anneal steps [default: 1, or 0
    /// where the weight is 0; paper: 1]
    #[arg(long, value_name = "W", value_parser = nonnegative, help_heading = "Penalty")]
    pub penalty_weight_before: Option<f64>,

    /// Number of first steps with the weight --penalty-weight-before: a run of no more --steps never has the
    /// other. No effect where both weights are the same [default: 100; published: IRMv1 190, V-REx 100]
    #[arg(long, value_name = "STEPS", value_parser = artifact::whole::<usize>, help_heading = "Penalty")]
    pub anneal: Option<usize>,

    /// Start Adam anew after the first --anneal steps, where the gradient jumps [paper: not given; the
    /// published code of IRM and V-REx does not, DomainBed does]
    #[arg(long, help_heading = "Penalty")]
    pub reset_adam: bool,

    /// Units of each hidden layer, at most 16384 [default: 256; published: 390 for IRMv1, 256 for ERM and
    /// V-REx, 83 for grayscale ERM]
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u16).range(1..=16384), help_heading = "Network")]
    pub hidden: Option<u16>,

    /// Number of hidden layers; 0 is a linear predictor [paper: 2]
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=16), help_heading = "Network")]
    pub layers: u8,

    /// Adam's step size [published: ERM and V-REx 0.001, IRMv1 0.0004898536566546834]
    #[arg(long, default_value_t = 0.001, value_parser = nonnegative, help_heading = "Descent")]
    pub lr: f64,

    /// Weight of Σ‖w‖² over all parameters, biases included, in the loss [published: ERM and V-REx 0.001,
    /// IRMv1 0.00110794568]
    #[arg(long, default_value_t = 0.001, value_parser = nonnegative, help_heading = "Descent")]
    pub l2: f64,

    /// Number of updates, each over all rows [published: 501; 101 for grayscale ERM]
    #[arg(long, default_value = "501", value_parser = artifact::positive, help_heading = "Descent")]
    pub steps: NonZeroUsize,

    /// Seed of the initial weights
    #[arg(long, default_value_t = 0, value_parser = artifact::whole::<u64>)]
    pub seed: u64,

    /// cpu, cuda or cuda:N; cuda needs a build with `--features cuda`
    #[arg(long, default_value = "cpu")]
    pub device: Where,

    /// What computes the network: fused, the fast engine for CPUs, or candle, the plain reference
    /// [default: fused, or candle on CUDA, which has no other]
    #[arg(long, value_enum)]
    pub engine: Option<EngineName>,

    /// Arithmetic of the fused engine's matrix products; sums, parameters and Adam are f32 in all.
    /// auto: bf16 where the CPU has AVX-512 BF16 (on Linux, with AMX where it has that too), else f32. The candle engine has only f32
    #[arg(long, value_name = "auto|bf16|f32|tf32", default_value_t = Precision::Auto, hide_possible_values = true)]
    pub precision: Precision,

    /// CPU threads that share the rows, at most 1024; the result does not depend on it [default: one per
    /// core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Name of the table that the run belongs to; kept in the checkpoint, for eval and report
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<String>,

    /// Write the training log to this CSV file
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Log every N-th step, from step 0, and the last [default: 10]
    #[arg(long, value_name = "N", value_parser = artifact::positive, requires = "log")]
    pub log_every: Option<NonZeroUsize>,

    /// Also write the parameters after every N updates, beside the output: NAME.step-120.safetensors
    /// for NAME.safetensors. Each is what a run with so many --steps would write [default: never]
    #[arg(long, value_name = "N", value_parser = artifact::positive)]
    pub checkpoint_every: Option<NonZeroUsize>,

    /// Where the checkpoint goes; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,

    /// Training environments, safetensors files; one of them may be `-`, standard input
    #[arg(value_name = "ENV", required = true)]
    pub environments: Vec<PathBuf>,
}

impl Args {
    /// Ends the program with a usage error where a file is asked for twice, or a flag has no effect.
    pub fn check(&self) {
        let inputs = self.environments.iter();
        if inputs.filter(|path| *path == artifact::DASH).count() > 1 {
            Self::refuse("only one environment can be read from standard input");
        }
        let logs_to = |path: &Path| {
            let log = self.log.as_ref();
            log.is_some_and(|log| artifact::same_file(log, path))
        };
        if logs_to(&self.output) {
            Self::refuse(format!(
                "--log and --output are both {}; the log needs a file of its own",
                self.output.display()
            ));
        }
        let on_the_way = OnTheWay::new(self.checkpoint_every, &self.output);
        let mut on_the_way = on_the_way.paths(self.steps.get());
        if let Some(taken) = on_the_way.find(|path| logs_to(path)) {
            Self::refuse(format!(
                "--log is {}, where --checkpoint-every writes; the log needs a file of its own",
                taken.display()
            ));
        }
        if self.layers == 0 && self.hidden.is_some() {
            Self::refuse("--hidden has no meaning without a hidden layer, --layers 0");
        }
        if self.checkpoint_every.is_some() && artifact::is_stdout(&self.output) {
            Self::refuse("--checkpoint-every writes beside the output; name a file with -o");
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

/// A finite number that is not negative.
fn nonnegative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("expected a finite number of 0 or more".to_owned()),
    }
}

/// What computes the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// Products at the CPU's speed.
    Fused,
    /// Plain candle tensors.
    Candle,
}

/// Where to train.
#[derive(Clone, Copy, Debug)]
pub enum Where {
    /// The CPU.
    Cpu,
    /// The N-th CUDA device.
    Cuda(usize),
}

impl FromStr for Where {
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

impl Where {
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

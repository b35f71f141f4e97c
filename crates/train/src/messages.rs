//! What train says on stderr besides errors: the progress, what was chosen, and how the run ended.

use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use network::EngineKind;
use training::Step;

use crate::args::Args;

/// Whether the closing line is written.
pub fn closes(args: &Args) -> bool {
    args.verbose || (stderr().is_terminal() && !args.quiet)
}

/// A bar on stderr, and nothing where that is no terminal or the flags say so.
pub fn progress(args: &Args) -> ProgressBar {
    let style = "{bar:40} step {pos}/{len}, {msg}, {eta} left";
    let target = match args.quiet {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr(),
    };
    ProgressBar::with_draw_target(Some(args.steps.get() as u64), target).with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

/// What computes the network: what `auto` and the defaults stand for.
pub fn chosen(args: &Args, engine: EngineKind) -> String {
    let mut line = format!("engine {}, precision {}", engine.name(), engine.precision());
    if let EngineKind::Fused(kernel) = engine {
        let _ = write!(line, ", kernel {}", kernel.name());
    }
    if args.device.is_cpu() {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = args.threads.map_or_else(cores, usize::from);
        let _ = write!(line, ", device cpu, threads {threads}");
    } else {
        line.push_str(", device cuda");
    }
    line
}

/// The values of one step, before its update, as the log has them.
pub fn values(step: &Step) -> String {
    let evaluation = step.evaluation;
    let mut line = format!("step {}", step.number);
    let environments = evaluation.risks.iter().zip(&evaluation.accuracies);
    for (e, (risk, accuracy)) in environments.enumerate() {
        let _ = write!(
            line,
            "; environment {}: risk {risk:.4}, accuracy {accuracy:.4}",
            e + 1
        );
    }
    let _ = write!(line, "; penalty {:.4e}", evaluation.penalty);
    line
}

/// The closing line: the [`values`] of the last step, if one was made, the time and the file.
pub fn closing(last: Option<&str>, took: Duration, output: &Path) -> String {
    let output = match artifact::is_stdout(output) {
        true => "standard output".to_owned(),
        false => output.display().to_string(),
    };
    let last = last.unwrap_or("no step was left");
    format!("{last}; {:.1} s; wrote {output}", took.as_secs_f64())
}

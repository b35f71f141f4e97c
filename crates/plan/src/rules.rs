//! Make rules: a pattern rule for each step, whose stem is the seed, and lists for the Makefile.

use std::fmt::Write;

use crate::steps::{self, Program, Step};
use crate::tables::{Figure, Run, Source, Tables};

const HEAD: &str = "\
# Written by plan from scripts/experiments/*.csv: change those, not this file.
";

/// The rules as text.
pub fn write(tables: &Tables) -> String {
    let mut out = HEAD.to_owned();
    lists(&mut out, tables);
    for kind in &tables.environments {
        let _ = writeln!(out, "\n# ---- {}", kind.name);
        for step in steps::mkenv(kind) {
            rule(&mut out, &step);
        }
    }
    for run in &tables.runs {
        let _ = writeln!(out, "\n# ---- {}", run.name());
        if let Some(step) = steps::train(tables, run) {
            rule(&mut out, &step);
        }
        rule(&mut out, &steps::eval(tables, run));
    }
    for figure in &tables.figures {
        figure_lists(&mut out, tables, figure);
    }
    out
}

fn lists(out: &mut String, tables: &Tables) {
    let experiments = tables.experiments();
    let _ = writeln!(out, "\nexperiments := {}", experiments.join(" "));
    for name in &experiments {
        let rows: Vec<&str> = tables.rows(name).map(|run| &*run.row).collect();
        let _ = writeln!(out, "rows/{name} := {}", rows.join(" "));
        let _ = writeln!(out, "$(OUT)/scores/{name}.csv: $(call scores,{name})");
    }
    let _ = writeln!(
        out,
        "longest_first := {}",
        longest_first(&tables.runs).join(" ")
    );
    let figures: Vec<&str> = tables.figures.iter().map(|figure| &*figure.name).collect();
    let _ = writeln!(out, "figures := {}", figures.join(" "));
}

/// All runs, those with most steps times units first, lest a core stand idle while a last long run ends.
fn longest_first(runs: &[Run]) -> Vec<String> {
    let number = |run: &Run, flag| {
        run.value(flag)
            .and_then(|value| value.parse().ok())
            .unwrap_or(1.0)
    };
    let cost = |run: &Run| -> f64 { number(run, "--steps") * number(run, "--hidden") };
    let mut order: Vec<&Run> = runs.iter().collect();
    order.sort_by(|one, other| cost(other).total_cmp(&cost(one)));
    order.into_iter().map(Run::name).collect()
}

fn rule(out: &mut String, step: &Step) {
    let program = step.program.name();
    let inputs: Vec<String> = step
        .inputs
        .iter()
        .map(|file| format!("$(OUT)/{file}"))
        .collect();
    let inputs = match step.program {
        Program::Mkenv => "$(IDX)".to_owned(),
        _ => inputs.join(" "),
    };
    let command = match step.program {
        Program::Mkenv => {
            "--images $(word 1,$(IDX)) --labels $(word 2,$(IDX)) FLAGS --seed $* -o $@"
        }
        Program::Train => {
            "FLAGS --experiment EXPERIMENT --seed $* $(on_device)STATES --log $(@:.safetensors=.csv) -o $@ \
             $(filter %.safetensors,$^)"
        }
        Program::Eval => {
            "--experiment EXPERIMENT --row ROW $(threads) -o $@ $(filter $(OUT)/checkpoints/%,$^) \
             --env $(filter $(OUT)/environments/%,$^)"
        }
    };
    let (experiment, row) = step.name.split_once('/').unwrap_or_default();
    let command = command
        .replace("FLAGS", &step.flags.join(" "))
        .replace("EXPERIMENT --row ROW", &format!("{experiment} --row {row}"))
        .replace("EXPERIMENT", experiment)
        .replace("STATES", &states(step));
    let (name, target) = (&step.name, &step.target);
    let _ = write!(
        out,
        "$(OUT)/{target}: $(OUT)/bin/{program} $(OUT)/flags/{program}/{name} {inputs}\n\
         \t@mkdir -p $(@D)\n\
         \t$(Q)$(timed) {program} {name}/seed-$* $(OUT)/bin/{program} {command}\n"
    );
    if step.program == Program::Train {
        let periodic = match value(step, "--checkpoint-every") {
            Some(_) => "",
            None => " $(@:.safetensors=).step-*.safetensors",
        };
        let _ = writeln!(out, "\t@rm -f $(state){periodic}");
    }
}

/// What stands after `flag` in a row's flags.
fn value<'a>(step: &'a Step, flag: &str) -> Option<&'a String> {
    let place = step.flags.iter().position(|given| given == flag)?;
    step.flags.get(place + 1)
}

/// How many steps a training that is killed loses at most.
const STEPS_LOST: usize = 100;

/// The flags that leave states of a run longer than [`STEPS_LOST`], and that go on from one that is there: the Makefile's
/// `resume`. Where the row says how often, that holds.
fn states(step: &Step) -> String {
    // train's default is more.
    let long = value(step, "--steps").is_none_or(|steps| {
        let steps: Result<usize, _> = steps.parse();
        steps.is_ok_and(|steps| steps > STEPS_LOST)
    });
    let given = value(step, "--checkpoint-every").is_some();
    let every = match long && !given {
        true => format!(" --checkpoint-every {STEPS_LOST}"),
        false => String::new(),
    };
    format!("{every} $(resume)")
}

/// What the Makefile knows of a figure. It is drawn if all runs of one of the words of `drawable/NAME` are there, which
/// are joined by `+`.
fn figure_lists(out: &mut String, tables: &Tables, figure: &Figure) {
    let name = &figure.name;
    let (kind, from, drawable) = match &figure.source {
        Source::Accuracy {
            experiment,
            leave_out,
        } => {
            let drawn = tables
                .rows(experiment)
                .filter(|run| !leave_out.contains(&run.row));
            (
                "accuracy",
                format!(
                    "experiments_of/{name} := {experiment}\nleft_out_of/{name} := {}",
                    leave_out.join(" ")
                ),
                drawn.map(Run::name).collect(),
            )
        }
        Source::Training { run } => (
            "training",
            {
                let log = tables
                    .run(run)
                    .map_or(String::new(), |run| tables.trained_as(run).name());
                format!("run_of/{name} := {run}\nlog_of/{name} := {log}")
            },
            vec![run.clone()],
        ),
        Source::Data { experiments } => (
            "data",
            format!("experiments_of/{name} := {}", experiments.join(" ")),
            of_two_sizes(tables, experiments),
        ),
    };
    let alt = figure.alt.replace('$', "$$").replace('#', "\\#");
    let _ = write!(
        out,
        "\n# ---- {name}\n\
         kind_of/{name} := {kind}\n\
         {from}\n\
         drawable/{name} := {}\n\
         shown_under/{name} := {}\n\
         alt_of/{name} := {alt}\n\
         $(OUT)/figures/{name}.svg $(OUT)/figures/{name}.png: $(OUT)/flags/figures/{name} $(call waits_for,{name})\n",
        drawable.join(" "),
        figure.under,
    );
}

/// Pairs of runs of one objective that differ in their environments' number of rows: a line needs two points.
fn of_two_sizes(tables: &Tables, experiments: &[String]) -> Vec<String> {
    // mkenv's flags without the limit, and the limit.
    let data = |run: &Run| {
        let mut flags = tables.of(run).flags.clone();
        let place = flags.iter().position(|flag| flag == "--limit");
        let limit: Vec<String> = place.map_or(Vec::new(), |at| {
            flags.drain(at..flags.len().min(at + 2)).collect()
        });
        (flags, limit)
    };
    let runs: Vec<&Run> = experiments
        .iter()
        .flat_map(|name| tables.rows(name))
        .collect();
    let mut pairs = Vec::new();
    for (place, one) in runs.iter().enumerate() {
        for other in &runs[place + 1..] {
            let ((flags, limit), (other_flags, other_limit)) = (data(one), data(other));
            let same =
                one.value("--objective") == other.value("--objective") && flags == other_flags;
            if same && limit != other_limit {
                pairs.push(format!("{}+{}", one.name(), other.name()));
            }
        }
    }
    pairs
}

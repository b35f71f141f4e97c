//! Make rules: a pattern rule for each call of a program, whose stem is the seed, and lists for the Makefile.

use std::fmt::Write;

use crate::claims::Comparison;
use crate::environments::Environments;
use crate::program_calls::{self, Program, ProgramCall};
use crate::search_panels::Panel;
use crate::tables::{Figure, FigureSource, Run, Tables};

const HEAD: &str = "\
# Written by plan from scripts/experiments/*.csv: change those, not this file.
";

/// The rules as text.
pub fn write(tables: &Tables) -> String {
    let mut out = HEAD.to_owned();
    lists(&mut out, tables);
    for kind in &tables.environments {
        let _ = writeln!(out, "\n# ---- {}", kind.name);
        for call in program_calls::mkenv(kind) {
            rule(&mut out, &call);
        }
    }
    for run in &tables.runs {
        let _ = writeln!(out, "\n# ---- {}", run.name());
        if let Some(call) = program_calls::train(tables, run) {
            rule(&mut out, &call);
        }
        rule(&mut out, &program_calls::eval(tables, run));
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
        let _ = writeln!(
            out,
            "digits_of/{name} := {}",
            digits(tables, name).join(" ")
        );
        let mut kinds: Vec<&str> = Vec::new();
        for run in tables.rows(name) {
            if !kinds.contains(&&*run.environments) {
                kinds.push(&run.environments);
            }
        }
        let _ = writeln!(out, "kinds_of/{name} := {}", kinds.join(" "));
        let _ = writeln!(out, "$(OUT)/scores/{name}.csv: $(call scores,{name})");
    }
    let trained_on = |kind: &&Environments| !kind.training_p_e.is_empty();
    let kinds: Vec<&Environments> = tables.environments.iter().filter(trained_on).collect();
    let names: Vec<&str> = kinds.iter().map(|kind| &*kind.name).collect();
    let _ = writeln!(out, "kinds := {}", names.join(" "));
    for kind in kinds {
        let name = &kind.name;
        let files = program_calls::pictured(kind).join(" ");
        let _ = writeln!(out, "pictured/{name} := {files}");
        let training = kind.training_p_e.join(" and ");
        let last = kind.test_p_e.last();
        let test = last.map_or(String::new(), |p_e| {
            format!(", and the test environment, p_e {p_e}")
        });
        let _ = writeln!(
            out,
            "sheet_alt/{name} := images of the training environments, p_e {training}{test}"
        );
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

fn rule(out: &mut String, call: &ProgramCall) {
    let program = call.program.name();
    let folder = match call.program {
        Program::Mkenv => "$(DIGITS)",
        _ => "$(OUT)",
    };
    let inputs = call
        .inputs
        .iter()
        .map(|input| format!("{folder}/{}", input.file));
    let inputs = inputs.collect::<Vec<_>>().join(" ");
    let command = match call.program {
        Program::Mkenv => {
            "--images $(filter %-images-idx3-ubyte,$^) --labels $(filter %-labels-idx1-ubyte,$^) FLAGS --seed $* -o $@"
        }
        Program::Train => {
            "FLAGS --experiment EXPERIMENT --seed $* $(on_device)STATES --log $(@:.safetensors=.csv) -o $@ \
             $(filter %.safetensors,$^)"
        }
        Program::Eval => {
            "--experiment EXPERIMENT --row ROW $(threads) -o $@ $(filter $(OUT)/checkpoints/%,$^) --env ENVIRONMENTS"
        }
    };
    let (experiment, row) = call.name.split_once('/').unwrap_or_default();
    let command = command
        .replace("FLAGS", &call.flags.join(" "))
        .replace("EXPERIMENT --row ROW", &format!("{experiment} --row {row}"))
        .replace("EXPERIMENT", experiment)
        .replace("STATES", &states(call))
        .replace("ENVIRONMENTS", &environments(call));
    let (name, target) = (&call.name, &call.target);
    let _ = write!(
        out,
        "$(OUT)/{target}: $(OUT)/bin/{program} $(OUT)/flags/{program}/{name} {inputs}\n\
         \t@mkdir -p $(@D)\n\
         \t$(Q)$(timed) {program} {name}/seed-$* $(OUT)/bin/{program} {command}\n"
    );
    if call.program == Program::Train {
        let periodic = match value(call, "--checkpoint-every") {
            Some(_) => "",
            None => " $(@:.safetensors=).step-*.safetensors",
        };
        let _ = writeln!(out, "\t@rm -f $(state){periodic}");
    }
}

/// The environments as `eval --env` takes them: those without a name are whatever else the rule depends on.
fn environments(call: &ProgramCall) -> String {
    let named = call.inputs.iter().filter_map(|input| {
        let (name, file) = (input.name.as_ref()?, input.file.replace('%', "$*"));
        Some((name, format!("$(OUT)/{file}")))
    });
    let (names, files): (Vec<&String>, Vec<String>) = named.unzip();
    let all = "$(filter $(OUT)/environments/%,$^)";
    if files.is_empty() {
        return all.to_owned();
    }
    let named = names
        .iter()
        .zip(&files)
        .map(|(name, file)| format!(" {name}={file}"));
    format!(
        "$(filter-out {},{all}){}",
        files.join(" "),
        named.collect::<String>()
    )
}

/// The data sets of an experiment's training environments.
fn digits<'a>(tables: &'a Tables, experiment: &str) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for run in tables.rows(experiment) {
        let folder = &*tables.of(run).digits.folder;
        if !found.contains(&folder) {
            found.push(folder);
        }
    }
    found
}

/// What stands after `flag` in a row's flags.
fn value<'a>(call: &'a ProgramCall, flag: &str) -> Option<&'a String> {
    let place = call.flags.iter().position(|given| given == flag)?;
    call.flags.get(place + 1)
}

/// How many steps a training that is killed loses at most.
const STEPS_LOST: usize = 100;

/// The flags that leave states of a run longer than [`STEPS_LOST`], and that go on from one that is there: the Makefile's
/// `resume`. Where the row says how often, that holds.
fn states(call: &ProgramCall) -> String {
    // train's default is more.
    let long = value(call, "--steps").is_none_or(|steps| {
        let steps: Result<usize, _> = steps.parse();
        steps.is_ok_and(|steps| steps > STEPS_LOST)
    });
    let given = value(call, "--checkpoint-every").is_some();
    let every = match long && !given {
        true => format!(" --checkpoint-every {STEPS_LOST}"),
        false => String::new(),
    };
    format!("{every} $(resume)")
}

/// What the Makefile knows of a figure. It is drawn if all runs of one of the words of `drawable/NAME` are there, which
/// are joined by `+`, or if it is drawn from `records_of/NAME`.
fn figure_lists(out: &mut String, tables: &Tables, figure: &Figure) {
    let name = &figure.name;
    let (kind, from, drawable) = match &figure.source {
        FigureSource::Accuracy {
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
        FigureSource::Training { run } => (
            "training",
            {
                let log = tables
                    .run(run)
                    .map_or(String::new(), |run| tables.trained_as(run).name());
                format!("run_of/{name} := {run}\nlog_of/{name} := {log}")
            },
            vec![run.clone()],
        ),
        FigureSource::Data { experiments } => (
            "data",
            format!("experiments_of/{name} := {}", experiments.join(" ")),
            of_two_sizes(tables, experiments),
        ),
        FigureSource::Claims { tested_on } => (
            "claims",
            format!(
                "experiments_of/{name} := {}\nclaims_of/{name} := $(CLAIMS)\n\
                 $(OUT)/figures/{name}.svg $(OUT)/figures/{name}.png: $(CLAIMS)",
                experiments_tested_on(tables, tested_on).join(" ")
            ),
            drawable_claims(tables, tested_on),
        ),
        // It needs no run.
        FigureSource::Search { panels } => {
            let mut records: Vec<String> = panels.iter().map(Panel::record).collect();
            records.sort();
            records.dedup();
            let panels: Vec<String> = panels.iter().map(Panel::flag).collect();
            let panels = format!(
                "records_of/{name} := {}\npanels_of/{name} := {}",
                records.join(" "),
                panels.join(" ")
            );
            ("search", panels, Vec::new())
        }
    };
    let written = |text: &str| text.replace('$', "$$").replace('#', "\\#");
    let alt = written(&figure.alt);
    // A figure of one run says which.
    let title = match (&*figure.title, &figure.source) {
        ("", FigureSource::Training { run }) => run,
        (title, _) => title,
    };
    let title = written(title);
    let _ = write!(
        out,
        "\n# ---- {name}\n\
         kind_of/{name} := {kind}\n\
         {from}\n\
         drawable/{name} := {}\n\
         shown_under/{name} := {}\n\
         alt_of/{name} := {alt}\n\
         title_of/{name} := {title}\n\
         $(OUT)/figures/{name}.svg $(OUT)/figures/{name}.png: $(OUT)/flags/figures/{name} $(call waits_for,{name})\n",
        drawable.join(" "),
        figure.under,
    );
}

/// What the name of an experiment has after it where its settings were chosen without the test environment.
const HONEST: &str = "-honest";

/// The experiments that the claims name, and those of their honest selections.
fn experiments_tested_on<'a>(tables: &'a Tables, tested_on: &[Comparison]) -> Vec<&'a str> {
    let named = |experiment: &&str| {
        let own = experiment.strip_suffix(HONEST).unwrap_or(experiment);
        tested_on.iter().flatten().any(|(named, _)| named == own)
    };
    tables.experiments().into_iter().filter(named).collect()
}

/// For each comparison the runs that it may name, under either selection. Where several rows fit a name, such as those of
/// two numbers of digits, all of them.
fn drawable_claims(tables: &Tables, tested_on: &[Comparison]) -> Vec<String> {
    let mut drawable = Vec::new();
    for selection in ["", HONEST] {
        for comparison in tested_on {
            let mut runs: Vec<String> = Vec::new();
            let all_there = comparison.iter().all(|(experiment, name)| {
                let experiment = format!("{experiment}{selection}");
                let fits = |run: &&Run| {
                    run.row == *name || run.value("--objective").is_some_and(|own| own == name)
                };
                let fitting: Vec<String> = tables
                    .rows(&experiment)
                    .filter(fits)
                    .map(Run::name)
                    .collect();
                runs.extend(fitting.iter().cloned());
                !fitting.is_empty()
            });
            runs.sort();
            runs.dedup();
            let runs = runs.join("+");
            if all_there && !runs.is_empty() && !drawable.contains(&runs) {
                drawable.push(runs);
            }
        }
    }
    drawable
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

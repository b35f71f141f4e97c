//! `--objective`, and a flag for each setting of the objectives in the registry.

use std::num::NonZeroUsize;

use clap::builder::{PossibleValue, PossibleValuesParser, ValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Error, FromArgMatches};
use objective::{Definition, Flag, Kind, OBJECTIVES, Objective, Penalty, Setting, Value};

/// What is minimised, with its settings. A flag that it does not use is a usage error.
#[derive(Debug)]
pub struct ObjectiveFlags {
    /// As the flags have it.
    pub objective: Objective,
}

impl clap::Args for ObjectiveFlags {
    fn augment_args(command: Command) -> Command {
        let names = OBJECTIVES
            .iter()
            .map(|one| PossibleValue::new(one.name).help(one.formula));
        let objective = Arg::new("objective")
            .long("objective")
            .value_name("OBJECTIVE")
            .required(true)
            .help(
                "What is minimised. R^e is the risk of environment e, the mean negative log-likelihood in nats; w is the \
                 penalty's weight",
            )
            .value_parser(PossibleValuesParser::from(names.collect::<Vec<_>>()));
        let settings = objective::flags().into_iter().map(|flag| argument(&flag));
        command.arg(objective).args(settings)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The flag of a setting.
fn argument(flag: &Flag) -> Arg {
    let setting = flag.setting;
    let argument = Arg::new(setting.flag)
        .long(setting.flag)
        .visible_aliases(setting.former_flag)
        .help(setting.meaning.to_owned() + &published(flag))
        .help_heading(heading(flag));
    let parser = match setting.kind {
        Kind::Switch => return argument.action(ArgAction::SetTrue),
        Kind::Number(_) => ValueParser::new(artifact::nonnegative),
        Kind::Whole(_) => ValueParser::new(artifact::whole::<usize>),
        Kind::Positive(_) => ValueParser::new(positive),
        Kind::Choice(choices) => PossibleValuesParser::new(choices).into(),
    };
    argument
        .value_name(setting.value_name)
        // clap keeps texts that live as long as the process.
        .default_value(&*setting.default().to_string().leak())
        .value_parser(parser)
}

fn positive(text: &str) -> Result<usize, String> {
    artifact::positive(text).map(NonZeroUsize::get)
}

/// The objective that alone has the setting, or what all those that share it have.
fn heading(flag: &Flag) -> &'static str {
    match flag.users[..] {
        [(only, _)] => only.name,
        _ => "Penalty",
    }
}

/// What was published for the setting, by objective where that differs.
fn published(flag: &Flag) -> String {
    let of = |user: &(&Definition, Setting)| Some((user.0.printed, user.1.published?.value));
    let values: Vec<_> = flag.users.iter().filter_map(of).collect();
    let Some(&(_, first)) = values.first() else {
        return String::new();
    };
    let all_have = |value| values.iter().all(|(_, other)| *other == value);
    let words = if values.len() == flag.users.len() && all_have(first) {
        first.to_owned()
    } else {
        let each = values.iter().map(|(name, value)| format!("{name} {value}"));
        each.collect::<Vec<_>>().join(", ")
    };
    format!(" [published: {words}]")
}

impl FromArgMatches for ObjectiveFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let refuse = |message: String| Error::raw(ErrorKind::ArgumentConflict, message);
        let name = matches.get_one::<String>("objective");
        let name = name.ok_or_else(|| {
            Error::raw(
                ErrorKind::MissingRequiredArgument,
                "--objective is required",
            )
        })?;
        let mut objective =
            Objective::from_name(name).map_err(|error| refuse(error.to_string()))?;
        let definition = objective.definition();
        for Flag { setting, .. } in objective::flags() {
            let flag = setting.flag;
            if matches.value_source(flag) != Some(ValueSource::CommandLine) {
                continue;
            }
            if definition.setting(flag).is_none() {
                return Err(refuse(format!(
                    "{} has no meaning for the objective {name}{}",
                    setting.shown(),
                    hint(definition, flag)
                )));
            }
            objective = objective
                .with(flag, value(matches, &setting))
                .map_err(|error| refuse(error.to_string()))?;
        }
        if let Some(message) = idle(&objective) {
            return Err(refuse(message));
        }
        Ok(Self { objective })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The value of a setting that was given.
fn value(matches: &ArgMatches, setting: &Setting) -> Value {
    let flag = setting.flag;
    match setting.kind {
        Kind::Switch => Value::Switch(matches.get_flag(flag)),
        Kind::Number(_) => Value::Number(*given(matches, flag)),
        Kind::Whole(_) | Kind::Positive(_) => Value::Count(*given(matches, flag)),
        Kind::Choice(_) => Value::Choice(given::<String>(matches, flag).clone().into()),
    }
}

fn given<'a, T: Clone + Send + Sync + 'static>(matches: &'a ArgMatches, flag: &str) -> &'a T {
    let value = matches.get_one(flag);
    value.expect("clap gives a value to a flag that was given")
}

/// Which flag to use in the place of `flag`, the weight of another objective's penalty.
fn hint(definition: &Definition, flag: &str) -> String {
    let is_weight = |other: &Definition| {
        let penalty = other.penalty.as_ref();
        penalty.is_some_and(|penalty| penalty.weight.flag == flag)
    };
    match &definition.penalty {
        Some(own) if OBJECTIVES.iter().any(is_weight) => {
            format!("; its penalty's weight is --{}", own.weight.flag)
        }
        _ => String::new(),
    }
}

/// What is wrong with a flag that was given and has no effect.
fn idle(objective: &Objective) -> Option<String> {
    let schedule = objective.schedule();
    let settings = objective.settings();
    let never_changes = |setting: Setting| {
        format!(
            "{} has no meaning where the penalty's weight never changes: give --{}, and two weights",
            setting.shown(),
            Penalty::ANNEAL.flag
        )
    };
    if settings.is_given(&Penalty::BEFORE) && schedule.anneal == 0 {
        return Some(never_changes(Penalty::BEFORE));
    }
    if objective.resets_optimizer() && (schedule.anneal == 0 || schedule.before == schedule.after) {
        return Some(never_changes(Penalty::RESET_OPTIMIZER));
    }
    (objective.is_not_rescaled() && schedule.is_none()).then(|| {
        format!(
            "{} has no meaning where the penalty's weight is 0",
            Penalty::NO_RESCALE.shown()
        )
    })
}

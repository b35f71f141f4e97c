//! The settings of an objective. Each of them is a flag of `train`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One setting, with its default, its published value and the range that a search draws from side by side.
///
/// ```
/// use objective::{Range, Setting};
///
/// const QUANTILE: Setting = Setting::number("quantile", "Q", 0.75)
///     .means("quantile of the risks that is minimised, 0 to 1")
///     .published("0.75", "the code of its paper")
///     .searched(Range::linear(0.5, 0.99));
/// assert_eq!(QUANTILE.flag, "quantile");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// The flag without its dashes, such as `inner-lr`. Objectives may share a flag; its meaning and default are then
    /// the same for all of them.
    pub flag: &'static str,
    /// What the flag was called before, if it had another name; it is understood still.
    pub former_flag: Option<&'static str>,
    /// What stands for the value in help, such as `ALPHA`; empty for a switch.
    pub value_name: &'static str,
    /// One sentence without its full stop.
    pub meaning: &'static str,
    /// Which values it takes, and its default.
    pub kind: Kind,
    /// The published value, if there is one.
    pub published: Option<Published>,
    /// What a search draws from, if the setting is searched.
    pub range: Option<Range>,
}

/// The values that a setting takes, with its default: the only place where that stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A finite number of 0 or more.
    Number(f64),
    /// A whole number of 0 or more.
    Whole(usize),
    /// A whole number of 1 or more.
    Positive(usize),
    /// Off unless it is given.
    Switch,
    /// One of these words. The first is the default.
    Choice(&'static [&'static str]),
}

/// What was published for a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The value as its source writes it, or a few words where the source gives none.
    pub value: &'static str,
    /// Where it stands.
    pub source: &'static str,
}

/// The interval that a search draws a value from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// How it is drawn.
    pub scale: Scale,
}

/// How a search draws from an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Uniformly in the logarithm.
    Log,
    /// Uniformly.
    Linear,
    /// A whole number, uniformly.
    Integer,
}

impl Scale {
    /// Its name in `scripts/search.py`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Linear => "linear",
            Self::Integer => "integer",
        }
    }
}

impl Range {
    /// Drawn uniformly in the logarithm.
    pub const fn log(low: f64, high: f64) -> Self {
        let scale = Scale::Log;
        Self { low, high, scale }
    }

    /// Drawn uniformly.
    pub const fn linear(low: f64, high: f64) -> Self {
        let scale = Scale::Linear;
        Self { low, high, scale }
    }

    /// A whole number, drawn uniformly.
    pub const fn integer(low: u32, high: u32) -> Self {
        Self {
            low: low as f64,
            high: high as f64,
            scale: Scale::Integer,
        }
    }
}

impl Setting {
    const fn new(flag: &'static str, value_name: &'static str, kind: Kind) -> Self {
        Self {
            flag,
            former_flag: None,
            value_name,
            meaning: "",
            kind,
            published: None,
            range: None,
        }
    }

    /// A setting that takes a finite number of 0 or more.
    pub const fn number(flag: &'static str, value_name: &'static str, default: f64) -> Self {
        Self::new(flag, value_name, Kind::Number(default))
    }

    /// A setting that takes a whole number of 0 or more.
    pub const fn whole(flag: &'static str, value_name: &'static str, default: usize) -> Self {
        Self::new(flag, value_name, Kind::Whole(default))
    }

    /// A setting that takes a whole number of 1 or more.
    pub const fn positive(flag: &'static str, value_name: &'static str, default: usize) -> Self {
        Self::new(flag, value_name, Kind::Positive(default))
    }

    /// A setting that is off unless it is given.
    pub const fn switch(flag: &'static str) -> Self {
        Self::new(flag, "", Kind::Switch)
    }

    /// A setting that takes one of the words `choices`, of which the first is its default.
    pub const fn choice(
        flag: &'static str,
        value_name: &'static str,
        choices: &'static [&'static str],
    ) -> Self {
        Self::new(flag, value_name, Kind::Choice(choices))
    }

    /// The same with its meaning: one sentence without its full stop.
    pub const fn means(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }

    /// The same, which is understood under an earlier name too.
    pub const fn formerly(self, flag: &'static str) -> Self {
        let former_flag = Some(flag);
        Self {
            former_flag,
            ..self
        }
    }

    /// The flag as messages write it, with its earlier name if it has one.
    pub fn shown(&self) -> String {
        match self.former_flag {
            Some(former) => format!("--{} (--{former})", self.flag),
            None => format!("--{}", self.flag),
        }
    }

    /// The same with what was published for it.
    pub const fn published(self, value: &'static str, source: &'static str) -> Self {
        let published = Some(Published { value, source });
        Self { published, ..self }
    }

    /// The same with the range that a search draws from.
    pub const fn searched(self, range: Range) -> Self {
        let range = Some(range);
        Self { range, ..self }
    }

    /// The value where none is given.
    pub const fn default(&self) -> Value {
        match self.kind {
            Kind::Number(default) => Value::Number(default),
            Kind::Whole(default) | Kind::Positive(default) => Value::Count(default),
            Kind::Switch => Value::Switch(false),
            Kind::Choice(choices) => Value::Choice(Cow::Borrowed(choices[0])),
        }
    }

    /// Whether the setting can have the value `value`.
    pub fn takes(&self, value: &Value) -> bool {
        match (self.kind, value) {
            (Kind::Number(_), Value::Number(number)) => number.is_finite() && *number >= 0.0,
            (Kind::Whole(_), Value::Count(_)) | (Kind::Switch, Value::Switch(_)) => true,
            (Kind::Positive(_), Value::Count(count)) => *count >= 1,
            (Kind::Choice(choices), Value::Choice(word)) => choices.contains(&&**word),
            _ => false,
        }
    }
}

impl Kind {
    /// Which values it takes, in words.
    pub fn expected(self) -> Cow<'static, str> {
        match self {
            Self::Number(_) => "a finite number of 0 or more".into(),
            Self::Whole(_) => "a whole number of 0 or more".into(),
            Self::Positive(_) => "a whole number of 1 or more".into(),
            Self::Switch => "true or false".into(),
            Self::Choice(choices) => choices.join(" or ").into(),
        }
    }
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Of a switch.
    Switch(bool),
    /// Of a setting that takes whole numbers.
    Count(usize),
    /// Of a setting that takes any number.
    Number(f64),
    /// Of a setting that takes one of some words.
    Choice(Cow<'static, str>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => on.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Choice(word) => word.fmt(f),
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<bool> for Value {
    fn from(on: bool) -> Self {
        Self::Switch(on)
    }
}

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Self {
        Self::Choice(word.into())
    }
}

/// What an objective was given. A setting that is not given has its default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    given: BTreeMap<&'static str, Value>,
}

impl Settings {
    /// Gives `setting` the value `value`, which it takes.
    pub(crate) fn give(&mut self, setting: &Setting, value: Value) {
        debug_assert!(setting.takes(&value));
        self.given.insert(setting.flag, value);
    }

    /// Whether `setting` was given a value.
    pub fn is_given(&self, setting: &Setting) -> bool {
        self.given.contains_key(setting.flag)
    }

    /// The value of `setting`.
    pub fn value(&self, setting: &Setting) -> Value {
        let given = self.given.get(setting.flag).cloned();
        given.unwrap_or_else(|| setting.default())
    }

    /// The value of `setting`, which takes numbers.
    pub fn number(&self, setting: &Setting) -> f64 {
        match self.value(setting) {
            Value::Number(number) => number,
            other => panic!("{} is {other}, expected a number", setting.flag),
        }
    }

    /// The value of `setting`, which takes whole numbers.
    pub fn count(&self, setting: &Setting) -> usize {
        match self.value(setting) {
            Value::Count(count) => count,
            other => panic!("{} is {other}, expected a whole number", setting.flag),
        }
    }

    /// Whether `setting`, which takes one of some words, is `word`.
    pub fn is(&self, setting: &Setting, word: &'static str) -> bool {
        debug_assert!(setting.takes(&word.into()));
        self.value(setting) == word.into()
    }

    /// Whether `setting`, a switch, is on.
    pub fn is_on(&self, setting: &Setting) -> bool {
        self.value(setting) == Value::Switch(true)
    }
}

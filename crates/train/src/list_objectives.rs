//! `train --list-objectives`: what the registry states, for people and for programs.

use std::fmt::Write;

use clap::ValueEnum;
use objective::{Definition, Kind, OBJECTIVES, Range, Scale, Setting};
use serde_json::{Value, json};

/// The form of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// To be read by people.
    Text,
    /// An array of objects with the keys name, printed, formula, source, environments, penalty_weight, settings, variants.
    Json,
}

/// All objectives with their settings.
pub fn list(format: Format) -> String {
    match format {
        Format::Text => OBJECTIVES.iter().map(text).collect::<Vec<_>>().join("\n\n"),
        Format::Json => {
            let all: Value = OBJECTIVES.iter().map(as_json).collect();
            format!("{all:#}")
        }
    }
}

/// `[a, b, log]`.
fn interval(range: Range) -> String {
    format!("[{}, {}, {}]", range.low, range.high, range.scale.name())
}

fn text(definition: &Definition) -> String {
    let Definition {
        name,
        printed,
        formula,
        source,
        environments,
        ..
    } = definition;
    let mut lines = format!(
        "{name}: {printed}\n  {formula}\n  source: {source}\n  environments: {environments} or more"
    );
    for setting in definition.all_settings() {
        let shown = setting.shown();
        let value = setting.value_name;
        let space = if value.is_empty() { "" } else { " " };
        let _ = write!(
            lines,
            "\n  {shown}{space}{value}\n      {}",
            setting.meaning
        );
        let _ = match setting.kind {
            Kind::Switch => write!(lines, "\n      default: off"),
            Kind::Choice(words) => write!(
                lines,
                "\n      default: {}, one of {}",
                setting.default(),
                words.join(", ")
            ),
            _ => write!(lines, "\n      default: {}", setting.default()),
        };
        if let Some(published) = setting.published {
            let _ = write!(
                lines,
                "\n      published: {} ({})",
                published.value, published.source
            );
        }
        if let Some(range) = setting.range {
            let _ = write!(lines, "\n      searched: {}", interval(range));
        }
    }
    for variant in definition.variants {
        let _ = write!(lines, "\n  {name}{}: {}", variant.suffix, variant.printed);
    }
    lines
}

fn as_json(definition: &Definition) -> Value {
    let name = definition.name;
    let variants = definition.variants.iter().map(
        |variant| json!({"name": format!("{name}{}", variant.suffix), "printed": variant.printed}),
    );
    json!({
        "name": name,
        "printed": definition.printed,
        "formula": definition.formula,
        "source": definition.source,
        "environments": definition.environments,
        "penalty_weight": definition.penalty.as_ref().map(|penalty| penalty.weight.flag),
        "settings": definition.all_settings().map(|setting| setting_as_json(&setting)).collect::<Value>(),
        "variants": variants.collect::<Value>(),
    })
}

fn setting_as_json(setting: &Setting) -> Value {
    let published = setting
        .published
        .map(|published| json!({"value": published.value, "source": published.source}));
    let choices = match setting.kind {
        Kind::Choice(words) => Some(words),
        _ => None,
    };
    json!({
        "flag": setting.flag,
        "meaning": setting.meaning,
        "default": setting.default(),
        "choices": choices,
        "published": published,
        "range": setting.range.map(range_as_json),
    })
}

/// As `scripts/search.py` takes a range; whole numbers stay whole.
fn range_as_json(range: Range) -> Value {
    let scale = range.scale.name();
    match range.scale {
        Scale::Integer => json!([range.low as u64, range.high as u64, scale]),
        Scale::Log | Scale::Linear => json!([range.low, range.high, scale]),
    }
}

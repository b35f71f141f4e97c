//! What is measured in an environment, beside what was asked for.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contents::Contents;
use crate::features::{self, Spread};
use crate::images::{Images, rows};
use crate::text::{columns, counted, number};

/// More classes or colours than this are left out of text.
const MOST: usize = 20;

/// The types that train and eval take, and what to do with others.
const TAKEN: [(&str, &[&str], &str); 3] = [
    (
        "images",
        &["U8"],
        ", 0 to 255; or F32 under the name inputs",
    ),
    ("inputs", &["F32"], ""),
    ("labels", &["U8", "I32", "I64", "BOOL"], ""),
];

/// What was measured.
#[derive(Serialize)]
pub struct Measured {
    /// Rows by class and colour.
    pub classes: Vec<Class>,
    /// Share of rows whose label is not the class of their digit; absent without `digits`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_noise: Option<Share>,
    /// Share of rows whose colour is not their label; absent without colours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_e: Option<Share>,
    /// Share of rows whose patch is not at the place of their label; absent without `patches`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_p_e: Option<Share>,
    /// Of `inputs`, the values of each feature; empty where there are many. Null for a feature without a finite value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Option<Spread>>,
    /// Least and largest value of the images or inputs.
    pub values: (f64, f64),
    /// Values that are NaN or infinite.
    pub not_finite: u64,
    /// Channels that are not zero in some row; empty where the rows are no images.
    pub channels_in_use: Vec<usize>,
    /// Rows that are zero in every channel.
    pub blank_rows: u64,
    /// What is likely a mistake.
    pub warnings: Vec<String>,
}

/// A class and its rows.
#[derive(Serialize)]
pub struct Class {
    /// Its label.
    pub label: i64,
    /// All its rows.
    pub rows: usize,
    /// Rows of each colour, from 0 on; empty for images of one channel.
    pub by_colour: Vec<usize>,
    /// Rows without one colour: of several channels, or of none. 0 where the rows are no images.
    pub without_colour: usize,
    /// Of `inputs`, features that are no images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
}

/// A share of the rows.
#[derive(Serialize)]
pub struct Share {
    /// What the provenance says.
    pub asked: Option<f64>,
    /// What was found.
    pub measured: f64,
}

impl Measured {
    /// Measures `contents`; `None` where only its header was read, or it has no rows of numbers.
    pub fn of(contents: &Contents) -> Option<Self> {
        let images = Images::to_measure(contents)?;
        let [n, channels, height, width] = images.shape;
        // Labels that are no whole numbers say nothing of the classes.
        let unreadable =
            contents.tensor("labels").is_some() && contents.whole_numbers("labels").is_none();
        let by_class = match unreadable {
            true => BTreeMap::new(),
            false => rows(contents, &images),
        };
        let features = contents.tensor("images").is_none();
        let spread = features::measure(contents, n, MOST).unwrap_or_default();
        let colours = if channels == 1 || features {
            0
        } else {
            channels
        };
        let classes: Vec<_> = by_class
            .iter()
            .map(|(&label, by_colour)| Class {
                label,
                rows: by_colour.values().map(Vec::len).sum(),
                by_colour: (0..colours)
                    .map(|colour| by_colour.get(&Some(colour)).map_or(0, Vec::len))
                    .collect(),
                without_colour: match features {
                    true => 0,
                    false => by_colour.get(&None).map_or(0, Vec::len),
                },
                spread: spread.by_label.get(&label).copied().flatten(),
            })
            .collect();

        let mut values = contents.values(contents.images()?)?;
        let (mut least, mut largest, mut not_finite, mut blank_rows) =
            (f64::INFINITY, f64::NEG_INFINITY, 0, 0);
        let mut in_use = vec![false; channels];
        for _ in 0..n {
            let mut blank = true;
            for used in &mut in_use {
                for value in values.by_ref().take(height * width) {
                    not_finite += u64::from(!value.is_finite());
                    (least, largest) = (least.min(value), largest.max(value));
                    *used |= value != 0.0;
                    blank &= value == 0.0;
                }
            }
            blank_rows += u64::from(blank);
        }
        let mut measured = Self {
            label_noise: label_noise(contents, &classes),
            p_e: (colours > 0)
                .then(|| colour_share(contents, &by_class))
                .flatten(),
            patch_p_e: share(contents, "patches", "p_e", |patch, label| patch != label),
            classes,
            features: spread.of_each,
            values: (least, largest),
            not_finite,
            channels_in_use: (0..channels)
                .filter(|&channel| in_use[channel] && !features)
                .collect(),
            blank_rows,
            warnings: Vec::new(),
        };
        measured.warnings = measured.doubts(contents, images.shape);
        Some(measured)
    }

    fn doubts(&self, contents: &Contents, [n, channels, height, width]: [usize; 4]) -> Vec<String> {
        let mut doubts: Vec<_> = TAKEN
            .iter()
            .filter_map(|(name, types, cure)| {
                let found = &contents.tensor(name)?.dtype;
                let taken = types.contains(&found.as_str());
                (!taken).then(|| {
                    let types = types.join(" or ");
                    format!("{name} of type {found}: train and eval take {types}{cure}")
                })
            })
            .collect();
        let is_u8 = contents.images().is_some_and(|tensor| tensor.dtype == "U8");
        if is_u8 && self.values.1 == 1.0 {
            doubts.push("the largest pixel is 1: U8 images are from 0 to 255".to_owned());
        }
        let is_images = contents.tensor("images").is_some();
        if is_images && width <= 4 && width < channels && width < height {
            doubts.push(format!(
                "the shape {n} x {channels} x {height} x {width} looks as if channels came last; expected n x channels x height x width"
            ));
        }
        if self.not_finite > 0 {
            doubts.push(format!("{} not finite", counted(self.not_finite, "value")));
        }
        let labels: Vec<_> = self.classes.iter().map(|class| class.label).collect();
        let said = contents.said("classes").and_then(serde_json::Value::as_i64);
        let classes = said
            .or(labels.last().map(|label| label.saturating_add(1)))
            .unwrap_or(0);
        let absent: Vec<_> = (0..classes.min(1000))
            .filter(|class| !labels.contains(class))
            .collect();
        if !absent.is_empty() {
            let absent: Vec<_> = absent.iter().take(MOST).map(i64::to_string).collect();
            doubts.push(format!("no row has the label {}", absent.join(", ")));
        }
        if labels.first().is_some_and(|&label| label < 0) {
            doubts.push("a label is negative".to_owned());
        }
        doubts
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let shares = [
            ("label noise", &self.label_noise),
            ("p_e of the colour", &self.p_e),
            ("p_e of the patch", &self.patch_p_e),
        ];
        let known = shares
            .iter()
            .filter_map(|(name, share)| Some((name, share.as_ref()?)));
        let mut table = vec![
            ["share of rows", "measured", "asked"]
                .map(str::to_owned)
                .to_vec(),
        ];
        table.extend(known.map(|(name, share)| {
            let asked = share.asked.map_or("not said".to_owned(), number);
            vec![(*name).to_owned(), number(share.measured), asked]
        }));
        if table.len() > 1 {
            text += &format!("\n{}", columns(&table, 1));
        }

        let colours = self
            .classes
            .first()
            .map_or(0, |class| class.by_colour.len());
        // Photographs have all channels in use, and so no colour.
        let coloured = self
            .classes
            .iter()
            .any(|class| class.without_colour < class.rows);
        let shown = if colours > MOST || !coloured {
            0
        } else {
            colours
        };
        let mixed = shown > 0 && self.classes.iter().any(|class| class.without_colour > 0);
        let mut head = vec!["label".to_owned(), "rows".to_owned()];
        head.extend((0..shown).map(|colour| format!("colour {colour}")));
        head.extend(mixed.then(|| "no one colour".to_owned()));
        let features = self.classes.iter().any(|class| class.spread.is_some());
        if features {
            head.extend(["mean", "std", "least", "largest"].map(str::to_owned));
        }
        let mut table = vec![head];
        for class in self.classes.iter().take(MOST) {
            let mut row = vec![class.label.to_string(), class.rows.to_string()];
            if let Some(spread) = class.spread {
                row.extend(spread.cells());
            } else if features {
                row.extend(["none"; 4].map(str::to_owned));
            }
            row.extend(class.by_colour.iter().take(shown).map(usize::to_string));
            row.extend(mixed.then(|| class.without_colour.to_string()));
            table.push(row);
        }
        if !self.classes.is_empty() {
            text += &format!("\n{}", columns(&table, 0));
        }
        if self.classes.len() > MOST {
            text += &format!("  … and {} more labels\n", self.classes.len() - MOST);
        }

        if !self.features.is_empty() {
            let head = ["feature", "mean", "std", "least", "largest"];
            let mut table = vec![head.map(str::to_owned).to_vec()];
            for (feature, spread) in self.features.iter().enumerate() {
                let mut row = vec![feature.to_string()];
                match spread {
                    Some(spread) => row.extend(spread.cells()),
                    None => row.extend(["none"; 4].map(str::to_owned)),
                }
                table.push(row);
            }
            text += &format!("\n{}", columns(&table, 0));
        }

        let (least, largest) = self.values;
        let range = format!("\n  values from {} to {}", number(least), number(largest));
        text += &match features {
            true => range + "\n",
            false => range + &self.channels(),
        };
        for warning in &self.warnings {
            text += &format!("  warning: {warning}\n");
        }
        text
    }

    /// What the channels hold, for people.
    fn channels(&self) -> String {
        let in_use: Vec<_> = self
            .channels_in_use
            .iter()
            .take(MOST)
            .map(usize::to_string)
            .collect();
        let in_use = if in_use.is_empty() {
            "none".to_owned()
        } else {
            in_use.join(", ")
        };
        format!(
            "; channels in use: {in_use}; {} blank\n",
            counted(self.blank_rows, "row")
        )
    }
}

/// The share of rows whose label is not the class of their digit.
fn label_noise(contents: &Contents, classes: &[Class]) -> Option<Share> {
    let said = contents.said("classes").and_then(serde_json::Value::as_i64);
    let k = said.or_else(|| Some(classes.last()?.label.saturating_add(1)))?;
    // A digit's class, as docs/formats.md defines it.
    let class = move |digit: i64| match k {
        2 => Some(i64::from(digit < 5)),
        5 | 10 => Some(digit / (10 / k)),
        _ => None,
    };
    class(0)?;
    share(contents, "digits", "label_noise", |digit, label| {
        class(digit) != Some(label)
    })
}

/// The share of rows whose value in the tensor `name` `differs` from their label, beside what the provenance has under `key`.
fn share(
    contents: &Contents,
    name: &str,
    key: &str,
    differs: impl Fn(i64, i64) -> bool,
) -> Option<Share> {
    let values = contents.whole_numbers(name)?;
    let labels = contents.whole_numbers("labels")?;
    if values.len() != labels.len() || labels.is_empty() {
        return None;
    }
    let differing = values
        .iter()
        .zip(&labels)
        .filter(|&(&value, &label)| differs(value, label));
    Some(Share {
        asked: contents.said(key).and_then(serde_json::Value::as_f64),
        measured: differing.count() as f64 / labels.len() as f64,
    })
}

/// The share of rows whose colour is not their label, of those that have one.
fn colour_share(contents: &Contents, by_class: &crate::images::Rows) -> Option<Share> {
    let (mut all, mut differing) = (0, 0);
    for (&label, by_colour) in by_class {
        let coloured: &BTreeMap<Option<usize>, Vec<usize>> = by_colour;
        for (colour, rows) in coloured
            .iter()
            .filter_map(|(colour, rows)| Some((colour.as_ref()?, rows)))
        {
            all += rows.len();
            if i64::try_from(*colour) != Ok(label) {
                differing += rows.len();
            }
        }
    }
    // Images of several channels in use have no colour that p_e could be about.
    let rows: usize = by_class
        .values()
        .flat_map(BTreeMap::values)
        .map(Vec::len)
        .sum();
    (contents.tensor("labels").is_some() && 2 * all > rows).then(|| Share {
        asked: contents.said("p_e").and_then(serde_json::Value::as_f64),
        measured: differing as f64 / all as f64,
    })
}

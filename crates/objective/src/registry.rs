//! All objectives. A new one is a file like `erm.rs`, its `mod` in `lib.rs` and a line in [`OBJECTIVES`].

use std::borrow::Cow;

use crate::definition::Definition;
use crate::setting::Setting;
use crate::{erm, irmv1, meta_irm, rex};

/// Every objective, in the order in which they are printed.
pub static OBJECTIVES: [Definition; 5] = [
    erm::ERM,
    irmv1::IRMV1,
    rex::V_REX,
    rex::MM_REX,
    meta_irm::META_IRM,
];

/// What follows the name of an objective that was trained on environments without colour: the oracle.
pub const GRAYSCALE_SUFFIX: &str = "-grayscale";

/// The objective that is called `name` in flags, if there is one.
pub fn find(name: &str) -> Option<&'static Definition> {
    OBJECTIVES.iter().find(|definition| definition.name == name)
}

/// A flag, and the objectives that have it as a setting.
#[derive(Debug)]
pub struct Flag {
    /// As the first of the objectives states it.
    pub setting: Setting,
    /// Each objective that has it, with the setting as that one states it: what was published may differ.
    pub users: Vec<(&'static Definition, Setting)>,
}

/// The flags of all objectives' settings, each once.
pub fn flags() -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for definition in &OBJECTIVES {
        for setting in definition.all_settings() {
            let user = (definition, setting);
            match flags.iter_mut().find(|f| f.setting.flag == setting.flag) {
                Some(flag) => flag.users.push(user),
                None => flags.push(Flag {
                    setting,
                    users: vec![user],
                }),
            }
        }
    }
    flags
}

/// How the objective that is filed as `name` is called in print: as it is filed, where it is not one of ours.
///
/// ```
/// assert_eq!(objective::printed_name("v-rex"), "V-REx");
/// assert_eq!(objective::printed_name("meta-irm-no-std"), "meta-IRM w/o std. loss");
/// assert_eq!(objective::printed_name("erm-grayscale"), "ERM (grayscale)");
/// assert_eq!(objective::printed_name("my-own"), "my-own");
/// ```
pub fn printed_name(name: &str) -> Cow<'_, str> {
    let ours = |name: &str| {
        let mut names = OBJECTIVES.iter().flat_map(Definition::names);
        Some(names.find(|(filed, _)| filed == name)?.1)
    };
    let grayscale = || Some(format!("{} (grayscale)", ours(colored(name)?)?));
    match ours(name) {
        Some(printed) => printed.into(),
        None => grayscale().map_or(name.into(), Cow::from),
    }
}

/// Names under which results are filed, in the order in which they are printed: every objective followed by its
/// variants, then the same on environments without colour.
pub fn names() -> Vec<String> {
    let colored = OBJECTIVES.iter().flat_map(Definition::names);
    let mut names: Vec<String> = colored.map(|(name, _)| name).collect();
    let grayscale: Vec<String> = names.iter().map(|n| n.clone() + GRAYSCALE_SUFFIX).collect();
    names.extend(grayscale);
    names
}

/// The place of `name` in [`names`]: all that are not ours come after.
///
/// ```
/// assert!(objective::rank("erm") < objective::rank("irmv1"));
/// assert!(objective::rank("erm-grayscale") < objective::rank("my-own"));
/// ```
pub fn rank(name: &str) -> usize {
    let names = names();
    let place = names.iter().position(|ours| ours == name);
    place.unwrap_or(names.len())
}

/// The name without the suffix of environments without colour, if it has that.
fn colored(name: &str) -> Option<&str> {
    name.strip_suffix(GRAYSCALE_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_means_the_same_for_all_its_objectives() {
        for Flag { setting, users } in flags() {
            for (definition, its) in users {
                let same = (its.meaning, its.kind, its.value_name)
                    == (setting.meaning, setting.kind, setting.value_name);
                assert!(same, "{}: --{}", definition.name, setting.flag);
            }
        }
    }

    #[test]
    fn every_statement_is_complete() {
        for definition in &OBJECTIVES {
            let name = definition.name;
            assert!(definition.formula.is_ascii(), "{name}");
            assert!(!definition.source.is_empty(), "{name}");
            assert!(definition.environments >= 1, "{name}");
            let mut seen = Vec::new();
            for setting in definition.all_settings() {
                let flag = setting.flag;
                assert!(!seen.contains(&flag), "{name}: --{flag} stands twice");
                seen.push(flag);
                assert!(!setting.meaning.is_empty(), "{name}: --{flag}");
                assert!(!setting.meaning.ends_with('.'), "{name}: --{flag}");
                assert!(setting.takes(&setting.default()), "{name}: --{flag}");
                if let Some(range) = setting.range {
                    assert!(range.low < range.high, "{name}: --{flag}");
                }
            }
        }
    }

    #[test]
    fn names_are_in_the_order_of_print_and_each_is_there_once() {
        let names = names();
        let expected = [
            "erm",
            "irmv1",
            "v-rex",
            "mm-rex",
            "meta-irm",
            "meta-irm-no-std",
            "meta-irm-first-order",
            "meta-irm-same-env",
            "erm-grayscale",
        ];
        assert_eq!(names[..expected.len()], expected);
        for name in &names {
            assert_ne!(printed_name(name), *name);
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1);
        }
    }
}

//! How objectives are called in print, and the order they stand in where nothing else orders them.

const NAMES: [(&str, &str); 9] = [
    ("erm", "ERM"),
    ("irmv1", "IRMv1"),
    ("v-rex", "V-REx"),
    ("mm-rex", "MM-REx"),
    ("meta-irm", "meta-IRM"),
    ("meta-irm-no-std", "meta-IRM w/o std. loss"),
    ("meta-irm-first-order", "meta-IRM first-order"),
    ("meta-irm-same-env", "meta-IRM same env."),
    ("erm-grayscale", "ERM (grayscale)"),
];

/// The printed name of `objective`: its own where it is not one of ours.
pub fn printed(objective: &str) -> &str {
    NAMES
        .iter()
        .find(|(name, _)| *name == objective)
        .map_or(objective, |(_, printed)| printed)
}

/// The place of `objective` in the order above; all others come after.
pub fn rank(objective: &str) -> usize {
    NAMES
        .iter()
        .position(|(name, _)| *name == objective)
        .unwrap_or(NAMES.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_objectives_keep_their_name_and_come_last() {
        assert_eq!(printed("v-rex"), "V-REx");
        assert_eq!(printed("my-own"), "my-own");
        assert!(rank("erm") < rank("irmv1"));
        assert!(rank("erm-grayscale") < rank("my-own"));
    }

    #[test]
    fn every_objective_of_the_paper_has_a_printed_name() {
        let reference = include_str!("../../../fixtures/reference.csv");
        for line in reference.lines().skip(1) {
            let objective = line.split(',').nth(1).unwrap();
            assert_ne!(printed(objective), objective);
        }
    }
}

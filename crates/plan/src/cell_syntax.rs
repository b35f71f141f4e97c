//! What may stand in a cell. Cells become parts of file names, make rules and shell commands, so a cell that
//! make or a shell would read otherwise is refused.

use anyhow::{Result, ensure};

/// Flags of train that the rules give themselves.
const GIVEN: [&str; 7] = [
    "experiment",
    "seed",
    "threads",
    "device",
    "log",
    "output",
    "o",
];

/// A name, which becomes a part of a path.
///
/// # Errors
/// What was found and expected.
pub fn name(cell: &str) -> Result<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    ensure!(
        cell.starts_with(|c: char| c.is_ascii_alphanumeric()) && cell.chars().all(fits),
        "found {cell:?}, expected a name of letters, digits, dots, hyphens and underscores"
    );
    Ok(cell.to_owned())
}

/// Words of a command line, which the shell takes as they are.
///
/// # Errors
/// What was found and expected.
pub fn flags(cell: &str) -> Result<Vec<String>> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._+,:=@/-".contains(c);
    let words: Vec<String> = cell.split_whitespace().map(str::to_owned).collect();
    for word in &words {
        ensure!(
            word.chars().all(fits),
            "found {word:?}, expected flags and values of letters, digits and ._+,:=@/-"
        );
    }
    Ok(words)
}

/// One value of a flag.
///
/// # Errors
/// What was found and expected.
pub fn value(cell: &str) -> Result<String> {
    let mut words = flags(cell)?;
    ensure!(
        words.len() == 1 && !words[0].starts_with("--"),
        "found {cell:?}, expected one value; flags without one stand in the column other flags"
    );
    Ok(words.remove(0))
}

/// Probabilities, as they are written.
///
/// # Errors
/// What was found and expected.
pub fn probabilities(cell: &str) -> Result<Vec<String>> {
    let words: Vec<String> = cell.split_whitespace().map(str::to_owned).collect();
    for (place, word) in words.iter().enumerate() {
        let number = word.parse::<f64>().ok();
        ensure!(
            number.is_some_and(|p| (0.0..=1.0).contains(&p)) && name(word).is_ok(),
            "found {word:?}, expected probabilities from 0 to 1 with spaces between them"
        );
        ensure!(
            !words[..place].contains(word),
            "found {word:?} twice, expected each probability once"
        );
    }
    Ok(words)
}

/// Refuses a flag of train that the rules give themselves.
///
/// # Errors
/// The flag.
pub fn not_given(flag: &str) -> Result<()> {
    let name = flag.trim_start_matches('-').split('=').next().unwrap_or("");
    ensure!(
        !GIVEN.contains(&name),
        "found {flag:?}, expected none of --experiment, --seed, --threads, --device, --log and --output: the rules give them"
    );
    Ok(())
}

//! The training environments: read, held against each other, and looked at for what is likely a mistake.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use environment::{Environment, EnvironmentFile, Facts, InputKind, SourceRows, Stored};

/// Classes without a row that a warning names; of more it says how many.
const NAMED: usize = 10;

/// The environments in the files `paths`, which must agree on the inputs' kind and size and, where they name it, on the
/// classes. With a `batch`, rows stay in their file until they are asked for, but for standard input and pipes.
///
/// # Errors
/// What cannot be read, and the first environment that does not fit.
pub fn read(paths: &[PathBuf], batch: Option<NonZeroUsize>) -> Result<Vec<Stored>> {
    let stays =
        |path: &Path| batch.is_some() && path != Path::new(artifact::DASH) && path.is_file();
    let read = |path: &PathBuf| match stays(path) {
        true => Ok(Stored::InFile(EnvironmentFile::open(path)?)),
        false => Ok(Stored::InMemory(Environment::read(path)?)),
    };
    let environments = paths.iter().map(read).collect::<Result<Vec<_>>>()?;
    agree(&environments.iter().map(Stored::facts).collect::<Vec<_>>())?;
    Ok(environments)
}

fn agree(environments: &[&Facts]) -> Result<()> {
    let first = environments[0];
    for other in &environments[1..] {
        let (found, expected) = (other.kind.tensor(), first.kind.tensor());
        ensure!(
            found == expected,
            "{}: the rows are in a tensor {found}, expected {expected} as in {}",
            other.name,
            first.name
        );
        ensure!(
            other.shape[1..] == first.shape[1..],
            "{}: {found} are {:?}{}, expected {:?} as in {}",
            other.name,
            &other.shape[1..],
            match other.kind {
                InputKind::Images => " (channels, height, width)",
                InputKind::Numbers => "",
            },
            &first.shape[1..],
            first.name
        );
    }
    // A file that does not say shows by its labels that there are so many classes, or more.
    let most = environments.iter().max_by_key(|e| e.classes);
    let most = most.expect("there is an environment");
    for other in environments {
        let recipe = other.recipe.as_ref();
        ensure!(
            recipe.is_none_or(|recipe| recipe.classes == most.classes),
            "{}: made for {} classes, expected {} as in {}",
            other.name,
            other.classes,
            most.classes,
            most.name
        );
    }
    Ok(())
}

/// What is likely a mistake in `environments`, one sentence each.
pub fn doubts(environments: &[&Facts]) -> Vec<String> {
    let layout = environments.iter().filter_map(|facts| layout(facts));
    let shared = shared_rows(environments);
    layout
        .chain(absent_classes(environments))
        .chain(shared)
        .collect()
}

/// Images whose channels seem to come last.
fn layout(environment: &Facts) -> Option<String> {
    if environment.kind != InputKind::Images {
        return None;
    }
    let &[_, height, width, channels] = &environment.shape[..] else {
        return None;
    };
    let last = match channels {
        1 | 3 | 4 => height >= 8 && width >= 8,
        2 => height == width && height >= 8,
        _ => false,
    };
    last.then(|| {
        format!(
            "{}: images are {height} x {width} x {channels} (channels, height, width), as if channels came last; if they do, \
             write numpy.ascontiguousarray(images.transpose(0, 3, 1, 2))",
            environment.name
        )
    })
}

/// Classes that have no row in any of `environments`. That one of several lacks a class may be what it is about.
fn absent_classes(environments: &[&Facts]) -> Option<String> {
    let classes = environments.iter().map(|e| e.classes).max()?;
    let mut seen = vec![false; classes];
    for environment in environments {
        for &label in &environment.labels_seen {
            seen[label as usize] = true;
        }
    }
    let absent: Vec<String> = (0..classes)
        .filter(|&class| !seen[class])
        .map(|class| class.to_string())
        .collect();
    if absent.is_empty() {
        return None;
    }
    let mut named = absent[..absent.len().min(NAMED)].join(", ");
    if absent.len() > NAMED {
        named += &format!(" and {} more", absent.len() - NAMED);
    }
    let made = environments.iter().any(|e| e.recipe.is_some());
    let cure = match made {
        true => "take more rows if they are to be learnt",
        false => "number the classes from 0 on, without gaps",
    };
    Some(format!(
        "no training row has the label {named}, of k = {classes} classes; {cure}"
    ))
}

/// Pairs of `environments` that hold rows of the source in common.
fn shared_rows(environments: &[&Facts]) -> Vec<String> {
    let rows: Vec<_> = environments
        .iter()
        .map(|facts| SourceRows::of(facts))
        .collect();
    let mut found = Vec::new();
    for (two, other) in environments.iter().enumerate() {
        for (one, environment) in environments[..two].iter().enumerate() {
            let shared = match (&rows[one], &rows[two]) {
                (Some(one), Some(two)) => one.shared_with(two),
                _ if environment.sha256 == other.sha256 => other.rows(),
                _ => 0,
            };
            if shared > 0 {
                found.push(format!(
                    "{} and {} share {shared} rows of one source; deal the rows with one --seed and parts 1/N, 2/N, …",
                    environment.name, other.name
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use environment::Inputs;

    use super::*;

    fn images(shape: [usize; 4]) -> Facts {
        let values = Inputs::Images(vec![0; shape.iter().product()]);
        Environment::new("e", &shape, values, vec![0; shape[0]], 2).facts
    }

    #[test]
    fn channels_that_look_last_are_doubted() {
        for shape in [
            [1, 28, 28, 3],
            [1, 28, 28, 1],
            [2, 14, 14, 2],
            [1, 32, 48, 4],
        ] {
            let doubt = layout(&images(shape)).unwrap();
            assert!(doubt.contains("images.transpose(0, 3, 1, 2)"), "{doubt}");
        }
        for shape in [
            [9, 2, 14, 14],
            [9, 3, 32, 32],
            [9, 10, 1, 2],
            [9, 10, 14, 2],
            [9, 4, 4, 3],
            [9, 1, 28, 28],
        ] {
            assert_eq!(layout(&images(shape)), None, "{shape:?}");
        }
        let numbers = Inputs::Numbers(vec![0.0; 28 * 28 * 3]);
        let numbers = Environment::new("e", &[1, 28, 28, 3], numbers, vec![0], 2);
        assert_eq!(layout(&numbers.facts), None);
    }

    #[test]
    fn a_class_without_a_row_in_any_environment_is_doubted() {
        let environment = |labels: &[u32], classes| {
            let numbers = Inputs::Numbers(vec![0.0; labels.len()]);
            Environment::new("e", &[labels.len(), 1], numbers, labels.to_vec(), classes).facts
        };
        let doubt =
            |environments: &[Facts]| absent_classes(&environments.iter().collect::<Vec<_>>());
        assert_eq!(
            doubt(&[environment(&[1, 2], 3)]).unwrap(),
            "no training row has the label 0, of k = 3 classes; number the classes from 0 on, without gaps"
        );
        let wild = doubt(&[environment(&[0, 1, 999], 1000)]).unwrap();
        assert!(
            wild.contains("the label 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 987 more, of k = 1000"),
            "{wild}"
        );
        // Each lacks one that the other has.
        assert_eq!(
            doubt(&[environment(&[0, 0], 2), environment(&[1, 1], 2)]),
            None
        );
        assert_eq!(
            doubt(&[environment(&[0, 2], 3), environment(&[1], 2)]),
            None
        );
    }
}

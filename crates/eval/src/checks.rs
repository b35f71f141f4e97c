//! Which checkpoints and environments fit each other.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use environment::{Environment, SourceRows};
use network::Checkpoint;
use training::Provenance;

/// Refuses a checkpoint that says of itself what its tensors are not.
///
/// # Errors
/// Names the file, the field and the tensor.
pub fn provenance(path: &Path, checkpoint: &Checkpoint<Provenance>) -> Result<()> {
    let Some(run) = &checkpoint.run else {
        return Ok(());
    };
    let name = artifact::display_name(path);
    ensure!(
        run.kind == Provenance::KIND,
        "{name}: the file says that it is a {}, expected a {}",
        run.kind,
        Provenance::KIND
    );
    let classes = checkpoint.shape.classes();
    ensure!(
        run.classes == classes,
        "{name}: metadata field provenance: classes is {}, expected {classes}, those of its tensors",
        run.classes
    );
    let field = || format!("{name}: metadata field provenance");
    run.network
        .check_said(&checkpoint.shape)
        .with_context(field)?;
    if let Some(shape) = &run.input_shape {
        let values = shape
            .iter()
            .try_fold(1usize, |n, &size| n.checked_mul(size));
        let inputs = checkpoint.shape.inputs;
        ensure!(
            values == Some(inputs),
            "{}: input_shape is {shape:?}, but tensor fc1.weight has {inputs} columns",
            field()
        );
    }
    Ok(())
}

/// Refuses an environment whose rows are not of the shape that the network was trained on, or that was made for another
/// number of classes: its scores would look like any others.
///
/// # Errors
/// Names the first such file.
pub fn fit(
    path: &Path,
    checkpoint: &Checkpoint<Provenance>,
    environments: &[Environment],
) -> Result<()> {
    for environment in environments {
        ensure!(
            environment.width() == checkpoint.shape.inputs,
            "{}: {} have {} = {} values, expected {}, the inputs of {}",
            environment.facts.name,
            environment.inputs.kind().tensor(),
            by(&environment.facts.shape[1..]),
            environment.width(),
            checkpoint.shape.inputs,
            artifact::display_name(path)
        );
        // Checkpoints of version 0.1.0 and of other programs do not say.
        let (tensor, shape) = match &checkpoint.run {
            Some(run) => (run.input_tensor.as_deref(), run.input_shape.as_deref()),
            None => (None, None),
        };
        let found = environment.inputs.kind().tensor();
        ensure!(
            tensor.is_none_or(|tensor| tensor == found),
            "{}: the rows are in a tensor {found}, but {} was trained on {}: images are divided by 255, inputs are not",
            environment.facts.name,
            artifact::display_name(path),
            tensor.unwrap_or_default()
        );
        ensure!(
            shape.is_none_or(|shape| shape == &environment.facts.shape[1..]),
            "{}: {found} are {}, but {} was trained on {}: the values would go to other inputs than in training; bring the \
             rows into that shape (numpy.transpose, then numpy.ascontiguousarray)",
            environment.facts.name,
            by(&environment.facts.shape[1..]),
            artifact::display_name(path),
            by(shape.unwrap_or_default())
        );
        let classes = checkpoint.shape.classes();
        // A file of another program does not say: its labels may just lack the last class.
        if let Some(recipe) = &environment.facts.recipe {
            ensure!(
                recipe.classes == classes,
                "{}: metadata field provenance: classes is {}, expected {classes}, those of {}",
                environment.facts.name,
                recipe.classes,
                artifact::display_name(path)
            );
        }
    }
    Ok(())
}

/// Refuses an environment that holds rows of the source that `checkpoint` was trained on, unless it is one of the training
/// environments itself: its score is the training score, and is known as such.
///
/// Rows are known of environments that mkenv made. What cannot be known is not refused.
///
/// # Errors
/// Names the first such environment, and how many of its rows are shared.
pub fn overlap(
    path: &Path,
    checkpoint: &Checkpoint<Provenance>,
    environments: &[Environment],
) -> Result<()> {
    let used = checkpoint.run.as_ref().map(|run| &run.environments[..]);
    let used = used.unwrap_or_default();
    let trained = used.iter().map(|used| {
        let recipe = used.recipe.as_ref()?;
        // Where the recipe does not say how many rows its source has, an environment of the same source may.
        let mut of_one_source = environments.iter().filter(|environment| {
            let other = environment.facts.recipe.as_ref();
            other.is_some_and(|other| other.images_sha256 == recipe.images_sha256)
        });
        SourceRows::drawn_by(
            recipe,
            of_one_source.find_map(|environment| environment.facts.source_rows()),
        )
    });
    let trained: Vec<_> = trained.collect();
    for environment in environments {
        if used
            .iter()
            .any(|used| used.sha256 == environment.facts.sha256)
        {
            continue;
        }
        let Some(rows) = SourceRows::of(&environment.facts) else {
            continue;
        };
        for (number, trained) in (1..).zip(&trained) {
            let shared = trained
                .as_ref()
                .map_or(0, |trained| rows.shared_with(trained));
            ensure!(
                shared == 0,
                "{}: {shared} of its {} rows are rows of the source that {} was trained on, in its environment {number}; \
                 score rows that the run has not seen, or give --allow-overlap",
                environment.facts.name,
                environment.rows(),
                artifact::display_name(path)
            );
        }
    }
    Ok(())
}

/// Sizes as in `2x14x14`.
fn by(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    sizes.join("x")
}

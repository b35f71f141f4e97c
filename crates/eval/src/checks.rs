//! Which checkpoints and environments fit each other.

use std::path::Path;

use anyhow::{Result, ensure};
use environment::Environment;
use network::Checkpoint;
use training::Provenance;

/// Refuses a checkpoint that says of itself what its tensors do not.
///
/// # Errors
/// Names the file and the field.
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
    Ok(())
}

/// Refuses an environment with images of another size than the network's inputs, or made for another
/// number of classes, whose scores would look like any others.
///
/// # Errors
/// Names the first such file.
pub fn fit(
    path: &Path,
    checkpoint: &Checkpoint<Provenance>,
    environments: &[Environment],
) -> Result<()> {
    for environment in environments {
        let [_, channels, height, width] = environment.shape;
        ensure!(
            channels * height * width == checkpoint.shape.inputs,
            "{}: images have {channels}x{height}x{width} = {} values, \
             expected {}, the inputs of {}",
            environment.name,
            channels * height * width,
            checkpoint.shape.inputs,
            artifact::display_name(path)
        );
        let classes = checkpoint.shape.classes();
        // A file of another program does not say: its labels may just lack the last class.
        if let Some(recipe) = &environment.recipe {
            ensure!(
                recipe.classes == classes,
                "{}: metadata field provenance: classes is {}, expected {classes}, those of {}",
                environment.name,
                recipe.classes,
                artifact::display_name(path)
            );
        }
    }
    Ok(())
}

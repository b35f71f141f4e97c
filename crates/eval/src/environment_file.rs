//! `FILE` or `NAME=FILE` after `--env`.

use std::ffi::OsString;
use std::path::PathBuf;

/// A file of the command line, and the name that was given to it.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentFile {
    pub name: Option<String>,
    pub path: PathBuf,
}

impl EnvironmentFile {
    /// The whole is a file if it has no `=`, or a `/` before the first.
    ///
    /// # Errors
    /// What stands before the `=` and is no name.
    pub fn parse(argument: OsString) -> Result<Self, String> {
        let split = argument.to_str().and_then(|text| text.split_once('='));
        let Some((name, file)) = split.filter(|(name, _)| !name.contains('/')) else {
            return Ok(Self {
                name: None,
                path: argument.into(),
            });
        };
        score::check_environment_name(name)
            .map_err(|e| format!("{e}; for a file of that name write ./{name}={file}"))?;
        if file.is_empty() {
            return Err(format!("expected a file after {name}="));
        }
        Ok(Self {
            name: Some(name.to_owned()),
            path: file.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_at_the_first_sign_and_a_folder_before_it_makes_a_file() {
        for (argument, name, path) in [
            ("a.safetensors", None, "a.safetensors"),
            ("-", None, "-"),
            ("fresh=a", Some("fresh"), "a"),
            ("fresh=-", Some("fresh"), "-"),
            ("fresh=./a=b", Some("fresh"), "./a=b"),
            ("fresh=a=b", Some("fresh"), "a=b"),
            ("./a=b", None, "./a=b"),
            ("out/a=b", None, "out/a=b"),
        ] {
            let expected = EnvironmentFile {
                name: name.map(str::to_owned),
                path: path.into(),
            };
            assert_eq!(EnvironmentFile::parse(argument.into()), Ok(expected));
        }
        for bad in ["=a", "fresh=", "a b=c", "0.9=c", "train=c"] {
            assert!(EnvironmentFile::parse(bad.into()).is_err(), "{bad}");
        }
    }
}

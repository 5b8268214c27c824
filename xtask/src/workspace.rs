//! Where things are: the checkout, and the cache that outlives it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ChoreError;

/// The checkout and the cache.
pub struct Workspace {
    root: PathBuf,
    cache: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The checkout that this was started from; the cache is made where it isn't there yet.
    pub fn locate() -> Result<Self, ChoreError> {
        // The variable is of this run, the constant of the checkout that compiled it.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf);
        let cache = cache_folder(|name| {
            env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
        })
        .ok_or(ChoreError::NoCache)?;
        std::fs::create_dir_all(&cache).map_err(ChoreError::file(&cache))?;
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), PathBuf::from);
        Ok(Self { root, cache, target })
    }

    /// The top of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A place in the cache.
    pub fn cached(&self, name: &str) -> PathBuf {
        self.cache.join(name)
    }

    /// The built page.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The command line, as `--release` builds it.
    pub fn temper(&self) -> PathBuf {
        self.target.join("release").join(format!("temper{}", env::consts::EXE_SUFFIX))
    }

    /// A program run at the top of the checkout, building into the shared target folder.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// `cargo ARGS` at the top of the checkout.
    pub fn cargo(&self, args: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(args);
        command
    }
}

/// `TEMPER_CACHE`, else `temper` in the user's cache folder.
fn cache_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    variable("TEMPER_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|folder| folder.join("temper")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache").join("temper")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_where_the_nearest_variable_says() {
        let with = |set: &'static [(&str, &str)]| {
            cache_folder(|name| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value))
            })
        };
        assert_eq!(with(&[("HOME", "/h")]), Some(PathBuf::from("/h/.cache/temper")));
        assert_eq!(
            with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]),
            Some(PathBuf::from("/x/temper"))
        );
        assert_eq!(
            with(&[("XDG_CACHE_HOME", "/x"), ("TEMPER_CACHE", "/t")]),
            Some(PathBuf::from("/t"))
        );
        assert_eq!(with(&[]), None);
    }
}

//! How a chore fails: in a sentence that names the command or the file.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a chore could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ChoreError {
    /// Something is needed that can't be got from here.
    #[error("{what} is missing and could not be got here; this gets it: {how}")]
    Missing {
        /// The thing.
        what: String,
        /// The command or the place that has it.
        how: String,
    },
    /// A program could not even be started.
    #[error("`{command}` could not be started: {source}")]
    Start {
        /// The whole command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// A program ended badly; it has said why above.
    #[error("`{command}` failed ({status})")]
    Failed {
        /// The whole command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A program that ran silently ended badly.
    #[error("`{command}` failed ({status}): {said}")]
    Said {
        /// The whole command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// Its last words.
        said: String,
    },
    /// A file holds something else than it should.
    #[error("{}: {source}", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The plot could not be drawn.
    #[error("the plot could not be drawn: {0}")]
    Plot(String),
    /// So many runs failed, all named above.
    #[error("{0} of the runs failed; the others are in the report")]
    Runs(usize),
    /// A file could not be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The house rules are broken in so many places, all printed above.
    #[error("{0} places break the house rules")]
    Untidy(usize),
    /// The cache has no place to be.
    #[error(
        "set TEMPER_CACHE to a folder for tools and builds: neither XDG_CACHE_HOME nor HOME is set"
    )]
    NoCache,
}

impl ChoreError {
    /// Something that can't be got here, and the command that gets it.
    pub fn missing(what: impl Into<String>, how: impl Into<String>) -> Self {
        Self::Missing { what: what.into(), how: how.into() }
    }

    /// For `map_err` on whatever touches `path`.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

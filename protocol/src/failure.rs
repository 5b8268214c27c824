//! How a command or a run ends when it doesn't end well.

use serde::{Deserialize, Serialize};

/// An error in words, with a kind for code to act on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What sort of failure; code matches on this, never on the text.
    pub kind: FailureKind,
    /// One sentence that names the file, line, key or row.
    pub message: String,
    /// What the user can do about it, where we know.
    pub hint: Option<String>,
    /// The step of the last checkpoint that a resume would go on from.
    pub checkpoint: Option<u32>,
}

/// The kinds of failure. Adjacent tagging, as everywhere in this crate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum FailureKind {
    /// A file, row or option that the user gave can't be used. Exit code 2.
    BadInput(Location),
    /// The device has too little memory. Bytes as a float: JavaScript has no u64.
    OutOfMemory {
        /// What was asked for, where known.
        wanted_bytes: f64,
    },
    /// The GPU device was lost or refused a command.
    DeviceLost,
    /// A loss or a gradient stopped being a number. Never written as a float: JSON has no NaN.
    NonFinite {
        /// The step, counted from 1.
        step: u32,
        /// The rows of the data set that the step was made of, counted from 1.
        rows: Vec<u32>,
    },
    /// Files could not be written or read back.
    Storage,
    /// Page and worker are of different versions.
    Version {
        /// The page's.
        page: u32,
        /// The worker's.
        worker: u32,
    },
    /// The user stopped it.
    Cancelled,
    /// Our own mistake.
    Bug,
}

/// Where a bad input is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The file, as the user named it.
    pub file: Option<String>,
    /// The line in it, counted from 1.
    pub line: Option<u32>,
    /// The key, option or tensor.
    pub key: Option<String>,
}

impl Failure {
    /// A bad input at an unnamed place.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(FailureKind::BadInput(Location::default()), message)
    }

    /// An option that can't be used, by its place in `RUN.toml`, which the message names too.
    pub fn bad_option(key: &str, message: impl Into<String>) -> Self {
        let location = Location { key: Some(key.into()), ..Location::default() };
        Self::new(FailureKind::BadInput(location), message)
    }

    /// A failure of a kind, without a hint.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, checkpoint: None }
    }

    /// The same failure with advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

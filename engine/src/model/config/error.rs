//! What can be wrong with a model's config.

use temper_protocol::{Failure, FailureKind, Location};

use crate::weights::{SourceError, WeightsError};

/// A config that can't be used. Each message names the file and the key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The bytes could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file that holds it can't be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// No config at all.
    #[error("{model}: no config.json and no .gguf found{beside}")]
    Missing {
        /// The model.
        model: String,
        /// What came instead, as the sentence goes on.
        beside: String,
    },
    /// Not JSON.
    #[error("{file}: {message}")]
    Json {
        /// The file.
        file: String,
        /// What is wrong, with its line.
        message: String,
    },
    /// A key that is missing, mistyped, or asks for what we can't compute.
    #[error("{file}: {key} = {value}: expected {expected}")]
    Key {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What was given.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// Keys that can't all be true.
    #[error("{file}: {what}")]
    Contradiction {
        /// The file.
        file: String,
        /// What doesn't fit.
        what: String,
    },
}

impl ConfigError {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing { .. } => Some("give all of the model's files together, or one .gguf"),
            Self::Json { .. } => Some("download it again"),
            _ => None,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let (message, hint) = (error.to_string(), error.hint());
        let (file, key) = match error {
            ConfigError::Source(source) => return source.into(),
            ConfigError::Weights(weights) => return weights.into(),
            ConfigError::Missing { model, .. } => (model, None),
            ConfigError::Json { file, .. } | ConfigError::Contradiction { file, .. } => {
                (file, None)
            }
            ConfigError::Key { file, key, .. } => (file, Some(key)),
        };
        let place = Location { file: Some(file), line: None, key };
        let failure = Self::new(FailureKind::BadInput(place), message);
        Self { hint: hint.map(str::to_string), ..failure }
    }
}

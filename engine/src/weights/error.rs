//! What can be wrong with a model's weights.

use temper_protocol::{Failure, FailureKind, Location};

use super::source::SourceError;

/// Weights that can't be used. Each message names the file and, where there is one, the tensor.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// The bytes could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No file that we could read weights from.
    #[error("{model}: no weights found: expected {expected}")]
    NoWeights {
        /// The model.
        model: String,
        /// What would have done.
        expected: String,
    },
    /// Several files of which any could be meant.
    #[error("{model}: which of {files}? Give one of them")]
    Ambiguous {
        /// The model.
        model: String,
        /// The candidates.
        files: String,
    },
    /// A JSON file that isn't what it should be.
    #[error("{file}: {message}")]
    Json {
        /// The file.
        file: String,
        /// What is wrong, with its line.
        message: String,
    },
    /// The index names a shard that wasn't given.
    #[error("{index}: {tensor} is in {shard}, which is missing")]
    MissingShard {
        /// The index.
        index: String,
        /// The file that isn't there.
        shard: String,
        /// A tensor of it.
        tensor: String,
    },
    /// A file without a byte.
    #[error("{file} is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// Not a file of this format at all.
    #[error("{file}: not a {format} file: {why}")]
    Format {
        /// The file.
        file: String,
        /// What it should be.
        format: &'static str,
        /// What shows that it isn't.
        why: String,
    },
    /// A file of the right format that holds what we don't read.
    #[error("{file}: {what}")]
    Unsupported {
        /// The file.
        file: String,
        /// What it is, and what would do instead.
        what: String,
    },
    /// The file ends before its contents do.
    #[error("{file}: truncated: {what} ends at byte {end}, but the file has {len}")]
    Truncated {
        /// The file.
        file: String,
        /// The tensor or part that is cut off.
        what: String,
        /// Where it should end.
        end: u64,
        /// The file's length.
        len: u64,
    },
    /// A tensor's entry contradicts itself.
    #[error("{file}: tensor {tensor}: {why}")]
    BadEntry {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// What doesn't hold.
        why: String,
    },
    /// A tensor that the model needs isn't there.
    #[error("{file}: tensor {tensor} is missing")]
    MissingTensor {
        /// The file, or the model where it is of several.
        file: String,
        /// The tensor.
        tensor: String,
    },
    /// A tensor of another shape than the model's config asks for.
    #[error(
        "{file}: tensor {tensor} has shape {found:?}, but the model's config asks for {expected:?}"
    )]
    Shape {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// What the config asks for.
        expected: Vec<usize>,
        /// What the file has.
        found: Vec<usize>,
    },
    /// Numbers stored in a way that we don't read.
    #[error(
        "{file}: tensor {tensor} is stored as {dtype}, which can't be read: expected {expected}"
    )]
    Dtype {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// How it is stored.
        dtype: String,
        /// What we read.
        expected: &'static str,
    },
    /// An adapter's setting that we can't honour.
    #[error("{file}: {key} = {value}: {expected}")]
    Adapter {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What was given.
        value: String,
        /// What would be right.
        expected: String,
    },
}

impl WeightsError {
    fn location(&self) -> Location {
        let (file, key) = match self {
            Self::Source(_) => (None, None),
            Self::NoWeights { model, .. } | Self::Ambiguous { model, .. } => (Some(model), None),
            Self::Json { file, .. }
            | Self::Empty { file }
            | Self::Format { file, .. }
            | Self::Unsupported { file, .. } => (Some(file), None),
            Self::MissingShard { index, tensor, .. } => (Some(index), Some(tensor)),
            Self::Truncated { file, what, .. } => (Some(file), Some(what)),
            Self::BadEntry { file, tensor, .. }
            | Self::MissingTensor { file, tensor }
            | Self::Shape { file, tensor, .. }
            | Self::Dtype { file, tensor, .. } => (Some(file), Some(tensor)),
            Self::Adapter { file, key, .. } => (Some(file), Some(key)),
        };
        Location { file: file.cloned(), line: None, key: key.cloned() }
    }
}

impl From<WeightsError> for Failure {
    fn from(error: WeightsError) -> Self {
        match error {
            WeightsError::Source(source) => source.into(),
            WeightsError::Empty { .. } => {
                let kind = FailureKind::BadInput(error.location());
                Self::new(kind, error.to_string()).with_hint("download it again")
            }
            other => Self::new(FailureKind::BadInput(other.location()), other.to_string()),
        }
    }
}

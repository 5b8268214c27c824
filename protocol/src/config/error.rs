//! What can be wrong with a `RUN.toml`.

/// A config that can't be used. Each message names the key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, an unknown key, a missing one, or a value of the wrong type; with its line.
    #[error("{file}: {message}")]
    Parse {
        /// The file.
        file: String,
        /// toml's own words, which show the line and the key.
        message: String,
    },
    /// A `--set` that isn't `key.path=value`.
    #[error("--set {text}: expected key.path=value")]
    Override {
        /// What was given.
        text: String,
    },
    /// A value out of its range.
    #[error("{key} = {value}: {expected}")]
    Value {
        /// The key, with its table.
        key: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A table or key that this method doesn't read.
    #[error("{key}: method = \"{method}\" doesn't read it")]
    NotRead {
        /// The key or table.
        key: &'static str,
        /// The method.
        method: &'static str,
    },
    /// An option that nothing reads as the others stand.
    #[error("{key}: {why}")]
    Unread {
        /// The key, with its table.
        key: &'static str,
        /// What would read it.
        why: &'static str,
    },
    /// Two keys that exclude each other.
    #[error("{first} and {second} exclude each other: give one")]
    Exclusive {
        /// One key.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

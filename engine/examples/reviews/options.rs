//! `--name value` pairs; each is taken once, and none may be left over.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use crate::files::ToolError;

/// What was typed after the chore.
pub struct Options(BTreeMap<String, String>);

impl Options {
    /// Reads pairs to the end.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, ToolError> {
        let mut options = BTreeMap::new();
        while let Some(word) = words.next() {
            let malformed = || ToolError::Usage(format!("{word}: expected --name value"));
            let name = word.strip_prefix("--").ok_or_else(malformed)?;
            let value = words.next().ok_or_else(malformed)?;
            options.insert(name.to_owned(), value);
        }
        Ok(Self(options))
    }

    /// The option's text.
    pub fn text(&mut self, name: &str) -> Result<String, ToolError> {
        self.0.remove(name).ok_or_else(|| ToolError::Usage(format!("--{name} is missing")))
    }

    /// The option's text, where it was given.
    pub fn given(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// The option as a path.
    pub fn path(&mut self, name: &str) -> Result<PathBuf, ToolError> {
        self.text(name).map(PathBuf::from)
    }

    /// The option as a number.
    pub fn number<T: FromStr>(&mut self, name: &str) -> Result<T, ToolError> {
        let text = self.text(name)?;
        let wrong = |_| ToolError::Usage(format!("--{name} {text}: expected a whole number"));
        text.parse().map_err(wrong)
    }

    /// The option as a number, or what holds where it isn't given.
    pub fn number_or<T: FromStr>(&mut self, name: &str, otherwise: T) -> Result<T, ToolError> {
        if self.0.contains_key(name) { self.number(name) } else { Ok(otherwise) }
    }

    /// Fails if something was given that the chore doesn't read.
    pub fn finish(&self) -> Result<(), ToolError> {
        match self.0.keys().next() {
            Some(name) => Err(ToolError::Usage(format!("--{name}: this chore doesn't read it"))),
            None => Ok(()),
        }
    }
}

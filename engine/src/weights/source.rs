//! Files that are read by ranges: never whole, wherever they lie.
//!
//! A `File` slice in the page, a seek natively, a vector in a test: all that the engine knows
//! of a file is its name, its length and how to get some of its bytes.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use temper_protocol::{Failure, FailureKind, Location};

/// A file read by ranges: a `File` slice in the page, a seek natively.
pub trait ByteSource {
    /// The file's name, as the user knows it; it may have its folders before it.
    fn name(&self) -> &str;

    /// Its length in bytes.
    fn len(&self) -> u64;

    /// Whether it holds nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `len` bytes from `offset`; fewer is an error.
    fn read<'a>(
        &'a self,
        offset: u64,
        len: usize,
    ) -> LocalBoxFuture<'a, Result<Vec<u8>, SourceError>>;
}

/// Bytes that could not be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SourceError {
    /// The system refused.
    #[error("{file}: could not be read: {message}")]
    Read {
        /// The file.
        file: String,
        /// The system's words.
        message: String,
    },
    /// The file is shorter than what was asked for.
    #[error("{file}: bytes {offset} to {end} were wanted, but the file has {len}")]
    PastEnd {
        /// The file.
        file: String,
        /// Where reading began.
        offset: u64,
        /// Where it should have ended.
        end: u64,
        /// The file's length.
        len: u64,
    },
}

impl SourceError {
    /// The system's refusal, in its words.
    pub fn io(file: &str, error: impl std::fmt::Display) -> Self {
        Self::Read { file: file.to_string(), message: error.to_string() }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let kind = match &error {
            SourceError::Read { .. } => FailureKind::Storage,
            SourceError::PastEnd { file, .. } => {
                FailureKind::BadInput(Location { file: Some(file.clone()), ..Location::default() })
            }
        };
        Self::new(kind, error.to_string())
    }
}

/// A file that lies in memory: small ones, and those that tests make.
#[derive(Clone, Debug)]
pub struct MemorySource {
    /// The file's name.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl MemorySource {
    /// A file of these bytes.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    fn slice(&self, offset: u64, len: usize) -> Result<Vec<u8>, SourceError> {
        let start = usize::try_from(offset).ok();
        let range = start.and_then(|start| Some(start..start.checked_add(len)?));
        range.and_then(|range| self.bytes.get(range)).map(<[u8]>::to_vec).ok_or_else(|| {
            SourceError::PastEnd {
                file: self.name.clone(),
                offset,
                end: offset.saturating_add(len as u64),
                len: self.bytes.len() as u64,
            }
        })
    }
}

impl ByteSource for MemorySource {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read<'a>(
        &'a self,
        offset: u64,
        len: usize,
    ) -> LocalBoxFuture<'a, Result<Vec<u8>, SourceError>> {
        Box::pin(std::future::ready(self.slice(offset, len)))
    }
}

/// The files of one model: a folder in Hugging Face's layout, or one `.gguf`.
#[derive(Clone)]
pub struct ModelFiles {
    /// What the user calls the model.
    pub name: String,
    files: Vec<Rc<dyn ByteSource>>,
}

impl ModelFiles {
    /// The files of a model; their order doesn't matter.
    pub fn new(name: impl Into<String>, mut files: Vec<Rc<dyn ByteSource>>) -> Self {
        files.sort_by(|a, b| a.name().cmp(b.name()));
        Self { name: name.into(), files }
    }

    /// The files of a model whose folder nobody knows: it is called by its GGUF, where that is what
    /// is opened.
    pub fn loose(name: impl Into<String>, files: Vec<Rc<dyn ByteSource>>) -> Self {
        let mut files = Self::new(name, files);
        if let Some(name) = files.gguf().map(|file| stem(file.name()).to_string()) {
            files.name = name;
        }
        files
    }

    /// The file of this name, in whatever folder it was picked from.
    pub fn find(&self, name: &str) -> Option<&Rc<dyn ByteSource>> {
        self.files.iter().find(|file| base_name(file.name()) == name)
    }

    /// Every file, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Rc<dyn ByteSource>> {
        self.files.iter()
    }

    /// The GGUF that holds the model; `None` where safetensors do.
    pub fn gguf(&self) -> Option<&Rc<dyn ByteSource>> {
        if self.with_extension(".safetensors").next().is_some() {
            return None;
        }
        self.with_extension(".gguf").next()
    }

    /// The files whose names end so, in lower or upper case.
    pub fn with_extension<'a>(
        &'a self,
        extension: &'a str,
    ) -> impl Iterator<Item = &'a Rc<dyn ByteSource>> {
        self.files.iter().filter(move |file| file.name().to_lowercase().ends_with(extension))
    }

    /// A small file, whole; `None` where there is none.
    ///
    /// # Errors
    /// The file is there but can't be read.
    pub async fn read_all(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(file) = self.find(name) else { return Ok(None) };
        let len = usize::try_from(file.len()).map_err(|_| SourceError::Read {
            file: file.name().to_string(),
            message: format!("{} bytes are too many to read at once", file.len()),
        })?;
        file.read(0, len).await.map(Some)
    }
}

impl std::fmt::Debug for ModelFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files: Vec<&str> = self.files.iter().map(|file| file.name()).collect();
        f.debug_struct("ModelFiles").field("name", &self.name).field("files", &files).finish()
    }
}

/// The last part of a path.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The last part of a path without its ending.
fn stem(path: &str) -> &str {
    let name = base_name(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> ModelFiles {
        let source = |name: &&str| Rc::new(MemorySource::new(*name, *b"abc")) as Rc<dyn ByteSource>;
        ModelFiles::new("m", names.iter().map(source).collect())
    }

    #[test]
    fn a_file_is_found_in_any_folder() {
        let files = files(&["picked/config.json", "C:\\picked\\tokenizer.json"]);
        assert_eq!(files.find("config.json").map(|f| f.name()), Some("picked/config.json"));
        assert!(files.find("tokenizer.json").is_some());
        assert!(files.find("nfig.json").is_none());
        let bytes = pollster::block_on(files.read_all("config.json"));
        assert_eq!(bytes, Ok(Some(b"abc".to_vec())));
        assert_eq!(pollster::block_on(files.read_all("absent")), Ok(None));
    }

    #[test]
    fn safetensors_come_before_a_gguf() {
        assert!(files(&["a.GGUF", "config.json"]).gguf().is_some());
        assert!(files(&["a.gguf", "model.safetensors"]).gguf().is_none());
    }

    /// A folder's model was shown under the name of a GGUF that lay beside it.
    #[test]
    fn loose_files_are_called_by_a_gguf_only_where_it_is_opened() {
        let name = |names: &[&str]| ModelFiles::loose("model", files(names).files).name;
        assert_eq!(name(&["SmolLM2-135M.Q8_0.gguf"]), "SmolLM2-135M.Q8_0");
        assert_eq!(name(&["config.json", "picked/A.GGUF"]), "A");
        assert_eq!(name(&["a.gguf", "config.json", "model.safetensors"]), "model");
        assert_eq!(name(&["config.json"]), "model");
    }

    #[test]
    fn reading_past_the_end_is_an_error_not_a_panic() {
        let source = MemorySource::new("f", *b"abc");
        assert_eq!(pollster::block_on(source.read(1, 2)), Ok(b"bc".to_vec()));
        assert!(pollster::block_on(source.read(2, 2)).is_err());
        assert!(pollster::block_on(source.read(u64::MAX, usize::MAX)).is_err());
    }
}

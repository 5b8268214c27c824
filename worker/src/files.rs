//! The user's files, read by slices and never whole.

use futures::future::LocalBoxFuture;
use js_sys::{ArrayBuffer, Uint8Array};
use temper_engine::weights::{ByteSource, SourceError};
use wasm_bindgen::JsValue;
use web_sys::File;

use crate::js;

/// A `File` of the browser; a copy is the same file.
#[derive(Clone)]
pub struct WebFile {
    name: String,
    file: File,
}

impl WebFile {
    /// A file under its own name.
    pub fn new(file: File) -> Self {
        Self { name: file.name(), file }
    }

    async fn slice(&self, start: f64, end: f64) -> Result<Vec<u8>, JsValue> {
        let slice = self.file.slice_with_f64_and_f64(start, end)?;
        let buffer: ArrayBuffer = js::settle(slice.array_buffer()).await?;
        Ok(Uint8Array::new(buffer.as_ref()).to_vec())
    }

    async fn read_now(&self, offset: u64, len: usize) -> Result<Vec<u8>, SourceError> {
        let end = offset.saturating_add(len as u64);
        // A slice past the end is cut short without a word.
        if end > self.len() {
            let (file, len) = (self.name.clone(), self.len());
            return Err(SourceError::PastEnd { file, offset, end, len });
        }
        // Exact: no file is longer than 2^53 bytes.
        let bytes = self.slice(offset as f64, end as f64).await;
        bytes.map_err(|thrown| SourceError::io(&self.name, js::words(&thrown)))
    }
}

impl ByteSource for WebFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> u64 {
        self.file.size() as u64
    }

    fn read<'a>(
        &'a self,
        offset: u64,
        len: usize,
    ) -> LocalBoxFuture<'a, Result<Vec<u8>, SourceError>> {
        Box::pin(self.read_now(offset, len))
    }
}

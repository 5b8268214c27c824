//! The weights that runs have left: taken home, put on the open model, taken off again, removed.

use std::rc::Rc;

use js_sys::Uint8Array;
use temper_engine::OpenModel;
use temper_engine::model::{Adapter, adapter_gguf};
use temper_engine::storage::files_in;
use temper_engine::train::save::{ADAPTER, MODEL};
use temper_engine::weights::{ModelFiles, peft};
use temper_protocol::{Failure, RunId};

use super::{Room, missing};
use crate::storage::RunFiles;

/// What a run has left.
struct Left {
    files: Rc<dyn RunFiles>,
    folder: &'static str,
    names: Vec<String>,
}

impl Room {
    /// The weights of a run that has ended, names and contents; an adapter of the open model also as
    /// a GGUF.
    ///
    /// # Errors
    /// A run that has left none, or files that can't be read back.
    pub async fn export(&mut self, run: RunId) -> Result<(Vec<String>, Vec<Uint8Array>), Failure> {
        let mut left = self.left_by(run).await?;
        let mut contents = Vec::new();
        for name in &left.names {
            let bytes = left.files.bytes(&format!("{}/{name}", left.folder)).await?;
            contents.push(bytes.ok_or_else(|| missing(name))?);
        }
        if let Some(gguf) = self.as_gguf(&left).await {
            contents.push(Uint8Array::from(&gguf[..]));
            left.names.push(adapter_gguf::FILE.into());
        }
        Ok((left.names, contents))
    }

    /// What a run has left as a GGUF; none where that has no place for it, or it doesn't fit the open
    /// model.
    async fn as_gguf(&self, left: &Left) -> Option<Vec<u8>> {
        let base = &self.model.as_ref().filter(|_| left.folder == ADAPTER)?.decoder.config;
        let files = files_in(&*left.files, left.folder, &left.names, "adapter").await.ok()?;
        let adapter = peft::Adapter::open(&files).await.ok()?;
        adapter_gguf::bytes(&adapter, base).ok()
    }

    /// Removes what a run has left.
    ///
    /// # Errors
    /// The browser's.
    pub async fn forget(&mut self, run: RunId) -> Result<(), Failure> {
        Ok(self.storage().await.remove(run).await?)
    }

    /// Puts a run's weights on the open model; without a run, the model is as it came.
    ///
    /// # Errors
    /// A run that has left none, or those of another model.
    pub async fn wear(&mut self, run: Option<RunId>) -> Result<(), Failure> {
        let name = self.model.as_ref().ok_or_else(|| missing("model"))?.name.clone();
        let Some(run) = run else { return self.undress().await };
        let left = self.left_by(run).await?;
        let files = files_in(&*left.files, left.folder, &left.names, &name).await?;
        match left.folder {
            ADAPTER => self.wear_adapter(&peft::Adapter::open(&files).await?).await,
            _ => self.wear_model(files).await,
        }
    }

    async fn wear_adapter(&mut self, adapter: &peft::Adapter) -> Result<(), Failure> {
        self.undress().await?;
        let model = self.model.as_mut().ok_or_else(|| missing("model"))?;
        let attached = model.decoder.attach(adapter, Adapter::Policy);
        if attached.is_err() {
            // Some layers may carry it already.
            model.decoder.strip();
        }
        attached
    }

    /// Reads all weights anew; the model keeps its own files, which the next run begins with.
    async fn wear_model(&mut self, worn: ModelFiles) -> Result<(), Failure> {
        let model = self.model.take().ok_or_else(|| missing("model"))?;
        let (files, text) = (model.files, model.text);
        // Two copies might not fit.
        drop(model.decoder);
        match self.read_model(worn).await {
            Ok(opened) => {
                self.model = Some(OpenModel { files, text, changed: true, ..opened });
                Ok(())
            }
            Err(failure) => {
                self.model = Some(self.read_model(files).await?);
                Err(failure)
            }
        }
    }

    /// Brings the model back to what its files hold.
    async fn undress(&mut self) -> Result<(), Failure> {
        self.reopen_changed().await?;
        if let Some(model) = &mut self.model {
            model.decoder.strip();
        }
        Ok(())
    }

    /// Training or wearing all weights leaves another model: what follows begins with the one in
    /// the files.
    pub(super) async fn reopen_changed(&mut self) -> Result<(), Failure> {
        if let Some(changed) = self.model.take_if(|model| model.changed) {
            let files = changed.files.clone();
            // Two copies might not fit.
            drop(changed);
            self.model = Some(self.read_model(files).await?);
        }
        Ok(())
    }

    async fn left_by(&mut self, run: RunId) -> Result<Left, Failure> {
        if let Some(files) = self.storage().await.find(run).await? {
            for folder in [ADAPTER, MODEL] {
                let names = files.list(folder).await?;
                if !names.is_empty() {
                    return Ok(Left { files, folder, names });
                }
            }
        }
        Err(Failure::bad_input("This run has left no weights in this browser."))
    }
}

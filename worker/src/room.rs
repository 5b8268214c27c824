//! What the worker has open: a device, a model, a judge, data, and the folders of runs.

mod looks;
mod runs;
mod scoring;
mod wear;

use std::rc::Rc;

use temper_engine::data::{self, Rows};
use temper_engine::judge::Judge;
use temper_engine::weights::{ByteSource, ModelFiles};
use temper_engine::{Compute, OpenModel, device};
use temper_protocol::{
    DataReport, DeviceChoice, DeviceInfo, Failure, ModelInfo, Question, RequestId, RowKind,
};
use web_sys::File;

use crate::breathe::breathe;
use crate::controls::Controls;
use crate::files::WebFile;
use crate::storage::Storage;
use crate::wire;

pub use runs::Beginning;

/// All of it; what isn't open yet is `None`.
pub struct Room {
    controls: Controls,
    compute: Option<Compute>,
    model: Option<OpenModel>,
    judge: Option<Rc<Judge>>,
    train: Option<Data>,
    heldout: Option<Data>,
    storage: Option<Storage>,
}

struct Data {
    file: WebFile,
    /// What the file was read as.
    kind: RowKind,
    rows: Rows,
}

impl Room {
    /// An empty one.
    pub fn new(controls: Controls) -> Self {
        Self {
            controls,
            compute: None,
            model: None,
            judge: None,
            train: None,
            heldout: None,
            storage: None,
        }
    }

    /// Questions that came too late for the run that is over.
    pub fn questions_left(&self) -> Vec<(RequestId, Question)> {
        self.controls.questions_left()
    }

    /// Opens the device that was asked for.
    ///
    /// # Errors
    /// There is none, or it fails its self-test.
    pub async fn open_device(&mut self, choice: DeviceChoice) -> Result<DeviceInfo, Failure> {
        let compute = device::open(choice).await?;
        let info = compute.info.clone();
        // A model lies on the device that it was opened for.
        self.model = None;
        self.judge = None;
        self.compute = Some(compute);
        Ok(info)
    }

    /// Opens a model's files. Where that fails, the model that was open stays.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub async fn open_model(&mut self, files: Vec<File>) -> Result<ModelInfo, Failure> {
        let model = self.load(files, "model").await?;
        let info = model.info();
        self.model = Some(model);
        Ok(info)
    }

    /// Opens a second model that judges. Where that fails, the judge that was open stays.
    ///
    /// # Errors
    /// What is wrong with which file, or that it has no tokenizer.
    pub async fn open_judge(&mut self, files: Vec<File>) -> Result<ModelInfo, Failure> {
        let model = self.load(files, "judge").await?;
        let info = model.info();
        self.judge = Some(Rc::new(Judge::new(model)?));
        Ok(info)
    }

    async fn load(&self, files: Vec<File>, name: &str) -> Result<OpenModel, Failure> {
        let sources: Vec<Rc<dyn ByteSource>> = files
            .into_iter()
            .map(|file| Rc::new(WebFile::new(file)) as Rc<dyn ByteSource>)
            .collect();
        self.read_model(ModelFiles::loose(name, sources)).await
    }

    async fn read_model(&self, files: ModelFiles) -> Result<OpenModel, Failure> {
        let compute = self.compute.as_ref().ok_or_else(|| missing("device"))?;
        OpenModel::open(files, compute, |_| wire::sign_of_life()).await
    }

    /// Reads rows of a file; without one, of the open file once more. Where that fails, the data
    /// that was open stays.
    ///
    /// # Errors
    /// The first line that can't be understood, or doesn't hold what this kind of rows needs.
    pub async fn import(
        &mut self,
        files: Vec<File>,
        heldout: bool,
        kind: RowKind,
    ) -> Result<DataReport, Failure> {
        let place = if heldout { &mut self.heldout } else { &mut self.train };
        let file = match (files.into_iter().next(), place.as_ref()) {
            (Some(file), _) => WebFile::new(file),
            (None, Some(open)) => open.file.clone(),
            (None, None) => return Err(missing("data file")),
        };
        let (rows, report) = read_rows(&file, kind).await?;
        *place = Some(Data { file, kind, rows });
        Ok(report)
    }

    fn on_cpu(&self) -> bool {
        self.compute.as_ref().is_some_and(|compute| compute.info.is_cpu())
    }

    /// The folders of runs, looked for when first needed.
    async fn storage(&mut self) -> &mut Storage {
        let storage = match self.storage.take() {
            Some(storage) => storage,
            None => Storage::open().await,
        };
        self.storage.insert(storage)
    }
}

async fn read_rows(file: &WebFile, kind: RowKind) -> Result<(Rows, DataReport), Failure> {
    let bytes = read_all(file).await?;
    Ok(data::import(file.name(), &bytes, kind)?)
}

async fn read_all(file: &WebFile) -> Result<Vec<u8>, Failure> {
    Ok(file.read(0, file.len() as usize).await?)
}

/// Lets the page speak between two parts of a long answer.
async fn turn() {
    wire::sign_of_life();
    breathe().await;
}

fn missing(what: &str) -> Failure {
    Failure::bad_input(format!("There is no {what} yet."))
}

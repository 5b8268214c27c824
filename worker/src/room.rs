//! What the worker has open: a device, a model, data, and the files of the last run.

use std::rc::Rc;

use js_sys::Uint8Array;
use temper_engine::data::{self, Content, Rows};
use temper_engine::generate::{Sampling, generate};
use temper_engine::model::Adapter;
use temper_engine::rewards::Scoring;
use temper_engine::train::Session;
use temper_engine::train::prepare::Inputs;
use temper_engine::weights::{ByteSource, ModelFiles};
use temper_engine::{Compute, OpenModel, device};
use temper_protocol::{
    DataReport, DeviceChoice, DeviceInfo, Failure, FailureKind, GenerateRequest, Generated,
    ModelInfo, ResolvedRun, RowKind, RunConfig, RunId, ScoreSource, Summary,
};
use web_sys::File;

use crate::breathe::breathe;
use crate::controls::Controls;
use crate::files::WebFile;
use crate::host::WorkerHost;
use crate::storage::{self, RunFiles};
use crate::wire;

/// All of it; what isn't open yet is `None`.
pub struct Room {
    controls: Controls,
    compute: Option<Compute>,
    model: Option<OpenModel>,
    train: Option<Data>,
    heldout: Option<Data>,
    run: Option<EndedRun>,
    files: Option<Rc<dyn RunFiles>>,
}

struct Data {
    file: WebFile,
    /// What the file was read as.
    kind: RowKind,
    rows: Rows,
}

/// The run whose weights can be taken home.
struct EndedRun {
    run: RunId,
    /// Where they are.
    weights: String,
}

impl Room {
    /// An empty one.
    pub fn new(controls: Controls) -> Self {
        Self {
            controls,
            compute: None,
            model: None,
            train: None,
            heldout: None,
            run: None,
            files: None,
        }
    }

    /// Forgets what was asked of a run that is over.
    pub fn forget_controls(&self) {
        self.controls.clear();
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
        self.compute = Some(compute);
        Ok(info)
    }

    /// Opens a model's files. Where that fails, the model that was open stays.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub async fn open_model(&mut self, files: Vec<File>) -> Result<ModelInfo, Failure> {
        let compute = self.compute.as_ref().ok_or_else(|| missing("device"))?;
        let sources: Vec<Rc<dyn ByteSource>> = files
            .into_iter()
            .map(|file| Rc::new(WebFile::new(file)) as Rc<dyn ByteSource>)
            .collect();
        let files = ModelFiles::new(model_name(&sources), sources);
        let model = OpenModel::open(files, compute, |_| wire::sign_of_life()).await?;
        let info = model.info();
        self.model = Some(model);
        Ok(info)
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

    /// Whether a run can start.
    ///
    /// # Errors
    /// A setting out of range, or something that isn't open.
    pub fn check(&self, config: &RunConfig) -> Result<ResolvedRun, Failure> {
        let run = config.resolve().map_err(|error| Failure::bad_input(error.to_string()))?;
        self.model.as_ref().ok_or_else(|| missing("model"))?;
        self.train.as_ref().ok_or_else(|| missing("training data"))?;
        check_score(&run)?;
        Ok(run)
    }

    /// Trains to the end, or until stopped.
    ///
    /// # Errors
    /// Data that the model can't take, a loss that isn't a number, a lost device, a full disk.
    pub async fn train(
        &mut self,
        run: RunId,
        config: ResolvedRun,
        resume: bool,
    ) -> Result<Summary, Failure> {
        self.run = None;
        self.reopen_changed().await?;
        let inputs = self.inputs(&config, resume).await?;
        let store = self.run_files().await;
        if !resume {
            store.remove("").await?;
        }
        let on_cpu = self.compute.as_ref().is_some_and(|compute| compute.info.is_cpu());
        let mut host = WorkerHost::new(self.controls.clone(), on_cpu);
        let model = self.model.as_mut().ok_or_else(|| missing("model"))?;
        let store: &dyn RunFiles = store.as_ref();
        let mut session = Session::prepare(model, config, inputs, &mut host, store).await?;
        if resume && session.step() == 0 {
            let message = "The checkpoints are gone: they were lost with the engine.";
            return Err(Failure::new(FailureKind::Storage, message).with_hint("start anew"));
        }
        let summary = session.run(&mut host, store).await?;
        self.run = Some(EndedRun { run, weights: summary.weights.clone() });
        Ok(summary)
    }

    /// Samples a completion of the model as it is.
    ///
    /// # Errors
    /// No model or tokenizer, or a prompt that the model can't take.
    pub async fn generate(&mut self, request: &GenerateRequest) -> Result<Generated, Failure> {
        let model = self.model.as_ref().ok_or_else(|| missing("model"))?;
        let text = model.text()?;
        let prompt = Content::user_turn(&request.prompt, text.has_template());
        let prompt = data::encode_prompt(&prompt, Some(text))?;
        let sampling = Sampling {
            max_new_tokens: request.max_new_tokens as usize,
            temperature: request.temperature,
            top_k: request.top_k as usize,
            top_p: request.top_p,
            seed: request.seed.into(),
        };
        let adapter = if request.reference { Adapter::Reference } else { Adapter::Policy };
        let stop = model.stop_ids();
        let turn = async || {
            wire::sign_of_life();
            breathe().await;
        };
        let drawn = generate(&model.decoder, &[prompt], &stop, &sampling, adapter, turn).await?;
        let ids = drawn.into_iter().next().unwrap_or_default();
        Ok(Generated { text: text.decode(&ids, true), ids })
    }

    /// The weights of a run that has ended: names and contents.
    ///
    /// # Errors
    /// Another run, or files that can't be read back.
    pub async fn export(&mut self, run: RunId) -> Result<(Vec<String>, Vec<Uint8Array>), Failure> {
        let ended =
            self.run.as_ref().filter(|ended| ended.run == run).ok_or_else(|| {
                Failure::bad_input(format!("Run {run} has no weights to take home."))
            })?;
        let folder = ended.weights.clone();
        let store = self.run_files().await;
        let names = store.list(&folder).await?;
        let mut contents = Vec::new();
        for name in &names {
            let bytes = store.bytes(&format!("{folder}/{name}")).await?;
            contents.push(bytes.ok_or_else(|| missing(name))?);
        }
        Ok((names, contents))
    }

    /// Training all weights leaves another model: the next run begins with the one in the files.
    async fn reopen_changed(&mut self) -> Result<(), Failure> {
        let compute = self.compute.as_ref().ok_or_else(|| missing("device"))?;
        if let Some(changed) = self.model.take_if(|model| model.changed) {
            let files = changed.files.clone();
            // Two copies might not fit.
            drop(changed);
            self.model = Some(OpenModel::open(files, compute, |_| wire::sign_of_life()).await?);
        }
        Ok(())
    }

    async fn inputs(&self, config: &ResolvedRun, resume: bool) -> Result<Inputs, Failure> {
        let kind = config.config.method.row_kind();
        let train = self.train.as_ref().ok_or_else(|| missing("training data"))?;
        let train = train.read_as(kind).await?;
        let eval = match (&self.heldout, &config.config.data.eval) {
            (Some(data), Some(_)) => Some(data.read_as(kind).await?),
            _ => None,
        };
        Ok(Inputs { train, eval, adapter: None, scoring: Scoring::default(), resume })
    }

    async fn run_files(&mut self) -> Rc<dyn RunFiles> {
        match &self.files {
            Some(files) => Rc::clone(files),
            None => {
                let files = storage::open().await;
                self.files = Some(Rc::clone(&files));
                files
            }
        }
    }
}

impl Data {
    /// A resumed run's method may be another than the one that the file was read for.
    async fn read_as(&self, kind: RowKind) -> Result<Rows, Failure> {
        match kind == self.kind {
            true => Ok(self.rows.clone()),
            false => Ok(read_rows(&self.file, kind).await?.0),
        }
    }
}

/// The page has no place for another model that scores.
fn check_score(run: &ResolvedRun) -> Result<(), Failure> {
    let by = match &run.config.score {
        Some(score) => score.by,
        None => return Ok(()),
    };
    let who = match by {
        ScoreSource::Gold | ScoreSource::Words | ScoreSource::Length => return Ok(()),
        ScoreSource::RewardModel => "a reward model",
        ScoreSource::Judge => "a judge",
    };
    let message = format!("score.by: the page can't have answers scored by {who}.");
    Err(Failure::bad_input(message)
        .with_hint("The command line can; here, choose gold, words or length."))
}

async fn read_rows(file: &WebFile, kind: RowKind) -> Result<(Rows, DataReport), Failure> {
    let bytes = file.read(0, file.len() as usize).await?;
    Ok(data::import(file.name(), &bytes, kind)?)
}

/// A GGUF is called by its file; a folder's files don't know their folder.
fn model_name(sources: &[Rc<dyn ByteSource>]) -> String {
    let gguf = sources.iter().find_map(|source| source.name().strip_suffix(".gguf"));
    gguf.unwrap_or("model").to_string()
}

fn missing(what: &str) -> Failure {
    Failure::bad_input(format!("There is no {what} yet."))
}

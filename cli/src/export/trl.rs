//! `--as trl`: a folder from which Hugging Face's TRL makes the same run.
//!
//! TRL's command line reads its options from `config.yaml` and its rows from `data/`; the run's own
//! adapter lies beside them, to compare. What TRL can't do is refused where it would make another
//! run of it, else told in the file's first lines and on standard error.

use std::fmt::Display;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use temper_engine::model::config::{self, Architecture};
use temper_engine::text::Text;
use temper_engine::weights::ModelFiles;
use temper_protocol::{Failure, FailureKind, Location, ResolvedRun, RunConfig};

use super::trl_options::{self, Options};
use super::trl_rows::{self, Table};
use super::{adapter_of, config_of, copy_adapter, prepare, yaml};
use crate::args::ExportArgs;
use crate::output::{self, Whole, unwritten};
use temper::files::{bad_path, model_files, open_adapter, read};

/// The folder of the rows, where TRL knows a file's part by its name.
const DATA: &str = "data";
const TRAIN: &str = "train.jsonl";
const EVAL: &str = "eval.jsonl";
/// What a model drops while it trains, by the names of `config.json`. Temper drops nothing there.
const DROPOUTS: [&str; 4] = ["attention_dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop"];

/// A run that TRL can make too.
pub struct Source {
    /// Its `run.toml`, for messages.
    file: String,
    /// Its settings.
    pub run: ResolvedRun,
    /// Those of the method's own table, under TRL's names.
    pub options: Options,
    /// The model's folder, in full.
    pub model: PathBuf,
    /// What switches the model's own dropout off.
    pub dropout: Map<String, Value>,
    /// Longest row, tokens.
    pub longest: usize,
    /// The model's tokenizer and template.
    pub text: Text,
    /// What the run left, unless all weights trained.
    pub adapter: Option<Trained>,
}

/// A run's adapter.
pub struct Trained {
    folder: PathBuf,
    /// The modules that it is on, by the model's own names.
    pub targets: Vec<String>,
}

/// The rows of a run.
pub struct Tables {
    /// Those that it learned from, in order.
    pub train: Table,
    /// Held-out ones.
    pub eval: Option<Table>,
}

/// Writes the folder.
///
/// # Errors
/// A run that TRL's command line can't make, data or a model that is gone, or a folder that can't
/// be written.
pub async fn run(args: &ExportArgs) -> Result<(), Failure> {
    let source = Source::open(args).await?;
    let config = &source.run.config;
    let train = trl_rows::read(&source, "data.train", &config.data.train)?;
    let eval = config.data.eval.as_ref().map(|path| trl_rows::read(&source, "data.eval", path));
    let tables = Tables { train: trl_rows::in_order(train, config), eval: eval.transpose()? };
    let notes = trl_options::notes(&source, &tables);
    prepare(&args.out, &args.run, "is the run's own folder")?;
    prepare(&args.out, &source.model, "is the model's own folder")?;
    write_rows(&args.out.join(DATA), config, &tables)?;
    if let Some(adapter) = &source.adapter {
        let to = args.out.join("adapter");
        prepare(&to, &adapter.folder, "is the run's own adapter")?;
        copy_adapter(&adapter.folder, &to)?;
    }
    let mut file = Whole::create(&args.out.join("config.yaml"))?;
    for line in source.header(&args.run).lines().chain(notes.iter().map(String::as_str)) {
        file.line(&yaml::comment(line))?;
    }
    for (key, value) in trl_options::all(&source, &tables) {
        file.line(&format!("{key}: {}", yaml::scalar(&value)))?;
    }
    file.finish()?;
    for note in &notes {
        eprintln!("warning: {}: {note}", source.file);
    }
    Ok(())
}

impl Source {
    async fn open(args: &ExportArgs) -> Result<Self, Failure> {
        let path = args.run.join("run.toml");
        let run = config_of(&args.run)?.resolve().map_err(|error| bad_path(&path, error))?;
        let file = path.display().to_string();
        let options = trl_options::of_method(&run, &file)?;
        let (model, files) = model_of(&run.config, &file)?;
        let decoder = config::load(&files).await?;
        let adapter = match run.config.lora.is_some() {
            true => Some(Trained::open(&args.run).await?),
            false => None,
        };
        Ok(Self {
            dropout: dropout(&model, decoder.architecture)?,
            longest: run.max_length().min(decoder.max_positions),
            text: Text::open(&files, decoder.vocab_size).await?,
            file,
            run,
            options,
            model,
            adapter,
        })
    }

    /// What to do with the folder, and what to expect of it.
    fn header(&self, run: &Path) -> String {
        let (file, method) = (&self.file, self.run.config.method.name());
        let own = match &self.adapter {
            Some(_) => "adapter/".to_string(),
            None => run.join("model").display().to_string(),
        };
        format!(
            "The run of {file}, for Hugging Face's TRL 1.16. In this folder:\n\
             \n    trl {method} --config config.yaml\n\n\
             Of several GPUs let it see one: CUDA_VISIBLE_DEVICES=0. It takes the rows as they\n\
             stand, in the order in which Temper's first epoch did: torch would shuffle them\n\
             otherwise. New weights are its own draw, so that the two runs come close and aren't\n\
             the same. TRL's result will be in trl-run/; the run's own is in {own}.\n"
        )
    }
}

impl Trained {
    async fn open(run: &Path) -> Result<Self, Failure> {
        let folder = adapter_of(run)?;
        let targets = open_adapter(&folder).await?.config.target_modules;
        Ok(Self { folder, targets })
    }
}

/// The model's folder, in full, and its files.
fn model_of(config: &RunConfig, file: &str) -> Result<(PathBuf, ModelFiles), Failure> {
    if config.model.adapter.is_some() {
        let why = "TRL's command line begins with a new adapter, never with one that is there";
        return Err(refused(file, "model.adapter", why));
    }
    let path = PathBuf::from(&config.model.path);
    let named = |failure: Failure| failure.with_hint("run.toml names it as model.path");
    let files = model_files(&path).map_err(named)?;
    if files.gguf().is_some() {
        let why = format!("{}: TRL's command line can't open a GGUF", path.display());
        let hint = "train on the model as a folder in Hugging Face's layout";
        return Err(refused(file, "model.path", why).with_hint(hint));
    }
    let whole = fs::canonicalize(&path).map_err(|error| named(bad_path(&path, error)))?;
    Ok((whole, files))
}

/// Each dropout that transformers would have on, as 0.
fn dropout(model: &Path, architecture: Architecture) -> Result<Map<String, Value>, Failure> {
    let path = model.join("config.json");
    let config: Value =
        serde_json::from_slice(&read(&path)?).map_err(|error| bad_path(&path, error))?;
    // GPT-2's are on where its config.json doesn't say.
    let unsaid = |key: &str| architecture == Architecture::Gpt2 && key.ends_with("_pdrop");
    let is_on = |key: &&str| config[*key].as_f64().map_or(unsaid(key), |share| share > 0.0);
    Ok(DROPOUTS.into_iter().filter(is_on).map(|key| (key.to_string(), json!(0.0))).collect())
}

/// Writes the rows to a folder that holds nothing else: TRL reads all that is there.
fn write_rows(folder: &Path, config: &RunConfig, tables: &Tables) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| unwritten(folder, error))?;
    let mut parts = vec![(TRAIN, &tables.train)];
    parts.extend(tables.eval.as_ref().map(|eval| (EVAL, eval)));
    for entry in fs::read_dir(folder).map_err(|error| bad_path(folder, error))? {
        let path = entry.map_err(|error| bad_path(folder, error))?.path();
        if !parts.iter().any(|(name, _)| path.ends_with(name)) {
            let why = "is there already, and TRL would read it too: give another --out";
            return Err(bad_path(&path, why));
        }
    }
    let inputs = iter::once(&config.data.train).chain(&config.data.eval);
    let inputs: Vec<&Path> = inputs.map(Path::new).collect();
    for (name, table) in parts {
        let path = folder.join(name);
        output::check(&path, &inputs)?;
        let mut file = Whole::create(&path)?;
        table.rows.iter().try_for_each(|row| file.line(&row.to_string()))?;
        file.finish()?;
    }
    Ok(())
}

/// An option of the run that TRL can't have.
pub fn refused(file: &str, key: &str, why: impl Display) -> Failure {
    let location = Location { file: Some(file.into()), line: None, key: Some(key.into()) };
    Failure::new(FailureKind::BadInput(location), format!("{file}: {key}: {why}"))
}

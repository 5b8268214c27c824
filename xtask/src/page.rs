//! The page: built by Trunk from `index.html`, served, made small for hosting.

use std::path::Path;
use std::process::Command;

use crate::error::ChoreError;
use crate::setup::{self, PageTools};
use crate::shell;
use crate::workspace::Workspace;

mod offline;

/// What rustc emits for our targets and wasm-opt must be told to accept.
const WASM_FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// The profile of what is hosted.
const HOSTED: &str = "hosted";

/// What is hosted is made small beyond its profile: leptos then writes views as one type, not each
/// as its own. Cargo adds this to the flags of `.cargo/config.toml`.
const HOSTED_FLAGS: (&str, &str) =
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--cfg erase_components");

/// The text of the page's service worker.
const SERVICE_WORKER: &str = "app/offline.js";

/// Compresses what is hosted.
const COMPRESS: &str = "xtask/src/page/compress.mjs";

/// Builds the page into `dist/`. Always in release: burn without optimisation can't be used.
pub fn build(workspace: &Workspace, tools: &PageTools) -> Result<(), ChoreError> {
    shell::run(&mut compile(workspace, tools))?;
    keep_offline(workspace)
}

fn compile(workspace: &Workspace, tools: &PageTools) -> Command {
    let mut command = trunk(workspace, tools, "build");
    command.arg("--dist").arg(workspace.dist());
    command
}

fn keep_offline(workspace: &Workspace) -> Result<(), ChoreError> {
    offline::write(&workspace.dist(), &workspace.root().join(SERVICE_WORKER))
}

/// Builds the page for a web server, its wasm made small.
pub fn build_to_host(workspace: &Workspace) -> Result<(), ChoreError> {
    let tools = setup::for_page(workspace)?;
    let wasm_opt = setup::wasm_opt(workspace)?;
    let (variable, flags) = HOSTED_FLAGS;
    let mut command = compile(workspace, &tools);
    shell::run(command.args(["--cargo-profile", HOSTED]).env(variable, flags))?;
    let dist = workspace.dist();
    let entries = std::fs::read_dir(&dist).map_err(ChoreError::file(&dist))?;
    let mut modules: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    modules.retain(|path| path.extension().is_some_and(|end| end == "wasm"));
    modules.sort();
    for module in &modules {
        shrink(&wasm_opt, module)?;
    }
    // Its version is of what is hosted.
    keep_offline(workspace)?;
    let compress = workspace.root().join(COMPRESS);
    shell::run(Command::new("node").arg(compress).arg(&dist))?;
    println!("The page is in {}; any web server can host it.", dist.display());
    Ok(())
}

/// Serves the page on loopback until interrupted; Trunk builds it anew when a source changes.
pub fn serve(workspace: &Workspace, port: u16) -> Result<(), ChoreError> {
    let tools = setup::for_page(workspace)?;
    println!("building the page, minutes the first time; then it is at http://127.0.0.1:{port}/");
    shell::run(trunk(workspace, &tools, "serve").args(["--port", &port.to_string()]))
}

fn trunk(workspace: &Workspace, tools: &PageTools, action: &str) -> Command {
    let mut command = workspace.command(&tools.trunk);
    command.args([action, "--release", "--offline"]);
    // Trunk takes the variable for a boolean option and stops at its usual value, 1.
    command.env_remove("NO_COLOR");
    tools.put_on_path(&mut command);
    command
}

/// Replaces a wasm module by a smaller one that does the same.
fn shrink(wasm_opt: &Path, module: &Path) -> Result<(), ChoreError> {
    let size = |path: &Path| {
        std::fs::metadata(path).map(|data| data.len()).map_err(ChoreError::file(path))
    };
    let before = size(module)?;
    let small = module.with_extension("small");
    let mut command = Command::new("node");
    command.arg(wasm_opt).arg("-Oz").args(WASM_FEATURES).arg(module).arg("-o").arg(&small);
    let name = module.file_name().unwrap_or_default().to_string_lossy();
    shell::run_quietly(&format!("wasm-opt on {name}"), &mut command)?;
    std::fs::rename(&small, module).map_err(ChoreError::file(&small))?;
    println!("  {name}: {} kB, was {} kB", size(module)? / 1000, before / 1000);
    Ok(())
}

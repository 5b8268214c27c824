//! What building and testing need, looked for first and got only where it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ChoreError;
use crate::fetch::{self, TestModel};
use crate::shell;
use crate::workspace::Workspace;

mod debian;
mod rust;
mod system;
mod tools;

pub use rust::{WasmToolchain, components};
pub use system::{Browsers, browsers, vulkan};

/// What it takes to build the page.
pub struct PageTools {
    /// Trunk's executable.
    pub trunk: PathBuf,
    /// The compiler that has the wasm32 target.
    pub toolchain: WasmToolchain,
    bin: PathBuf,
}

impl PageTools {
    /// Lets a command find our wasm-bindgen, and the compiler for wasm32, before all others.
    pub fn put_on_path(&self, command: &mut Command) {
        match &self.toolchain {
            WasmToolchain::Current => shell::prepend_path(command, &[self.bin.as_path()]),
            WasmToolchain::Debian { bin } => {
                shell::prepend_path(command, &[self.bin.as_path(), bin.as_path()]);
                WasmToolchain::forget_rustup(command);
            }
        }
    }
}

/// Everything, for `cargo xtask setup`.
pub fn everything(workspace: &Workspace) -> Result<(), ChoreError> {
    components()?;
    vulkan()?;
    for_page(workspace)?;
    browsers()?;
    node_modules(workspace)?;
    axe(workspace)?;
    fetch::fetch(workspace, TestModel::Smollm2)?;
    println!("everything is here");
    Ok(())
}

/// The wasm32 target, wasm-bindgen, Trunk and the crates' sources.
pub fn for_page(workspace: &Workspace) -> Result<PageTools, ChoreError> {
    let toolchain = rust::wasm_toolchain(workspace)?;
    let root = workspace.cached("tools");
    tools::WASM_BINDGEN.ensure(&root)?;
    let trunk = tools::TRUNK.ensure(&root)?;
    // Trunk works offline and so passes `--offline` on to cargo.
    shell::run(&mut workspace.cargo(&["fetch", "--quiet"]))?;
    Ok(PageTools { trunk, toolchain, bin: root.join("bin") })
}

/// The folder with `puppeteer-core`, which drives browsers and downloads none.
pub fn node_modules(workspace: &Workspace) -> Result<PathBuf, ChoreError> {
    tools::node_package(workspace, "puppeteer-core", "24.43.1")
}

/// The script of axe-core, which finds in a page what keeps people out.
pub fn axe(workspace: &Workspace) -> Result<PathBuf, ChoreError> {
    let modules = tools::node_package(workspace, "axe-core", "4.14.1")?;
    Ok(modules.join("axe-core").join("axe.min.js"))
}

/// The `node_modules` folder with a package of npm.
pub fn npm_package(
    workspace: &Workspace,
    name: &str,
    version: &str,
) -> Result<PathBuf, ChoreError> {
    tools::node_package(workspace, name, version)
}

/// The script `wasm-opt`, for node.
pub fn wasm_opt(workspace: &Workspace) -> Result<PathBuf, ChoreError> {
    let modules = tools::node_package(workspace, "binaryen", "132.0.0")?;
    Ok(modules.join(Path::new("binaryen/bin/wasm-opt")))
}

//! `cargo xtask test`: every check and test, cheapest first, the same on a laptop and in CI.

use std::process::Command;
use std::time::Instant;

use crate::error::ChoreError;
use crate::fetch::{self, TestModel};
use crate::page;
use crate::setup::{self, PageTools, WasmToolchain};
use crate::shell;
use crate::tidy;
use crate::workspace::Workspace;

/// The crates that run natively. Always selected together, since another selection gives burn
/// other features and so minutes of building: xtask, whose plotters asks more of num-traits than
/// burn does, stays apart. Page and engine's worker are wasm32's.
pub const NATIVE: [&str; 7] =
    ["--workspace", "--exclude", "temper-app", "--exclude", "temper-worker", "--exclude", "xtask"];

/// Runs everything, or all but the page and the browsers.
pub fn run(workspace: &Workspace, quick: bool) -> Result<(), ChoreError> {
    let mut steps = Steps { began: Instant::now(), done: Vec::new() };
    steps.take("house rules", || tidy::run(workspace.root()))?;
    steps.take("setting up: compiler, Vulkan, test model", || native_setup(workspace))?;
    steps.take("formatting", || shell::run(&mut workspace.cargo(&["fmt", "--all", "--check"])))?;
    steps.take("clippy on the chores", || clippy_chores(workspace))?;
    steps.take("the chores' tests", || chores_tests(workspace))?;
    steps.take("clippy on the native crates", || clippy_native(workspace))?;
    steps.take("native tests", || native_tests(workspace))?;
    if !quick {
        let tools =
            steps.take("setting up: wasm32, wasm-bindgen, Trunk", || setup::for_page(workspace))?;
        steps.take("clippy on page and workers", || clippy_wasm(workspace, &tools))?;
        steps.take("building the page", || page::build(workspace, &tools))?;
        steps.take("the page in real browsers", || browser_tests(workspace))?;
    }
    steps.summary();
    Ok(())
}

/// The steps taken so far, with their times.
struct Steps {
    began: Instant,
    done: Vec<(&'static str, f64)>,
}

impl Steps {
    fn take<T>(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<T, ChoreError>,
    ) -> Result<T, ChoreError> {
        println!("\n== {name}");
        let began = Instant::now();
        let result = step()?;
        self.done.push((name, began.elapsed().as_secs_f64()));
        Ok(result)
    }

    fn summary(&self) {
        println!("\n== all is well, after {:.0} s", self.began.elapsed().as_secs_f64());
        for (name, secs) in &self.done {
            println!("{secs:8.1} s  {name}");
        }
    }
}

fn native_setup(workspace: &Workspace) -> Result<(), ChoreError> {
    setup::components()?;
    setup::vulkan()?;
    fetch::fetch(workspace, TestModel::Smollm2).map(|_| ())
}

fn clippy_chores(workspace: &Workspace) -> Result<(), ChoreError> {
    let mut clippy = workspace.cargo(&["clippy", "--release", "-p", "xtask", "--all-targets"]);
    shell::run(clippy.args(["--", "-D", "warnings"]))
}

fn chores_tests(workspace: &Workspace) -> Result<(), ChoreError> {
    shell::run(&mut workspace.cargo(&["test", "--release", "-p", "xtask"]))
}

fn clippy_native(workspace: &Workspace) -> Result<(), ChoreError> {
    let mut clippy = workspace.cargo(&["clippy", "--release", "--all-targets"]);
    shell::run(clippy.args(NATIVE).args(["--", "-D", "warnings"]))
}

/// Debian's compiler comes without clippy; there, building the page is the check.
fn clippy_wasm(workspace: &Workspace, tools: &PageTools) -> Result<(), ChoreError> {
    if let WasmToolchain::Debian { .. } = tools.toolchain {
        println!("  left out: Debian's compiler for wasm32 has no clippy");
        return Ok(());
    }
    // One at a time, as Trunk builds them: together they would share features, and burn with
    // other features is another burn.
    for package in ["temper-app", "temper-worker", "temper-parquet"] {
        let mut clippy =
            workspace.cargo(&["clippy", "--release", "--target", "wasm32-unknown-unknown"]);
        shell::run(clippy.args(["-p", package, "--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// The command line is built first: tests that cross crates run it. Built together with the
/// tests, it shares their features and so their burn.
fn native_tests(workspace: &Workspace) -> Result<(), ChoreError> {
    shell::run(
        workspace.cargo(&["build", "--release", "--bins", "--tests", "--examples"]).args(NATIVE),
    )?;
    shell::run(&mut cargo_test(workspace)?)?;
    // The page's own logic needs no browser.
    shell::run(&mut workspace.cargo(&["test", "--release", "-p", "temper-app"]))
}

fn browser_tests(workspace: &Workspace) -> Result<(), ChoreError> {
    let browsers = setup::browsers()?;
    let modules = setup::node_modules(workspace)?;
    let axe = setup::axe(workspace)?;
    let mut test = cargo_test(workspace)?;
    test.args(["--test", "browser", "--test", "studio"])
        .args(["--", "--ignored", "--nocapture", "--test-threads=1"])
        .env("TEMPER_DIST", workspace.dist())
        .env("TEMPER_NODE_MODULES", modules)
        .env("TEMPER_AXE", axe)
        .env("TEMPER_CHROMIUM", browsers.chromium)
        .env("TEMPER_FIREFOX", browsers.firefox);
    shell::run(&mut test)
}

/// `cargo test` on the native crates, told where command line and test model are.
fn cargo_test(workspace: &Workspace) -> Result<Command, ChoreError> {
    let mut test = workspace.cargo(&["test", "--release"]);
    test.args(NATIVE)
        .env("TEMPER_CLI", workspace.temper())
        .env("TEMPER_SMOLLM2", fetch::fetch(workspace, TestModel::Smollm2)?);
    Ok(test)
}

//! What the contenders are made of. Ours must be there; a peer that can't be had is left out, and
//! its name and the reason are told.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::contender::{Contender, How, Place};
use super::outcome::Outcome;
use super::work::Work;
use crate::error::ChoreError;
use crate::fetch::{self, TestModel};
use crate::page;
use crate::setup::{self, Browsers};
use crate::shell;
use crate::suite::NATIVE;
use crate::workspace::Workspace;

/// A Python with the peers' packages, in place of one made for the bench.
const PYTHON: &str = "TEMPER_BENCH_PYTHON";
/// The peers on npm; the folder of each that a page is given.
const JAX: (&str, &str) = ("@jax-js/jax", "0.1.25");
const TFJS: (&str, &str) = ("@tensorflow/tfjs", "4.22.0");
const TFJS_WEBGPU: (&str, &str) = ("@tensorflow/tfjs-backend-webgpu", "4.22.0");

/// Everything that the wanted contenders need, where it could be had.
pub struct Parts<'a> {
    workspace: &'a Workspace,
    model: Option<PathBuf>,
    drivers: Option<Drivers>,
    jax: Had<PathBuf>,
    tfjs: Had<[PathBuf; 2]>,
    python: Had<PathBuf>,
}

/// Something, or why it isn't there.
type Had<T> = Result<T, String>;

/// What drives the browsers.
struct Drivers {
    browsers: Browsers,
    node_modules: PathBuf,
}

impl<'a> Parts<'a> {
    /// Builds and fetches what is wanted.
    pub fn get(workspace: &'a Workspace, wanted: &[&Contender]) -> Result<Self, ChoreError> {
        let native = any(wanted, |one| matches!(one.how, How::Native(_)));
        let in_browser = any(wanted, |one| one.place != Place::Machine);
        let in_python = any(wanted, |one| matches!(one.how, How::Python(_)));
        let large = any(wanted, |one| one.work != Work::Step);
        let script = |name: &'static str| any(wanted, |one| one.how == How::Page(name, "webgpu"));
        if native {
            let mut build = workspace.cargo(&["build", "--release", "--bins"]);
            shell::run(build.args(NATIVE))?;
        }
        if any(wanted, |one| one.how == How::Native("wgpu")) {
            setup::vulkan()?;
        }
        let model = large.then(|| fetch::fetch(workspace, TestModel::Smollm2)).transpose()?;
        let drivers = in_browser.then(|| drivers(workspace)).transpose()?;
        let npm = |package: (&str, &str)| npm(workspace, package);
        Ok(Self {
            workspace,
            model,
            drivers,
            jax: had(script("jaxjs"), || npm(JAX)),
            tfjs: had(script("tfjs"), || Ok([npm(TFJS)?, npm(TFJS_WEBGPU)?])),
            python: had(in_python, || python(workspace)),
        })
    }

    /// Lets a contender do its steps.
    pub fn turn(&self, contender: &Contender, folder: &Path) -> Outcome {
        let printed = self.command(contender, folder).and_then(|mut command| {
            command.args(["--steps", &contender.steps.to_string()]);
            shell::heard(&mut command).map_err(|error| last_line(&error))
        });
        match printed {
            Ok(printed) => Outcome::of(&printed),
            Err(why) => Outcome::left_out(&why),
        }
    }

    fn command(&self, contender: &Contender, folder: &Path) -> Had<Command> {
        let model = match contender.work {
            Work::Step => folder.join("model"),
            _ => self.model.clone().ok_or("SmolLM2 isn't there")?,
        };
        let mut command = match contender.how {
            How::Page(script, device) => {
                let mut command = self.page(script, device, folder, &model)?;
                let firefox = contender.place == Place::Firefox;
                command.args(["--browser", if firefox { "firefox" } else { "chromium" }]);
                return Ok(command);
            }
            How::Native(device) => {
                let mut command = self.workspace.command(self.workspace.temper());
                command.args(["bench", "--json", "--device", device]);
                command
            }
            How::Python(script) => {
                let mut command = self.workspace.command(self.python.clone()?);
                command.arg(self.workspace.root().join("bench/python").join(script));
                // No compiled files in the checkout.
                command.env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
        };
        command.arg("--work").arg(folder).arg("--model").arg(model);
        Ok(command)
    }

    fn page(&self, script: &str, device: &str, folder: &Path, model: &Path) -> Had<Command> {
        let drivers = self.drivers.as_ref().ok_or("no browser is there")?;
        // A page is given a folder, and `work.json` names the files in it.
        let model = if model.is_dir() { model } else { model.parent().unwrap_or(model) };
        let mut mounts = vec![("work", folder.to_path_buf()), ("model", model.to_path_buf())];
        match script {
            "jaxjs" => mounts.push(("peer", self.jax.clone()?)),
            "tfjs" => {
                let [peer, backend] = self.tfjs.clone()?;
                mounts.extend([("peer", peer), ("backend", backend)]);
            }
            _ => mounts.push(("dist", self.workspace.dist())),
        }
        let mut command = self.workspace.command("node");
        command.arg(self.workspace.root().join("tests/browser/bench.mjs"));
        command.args(["--script", script, "--device", device]);
        for (name, folder) in mounts {
            command.arg("--mount").arg(format!("{name}={}", folder.display()));
        }
        command.env("TEMPER_NODE_MODULES", &drivers.node_modules);
        command.env("TEMPER_CHROMIUM", &drivers.browsers.chromium);
        command.env("TEMPER_FIREFOX", &drivers.browsers.firefox);
        Ok(command)
    }
}

fn any(wanted: &[&Contender], test: impl Fn(&Contender) -> bool) -> bool {
    wanted.iter().any(|one| test(one))
}

fn had<T>(wanted: bool, get: impl FnOnce() -> Result<T, ChoreError>) -> Had<T> {
    match wanted {
        true => get().map_err(|error| error.to_string()),
        false => Err("it wasn't asked for".to_owned()),
    }
}

/// Programs say why they fail at the end of what may be long.
fn last_line(error: &ChoreError) -> String {
    let text = error.to_string();
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

/// The built page, and what drives the browser.
fn drivers(workspace: &Workspace) -> Result<Drivers, ChoreError> {
    let tools = setup::for_page(workspace)?;
    page::build(workspace, &tools)?;
    Ok(Drivers { browsers: setup::browsers()?, node_modules: setup::node_modules(workspace)? })
}

/// The built files of a package of npm.
fn npm(workspace: &Workspace, (name, version): (&str, &str)) -> Result<PathBuf, ChoreError> {
    Ok(setup::npm_package(workspace, name, version)?.join(name).join("dist"))
}

/// A Python with the packages of `bench/python/requirements.txt`, made in the cache.
fn python(workspace: &Workspace) -> Result<PathBuf, ChoreError> {
    if let Some(python) = env::var_os(PYTHON) {
        return Ok(PathBuf::from(python));
    }
    let wanted = workspace.root().join("bench/python/requirements.txt");
    let requirements = std::fs::read(&wanted).map_err(ChoreError::file(&wanted))?;
    let folder = workspace.cached("python/bench");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last, so that one that was broken off is begun anew.
    let installed = folder.join("requirements.txt");
    if std::fs::read(&installed).is_ok_and(|text| text == requirements) {
        return Ok(python);
    }
    let how = format!("apt-get install python3-venv, or set {PYTHON}");
    let system = shell::find(&["python3", "python"])
        .ok_or_else(|| ChoreError::missing("Python 3 with venv", how.as_str()))?;
    let mut venv = Command::new(system);
    shell::run_quietly("making a Python", venv.args(["-m", "venv", "--clear"]).arg(&folder))
        .map_err(|_| ChoreError::missing("Python's venv", how.as_str()))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted);
    shell::run_quietly("getting torch, TRL and peft from PyPI (6 GB on Linux, once)", &mut pip)?;
    std::fs::write(&installed, requirements).map_err(ChoreError::file(&installed))?;
    Ok(python)
}

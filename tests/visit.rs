//! One visit to the built page: which browser, what is done there, and what was seen.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A browser, driven by a scenario of `browser/scenarios.mjs`.
pub struct Visit {
    pub browser: &'static str,
    pub scenario: &'static str,
    pub device: &'static str,
    pub steps: u32,
    /// No single wait may take longer.
    pub limit_secs: u32,
    /// A folder that the scenario opens, where it needs one.
    pub files: Option<PathBuf>,
}

impl Visit {
    /// A scenario of clicks, on the CPU, where steps are quick.
    pub fn clicks(browser: &'static str, scenario: &'static str, steps: u32) -> Self {
        Self::on("cpu", browser, scenario, steps)
    }

    /// A scenario on a device. WebGPU on a software adapter takes seconds a step.
    pub fn on(
        device: &'static str,
        browser: &'static str,
        scenario: &'static str,
        steps: u32,
    ) -> Self {
        let limit_secs = if device == "webgpu" { 1200 } else { 300 };
        Self { browser, scenario, device, steps, limit_secs, files: None }
    }

    /// Drives the browser; what it saw, once it is known that nothing went wrong on the way.
    pub fn run(&self) -> Value {
        let name = format!("{}-{}-{}", self.scenario, self.browser, self.device);
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let output = Command::new("node")
            .arg(root().join("tests/browser/drive.mjs"))
            .arg("--dist")
            .arg(variable("TEMPER_DIST"))
            .args(["--browser", self.browser, "--scenario", self.scenario, "--device", self.device])
            .args(["--steps", &self.steps.to_string(), "--limit", &self.limit_secs.to_string()])
            .arg("--screenshot")
            .arg(scratch.join(format!("{name}.png")))
            .arg("--shots")
            .arg(scratch.join("pages"))
            .args(self.files.iter().flat_map(|files| [OsStr::new("--files"), files.as_os_str()]))
            .stdin(Stdio::null())
            .output()
            .expect("node starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: the page could not be driven\n{errors}");
        let seen: Value = serde_json::from_slice(&output.stdout).expect("drive.mjs prints JSON");
        assert_eq!(seen["problems"], serde_json::json!([]), "{name}: the page had problems");
        assert_eq!(seen["status"], "done", "{name}: the run ended with {}", seen["error"]);
        let [step, secs, clicks, badge] =
            ["step", "secs", "clicks", "badge"].map(|key| seen[key].clone());
        println!("{name}: {step} steps and {clicks} clicks in {secs} s on {badge}");
        seen
    }
}

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_owned()
}

/// What `cargo xtask test` sets.
pub fn variable(name: &str) -> OsString {
    env::var_os(name).unwrap_or_else(|| panic!("{name} isn't set: run `cargo xtask test`"))
}

/// A whole number that a scenario tells.
pub fn number(seen: &Value, key: &str) -> u64 {
    seen[key].as_u64().unwrap_or_else(|| panic!("{key} is a number in {seen}"))
}

/// A text by its path in what was seen: `/edit/info`.
pub fn text<'a>(seen: &'a Value, path: &str) -> &'a str {
    let found = seen.pointer(path).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{path} is a text in {seen}"))
}

/// A measured number by its path.
pub fn figure(seen: &Value, path: &str) -> f64 {
    let found = seen.pointer(path).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("{path} is a number in {seen}"))
}

/// A list by its path.
pub fn list<'a>(seen: &'a Value, path: &str) -> &'a [Value] {
    let found = seen.pointer(path).and_then(Value::as_array);
    found.unwrap_or_else(|| panic!("{path} is a list in {seen}"))
}

/// The text at each path must hold the words beside it.
pub fn assert_says(seen: &Value, expected: &[(&str, &str)]) {
    for (path, words) in expected {
        let told = text(seen, path);
        assert!(told.contains(words), "{path} says “{told}”, not “{words}”");
    }
}

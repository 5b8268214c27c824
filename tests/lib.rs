//! What the tests that cross crates share: devices, fixtures, and a host that listens.

pub mod command;
pub mod enumerable;
pub mod runs;
pub mod workbench;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use temper_engine::train::{Asked, Host};
use temper_engine::{Compute, OpenModel, device};
use temper_protocol::{Action, DeviceChoice, Event, Failure, Finding, Question, RequestId};

/// The CPU.
pub fn cpu() -> Compute {
    pollster::block_on(device::open(DeviceChoice::Cpu)).expect("the CPU is always there")
}

/// The GPU that wgpu finds; a process can open it once.
pub fn gpu() -> Compute {
    static GPU: OnceLock<Compute> = OnceLock::new();
    let open = || pollster::block_on(device::open(DeviceChoice::Wgpu)).expect("a Vulkan adapter");
    GPU.get_or_init(open).clone()
}

/// A file or folder of `tests/fixtures`.
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

/// A fixture as JSON.
pub fn json(path: &str) -> Value {
    let text = std::fs::read_to_string(fixture(path)).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

/// A fixture as JSON lines.
pub fn json_lines(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(fixture(path)).expect("the fixture is there");
    text.lines().map(|line| serde_json::from_str(line).expect("the fixture is JSONL")).collect()
}

/// Opens a model of the fixtures.
pub fn open(path: &str, compute: &Compute) -> OpenModel {
    let path = fixture(path);
    let opened = temper::files::open_model(&path, None, compute);
    pollster::block_on(opened).expect("the fixture's model opens")
}

/// A list of numbers.
pub fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|number| number.as_f64().expect("a number")).collect()
}

/// A list of token ids.
pub fn ids(value: &Value) -> Vec<u32> {
    numbers(value).into_iter().map(|id| id as u32).collect()
}

/// Within `tolerance`, relative above 1.
pub fn assert_close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let allowed = tolerance * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= allowed,
        "{what}: {found}, expected {expected} ± {allowed}"
    );
}

/// Keeps every event; does as it is told at given steps.
#[derive(Debug, Default)]
pub struct Recorder {
    /// All that happened.
    pub events: Vec<Event>,
    /// What to ask for, before which step (counted from 0).
    pub plan: Vec<(usize, Action)>,
    /// What to ask about the model, before which step.
    pub questions: Vec<(usize, Question)>,
    /// The answers, in the order of their questions.
    pub found: Vec<Result<Finding, Failure>>,
}

impl Recorder {
    /// The logged values of a metric, step by step.
    pub fn metric(&self, key: &str) -> Vec<f64> {
        let steps = self.events.iter().filter_map(|event| match event {
            Event::Step(metrics) => metrics.get(key),
            _ => None,
        });
        steps.collect()
    }

    /// A metric as logged at a step.
    pub fn at(&self, step: u32, key: &str) -> Option<f64> {
        self.events.iter().find_map(|event| match event {
            Event::Step(metrics) if metrics.step == step => metrics.get(key),
            _ => None,
        })
    }

    fn steps(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::Step(_))).count()
    }
}

impl Host for Recorder {
    fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    fn poll(&mut self) -> Option<Asked> {
        let step = self.steps();
        if let Some(due) = self.questions.iter().position(|(at, _)| *at == step) {
            let question = Box::new(self.questions.remove(due).1);
            return Some(Asked::Look { id: step as RequestId, question });
        }
        let due = self.plan.iter().position(|(at, _)| *at == step)?;
        Some(self.plan.remove(due).1.into())
    }

    fn found(&mut self, id: RequestId, finding: Result<Finding, Failure>) {
        assert_eq!(id as usize, self.steps(), "answered before the next step");
        self.found.push(finding);
    }

    fn now(&self) -> f64 {
        0.0
    }
}

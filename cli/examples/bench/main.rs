//! Temper's own side of the bench, natively: a work's steps, timed, as one line of JSON.
//!
//! `cargo xtask bench` calls it beside the peers; `bench/README.md` says what is measured.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};
use temper::files::open_model;
use temper::pool;
use temper_engine::{Compute, device};
use temper_protocol::{DeviceChoice, Failure};

mod clock;
mod files;
mod generation;
mod training;

use files::Work;

const USAGE: &str = "usage: bench --work DIR --model PATH --device cpu|wgpu --steps N";

/// What was typed.
struct Options {
    work: PathBuf,
    model: PathBuf,
    device: DeviceChoice,
    steps: u32,
}

impl Options {
    fn parse(words: impl Iterator<Item = String>) -> Option<Self> {
        let words: Vec<String> = words.collect();
        let value = |name: &str| {
            let at = words.iter().position(|word| word == name)?;
            words.get(at + 1)
        };
        Some(Self {
            work: value("--work")?.into(),
            model: value("--model")?.into(),
            device: match value("--device")?.as_str() {
                "cpu" => DeviceChoice::Cpu,
                "wgpu" => DeviceChoice::Wgpu,
                _ => return None,
            },
            steps: value("--steps")?.parse().ok()?,
        })
    }
}

async fn run(options: &Options) -> Result<Value, Failure> {
    let work = Work::read(&options.work)?;
    let compute = device::open(options.device).await?;
    if compute.info.software && work.heavy {
        let name = &compute.info.name;
        return Ok(
            json!({ "left_out": format!("{name} only emulates a GPU: it would take hours") }),
        );
    }
    let mut open = open_model(&options.model, None, &compute).await?;
    let mut found = match &work.run {
        Some(run) => training::time(&mut open, &work, run, options.steps).await?,
        None => generation::time(&open, &work, options.steps).await?,
    };
    found["device"] = device_name(&compute).into();
    found["software"] = compute.info.software.into();
    found["host_bytes"] = json!(files::host_bytes());
    Ok(found)
}

fn device_name(compute: &Compute) -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    match compute.info.kind.as_str() {
        "cpu" => format!("flex, {threads} threads"),
        _ => format!("{}, {}", compute.info.name, compute.info.backend),
    }
}

fn main() -> ExitCode {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match pool::run(|| pollster::block_on(run(&options))) {
        Ok(found) => {
            println!("{found}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

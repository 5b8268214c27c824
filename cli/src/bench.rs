//! `temper bench`: how long a step takes here.
//!
//! `cargo xtask bench` calls it beside other engines, with work of its own.

mod clock;
mod generation;
mod training;
mod work;

use serde_json::{Value, json};
use temper_engine::{Compute, OpenModel, device};
use temper_protocol::{DeviceChoice, Failure};

use crate::args::BenchArgs;
use crate::output;
use work::Work;

/// The times of a work's steps, seconds, and what came out of them.
#[derive(Debug)]
struct Timed {
    secs: Vec<f64>,
    losses: Vec<f64>,
    ids: Vec<Vec<u32>>,
}

/// Times each work on each device, and prints a line of each.
///
/// # Errors
/// A device that was asked for and isn't there, or bad input.
pub async fn run(args: &BenchArgs) -> Result<(), Failure> {
    let works = match &args.work {
        Some(folder) => vec![Work::read(folder)?],
        None => Work::default_model()?,
    };
    for compute in devices(args).await? {
        for work in &works {
            let found = time(args, work, &compute).await?;
            let line = if args.json { found.to_string() } else { words(&found) };
            if !output::line(&line)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The one that was asked for, else all there are.
async fn devices(args: &BenchArgs) -> Result<Vec<Compute>, Failure> {
    if let Some(device) = args.device {
        return Ok(vec![device::open(device.into()).await?]);
    }
    let cpu = device::open(DeviceChoice::Cpu).await?;
    match device::open(DeviceChoice::Wgpu).await {
        Ok(gpu) => Ok(vec![cpu, gpu]),
        Err(failure) => {
            eprintln!("warning: only the CPU: {failure}");
            Ok(vec![cpu])
        }
    }
}

async fn time(args: &BenchArgs, work: &Work, compute: &Compute) -> Result<Value, Failure> {
    let device = device_name(compute);
    let mut found = json!({
        "work": work.title, "device": device, "software": compute.info.software,
    });
    if compute.info.software && work.heavy {
        found["left_out"] = format!("{device} only emulates a GPU: it would take hours").into();
        return Ok(found);
    }
    let files = work::model(args.model.as_deref())?;
    let mut open = OpenModel::open(files, compute, |_| {}).await?;
    let timed = match &work.run {
        Some(run) => training::time(&mut open, work, run, args.steps).await?,
        None => generation::time(&open, work, args.steps).await?,
    };
    found["secs"] = json!(timed.secs);
    match work.run {
        Some(_) => found["losses"] = json!(timed.losses),
        None => found["ids"] = json!(timed.ids),
    }
    found["host_bytes"] = json!(host_bytes());
    Ok(found)
}

fn device_name(compute: &Compute) -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    match compute.info.kind.as_str() {
        "cpu" => format!("flex, {threads} threads"),
        _ => format!("{}, {}", compute.info.name, compute.info.backend),
    }
}

/// The most memory that this process has had so far, earlier work's with it; known on Linux alone.
fn host_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The first step compiles kernels and is told apart; of the others, the median.
fn words(found: &Value) -> String {
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_string();
    let (work, device) = (text("work"), text("device"));
    let software = if found["software"] == json!(true) { " (software)" } else { "" };
    let secs = found["secs"].as_array().into_iter().flatten().filter_map(Value::as_f64);
    let secs: Vec<f64> = secs.collect();
    let said = match secs.split_first() {
        Some((first, rest)) if !rest.is_empty() => {
            let mut rest = rest.to_vec();
            rest.sort_by(f64::total_cmp);
            let (low, middle, high) = (rest[0], rest[rest.len() / 2], rest[rest.len() - 1]);
            format!("{middle:.3} s ({low:.3} to {high:.3}), the first {first:.3} s")
        }
        _ => text("left_out"),
    };
    format!("{device}{software}: {work}: {said}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_told_apart() {
        let found = json!({ "work": "a step", "device": "flex", "secs": [9.0, 1.0, 3.0, 2.0] });
        assert_eq!(words(&found), "flex: a step: 2.000 s (1.000 to 3.000), the first 9.000 s");
        let found = json!({ "work": "w", "device": "d", "software": true, "left_out": "too slow" });
        assert_eq!(words(&found), "d (software): w: too slow");
    }
}

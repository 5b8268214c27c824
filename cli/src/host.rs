//! The command line as a run's host: files for what is measured, a bar for the eye.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use temper_engine::train::Host;
use temper_protocol::{Event, Failure, MemoryEstimate, Phase, StepMetrics, Warning};

use crate::output::unwritten;

/// Writes `metrics.jsonl` and `samples.jsonl`; shows progress on a terminal.
#[derive(Debug)]
pub struct CliHost {
    files: Option<Files>,
    /// The first line that couldn't be written.
    unwritten: Option<Failure>,
    bar: ProgressBar,
    started: Instant,
    on_cpu: bool,
}

#[derive(Debug)]
struct Files {
    metrics: File,
    samples: File,
}

impl CliHost {
    /// Shows progress of a run on the CPU or on a GPU; writes nothing yet.
    pub fn new(on_cpu: bool) -> Self {
        // indicatif draws on standard error, and only on a terminal.
        let bar = ProgressBar::new(0);
        bar.set_style(
            ProgressStyle::with_template("{msg:20} {bar:30} {pos}/{len} {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self { files: None, unwritten: None, bar, started: Instant::now(), on_cpu }
    }

    /// From now on appends to the files of a run's folder.
    ///
    /// # Errors
    /// They can't be opened.
    pub fn write_to(&mut self, out: &Path) -> Result<(), Failure> {
        let open = |name: &str| {
            let path = out.join(name);
            let file = OpenOptions::new().create(true).append(true).open(&path);
            file.map_err(|error| unwritten(&path, error))
        };
        self.files =
            Some(Files { metrics: open("metrics.jsonl")?, samples: open("samples.jsonl")? });
        Ok(())
    }

    /// Whether all lines were written.
    ///
    /// # Errors
    /// The first that wasn't.
    pub fn written(&mut self) -> Result<(), Failure> {
        self.unwritten.take().map_or(Ok(()), Err)
    }

    fn write_metrics(&mut self, metrics: &StepMetrics) {
        if let Some(files) = &mut self.files {
            let written = writeln!(files.metrics, "{}", metrics_line(metrics));
            self.hear("metrics.jsonl", written);
        }
    }

    /// A run goes on without a line that the disk didn't take, and ends with saying so.
    fn hear(&mut self, name: &str, written: io::Result<()>) {
        if let (Err(error), None) = (written, &self.unwritten) {
            let failure = unwritten(Path::new(name), format!("{error}; lines are missing in it"));
            self.say(&format!("warning: {failure}"));
            self.unwritten = Some(failure);
        }
    }

    fn phase(&self, phase: &Phase) {
        let (message, progress) = match phase {
            Phase::Encoding => ("reading the data", None),
            Phase::CachingReference { done, total } => ("reference", Some((*done, *total))),
            Phase::Training { total } => {
                self.bar.set_message("training");
                self.bar.set_length(u64::from(*total));
                return;
            }
            Phase::Iteration { iteration, total } => {
                self.say(&format!("round {iteration} of {total}"));
                ("self-play", None)
            }
            Phase::RollingOut { .. } => ("sampling answers", None),
            Phase::Scoring { .. } => ("scoring", None),
            Phase::Evaluating { .. } => ("evaluating", None),
            Phase::Sampling => ("sampling", None),
            Phase::Saving => ("saving", None),
        };
        self.bar.set_message(message);
        if let Some((done, total)) = progress {
            self.bar.set_length(u64::from(total));
            self.bar.set_position(u64::from(done));
        }
    }

    fn say(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }
}

impl Host for CliHost {
    fn emit(&mut self, event: Event) {
        match event {
            Event::Phase(phase) => self.phase(&phase),
            Event::Memory(estimate) => self.say(&memory_text(&estimate)),
            Event::Step(metrics) => {
                self.write_metrics(&metrics);
                self.bar.set_position(u64::from(metrics.step));
                let loss = metrics.get("loss").unwrap_or_default();
                self.bar.set_message(format!("loss {loss:.4}"));
            }
            Event::Evaluation(metrics) => self.write_metrics(&metrics),
            Event::Sample(sample) => {
                if let Some(files) = &mut self.files {
                    let written = writeln!(files.samples, "{}", json!(sample));
                    self.hear("samples.jsonl", written);
                }
            }
            Event::Warning(warning) => self.say(&format!("warning: {}", warning_text(&warning))),
            Event::Checkpointed(info) => self.bar.set_message(format!("saved {}", info.path)),
            Event::Finished(_) => self.bar.finish_and_clear(),
            Event::Failed(_) => self.bar.abandon(),
            Event::Paused { .. } | Event::Resumed { .. } => {}
        }
    }

    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn memory_bytes(&self) -> Option<f64> {
        let free = self.on_cpu.then(|| kilobytes("/proc/meminfo", "MemAvailable:"))??;
        Some(1024.0 * (free + kilobytes("/proc/self/status", "VmRSS:").unwrap_or(0.0)))
    }
}

/// A number that Linux tells in a line of its own; elsewhere, and if it isn't there, `None`.
fn kilobytes(file: &str, key: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// `needs about 1.1 GB: weights 0.54, optimizer 0.01, activations 0.42, transient 0.13`; a small
/// run in MB.
fn memory_text(estimate: &MemoryEstimate) -> String {
    let total = estimate.total();
    let (unit, bytes, [first, digits]) =
        if total < 1e9 { ("MB", 1e6, [0, 1]) } else { ("GB", 1e9, [1, 2]) };
    let parts = [
        ("weights", estimate.weights_bytes),
        ("optimizer", estimate.optimizer_bytes),
        ("activations", estimate.activation_bytes),
        ("transient", estimate.transient_bytes),
        ("program", estimate.program_bytes),
    ];
    let parts = parts.iter().filter(|(_, part)| *part > 0.0);
    let parts = parts.map(|(name, part)| format!("{name} {:.digits$}", part / bytes));
    let parts = parts.collect::<Vec<_>>().join(", ");
    format!("needs about {:.first$} {unit}: {parts}", total / bytes)
}

fn metrics_line(metrics: &StepMetrics) -> Value {
    let mut line = Map::new();
    line.insert("step".into(), json!(metrics.step));
    line.insert("epoch".into(), json!(metrics.epoch));
    line.extend(metrics.values.iter().map(|(key, value)| (key.clone(), json!(value))));
    Value::Object(line)
}

fn warning_text(warning: &Warning) -> String {
    match warning {
        Warning::RowsTruncated { lines } => {
            format!("{} rows lost their tail to max_length: lines {}", lines.len(), list(lines))
        }
        Warning::PrefixMismatch { lines } => {
            format!("the chat template renders prompt and whole differently: lines {}", list(lines))
        }
        Warning::RowsDropped { lines, reason } => {
            format!("{} rows left out ({reason}): lines {}", lines.len(), list(lines))
        }
        Warning::RewardsBothFalling { step } => {
            format!("step {step}: both rewards are falling; the margin is what counts")
        }
        Warning::Imbalance { desirable, undesirable, ratio } => format!(
            "{desirable} liked and {undesirable} not: weighted, {ratio:.2} to 1, where 1 to 1.33 is \
             advised; move kto.desirable_weight or kto.undesirable_weight"
        ),
        Warning::OneClass { label } => {
            format!("every row has label = {label}: there is nothing to tell apart")
        }
        Warning::Unread { column, rows } => {
            format!("{rows} pairs have a {column}, which only method = \"reward\" reads")
        }
        Warning::NoEos { step } => format!(
            "step {step}: no answer ended by itself; allow longer ones, or set missing_eos_penalty"
        ),
        Warning::SamplesDropped { samples, total, reason } => {
            format!("{samples} of {total} samples left out: {reason}")
        }
        Warning::EarlyStop { step, updates } => {
            format!("step {step}: target_kl was reached after {updates} updates of the rollout")
        }
        Warning::SelfPlayEnded { iteration, reason } => {
            format!("self-play ended after round {iteration}: {reason}")
        }
    }
}

/// The first few.
fn list(lines: &[u32]) -> String {
    let shown: Vec<String> = lines.iter().take(10).map(u32::to_string).collect();
    let more = if lines.len() > shown.len() { ", ..." } else { "" };
    shown.join(", ") + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_fitting_units() {
        let estimate = |scale: f64| MemoryEstimate {
            weights_bytes: 0.54 * scale,
            optimizer_bytes: 0.01 * scale,
            activation_bytes: 0.42 * scale,
            transient_bytes: 0.13 * scale,
            program_bytes: 0.0,
        };
        let large = "needs about 1.1 GB: weights 0.54, optimizer 0.01, activations 0.42, \
                     transient 0.13";
        assert_eq!(memory_text(&estimate(1e9)), large);
        let small = "needs about 110 MB: weights 54.0, optimizer 1.0, activations 42.0, \
                     transient 13.0";
        assert_eq!(memory_text(&estimate(1e8)), small);
    }
}

//! A report as people read it.

use super::contender::Place;
use super::least::{Least, least};
use super::numbers::{bytes, columns, processors, seconds, spread};
use super::report::{Entry, Likeness, Report};

/// Where it was, and a warning where others wanted the machine too.
pub fn machine(load: Option<f64>) -> String {
    let (count, system) = (processors(), std::env::consts::OS);
    let words = format!("{count} processors, {} on {system}", std::env::consts::ARCH);
    match load {
        Some(load) if load > 0.5 * count as f64 => {
            format!("{words}. BUSY (load {load:.1} at the start): trust no number but ratios.")
        }
        Some(load) => format!("{words}, load {load:.1} at the start."),
        None => format!("{words}."),
    }
}

/// One kind of work.
pub fn text(report: &Report) -> String {
    let least = least(report.work);
    let parts = [
        Some(report.work.title().to_owned()),
        Some(times(report, &least)),
        Some(counts(report, &least)),
        ratios(report),
        likenesses(report),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn times(report: &Report, least: &Least) -> String {
    let head = ["", "warm-up", "median", "fastest", "slowest", "GFLOP/s", "host memory", "on"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for place in [Place::Chromium, Place::Firefox, Place::Machine] {
        let mut present =
            report.entries.iter().filter(|entry| entry.contender.place == place).peekable();
        if present.peek().is_some() {
            lines.push(vec![place.title().to_owned()]);
        }
        lines.extend(present.map(|entry| time(entry, least)));
    }
    columns(&lines)
}

fn time(entry: &Entry, least: &Least) -> Vec<String> {
    let name = format!("  {}", entry.contender.name);
    let settled = entry.settled();
    let (Some(median), Some([fastest, slowest])) = (entry.median(), spread(&settled)) else {
        let why = entry.left_out.as_deref().unwrap_or("no turn");
        return vec![format!("{name}: left out, {why}")];
    };
    let warm_up = spread(&entry.first()).map_or(0.0, |[_, slowest]| slowest);
    let device = entry.turns.first().map_or("", |turn| turn.device.as_str());
    vec![
        name,
        seconds(warm_up),
        seconds(median),
        seconds(fastest),
        seconds(slowest),
        format!("{:.1}", least.flops / median / 1e9),
        entry.host_bytes().map_or_else(|| "-".to_owned(), bytes),
        device.to_owned(),
    ]
}

/// What the machine has no part in, beside what would be enough.
fn counts(report: &Report, least: &Least) -> String {
    let head = ["a step", "dispatches", "readbacks", "read and written", "device memory"];
    let bound = vec![
        format!("  at least, for {:.2} GFLOP", least.flops / 1e9),
        least.dispatches.to_string(),
        least.readbacks.to_string(),
        bytes(least.bytes),
        bytes(least.device_bytes),
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec(), bound];
    for entry in &report.entries {
        let Some(counts) = entry.turns.last().and_then(|turn| turn.counts) else { continue };
        lines.push(vec![
            format!("  {}", entry.contender.name),
            counts.dispatches.to_string(),
            counts.readbacks.to_string(),
            bytes(counts.bound_bytes),
            bytes(counts.peak_bytes),
        ]);
    }
    columns(&lines)
}

fn ratios(report: &Report) -> Option<String> {
    let ratios = report.ratios();
    let mut lines = vec!["our time over theirs; below 1 we are faster".to_owned()];
    lines.extend(ratios.iter().map(|ratio| {
        let [low, high] = ratio.rounds;
        format!(
            "  {} / {}: {:.2} ({low:.2} to {high:.2} by rounds)",
            ratio.ours, ratio.theirs, ratio.ratio
        )
    }));
    (lines.len() > 1).then(|| lines.join("\n"))
}

fn likenesses(report: &Report) -> Option<String> {
    let words = report.likenesses().into_iter().map(|(name, likeness)| {
        let far = if likeness.is_same() { "" } else { ", so NOT THE SAME WORK" };
        match likeness {
            Likeness::Losses(apart) => format!("  {name}: losses at most {apart:.1e} apart{far}"),
            Likeness::Tokens(share) => {
                format!("  {name}: {:.0} % of the tokens the same{far}", 100.0 * share)
            }
        }
    });
    let words: Vec<String> = words.collect();
    let first = report.entries.iter().find(|entry| !entry.turns.is_empty())?;
    let head = format!("beside {}, {}", first.contender.name, first.contender.place.title());
    (!words.is_empty()).then(|| format!("{head}\n{}", words.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Outcome;
    use super::*;

    #[test]
    fn the_table_tells_warm_up_median_and_ratio() {
        let text = text(&Report::sample());
        let line = text.lines().find(|line| line.starts_with("  jax-js")).expect("a line of times");
        let cells: Vec<&str> = line.split_whitespace().skip(2).take(4).collect();
        assert_eq!(cells, ["20.00", "s", "2.00", "s"]);
        assert!(text.contains("Temper, WebGPU / jax-js, WebGPU: 0.55 (0.50 to 0.60"), "{text}");
        assert!(text.contains("losses at most 1.0e-4 apart"), "{text}");
    }

    #[test]
    fn who_is_left_out_is_named_with_the_reason() {
        let mut report = Report::sample();
        report.entries[1].turns.clear();
        report.entries[1].take(Outcome::left_out("no npm"));
        let text = text(&report);
        assert!(text.contains("jax-js, WebGPU: left out, no npm"), "{text}");
        assert!(!text.contains("below 1"), "{text}");
    }

    #[test]
    fn a_busy_machine_is_told_of() {
        assert!(machine(Some(1000.0)).contains("BUSY"));
        assert!(!machine(Some(0.0)).contains("BUSY"));
    }
}

//! Events and reports of the protocol in plain words.

use temper_protocol::{DeviceInfo, DroppedRow, ModelInfo, Phase, RowReason, Warning};

use crate::format::{count, lines, number, plural};

/// The device's badge: `WebGPU · SwiftShader (software)`, `CPU · WebAssembly, simd128`.
pub fn device(info: &DeviceInfo) -> String {
    let software = if info.software { " (software)" } else { "" };
    let kind = if info.is_cpu() { "CPU" } else { "WebGPU" };
    format!("{kind} · {}{software}", info.name)
}

/// The open model in one line.
pub fn model(info: &ModelInfo) -> String {
    format!(
        "{} weights in {}, {} wide; {} tokens in its vocabulary",
        count(info.parameters),
        plural(info.layers, "layer", "layers"),
        info.hidden_size,
        count(f64::from(info.vocab_size)),
    )
}

/// What a run is busy with.
pub fn phase(phase: &Phase) -> String {
    match phase {
        Phase::Encoding => "Turning text into tokens".into(),
        Phase::CachingReference { done, total } => {
            format!("Measuring the model as it came: {done} of {total}")
        }
        Phase::Iteration { iteration, total } => {
            format!("Beginning round {iteration} of {total}")
        }
        Phase::RollingOut { done, total } => {
            format!("Writing answers to learn from: {done} of {total} prompts")
        }
        Phase::Scoring { done, total } => format!("Scoring answers: {done} of {total}"),
        Phase::Training { .. } => "Learning".into(),
        Phase::Evaluating { done, total } => {
            format!("Measuring on held-out rows: {done} of {total}")
        }
        Phase::Sampling => "Writing samples".into(),
        Phase::Saving => "Saving the weights".into(),
    }
}

/// A warning, and what to make of it.
pub fn warning(warning: &Warning) -> String {
    match warning {
        Warning::RowsTruncated { lines: at } => {
            format!("{} longer than the limit and lost the end ({}).", rows_were(at), lines(at))
        }
        Warning::PrefixMismatch { lines: at } => format!(
            "The chat template writes the prompt differently once an answer follows it ({}); \
             those rows are split where the two agree.",
            lines(at)
        ),
        Warning::RowsDropped { lines: at, reason } => {
            format!("{} left out: {reason} ({}).", rows_were(at), lines(at))
        }
        Warning::RewardsBothFalling { step } => format!(
            "By step {step} both answers had become less likely than the reference finds them. \
             That is usual as long as the margin grows."
        ),
        Warning::Imbalance { desirable, undesirable, ratio } => {
            imbalance(*desirable, *undesirable, *ratio)
        }
        Warning::OneClass { label } => one_class(*label),
        Warning::Unread { column, rows } => format!(
            "{} a {column}, which this method doesn't read: reward models do.",
            plural(*rows, "pair has", "pairs have")
        ),
        Warning::NoEos { step } => format!(
            "At step {step} no answer came to an end by itself. Allow longer answers, or give a \
             penalty for a missing end (missing_eos_penalty)."
        ),
        Warning::SamplesDropped { samples, total, reason } => {
            format!("{samples} of {total} sampled answers were left out: {reason}.")
        }
        Warning::EarlyStop { step, updates } => format!(
            "Step {step} ended after {}: the model had moved far enough (target_kl).",
            plural(*updates, "update", "updates")
        ),
        Warning::SelfPlayEnded { iteration, reason } => {
            format!("Self-play ended after {}: {reason}.", plural(*iteration, "round", "rounds"))
        }
    }
}

fn rows_were(at: &[u32]) -> String {
    plural(at.len(), "row was", "rows were")
}

fn imbalance(desirable: u32, undesirable: u32, ratio: f64) -> String {
    format!(
        "{} liked and {undesirable} not, and as weighted the liked count {} times as much; 1 to \
         1.33 times is advised. Change desirable_weight or undesirable_weight.",
        plural(desirable, "answer was", "answers were"),
        number(ratio)
    )
}

fn one_class(label: bool) -> String {
    format!(
        "All answers are marked as {}: there is nothing to tell apart, so add some of the other \
         kind.",
        if label { "liked" } else { "not liked" }
    )
}

/// Rows left out, one line for each reason, in the order of the reasons.
pub fn dropped(rows: &[DroppedRow]) -> Vec<String> {
    let reasons = [
        RowReason::IdenticalPair,
        RowReason::EmptyCompletion,
        RowReason::PromptTooLong,
        RowReason::TooLong,
    ];
    let of = |reason: RowReason| -> Vec<u32> {
        rows.iter().filter(|row| row.reason == reason).map(|row| row.line).collect()
    };
    reasons
        .into_iter()
        .map(|reason| (reason, of(reason)))
        .filter(|(_, at)| !at.is_empty())
        .map(|(reason, at)| {
            format!("{} left out: {reason} ({})", plural(at.len(), "row", "rows"), lines(&at))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u32, reason: RowReason) -> DroppedRow {
        DroppedRow { line, reason }
    }

    #[test]
    fn dropped_rows_are_gathered_by_reason() {
        let rows = [
            row(3, RowReason::EmptyCompletion),
            row(4, RowReason::IdenticalPair),
            row(9, RowReason::EmptyCompletion),
        ];
        assert_eq!(
            dropped(&rows),
            [
                "1 row left out: chosen equals rejected (line 4)",
                "2 rows left out: empty completion (lines 3, 9)",
            ]
        );
    }

    #[test]
    fn ratings_of_one_kind_are_told_of() {
        let words = warning(&Warning::OneClass { label: false });
        assert!(words.contains("not liked"), "{words}");
        let words = warning(&Warning::Imbalance { desirable: 1, undesirable: 9, ratio: 0.125 });
        assert!(words.starts_with("1 answer was liked and 9 not"), "{words}");
        assert!(words.contains("0.1250 times"), "{words}");
    }

    #[test]
    fn a_software_adapter_is_named_as_one() {
        let info = DeviceInfo {
            kind: "wgpu".into(),
            name: "SwiftShader".into(),
            backend: "WebGPU".into(),
            software: true,
            max_binding_bytes: 0.0,
            self_test_error: 0.0,
        };
        assert_eq!(device(&info), "WebGPU · SwiftShader (software)");
    }
}

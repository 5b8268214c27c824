//! What a run's numbers say, and what to do about it: a log, the run's settings and its samples in,
//! a list of advice out. The thresholds are rules of thumb for small models, said in the words.

use temper_protocol::{RunConfig, Sample, Warning};

use crate::metrics::MetricsLog;
use crate::words;

mod loss;
mod outgrown;
mod rewards;
mod sampled;
mod trend;

pub use outgrown::means;

/// How much it matters, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run is going wrong.
    Act,
    /// It may be.
    Look,
    /// It looks odd and is as it should be.
    Fine,
}

impl Severity {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Look => "worth a look",
            Self::Fine => "good to know",
        }
    }

    /// For the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Look => "look",
            Self::Fine => "fine",
        }
    }
}

/// One thing that the numbers say.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// How much it matters.
    pub severity: Severity,
    /// In short.
    pub title: &'static str,
    /// What was seen, with the numbers.
    pub words: String,
    /// What to do; empty where the words say it.
    pub what_to_do: &'static str,
    /// The step by which it was seen.
    pub step: Option<u32>,
}

/// What the rules look at.
struct Run<'a> {
    log: &'a MetricsLog,
    config: &'a RunConfig,
    samples: &'a [Sample],
    /// By step, what the lesson's rule says of the samples; empty where that isn't known.
    gold: &'a [(u32, f64)],
}

type Rule = fn(&Run) -> Option<Advice>;

const RULES: [Rule; 13] = [
    loss::diverging,
    loss::spiking,
    loss::stuck,
    loss::clipped,
    rewards::both_falling,
    rewards::overfit,
    rewards::learnt_out,
    sampled::hacked,
    outgrown::outgrown,
    sampled::running_away,
    sampled::collapsing,
    sampled::length,
    sampled::updates_clipped,
];

/// All that the log of a run says, the most important first; `gold` is what the lesson's rule says
/// of its samples, by step, where it was asked.
pub fn of(
    log: &MetricsLog,
    config: &RunConfig,
    samples: &[Sample],
    gold: &[(u32, f64)],
) -> Vec<Advice> {
    let run = Run { log, config, samples, gold };
    let mut found: Vec<Advice> = RULES.iter().filter_map(|rule| rule(&run)).collect();
    found.sort_by_key(|advice| advice.severity);
    found
}

/// What there is to say where nothing was found.
pub fn silence(log: &MetricsLog, failed: bool) -> &'static str {
    match log.latest_steps(trend::ENOUGH).len() {
        0 => "Once some steps are logged, what they mean stands here.",
        _ if failed => "The run failed; these numbers don't say why.",
        steps if steps < trend::ENOUGH => "Too few steps to tell.",
        _ => "Nothing stands out.",
    }
}

/// What the engine warned of. That both rewards fall, the log tells more of.
pub fn of_warning(warning: &Warning) -> Option<Advice> {
    let (severity, title, step) = match warning {
        Warning::RewardsBothFalling { .. } => return None,
        Warning::OneClass { .. } => (Severity::Act, "One kind of rating is missing", None),
        Warning::Imbalance { .. } => (Severity::Look, "Ratings out of balance", None),
        Warning::Unread { .. } => (Severity::Fine, "A column isn't read", None),
        Warning::NoEos { step } => (Severity::Look, "No answer ends", Some(*step)),
        Warning::SamplesDropped { .. } => (Severity::Look, "Answers left out", None),
        Warning::RowsTruncated { .. } => (Severity::Look, "Rows cut", None),
        Warning::RowsDropped { .. } => (Severity::Look, "Rows left out", None),
        Warning::PrefixMismatch { .. } => (Severity::Fine, "The template changes prompts", None),
        Warning::EarlyStop { step, .. } => (Severity::Fine, "Updates ended early", Some(*step)),
        Warning::SelfPlayEnded { .. } => (Severity::Fine, "Self-play ended", None),
    };
    Some(Advice { severity, title, words: words::warning(warning), what_to_do: "", step })
}

#[cfg(test)]
mod tests;

//! What a run's own answers say: how far they went, how long and how varied they are, and whether
//! a better score means better answers.

use temper_protocol::Sample;

use super::trend::Curve;
use super::{Advice, Run, Severity};
use crate::format::number;

/// Nats of KL from where its growth is watched, where a score is doubted, and where it is too much.
const KL_WATCHED: f64 = 10.0;
const KL_DOUBTED: f64 = 30.0;
const KL_TOO_FAR: f64 = 100.0;
/// Share of a text's three-word runs that repeat earlier ones, from where it is a stammer.
const STAMMER: f64 = 0.3;
/// Shares of the first entropy that are little, and next to nothing.
const NARROW: f64 = 0.2;
const COLLAPSED: f64 = 0.05;
/// Growth of the answers, and what of the limit they may fill.
const LONGER: f64 = 1.5;
const FULL: f64 = 0.9;
/// Share of tokens whose update is clipped.
const CLIPPED: f64 = 0.3;

const HOLD: &str = "Raise the price of KL (kl_coef, beta), lower the learning rate, or stop here.";

fn distance(run: &Run) -> Option<Curve> {
    Curve::of(run.log, &["objective/kl", "kl"])
}

pub(super) fn running_away(run: &Run) -> Option<Advice> {
    let kl = distance(run)?;
    let (before, now) = (kl.middle(), kl.end());
    let (severity, title) = if now > KL_TOO_FAR {
        (Severity::Act, "It has gone very far from what it was")
    } else if now > KL_WATCHED && now > 2.0 * before.max(0.0) {
        (Severity::Look, "The distance is running away")
    } else {
        return None;
    };
    let words = format!(
        "The KL is at {} nats, from {} in the middle of the run. A few tens are usual; where it \
         doubles again and again, the old writing is lost.",
        number(now),
        number(before)
    );
    Some(Advice { severity, title, words, what_to_do: HOLD, step: kl.last_step() })
}

/// The score climbs, far from the old model, with answers that repeat themselves.
pub(super) fn hacked(run: &Run) -> Option<Advice> {
    let scores = Curve::of(run.log, &["objective/scores"])?;
    let kl = distance(run)?;
    let gained = scores.end() - scores.start();
    if gained < 0.1 || kl.end() < KL_DOUBTED || !is_monotonous(run.samples) {
        return None;
    }
    Some(Advice {
        severity: Severity::Act,
        title: "The score may have been tricked",
        words: format!(
            "It rose by {} at a KL of {} nats, and the samples repeat themselves.",
            number(gained),
            number(kl.end())
        ),
        what_to_do: "Read the samples. Raise the price of KL, or score by something harder to trick.",
        step: scores.last_step(),
    })
}

pub(super) fn collapsing(run: &Run) -> Option<Advice> {
    if !run.config.method.is_scored() {
        return None;
    }
    let entropy = Curve::of(run.log, &["policy/entropy_avg", "objective/entropy", "entropy"])?;
    let (start, end) = (entropy.start(), entropy.end());
    let (severity, title) = if start > 0.0 && end < COLLAPSED * start {
        (Severity::Act, "It says one thing only")
    } else if start > 0.0 && end < NARROW * start {
        (Severity::Look, "Its choice narrows")
    } else {
        return None;
    };
    let words = format!(
        "The entropy fell from {} to {}: there is little left to try out and learn from.",
        number(start),
        number(end)
    );
    let what_to_do = "Raise the price of KL or the sampling temperature, or stop here.";
    Some(Advice { severity, title, words, what_to_do, step: entropy.last_step() })
}

pub(super) fn length(run: &Run) -> Option<Advice> {
    let length = Curve::of(run.log, &["completions/mean_length"])?;
    let (start, end) = (length.start(), length.end());
    let limit = limit(run).unwrap_or(f64::INFINITY);
    let grew = end > LONGER * start && end - start >= 5.0;
    let (severity, title, what_to_do) = if grew && end > FULL * limit {
        (
            Severity::Act,
            "The answers grow to the limit",
            "Take more off the score where an answer doesn't end (missing_eos_penalty).",
        )
    } else if grew {
        (Severity::Look, "The answers grow", "See whether the score likes length for its own sake.")
    } else if end < start / 2.0 {
        (Severity::Look, "The answers shrink", "See whether they still say what was asked for.")
    } else {
        return None;
    };
    let words = format!("From {} tokens to {} on average.", number(start), number(end));
    Some(Advice { severity, title, words, what_to_do, step: length.last_step() })
}

pub(super) fn updates_clipped(run: &Run) -> Option<Advice> {
    let share = Curve::of(run.log, &["policy/clipfrac_avg"])?;
    (share.end() > CLIPPED).then(|| Advice {
        severity: Severity::Look,
        title: "Updates go too far",
        words: format!(
            "{:.0} % of the tokens would have moved further than one rollout may move them.",
            100.0 * share.end()
        ),
        what_to_do: "Lower the learning rate, or take fewer passes over each rollout.",
        step: share.last_step(),
    })
}

/// The longest answer that the run may draw, tokens.
fn limit(run: &Run) -> Option<f64> {
    let ppo = run.config.ppo.as_ref().map(|ppo| ppo.response_length);
    let rloo = run.config.rloo.as_ref().map(|rloo| rloo.max_completion_length);
    ppo.or(rloo).map(f64::from)
}

/// Whether the latest samples stammer, or answer different prompts alike.
fn is_monotonous(samples: &[Sample]) -> bool {
    let Some(last) = samples.iter().map(|sample| sample.step).max().filter(|&step| step > 0) else {
        return false;
    };
    let texts: Vec<&str> = samples
        .iter()
        .filter(|sample| sample.step == last)
        .map(|sample| sample.completion.trim())
        .collect();
    let alike = texts.len() > 1 && texts.iter().all(|text| *text == texts[0]);
    alike || texts.iter().any(|text| repetition(text) > STAMMER)
}

/// Share of a text's three-word runs that came before in it.
fn repetition(text: &str) -> f64 {
    let words: Vec<&str> = text.split_whitespace().collect();
    let runs: Vec<&[&str]> = words.windows(3).collect();
    let repeated = runs.iter().enumerate().filter(|(at, run)| runs[..*at].contains(run)).count();
    repeated as f64 / runs.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "a b c a b c a b c": runs abc bca cab abc bca cab abc, of which the last four repeat.
    #[test]
    fn repetition_counts_runs_that_came_before() {
        assert!((repetition("a b c a b c a b c") - 4.0 / 7.0).abs() < 1e-12);
        assert_eq!(repetition("each word of this is new"), 0.0);
        assert_eq!(repetition("two words"), 0.0);
    }

    #[test]
    fn only_what_training_brought_is_monotonous() {
        let sample = |step, index, completion: &str| Sample {
            step,
            index,
            prompt: format!("prompt {index}"),
            completion: completion.into(),
        };
        let before = [sample(0, 0, "same"), sample(0, 1, "same")];
        assert!(!is_monotonous(&before));
        let after = [sample(0, 0, "one"), sample(9, 0, "same"), sample(9, 1, "same")];
        assert!(is_monotonous(&after));
        assert!(!is_monotonous(&[sample(9, 0, "this is fine"), sample(9, 1, "and so is this")]));
    }
}

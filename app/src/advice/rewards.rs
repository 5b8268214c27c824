//! What rewards, margins and accuracies say, on the training rows and on those held out.

use super::trend::Curve;
use super::{Advice, Run, Severity};
use crate::format::number;
use crate::insight::reward_scale;
use crate::metrics::HELD_OUT;

/// Nats that a preferred answer may lose before it is worth a look: e^20 times less likely.
const FAR: f64 = 20.0;
/// Accuracy that is "all of them".
const ALL: f64 = 0.99;
/// The held-out accuracy may lag by this.
const LAG: f64 = 0.1;
/// What is held out has lost this share of its best margin, or gained it over its best loss.
const LOST: f64 = 0.1;

const KEYS_OF_MARGIN: [&str; 2] = ["rewards/margins", "margin"];
const KEYS_OF_ACCURACY: [&str; 2] = ["rewards/accuracies", "accuracy"];

const SHORTER: &str = "Stop earlier, lower the learning rate, hold the model harder, or bring more \
                       rows.";

pub(super) fn both_falling(run: &Run) -> Option<Advice> {
    let beta = reward_scale(run.config)?;
    let chosen = Curve::of(run.log, &["rewards/chosen", "rewards/real"])?;
    let rejected = Curve::of(run.log, &["rewards/rejected", "rewards/generated"])?;
    let margin = Curve::of(run.log, &["rewards/margins"])?;
    let falls = |curve: &Curve| curve.end() < 0.0 && curve.end() < curve.start();
    if !falls(&chosen) || !falls(&rejected) {
        return None;
    }
    let (lost, apart) = (-chosen.end() / beta, margin.end());
    let grows = apart > margin.start();
    let (severity, title, what_to_do) = match (grows, lost > FAR) {
        (true, false) => (
            Severity::Fine,
            "Both answers become less likely",
            "Nothing: that is usual as long as the margin grows. Other texts gain what both lose.",
        ),
        (true, true) => (
            Severity::Look,
            "The preferred answers become unlikely too",
            "Read the samples. Raise β, or add the loss sft, which holds the preferred ones up.",
        ),
        (false, _) => (
            Severity::Act,
            "Both answers fall, and the margin doesn't grow",
            "Lower the learning rate, and look whether the labels are the right way round.",
        ),
    };
    let words = format!(
        "The preferred answers lost {} nats of log-probability since training began; the margin is \
         at {}.",
        number(lost),
        number(apart)
    );
    Some(Advice { severity, title, words, what_to_do, step: chosen.last_step() })
}

/// The training rows go on getting better while those held out get worse.
pub(super) fn overfit(run: &Run) -> Option<Advice> {
    // Self-play changes its rows each round.
    if run.config.method.is_self_play() {
        return None;
    }
    margin_parts(run).or_else(|| loss_parts(run)).or_else(|| accuracy_parts(run))
}

fn margin_parts(run: &Run) -> Option<Advice> {
    let (train, heldout) = beside(run, &KEYS_OF_MARGIN)?;
    let best = heldout.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
    let (step, last) = *heldout.last()?;
    let falls = best > 0.0 && last < (1.0 - LOST) * best;
    (falls && train.end() > train.middle()).then(|| Advice {
        severity: Severity::Look,
        title: "The held-out margin falls",
        words: format!(
            "It was at {} and is at {}, while the margin of the training rows still grows: what is \
             learnt now no longer carries over.",
            number(best),
            number(last)
        ),
        what_to_do: SHORTER,
        step: Some(step as u32),
    })
}

fn loss_parts(run: &Run) -> Option<Advice> {
    let (train, heldout) = beside(run, &["loss"])?;
    let best = heldout.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let (step, last) = *heldout.last()?;
    let rises = best > 0.0 && last > (1.0 + LOST) * best;
    (rises && train.end() < train.middle()).then(|| Advice {
        severity: Severity::Look,
        title: "The held-out loss rises",
        words: format!(
            "It was at {} and is at {}, while the loss of the training rows still falls: they are \
             learnt by heart.",
            number(best),
            number(last)
        ),
        what_to_do: SHORTER,
        step: Some(step as u32),
    })
}

fn accuracy_parts(run: &Run) -> Option<Advice> {
    let (train, heldout) = beside(run, &KEYS_OF_ACCURACY)?;
    let (step, last) = *heldout.last()?;
    (train.end() >= ALL && last < train.end() - LAG).then(|| Advice {
        severity: Severity::Look,
        title: "It knows the training pairs by heart",
        words: format!(
            "It tells {:.0} % of the training pairs apart, and {:.0} % of those held out.",
            100.0 * train.end(),
            100.0 * last
        ),
        what_to_do: SHORTER,
        step: Some(step as u32),
    })
}

pub(super) fn learnt_out(run: &Run) -> Option<Advice> {
    if run.config.data.eval.is_some() {
        return None;
    }
    let accuracy = Curve::of(run.log, &KEYS_OF_ACCURACY)?;
    (accuracy.mean(0.5, 1.0) >= ALL).then(|| Advice {
        severity: Severity::Fine,
        title: "All training pairs are told apart",
        words: "They have been for half of the run; the rest of it only widens the margin.".into(),
        what_to_do: "Hold some rows out: only they show whether it learnt more than these pairs.",
        step: accuracy.last_step(),
    })
}

/// A number on the training rows, and on those held out, measured at least twice.
fn beside(run: &Run, keys: &[&str]) -> Option<(Curve, Vec<(f64, f64)>)> {
    let train = Curve::of(run.log, keys)?;
    let mut all = keys.iter().map(|key| run.log.series(&format!("{HELD_OUT}{key}")));
    all.find(|points| points.len() >= 2).map(|heldout| (train, heldout))
}

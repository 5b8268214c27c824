//! What rewards, margins and accuracies say, on the training rows and on those held out.

use temper_protocol::{DpoConfig, DpoLoss, Method, RunConfig};

use super::trend::Curve;
use super::{Advice, Run, Severity};
use crate::format::number;
use crate::insight::{last_round, reward_scale};
use crate::metrics::HELD_OUT;

/// Nats that a preferred answer may lose before it is worth a look: e^20 times less likely.
const FAR: f64 = 20.0;
/// The same where rewards are logged a token: of an answer of 20 tokens, a short review, all in all
/// as much.
const FAR_PER_TOKEN: f64 = 1.0;
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
    let beta = reward_scale(run.config, last_round(run.log).unwrap_or(1))?;
    let began = began(run);
    let of = |keys: &[&str]| Curve::since(run.log, keys, began);
    let chosen = of(&["rewards/chosen", "rewards/real"])?;
    let rejected = of(&["rewards/rejected", "rewards/generated"])?;
    let margin = of(&["rewards/margins"])?;
    let falls = |curve: &Curve| curve.end() < 0.0 && curve.end() < curve.start();
    if !falls(&chosen) || !falls(&rejected) {
        return None;
    }
    let (lost, apart) = (-chosen.end() / beta, margin.end());
    let (far, unit) = match logs_by_token(run.config) {
        true => (FAR_PER_TOKEN, "nats a token"),
        false => (FAR, "nats"),
    };
    let (severity, title, what_to_do) = verdict(run.config, apart > margin.start(), lost > far);
    let words = format!(
        "The preferred answers lost {} {unit} of log-probability {}; the margin is at {}.",
        number(lost),
        since(run.config),
        number(apart)
    );
    Some(Advice { severity, title, words, what_to_do, step: chosen.last_step() })
}

fn verdict(config: &RunConfig, grows: bool, far: bool) -> (Severity, &'static str, &'static str) {
    match (grows, far) {
        (true, false) => (
            Severity::Fine,
            "Both answers become less likely",
            "Nothing: that is usual as long as the margin grows. Other texts gain what both lose.",
        ),
        (true, true) => {
            (Severity::Look, "The preferred answers become unlikely too", held_up(config))
        }
        (false, _) => (
            Severity::Act,
            "Both answers fall, and the margin doesn't grow",
            "Lower the learning rate, and look whether the labels are the right way round.",
        ),
    }
}

/// What holds the preferred answers up; a loss can be added to DPO's alone.
fn held_up(config: &RunConfig) -> &'static str {
    let dpo = config.dpo.clone().unwrap_or_default();
    match (config.method, dpo.loss_type.contains(&DpoLoss::Sft)) {
        (Method::Dpo, false) => {
            "Read the samples. Raise β, or add the loss sft, which holds the preferred ones up."
        }
        (Method::Dpo, true) => {
            "Read the samples. Raise β, or the weight of the loss sft, which holds the preferred \
             ones up."
        }
        _ => "Read the samples. Raise β, which holds the model closer to its reference.",
    }
}

/// Whether rewards are logged of log-ratios a token: IPO's are, as it compares them.
fn logs_by_token(config: &RunConfig) -> bool {
    config.method == Method::Dpo && config.dpo.as_ref().is_some_and(DpoConfig::logs_by_token)
}

/// The step from which rewards are measured: each round of self-play begins them anew.
fn began(run: &Run) -> f64 {
    if !run.config.method.is_self_play() {
        return 0.0;
    }
    let rounds = run.log.series("iteration");
    let Some(&(_, last)) = rounds.last() else { return 0.0 };
    rounds.iter().find(|point| point.1 == last).map_or(0.0, |point| point.0)
}

/// What a reward compares the policy with.
fn since(config: &RunConfig) -> &'static str {
    let follows = config.dpo.as_ref().is_some_and(|dpo| dpo.sync_ref_model);
    match config.method {
        method if method.is_self_play() => "since this round began",
        Method::Dpo if follows => "against the reference, which follows the policy",
        _ => "against the model as it came",
    }
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

//! What the loss and its gradient say: too fast, too slow, or cut at every step.

use std::f64::consts::LN_2;

use temper_protocol::{DpoLoss, KtoLoss, Method, OnlineLoss, RunConfig, SpinLoss};

use super::trend::Curve;
use super::{Advice, Run, Severity};
use crate::format::number;

/// The loss has grown by this over the run.
const GROWN: f64 = 1.3;
/// A step's loss stands this far above what is usual.
const SPIKE: f64 = 3.0;
/// The loss has moved by less than this share of itself.
const STILL: f64 = 0.01;
/// Steps by which a loss should have moved.
const LONG: usize = 20;
/// Share of the steps that are "nearly all".
const NEARLY_ALL: f64 = 0.95;

const SLOWER: &str = "Lower the learning rate, or let it warm up over more steps.";

/// The loss of methods whose rows stay the same, so that it should fall from end to end.
fn steady_loss(run: &Run) -> Option<Curve> {
    match run.config.method {
        Method::Ppo | Method::Rloo | Method::OnlineDpo | Method::Spin | Method::Sppo => None,
        _ => Curve::of(run.log, &["loss"]),
    }
}

pub(super) fn diverging(run: &Run) -> Option<Advice> {
    let loss = steady_loss(run)?;
    let (start, end) = (loss.start(), loss.end());
    (start > 0.0 && end > GROWN * start).then(|| Advice {
        severity: Severity::Act,
        title: "The loss rises",
        words: format!("It began at {} and is at {} now.", number(start), number(end)),
        what_to_do: SLOWER,
        step: loss.last_step(),
    })
}

pub(super) fn spiking(run: &Run) -> Option<Advice> {
    let loss = steady_loss(run)?;
    let (start, median) = (loss.start(), loss.median());
    if start <= 0.0 || loss.end() > GROWN * start {
        return None;
    }
    let usual = median.max(start);
    let spike = loss.points().iter().rfind(|point| point.1 > SPIKE * usual)?;
    Some(Advice {
        severity: Severity::Look,
        title: "The loss jumped",
        words: format!("A step's loss was {}, where {} is usual.", number(spike.1), number(median)),
        what_to_do: "One odd row can do that. If it happens again, lower the learning rate.",
        step: Some(spike.0 as u32),
    })
}

pub(super) fn stuck(run: &Run) -> Option<Advice> {
    let coin = coin(run.config)?;
    let loss = Curve::of(run.log, &["loss"])?;
    let (start, now) = (loss.start(), loss.mean(0.5, 1.0));
    let began_there = (start - coin).abs() < 0.03;
    if loss.points().len() < LONG || !began_there || (now - start).abs() > STILL * start {
        return None;
    }
    let optimizer = &run.config.optimizer;
    let rate = optimizer.learning_rate.unwrap_or(run.config.method.learning_rate());
    Some(Advice {
        severity: Severity::Look,
        title: "It hardly learns",
        words: format!(
            "The loss is still at {}, where a model that can't tell better from worse has it. The \
             learning rate is {}.",
            number(now),
            number(rate)
        ),
        what_to_do: match rate > 0.0 {
            true => "Raise the learning rate tenfold; an adapter takes more than whole weights do.",
            false => "Set a learning rate above 0: at 0 nothing is learnt.",
        },
        step: loss.last_step(),
    })
}

pub(super) fn clipped(run: &Run) -> Option<Advice> {
    let limit = run.config.optimizer.max_grad_norm;
    let norm = Curve::of(run.log, &["grad_norm"])?;
    let always = limit > 0.0 && norm.share(|norm| norm > limit) >= NEARLY_ALL;
    (always && norm.points().len() >= LONG).then(|| Advice {
        severity: Severity::Fine,
        title: "Nearly every gradient is cut",
        words: format!(
            "Its norm is {} by the median and is brought down to {}. AdamW makes up for that, so \
             the learning rate alone says how far a step goes.",
            number(norm.median()),
            number(limit)
        ),
        what_to_do: "Nothing, unless the loss is restless too: then lower the learning rate.",
        step: norm.last_step(),
    })
}

/// The loss of a policy that still is its reference, where that is one number.
fn coin(config: &RunConfig) -> Option<f64> {
    match config.method {
        Method::Reward => Some(LN_2),
        Method::Dpo => {
            let dpo = config.dpo.clone().unwrap_or_default();
            (dpo.loss_type == [DpoLoss::Sigmoid] && !dpo.use_weighting).then_some(LN_2)
        }
        Method::OnlineDpo => {
            let loss = config.online_dpo.clone().unwrap_or_default().loss_type;
            (loss == OnlineLoss::Sigmoid).then_some(LN_2)
        }
        Method::Spin => {
            let loss = config.spin.clone().unwrap_or_default().loss_type;
            (loss == SpinLoss::Sigmoid).then_some(LN_2)
        }
        Method::Kto => {
            let kto = config.kto.clone().unwrap_or_default();
            let even = kto.desirable_weight == 1.0 && kto.undesirable_weight == 1.0;
            (kto.loss_type == KtoLoss::Kto && even).then_some(0.5)
        }
        _ => None,
    }
}

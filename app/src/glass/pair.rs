//! Pairs against a reference: DPO with all of its losses, and the methods that share them.

use temper_protocol::{DpoConfig, DpoLoss, FDivergence};

use super::expr::{Expr, exp, log_sigma, sigma};
use super::measured::Pair;
use super::reading::Reading;
use super::symbols::{
    BETA, BLEND, CHOSEN_LENGTH, LOSS, MARGIN, MARGIN_PER_TOKEN, ORDER, POLICY_CHOSEN,
    POLICY_REJECTED, PREFERENCE, PULL_CHOSEN, PULL_REJECTED, RATIO_CHOSEN, RATIO_REJECTED,
    REFERENCE_CHOSEN, REFERENCE_REJECTED, REJECTED_LENGTH, REWARD_CHOSEN, REWARD_REJECTED, SCALED,
    SCORE_CHOSEN, SCORE_REJECTED, SMOOTHING, TAU, WIN_CHOSEN, WIN_REJECTED,
};
use kinds::{Kind, part, title};
use losses::Sides;

mod drawn;
mod kinds;
mod losses;
mod said;

pub use losses::{sigmoid, smoothed};
pub use said::OF_A_BATCH;

/// A pair under DPO's options.
pub fn dpo(dpo: &DpoConfig, pair: &Pair) -> Reading {
    let mut reading = Reading::default();
    log_ratios(&mut reading, pair);
    let sides = scores(&mut reading, dpo);
    margins(&mut reading, dpo.beta, sides);
    lengths(&mut reading, dpo, pair, sides);
    settings(&mut reading, dpo);
    let weights = dpo.loss_weights.iter().flatten().copied().chain(std::iter::repeat(1.0));
    let losses: Vec<(DpoLoss, f64)> = dpo.loss_type.iter().copied().zip(weights).collect();
    match losses.as_slice() {
        [(loss, weight)] if *weight == 1.0 => single(&mut reading, *loss, dpo, sides),
        all => several(&mut reading, all, dpo, sides),
    }
    pulls(&mut reading);
    reading.compared = kinds::compared(dpo);
    said::retell(&mut reading, dpo, sides);
    reading.notes.extend(said::notes(dpo));
    reading
}

/// A pair under SPPO, whose targets are how often each completion wins.
pub fn sppo(beta: f64, win: f64, pair: &Pair) -> Reading {
    let mut reading = Reading::default();
    log_ratios(&mut reading, pair);
    let sides = Sides::RATIOS;
    margins(&mut reading, beta, sides);
    reading.given(WIN_CHOSEN, win);
    reading.define(WIN_REJECTED, 1.0 - WIN_CHOSEN);
    reading.define(LOSS, losses::sppo(sides));
    reading.show("SPPO: a target for each completion", LOSS);
    let target = |win: f64| (win - 0.5) / beta;
    let marks = [(target(win), "target of chosen"), (target(1.0 - win), "target of rejected")];
    let plot = drawn::over_both(&reading, LOSS, sides, 0.75 / beta, &marks);
    reading.plots.push(plot);
    pulls(&mut reading);
    reading
}

/// What policy and reference find of both completions.
fn log_ratios(reading: &mut Reading, pair: &Pair) {
    reading.given(POLICY_CHOSEN, pair.chosen.policy);
    reading.given(REFERENCE_CHOSEN, pair.chosen.reference);
    reading.define(RATIO_CHOSEN, POLICY_CHOSEN - REFERENCE_CHOSEN);
    reading.given(POLICY_REJECTED, pair.rejected.policy);
    reading.given(REFERENCE_REJECTED, pair.rejected.reference);
    reading.define(RATIO_REJECTED, POLICY_REJECTED - REFERENCE_REJECTED);
}

/// What the divergence makes of the log-ratios.
fn scores(reading: &mut Reading, dpo: &DpoConfig) -> Sides {
    let ratios = [RATIO_CHOSEN, RATIO_REJECTED];
    let [chosen, rejected] = match dpo.f_divergence_type {
        FDivergence::ReverseKl => return Sides::RATIOS,
        FDivergence::ForwardKl => ratios.map(|ratio| -exp(-ratio)),
        FDivergence::JsDivergence => ratios.map(log_sigma),
        FDivergence::AlphaDivergence => {
            reading.given(ORDER, dpo.f_alpha_divergence_coef.unwrap_or(0.5));
            ratios.map(|ratio| exp((ORDER - 1.0) * ratio) / (ORDER - 1.0))
        }
    };
    reading.define(SCORE_CHOSEN, chosen);
    reading.define(SCORE_REJECTED, rejected);
    Sides { chosen: SCORE_CHOSEN, rejected: SCORE_REJECTED }
}

fn margins(reading: &mut Reading, beta: f64, sides: Sides) {
    reading.given(BETA, beta);
    reading.define(REWARD_CHOSEN, BETA * RATIO_CHOSEN);
    reading.define(REWARD_REJECTED, BETA * RATIO_REJECTED);
    reading.define(MARGIN, sides.chosen - sides.rejected);
    reading.define(SCALED, BETA * MARGIN);
    reading.define(PREFERENCE, sigma(SCALED));
}

/// Lengths and what is taken by the token, where a loss reads it.
fn lengths(reading: &mut Reading, dpo: &DpoConfig, pair: &Pair, sides: Sides) {
    let mut kinds = dpo.loss_type.iter().map(|&loss| Kind::of(loss, dpo));
    let per_token = kinds.any(|kind| kind == Kind::Margin(MARGIN_PER_TOKEN));
    if per_token || dpo.loss_type.contains(&DpoLoss::Sft) {
        reading.given(CHOSEN_LENGTH, pair.chosen.tokens);
    }
    if per_token {
        reading.given(REJECTED_LENGTH, pair.rejected.tokens);
        let chosen = sides.chosen / CHOSEN_LENGTH;
        reading.define(MARGIN_PER_TOKEN, chosen - sides.rejected / REJECTED_LENGTH);
    }
}

fn settings(reading: &mut Reading, dpo: &DpoConfig) {
    let shares = dpo.loss_type.iter().map(|&loss| dpo.smoothing(loss));
    let share = shares.fold(0.0, f64::max);
    if dpo.loss_type.iter().any(|&loss| kinds::reads_smoothing(loss, share)) {
        reading.given(SMOOTHING, share);
    }
    if dpo.loss_type.contains(&DpoLoss::Discopop) {
        reading.given(TAU, dpo.discopop_tau.unwrap_or(0.05));
        reading.define(BLEND, sigma(SCALED / TAU));
    }
}

fn single(reading: &mut Reading, loss: DpoLoss, dpo: &DpoConfig, sides: Sides) {
    reading.define(LOSS, formula(loss, dpo, sides));
    reading.show(title(loss), LOSS);
    let plot = drawn::plot(reading, loss, LOSS, dpo, sides);
    reading.plots.extend(plot);
    if let Kind::Margin(margin) = Kind::of(loss, dpo) {
        reading.slope_as(kinds::slope(margin), LOSS, margin);
    }
    let finding = said::finding(loss, dpo, reading);
    reading.findings.extend(finding);
}

/// Losses that are added up.
fn several(reading: &mut Reading, losses: &[(DpoLoss, f64)], dpo: &DpoConfig, sides: Sides) {
    let mut sum: Option<Expr> = None;
    for &(loss, weight) in losses {
        let symbol = part(loss);
        reading.define(symbol, formula(loss, dpo, sides));
        reading.show(title(loss), symbol);
        let plot = drawn::plot(reading, loss, symbol, dpo, sides);
        reading.plots.extend(plot);
        let weighted = if weight == 1.0 { symbol.into() } else { weight * symbol };
        sum = Some(match sum {
            Some(sum) => sum + weighted,
            None => weighted,
        });
    }
    reading.define(LOSS, sum.unwrap_or(Expr::Number(0.0)));
    reading.show("Together", LOSS);
}

/// The loss as the options have it.
fn formula(loss: DpoLoss, dpo: &DpoConfig, sides: Sides) -> Expr {
    let smooths = kinds::reads_smoothing(loss, dpo.smoothing(loss));
    let margin = match Kind::of(loss, dpo) {
        Kind::Margin(margin) => margin,
        Kind::Sides | Kind::Likelihood => MARGIN,
    };
    match loss {
        DpoLoss::Sigmoid | DpoLoss::Aot | DpoLoss::AotUnpaired if smooths => smoothed(),
        DpoLoss::Sigmoid | DpoLoss::Aot | DpoLoss::AotUnpaired | DpoLoss::SigmoidNorm => {
            sigmoid(margin)
        }
        DpoLoss::Robust => losses::robust(),
        DpoLoss::Hinge => losses::hinge(margin),
        DpoLoss::Ipo => losses::ipo(margin),
        DpoLoss::ExoPair => losses::exo_pair(),
        DpoLoss::NcaPair => losses::nca_pair(sides),
        DpoLoss::BcoPair => losses::bco_pair(sides),
        DpoLoss::SppoHard => losses::sppo_hard(sides),
        // Whatever the divergence.
        DpoLoss::ApoZero => losses::apo_zero(Sides::RATIOS),
        DpoLoss::ApoDown => losses::apo_down(sides),
        DpoLoss::Discopop => losses::discopop(),
        DpoLoss::Sft => losses::sft(),
    }
}

/// How hard the loss pulls on each completion.
pub fn pulls(reading: &mut Reading) {
    reading.slope_as(PULL_CHOSEN, LOSS, POLICY_CHOSEN);
    reading.slope_as(PULL_REJECTED, LOSS, POLICY_REJECTED);
}

#[cfg(test)]
mod tests;

//! The losses of the pair family as formulas, from simple to subtle. Papers and equations are in
//! the engine's `objective`; here the formulas are shown and computed, and held to its goldens.

use crate::glass::expr::{Expr, exp, log, log_sigma, most, sigma, square};
use crate::glass::symbol::Symbol;
use crate::glass::symbols::{
    BETA, BLEND, CHOSEN_LENGTH, POLICY_CHOSEN, RATIO_CHOSEN, RATIO_REJECTED, SCALED, SCORE_CHOSEN,
    SMOOTHING, WIN_CHOSEN, WIN_REJECTED,
};

/// What losses read of a pair: log-ratios, or what a divergence makes of them.
#[derive(Clone, Copy, Debug)]
pub struct Sides {
    /// Of the chosen completion.
    pub chosen: Symbol,
    /// Of the rejected one.
    pub rejected: Symbol,
}

impl Sides {
    /// The log-ratios themselves.
    pub const RATIOS: Self = Self { chosen: RATIO_CHOSEN, rejected: RATIO_REJECTED };

    /// Whether a divergence stands between log-ratios and loss.
    pub fn are_scores(self) -> bool {
        self.chosen == SCORE_CHOSEN
    }

    fn rewards(self) -> [Expr; 2] {
        [BETA * self.chosen, BETA * self.rejected]
    }
}

/// DPO: `−log σ(βh)`
pub fn sigmoid(margin: Symbol) -> Expr {
    -log_sigma(BETA * margin)
}

/// Conservative DPO: `−(1−ε) log σ(z) − ε log σ(−z)`
pub fn smoothed() -> Expr {
    -((1.0 - SMOOTHING) * log_sigma(SCALED)) - SMOOTHING * log_sigma(-SCALED)
}

/// Robust DPO: `[ε log σ(−z) − (1−ε) log σ(z)] / (1−2ε)`
pub fn robust() -> Expr {
    let flipped = SMOOTHING * log_sigma(-SCALED);
    (flipped - (1.0 - SMOOTHING) * log_sigma(SCALED)) / (1.0 - 2.0 * SMOOTHING)
}

/// `max(0, 1 − βh)`
pub fn hinge(margin: Symbol) -> Expr {
    most(0.0, 1.0 - BETA * margin)
}

/// IPO: `(h − 1/(2β))²`
pub fn ipo(margin: Symbol) -> Expr {
    square(margin - 1.0 / (2.0 * BETA))
}

/// EXO: `σ(z)[log σ(z) − log(1−ε)] + σ(−z)[log σ(−z) − log ε]`
pub fn exo_pair() -> Expr {
    let right = sigma(SCALED) * (log_sigma(SCALED) - log(1.0 - SMOOTHING));
    right + sigma(-SCALED) * (log_sigma(-SCALED) - log(SMOOTHING))
}

/// NCA: `−log σ(βa) − ½ log σ(−βa) − ½ log σ(−βb)`
pub fn nca_pair(sides: Sides) -> Expr {
    let [chosen, rejected] = sides.rewards();
    -log_sigma(chosen.clone()) - 0.5 * log_sigma(-chosen) - 0.5 * log_sigma(-rejected)
}

/// BCO: `−log σ(βa) − log σ(−βb)`
pub fn bco_pair(sides: Sides) -> Expr {
    let [chosen, rejected] = sides.rewards();
    -log_sigma(chosen) - log_sigma(-rejected)
}

/// SPPO with certain wins: `(a − 1/(2β))² + (b + 1/(2β))²`
pub fn sppo_hard(sides: Sides) -> Expr {
    let target = || 1.0 / (2.0 * BETA);
    square(sides.chosen - target()) + square(sides.rejected + target())
}

/// SPPO: `½[(a − (P_w−½)/β)² + (b − (P_l−½)/β)²]`
pub fn sppo(sides: Sides) -> Expr {
    let chosen = square(sides.chosen - (WIN_CHOSEN - 0.5) / BETA);
    0.5 * (chosen + square(sides.rejected - (WIN_REJECTED - 0.5) / BETA))
}

/// APO-zero: `1 − σ(βa) + σ(βb)`
pub fn apo_zero(sides: Sides) -> Expr {
    let [chosen, rejected] = sides.rewards();
    1.0 - sigma(chosen) + sigma(rejected)
}

/// APO-down: `σ(βa) + 1 − σ(z)`
pub fn apo_down(sides: Sides) -> Expr {
    let [chosen, _] = sides.rewards();
    sigma(chosen) + 1.0 - sigma(SCALED)
}

/// DiscoPOP: `m e^−z − (1−m) log σ(z)`
pub fn discopop() -> Expr {
    BLEND * exp(-SCALED) - (1.0 - BLEND) * log_sigma(SCALED)
}

/// The likelihood of the chosen completion a token: `−log π(y_w|x) / n_w`
pub fn sft() -> Expr {
    -(POLICY_CHOSEN / CHOSEN_LENGTH)
}

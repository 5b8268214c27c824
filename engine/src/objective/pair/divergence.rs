//! Which f-divergence holds the policy near the reference.

use burn::tensor::{Tensor, activation::log_sigmoid};

use super::PairLogratios;
use crate::objective::exp;

/// f-DPO: in place of a log-ratio `a` the losses read the score `f′(e^a)`, less its constant. The
/// reverse KL, DPO's own, gives `a` back and lets the policy settle on one mode; the forward KL
/// makes it cover all that the reference does; the others lie between. Wang et al. 2023.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Divergence {
    /// `a`
    #[default]
    ReverseKl,
    /// `−e^−a`
    ForwardKl,
    /// `log σ(a)`
    Js,
    /// `e^((α−1)a) / (α−1)`; at α = 1 its limit, the reverse KL.
    Alpha {
        /// α
        coef: f64,
    },
}

impl Divergence {
    /// What the losses read in place of a log-ratio. `[pairs]`
    pub fn score(self, logratio: Tensor<1>) -> Tensor<1> {
        match self {
            Self::ReverseKl => logratio,
            Self::ForwardKl => -exp(-logratio),
            Self::Js => log_sigmoid(logratio),
            Self::Alpha { coef } if (coef - 1.0).abs() < 1e-6 => logratio,
            Self::Alpha { coef } => exp(logratio * (coef - 1.0)) / (coef - 1.0),
        }
    }

    /// The scores of both completions.
    pub(super) fn scores(self, ratios: &PairLogratios) -> PairLogratios {
        let score = |logratio: &Tensor<1>| self.score(logratio.clone());
        PairLogratios { chosen: score(&ratios.chosen), rejected: score(&ratios.rejected) }
    }
}

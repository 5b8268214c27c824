//! The losses told apart: what each is a function of, and what it is called.

use temper_protocol::{DpoConfig, DpoLoss};

use crate::glass::symbol::Tone::Loss;
use crate::glass::symbol::{Symbol, Unit};
use crate::glass::symbols::{MARGIN, MARGIN_PER_TOKEN, SLOPE_MARGIN, SLOPE_TOKEN};

/// What a loss is a function of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of one margin.
    Margin(Symbol),
    /// Of both sides, each for itself.
    Sides,
    /// Of the chosen completion's likelihood.
    Likelihood,
}

impl Kind {
    /// Of a loss as the options have it.
    pub fn of(loss: DpoLoss, dpo: &DpoConfig) -> Self {
        match loss {
            DpoLoss::Ipo if dpo.ipo_length_normalize.unwrap_or(true) => {
                Self::Margin(MARGIN_PER_TOKEN)
            }
            DpoLoss::SigmoidNorm => Self::Margin(MARGIN_PER_TOKEN),
            DpoLoss::NcaPair
            | DpoLoss::BcoPair
            | DpoLoss::SppoHard
            | DpoLoss::ApoZero
            | DpoLoss::ApoDown => Self::Sides,
            DpoLoss::Sft => Self::Likelihood,
            DpoLoss::Sigmoid
            | DpoLoss::Robust
            | DpoLoss::Hinge
            | DpoLoss::Ipo
            | DpoLoss::ExoPair
            | DpoLoss::Discopop
            | DpoLoss::Aot
            | DpoLoss::AotUnpaired => Self::Margin(MARGIN),
        }
    }
}

/// The margin that is read; of several losses by the first that reads one.
pub fn compared(dpo: &DpoConfig) -> Option<Symbol> {
    dpo.loss_type.iter().find_map(|&loss| match Kind::of(loss, dpo) {
        Kind::Margin(margin) => Some(margin),
        Kind::Sides | Kind::Likelihood => None,
    })
}

/// The loss's slope by a margin.
pub fn slope(margin: Symbol) -> Symbol {
    if margin == MARGIN_PER_TOKEN { SLOPE_TOKEN } else { SLOPE_MARGIN }
}

/// Whether a formula shows the share of wrong labels.
pub fn reads_smoothing(loss: DpoLoss, share: f64) -> bool {
    match loss {
        DpoLoss::Robust | DpoLoss::ExoPair => true,
        _ => loss.is_smoothed() && share > 0.0,
    }
}

/// Its name for people.
pub fn title(loss: DpoLoss) -> &'static str {
    match loss {
        DpoLoss::Sigmoid => "DPO: the logistic loss",
        DpoLoss::Robust => "Robust DPO",
        DpoLoss::Hinge => "Hinge",
        DpoLoss::Ipo => "IPO: a margin to hit",
        DpoLoss::SigmoidNorm => "DPO by the token",
        DpoLoss::ExoPair => "EXO",
        DpoLoss::NcaPair => "NCA",
        DpoLoss::BcoPair => "BCO",
        DpoLoss::SppoHard => "SPPO with certain wins",
        DpoLoss::ApoZero => "APO-zero",
        DpoLoss::ApoDown => "APO-down",
        DpoLoss::Discopop => "DiscoPOP",
        DpoLoss::Aot => "AOT, for a batch of this pair alone",
        DpoLoss::AotUnpaired => "AOT on unpaired rows, for a batch of this pair alone",
        DpoLoss::Sft => "Likelihood of the chosen completion",
    }
}

/// The loss as one of several.
pub fn part(loss: DpoLoss) -> Symbol {
    macro_rules! part {
        ($key:literal, $index:literal) => {
            Symbol::new(
                concat!("loss-", $key),
                concat!("<msub><mi>L</mi><mtext>", $index, "</mtext></msub>"),
                $key,
                Unit::None,
                Loss,
            )
            .says("One of the losses that are added up.")
        };
    }
    match loss {
        DpoLoss::Sigmoid => part!("sigmoid", "DPO"),
        DpoLoss::Robust => part!("robust", "robust"),
        DpoLoss::Hinge => part!("hinge", "hinge"),
        DpoLoss::Ipo => part!("ipo", "IPO"),
        DpoLoss::SigmoidNorm => part!("sigmoid_norm", "norm"),
        DpoLoss::ExoPair => part!("exo_pair", "EXO"),
        DpoLoss::NcaPair => part!("nca_pair", "NCA"),
        DpoLoss::BcoPair => part!("bco_pair", "BCO"),
        DpoLoss::SppoHard => part!("sppo_hard", "SPPO"),
        DpoLoss::ApoZero => part!("apo_zero", "zero"),
        DpoLoss::ApoDown => part!("apo_down", "down"),
        DpoLoss::Discopop => part!("discopop", "disco"),
        DpoLoss::Aot => part!("aot", "AOT"),
        DpoLoss::AotUnpaired => part!("aot_unpaired", "AOTu"),
        DpoLoss::Sft => part!("sft", "SFT"),
    }
}

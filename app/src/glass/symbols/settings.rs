//! Settings, and what a slider sets in the place of a judge.

use crate::glass::symbol::Symbol;
use crate::glass::symbol::Tone::{Chosen, Rejected, Setting};
use crate::glass::symbol::Unit::Nats;

use super::PLAIN;

pub const BETA: Symbol = Symbol::new("beta", "<mi>β</mi>", "beta", PLAIN, Setting)
    .says("Your setting: how strongly the difference counts.");
pub const SMOOTHING: Symbol =
    Symbol::new("epsilon", "<mi>ε</mi>", "label_smoothing", PLAIN, Setting)
        .says("Your setting: the share of labels taken to be wrong.");
pub const TAU: Symbol = Symbol::new("tau", "<mi>τ</mi>", "discopop_tau", PLAIN, Setting)
    .says("Your setting: how wide the blend is.");
pub const ORDER: Symbol =
    Symbol::new("order", "<mi>α</mi>", "f_alpha_divergence_coef", PLAIN, Setting)
        .says("Your setting: the order of the divergence.");
pub const ALPHA: Symbol = Symbol::new("alpha", "<mi>α</mi>", "cpo_alpha", PLAIN, Setting)
    .says("Your setting: the weight of the likelihood.");
pub const GAMMA: Symbol = Symbol::new("gamma", "<mi>γ</mi>", "simpo_gamma", PLAIN, Setting)
    .says("Your setting: the scaled margin that is asked for.");
pub const DELTA: Symbol = Symbol::new("delta", "<mi>δ</mi>", "delta", Nats, Setting)
    .says("Your setting: the margin at which pulling stops.");
pub const LAMBDA: Symbol = Symbol::new("lambda", "<mi>λ</mi>", "lambda_coef", PLAIN, Setting)
    .says("Your setting: the weight of the likelihood.");
pub const WIN_CHOSEN: Symbol = Symbol::new("win-w", sub!("P", "w"), "wins, chosen", PLAIN, Chosen)
    .says("Mean probability to beat the other answers; set it with the slider.");
pub const WIN_REJECTED: Symbol =
    Symbol::new("win-l", sub!("P", "l"), "wins, rejected", PLAIN, Rejected)
        .says("The same of the rejected completion; with two answers the rest to 1.");

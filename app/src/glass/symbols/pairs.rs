//! Pairs: what is looked up, and what is computed from it.

use crate::glass::symbol::Symbol;
use crate::glass::symbol::Tone::{Chosen, Derived, Rejected};
use crate::glass::symbol::Unit::{Nats, NatsPerToken, Tokens};

use super::PLAIN;

pub const POLICY_CHOSEN: Symbol = Symbol::new(
    "policy-chosen",
    logp!("<mi>π</mi>", sub!("y", "w")),
    "policy, chosen",
    Nats,
    Chosen,
)
.says("Log-probability of the chosen completion, summed over its tokens.");
pub const REFERENCE_CHOSEN: Symbol = Symbol::new(
    "ref-chosen",
    logp!(sub!("π", "ref"), sub!("y", "w")),
    "reference, chosen",
    Nats,
    Chosen,
)
.says("The same under the reference, which the policy is measured against.");
pub const POLICY_REJECTED: Symbol = Symbol::new(
    "policy-rejected",
    logp!("<mi>π</mi>", sub!("y", "l")),
    "policy, rejected",
    Nats,
    Rejected,
)
.says("Log-probability of the rejected completion, summed over its tokens.");
pub const REFERENCE_REJECTED: Symbol = Symbol::new(
    "ref-rejected",
    logp!(sub!("π", "ref"), sub!("y", "l")),
    "reference, rejected",
    Nats,
    Rejected,
)
.says("The same under the reference.");
pub const CHOSEN_LENGTH: Symbol =
    Symbol::new("chosen-length", sub!("n", "w"), "length, chosen", Tokens, Chosen)
        .says("Counted tokens of the chosen completion, its end included.");
pub const REJECTED_LENGTH: Symbol =
    Symbol::new("rejected-length", sub!("n", "l"), "length, rejected", Tokens, Rejected)
        .says("Counted tokens of the rejected completion, its end included.");

pub const RATIO_CHOSEN: Symbol = Symbol::new("a", "<mi>a</mi>", "log-ratio, chosen", Nats, Chosen)
    .says("How much likelier than the reference the policy finds the chosen completion.");
pub const RATIO_REJECTED: Symbol =
    Symbol::new("b", "<mi>b</mi>", "log-ratio, rejected", Nats, Rejected)
        .says("How much likelier than the reference the policy finds the rejected completion.");
pub const SCORE_CHOSEN: Symbol = Symbol::new("s-w", sub!("s", "w"), "score, chosen", PLAIN, Chosen)
    .says("What the divergence makes of the log-ratio; the loss reads it in its place.");
pub const SCORE_REJECTED: Symbol =
    Symbol::new("s-l", sub!("s", "l"), "score, rejected", PLAIN, Rejected)
        .says("What the divergence makes of the other log-ratio.");
pub const REWARD_CHOSEN: Symbol =
    Symbol::new("r-w", sub!("r", "w"), "reward, chosen", PLAIN, Chosen)
        .says("The implicit reward of the chosen completion; logged as rewards/chosen.");
pub const REWARD_REJECTED: Symbol =
    Symbol::new("r-l", sub!("r", "l"), "reward, rejected", PLAIN, Rejected)
        .says("The implicit reward of the rejected completion; logged as rewards/rejected.");
pub const MARGIN: Symbol = Symbol::new("h", "<mi>h</mi>", "margin", Nats, Derived)
    .says("How much more than the reference the policy prefers the chosen completion.")
    .inlined();
pub const MARGIN_PER_TOKEN: Symbol =
    Symbol::new("h-token", bar!("h"), "margin a token", NatsPerToken, Derived)
        .says("The same of log-ratios a token, so that length is no merit.")
        .inlined();
pub const SCALED: Symbol = Symbol::new("z", "<mi>z</mi>", "scaled margin", PLAIN, Derived)
    .says("β times the margin; the mean over pairs is the chart's margin.");
pub const PREFERENCE: Symbol = Symbol::new("p", "<mi>p</mi>", "preference", PLAIN, Derived)
    .says("The probability that these rewards give to chosen being the better one.");
pub const BLEND: Symbol = Symbol::new("m", "<mi>m</mi>", "blend", PLAIN, Derived)
    .says("0 is DPO's half of the loss, 1 the exponential one.");

pub const MEAN_CHOSEN: Symbol =
    Symbol::new("l-w", sub!("ℓ", "w"), "mean, chosen", NatsPerToken, Chosen)
        .says("Mean log-probability of a token of the chosen completion.");
pub const MEAN_REJECTED: Symbol =
    Symbol::new("l-l", sub!("ℓ", "l"), "mean, rejected", NatsPerToken, Rejected)
        .says("Mean log-probability of a token of the rejected completion.");
pub const GAP: Symbol = Symbol::new("d", "<mi>d</mi>", "margin", Nats, Derived)
    .says("How much likelier the policy finds the chosen completion than the rejected one.")
    .inlined();
pub const GAP_PER_TOKEN: Symbol =
    Symbol::new("d-token", bar!("d"), "margin a token", NatsPerToken, Derived)
        .says("How much likelier the policy finds a token of the chosen completion.")
        .inlined();
pub const ODDS: Symbol = Symbol::new("o", "<mi>o</mi>", "log odds ratio", PLAIN, Derived)
    .says("Log odds of a token of the chosen completion over those of the rejected one.");
pub const NLL: Symbol = Symbol::new("nll", "<mi>NLL</mi>", "likelihood", NatsPerToken, Chosen)
    .says("How surprised the policy is by a token of the chosen completion: plain fine-tuning.");

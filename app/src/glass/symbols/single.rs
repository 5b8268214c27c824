//! Single completions, the marks of a reward model, rollouts.

use crate::glass::symbol::Symbol;
use crate::glass::symbol::Tone::{Chosen, Derived, Loss, Rejected, Setting};
use crate::glass::symbol::Unit::{Nats, Tokens};

use super::PLAIN;

pub const POLICY: Symbol =
    Symbol::new("policy", logp!("<mi>π</mi>", "<mi>y</mi>"), "policy", Nats, Chosen)
        .says("Log-probability of the completion, summed over its tokens.");
pub const LENGTH: Symbol = Symbol::new("length", "<mi>n</mi>", "length", Tokens, Chosen)
    .says("Counted tokens of the completion, its end included.");
pub const PERPLEXITY: Symbol =
    Symbol::new("perplexity", "<mi>PPL</mi>", "perplexity", PLAIN, Derived)
        .says("Among how many equally likely tokens the policy seems to choose.");
pub const POLICY_LIKED: Symbol =
    Symbol::new("policy-liked", logp!("<mi>π</mi>", sub!("y", "D")), "policy, liked", Nats, Chosen)
        .says("Log-probability of the liked completion, summed over its tokens.");
pub const REFERENCE_LIKED: Symbol = Symbol::new(
    "ref-liked",
    logp!(sub!("π", "ref"), sub!("y", "D")),
    "reference, liked",
    Nats,
    Chosen,
)
.says("The same under the reference, which the policy is measured against.");
pub const POLICY_DISLIKED: Symbol = Symbol::new(
    "policy-disliked",
    logp!("<mi>π</mi>", sub!("y", "U")),
    "policy, not liked",
    Nats,
    Rejected,
)
.says("Log-probability of the completion that wasn't liked, summed over its tokens.");
pub const REFERENCE_DISLIKED: Symbol = Symbol::new(
    "ref-disliked",
    logp!(sub!("π", "ref"), sub!("y", "U")),
    "reference, not liked",
    Nats,
    Rejected,
)
.says("The same under the reference.");
pub const RATIO_LIKED: Symbol =
    Symbol::new("h-d", sub!("h", "D"), "log-ratio, liked", Nats, Chosen)
        .says("How much likelier than the reference the policy finds the liked completion.");
pub const RATIO_DISLIKED: Symbol =
    Symbol::new("h-u", sub!("h", "U"), "log-ratio, not liked", Nats, Rejected)
        .says("How much likelier than the reference the policy finds the other completion.");
pub const ZERO: Symbol = Symbol::new("zero", sub!("z", "0"), "zero point", Nats, Derived).says(
    "How far the policy is from the reference in general (KL): gains and losses count from here.",
);
pub const WEIGHT_LIKED: Symbol =
    Symbol::new("w-d", sub!("λ", "D"), "desirable_weight", PLAIN, Setting)
        .says("Your setting: the weight of what was liked.");
pub const WEIGHT_DISLIKED: Symbol =
    Symbol::new("w-u", sub!("λ", "U"), "undesirable_weight", PLAIN, Setting)
        .says("Your setting: the weight of what wasn't.");
pub const VALUE_LIKED: Symbol = Symbol::new("v-d", sub!("v", "D"), "value, liked", PLAIN, Chosen)
    .says("What the gain is worth: ever less with distance, as people see gains.");
pub const VALUE_DISLIKED: Symbol =
    Symbol::new("v-u", sub!("v", "U"), "value, not liked", PLAIN, Rejected)
        .says("The same of a completion that should become less likely.");
pub const LOSS_LIKED: Symbol = Symbol::new("loss-d", sub!("L", "D"), "loss, liked", PLAIN, Loss)
    .says("What is missing to the most that it can be worth.");
pub const LOSS_DISLIKED: Symbol =
    Symbol::new("loss-u", sub!("L", "U"), "loss, not liked", PLAIN, Loss)
        .says("What is missing to the most that it can be worth.");

pub const MARK_CHOSEN: Symbol =
    Symbol::new("mark-w", sub!("r", "w"), "mark, chosen", PLAIN, Chosen)
        .says("What the reward model gives the chosen completion; it isn't looked up here.");
pub const MARK_REJECTED: Symbol =
    Symbol::new("mark-l", sub!("r", "l"), "mark, rejected", PLAIN, Rejected)
        .says("What the reward model gives the rejected completion; it isn't looked up here.");
pub const MARKS_APART: Symbol = Symbol::new("apart", "<mi>Δ</mi>", "margin", PLAIN, Derived)
    .says("How far apart the two marks are.")
    .inlined();
pub const ASKED: Symbol = Symbol::new("asked", "<mi>m</mi>", "margin of the row", PLAIN, Setting)
    .says("How far apart this row wants the marks to be.");
pub const JUDGED: Symbol = Symbol::new("judged", "<mi>P</mi>", "probability", PLAIN, Setting)
    .says("How sure this row is that the chosen completion is the better one.");
pub const RANKING: Symbol = Symbol::new("loss-rank", sub!("L", "BT"), "ranking", PLAIN, Loss)
    .says("Bradley and Terry's loss: the surprise that the chosen completion won.");
pub const CENTERING: Symbol = Symbol::new("loss-center", sub!("L", "c"), "centering", PLAIN, Loss)
    .says("Holds the marks' mean at zero, which comparisons leave open.");
pub const CENTER: Symbol =
    Symbol::new("center", "<mi>c</mi>", "center_rewards_coefficient", PLAIN, Setting)
        .says("Your setting: the pull of the marks' mean to zero.");

pub const RATIO: Symbol = Symbol::new("rho", "<mi>ρ</mi>", "ratio", PLAIN, Setting).says(
    "How much likelier the policy finds what it sampled than when it did; set it with the slider.",
);
pub const ADVANTAGE: Symbol = Symbol::new("advantage", "<mi>A</mi>", "advantage", PLAIN, Setting)
    .says("How much better it went than expected; set it with the slider.");
pub const CLIP: Symbol = Symbol::new("clip", "<mi>ε</mi>", "clip range", PLAIN, Setting)
    .says("Your setting: how far an update may move the ratio from 1.");
pub const UNCLIPPED: Symbol =
    Symbol::new("plain", "<mrow><mi>ρ</mi><mi>A</mi></mrow>", "plain branch", PLAIN, Derived)
        .says("The advantage at the present ratio.");
pub const CLIPPED: Symbol = Symbol::new("clipped", bar!("ρA"), "clipped branch", PLAIN, Derived)
    .says("The same with the ratio held in its range.");
pub const OBJECTIVE: Symbol = Symbol::new("objective", "<mi>J</mi>", "objective", PLAIN, Loss)
    .says("What is climbed: the more careful of both branches.");
pub const KL_PRICE: Symbol = Symbol::new("kl-price", "<mi>β</mi>", "price of KL", PLAIN, Setting)
    .says("Your setting: what a nat of distance from the reference costs.");
pub const KL: Symbol = Symbol::new("kl", "<mi>KL</mi>", "KL of the completion", Nats, Derived)
    .says("Distance from the reference, estimated at each token of the completion and summed.");
pub const PENALTY: Symbol = Symbol::new("penalty", "<mi>R</mi>", "penalty", PLAIN, Derived)
    .says("What is taken off this completion's score for its distance.");

//! What is descended, and how steep it is.

use crate::glass::symbol::Symbol;
use crate::glass::symbol::Tone::Loss;

use super::PLAIN;

pub const LOSS: Symbol = Symbol::new("loss", "<mi>L</mi>", "loss", PLAIN, Loss)
    .says("What training lowers, in the mean over a batch.");
pub const SLOPE_MARGIN: Symbol =
    Symbol::new("slope-h", slope!("<mi>L</mi>", "<mi>h</mi>"), "pull on the margin", PLAIN, Loss)
        .says("Below 0, a step widens the margin; the farther below, the harder it pulls.");
pub const SLOPE_TOKEN: Symbol = Symbol::new(
    "slope-h-token",
    slope!("<mi>L</mi>", bar!("h")),
    "pull on the margin a token",
    PLAIN,
    Loss,
)
.says("Below 0, a step widens the margin; the farther below, the harder it pulls.");
pub const SLOPE_GAP: Symbol =
    Symbol::new("slope-d", slope!("<mi>L</mi>", "<mi>d</mi>"), "pull on the margin", PLAIN, Loss)
        .says("Below 0, a step widens the margin; the farther below, the harder it pulls.");
pub const SLOPE_ODDS: Symbol =
    Symbol::new("slope-o", slope!("<mi>L</mi>", "<mi>o</mi>"), "pull on the odds", PLAIN, Loss)
        .says("Below 0, a step raises the odds; the farther below, the harder it pulls.");
pub const PULL_CHOSEN: Symbol = Symbol::new(
    "pull-w",
    slope!("<mi>L</mi>", logp!("<mi>π</mi>", sub!("y", "w"))),
    "pull on chosen",
    PLAIN,
    Loss,
)
.says("Below 0, a step makes the chosen completion likelier; above 0, less likely.");
pub const PULL_REJECTED: Symbol = Symbol::new(
    "pull-l",
    slope!("<mi>L</mi>", logp!("<mi>π</mi>", sub!("y", "l"))),
    "pull on rejected",
    PLAIN,
    Loss,
)
.says("Above 0, a step makes the rejected completion less likely; below 0, likelier.");
pub const PULL: Symbol = Symbol::new(
    "pull",
    slope!("<mi>L</mi>", logp!("<mi>π</mi>", "<mi>y</mi>")),
    "pull",
    PLAIN,
    Loss,
)
.says("Below 0, a step makes the completion likelier.");
pub const PULL_LIKED: Symbol = Symbol::new(
    "pull-d",
    slope!(sub!("L", "D"), logp!("<mi>π</mi>", sub!("y", "D"))),
    "pull on liked",
    PLAIN,
    Loss,
)
.says("Below 0, a step makes the liked completion likelier.");
pub const PULL_DISLIKED: Symbol = Symbol::new(
    "pull-u",
    slope!(sub!("L", "U"), logp!("<mi>π</mi>", sub!("y", "U"))),
    "pull on not liked",
    PLAIN,
    Loss,
)
.says("Above 0, a step makes the other completion less likely.");
pub const SLOPE_RATIO: Symbol =
    Symbol::new("slope-rho", slope!("<mi>J</mi>", "<mi>ρ</mi>"), "gradient", PLAIN, Loss)
        .says("0 where clipping decides: the sample then pulls no further.");

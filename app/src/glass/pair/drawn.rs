//! The losses of pairs as drawings.

use temper_protocol::{DpoConfig, DpoLoss};

use super::kinds::{Kind, title};
use super::losses::Sides;
use crate::glass::plot::{Mark, Plot};
use crate::glass::reading::{FAR, Reading, around};
use crate::glass::symbol::Symbol;
use crate::glass::symbols::MARGIN_PER_TOKEN;

/// A loss over what it is a function of; one of likelihood alone is a straight line, not drawn.
pub fn plot(
    reading: &Reading,
    loss: DpoLoss,
    symbol: Symbol,
    dpo: &DpoConfig,
    sides: Sides,
) -> Option<Plot> {
    let beta = dpo.beta;
    match Kind::of(loss, dpo) {
        Kind::Margin(margin) => {
            let marks = match loss {
                DpoLoss::Hinge => vec![Mark { at: 1.0 / beta, label: "1/β" }],
                DpoLoss::Ipo => vec![Mark { at: 0.5 / beta, label: "1/(2β)" }],
                _ => Vec::new(),
            };
            let ends = around(reach(loss, beta), &[reading.value(margin)]);
            let curve = reading.curve("", symbol, margin, ends);
            let across = match (margin == MARGIN_PER_TOKEN, sides.are_scores()) {
                (true, false) => "margin h̄, nats/token",
                (false, false) => "margin h, nats",
                (true, true) => "margin h̄ of scores a token",
                (false, true) => "margin h of scores",
            };
            Some(Plot::new(title(loss), across, vec![curve], marks))
        }
        Kind::Sides => {
            let target = 0.5 / beta;
            // Whatever the divergence, as in its formula.
            let sides = if loss == DpoLoss::ApoZero { Sides::RATIOS } else { sides };
            let marks = match loss {
                DpoLoss::SppoHard => vec![(target, "1/(2β)"), (-target, "−1/(2β)")],
                _ => Vec::new(),
            };
            Some(over_both(reading, symbol, sides, reach(loss, beta), &marks))
        }
        Kind::Likelihood => None,
    }
}

/// A loss over each side, the other one as it is.
pub fn over_both(
    reading: &Reading,
    symbol: Symbol,
    sides: Sides,
    reach: f64,
    marks: &[(f64, &'static str)],
) -> Plot {
    let Sides { chosen, rejected } = sides;
    let ends = around(reach, &[reading.value(chosen), reading.value(rejected)]);
    let curves = vec![
        reading.curve("as chosen moves", symbol, chosen, ends),
        reading.curve("as rejected moves", symbol, rejected, ends),
    ];
    let marks = marks.iter().map(|&(at, label)| Mark { at, label }).collect();
    let across = if sides.are_scores() { "score" } else { "log-ratio, nats" };
    Plot::new("The loss over each side", across, curves, marks)
}

/// How far from zero a loss is worth drawing.
fn reach(loss: DpoLoss, beta: f64) -> f64 {
    match loss {
        DpoLoss::Hinge => 2.0 / beta,
        DpoLoss::Ipo | DpoLoss::SppoHard => 1.0 / beta,
        _ => FAR / beta,
    }
}

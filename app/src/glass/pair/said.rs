//! What the numbers of a pair say, and what a look at one pair can't show.

use temper_protocol::{DpoConfig, DpoLoss};

use super::kinds::{Kind, reads_smoothing};
use crate::format::short;
use crate::glass::reading::Reading;
use crate::glass::symbols::BETA;

/// Margins nearer to 0 than this, nats, are none.
const TIE: f64 = 1e-4;
/// Of losses that hold the chosen completion's likelihood.
pub const OF_A_BATCH: &str =
    "In a batch the likelihood is taken over the tokens of all chosen completions.";

/// How a loss of one margin takes this pair.
pub fn finding(loss: DpoLoss, dpo: &DpoConfig, reading: &Reading) -> Option<String> {
    let Kind::Margin(margin) = Kind::of(loss, dpo) else { return None };
    let (h, beta) = (reading.value(margin), reading.value(BETA));
    match loss {
        DpoLoss::Hinge if beta * h >= 1.0 => {
            Some("The margin is past 1/β: the loss is 0, and this pair pulls no further.".into())
        }
        DpoLoss::Hinge => Some("The margin is short of 1/β: this pair pulls with all of β.".into()),
        DpoLoss::Ipo => {
            let target = 0.5 / beta;
            let (where_it_is, pull) = match h < target {
                true => ("short of", "up"),
                false => ("beyond", "back"),
            };
            let target = short(target);
            Some(format!(
                "The margin is {where_it_is} its target 1/(2β) = {target}: it is pulled {pull}."
            ))
        }
        DpoLoss::Sigmoid if reads_smoothing(loss, dpo.smoothing(loss)) => None,
        DpoLoss::Sigmoid | DpoLoss::SigmoidNorm => Some(logistic(h, beta)),
        _ => None,
    }
}

/// The plain logistic loss pulls with β·σ(−βh).
fn logistic(h: f64, beta: f64) -> String {
    let share = 100.0 / (1.0 + (beta * h).exp());
    if h.abs() < TIE {
        "Policy and reference see no difference in this pair: a coin toss, with a loss of log 2 = \
         0.6931."
            .into()
    } else if h < 0.0 {
        format!(
            "The margin is below 0: the pair is still the wrong way round, and pulls with \
             {share:.0} % of β."
        )
    } else {
        format!(
            "The margin is above 0: the pair is the right way round, and still pulls with \
             {share:.0} % of β."
        )
    }
}

/// What isn't seen of a single pair.
pub fn notes(dpo: &DpoConfig) -> Vec<String> {
    let has = |losses: &[DpoLoss]| dpo.loss_type.iter().any(|loss| losses.contains(loss));
    let mut notes = Vec::new();
    if has(&[DpoLoss::Aot, DpoLoss::AotUnpaired]) {
        notes.push("AOT sorts a batch's margins before it compares them; a pair alone has none to be sorted with.".into());
    }
    if has(&[DpoLoss::Sft]) {
        notes.push(OF_A_BATCH.into());
    }
    if dpo.use_weighting {
        notes.push("use_weighting multiplies the loss by how likely the policy finds the pair; that weight isn't looked up here.".into());
    }
    if let Some(alpha) = dpo.ld_alpha {
        let alpha = short(alpha);
        notes.push(format!(
            "Tokens by which one completion outlasts the other count {alpha} times (ld_alpha)."
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// σ(−0.1·10) = 26.9 %, σ(0.1·10) = 73.1 %.
    #[test]
    fn wrong_pairs_pull_hardest() {
        assert!(logistic(10.0, 0.1).contains("27 %"), "{}", logistic(10.0, 0.1));
        assert!(logistic(-10.0, 0.1).contains("73 %"));
        assert!(logistic(0.0, 0.1).contains("0.6931"));
    }
}

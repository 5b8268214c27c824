//! What the numbers of a pair say, what a run logs of them, and what a look at one pair can't show.

use temper_protocol::{DpoConfig, DpoLoss};

use super::kinds::{Kind, reads_smoothing};
use super::losses::Sides;
use crate::format::short;
use crate::glass::reading::Reading;
use crate::glass::symbol::Symbol;
use crate::glass::symbols::{
    BETA, LOSS, MARGIN, MARGIN_PER_TOKEN, PREFERENCE, RATIO_CHOSEN, RATIO_REJECTED, REWARD_CHOSEN,
    REWARD_REJECTED, SCALED, SCORE_CHOSEN,
};

/// Margins nearer to 0 than this, nats, are none.
const TIE: f64 = 1e-4;
/// A score that moves by less than this share of its log-ratio passes on 0 % of a pull.
const SATURATED: f64 = 0.005;
/// Of losses that hold the chosen completion's likelihood.
pub const OF_A_BATCH: &str =
    "In a batch the likelihood is taken over the tokens of all chosen completions.";

/// How a loss of one margin takes this pair.
pub fn finding(loss: DpoLoss, dpo: &DpoConfig, reading: &Reading) -> Option<String> {
    let Kind::Margin(margin) = Kind::of(loss, dpo) else { return None };
    let moves = |ratio| reading.slope(MARGIN, ratio).abs();
    if moves(RATIO_CHOSEN).max(moves(RATIO_REJECTED)) < SATURATED {
        return Some(
            "Policy and reference lie so far apart that the divergence has saturated: next to \
             nothing pulls."
                .into(),
        );
    }
    let (h, beta) = (reading.value(margin), reading.value(BETA));
    match loss {
        DpoLoss::Hinge if beta * h >= 1.0 => {
            Some("The margin is past 1/β: the loss is 0, and this pair pulls no further.".into())
        }
        DpoLoss::Hinge => Some(format!(
            "The margin is short of 1/β: this pair pulls with {}.",
            force(margin, reading)
        )),
        DpoLoss::Ipo => {
            let target = 0.5 / beta;
            let (where_it_is, pull) = match h < target {
                true => ("short of", "up"),
                false => ("beyond", "back"),
            };
            let (name, target) = (name(margin), short(target));
            Some(format!(
                "{name} is {where_it_is} its target 1/(2β) = {target}: it is pulled {pull}."
            ))
        }
        DpoLoss::Sigmoid if reads_smoothing(loss, dpo.smoothing(loss)) => None,
        DpoLoss::Sigmoid | DpoLoss::SigmoidNorm => Some(logistic(margin, reading)),
        _ => None,
    }
}

fn name(margin: Symbol) -> &'static str {
    if margin == MARGIN_PER_TOKEN { "The margin a token" } else { "The margin" }
}

/// The plain logistic loss pulls wrong pairs hardest.
fn logistic(margin: Symbol, reading: &Reading) -> String {
    let h = reading.value(margin);
    let is_still = |ratio| reading.value(ratio).abs() < TIE;
    let (name, force) = (name(margin), force(margin, reading));
    if h.abs() >= TIE && h < 0.0 {
        format!("{name} is below 0: the pair is still the wrong way round, and pulls with {force}.")
    } else if h.abs() >= TIE {
        format!("{name} is above 0: the pair is the right way round, and still pulls with {force}.")
    } else if is_still(RATIO_CHOSEN) && is_still(RATIO_REJECTED) {
        "Policy and reference see no difference in this pair: a coin toss, with a loss of log 2 = \
         0.6931."
            .into()
    } else {
        format!(
            "Both completions moved alike from the reference: a coin toss, with a loss of log 2 = \
             0.6931, and it pulls with {force}."
        )
    }
}

/// How hard a pair pulls on its margin; behind a divergence, on either side.
fn force(margin: Symbol, reading: &Reading) -> String {
    let share = 100.0 * reading.slope(LOSS, margin).abs() / reading.value(BETA);
    if reading.term(SCORE_CHOSEN).is_none() {
        return match share > 99.999 {
            true => "all of β".into(),
            false => format!("{share:.0} % of β"),
        };
    }
    let [chosen, rejected] =
        [RATIO_CHOSEN, RATIO_REJECTED].map(|ratio| share * reading.slope(MARGIN, ratio).abs());
    format!("{chosen:.0} % of β on chosen and {rejected:.0} % on rejected")
}

/// Says what is logged, and what is compared, where that isn't what is shown as a rule.
pub fn retell(reading: &mut Reading, dpo: &DpoConfig, sides: Sides) {
    let by_token = dpo.logs_by_token();
    if by_token {
        reading.retell(
            REWARD_CHOSEN,
            "The implicit reward of the chosen completion; with ipo, rewards/chosen is \
             logged by the token.",
        );
        reading.retell(
            REWARD_REJECTED,
            "The implicit reward of the rejected completion; with ipo, rewards/rejected \
             is logged by the token.",
        );
    }
    if sides.are_scores() {
        reading.without_unit(MARGIN);
        reading.without_unit(MARGIN_PER_TOKEN);
        reading.retell(
            MARGIN,
            "By how much the chosen completion's score is above the rejected one's.",
        );
        reading.retell(MARGIN_PER_TOKEN, "The same of scores a token, so that length is no merit.");
        reading.retell(
            PREFERENCE,
            "The probability that these scores give to chosen being the better one.",
        );
    }
    if let Some(words) = scaled(sides.are_scores(), by_token) {
        reading.retell(SCALED, words);
    }
}

/// What the scaled margin is beside the one that is logged, where they differ.
fn scaled(of_scores: bool, by_token: bool) -> Option<&'static str> {
    match (of_scores, by_token) {
        (false, false) => None,
        (true, false) => Some(
            "β times the margin of scores; the chart's margin is of log-ratios, the mean of β(a − b).",
        ),
        (false, true) => Some(
            "β times the margin of whole completions; the chart's margin is the mean of β times the \
             one a token.",
        ),
        (true, true) => Some(
            "β times the margin of scores; the chart's margin is of log-ratios a token, times β.",
        ),
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
    use temper_protocol::FDivergence;

    use super::*;
    use crate::glass::measured::{Pair, Side};
    use crate::glass::pair::dpo;

    /// Log-ratios of both sides, of 5 and of 10 tokens, at β = 0.1.
    fn read(options: DpoConfig, chosen: f64, rejected: f64) -> Reading {
        let side = |policy, tokens| Side { policy, reference: 0.0, tokens };
        dpo(
            &DpoConfig { beta: 0.1, ..options },
            &Pair { chosen: side(chosen, 5.0), rejected: side(rejected, 10.0) },
        )
    }

    fn found(options: DpoConfig, chosen: f64, rejected: f64) -> String {
        read(options, chosen, rejected).findings.concat()
    }

    fn ipo(by_token: bool) -> DpoConfig {
        let ipo_length_normalize = Some(by_token);
        DpoConfig { loss_type: vec![DpoLoss::Ipo], ipo_length_normalize, ..DpoConfig::default() }
    }

    fn js() -> DpoConfig {
        DpoConfig { f_divergence_type: FDivergence::JsDivergence, ..DpoConfig::default() }
    }

    /// σ(−0.1·10) = 26.9 %, σ(0.1·10) = 73.1 %.
    #[test]
    fn wrong_pairs_pull_hardest() {
        let plain = DpoConfig::default;
        assert!(found(plain(), 6.0, -4.0).ends_with("pulls with 27 % of β."));
        assert!(found(plain(), -4.0, 6.0).ends_with("pulls with 73 % of β."));
        assert!(found(plain(), 0.0, 0.0).starts_with("Policy and reference see no difference"));
        let alike = found(plain(), -5.0, -5.0);
        assert!(alike.contains("moved alike") && alike.contains("50 % of β"), "{alike}");
        let hinge = DpoConfig { loss_type: vec![DpoLoss::Hinge], ..DpoConfig::default() };
        assert!(found(hinge, 1.0, 0.0).ends_with("pulls with all of β."));
    }

    /// Scores log σ(±2) move by σ(∓2): 12 % and 88 % of what pulls on their margin, which is
    /// σ(−0.1·2) = 45 %.
    #[test]
    fn a_divergence_holds_back_what_pulls() {
        let saturated = found(js(), 20.0, 20.0);
        assert!(saturated.contains("saturated") && !saturated.contains("coin"), "{saturated}");
        let words = found(js(), 2.0, -2.0);
        assert!(words.ends_with("pulls with 5 % of β on chosen and 40 % on rejected."), "{words}");
    }

    /// 10/5 − 5/10 = 1.5 a token, of a target of 5; all in all 12 − 5 = 7.
    #[test]
    fn ipo_speaks_of_the_margin_that_it_reads() {
        let by_token = read(ipo(true), 10.0, 5.0);
        let words = by_token.findings.concat();
        assert!(words.starts_with("The margin a token is short of its target"), "{words}");
        let shown = |reading: &Reading| reading.margin().map(|term| (term.value, term.unit.word()));
        assert_eq!(shown(&by_token), Some((1.5, "nats/token")));
        let summed = read(ipo(false), 12.0, 5.0);
        assert!(summed.findings.concat().starts_with("The margin is beyond its target"));
        assert_eq!(shown(&summed), Some((7.0, "nats")));
    }

    #[test]
    fn what_is_logged_is_told_as_it_is_logged() {
        let words = |options, symbol| read(options, 2.0, 1.0).term(symbol).unwrap().words.clone();
        assert!(words(DpoConfig::default(), REWARD_CHOSEN).ends_with("logged as rewards/chosen."));
        assert!(words(ipo(false), SCALED).contains("the chart's margin."));
        assert!(words(ipo(true), REWARD_CHOSEN).ends_with("logged by the token."));
        assert!(words(ipo(true), SCALED).contains("the one a token"));
        assert!(words(js(), SCALED).contains("of log-ratios"));
        assert_eq!(read(js(), 2.0, 1.0).margin().map(|term| term.unit.word()), Some(""));
    }
}

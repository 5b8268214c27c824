//! Single completions: fine-tuning, ratings, and the marks of a reward model.

use temper_protocol::{KtoConfig, KtoLoss, RewardConfig, SftConfig};

use super::expr::{Expr, exp, log_sigma, sigma, square};
use super::measured::Side;
use super::plot::{Mark, Plot};
use super::reading::{FAR, Reading, around};
use super::row::RowText;
use super::symbol::Symbol;
use super::symbols::{
    ASKED, BETA, CENTER, CENTERING, JUDGED, LENGTH, LOSS, LOSS_DISLIKED, LOSS_LIKED, MARK_CHOSEN,
    MARK_REJECTED, MARKS_APART, PERPLEXITY, POLICY, POLICY_DISLIKED, POLICY_LIKED, PULL,
    PULL_DISLIKED, PULL_LIKED, RANKING, RATIO_DISLIKED, RATIO_LIKED, REFERENCE_DISLIKED,
    REFERENCE_LIKED, VALUE_DISLIKED, VALUE_LIKED, WEIGHT_DISLIKED, WEIGHT_LIKED, ZERO,
};

/// Fine-tuning: `−log π(y|x) / n`
pub fn sft(sft: &SftConfig, side: &Side) -> Reading {
    let mut reading = Reading::default();
    reading.given(POLICY, side.policy);
    reading.given(LENGTH, side.tokens);
    reading.define(LOSS, -(POLICY / LENGTH));
    reading.define(PERPLEXITY, exp(LOSS));
    reading.slope_as(PULL, LOSS, POLICY);
    reading.show("Surprise a token", LOSS);
    if !sft.completion_only_loss {
        let note = "With completion_only_loss off the prompt's tokens count too; they aren't looked up here.";
        reading.notes.push(note.into());
    }
    reading.notes.push("A batch's loss is the mean over all of its tokens.".into());
    reading
}

/// A reward model: `−log σ(Δ − m)`, and with a probability `P` in the row
/// `−P log σ(Δ − m) − (1−P) log σ(m − Δ)`. Its marks aren't looked up.
pub fn reward(reward: &RewardConfig, row: Option<&RowText>) -> Reading {
    let mut reading = Reading::default();
    reading.given(MARK_CHOSEN, f64::NAN);
    reading.given(MARK_REJECTED, f64::NAN);
    reading.define(MARKS_APART, MARK_CHOSEN - MARK_REJECTED);
    let margin = row.and_then(|row| row.margin).filter(|margin| *margin != 0.0);
    let (title, ranking) = ranking(&mut reading, row, margin);
    match reward.center_rewards_coefficient {
        None => {
            reading.define(LOSS, ranking);
            reading.show(title, LOSS);
        }
        Some(center) => {
            reading.define(RANKING, ranking);
            reading.show(title, RANKING);
            reading.given(CENTER, center);
            reading.define(CENTERING, CENTER * square(MARK_CHOSEN + MARK_REJECTED));
            reading.define(LOSS, RANKING + CENTERING);
            reading.show("Together", LOSS);
        }
    }
    let of = if reward.center_rewards_coefficient.is_some() { RANKING } else { LOSS };
    let ends = around(FAR, &[margin.unwrap_or(0.0)]);
    let curve = reading.curve("", of, MARKS_APART, ends);
    let marks = margin.map(|at| Mark { at, label: "m" }).into_iter().collect();
    let plot = Plot::new("The loss over the margin", "margin Δ of the marks", vec![curve], marks);
    reading.plots.push(plot);
    reading.notes.push(
        "A reward model's marks aren't looked up here, so this row's loss has no number.".into(),
    );
    reading
}

/// What a comparison costs, with whatever the row says of its two sides.
fn ranking(
    reading: &mut Reading,
    row: Option<&RowText>,
    margin: Option<f64>,
) -> (&'static str, Expr) {
    if let Some(margin) = margin {
        reading.given(ASKED, margin);
    }
    let apart = || match margin {
        Some(_) => MARKS_APART - ASKED,
        None => MARKS_APART.into(),
    };
    match row.and_then(|row| row.probability).filter(|probability| *probability != 1.0) {
        Some(probability) => {
            reading.given(JUDGED, probability);
            let other = (1.0 - JUDGED) * log_sigma(-apart());
            ("Who wins a comparison, with a soft label", -(JUDGED * log_sigma(apart())) - other)
        }
        None => ("Bradley and Terry: who wins a comparison", -log_sigma(apart())),
    }
}

/// The symbols of one kind of rating.
struct Branch {
    title: &'static str,
    policy: Symbol,
    reference: Symbol,
    ratio: Symbol,
    weight: Symbol,
    value: Symbol,
    loss: Symbol,
    pull: Symbol,
}

const LIKED: Branch = Branch {
    title: "KTO, a liked completion",
    policy: POLICY_LIKED,
    reference: REFERENCE_LIKED,
    ratio: RATIO_LIKED,
    weight: WEIGHT_LIKED,
    value: VALUE_LIKED,
    loss: LOSS_LIKED,
    pull: PULL_LIKED,
};
const DISLIKED: Branch = Branch {
    title: "KTO, a completion that wasn't liked",
    policy: POLICY_DISLIKED,
    reference: REFERENCE_DISLIKED,
    ratio: RATIO_DISLIKED,
    weight: WEIGHT_DISLIKED,
    value: VALUE_DISLIKED,
    loss: LOSS_DISLIKED,
    pull: PULL_DISLIKED,
};

/// KTO: `λ_D(1 − σ(β(h − z₀)))` of what was liked, `λ_U(1 − σ(β(z₀ − h)))` of the rest. `kl` is the
/// run's last logged zero point.
pub fn kto(kto: &KtoConfig, rated: &[(bool, Side)], kl: Option<f64>) -> Reading {
    let mut reading = Reading::default();
    reading.given(BETA, kto.beta);
    let (zero, words) = zero_point(kto.loss_type, kl);
    reading.given_as(ZERO, zero, words.into());
    for &(liked, side) in rated {
        let branch = if liked { &LIKED } else { &DISLIKED };
        let weight = if liked { kto.desirable_weight } else { kto.undesirable_weight };
        reading.given(branch.policy, side.policy);
        reading.given(branch.reference, side.reference);
        reading.define(branch.ratio, branch.policy - branch.reference);
        reading.given(branch.weight, weight);
        rate(&mut reading, branch, liked);
        reading.slope_as(branch.pull, branch.loss, branch.policy);
    }
    let losses: Vec<Expr> = rated.iter().map(|(liked, _)| loss_of(*liked).into()).collect();
    let count = losses.len().max(1) as f64;
    let sum = losses.into_iter().reduce(|sum, loss| sum + loss);
    match sum {
        Some(sum) if count > 1.0 => {
            reading.define(LOSS, sum / count);
            reading.show("The mean of both", LOSS);
        }
        Some(only) => reading.define(LOSS, only),
        None => {}
    }
    let plot = value_curves(&reading, kto, zero);
    reading.plots.push(plot);
    reading
}

fn loss_of(liked: bool) -> Symbol {
    if liked { LIKED.loss } else { DISLIKED.loss }
}

/// Value and loss of one rating, from its log-ratio and weight.
fn rate(reading: &mut Reading, branch: &Branch, liked: bool) {
    let gain = || match liked {
        true => BETA * (branch.ratio - ZERO),
        false => BETA * (ZERO - branch.ratio),
    };
    reading.define(branch.value, branch.weight * sigma(gain()));
    reading.define(branch.loss, branch.weight * (1.0 - sigma(gain())));
    reading.show(branch.title, branch.loss);
}

fn zero_point(loss: KtoLoss, kl: Option<f64>) -> (f64, &'static str) {
    match (loss, kl) {
        (KtoLoss::ApoZeroUnpaired, _) => (0.0, "Always 0 with apo_zero_unpaired."),
        (KtoLoss::Kto, Some(kl)) => {
            (kl, "How far the policy is from the reference in general: the run's last logged kl.")
        }
        (KtoLoss::Kto, None) => (
            0.0,
            "How far the policy is from the reference in general; no run has logged a kl yet, so 0.",
        ),
    }
}

/// What both ratings are worth over the log-ratio, whichever of them this row has.
fn value_curves(reading: &Reading, kto: &KtoConfig, zero: f64) -> Plot {
    let mut both = reading.clone();
    let branches =
        [(&LIKED, true, kto.desirable_weight), (&DISLIKED, false, kto.undesirable_weight)];
    for (branch, liked, weight) in branches {
        if reading.term(branch.ratio).is_none() {
            both.given(branch.ratio, f64::NAN);
            both.given(branch.weight, weight);
            rate(&mut both, branch, liked);
        }
    }
    let ratios = [both.value(RATIO_LIKED), both.value(RATIO_DISLIKED)];
    let [low, high] = around(FAR / kto.beta, &ratios.map(|ratio| ratio - zero));
    let ends = [zero + low, zero + high];
    let curves = vec![
        both.curve("worth if liked", VALUE_LIKED, RATIO_LIKED, ends),
        both.curve("worth if not", VALUE_DISLIKED, RATIO_DISLIKED, ends),
    ];
    let marks = vec![Mark { at: zero, label: "z₀" }];
    Plot::new("What a gain is worth", "log-ratio h, nats", curves, marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glass::testing::{close, goldens, list};

    fn side(policy: f64, reference: f64) -> Side {
        Side { policy, reference, tokens: 4.0 }
    }

    /// The first two rows of the golden: liked, and not. Slopes by the engine's test, which has
    /// them from the formulas: −0.0249990 and 0.0248822.
    #[test]
    fn goldens_of_ratings() {
        let golden = &goldens()["kto"];
        let column = |key: &str| list(&golden[key]);
        let (policy, reference) = (column("policy"), column("ref"));
        let rated = [(true, side(policy[0], reference[0])), (false, side(policy[1], reference[1]))];
        let reading = kto(&KtoConfig::default(), &rated, golden["kl"].as_f64());
        let expected = column("per_example");
        close(reading.value(LOSS_LIKED), expected[0], 1e-7);
        close(reading.value(LOSS_DISLIKED), expected[1], 1e-7);
        close(reading.value(LOSS), (expected[0] + expected[1]) / 2.0, 1e-7);
        close(reading.value(PULL_LIKED), -0.024_999_0, 1e-6);
        close(reading.value(PULL_DISLIKED), 0.024_882_2, 1e-6);
        close(reading.value(VALUE_LIKED), 1.0 - expected[0], 1e-7);

        let apo = KtoConfig { loss_type: KtoLoss::ApoZeroUnpaired, ..KtoConfig::default() };
        let reading = kto(&apo, &rated, Some(3.0));
        close(reading.value(LOSS_DISLIKED), column("apo_zero_unpaired")[1], 1e-7);
    }

    #[test]
    fn a_rating_alone_is_still_drawn_beside_its_opposite() {
        let reading = kto(&KtoConfig::default(), &[(false, side(-5.0, -5.0))], None);
        close(reading.value(LOSS), 0.5, 1e-12);
        assert!(reading.term(LOSS_LIKED).is_none());
        let curves = &reading.plots[0].curves;
        assert_eq!(
            curves.iter().map(|curve| curve.here.is_some()).collect::<Vec<_>>(),
            [false, true]
        );
        assert!(curves[0].points.iter().all(|point| point.1.is_finite()));
    }

    /// 6 nats over 4 tokens: 1.5, e^1.5 = 4.481689, and each nat pulls with ¼.
    #[test]
    fn fine_tuning_by_hand() {
        let reading = sft(&SftConfig::default(), &side(-6.0, -7.0));
        close(reading.value(LOSS), 1.5, 1e-12);
        close(reading.value(PERPLEXITY), 4.481_689, 1e-6);
        close(reading.value(PULL), -0.25, 1e-12);
    }

    #[test]
    fn a_reward_model_shows_its_loss_without_numbers() {
        for center in [None, Some(0.01)] {
            let config = RewardConfig { center_rewards_coefficient: center, ..Default::default() };
            let reading = reward(&config, None);
            assert_eq!(reading.loss(), None);
            let curve = &reading.plots[0].curves[0];
            assert!(curve.here.is_none());
            close(curve.points[100].1, std::f64::consts::LN_2, 1e-12);
        }
    }

    /// At Δ = 0: −log σ(−0.5) = 0.974076984 with m = 0.5, ln 2 with P = 0.6. At Δ = 6 with P = 0.6
    /// −0.6·log σ(6) − 0.4·log σ(−6) = 2.402475685.
    #[test]
    fn a_rows_margin_and_probability_are_in_its_loss() {
        let of = |row: RowText| reward(&RewardConfig::default(), Some(&row));
        let asked = of(RowText { margin: Some(0.5), ..RowText::default() });
        close(asked.plots[0].curves[0].points[100].1, 0.974_076_984, 1e-9);
        assert_eq!(asked.plots[0].marks[0].at, 0.5);
        let soft = of(RowText { probability: Some(0.6), ..RowText::default() });
        let points = &soft.plots[0].curves[0].points;
        close(points[100].1, std::f64::consts::LN_2, 1e-12);
        close(points[200].1, 2.402_475_685, 1e-9);
        assert_eq!(soft.value(JUDGED), 0.6);
        let plain = of(RowText { margin: Some(0.0), probability: Some(1.0), ..RowText::default() });
        assert_eq!(plain.formulas, reward(&RewardConfig::default(), None).formulas);
    }
}

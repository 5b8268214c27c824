//! PPO and RLOO: what clipping does at a ratio and an advantage that a person sets, and what a
//! completion's distance from the reference costs.

use temper_protocol::{InspectedCompletion, KlEstimator, PpoConfig, RlooConfig};

use super::expr::{clip, least};
use super::plot::{Curve, Mark, Plot};
use super::reading::{Priced, Reading};
use super::symbol::Tone;
use super::symbols::{
    ADVANTAGE, CLIP, CLIPPED, KL, KL_PRICE, LOSS, OBJECTIVE, PENALTY, RATIO, SLOPE_RATIO, UNCLIPPED,
};
use crate::format::short;

/// PPO, of a token.
pub fn ppo(
    ppo: &PpoConfig,
    [ratio, advantage]: [f64; 2],
    completion: Option<&InspectedCompletion>,
) -> Reading {
    let mut reading = clipped("PPO, of a token", ratio, advantage, ppo.cliprange);
    if let Some(completion) = completion {
        price(&mut reading, completion, ppo.kl_coef, ppo.kl_estimator);
        if ppo.kl_estimator == KlEstimator::Full {
            reading.retell(KL, "Distance from the reference, exact at each token and summed.");
        }
        reading.notes.push("Each token's penalty is part of its reward.".into());
    }
    reading.retell(LOSS, "The policy's part of what training lowers, in the mean over tokens.");
    reading.notes.push(format!(
        "The critic's loss is added to it, {} times (vf_coef); it isn't shown here.",
        short(ppo.vf_coef)
    ));
    if ppo.adap_kl_ctrl {
        reading.notes.push("adap_kl_ctrl moves the price of KL; this is its first value.".into());
    }
    warm(&mut reading, ppo.temperature);
    reading
}

/// RLOO, of a whole completion.
pub fn rloo(
    rloo: &RlooConfig,
    [ratio, advantage]: [f64; 2],
    completion: Option<&InspectedCompletion>,
) -> Reading {
    let mut reading = clipped("RLOO, of a completion", ratio, advantage, rloo.epsilon);
    if let Some(completion) = completion {
        price(&mut reading, completion, rloo.beta, KlEstimator::K1);
        reading.notes.push("The penalty is part of the completion's one reward.".into());
    }
    warm(&mut reading, rloo.temperature);
    reading
}

/// `min(ρA, clip(ρ, 1−ε, 1+ε)A)`
fn clipped(title: &str, ratio: f64, advantage: f64, range: f64) -> Reading {
    let mut reading = terms(ratio, advantage, range);
    reading.show(title, OBJECTIVE);
    reading.define(LOSS, -OBJECTIVE);
    reading.slope_as(SLOPE_RATIO, OBJECTIVE, RATIO);
    reading.findings.push(branch(ratio, advantage, range).into());
    reading.plots.push(both_signs(ratio, advantage, range));
    reading
}

fn terms(ratio: f64, advantage: f64, range: f64) -> Reading {
    let mut reading = Reading::default();
    reading.given(RATIO, ratio);
    reading.given(ADVANTAGE, advantage);
    reading.given(CLIP, range);
    let held = || clip(RATIO, 1.0 - CLIP, 1.0 + CLIP) * ADVANTAGE;
    reading.define(UNCLIPPED, RATIO * ADVANTAGE);
    reading.define(CLIPPED, held());
    reading.define(OBJECTIVE, least(RATIO * ADVANTAGE, held()));
    reading
}

/// Which branch decides, and what that means.
fn branch(ratio: f64, advantage: f64, range: f64) -> &'static str {
    if advantage == 0.0 {
        return "Without an advantage there is nothing to climb: the gradient is zero.";
    }
    let (low, high) = (ratio < 1.0 - range, ratio > 1.0 + range);
    match (advantage > 0.0, low, high) {
        (true, _, true) => {
            "The clipped branch decides: the ratio has risen as far as it may, and the gradient is zero."
        }
        (false, true, _) => {
            "The clipped branch decides: the ratio has fallen as far as it may, and the gradient is zero."
        }
        (true, true, _) | (false, _, true) => {
            "The plain branch decides: the ratio went the wrong way, and the gradient brings it back."
        }
        _ => "Both branches agree: the ratio is in its range, and the gradient is the advantage.",
    }
}

/// The objective over the ratio, for good and for bad samples.
fn both_signs(ratio: f64, advantage: f64, range: f64) -> Plot {
    let size = if advantage == 0.0 { 1.0 } else { advantage.abs() };
    let curve = |name, advantage_shown: f64, tone| {
        let mut curve =
            terms(ratio, advantage_shown, range).curve(name, OBJECTIVE, RATIO, [0.0, 2.0]);
        if advantage_shown != advantage {
            curve.here = None;
        }
        Curve { tone, ..curve }
    };
    let curves = vec![
        curve("better than expected, A > 0", size, Tone::Chosen),
        curve("worse than expected, A < 0", -size, Tone::Rejected),
    ];
    let marks = [Mark { at: 1.0 - range, label: "1−ε" }, Mark { at: 1.0 + range, label: "1+ε" }];
    let inside = |mark: &Mark| (0.0..=2.0).contains(&mark.at);
    let marks = marks.into_iter().filter(inside).collect();
    Plot::new("The objective over the ratio", "ratio ρ", curves, marks)
}

/// What each token's distance from the reference takes off the reward.
fn price(
    reading: &mut Reading,
    completion: &InspectedCompletion,
    price: f64,
    estimator: KlEstimator,
) {
    let priced = completion.tokens.iter().map(|token| {
        let kl = estimator.estimate(token.policy, token.reference).unwrap_or(token.kl);
        Priced { text: token.text.clone(), kl, reward: -price * kl }
    });
    reading.tokens = priced.collect();
    reading.given(KL_PRICE, price);
    reading.given(KL, reading.tokens.iter().map(|token| token.kl).sum());
    reading.define(PENALTY, -(KL_PRICE * KL));
}

fn warm(reading: &mut Reading, temperature: f64) {
    if temperature != 1.0 && !reading.tokens.is_empty() {
        reading.notes.push(format!(
            "The run takes log-probabilities at its sampling temperature, {temperature}; here they \
             are taken at 1."
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glass::testing::{close, goldens, list};
    use temper_protocol::InspectedToken;

    /// At ε = 0.2:
    ///   A = 2 at 1: 2, gradient 2; A = 2 at 1.65: 2·1.2, gradient 0, the gain is had;
    ///   A = −1 at 1.65: −1.65, gradient −1; A = −1 at 0.61: −0.8, gradient 0;
    ///   A = 2 at 0.61: 1.22, gradient 2.
    #[test]
    fn clipping_by_hand() {
        for (advantage, ratio, objective, gradient) in [
            (2.0, 1.0, 2.0, 2.0),
            (2.0, 1.65, 2.4, 0.0),
            (-1.0, 1.65, -1.65, -1.0),
            (-1.0, 0.61, -0.8, 0.0),
            (2.0, 0.61, 1.22, 2.0),
        ] {
            let reading = ppo(&PpoConfig::default(), [ratio, advantage], None);
            close(reading.value(OBJECTIVE), objective, 1e-12);
            close(reading.value(SLOPE_RATIO), gradient, 1e-12);
            close(reading.value(LOSS), -objective, 1e-12);
            let stops = reading.findings[0].contains("zero");
            assert_eq!(stops, gradient == 0.0, "{advantage} at {ratio}");
            let here: Vec<bool> =
                reading.plots[0].curves.iter().map(|curve| curve.here.is_some()).collect();
            assert_eq!(here, [advantage > 0.0, advantage < 0.0]);
            assert!(reading.notes.concat().contains("0.1 times (vf_coef)"));
        }
    }

    /// The golden's first row; its score of 1 is on the last token.
    #[test]
    fn goldens_of_penalties() {
        let golden = &goldens()["ppo"];
        let row = |key: &str| list(&golden[key][0])[..3].to_vec();
        let tokens = row("old_logprobs").into_iter().zip(row("ref_logprobs"));
        let token =
            |(policy, reference)| InspectedToken { text: "t".into(), policy, reference, kl: 0.5 };
        let completion = InspectedCompletion { tokens: tokens.map(token).collect() };
        let reading = ppo(&PpoConfig::default(), [1.0, 1.0], Some(&completion));
        let expected = row("rewards");
        for (token, expected) in
            reading.tokens.iter().zip([expected[0], expected[1], expected[2] - 1.0])
        {
            close(token.reward, expected, 1e-9);
        }
        close(reading.value(PENALTY), -0.01 + 0.025 - 0.005, 1e-9);

        let config = PpoConfig { kl_estimator: KlEstimator::K3, ..PpoConfig::default() };
        let reading = ppo(&config, [1.0, 1.0], Some(&completion));
        for (token, expected) in reading.tokens.iter().zip(list(&golden["k3_first_row"])) {
            close(token.kl, expected, 1e-8);
        }

        // Half a nat each, at a price of 0.05.
        let config = PpoConfig { kl_estimator: KlEstimator::Full, ..PpoConfig::default() };
        let reading = ppo(&config, [1.0, 1.0], Some(&completion));
        assert!(reading.tokens.iter().all(|token| token.kl == 0.5));
        close(reading.value(PENALTY), -0.075, 1e-12);
        assert!(reading.term(KL).unwrap().words.contains("exact"));
    }
}

//! Pairs without a reference: CPO, SimPO, ORPO, SLiC. `d` is the margin between the policy's own
//! log-probabilities.

use temper_protocol::{CpoConfig, OrpoConfig, SimpoConfig, SlicConfig};

use super::expr::{log_rest, log_sigma, most};
use super::measured::Pair;
use super::pair::{OF_A_BATCH, pulls, sigmoid, smoothed};
use super::plot::{Mark, Plot};
use super::reading::{FAR, Reading, around};
use super::symbol::Symbol;
use super::symbols::{
    ALPHA, BETA, CHOSEN_LENGTH, DELTA, GAMMA, GAP, GAP_PER_TOKEN, LAMBDA, LOSS, MEAN_CHOSEN,
    MEAN_REJECTED, NLL, ODDS, POLICY_CHOSEN, POLICY_REJECTED, REJECTED_LENGTH, SCALED, SLOPE_GAP,
    SLOPE_ODDS, SMOOTHING,
};

/// CPO: `−log σ(βd) + α·NLL`, the first part with wrong labels in mind where they are smoothed.
pub fn cpo(cpo: &CpoConfig, pair: &Pair) -> Reading {
    let mut reading = likelihoods(pair);
    reading.given(CHOSEN_LENGTH, pair.chosen.tokens);
    reading.given(BETA, cpo.beta);
    reading.define(GAP, POLICY_CHOSEN - POLICY_REJECTED);
    reading.define(SCALED, BETA * GAP);
    let preference = match cpo.label_smoothing > 0.0 {
        true => {
            reading.given(SMOOTHING, cpo.label_smoothing);
            smoothed()
        }
        false => sigmoid(GAP),
    };
    reading.define(NLL, -(POLICY_CHOSEN / CHOSEN_LENGTH));
    reading.given(ALPHA, cpo.cpo_alpha);
    reading.define(LOSS, preference + ALPHA * NLL);
    reading.show("CPO: preference and likelihood", LOSS);
    finish(&mut reading, GAP, FAR / cpo.beta, "margin d, nats", Vec::new());
    reading.notes.push(OF_A_BATCH.into());
    reading
}

/// SimPO: `−log σ(βd̄ − γ)`, the margin taken by the token.
pub fn simpo(simpo: &SimpoConfig, pair: &Pair) -> Reading {
    let mut reading = means(pair);
    reading.define(GAP_PER_TOKEN, MEAN_CHOSEN - MEAN_REJECTED);
    reading.given(BETA, simpo.beta);
    reading.given(GAMMA, simpo.simpo_gamma);
    reading.define(LOSS, -log_sigma(BETA * GAP_PER_TOKEN - GAMMA));
    reading.show("SimPO", LOSS);
    let target = simpo.simpo_gamma / simpo.beta;
    let marks = vec![Mark { at: target, label: "γ/β" }];
    let reach = FAR / simpo.beta + target;
    finish(&mut reading, GAP_PER_TOKEN, reach, "margin d̄, nats/token", marks);
    let share = 100.0 * reading.slope(LOSS, GAP_PER_TOKEN).abs() / simpo.beta;
    let (side, still) = match reading.value(GAP_PER_TOKEN) > target {
        true => ("above", "still "),
        false => ("below", ""),
    };
    reading.findings.push(format!(
        "The margin a token is {side} γ/β, the one that SimPO asks for: the pair {still}pulls with \
         {share:.0} % of β."
    ));
    reading
}

/// ORPO: `NLL − β log σ(o)`, fine-tuning with the odds ratio beside it.
pub fn orpo(orpo: &OrpoConfig, pair: &Pair) -> Reading {
    let mut reading = means(pair);
    let odds = |mean: Symbol| mean - log_rest(mean);
    reading.define(ODDS, odds(MEAN_CHOSEN) - odds(MEAN_REJECTED));
    reading.define(NLL, -MEAN_CHOSEN);
    reading.given(BETA, orpo.beta);
    reading.define(LOSS, NLL - BETA * log_sigma(ODDS));
    reading.show("ORPO: likelihood and odds", LOSS);
    finish(&mut reading, ODDS, FAR, "log odds ratio o", Vec::new());
    reading.notes.push(OF_A_BATCH.into());
    reading
}

/// SLiC: `max(0, δ − d) − λ log π(y_w|x)`
pub fn slic(slic: &SlicConfig, pair: &Pair) -> Reading {
    let mut reading = likelihoods(pair);
    reading.define(GAP, POLICY_CHOSEN - POLICY_REJECTED);
    reading.given(DELTA, slic.delta);
    reading.given(LAMBDA, slic.lambda_coef);
    reading.define(LOSS, most(0.0, DELTA - GAP) - LAMBDA * POLICY_CHOSEN);
    reading.show("SLiC: a hinge and likelihood", LOSS);
    let marks = vec![Mark { at: slic.delta, label: "δ" }];
    finish(&mut reading, GAP, 3.0 * slic.delta, "margin d, nats", marks);
    let words = match reading.value(GAP) >= slic.delta {
        true => "The margin is past δ: the hinge is 0, and only the likelihood still pulls.",
        false => "The margin is short of δ: the hinge pulls both completions apart.",
    };
    reading.findings.push(words.into());
    reading
}

fn likelihoods(pair: &Pair) -> Reading {
    let mut reading = Reading::default();
    reading.given(POLICY_CHOSEN, pair.chosen.policy);
    reading.given(POLICY_REJECTED, pair.rejected.policy);
    reading
}

/// Log-probabilities by the token.
fn means(pair: &Pair) -> Reading {
    let mut reading = likelihoods(pair);
    reading.given(CHOSEN_LENGTH, pair.chosen.tokens);
    reading.given(REJECTED_LENGTH, pair.rejected.tokens);
    reading.define(MEAN_CHOSEN, POLICY_CHOSEN / CHOSEN_LENGTH);
    reading.define(MEAN_REJECTED, POLICY_REJECTED / REJECTED_LENGTH);
    reading
}

/// Slopes, and the loss over its margin; what else is in it stays as it is.
fn finish(
    reading: &mut Reading,
    margin: Symbol,
    reach: f64,
    across: &'static str,
    marks: Vec<Mark>,
) {
    let slope = if margin == ODDS { SLOPE_ODDS } else { SLOPE_GAP };
    reading.slope_as(slope, LOSS, margin);
    pulls(reading);
    let curve = reading.curve("", LOSS, margin, around(reach, &[reading.value(margin)]));
    reading.plots.push(Plot::new("The loss over the margin", across, vec![curve], marks));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glass::measured::Side;
    use crate::glass::symbols::{PULL_CHOSEN, PULL_REJECTED};
    use crate::glass::testing::{close, goldens, list, pairs};

    /// The goldens' gradients are of a mean over four pairs. Likelihoods are left out of them, by a
    /// weight of 0, or here for ORPO by taking off what they add: 1/n_w to the pull on chosen.
    fn check(golden: &str, read: impl Fn(&Pair) -> Reading, likelihood: bool) {
        let golden = &goldens()["losses"][golden];
        let column = |key: &str| list(&golden[key]);
        let expected = column("per_example").into_iter().zip(column("grad_chosen"));
        let expected = expected.zip(column("grad_rejected"));
        for (pair, ((loss, chosen), rejected)) in pairs().iter().zip(expected) {
            let reading = read(pair);
            let [nll, pull] = match likelihood {
                true => [reading.value(NLL), -1.0 / pair.chosen.tokens],
                false => [0.0, 0.0],
            };
            close(reading.value(LOSS) - nll, loss, 1e-7);
            close(reading.value(PULL_CHOSEN) - pull, 4.0 * chosen, 1e-6);
            close(reading.value(PULL_REJECTED), 4.0 * rejected, 1e-6);
        }
    }

    #[test]
    fn goldens_in_value_and_gradient() {
        let plain = CpoConfig { cpo_alpha: 0.0, ..CpoConfig::default() };
        check("cpo_sigmoid_no_nll", |pair| cpo(&plain, pair), false);
        check("simpo_b2_g0.5", |pair| simpo(&SimpoConfig::default(), pair), false);
        let plain = SlicConfig { delta: 1.0, lambda_coef: 0.0 };
        check("slic_delta1_no_reg", |pair| slic(&plain, pair), false);
        check("orpo_or_term", |pair| orpo(&OrpoConfig::default(), pair), true);
    }

    /// At β = 2 and γ = 0.5, d̄ = 0.5 and 0: σ(−0.5) = 37.8 %, σ(0.5) = 62.2 %.
    #[test]
    fn simpo_says_how_hard_it_pulls() {
        let words = |rejected: f64| {
            let side = |policy| Side { policy, reference: 0.0, tokens: 4.0 };
            let pair = Pair { chosen: side(-4.0), rejected: side(rejected) };
            simpo(&SimpoConfig { beta: 2.0, simpo_gamma: 0.5 }, &pair).findings.concat()
        };
        assert!(words(-6.0).contains("above γ/β"), "{}", words(-6.0));
        assert!(words(-6.0).ends_with("still pulls with 38 % of β."), "{}", words(-6.0));
        assert!(words(-4.0).ends_with("the pair pulls with 62 % of β."), "{}", words(-4.0));
    }

    /// The first pair: −log σ(0.1·2) = 0.598138869, and 12 / 10 of likelihood.
    #[test]
    fn likelihood_counts_by_its_weight() {
        let reading = cpo(&CpoConfig::default(), &pairs()[0]);
        close(reading.value(LOSS), 0.598_138_869 + 1.2, 1e-7);
        assert!(reading.terms.iter().all(|term| term.value.is_finite()));
    }
}

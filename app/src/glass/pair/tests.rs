//! Pair losses against the goldens in value and gradient, at the reference, and in sums.

use std::f64::consts::LN_2;

use super::*;
use crate::glass::testing::{close, goldens, list, pairs};

fn options(loss: DpoLoss) -> DpoConfig {
    DpoConfig { loss_type: vec![loss], beta: 0.1, ..DpoConfig::default() }
}

fn smoothing(loss: DpoLoss, share: f64) -> DpoConfig {
    DpoConfig { label_smoothing: Some(share), ..options(loss) }
}

fn divergence(kind: FDivergence) -> DpoConfig {
    DpoConfig { f_divergence_type: kind, ..options(DpoLoss::Sigmoid) }
}

fn cases() -> Vec<(&'static str, DpoConfig)> {
    let summed = DpoConfig { ipo_length_normalize: Some(false), ..options(DpoLoss::Ipo) };
    vec![
        ("dpo_sigmoid", options(DpoLoss::Sigmoid)),
        ("cdpo_ls0.1", smoothing(DpoLoss::Sigmoid, 0.1)),
        ("robust_ls0.1", smoothing(DpoLoss::Robust, 0.1)),
        ("hinge", options(DpoLoss::Hinge)),
        ("ipo_sum", summed),
        ("ipo_avg", options(DpoLoss::Ipo)),
        ("sigmoid_norm", options(DpoLoss::SigmoidNorm)),
        ("exo_pair_ls1e-3", smoothing(DpoLoss::ExoPair, 1e-3)),
        ("nca_pair", options(DpoLoss::NcaPair)),
        ("bco_pair", options(DpoLoss::BcoPair)),
        ("sppo_hard_trl", options(DpoLoss::SppoHard)),
        ("apo_zero", options(DpoLoss::ApoZero)),
        ("apo_down", options(DpoLoss::ApoDown)),
        ("discopop_tau0.05", options(DpoLoss::Discopop)),
        ("f_forward_kl_sigmoid", divergence(FDivergence::ForwardKl)),
        ("f_js_sigmoid", divergence(FDivergence::JsDivergence)),
        ("f_alpha0.5_sigmoid", divergence(FDivergence::AlphaDivergence)),
        // Sorting one margin changes nothing.
        ("dpo_sigmoid", options(DpoLoss::Aot)),
        ("cdpo_ls0.1", smoothing(DpoLoss::AotUnpaired, 0.1)),
    ]
}

/// The goldens' gradients are of a mean over four pairs.
fn check(golden: &str, read: impl Fn(&Pair) -> Reading) {
    let golden = &goldens()["losses"][golden];
    let column = |key: &str| list(&golden[key]);
    let expected = column("per_example").into_iter().zip(column("grad_chosen"));
    let expected = expected.zip(column("grad_rejected"));
    for (pair, ((loss, chosen), rejected)) in pairs().iter().zip(expected) {
        let reading = read(pair);
        close(reading.value(LOSS), loss, 1e-7);
        close(reading.value(PULL_CHOSEN), 4.0 * chosen, 1e-6);
        close(reading.value(PULL_REJECTED), 4.0 * rejected, 1e-6);
    }
}

#[test]
fn goldens_in_value_and_gradient() {
    for (name, options) in cases() {
        println!("{name}");
        check(name, |pair| dpo(&options, pair));
    }
    check("sppo_official_P0.8", |pair| sppo(0.1, 0.8, pair));
}

#[test]
fn every_loss_is_known_drawn_and_named() {
    for (_, options) in cases() {
        let reading = dpo(&options, &pairs()[1]);
        assert!(reading.terms.iter().all(|term| term.value.is_finite()), "{options:?}");
        assert!(reading.terms.iter().all(|term| !term.words.is_empty()));
        assert_eq!((reading.formulas.len(), reading.plots.len()), (1, 1), "{options:?}");
    }
}

/// a = 0.5, b = −1: h = 1.5, z = 0.15, rewards 0.05 and −0.1, σ(0.15) = 0.537430,
/// dL/dh = −β·σ(−0.15) = −0.046257.
#[test]
fn terms_of_the_first_pair_by_hand() {
    let reading = dpo(&options(DpoLoss::Sigmoid), &pairs()[0]);
    for (symbol, expected) in [
        (RATIO_CHOSEN, 0.5),
        (RATIO_REJECTED, -1.0),
        (REWARD_CHOSEN, 0.05),
        (REWARD_REJECTED, -0.1),
        (MARGIN, 1.5),
        (SCALED, 0.15),
        (PREFERENCE, 0.537_430),
        (kinds::slope(MARGIN), -0.046_257),
    ] {
        close(reading.value(symbol), expected, 1e-6);
    }
}

#[test]
fn a_policy_equal_to_its_reference_loses_log_2() {
    let mut pair = pairs()[0];
    pair.chosen.reference = pair.chosen.policy;
    pair.rejected.reference = pair.rejected.policy;
    let reading = dpo(&options(DpoLoss::Sigmoid), &pair);
    close(reading.value(LOSS), LN_2, 1e-12);
    assert!(reading.findings[0].contains("coin toss"));
}

/// RPO: DPO's 0.620957048 and half of the likelihood, 12 / 10.
#[test]
fn losses_add_up_by_their_weights() {
    let options = DpoConfig {
        loss_type: vec![DpoLoss::Sigmoid, DpoLoss::Sft],
        loss_weights: Some(vec![1.0, 0.5]),
        ..options(DpoLoss::Sigmoid)
    };
    let reading = dpo(&options, &pairs()[0]);
    close(reading.value(LOSS), 0.620_957_048 + 0.6, 1e-7);
    assert_eq!(reading.formulas.len(), 3);
    assert_eq!(reading.plots.len(), 1);
    // −0.0115643 · 4 − 0.5 / 10
    close(reading.value(PULL_CHOSEN), -0.096_257_2, 1e-6);
}

/// At β = 0.1 IPO asks for a margin of 5, the hinge lets go at 10.
#[test]
fn targets_are_marked() {
    let marks = |options: &DpoConfig| {
        let reading = dpo(options, &pairs()[0]);
        reading.plots[0].marks.iter().map(|mark| mark.at).collect::<Vec<_>>()
    };
    assert_eq!(marks(&options(DpoLoss::Ipo)), [5.0]);
    assert_eq!(marks(&options(DpoLoss::Hinge)), [10.0]);
}

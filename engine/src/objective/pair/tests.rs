//! Pair losses against the goldens, at the reference, at their extremes, and by hand.

use std::f64::consts::LN_2;

use burn::tensor::Gradients;

use super::*;
use crate::objective::testing::{close, goldens, gradient, list, number, tensor, tracked, values};

const BETA: f64 = 0.1;
const SMOOTHED: f64 = 0.1;
const PLAIN: Divergence = Divergence::ReverseKl;

fn logps(policy: [&[f64]; 2], reference: [&[f64]; 2], lengths: [&[f64]; 2]) -> PairLogps {
    PairLogps {
        policy_chosen: tracked(policy[0]),
        policy_chosen_unweighted: None,
        policy_rejected: tracked(policy[1]),
        reference_chosen: tensor(reference[0]),
        reference_rejected: tensor(reference[1]),
        chosen_lengths: tensor(lengths[0]),
        rejected_lengths: tensor(lengths[1]),
        wins: None,
    }
}

/// Log-ratios as they are: a reference of 0, one token each.
fn ratios(chosen: &[f64], rejected: &[f64]) -> PairLogps {
    let (zeros, ones) = (vec![0.0; chosen.len()], vec![1.0; chosen.len()]);
    logps([chosen, rejected], [&zeros, &zeros], [&ones, &ones])
}

/// LD-DPO weighs the tokens that it compares; the likelihood is of them all.
#[test]
fn the_likelihood_counts_each_token_once() {
    let mut logps = ratios(&[-1.0, -3.0], &[-2.0, -2.0]);
    let nll = |logps: &PairLogps| values(PairLoss::Sft.losses(logps, PLAIN));
    assert_eq!(nll(&logps), [2.0, 2.0]);
    logps.policy_chosen_unweighted = Some(tracked(&[-2.0, -6.0]));
    assert_eq!(nll(&logps), [4.0, 4.0]);
}

fn gradients_of(logps: &PairLogps, gradients: &mut Gradients) -> [Vec<f64>; 2] {
    [&logps.policy_chosen, &logps.policy_rejected].map(|of| gradient(of, gradients))
}

/// Each loss, and its value where the policy is the reference (`methods.md`, section 3).
fn all() -> Vec<(PairLoss, f64)> {
    let (beta, label_smoothing) = (BETA, SMOOTHED);
    vec![
        (PairLoss::Sigmoid { beta, label_smoothing: 0.0 }, LN_2),
        (PairLoss::Sigmoid { beta, label_smoothing }, LN_2),
        (PairLoss::Robust { beta, label_smoothing }, LN_2),
        (PairLoss::Hinge { beta }, 1.0),
        (PairLoss::Ipo { beta, length_normalize: true }, 25.0),
        (PairLoss::Ipo { beta, length_normalize: false }, 25.0),
        (PairLoss::SigmoidNorm { beta }, LN_2),
        (PairLoss::ExoPair { beta, label_smoothing: 1e-3 }, 2.761_231),
        (PairLoss::NcaPair { beta }, 2.0 * LN_2),
        (PairLoss::BcoPair { beta }, 2.0 * LN_2),
        (PairLoss::SppoHard { beta }, 50.0),
        // Half of the hard one: ½(5² + 5²).
        (PairLoss::Sppo { beta }, 25.0),
        (PairLoss::ApoZero { beta }, 1.0),
        (PairLoss::ApoDown { beta }, 1.0),
        (PairLoss::Discopop { beta, tau: 0.05 }, 0.5 * LN_2 + 0.5),
        (PairLoss::Aot { beta, label_smoothing }, LN_2),
        (PairLoss::AotUnpaired { beta, label_smoothing }, LN_2),
    ]
}

/// The golden's name, its loss and its divergence.
fn golden_cases() -> Vec<(&'static str, PairLoss, Divergence)> {
    let (beta, label_smoothing) = (BETA, SMOOTHED);
    let dpo = PairLoss::Sigmoid { beta, label_smoothing: 0.0 };
    vec![
        ("dpo_sigmoid", dpo, PLAIN),
        ("cdpo_ls0.1", PairLoss::Sigmoid { beta, label_smoothing }, PLAIN),
        ("robust_ls0.1", PairLoss::Robust { beta, label_smoothing }, PLAIN),
        ("hinge", PairLoss::Hinge { beta }, PLAIN),
        ("ipo_sum", PairLoss::Ipo { beta, length_normalize: false }, PLAIN),
        ("ipo_avg", PairLoss::Ipo { beta, length_normalize: true }, PLAIN),
        ("sigmoid_norm", PairLoss::SigmoidNorm { beta }, PLAIN),
        ("exo_pair_ls1e-3", PairLoss::ExoPair { beta, label_smoothing: 1e-3 }, PLAIN),
        ("nca_pair", PairLoss::NcaPair { beta }, PLAIN),
        ("bco_pair", PairLoss::BcoPair { beta }, PLAIN),
        ("sppo_hard_trl", PairLoss::SppoHard { beta }, PLAIN),
        ("sppo_official_P0.8", PairLoss::Sppo { beta }, PLAIN),
        ("apo_zero", PairLoss::ApoZero { beta }, PLAIN),
        ("apo_down", PairLoss::ApoDown { beta }, PLAIN),
        ("discopop_tau0.05", PairLoss::Discopop { beta, tau: 0.05 }, PLAIN),
        ("f_forward_kl_sigmoid", dpo, Divergence::ForwardKl),
        ("f_js_sigmoid", dpo, Divergence::Js),
        ("f_alpha0.5_sigmoid", dpo, Divergence::Alpha { coef: 0.5 }),
    ]
}

#[test]
fn goldens_in_value_and_gradient() {
    let goldens = goldens();
    let inputs = &goldens["inputs"];
    assert_eq!(number(&inputs["beta"]), BETA);
    let column = |key: &str| list(&inputs[key]);
    for (name, loss, divergence) in golden_cases() {
        let mut logps = logps(
            [&column("policy_chosen"), &column("policy_rejected")],
            [&column("ref_chosen"), &column("ref_rejected")],
            [&column("len_chosen"), &column("len_rejected")],
        );
        logps.wins = Some([tensor(&[0.8; 4]), tensor(&[0.2; 4])]);
        let losses = loss.losses(&logps, divergence);
        let mut gradients = losses.clone().mean().backward();
        let golden = &goldens["losses"][name];
        println!("{name}");
        close(&values(losses), &list(&golden["per_example"]), 1e-6);
        let [chosen, rejected] = gradients_of(&logps, &mut gradients);
        close(&chosen, &list(&golden["grad_chosen"]), 1e-6);
        close(&rejected, &list(&golden["grad_rejected"]), 1e-6);
    }
}

#[test]
fn policy_equal_to_reference_gives_the_tables_values() {
    for (loss, expected) in all() {
        let (chosen, rejected, lengths) = ([-12.0, -30.5], [-14.0, -28.0], [10.0, 25.0]);
        let logps = logps([&chosen, &rejected], [&chosen, &rejected], [&lengths, &lengths]);
        println!("{loss:?}");
        close(&values(loss.losses(&logps, PLAIN)), &[expected; 2], 1e-6);
    }
}

#[test]
fn swapping_sides_negates_the_margin() {
    let (chosen, rejected) = (tensor(&[1.0, -0.25]), tensor(&[-2.0, 4.0]));
    let pair = PairLogratios { chosen: chosen.clone(), rejected: rejected.clone() };
    let swapped = PairLogratios { chosen: rejected, rejected: chosen };
    close(&values(pair.margin()), &[3.0, -4.25], 0.0);
    close(&values(swapped.margin()), &[-3.0, 4.25], 0.0);
    // And with it the roles: DPO of the one with every label wrong is DPO of the other.
    close(&values(sigmoid(&pair, BETA, 1.0)), &values(sigmoid(&swapped, BETA, 0.0)), 1e-6);
}

#[test]
fn extreme_margins_stay_finite() {
    let check = |loss: PairLoss, divergence: Divergence| {
        let logps = ratios(&[1e4, -1e4, 1e4, -1e4], &[-1e4, 1e4, 1e4, -1e4]);
        let losses = loss.losses(&logps, divergence);
        let mut gradients = losses.clone().mean().backward();
        let [chosen, rejected] = gradients_of(&logps, &mut gradients);
        for found in [values(losses), chosen, rejected] {
            assert!(found.iter().all(|v| v.is_finite()), "{loss:?} {divergence:?}: {found:?}");
        }
    };
    for (loss, _) in all() {
        check(loss, PLAIN);
    }
    let dpo = PairLoss::Sigmoid { beta: BETA, label_smoothing: 0.0 };
    check(dpo, Divergence::ForwardKl);
    check(dpo, Divergence::Js);
    check(dpo, Divergence::Alpha { coef: 0.5 });
    check(dpo, Divergence::Alpha { coef: 2.0 });
    check(PairLoss::Sft, PLAIN);
}

/// chosen 1, rejected −2, so h = 3; β = 0.1
///   sigmoid  ln(1 + e^−0.3) = 0.554355    d/d chosen = −β·σ(−0.3) = −0.0425557
///   ipo      (3 − 5)² = 4                 d/d chosen = 2·(3 − 5) = −4
#[test]
fn by_hand() {
    let check = |loss: PairLoss, value: f64, slope: f64| {
        let logps = ratios(&[1.0], &[-2.0]);
        let losses = loss.losses(&logps, PLAIN);
        let mut gradients = losses.clone().sum().backward();
        close(&values(losses), &[value], 1e-6);
        let [chosen, rejected] = gradients_of(&logps, &mut gradients);
        close(&chosen, &[slope], 1e-6);
        close(&rejected, &[-slope], 1e-6);
    };
    let dpo = PairLoss::Sigmoid { beta: BETA, label_smoothing: 0.0 };
    check(dpo, 0.554_355_2, -0.042_555_7);
    check(PairLoss::Ipo { beta: BETA, length_normalize: false }, 4.0, -4.0);
}

/// a = 1, b = −2, β = 0.1; loss ln(1 + e^−βH) of the scores' margin H, slope −β·σ(−βH)·f″
///   forward KL  −e^−1 + e^2 = 7.0211767                0.4024839   f″ = e^−a
///   JS          logσ(1) − logσ(−2) = 1.8136663         0.6065700   f″ = σ(−a)
///   α = ½       −2e^−½ + 2e^1 = 4.2235023              0.5041057   f″ = e^(−a/2)
///   α = 1       the reverse KL, 3                      0.5543552   f″ = 1
#[test]
fn divergences_by_hand() {
    let cases = [
        (Divergence::ForwardKl, 0.402_483_9, [-0.012_189_42, 0.244_831_11]),
        (Divergence::Js, 0.606_570_0, [-0.012_230_98, 0.040_057_09]),
        (Divergence::Alpha { coef: 0.5 }, 0.504_105_7, [-0.024_015_85, 0.107_631_59]),
        (Divergence::Alpha { coef: 1.0 }, 0.554_355_2, [-0.042_555_75, 0.042_555_75]),
    ];
    for (divergence, value, slopes) in cases {
        let logps = ratios(&[1.0], &[-2.0]);
        let dpo = PairLoss::Sigmoid { beta: BETA, label_smoothing: 0.0 };
        let losses = dpo.losses(&logps, divergence);
        let mut gradients = losses.clone().sum().backward();
        close(&values(losses), &[value], 1e-6);
        let [chosen, rejected] = gradients_of(&logps, &mut gradients);
        close(&[chosen[0], rejected[0]], &slopes, 1e-6);
    }
}

/// ```python
/// pc, pr = [-10, -20, -15], [-12, -19, -18]; rc, rr = [-11, -20.5, -14], [-12, -20, -16]
/// sorted(map(sub, pc, pr)), sorted(map(sub, rc, rr))    # −1 2 3 and −.5 1 2, so δ = −.5 1 1
/// sorted(map(sub, pc, rc)), sorted(map(sub, pr, rr))    # −1 .5 1 and −2 0 1, so δ = 1 .5 0
/// [log1p(exp(-.1 * d)) for d in delta]; [-.1 / (1 + exp(.1 * d)) for d in delta]
/// ```
/// The policy's margins are 2 −1 3: ranks 1 0 2. Its `a` is 1 .5 −1, its `b` 0 1 −2.
#[test]
fn transport_by_hand() {
    let check = |loss: PairLoss, value: [f64; 3], slopes: [[f64; 3]; 2]| {
        let logps = logps(
            [&[-10.0, -20.0, -15.0], &[-12.0, -19.0, -18.0]],
            [&[-11.0, -20.5, -14.0], &[-12.0, -20.0, -16.0]],
            [&[1.0; 3], &[1.0; 3]],
        );
        let losses = loss.losses(&logps, PLAIN);
        let mut gradients = losses.clone().sum().backward();
        close(&values(losses), &value, 1e-6);
        let [chosen, rejected] = gradients_of(&logps, &mut gradients);
        close(&chosen, &slopes[0], 1e-6);
        close(&rejected, &slopes[1], 1e-6);
    };
    let [steep, level, flat] = [0.051_249_7, 0.047_502_1, 0.048_750_3];
    check(
        PairLoss::Aot { beta: BETA, label_smoothing: 0.0 },
        [0.718_459_6, 0.644_396_7, 0.644_396_7],
        [[-level, -steep, -level], [level, steep, level]],
    );
    check(
        PairLoss::AotUnpaired { beta: BETA, label_smoothing: 0.0 },
        [0.644_396_7, 0.668_459_6, LN_2],
        [[-0.05, -flat, -level], [flat, 0.05, level]],
    );
    let smoothed = PairLoss::Aot { beta: BETA, label_smoothing: SMOOTHED };
    let logps = ratios(&[1.0, -0.5, 1.0], &[0.0; 3]);
    // δ = −.5 1 1 again, as above with ε = 0.1.
    let expected = [0.713_459_6, 0.654_396_7, 0.654_396_7];
    close(&values(smoothed.losses(&logps, PLAIN)), &expected, 1e-6);
}

/// Chosen −12 over 4 tokens and −6 over 2: 18 nats over 6 tokens are 3 for each pair; a mean over
/// pairs has gradient −1/6.
#[test]
fn the_likelihood_is_of_the_whole_micro_batch() {
    let zeros = [0.0; 2];
    let logps = logps([&[-12.0, -6.0], &zeros], [&zeros, &zeros], [&[4.0, 2.0], &[1.0, 1.0]]);
    let losses = PairLoss::Sft.losses(&logps, PLAIN);
    let mut gradients = losses.clone().mean().backward();
    close(&values(losses), &[3.0, 3.0], 1e-6);
    let [chosen, rejected] = gradients_of(&logps, &mut gradients);
    close(&chosen, &[-1.0 / 6.0; 2], 1e-6);
    close(&rejected, &[0.0; 2], 0.0);
}

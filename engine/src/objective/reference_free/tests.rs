//! Reference-free losses against the goldens, against numbers by hand and at their extremes.

use super::*;
use crate::objective::testing::{close, goldens, gradient, list, tensor, tracked, values};

fn logps(chosen: &[f64], rejected: &[f64], lengths: [&[f64]; 2]) -> PolicyLogps {
    PolicyLogps {
        chosen: tracked(chosen),
        rejected: tracked(rejected),
        chosen_lengths: tensor(lengths[0]),
        rejected_lengths: tensor(lengths[1]),
    }
}

/// Losses, and the gradients of their mean in chosen and rejected.
fn run(loss: impl Fn(&PolicyLogps) -> Tensor<1>, logps: &PolicyLogps) -> [Vec<f64>; 3] {
    let losses = loss(logps);
    let mut gradients = losses.clone().mean().backward();
    let chosen = gradient(&logps.chosen, &mut gradients);
    [values(losses), chosen, gradient(&logps.rejected, &mut gradients)]
}

#[test]
fn goldens_in_value_and_gradient() {
    let goldens = goldens();
    let inputs = &goldens["inputs"];
    let beta = 0.1;
    let check = |name: &str, loss: &dyn Fn(&PolicyLogps) -> Tensor<1>| {
        let lengths = [list(&inputs["len_chosen"]), list(&inputs["len_rejected"])];
        let logps = logps(
            &list(&inputs["policy_chosen"]),
            &list(&inputs["policy_rejected"]),
            [&lengths[0], &lengths[1]],
        );
        let golden = &goldens["losses"][name];
        let found = run(loss, &logps);
        for (found, key) in found.iter().zip(["per_example", "grad_chosen", "grad_rejected"]) {
            close(found, &list(&golden[key]), 1e-6);
        }
    };
    let cpo = ReferenceFree::Cpo { beta, label_smoothing: 0.0, cpo_alpha: 0.0 };
    check("cpo_sigmoid_no_nll", &|logps| cpo.losses(logps));
    let simpo = ReferenceFree::Simpo { beta: 2.0, gamma: 0.5 };
    check("simpo_b2_g0.5", &|logps| simpo.losses(logps));
    let slic = ReferenceFree::Slic { delta: 1.0, lambda: 0.0 };
    check("slic_delta1_no_reg", &|logps| slic.losses(logps));
    check("orpo_or_term", &|logps| odds_ratio(logps, beta));
}

/// One pair, chosen −6 over 3 tokens, rejected −10 over 4, so −2 and −2.5 a token:
/// ```python
/// from math import *
/// ls = lambda x: -log1p(exp(-x)); s = lambda x: 1 / (1 + exp(-x))
/// -.9*ls(.4) - .1*ls(-.4) + 2                   # cpo    2.553015
/// .1*(.1*s(.4) - .9*s(-.4)) - 1/3               #   gradient −0.363465
/// -ls(2*.5 - .5)                                # simpo  0.474077
/// -2/3*s(-.5)                                   #   gradient −0.251694
/// o = .5 - (log(1-exp(-2)) - log(1-exp(-2.5)))  #        0.559763
/// 2 - .1*ls(o)                                  # orpo   2.045193
/// -1/3 - .1*s(-o)/(1-exp(-2))/3                 #   gradient −0.347350
/// max(0, 5-4) + .1*6                            # slic   1.6, gradient −1.1
/// ```
#[test]
fn by_hand() {
    let cases = [
        (
            ReferenceFree::Cpo { beta: 0.1, label_smoothing: 0.1, cpo_alpha: 1.0 },
            2.553_015_3,
            -0.363_464_6,
        ),
        (ReferenceFree::Simpo { beta: 2.0, gamma: 0.5 }, 0.474_077_0, -0.251_693_8),
        (ReferenceFree::Orpo { beta: 0.1 }, 2.045_193_2, -0.347_350_4),
        (ReferenceFree::Slic { delta: 5.0, lambda: 0.1 }, 1.6, -1.1),
    ];
    for (loss, value, slope) in cases {
        let logps = logps(&[-6.0], &[-10.0], [&[3.0], &[4.0]]);
        let [found, chosen, _] = run(|logps| loss.losses(logps), &logps);
        close(&found, &[value], 1e-6);
        close(&chosen, &[slope], 1e-6);
    }
}

/// ```python
/// f = lambda x: log(-expm1(x)); d = lambda x: exp(x) / expm1(x)
/// ```
#[test]
fn log1mexp_is_exact_on_both_ends() {
    let x = tracked(&[-1e-3, -0.05, -0.12, -0.13, -0.5, -0.7, -3.0]);
    let found = log1mexp(x.clone());
    let mut gradients = found.clone().sum().backward();
    let expected = [
        -6.908_255_2,
        -3.020_628_1,
        -2.179_663_6,
        -2.104_516_8,
        -0.932_752_1,
        -0.686_341_0,
        -0.051_069_2,
    ];
    close(&values(found), &expected, 1e-6);
    let slopes = [
        -999.500_08,
        -19.504_166,
        -7.843_331,
        -7.203_138,
        -1.541_494_1,
        -0.986_433_9,
        -0.052_395_7,
    ];
    close(&gradient(&x, &mut gradients), &slopes, 2e-6);
}

/// A completion of which the policy is certain, and one that it holds impossible.
#[test]
fn extremes_stay_finite() {
    let all = [
        ReferenceFree::Cpo { beta: 0.1, label_smoothing: 0.1, cpo_alpha: 1.0 },
        ReferenceFree::Simpo { beta: 2.0, gamma: 0.5 },
        ReferenceFree::Orpo { beta: 0.1 },
        ReferenceFree::Slic { delta: 1.0, lambda: 0.1 },
    ];
    for loss in all {
        let logps = logps(&[0.0, -1e4], &[-1e4, 0.0], [&[1.0, 1.0], &[1.0, 1.0]]);
        for found in run(|logps| loss.losses(logps), &logps) {
            assert!(found.iter().all(|v| v.is_finite()), "{loss:?}: {found:?}");
        }
    }
}

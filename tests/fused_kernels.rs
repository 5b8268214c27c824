//! The fused kernels on a GPU against the CPU: values and gradients, whole and odd sizes.

use burn::tensor::{Device, Int, Tensor, TensorData};
use temper_engine::device::read;
use temper_engine::kernels::adamw::{AdamWStep, adamw_step};
use temper_engine::kernels::head::head_logps;
use temper_engine::kernels::rms_norm::{add_rms_norm, rms_norm};
use temper_engine::kernels::softmax_stats::softmax_stats;
use temper_engine::kernels::swiglu::swiglu;
use temper_tests::{cpu, gpu};

/// One token and many, rows that vectors of four don't fill, more threads than numbers.
const SHAPES: [[usize; 2]; 6] = [[1, 4], [3, 7], [5, 64], [33, 100], [130, 257], [64, 576]];

fn tensor<const D: usize>(shape: [usize; D], seed: f32, device: &Device) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| 2.0 * ((i as f32 + 1.0) * seed).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn leaf<const D: usize>(shape: [usize; D], seed: f32, device: &Device) -> Tensor<D> {
    tensor(shape, seed, device).autodiff().require_grad()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    pollster::block_on(read(tensor)).expect("the device answers")
}

/// Both devices give the same tensors, to 1e-5 of the largest number of each.
fn same(what: &str, run: impl Fn(&Device) -> Vec<Vec<f32>>) {
    let (expected, found) = (run(&cpu().device), run(&gpu().device));
    assert_eq!(expected.len(), found.len(), "{what}");
    for (i, (expected, found)) in expected.iter().zip(&found).enumerate() {
        assert_eq!(expected.len(), found.len(), "{what}, tensor {i}");
        let largest = expected.iter().fold(1e-3_f32, |largest, x| largest.max(x.abs()));
        for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
            let error = (expected - found).abs() / largest;
            assert!(error < 1e-5, "{what}, tensor {i}, at {at}: {found}, expected {expected}");
        }
    }
}

#[test]
fn rms_norm_on_the_gpu_is_the_cpus() {
    for shape in SHAPES {
        same(&format!("rms_norm {shape:?}"), |device| {
            let (x, weight) = (leaf(shape, 0.7, device), leaf([shape[1]], 0.3, device));
            let normed = rms_norm(x.clone(), weight.clone(), 1e-5);
            let upstream = tensor(shape, 0.9, device);
            let mut gradients = (normed.clone() * upstream).sum().backward();
            let grad_x = x.grad_remove(&mut gradients).expect("a gradient");
            let grad_weight = weight.grad_remove(&mut gradients).expect("a gradient");
            vec![values(normed.inner()), values(grad_x), values(grad_weight)]
        });
    }
}

#[test]
fn add_rms_norm_on_the_gpu_is_the_cpus() {
    for shape in SHAPES {
        same(&format!("add_rms_norm {shape:?}"), |device| {
            let (residual, update) = (leaf(shape, 0.7, device), leaf(shape, 0.4, device));
            // Frozen, as with LoRA.
            let weight = tensor([shape[1]], 0.3, device);
            let (sum, normed) = add_rms_norm(residual.clone(), update.clone(), weight, 1e-5);
            let of_sum = sum.clone() * tensor(shape, 0.9, device);
            let of_normed = normed.clone() * tensor(shape, 0.8, device);
            let mut gradients = (of_sum + of_normed).sum().backward();
            let of_residual = residual.grad_remove(&mut gradients).expect("a gradient");
            let of_update = update.grad_remove(&mut gradients).expect("a gradient");
            [sum.inner(), normed.inner(), of_residual, of_update].map(values).to_vec()
        });
    }
}

#[test]
fn swiglu_on_the_gpu_is_the_cpus() {
    for shape in SHAPES {
        same(&format!("swiglu {shape:?}"), |device| {
            let (gate, up) = (leaf(shape, 0.7, device), leaf(shape, 0.3, device));
            // Far out too, where exponentials overflow.
            let out = swiglu(gate.clone() * 60.0, up.clone());
            let upstream = tensor(shape, 0.9, device);
            let mut gradients = (out.clone() * upstream).sum().backward();
            let of_gate = gate.grad_remove(&mut gradients).expect("a gradient");
            let of_up = up.grad_remove(&mut gradients).expect("a gradient");
            [out.inner(), of_gate, of_up].map(values).to_vec()
        });
    }
}

#[test]
fn adamw_on_the_gpu_is_the_cpus() {
    let with = AdamWStep {
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        decay: 1e-4,
        learning_rate: 1e-2,
        correction1: 1.0 - 0.9_f64.powi(3),
        correction2: 1.0 - 0.999_f64.powi(3),
        scale: 0.3,
    };
    for count in [1, 6, 64, 1_027, 70_000] {
        for shared in [false, true] {
            same(&format!("adamw {count}, shared {shared}"), |device| {
                let weights = tensor([count], 0.7, device);
                let gradient = tensor([count], 0.2, device);
                let mean = tensor([count], 0.5, device);
                let square = tensor([count], 0.3, device).square().add_scalar(0.1);
                // Held elsewhere, so it must not be overwritten.
                let held = shared.then(|| [weights.clone(), mean.clone(), square.clone()]);
                let next = adamw_step(weights, gradient, mean, square, with);
                next.into_iter().chain(held.into_iter().flatten()).map(values).collect()
            });
        }
    }
}

#[test]
fn softmax_stats_on_the_gpu_is_the_cpus() {
    for [tokens, vocab] in
        SHAPES.into_iter().chain([[7, 5_003], [3, 8_192], [3, 20_000], [2, 17_001]])
    {
        same(&format!("softmax_stats [{tokens}, {vocab}]"), |device| {
            let logits = tensor([tokens, vocab], 0.37, device) * 4.0 + 1.0;
            let ids: Vec<i32> = (0..tokens).map(|token| (token * 31 % vocab) as i32).collect();
            let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [tokens]), device);
            let found = softmax_stats(logits, ids);
            let stats = found.stats;
            let columns = (0..5).map(|i| values(stats.clone().narrow(1, i, 1)));
            std::iter::once(values(found.probabilities)).chain(columns).collect()
        });
    }
}

#[test]
fn head_logps_on_the_gpu_is_the_cpus() {
    // Of tokens, width and vocabulary.
    let shapes = [[1, 4, 4], [4, 5, 7], [5, 8, 64], [33, 12, 1_001], [40, 16, 8_192]];
    for [tokens, width, vocab] in shapes {
        let run = |device: &Device, keep: bool| {
            let hidden = leaf([tokens, width], 0.7, device);
            let weight = leaf([vocab, width], 0.13, device);
            let ids: Vec<i32> = (0..tokens).map(|token| (token * 31 % vocab) as i32).collect();
            let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [tokens]), device);
            // Small logits, because a sum's rounding grows with them and shows in every gradient.
            let stats = head_logps(hidden.clone() * 0.3, weight.clone(), ids, keep);
            let logps = stats.clone().narrow(1, 0, 1).reshape([tokens]);
            let mut gradients = (logps * tensor([tokens], 0.9, device)).sum().backward();
            let of_hidden = hidden.grad_remove(&mut gradients).expect("a gradient");
            let of_weight = weight.grad_remove(&mut gradients).expect("a gradient");
            [stats.inner(), of_hidden, of_weight].map(values).to_vec()
        };
        for keep in [true, false] {
            let what = format!("head_logps [{tokens}, {width}, {vocab}], keep {keep}");
            same(&what, |device| run(device, keep));
        }
    }
}

/// More tokens than a dimension has workgroups.
#[test]
fn many_tokens_spread_over_two_dimensions() {
    let shape = [300_000, 4];
    same("rms_norm of many", |device| {
        let weight = tensor([shape[1]], 0.3, device);
        vec![values(rms_norm(tensor(shape, 0.7, device), weight, 1e-5))]
    });
    let shape = [70_000, 3];
    same("softmax_stats of many", |device| {
        let ids = Tensor::<1, Int>::zeros([shape[0]], device);
        let found = softmax_stats(tensor(shape, 0.7, device), ids);
        vec![values(found.probabilities), values(found.stats)]
    });
}

//! The head and its gradients on the CPU: by hand, and against burn's operations.

use burn::tensor::{Device, Shape, TensorData, activation};

use super::*;
use crate::kernels::cpu::{self, CpuTensor};
use crate::kernels::matmul;
use crate::kernels::softmax_stats::softmax_stats;

fn numbers(count: usize, seed: f32) -> Vec<f32> {
    (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect()
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn leaf(values: Vec<f32>, shape: [usize; 2], tracked: bool) -> Tensor<2> {
    let leaf = tensor(values, shape);
    if tracked { leaf.autodiff().require_grad() } else { leaf }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn token_ids([tokens, vocab]: [usize; 2]) -> Vec<i32> {
    (0..tokens).map(|token| (token * 31 % vocab) as i32).collect()
}

/// To 1e-6 of the largest number.
fn close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-6 * largest, "{found} is not {expected}");
    }
}

/// `[tokens]` from hidden states, weight and ids.
type Head = fn(Tensor<2>, Tensor<2>, Tensor<1, Int>) -> Tensor<1>;

const HEADS: [Head; 2] = [kept, computed_again];

fn first_column(columns: Tensor<2>) -> Tensor<1> {
    let [tokens, _] = columns.dims();
    columns.narrow(1, 0, 1).reshape([tokens])
}

fn kept(hidden: Tensor<2>, weight: Tensor<2>, ids: Tensor<1, Int>) -> Tensor<1> {
    first_column(head_logps(hidden, weight, ids, true))
}

fn computed_again(hidden: Tensor<2>, weight: Tensor<2>, ids: Tensor<1, Int>) -> Tensor<1> {
    first_column(head_logps(hidden, weight, ids, false))
}

/// As `logps` had it.
fn composed(hidden: Tensor<2>, weight: Tensor<2>, ids: Tensor<1, Int>) -> Tensor<1> {
    let [tokens, _] = hidden.dims();
    let logs = activation::log_softmax(matmul::linear(hidden, weight), 1);
    logs.gather(1, ids.unsqueeze_dim(1)).reshape([tokens])
}

/// The log-probabilities, and the gradients of hidden states and weight for an upstream one.
fn run(
    head: Head,
    [hidden, weight]: [&Tensor<2>; 2],
    ids: Vec<i32>,
    upstream: Vec<f32>,
) -> (Vec<f32>, [Option<Vec<f32>>; 2]) {
    let tokens = ids.len();
    let ids = Tensor::from_data(TensorData::new(ids, [tokens]), &Device::flex());
    let logps = head(hidden.clone(), weight.clone(), ids);
    let mut gradients = (logps.clone() * tensor(upstream, [tokens])).sum().backward();
    let of_inputs = [hidden, weight].map(|leaf| leaf.grad_remove(&mut gradients).map(values));
    (values(logps.inner()), of_inputs)
}

/// Weights ln 1, ln 2, ln 5. A hidden state of 1 gives p = (1, 2, 5) / 8; 2 squares the odds,
/// (1, 4, 25) / 30. With y = (1, 2) and g = (2, −3) the logits' gradients are
/// 2 (−1, 6, −5) / 8 = (−0.25, 1.5, −1.25) and −3 (−1, −4, 5) / 30 = (0.1, 0.4, −0.5). So
/// dh = (1.5 ln 2 − 1.25 ln 5, 0.4 ln 2 − 0.5 ln 5), and dW is the first and twice the second.
#[test]
fn by_hand() {
    for head in HEADS {
        let hidden = leaf(vec![1.0, 2.0], [2, 1], true);
        let weight = leaf(vec![0.0, 2.0_f32.ln(), 5.0_f32.ln()], [3, 1], true);
        let (logps, gradients) = run(head, [&hidden, &weight], vec![1, 2], vec![2.0, -3.0]);
        close(&logps, &[-1.386_294_4, -0.182_321_6]);
        let [of_hidden, of_weight] = gradients.map(|gradient| gradient.expect("a gradient"));
        close(&of_hidden, &[-0.972_076_6, -0.527_460_1]);
        close(&of_weight, &[-0.05, 2.3, -2.25]);
    }
}

#[test]
fn is_the_composed_one() {
    for [tokens, width, vocab] in [[5, 8, 7], [3, 4, 64], [40, 8, 64], [6, 16, 1_001]] {
        for tracked in [[true, true], [true, false], [false, true]] {
            let hidden = leaf(numbers(tokens * width, 0.7), [tokens, width], tracked[0]);
            let weight = leaf(numbers(vocab * width, 0.3), [vocab, width], tracked[1]);
            let of = |head: Head| {
                let ids = token_ids([tokens, vocab]);
                run(head, [&hidden, &weight], ids, numbers(tokens, 0.9))
            };
            let (logps, gradients) = of(composed);
            assert_eq!(gradients.each_ref().map(Option::is_some), tracked);
            for head in HEADS {
                let (found_logps, found) = of(head);
                close(&found_logps, &logps);
                assert_eq!(found.each_ref().map(Option::is_some), tracked);
                for (found, expected) in found.iter().flatten().zip(gradients.iter().flatten()) {
                    close(found, expected);
                }
            }
        }
    }
}

#[test]
fn columns_are_those_of_the_logits() {
    let [tokens, width, vocab] = [5, 8, 7];
    let hidden = leaf(numbers(tokens * width, 0.7), [tokens, width], true);
    let weight = leaf(numbers(vocab * width, 0.3), [vocab, width], true);
    let ids = TensorData::new(token_ids([tokens, vocab]), [tokens]);
    let ids = Tensor::<1, Int>::from_data(ids, &Device::flex());
    let logits = matmul::linear(hidden.clone(), weight.clone());
    let expected = values(softmax_stats(logits, ids.clone()).stats);
    let found = head_logps(hidden.clone(), weight.clone(), ids.clone(), true);
    assert!(found.is_tracked());
    close(&values(found.inner()), &expected);
    let found = head_logps(hidden.inner(), weight.inner(), ids, true);
    assert!(!found.is_tracked());
    close(&values(found), &expected);
}

#[test]
fn the_kernel_is_the_plain_version() {
    let [tokens, vocab] = [5, 7];
    let probabilities = cpu::tensor(numbers(tokens * vocab, 0.7), Shape::from([tokens, vocab]));
    let grad = cpu::tensor(numbers(tokens * COLUMNS, 0.9), Shape::from([tokens, COLUMNS]));
    let ids = CpuTensor::from_data(TensorData::new(token_ids([tokens, vocab]), [tokens]));
    let expected = plain::logit_gradient::<Flex>(probabilities.clone(), ids.clone(), grad.clone());
    let found = Flex::logit_gradient(probabilities.clone(), ids, grad);
    let (found, expected) = (cpu::numbers(&found), cpu::numbers(&expected));
    close(found.expect("numbers"), expected.expect("numbers"));
    // Held here, so it must not have been overwritten.
    assert_eq!(cpu::numbers(&probabilities), Some(&numbers(tokens * vocab, 0.7)[..]));
}

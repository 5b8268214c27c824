//! Values and gradients against the same written as tensor operations, on the CPU.

use burn::tensor::{Device, TensorData, activation};

use super::*;
use crate::model::positions::rotate;

fn numbers<const D: usize>(shape: [usize; D], seed: f32) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// Cosines and sines of some positions, `[positions, width / 2]` each.
fn angles(positions: &[usize], width: usize) -> [Tensor<2>; 2] {
    let half = width / 2;
    let angle =
        |position: usize, i: usize| position as f32 * 100f32.powf(-(i as f32) / half as f32);
    [f32::cos, f32::sin].map(|f: fn(f32) -> f32| {
        let values: Vec<f32> =
            positions.iter().flat_map(|&p| (0..half).map(move |i| f(angle(p, i)))).collect();
        Tensor::from_data(TensorData::new(values, [positions.len(), half]), &Device::flex())
    })
}

/// Columns' places in their own sequences, a row after another.
fn places(rows: usize, time: usize, sight: &Sight) -> Vec<usize> {
    let place = |row: usize, t: usize| sight.forks.get(row).map_or(t, |fork| fork.position(t));
    (0..rows * time).map(|i| place(i / time, i % time)).collect()
}

fn mask(rows: usize, time: usize, groups: usize, sight: &Sight) -> Tensor<4> {
    let places = places(rows, time, sight);
    let sees = |row: usize, query: usize, key: usize| {
        let apart = |fork: &Fork| !fork.sees(query, key);
        let far = |window: usize| places[row * time + query] >= places[row * time + key] + window;
        key <= query && !sight.forks.get(row).is_some_and(apart) && !sight.window.is_some_and(far)
    };
    let values: Vec<f32> = (0..rows * time * time)
        .map(|i| (i / time / time, i / time % time, i % time))
        .map(|(row, query, key)| if sees(row, query, key) { 0.0 } else { -1e9 })
        .collect();
    let data = TensorData::new(values, [rows, 1, time, time]);
    Tensor::<4>::from_data(data, &Device::flex()).repeat_dim(2, groups)
}

fn plainly([q, k, v]: [Tensor<4>; 3], rotary: bool, sight: &Sight) -> Tensor<4> {
    let [rows, time, heads, width] = q.dims();
    let kv_heads = k.dims()[2];
    let groups = heads / kv_heads;
    let [q, k] = if rotary {
        let [cos, sin] = angles(&places(rows, time, sight), width)
            .map(|x| x.reshape([rows, time, 1, width / 2]));
        let table = (cos, sin);
        [rotate(q, &table), rotate(k, &table)]
    } else {
        [q, k]
    };
    let q = q.reshape([rows, time, kv_heads, groups, width]).permute([0, 2, 3, 1, 4]);
    let q = q.reshape([rows, kv_heads, groups * time, width]);
    let [k, v] = [k, v].map(|x| x.swap_dims(1, 2));
    let scores = q.matmul(k.transpose()).mul_scalar(1.0 / (width as f64).sqrt());
    let mixed = activation::softmax(scores + mask(rows, time, groups, sight), 3).matmul(v);
    mixed
        .reshape([rows, kv_heads, groups, time, width])
        .permute([0, 3, 1, 2, 4])
        .reshape([rows, time, heads, width])
}

/// The output and the gradients of queries, keys and values.
fn run(
    [rows, time, heads, kv_heads, width]: [usize; 5],
    attend: impl Fn([Tensor<4>; 3]) -> Tensor<4>,
) -> [Vec<f32>; 4] {
    let shapes = [heads, kv_heads, kv_heads].map(|heads| [rows, time, heads, width]);
    let [q, k, v] = [(0, 0.7), (1, 0.3), (2, 1.1)]
        .map(|(i, seed)| numbers(shapes[i], seed).autodiff().require_grad());
    let out = attend([q.clone(), k.clone(), v.clone()]);
    let upstream = numbers(out.dims(), 0.9);
    let mut gradients = (out.clone() * upstream).sum().backward();
    let [q, k, v] = [q, k, v].map(|x| x.grad_remove(&mut gradients).expect("a gradient"));
    [out.inner(), q, k, v].map(|x| x.into_data().iter::<f32>().collect())
}

fn check(sizes: [usize; 5], rotary: bool, sight: &Sight) {
    let [_, time, _, _, width] = sizes;
    let expected = run(sizes, |inputs| plainly(inputs, rotary, sight));
    let found = run(sizes, |[q, k, v]| {
        let every: Vec<usize> = (0..time).collect();
        let [cos, sin] = angles(&every, width);
        attention(q, k, v, rotary.then(|| rotary_table(cos, sin)), sight.clone())
    });
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let close = (found - expected).abs() < 1e-4 * expected.abs().max(1.0);
            assert!(close, "{sizes:?}, {sight:?}: {found} is not {expected}");
        }
    }
}

fn window(window: Option<usize>) -> Sight {
    Sight { window, forks: Vec::new() }
}

#[test]
fn values_and_gradients_are_those_of_plain_attention() {
    for groups in [1, 2, 3] {
        for width in [8, 64] {
            for time in [1, 7, 33] {
                for rotary in [false, true] {
                    for size in [None, Some(4)] {
                        check([2, time, 2 * groups, 2, width], rotary, &window(size));
                    }
                }
            }
        }
    }
}

#[test]
fn several_blocks_of_queries_are_one_attention() {
    for time in [64, 65, 130] {
        for size in [None, Some(1), Some(70)] {
            check([1, time, 2, 1, 8], true, &window(size));
        }
    }
}

#[test]
fn completions_of_one_prompt_dont_see_each_other() {
    for time in [9, 130] {
        let second = [time / 2, time - 1, time / 3];
        let forks: Vec<Fork> = [time / 4, 1, time / 3]
            .into_iter()
            .zip(second)
            .map(|(prompt, second)| Fork { prompt, second })
            .collect();
        for rotary in [false, true] {
            for window in [None, Some(3)] {
                check([3, time, 4, 2, 8], rotary, &Sight { window, forks: forks.clone() });
            }
        }
    }
}

#[test]
fn without_a_graph_the_values_are_the_same() {
    let [q, k, v] = [0.7, 0.3, 1.1].map(|seed| numbers([2, 9, 2, 8], seed));
    let expected = plainly([q.clone(), k.clone(), v.clone()], false, &window(None)).into_data();
    let found = attention(q, k, v, None, window(None)).into_data();
    for (found, expected) in found.iter::<f32>().zip(expected.iter::<f32>()) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
}

#[test]
fn only_what_asks_for_a_gradient_gets_one() {
    let [q, k] = [0.7, 0.3].map(|seed| numbers([1, 5, 2, 8], seed).autodiff());
    let v = numbers([1, 5, 2, 8], 1.1).autodiff().require_grad();
    let mixed = attention(q.clone(), k.clone(), v.clone(), None, window(None));
    let mut gradients = mixed.sum().backward();
    assert!(q.grad_remove(&mut gradients).is_none());
    assert!(k.grad_remove(&mut gradients).is_none());
    // Each query's weights sum to one.
    let found = v.grad_remove(&mut gradients).expect("a gradient").into_data();
    let total: f32 = found.iter::<f32>().sum();
    assert!((total - 80.0).abs() < 1e-3, "{total}");
}

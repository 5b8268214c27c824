//! Attention's kernels on a GPU against the CPU: values and gradients.

use burn::tensor::{Device, Tensor, TensorData};
use temper_engine::data::batch::Fork;
use temper_engine::device::read;
use temper_engine::kernels::attention::{Sight, attention, rotary_table};
use temper_tests::{cpu, gpu};

/// Rows, time, heads, key heads, width: tiles that don't fill and more than one, key heads shared
/// by one, two and three; last, a width that the kernels leave to burn.
const SIZES: [[usize; 5]; 8] = [
    [2, 1, 2, 2, 8],
    [3, 7, 4, 2, 8],
    [2, 33, 6, 2, 16],
    [1, 65, 3, 1, 64],
    [2, 130, 4, 4, 32],
    [1, 50, 2, 1, 128],
    [1, 40, 2, 2, 24],
    [2, 20, 2, 1, 12],
];

fn numbers<const D: usize>(shape: [usize; D], seed: f32, device: &Device) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn table(time: usize, width: usize, device: &Device) -> Tensor<2> {
    let half = width / 2;
    let angle = |i: usize| (i / half) as f32 * 100f32.powf(-((i % half) as f32) / half as f32);
    let [cos, sin] = [f32::cos, f32::sin].map(|f: fn(f32) -> f32| {
        let values: Vec<f32> = (0..time * half).map(|i| f(angle(i))).collect();
        Tensor::from_data(TensorData::new(values, [time, half]), device)
    });
    rotary_table(cos, sin)
}

/// The output and the three gradients.
fn run(
    [rows, time, heads, kv_heads, width]: [usize; 5],
    rotary: bool,
    sight: &Sight,
    device: &Device,
) -> Vec<f32> {
    let input =
        |heads, seed| numbers([rows, time, heads, width], seed, device).autodiff().require_grad();
    let [q, k, v] = [input(heads, 0.7), input(kv_heads, 0.3), input(kv_heads, 1.1)];
    let rotary = rotary.then(|| table(time, width, device));
    let out = attention(q.clone(), k.clone(), v.clone(), rotary, sight.clone());
    let upstream = numbers([rows, time, heads, width], 0.9, device);
    let mut gradients = (out.clone() * upstream).sum().backward();
    let [q, k, v] = [q, k, v].map(|x| x.grad_remove(&mut gradients).expect("a gradient"));
    let values = [out.inner(), q, k, v].map(|tensor| pollster::block_on(read(tensor)));
    values.into_iter().flat_map(|values| values.expect("the device answers")).collect()
}

fn check(sizes: [usize; 5], rotary: bool, sight: &Sight) {
    let expected = run(sizes, rotary, sight, &cpu().device);
    let found = run(sizes, rotary, sight, &gpu().device);
    assert_eq!(expected.len(), found.len());
    let worst = expected.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "{sizes:?}, rotary {rotary}, {sight:?}: {worst}");
}

#[test]
fn attention_on_the_gpu_is_the_cpus() {
    for sizes in SIZES {
        for rotary in [false, true] {
            for window in [None, Some(5)] {
                check(sizes, rotary, &Sight { window, forks: Vec::new() });
            }
        }
    }
}

#[test]
fn completions_of_one_prompt_dont_see_each_other_on_the_gpu() {
    for time in [9, 200] {
        let forks = [(time / 4, time / 2), (1, time - 1), (time / 3, time / 3)]
            .map(|(prompt, second)| Fork { prompt, second });
        for rotary in [false, true] {
            for window in [None, Some(30)] {
                check([3, time, 4, 2, 16], rotary, &Sight { window, forks: forks.to_vec() });
            }
        }
    }
}

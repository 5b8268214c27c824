//! Our kernels on a GPU against the CPU: values and gradients, whole and odd sizes.

use burn::tensor::{Device, Tensor, TensorData};
use temper_engine::device::read;
use temper_engine::kernels::matmul::{Layout, matmul};
use temper_tests::{cpu, gpu};

/// batch, m, k, n: LoRA's thin sides, tiles that don't fill, sizes that aren't multiples of four
/// (which have a kernel of their own), more than one workgroup.
const SIZES: [[usize; 4]; 7] = [
    [1, 8, 16, 8],
    [1, 13, 8, 12],
    [3, 5, 7, 6],
    [4, 36, 40, 20],
    [2, 100, 4, 68],
    [1, 1, 64, 512],
    [1, 130, 260, 136],
];

fn numbers(shape: [usize; 3], seed: f32, device: &Device) -> Tensor<3> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The product and both gradients.
fn run([batch, m, k, n]: [usize; 4], layout: Layout, device: &Device) -> Vec<f32> {
    let [shape_a, shape_b] = layout.shapes([batch, m, k, n]);
    let a = numbers(shape_a, 0.7, device).autodiff().require_grad();
    let b = numbers(shape_b, 0.3, device).autodiff().require_grad();
    let out = matmul(a.clone(), b.clone(), layout);
    let upstream = numbers([batch, m, n], 0.9, device);
    let mut gradients = (out.clone() * upstream).sum().backward();
    let grad_a = a.grad_remove(&mut gradients).expect("a gradient");
    let grad_b = b.grad_remove(&mut gradients).expect("a gradient");
    let values = [out.inner(), grad_a, grad_b].map(|tensor| pollster::block_on(read(tensor)));
    values.into_iter().flat_map(|values| values.expect("the device answers")).collect()
}

#[test]
fn matmul_on_the_gpu_is_the_cpus() {
    let (cpu, gpu) = (cpu().device, gpu().device);
    for sizes in SIZES {
        for layout in Layout::ALL {
            let expected = run(sizes, layout, &cpu);
            let found = run(sizes, layout, &gpu);
            let worst = expected.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // Sums of up to 260 products of numbers below 1, in another order.
            assert!(worst < 1e-4, "{sizes:?}, {layout:?}: {worst}");
            assert_eq!(expected.len(), found.len());
        }
    }
}

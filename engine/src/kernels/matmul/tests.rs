//! The product and its gradients in every layout, against sums written out.

use burn::tensor::{Device, TensorData};

use super::*;

/// Whether a kernel's text has all its parts, in every layout.
pub fn assert_filled(source: fn(Layout) -> String, placeholders: &[&str]) {
    for layout in Layout::ALL {
        let text = source(layout);
        for placeholder in placeholders {
            assert!(!text.contains(placeholder), "{placeholder} in {layout:?}");
        }
    }
}

fn numbers(count: usize, seed: f32) -> Vec<f32> {
    (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect()
}

fn tensor(values: &[f32], shape: [usize; 3]) -> Tensor<3> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
}

/// Indices of an element of a matrix that may lie transposed.
fn at(transposed: bool, i: usize, j: usize, rows: usize, columns: usize) -> usize {
    if transposed { j * rows + i } else { i * columns + j }
}

fn close(found: Tensor<3>, expected: &[f32]) {
    let found: Vec<f32> = found.into_data().iter::<f32>().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }
}

#[test]
fn values_and_gradients_in_every_layout() {
    let (batch, m, k, n) = (3, 5, 7, 6);
    for layout in [Layout::Plain, Layout::RightTransposed, Layout::LeftTransposed] {
        let left = layout == Layout::LeftTransposed;
        let right = layout == Layout::RightTransposed;
        let (a, b) = (numbers(batch * m * k, 0.7), numbers(batch * k * n, 0.3));
        let upstream = numbers(batch * m * n, 0.9);
        let (mut out, mut grad_a, mut grad_b) =
            (vec![0.0; batch * m * n], vec![0.0; a.len()], vec![0.0; b.len()]);
        for z in 0..batch {
            for (i, j, p) in
                (0..m).flat_map(|i| (0..n).flat_map(move |j| (0..k).map(move |p| (i, j, p))))
            {
                let at_a = z * m * k + at(left, i, p, m, k);
                let at_b = z * k * n + at(right, p, j, k, n);
                let at_out = z * m * n + i * n + j;
                out[at_out] += a[at_a] * b[at_b];
                grad_a[at_a] += upstream[at_out] * b[at_b];
                grad_b[at_b] += upstream[at_out] * a[at_a];
            }
        }
        let shape_a = if left { [batch, k, m] } else { [batch, m, k] };
        let shape_b = if right { [batch, n, k] } else { [batch, k, n] };
        let a = tensor(&a, shape_a).autodiff().require_grad();
        let b = tensor(&b, shape_b).autodiff().require_grad();
        let found = matmul(a.clone(), b.clone(), layout);
        let mut gradients = (found.clone() * tensor(&upstream, [batch, m, n])).sum().backward();
        close(found.inner(), &out);
        close(a.grad_remove(&mut gradients).unwrap(), &grad_a);
        close(b.grad_remove(&mut gradients).unwrap(), &grad_b);
    }
}

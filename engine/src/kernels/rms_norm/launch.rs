//! Sending the norm's kernels to a GPU.

use burn::backend::TensorMetadata;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::wgsl::{Kernel, THREADS, TOKENS};
use super::{RmsNormKernels, plain};
use crate::kernels::gpu;

impl RmsNormKernels for CubeBackend {
    fn norm_forward(
        x: FloatTensor<Self>,
        update: Option<FloatTensor<Self>>,
        weight: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        if !gpu::takes(&[&x, &weight, update.as_ref().unwrap_or(&x)]) {
            return plain::forward::<Self>(x, update, weight, eps);
        }
        let [x, weight] = [x, weight].map(into_contiguous);
        let vectors = gpu::in_vectors(width(&weight));
        let normed = gpu::empty(&x, x.shape());
        let Some(update) = update.map(into_contiguous) else {
            let kernel = Kernel::Forward { vectors, add: false };
            launch(kernel, &[&x, &weight, &normed], width(&weight), eps);
            return (x, normed);
        };
        let sum = gpu::empty(&x, x.shape());
        let kernel = Kernel::Forward { vectors, add: true };
        launch(kernel, &[&x, &update, &weight, &sum, &normed], width(&weight), eps);
        (sum, normed)
    }

    fn norm_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        direct: Option<FloatTensor<Self>>,
        eps: f64,
        weight_too: bool,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>) {
        if !gpu::takes(&[&x, &weight, &grad, direct.as_ref().unwrap_or(&x)]) {
            return plain::backward::<Self>(x, weight, grad, direct, eps, weight_too);
        }
        let [x, weight, grad] = [x, weight, grad].map(into_contiguous);
        let direct = direct.map(into_contiguous);
        let width = width(&weight);
        let tokens = x.shape().num_elements() / width;
        let grad_x = gpu::empty(&x, x.shape());
        let products = weight_too.then(|| gpu::empty(&x, Shape::from([tokens, width])));
        let mut buffers = vec![&x, &weight, &grad];
        buffers.extend(&direct);
        buffers.push(&grad_x);
        buffers.extend(&products);
        let vectors = gpu::in_vectors(width);
        let kernel = Kernel::Backward { vectors, add: direct.is_some(), weight: weight_too };
        launch(kernel, &buffers, width, eps);
        (grad_x, products.map(plain::sum_tokens::<Self>))
    }
}

fn width(weight: &CubeTensor) -> usize {
    weight.shape().num_elements()
}

/// The first buffer is `[tokens, width]`, whatever its dimensions.
fn launch(kernel: Kernel, buffers: &[&CubeTensor], width: usize, eps: f64) {
    let tokens = buffers[0].shape().num_elements() / width;
    let cells = if gpu::in_vectors(width) { width / 4 } else { width };
    let info = [tokens as u32, cells as u32, (eps as f32).to_bits()];
    gpu::launch(kernel, [THREADS, TOKENS], tokens.div_ceil(TOKENS), buffers, &info);
}

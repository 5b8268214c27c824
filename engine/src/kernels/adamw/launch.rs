//! The step's WGSL, and sending it to a GPU.

use burn::backend::TensorMetadata;
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::{AdamWOps, AdamWStep, Constants, plain};
use crate::kernels::gpu::{self, Wgsl};

/// The running means are overwritten, and the weights where they may be. `info` is the count and
/// the constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kernel {
    vectors: bool,
    in_place: bool,
}

const STEP: &str = "      let gradient = Gradient[i] * bitcast<f32>(info[1]);
      let mean = Mean[i] * bitcast<f32>(info[2]) + gradient * bitcast<f32>(info[3]);
      let square = Square[i] * bitcast<f32>(info[4]) + gradient * gradient * bitcast<f32>(info[5]);
      Mean[i] = mean;
      Square[i] = square;
      let root = sqrt(square) / bitcast<f32>(info[6]) + V(bitcast<f32>(info[7]));
      OUT[i] = Weights[i] * bitcast<f32>(info[8]) - mean / root * bitcast<f32>(info[9]);
";

impl Wgsl for Kernel {
    fn source(self) -> String {
        let mut buffers = gpu::of_vectors(["Weights", "Gradient", "Mean", "Square"]).to_vec();
        if !self.in_place {
            buffers.push(("Next", "V"));
        }
        let out = if self.in_place { "Weights" } else { "Next" };
        gpu::elementwise(self.vectors, &buffers, &STEP.replace("OUT", out))
    }
}

impl AdamWOps for CubeBackend {
    fn adamw_step(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: AdamWStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let with = Constants::from(step);
        if !gpu::takes(&[&weights, &gradient, &mean, &square]) {
            return plain::step::<Self>(weights, gradient, mean, square, with);
        }
        let [weights, gradient] = [weights, gradient].map(into_contiguous);
        let [mean, square] = [mean, square].map(own);
        let numbers = weights.shape().num_elements();
        let in_place = weights.can_mut();
        let vectors = gpu::in_vectors(numbers);
        let kernel = Kernel { vectors, in_place };
        let next = (!in_place).then(|| gpu::empty(&weights, weights.shape()));
        let mut buffers = vec![&weights, &gradient, &mean, &square];
        buffers.extend(&next);
        gpu::launch_elementwise(kernel, gpu::cells(numbers, vectors), &buffers, &with.bits());
        (next.unwrap_or(weights), mean, square)
    }
}

impl Constants {
    /// In the order in which the text reads them.
    fn bits(self) -> [u32; 9] {
        let Self { scale, beta1, rest1, beta2, rest2, root, eps, keep, rate } = self;
        [scale, beta1, rest1, beta2, rest2, root, eps, keep, rate].map(f32::to_bits)
    }
}

/// A contiguous tensor that nothing else holds.
fn own(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() { tensor } else { tensor.copy() }
}

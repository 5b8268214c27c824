//! The step on the CPU: one loop, which writes where it reads.

use std::ops::Range;

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::DType;

use super::{AdamWOps, AdamWStep, Constants, plain};
use crate::kernels::cpu::{self, CpuTensor};
use crate::kernels::rows::{Rows, for_rows};

impl AdamWOps for Flex {
    fn adamw_step(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: AdamWStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let with = Constants::from(step);
        let all = [&weights, &gradient, &mean, &square];
        if all.iter().any(|tensor| tensor.dtype() != DType::F32) {
            return plain::step::<Self>(weights, gradient, mean, square, with);
        }
        let [mut weights, mut mean, mut square] = [weights, mean, square].map(whole);
        let gradient = cpu::contiguous(gradient);
        let gradients = cpu::numbers(&gradient).unwrap_or(&[]);
        let [w, m, s] =
            [&mut weights, &mut mean, &mut square].map(|tensor| tensor.storage_mut::<f32>());
        for_rows(gradients.len(), [w, m, s], &Update { gradients, with });
        (weights, mean, square)
    }
}

/// A tensor that is all of its storage, still unshared if it was.
fn whole(tensor: CpuTensor) -> CpuTensor {
    tensor.to_contiguous()
}

struct Update<'a> {
    gradients: &'a [f32],
    with: Constants,
}

impl Rows<3> for Update<'_> {
    #[inline(always)]
    fn run(&self, numbers: Range<usize>, [weights, mean, square]: [&mut [f32]; 3]) {
        let with = self.with;
        let state = weights.iter_mut().zip(mean).zip(square);
        for (((weight, mean), square), gradient) in state.zip(&self.gradients[numbers]) {
            let gradient = gradient * with.scale;
            *mean = *mean * with.beta1 + gradient * with.rest1;
            *square = *square * with.beta2 + gradient * gradient * with.rest2;
            let root = square.sqrt() / with.root + with.eps;
            *weight = *weight * with.keep - *mean / root * with.rate;
        }
    }
}

//! The gradient on the CPU: a loop over tokens, which writes where it reads.

use std::ops::Range;

use burn::backend::Flex;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::DType;

use super::{COLUMNS, HeadKernels, plain};
use crate::kernels::cpu;
use crate::kernels::rows::{Rows, for_rows};

impl HeadKernels for Flex {
    fn logit_gradient(
        probabilities: FloatTensor<Self>,
        ids: IntTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        // All of its storage, and still unshared if it was, because the map consumes it.
        let [mut out, grad] = [probabilities, grad].map(|tensor| tensor.to_contiguous());
        let ids = cpu::contiguous(ids);
        let (DType::F32, Some(picked), Some(grads)) =
            (out.dtype(), ids.as_slice::<i32>(), cpu::numbers(&grad))
        else {
            return plain::logit_gradient::<Self>(out, ids, grad);
        };
        for_rows(picked.len(), [out.storage_mut::<f32>()], &Tokens { ids: picked, grads });
        out
    }
}

struct Tokens<'a> {
    /// `[tokens]`
    ids: &'a [i32],
    /// `[tokens, 5]`
    grads: &'a [f32],
}

impl Rows<1> for Tokens<'_> {
    #[inline(always)]
    fn run(&self, tokens: Range<usize>, [out]: [&mut [f32]; 1]) {
        let vocab = (out.len() / tokens.len().max(1)).max(1);
        for (i, row) in tokens.zip(out.chunks_mut(vocab)) {
            let g = self.grads[i * COLUMNS];
            for p in row.iter_mut() {
                *p *= -g;
            }
            row[self.ids[i] as usize] += g;
        }
    }
}

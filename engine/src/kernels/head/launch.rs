//! The gradient's WGSL, and sending it to a GPU.

use burn::backend::TensorMetadata;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::DType;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;

use super::{COLUMNS, HeadKernels, plain};
use crate::kernels::gpu::{self, Wgsl};

/// `info` is (values of `V`, values of `V` a token).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kernel {
    vectors: bool,
}

const GRADIENT: &str = include_str!("gradient.wgsl");

impl Wgsl for Kernel {
    fn source(self) -> String {
        let buffers = [("Numbers", "V"), ("Ids", "i32"), ("Grad", "f32")];
        let picked = if self.vectors {
            "vec4<u32>(at, at + 1u, at + 2u, at + 3u) == vec4<u32>(id)"
        } else {
            "at == id"
        };
        let body = GRADIENT.replace("PICKED", picked).replace("COLUMNS", &format!("{COLUMNS}u"));
        gpu::elementwise(self.vectors, &buffers, &body)
    }
}

impl HeadKernels for CubeBackend {
    fn logit_gradient(
        probabilities: FloatTensor<Self>,
        ids: IntTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        if !gpu::takes(&[&probabilities, &grad]) || ids.dtype != DType::I32 {
            return plain::logit_gradient::<Self>(probabilities, ids, grad);
        }
        let [probabilities, ids, grad] = [probabilities, ids, grad].map(into_contiguous);
        let (tokens, vocab) = (probabilities.shape()[0], probabilities.shape()[1]);
        let out = if probabilities.can_mut() { probabilities } else { probabilities.copy() };
        let vectors = gpu::in_vectors(vocab);
        let row = gpu::cells(vocab, vectors);
        let buffers = [&out, &ids, &grad];
        gpu::launch_elementwise(Kernel { vectors }, tokens * row, &buffers, &[row as u32]);
        out
    }
}

//! The gradient's WGSL, and sending it to a GPU.

use burn::backend::TensorMetadata;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::DType;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;

use super::{COLUMNS, HeadKernels, plain};
use crate::kernels::gpu::{self, Wgsl};

/// Threads of a workgroup.
const THREADS: usize = 64;
/// Values of `V` that a thread computes.
const ITEMS: usize = 4;

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
        let sizes = [("THREADS", THREADS), ("ITEMS", ITEMS), ("COLUMNS", COLUMNS)];
        let sizes = sizes.map(|(name, size)| format!("const {name} = {size}u;\n")).concat();
        gpu::text(self.vectors, &buffers, &(sizes + &GRADIENT.replace("PICKED", picked)))
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
        let row = if vectors { vocab / 4 } else { vocab };
        let cells = tokens * row;
        let groups = cells.div_ceil(THREADS * ITEMS);
        let info = [cells as u32, row as u32];
        gpu::launch(Kernel { vectors }, [THREADS, 1], groups, &[&out, &ids, &grad], &info);
        out
    }
}

//! The softmax's WGSL, and sending it to a GPU: a workgroup a token, one barrier.

use burn::backend::TensorMetadata;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;

use super::{COLUMNS, SoftmaxStatsOps, plain};
use crate::kernels::gpu::{self, Wgsl};

/// Vocabularies below this are small.
const SMALL: usize = 1 << 14;

/// `info` is (tokens, values of `V` a token).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kernel {
    vectors: bool,
    /// That share a token.
    threads: usize,
}

/// Each thread costs a software adapter a share of the barrier and reads all others' sums.
/// Measured on SwiftShader: 512 tokens over 2,048 take 25 ms by 16 threads, 118 by 64; 32 tokens
/// over 49,152 take 42 ms and 48, and a GPU wants the 64.
fn threads(vocab: usize) -> usize {
    if vocab < SMALL { 16 } else { 64 }
}

const SOFTMAX: &str = include_str!("softmax.wgsl");

impl Wgsl for Kernel {
    fn source(self) -> String {
        let buffers = [("Logits", "V"), ("Ids", "i32"), ("Probabilities", "V"), ("Stats", "f32")];
        let picked =
            if self.vectors { "Logits[start + id / 4u][id % 4u]" } else { "Logits[start + id]" };
        let sizes = format!("const THREADS = {}u;\nconst COLUMNS = {COLUMNS}u;", self.threads);
        gpu::text(self.vectors, &buffers, &(sizes + &SOFTMAX.replace("PICKED", picked)))
    }
}

impl SoftmaxStatsOps for CubeBackend {
    fn softmax_stats(
        logits: FloatTensor<Self>,
        ids: IntTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        if !gpu::takes(&[&logits]) || ids.dtype != DType::I32 {
            return plain::softmax::<Self>(logits, ids);
        }
        let [logits, ids] = [logits, ids].map(into_contiguous);
        let (tokens, vocab) = (logits.shape()[0], logits.shape()[1]);
        let probabilities = gpu::empty(&logits, logits.shape());
        let stats = gpu::empty(&logits, Shape::from([tokens, COLUMNS]));
        let vectors = gpu::in_vectors(vocab);
        let cells = gpu::cells(vocab, vectors);
        let info = [tokens as u32, cells as u32];
        let buffers = [&logits, &ids, &probabilities, &stats];
        let threads = threads(vocab);
        gpu::launch(Kernel { vectors, threads }, [threads, 1], tokens, &buffers, &info);
        (probabilities, stats)
    }
}

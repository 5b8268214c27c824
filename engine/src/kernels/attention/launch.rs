//! Sending the WGSL kernels to a GPU.

use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::wgsl::{Kernel, Kind};
use super::{AttentionKernels, Inputs, Outputs, Sight, Sizes, plain};
use crate::kernels::gpu;

/// Numbers of the widest head that the kernels take: wider ones leave no registers.
const WIDEST: usize = 128;

impl AttentionKernels for CubeBackend {
    fn attention_forward(inputs: Inputs<Self>) -> Outputs<Self> {
        match Plan::new(&inputs) {
            Some(plan) => plan.forward(inputs),
            None => Outputs { out: plain::forward(inputs), log_sums: None },
        }
    }

    fn attention_backward(
        inputs: Inputs<Self>,
        outputs: Outputs<Self>,
        grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3] {
        let Outputs { out, log_sums } = outputs;
        match (Plan::new(&inputs), log_sums) {
            (Some(plan), Some(log_sums)) => plan.backward(inputs, out, log_sums, grad),
            _ => plain::backward(inputs, out, grad),
        }
    }
}

/// A call that the kernels can do.
struct Plan {
    sizes: Sizes,
    rotary: bool,
    emulated: bool,
    /// See [`super::wgsl`].
    info: Vec<u32>,
}

impl Plan {
    /// `None` where the kernels don't fit.
    fn new(inputs: &Inputs<CubeBackend>) -> Option<Self> {
        let sizes = inputs.sizes();
        let Sizes { rows, time, heads, kv_heads, width } = sizes;
        let tensors: Vec<&CubeTensor> =
            [&inputs.q, &inputs.k, &inputs.v].into_iter().chain(&inputs.table).collect();
        let properties = inputs.q.client.properties();
        // The backward pass lays out all of queries, keys, values and gradients in one buffer.
        let laid = [2, rows, time, heads + kv_heads, width, DType::F32.size()];
        let laid_bytes: u64 = laid.iter().map(|&size| size as u64).product();
        let fits = width.is_multiple_of(8)
            && width <= WIDEST
            && gpu::takes(&tensors)
            && laid_bytes <= properties.memory.max_page_size;
        let name = properties.identity.name.to_lowercase();
        let software = ["swiftshader", "llvmpipe", "lavapipe"].iter().any(|s| name.contains(s));
        // No GPU computes fewer than eight side by side.
        let emulated = software || properties.hardware.plane_size_max < 8;
        let rotary = inputs.table.is_some();
        fits.then(|| Self { sizes, rotary, emulated, info: info(sizes, &inputs.sight) })
    }

    fn forward(&self, inputs: Inputs<CubeBackend>) -> Outputs<CubeBackend> {
        let Sizes { rows, time, heads, kv_heads, width } = self.sizes;
        let [q, k, v] = [inputs.q, inputs.k, inputs.v].map(into_contiguous);
        let table = inputs.table.map(into_contiguous);
        let work = gpu::empty(&q, Shape::from([rows, heads + kv_heads, width, time]));
        self.lay(Kind::Prepare, &[&q, &k, &work], table.as_ref());
        let out = gpu::empty(&q, Shape::from([rows, time, heads, width]));
        let log_sums = gpu::empty(&q, Shape::from([rows, time, heads]));
        self.attend(Kind::Forward, heads, &[&work, &v, &out, &log_sums], None);
        Outputs { out, log_sums: Some(log_sums) }
    }

    fn backward(
        &self,
        inputs: Inputs<CubeBackend>,
        out: CubeTensor,
        log_sums: CubeTensor,
        grad: CubeTensor,
    ) -> [CubeTensor; 3] {
        let Sizes { rows, time, heads, kv_heads, width } = self.sizes;
        let [q, k, v] = [inputs.q, inputs.k, inputs.v].map(into_contiguous);
        let [out, grad] = [out, grad].map(into_contiguous);
        let table = inputs.table.map(into_contiguous);
        let table = table.as_ref();
        let work = gpu::empty(&q, Shape::from([2, rows, heads + kv_heads, width, time]));
        self.lay(Kind::PrepareBackward, &[&q, &k, &v, &grad, &work], table);
        let deltas = gpu::empty(&q, Shape::from([rows, time, heads]));
        let of_q = gpu::empty(&q, Shape::from([rows, time, heads, width]));
        self.attend(Kind::Queries, heads, &[&work, &log_sums, &deltas, &out, &of_q], table);
        let of_k = gpu::empty(&q, Shape::from([rows, time, kv_heads, width]));
        let of_v = gpu::empty(&q, Shape::from([rows, time, kv_heads, width]));
        let buffers = [&work, &log_sums, &deltas, &of_k, &of_v];
        self.attend(Kind::KeysValues, kv_heads, &buffers, table);
        [of_q, of_k, of_v]
    }

    /// An invocation for every two vectors of four numbers.
    fn lay(&self, kind: Kind, buffers: &[&CubeTensor], table: Option<&CubeTensor>) {
        let Sizes { rows, time, heads, kv_heads, width } = self.sizes;
        let passes = if kind == Kind::PrepareBackward { 2 } else { 1 };
        let pairs = passes * rows * time * (heads + kv_heads) * width / 8;
        self.launch(kind, pairs.div_ceil(self.kernel(kind).tile()), buffers, table);
    }

    /// A workgroup for every tile of positions of a head.
    fn attend(
        &self,
        kind: Kind,
        heads: usize,
        buffers: &[&CubeTensor],
        table: Option<&CubeTensor>,
    ) {
        let tiles = self.sizes.time.div_ceil(self.kernel(kind).tile());
        self.launch(kind, tiles * heads * self.sizes.rows, buffers, table);
    }

    fn launch(
        &self,
        kind: Kind,
        groups: usize,
        buffers: &[&CubeTensor],
        table: Option<&CubeTensor>,
    ) {
        let kernel = self.kernel(kind);
        let buffers: Vec<&CubeTensor> = buffers.iter().copied().chain(table).collect();
        gpu::launch(kernel, [kernel.lanes(), 1], groups, &buffers, &self.info);
    }

    fn kernel(&self, kind: Kind) -> Kernel {
        let Self { sizes, rotary, emulated, .. } = self;
        Kernel { kind, width: sizes.width, rotary: *rotary, emulated: *emulated }
    }
}

fn info(sizes: Sizes, sight: &Sight) -> Vec<u32> {
    let Sizes { rows, time, heads, kv_heads, width } = sizes;
    // Without one, as far as the kernels' sums don't overflow.
    let window = sight.window.unwrap_or(usize::MAX).min(i32::MAX as usize);
    let of_queries = rows * heads * time * width / 4;
    let of_keys = rows * kv_heads * time * width / 4;
    let [keys, values, grads] = [0, 1, 2].map(|before| of_queries + before * of_keys);
    let mut info = vec![rows, time, heads, kv_heads, window, keys, values, grads];
    for row in 0..rows {
        let fork = sight.forks.get(row);
        info.extend(fork.map_or([time, time], |fork| [fork.prompt, fork.second]));
    }
    info.into_iter().map(|number| number as u32).collect()
}

//! What the fused WGSL kernels share: their frame, buffers and launch.
//!
//! A kernel's text is written once over `V`, which is a vector of four where rows allow it and a
//! single number where not. Every buffer is read_write, because cubecl's pool may put several
//! tensors into one WebGPU buffer; and no barrier stands behind a condition that reads a buffer,
//! because browsers can't see then that all threads reach it.

use std::fmt::Debug;
use std::hash::Hash;

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::template::{KernelSource, SourceKernel, SourceTemplate};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::KernelId;
use cubecl::server::KernelArguments;
use cubecl::{CubeCount, CubeDim};

/// WebGPU's least maximum of workgroups along a dimension.
const MOST_GROUPS: usize = 65_535;
/// Threads of a workgroup in element-wise kernels.
const THREADS: usize = 64;
/// Values of `V` that a thread of an element-wise kernel computes.
const ITEMS: usize = 4;

const VECTORS: &str = "alias V = vec4<f32>;
const WIDTH = 4u;
fn total(v: V) -> f32 { return (v.x + v.y) + (v.z + v.w); }
fn largest(v: V) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
";
const SCALARS: &str = "alias V = f32;
const WIDTH = 1u;
fn total(v: V) -> f32 { return v; }
fn largest(v: V) -> f32 { return v; }
";

/// A kernel, in one of its forms.
pub trait Wgsl: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// Its text.
    fn source(self) -> String;
}

#[derive(Debug)]
struct Source<K>(K);

impl<K: Wgsl> KernelSource for Source<K> {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.0.source())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.0)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// Whether rows of so many numbers can be read four at a time.
pub fn in_vectors(width: usize) -> bool {
    width.is_multiple_of(4)
}

/// Whether a kernel can take these: f32, and not empty.
pub fn takes(tensors: &[&CubeTensor]) -> bool {
    tensors.iter().all(|tensor| tensor.dtype == DType::F32 && tensor.shape().num_elements() > 0)
}

/// A new tensor beside another, uninitialised.
pub fn empty(like: &CubeTensor, shape: Shape) -> CubeTensor {
    let buffer = like.client.empty(shape.num_elements() * like.dtype.size());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, buffer, like.dtype)
}

/// A whole text: the definition of `V`, buffers in the order of their bindings with what each
/// holds, `info` as the last of them, and the rest.
pub fn text(vectors: bool, buffers: &[(&str, &str)], rest: &str) -> String {
    let mut text = String::from(if vectors { VECTORS } else { SCALARS });
    for (binding, (name, kind)) in buffers.iter().chain(&[("info", "u32")]).enumerate() {
        text += &format!(
            "@group(0) @binding({binding}) var<storage, read_write> {name}: array<{kind}>;\n"
        );
    }
    text + rest
}

/// The text of a kernel that does `body` for every index `i` below `info[0]`. Buffers as in
/// [`text`].
pub fn elementwise(vectors: bool, buffers: &[(&str, &str)], body: &str) -> String {
    let rest = format!(
        "@compute @workgroup_size({THREADS})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {{
  let first = (group.y * groups.x + group.x) * {per_group}u + thread;
  for (var k = 0u; k < {ITEMS}u; k += 1u) {{
    let i = first + k * {THREADS}u;
    if (i < info[0]) {{
{body}    }}
  }}
}}
",
        per_group = THREADS * ITEMS
    );
    text(vectors, buffers, &rest)
}

/// Buffers that all hold `V`.
pub fn of_vectors<const N: usize>(names: [&'static str; N]) -> [(&'static str, &'static str); N] {
    names.map(|name| (name, "V"))
}

/// Values of `V` in so many numbers.
pub fn cells(numbers: usize, vectors: bool) -> usize {
    if vectors { numbers / 4 } else { numbers }
}

/// Launches an element-wise kernel over so many values of `V`. `info` begins with their count;
/// `more` follows.
pub fn launch_elementwise<K: Wgsl>(kernel: K, cells: usize, buffers: &[&CubeTensor], more: &[u32]) {
    let mut info = vec![cells as u32];
    info.extend(more);
    launch(kernel, [THREADS, 1], cells.div_ceil(THREADS * ITEMS), buffers, &info);
}

/// Launches so many workgroups of `threads`. The buffers are bound in order, `info` after them.
pub fn launch<K: Wgsl>(
    kernel: K,
    threads: [usize; 2],
    groups: usize,
    buffers: &[&CubeTensor],
    info: &[u32],
) {
    let client = &buffers[0].client;
    let info = client.create_from_slice(bytemuck::cast_slice(info));
    let mut bindings: Vec<_> =
        buffers.iter().map(|buffer| buffer.handle.clone().binding()).collect();
    bindings.push(info.binding());
    let threads = CubeDim::new_2d(threads[0] as u32, threads[1] as u32);
    let rows = groups.div_ceil(MOST_GROUPS);
    let count = CubeCount::Static(groups.div_ceil(rows) as u32, rows as u32, 1);
    let kernel = SourceKernel::new(Source(kernel), threads);
    client.launch(Box::new(kernel), count, KernelArguments::new().with_buffers(bindings));
}

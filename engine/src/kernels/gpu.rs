//! What the fused WGSL kernels share: their frame, buffers and launch.
//!
//! A kernel's text is written once over `V`, which is a vector of four where rows allow it and a
//! single number where not. Every tensor is read_write, because cubecl's pool may put several into
//! one WebGPU buffer; and no barrier stands behind a condition that reads one, because browsers
//! can't see then that all threads reach it.
//!
//! A launch's sizes and constants, its `info`, are no tensor: writing one would end the batch of
//! commands before it, one submission a kernel. They go where cubecl's own kernels have theirs, in
//! a buffer that is found again by what it holds.

use std::fmt::Debug;
use std::hash::Hash;

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::template::{KernelSource, SourceKernel, SourceTemplate};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::KernelId;
use cubecl::server::{BufferBinding, KernelArguments, MetadataBindingInfo};
use cubecl::{CubeCount, CubeDim};

/// WebGPU's least maximum of workgroups along a dimension.
pub const MOST_GROUPS: usize = 65_535;
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
    for (binding, (name, kind)) in buffers.iter().enumerate() {
        text += &format!(
            "@group(0) @binding({binding}) var<storage, read_write> {name}: array<{kind}>;\n"
        );
    }
    text + &info_binding(buffers.len()) + rest
}

/// The binding of `info`, behind so many buffers.
pub fn info_binding(buffers: usize) -> String {
    format!("@group(0) @binding({buffers}) var<storage, read> info: array<u32>;\n")
}

/// The arguments of a launch: buffers in the order of their bindings, then `info`.
fn arguments(buffers: Vec<BufferBinding>, info: &[u32]) -> KernelArguments {
    let word = |pair: &[u32]| {
        let high = pair.get(1).copied().unwrap_or_default();
        u64::from(pair[0]) | u64::from(high) << 32
    };
    let info = MetadataBindingInfo::custom(info.chunks(2).map(word).collect());
    KernelArguments::new().with_buffers(buffers).with_info(info)
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
    let rows = groups.div_ceil(MOST_GROUPS);
    let groups = [groups.div_ceil(rows), rows, 1].map(|groups| groups as u32);
    launch_grid(kernel, threads.map(|threads| threads as u32), groups, buffers, info);
}

/// The same with workgroups along each axis, none more than [`MOST_GROUPS`].
pub fn launch_grid<K: Wgsl>(
    kernel: K,
    [across, down]: [u32; 2],
    [x, y, z]: [u32; 3],
    buffers: &[&CubeTensor],
    info: &[u32],
) {
    let client = &buffers[0].client;
    let bindings = buffers.iter().map(|buffer| buffer.handle.clone().binding()).collect();
    let kernel = SourceKernel::new(Source(kernel), CubeDim::new_2d(across, down));
    client.launch(Box::new(kernel), CubeCount::Static(x, y, z), arguments(bindings, info));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_lies_in_memory_as_its_text_reads_it() {
        let words = arguments(Vec::new(), &[1, 2, 3]).info.data;
        assert_eq!(words, [0x2_0000_0001, 3]);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(bytes[..12], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    }

    #[test]
    fn info_is_bound_behind_the_tensors() {
        let text = text(true, &[("a", "V"), ("b", "V")], "");
        assert!(text.contains("@binding(1) var<storage, read_write> b"), "{text}");
        assert!(text.contains("@binding(2) var<storage, read> info"), "{text}");
    }
}

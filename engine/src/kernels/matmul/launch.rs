//! Sending the WGSL kernels to a GPU.

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::choice::{self, Variant};
use super::{Layout, MatmulOps, numbers};
use crate::kernels::gpu::{self, MOST_GROUPS, Wgsl};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kernel(Variant, Layout);

impl Wgsl for Kernel {
    fn source(self) -> String {
        self.0.source(self.1)
    }
}

/// The sizes of a product.
struct Sizes {
    /// All dimensions but the last two.
    leading: Vec<usize>,
    m: usize,
    k: usize,
    n: usize,
}

impl Sizes {
    fn of(a: &CubeTensor, b: &CubeTensor, layout: Layout) -> Self {
        assert_eq!([a.dtype, b.dtype], [DType::F32; 2], "products are of f32");
        let ((leading, [a0, a1]), (of_b, [b0, b1])) = (split(a), split(b));
        let [m, k, n, of_k] = match layout {
            Layout::Plain => [a0, a1, b1, b0],
            Layout::RightTransposed => [a0, a1, b0, b1],
            Layout::LeftTransposed => [a1, a0, b1, b0],
        };
        assert_eq!((&leading, k), (&of_b, of_k), "{layout:?}: {:?}, {:?}", a.shape(), b.shape());
        Self { leading, m, k, n }
    }

    /// Whether nothing is summed. Not by multiplying all: in wasm that is a multiple of 2^32, and
    /// so 0, for widths of 2,048 and 8,192 and 256 tokens.
    fn is_empty(&self) -> bool {
        self.leading.iter().chain([&self.m, &self.k, &self.n]).any(|&size| size == 0)
    }

    /// Of the result.
    fn shape(&self) -> Shape {
        Shape::from([&self.leading[..], &[self.m, self.n]].concat())
    }

    fn batch(&self) -> usize {
        self.leading.iter().product()
    }

    fn info(&self) -> [u32; 4] {
        [self.m, self.k, self.n, self.batch()].map(|size| size as u32)
    }

    /// Workgroups along each axis, where a kernel can do it.
    fn groups(&self, variant: Variant, layout: Layout) -> Option<[u32; 3]> {
        // Numbers are loaded four at a time along the axes that lie next to each other in memory.
        let loaded = if layout == Layout::LeftTransposed { self.m } else { self.k };
        let whole = loaded.is_multiple_of(4) && self.n.is_multiple_of(4);
        let [columns, rows] = variant.tile().map(|side| side as usize);
        let groups = [self.n.div_ceil(columns), self.m.div_ceil(rows), self.batch()];
        let fits = whole && groups.iter().all(|groups| (1..=MOST_GROUPS).contains(groups));
        fits.then_some(groups.map(|groups| groups as u32))
    }
}

fn split(tensor: &CubeTensor) -> (Vec<usize>, [usize; 2]) {
    let dims = tensor.shape().to_vec();
    let (leading, matrix) = dims.split_at(dims.len() - 2);
    (leading.to_vec(), [matrix[0], matrix[1]])
}

impl MatmulOps for CubeBackend {
    fn layout_matmul(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        layout: Layout,
    ) -> FloatTensor<Self> {
        let sizes = Sizes::of(&a, &b, layout);
        if sizes.is_empty() {
            return Self::float_zeros(sizes.shape(), &a.device, DType::F32.into());
        }
        let (a, b) = (into_contiguous(a), into_contiguous(b));
        let out = gpu::empty(&a, sizes.shape());
        let fitting = choice::variant(&a.device, layout)
            .and_then(|variant| Some((variant, sizes.groups(variant, layout)?)));
        let buffers = [&a, &b, &out];
        match fitting {
            Some((variant, groups)) => launch(variant, layout, groups, buffers, &sizes),
            None => numbers::launch(layout, buffers, sizes.info()),
        }
        out
    }
}

/// The product by one kernel, whichever was chosen; `None` where it can't do that one. Operands
/// record no graph.
pub fn by(variant: Variant, a: Tensor<3>, b: Tensor<3>, layout: Layout) -> Option<Tensor<3>> {
    let a = a.try_into_primitive::<CubeBackend>().ok()?;
    let b = b.try_into_primitive::<CubeBackend>().ok()?;
    let sizes = Sizes::of(&a, &b, layout);
    let groups = sizes.groups(variant, layout)?;
    let (a, b) = (into_contiguous(a), into_contiguous(b));
    let out = gpu::empty(&a, sizes.shape());
    launch(variant, layout, groups, [&a, &b, &out], &sizes);
    Some(Tensor::from_primitive::<CubeBackend>(out))
}

/// `buffers` are a, b and the result.
fn launch(
    variant: Variant,
    layout: Layout,
    groups: [u32; 3],
    buffers: [&CubeTensor; 3],
    sizes: &Sizes,
) {
    let kernel = Kernel(variant, layout);
    gpu::launch_grid(kernel, variant.threads(), groups, &buffers, &sizes.info());
}

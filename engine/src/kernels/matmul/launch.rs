//! Sending the WGSL kernels to a GPU.

use burn::backend::TensorMetadata;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::template::{KernelSource, SourceKernel, SourceTemplate};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::KernelId;
use cubecl::{CubeCount, CubeDim};

use super::choice::{self, Variant};
use super::{Layout, MatmulOps, by_backend};
use crate::kernels::gpu;

/// WebGPU's least maximum of workgroups along a dimension.
const MOST_GROUPS: usize = 65_535;

#[derive(Debug)]
struct Kernel(Variant, Layout);

impl KernelSource for Kernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.0.source(self.1))
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.0, self.1))
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The sizes of a product that the kernels can do.
struct Sizes {
    batch: usize,
    m: usize,
    k: usize,
    n: usize,
}

impl Sizes {
    fn of(a: &CubeTensor, b: &CubeTensor, layout: Layout, variant: Variant) -> Option<Self> {
        let ([batch, a0, a1], [b_batch, b0, b1]) = (dims(a)?, dims(b)?);
        let [m, k, n] = match layout {
            Layout::Plain => [a0, a1, b1],
            Layout::RightTransposed => [a0, a1, b0],
            Layout::LeftTransposed => [a1, a0, b1],
        };
        // Numbers are loaded four at a time along the axes that lie next to each other in memory.
        let loaded = if layout == Layout::LeftTransposed { m } else { k };
        let whole = loaded.is_multiple_of(4) && n.is_multiple_of(4);
        let [columns, rows] = variant.tile().map(|side| side as usize);
        let groups = n.div_ceil(columns).max(m.div_ceil(rows)).max(batch);
        let floats = a.dtype == DType::F32 && b.dtype == DType::F32;
        let any = batch * m * k * n > 0;
        let fits = batch == b_batch && whole && groups <= MOST_GROUPS && floats && any;
        fits.then_some(Self { batch, m, k, n })
    }
}

/// Batch, rows and columns.
fn dims(tensor: &CubeTensor) -> Option<[usize; 3]> {
    let shape = tensor.shape();
    match shape.num_dims() {
        2 => Some([1, shape[0], shape[1]]),
        3 => Some([shape[0], shape[1], shape[2]]),
        _ => None,
    }
}

impl MatmulOps for CubeBackend {
    fn layout_matmul(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        layout: Layout,
    ) -> FloatTensor<Self> {
        let fitting = choice::variant(&a.device, layout)
            .and_then(|variant| Some((variant, Sizes::of(&a, &b, layout, variant)?)));
        match fitting {
            Some((variant, sizes)) => launch(variant, a, b, layout, &sizes),
            None => by_backend::<Self>(a, b, layout),
        }
    }
}

/// The product by one kernel, whichever was chosen; `None` where it can't do that one. Operands
/// record no graph.
pub fn by(variant: Variant, a: Tensor<3>, b: Tensor<3>, layout: Layout) -> Option<Tensor<3>> {
    let a = a.try_into_primitive::<CubeBackend>().ok()?;
    let b = b.try_into_primitive::<CubeBackend>().ok()?;
    let sizes = Sizes::of(&a, &b, layout, variant)?;
    Some(Tensor::from_primitive::<CubeBackend>(launch(variant, a, b, layout, &sizes)))
}

fn launch(
    variant: Variant,
    a: CubeTensor,
    b: CubeTensor,
    layout: Layout,
    &Sizes { batch, m, k, n }: &Sizes,
) -> CubeTensor {
    let (a, b) = (into_contiguous(a), into_contiguous(b));
    let client = a.client.clone();
    let buffer = client.empty(batch * m * n * a.dtype.size());
    let shape = if a.shape().num_dims() == 2 { vec![m, n] } else { vec![batch, m, n] };
    let out = CubeTensor::new_contiguous(
        client.clone(),
        a.device.clone(),
        Shape::from(shape),
        buffer,
        a.dtype,
    );
    let [columns, rows] = variant.tile();
    let count =
        CubeCount::Static((n as u32).div_ceil(columns), (m as u32).div_ceil(rows), batch as u32);
    let [x, y] = variant.threads();
    let kernel = SourceKernel::new(Kernel(variant, layout), CubeDim::new_3d(x, y, 1));
    let buffers = vec![a.handle.binding(), b.handle.binding(), out.handle.clone().binding()];
    let arguments = gpu::arguments(buffers, &[m, k, n].map(|size| size as u32));
    client.launch(Box::new(kernel), count, arguments);
    out
}

//! Sending the WGSL kernel to a GPU.

use burn::backend::TensorMetadata;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::template::{KernelSource, SourceKernel, SourceTemplate};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::KernelId;
use cubecl::server::KernelArguments;
use cubecl::{CubeCount, CubeDim};

use super::wgsl::{self, COLUMNS, GROUP, ROWS};
use super::{Layout, MatmulOps, by_backend};

#[derive(Debug)]
struct Kernel(Layout);

impl KernelSource for Kernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(wgsl::source(self.0))
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.0)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// m, k, n of a product, where the kernel can do it.
fn sizes(a: &CubeTensor, b: &CubeTensor, layout: Layout) -> Option<[usize; 3]> {
    let ([a0, a1], [b0, b1]) = (dims(a)?, dims(b)?);
    let [m, k, n] = match layout {
        Layout::Plain => [a0, a1, b1],
        Layout::RightTransposed => [a0, a1, b0],
        Layout::LeftTransposed => [a1, a0, b1],
    };
    // Numbers are loaded four at a time along the axes that lie next to each other in memory.
    let whole = match layout {
        Layout::Plain | Layout::RightTransposed => k.is_multiple_of(4) && n.is_multiple_of(4),
        Layout::LeftTransposed => m.is_multiple_of(4) && n.is_multiple_of(4),
    };
    let groups = |size: usize, tile: u32| size.div_ceil((tile * GROUP) as usize);
    let fits = groups(m, ROWS).max(groups(n, COLUMNS)) <= 65_535;
    let floats = a.dtype == DType::F32 && b.dtype == DType::F32;
    (whole && fits && floats && m * k * n > 0).then_some([m, k, n])
}

fn dims(tensor: &CubeTensor) -> Option<[usize; 2]> {
    let shape = tensor.shape();
    (shape.num_dims() == 2).then(|| [shape[0], shape[1]])
}

impl MatmulOps for CubeBackend {
    fn layout_matmul(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        layout: Layout,
    ) -> FloatTensor<Self> {
        let Some([m, k, n]) = sizes(&a, &b, layout) else {
            return by_backend::<Self>(a, b, layout);
        };
        let (a, b) = (into_contiguous(a), into_contiguous(b));
        let client = a.client.clone();
        let buffer = client.empty(m * n * a.dtype.size());
        let out = CubeTensor::new_contiguous(
            client.clone(),
            a.device.clone(),
            Shape::from(vec![m, n]),
            buffer,
            a.dtype,
        );
        let info =
            client.create_from_slice(bytemuck::cast_slice(&[m as u32, k as u32, n as u32, 0]));
        let count = CubeCount::Static(
            (n as u32).div_ceil(COLUMNS * GROUP),
            (m as u32).div_ceil(ROWS * GROUP),
            1,
        );
        let kernel = SourceKernel::new(Kernel(layout), CubeDim::new_3d(GROUP, GROUP, 1));
        let buffers = vec![
            a.handle.binding(),
            b.handle.binding(),
            out.handle.clone().binding(),
            info.binding(),
        ];
        client.launch(Box::new(kernel), count, KernelArguments::new().with_buffers(buffers));
        out
    }
}

//! The product's WGSL, and sending it to a GPU.

use burn::backend::TensorMetadata;
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;

use super::{SwigluKernels, plain};
use crate::kernels::gpu::{self, Wgsl};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kernel {
    Forward { vectors: bool },
    Backward { vectors: bool },
}

// Beyond 80 the gate's sigmoid is 0 in f32 anyway, and no exponential overflows.
const FORWARD: &str = "      let gate = Gate[i];
      Out[i] = gate / (V(1.0) + exp(min(-gate, V(80.0)))) * Up[i];
";
const BACKWARD: &str = "      let gate = Gate[i];
      let grad = Grad[i];
      let e = exp(min(-gate, V(80.0)));
      let s = V(1.0) / (V(1.0) + e);
      GradGate[i] = grad * Up[i] * s * (V(1.0) + gate * s * e);
      GradUp[i] = grad * gate * s;
";

impl Wgsl for Kernel {
    fn source(self) -> String {
        match self {
            Kernel::Forward { vectors } => {
                gpu::elementwise(vectors, &gpu::of_vectors(["Gate", "Up", "Out"]), FORWARD)
            }
            Kernel::Backward { vectors } => {
                let buffers = ["Gate", "Up", "Grad", "GradGate", "GradUp"];
                gpu::elementwise(vectors, &gpu::of_vectors(buffers), BACKWARD)
            }
        }
    }
}

impl SwigluKernels for CubeBackend {
    fn swiglu_forward(gate: FloatTensor<Self>, up: FloatTensor<Self>) -> FloatTensor<Self> {
        if !gpu::takes(&[&gate, &up]) {
            return plain::forward::<Self>(gate, up);
        }
        let [gate, up] = [gate, up].map(into_contiguous);
        let out = gpu::empty(&gate, gate.shape());
        let numbers = gate.shape().num_elements();
        let vectors = gpu::in_vectors(numbers);
        let cells = gpu::cells(numbers, vectors);
        gpu::launch_elementwise(Kernel::Forward { vectors }, cells, &[&gate, &up, &out], &[]);
        out
    }

    fn swiglu_backward(
        gate: FloatTensor<Self>,
        up: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        if !gpu::takes(&[&gate, &up, &grad]) {
            return plain::backward::<Self>(gate, up, grad);
        }
        let [gate, up, grad] = [gate, up, grad].map(into_contiguous);
        let [of_gate, of_up] = [&gate, &up].map(|like| gpu::empty(like, like.shape()));
        let numbers = gate.shape().num_elements();
        let vectors = gpu::in_vectors(numbers);
        let cells = gpu::cells(numbers, vectors);
        let buffers = [&gate, &up, &grad, &of_gate, &of_up];
        gpu::launch_elementwise(Kernel::Backward { vectors }, cells, &buffers, &[]);
        (of_gate, of_up)
    }
}

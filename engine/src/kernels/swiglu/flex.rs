//! The product on the CPU: one loop.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};

use super::{SwigluKernels, plain};
use crate::kernels::cpu;

impl SwigluKernels for Flex {
    fn swiglu_forward(gate: FloatTensor<Self>, up: FloatTensor<Self>) -> FloatTensor<Self> {
        let [gate, up] = [gate, up].map(cpu::contiguous);
        let (Some(gates), Some(ups)) = (cpu::numbers(&gate), cpu::numbers(&up)) else {
            return plain::forward::<Self>(gate, up);
        };
        let out = gates.iter().zip(ups).map(|(gate, up)| gate / (1.0 + cpu::exp(-gate)) * up);
        cpu::tensor(out.collect(), gate.shape())
    }

    fn swiglu_backward(
        gate: FloatTensor<Self>,
        up: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [gate, up, grad] = [gate, up, grad].map(cpu::contiguous);
        let (Some(gates), Some(ups), Some(grads)) =
            (cpu::numbers(&gate), cpu::numbers(&up), cpu::numbers(&grad))
        else {
            return plain::backward::<Self>(gate, up, grad);
        };
        let (of_gates, of_ups) = backward(gates, ups, grads);
        (cpu::tensor(of_gates, gate.shape()), cpu::tensor(of_ups, up.shape()))
    }
}

/// The slope of silu is `s (1 + gate (1 − s))`, and `1 − s = s e^−gate` without cancellation.
fn backward(gates: &[f32], ups: &[f32], grads: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut of_gates = vec![0.0_f32; gates.len()];
    let mut of_ups = vec![0.0_f32; gates.len()];
    let outputs = of_gates.iter_mut().zip(&mut of_ups);
    let inputs = gates.iter().zip(ups).zip(grads);
    for ((of_gate, of_up), ((gate, up), grad)) in outputs.zip(inputs) {
        let e = cpu::exp(-gate);
        let s = 1.0 / (1.0 + e);
        *of_gate = grad * up * s * (1.0 + gate * s * e);
        *of_up = grad * gate * s;
    }
    (of_gates, of_ups)
}

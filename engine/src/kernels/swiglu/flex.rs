//! The product on the CPU: one loop.

use std::ops::Range;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};

use super::{SwigluKernels, plain};
use crate::kernels::cpu;
use crate::kernels::rows::{Rows, for_rows};

impl SwigluKernels for Flex {
    fn swiglu_forward(gate: FloatTensor<Self>, up: FloatTensor<Self>) -> FloatTensor<Self> {
        let [gate, up] = [gate, up].map(cpu::contiguous);
        let (Some(gates), Some(ups)) = (cpu::numbers(&gate), cpu::numbers(&up)) else {
            return plain::forward::<Self>(gate, up);
        };
        let mut out = vec![0.0_f32; gates.len()];
        for_rows(gates.len(), [&mut out], &Forward { gates, ups });
        cpu::tensor(out, gate.shape())
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
        let [mut of_gates, mut of_ups] = [(); 2].map(|()| vec![0.0_f32; gates.len()]);
        let kernel = BackwardLoop { gates, ups, grads };
        for_rows(gates.len(), [&mut of_gates, &mut of_ups], &kernel);
        (cpu::tensor(of_gates, gate.shape()), cpu::tensor(of_ups, up.shape()))
    }
}

struct Forward<'a> {
    gates: &'a [f32],
    ups: &'a [f32],
}

impl Rows<1> for Forward<'_> {
    #[inline(always)]
    fn run(&self, numbers: Range<usize>, [out]: [&mut [f32]; 1]) {
        let inputs = self.gates[numbers.clone()].iter().zip(&self.ups[numbers]);
        for (out, (gate, up)) in out.iter_mut().zip(inputs) {
            *out = gate / (1.0 + cpu::exp(-gate)) * up;
        }
    }
}

struct BackwardLoop<'a> {
    gates: &'a [f32],
    ups: &'a [f32],
    grads: &'a [f32],
}

impl Rows<2> for BackwardLoop<'_> {
    /// The slope of silu is `s (1 + gate (1 − s))`, and `1 − s = s e^−gate` without cancellation.
    #[inline(always)]
    fn run(&self, numbers: Range<usize>, [of_gates, of_ups]: [&mut [f32]; 2]) {
        let [gates, ups, grads] =
            [self.gates, self.ups, self.grads].map(|all| &all[numbers.clone()]);
        let outputs = of_gates.iter_mut().zip(of_ups);
        for ((of_gate, of_up), ((gate, up), grad)) in outputs.zip(gates.iter().zip(ups).zip(grads))
        {
            let e = cpu::exp(-gate);
            let s = 1.0 / (1.0 + e);
            *of_gate = grad * up * s * (1.0 + gate * s * e);
            *of_up = grad * gate * s;
        }
    }
}

//! A linear layer with an optional low-rank adapter beside it.

use burn::tensor::Tensor;

use super::lora::{Adapter, Lora};
use super::param::{Param, ParamVisitor};
use crate::kernels::matmul;

/// `y = x Wᵀ + b`, and `+ s (x Aᵀ) Bᵀ` where an adapter is on.
#[derive(Clone, Debug)]
pub struct Linear {
    /// `[out, in]`
    pub weight: Param<2>,
    /// `[out]`
    pub bias: Option<Param<1>>,
    /// The trained adapter.
    pub lora: Option<Lora>,
    /// A frozen copy of the adapter that training began from: the reference's.
    pub reference: Option<Lora>,
}

impl Linear {
    /// A layer without an adapter.
    pub fn new(weight: Param<2>, bias: Option<Param<1>>) -> Self {
        Self { weight, bias, lora: None, reference: None }
    }

    /// `x` is `[rows, time, in]`; gives `[rows, time, out]`.
    pub fn forward(&self, x: Tensor<3>, adapter: Adapter) -> Tensor<3> {
        let [rows, time, width] = x.dims();
        let x = x.reshape([rows * time, width]);
        let weight = self.weight.get();
        let out = weight.dims()[0];
        let mut y = matmul::linear(x.clone(), weight);
        if let Some(bias) = &self.bias {
            y = y + bias.get().unsqueeze();
        }
        let lora = match adapter {
            Adapter::Policy => self.lora.as_ref(),
            Adapter::Reference => self.reference.as_ref(),
        };
        if let Some(lora) = lora {
            y = y + lora.forward(x);
        }
        y.reshape([rows, time, out])
    }

    /// Visits weight, bias and adapter.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        visitor.visit(&mut self.weight);
        if let Some(bias) = &mut self.bias {
            visitor.visit(bias);
        }
        if let Some(lora) = &mut self.lora {
            visitor.visit(&mut lora.a);
            visitor.visit(&mut lora.b);
        }
    }
}

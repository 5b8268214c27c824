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
    /// The critic's.
    pub critic: Option<Lora>,
    /// A reward model's, frozen.
    pub reward: Option<Lora>,
}

impl Linear {
    /// A layer without an adapter.
    pub fn new(weight: Param<2>, bias: Option<Param<1>>) -> Self {
        Self { weight, bias, lora: None, reference: None, critic: None, reward: None }
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
        if let Some(lora) = self.slot(adapter) {
            y = y + lora.forward(x);
        }
        y.reshape([rows, time, out])
    }

    /// The adapter in use, where there is one.
    pub fn slot(&self, adapter: Adapter) -> Option<&Lora> {
        match adapter {
            Adapter::Policy => self.lora.as_ref(),
            Adapter::Reference => self.reference.as_ref(),
            Adapter::Critic => self.critic.as_ref(),
            Adapter::Reward => self.reward.as_ref(),
        }
    }

    /// Where an adapter goes.
    pub fn slot_mut(&mut self, adapter: Adapter) -> &mut Option<Lora> {
        match adapter {
            Adapter::Policy => &mut self.lora,
            Adapter::Reference => &mut self.reference,
            Adapter::Critic => &mut self.critic,
            Adapter::Reward => &mut self.reward,
        }
    }

    /// See [`super::Block::is_recorded`].
    pub fn is_recorded(&self, adapter: Adapter) -> bool {
        self.weight.is_recorded()
            || self.bias.as_ref().is_some_and(Param::is_recorded)
            || self.slot(adapter).is_some_and(Lora::is_recorded)
    }

    /// Visits weight, bias and the adapters that can train.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        visitor.visit(&mut self.weight);
        if let Some(bias) = &mut self.bias {
            visitor.visit(bias);
        }
        for lora in [&mut self.lora, &mut self.critic].into_iter().flatten() {
            visitor.visit(&mut lora.a);
            visitor.visit(&mut lora.b);
        }
    }
}

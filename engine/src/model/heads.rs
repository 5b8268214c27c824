//! A number from a hidden state: a reward, or a value.

use burn::tensor::Tensor;

use super::param::{Param, ParamVisitor};
use crate::kernels::matmul;

/// A linear layer to one number, without a bias, as transformers' sequence classifiers have it.
#[derive(Clone, Debug)]
pub struct ScalarHead {
    /// `[1, width]`
    pub weight: Param<2>,
}

impl ScalarHead {
    /// A head that training changes.
    pub fn new(name: &str, weight: Tensor<2>) -> Self {
        Self { weight: Param::trainable(format!("{name}.weight"), weight) }
    }

    /// `hidden` is `[positions, width]`; gives `[positions]`.
    pub fn forward(&self, hidden: Tensor<2>) -> Tensor<1> {
        let [positions, _] = hidden.dims();
        matmul::linear(hidden, self.weight.get()).reshape([positions])
    }

    /// Visits its weight.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        visitor.visit(&mut self.weight);
    }
}

//! Normalisation of hidden states.

use burn::tensor::Tensor;

use super::param::{Param, ParamVisitor};
use crate::kernels::rms_norm::{add_rms_norm, rms_norm};

/// RMS norm (Zhang and Sennrich 2019), `x / √(mean x² + ε) · w`; with a bias, layer norm (Ba et
/// al. 2016), `(x − mean) / √(var + ε) · w + b`. Over the last dimension.
#[derive(Clone, Debug)]
pub struct Norm {
    /// `[width]`
    pub weight: Param<1>,
    /// `[width]`
    pub bias: Option<Param<1>>,
    /// ε
    pub eps: f64,
}

impl Norm {
    /// Shape kept.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        match &self.bias {
            None => rms_norm(x, self.weight.get(), self.eps),
            Some(bias) => {
                let centred = x.clone() - x.mean_dim(D - 1);
                let weight = self.weight.get().unsqueeze();
                rms(centred, self.eps) * weight + bias.get().unsqueeze()
            }
        }
    }

    /// A layer's update added to what went around it, and the sum normalised: `(sum, normed)`.
    pub fn add(&self, residual: Tensor<3>, update: Tensor<3>) -> (Tensor<3>, Tensor<3>) {
        if self.bias.is_none() {
            return add_rms_norm(residual, update, self.weight.get(), self.eps);
        }
        let sum = residual + update;
        (sum.clone(), self.forward(sum))
    }

    /// See [`super::Block::is_recorded`].
    pub fn is_recorded(&self) -> bool {
        self.weight.is_recorded() || self.bias.as_ref().is_some_and(Param::is_recorded)
    }

    /// Visits its weights.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        visitor.visit(&mut self.weight);
        if let Some(bias) = &mut self.bias {
            visitor.visit(bias);
        }
    }
}

fn rms<const D: usize>(x: Tensor<D>, eps: f64) -> Tensor<D> {
    let mean_square = x.clone().square().mean_dim(D - 1);
    x / mean_square.add_scalar(eps).sqrt()
}

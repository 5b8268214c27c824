//! Normalisation of hidden states.

use burn::tensor::Tensor;

use super::param::{Param, ParamVisitor};

/// RMS norm (Zhang and Sennrich 2019) or layer norm (Ba et al. 2016), over the last dimension.
#[derive(Clone, Debug)]
pub enum Norm {
    /// `x / √(mean x² + ε) · w`
    Rms {
        /// `[width]`
        weight: Param<1>,
        /// ε
        eps: f64,
    },
    /// `(x − mean) / √(var + ε) · w + b`
    Layer {
        /// `[width]`
        weight: Param<1>,
        /// `[width]`
        bias: Param<1>,
        /// ε
        eps: f64,
    },
}

impl Norm {
    /// Shape kept.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Rms { weight, eps } => rms(x, *eps) * weight.get().unsqueeze(),
            Self::Layer { weight, bias, eps } => {
                let centred = x.clone() - x.mean_dim(D - 1);
                rms(centred, *eps) * weight.get().unsqueeze() + bias.get().unsqueeze()
            }
        }
    }

    /// Visits its weights.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        match self {
            Self::Rms { weight, .. } => visitor.visit(weight),
            Self::Layer { weight, bias, .. } => {
                visitor.visit(weight);
                visitor.visit(bias);
            }
        }
    }
}

fn rms<const D: usize>(x: Tensor<D>, eps: f64) -> Tensor<D> {
    let mean_square = x.clone().square().mean_dim(D - 1);
    x / mean_square.add_scalar(eps).sqrt()
}

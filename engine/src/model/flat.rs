//! Weights as flat vectors in the order of the model: what optimiser and checkpoints work on.

use burn::tensor::Tensor;

use super::Decoder;
use super::param::{Param, ParamVisitor};

/// One weight.
#[derive(Clone, Debug)]
pub struct FlatWeight {
    /// Its name in a checkpoint.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, `[numbers]`.
    pub value: Tensor<1>,
}

/// The weights that train.
pub fn trainable(model: &mut Decoder) -> Vec<FlatWeight> {
    let mut collect = Collect { weights: Vec::new(), only_trainable: true };
    model.visit(&mut collect);
    collect.weights
}

/// All weights, adapters included.
pub fn all(model: &mut Decoder) -> Vec<FlatWeight> {
    let mut collect = Collect { weights: Vec::new(), only_trainable: false };
    model.visit(&mut collect);
    collect.weights
}

/// Sets the weights that train, in the order of [`trainable`].
pub fn put(model: &mut Decoder, values: Vec<Tensor<1>>) {
    model.visit(&mut Put { values: values.into_iter(), only_trainable: true });
}

/// Sets all weights, in the order of [`all`].
pub fn put_all(model: &mut Decoder, values: Vec<Tensor<1>>) {
    model.visit(&mut Put { values: values.into_iter(), only_trainable: false });
}

struct Collect {
    weights: Vec<FlatWeight>,
    only_trainable: bool,
}

impl ParamVisitor for Collect {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        if self.only_trainable && !param.trainable {
            return;
        }
        let value = param.value();
        let shape = value.dims().to_vec();
        let numbers = shape.iter().product::<usize>();
        self.weights.push(FlatWeight {
            name: param.name.clone(),
            shape,
            value: value.reshape([numbers]),
        });
    }
}

struct Put {
    values: std::vec::IntoIter<Tensor<1>>,
    only_trainable: bool,
}

impl ParamVisitor for Put {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        if (param.trainable || !self.only_trainable)
            && let Some(flat) = self.values.next()
        {
            let shape = param.value().dims();
            param.set(flat.reshape(shape));
        }
    }
}

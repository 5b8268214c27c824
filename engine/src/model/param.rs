//! A weight: its checkpoint name, its values, and the tracked view of it while a graph is recorded.

use burn::tensor::Tensor;

/// One weight of the model.
///
/// `value` never carries a graph. While a micro-batch is recorded, a trainable weight also has a
/// tracked view of the same memory; a frozen one takes part as a constant, so it costs no gradient.
#[derive(Clone, Debug)]
pub struct Param<const D: usize> {
    /// The name in a Hugging Face checkpoint.
    pub name: String,
    /// Whether training changes it.
    pub trainable: bool,
    value: Tensor<D>,
    tracked: Option<Tensor<D>>,
}

impl<const D: usize> Param<D> {
    /// A frozen weight.
    pub fn frozen(name: impl Into<String>, value: Tensor<D>) -> Self {
        Self { name: name.into(), trainable: false, value, tracked: None }
    }

    /// A weight that training changes.
    pub fn trainable(name: impl Into<String>, value: Tensor<D>) -> Self {
        Self { trainable: true, ..Self::frozen(name, value) }
    }

    /// What a forward pass reads: tracked while recording, plain otherwise.
    pub fn get(&self) -> Tensor<D> {
        self.tracked.as_ref().unwrap_or(&self.value).clone()
    }

    /// The values, without a graph.
    pub fn value(&self) -> Tensor<D> {
        self.value.clone()
    }

    /// Replaces the values and ends recording.
    pub fn set(&mut self, value: Tensor<D>) {
        self.value = value;
        self.tracked = None;
    }

    /// Begins or ends recording.
    pub fn record(&mut self, on: bool) {
        self.tracked = (on && self.trainable).then(|| self.value.clone().autodiff().require_grad());
    }

    /// The tracked view, where there is one.
    pub fn tracked(&self) -> Option<&Tensor<D>> {
        self.tracked.as_ref()
    }
}

/// Something done to every weight, in a fixed order.
pub trait ParamVisitor {
    /// Called once a weight.
    fn visit<const D: usize>(&mut self, param: &mut Param<D>);
}

/// Begins or ends recording on every trainable weight.
pub struct Record(
    /// On or off.
    pub bool,
);

impl ParamVisitor for Record {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        param.record(self.0);
    }
}

/// Makes every weight trainable, or none.
pub struct SetTrainable(
    /// Trainable or frozen.
    pub bool,
);

impl ParamVisitor for SetTrainable {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        param.trainable = self.0;
    }
}

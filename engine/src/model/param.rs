//! A weight: its checkpoint name, its values, and the tracked view of it while a graph is recorded.

use burn::tensor::Tensor;

/// One weight of the model.
///
/// `value` never carries a graph. While a micro-batch is recorded, a trainable weight also has a
/// tracked view of the same memory; a frozen one takes part as a constant, so it costs no gradient.
/// While paused, a pass reads plain values all the same: its graph is made later, see `tape`.
#[derive(Clone, Debug)]
pub struct Param<const D: usize> {
    /// The name in a Hugging Face checkpoint.
    pub name: String,
    /// Whether training changes it.
    pub trainable: bool,
    value: Tensor<D>,
    tracked: Option<Tensor<D>>,
    paused: bool,
}

impl<const D: usize> Param<D> {
    /// A frozen weight.
    pub fn frozen(name: impl Into<String>, value: Tensor<D>) -> Self {
        Self { name: name.into(), trainable: false, value, tracked: None, paused: false }
    }

    /// A weight that training changes.
    pub fn trainable(name: impl Into<String>, value: Tensor<D>) -> Self {
        Self { trainable: true, ..Self::frozen(name, value) }
    }

    /// What a forward pass reads: tracked while recording and not paused, plain otherwise.
    pub fn get(&self) -> Tensor<D> {
        self.tracked().filter(|_| !self.paused).unwrap_or(&self.value).clone()
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
        self.paused = false;
    }

    /// Whether it takes part in recording, paused or not.
    pub fn is_recorded(&self) -> bool {
        self.tracked.is_some()
    }

    /// The tracked view, where there is one, paused or not.
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

/// Pauses every weight, or ends that.
pub struct Pause(
    /// On or off.
    pub bool,
);

impl ParamVisitor for Pause {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        param.paused = self.0;
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

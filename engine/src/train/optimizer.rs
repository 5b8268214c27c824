//! AdamW (Loshchilov and Hutter 2017) over all trainable weights, as torch computes it.
//!
//! Weights are taken together into groups of up to a few million numbers, so that a LoRA run with
//! hundreds of small matrices costs a dozen operations a step, not thousands.

use burn::tensor::{Gradients, Tensor};
use temper_protocol::OptimizerConfig;

use crate::kernels::adamw::{AdamWStep, adamw_step};
use crate::model::{Decoder, Param, ParamVisitor, flat};

/// A group is closed when it holds this many numbers: 16 MiB.
const GROUP_NUMBERS: usize = 1 << 22;

/// The optimiser and its state.
#[derive(Clone, Debug)]
pub struct AdamW {
    config: OptimizerConfig,
    groups: Vec<Group>,
    /// Updates done.
    pub steps: u32,
}

/// Weights that are updated as one flat tensor.
#[derive(Clone, Debug)]
struct Group {
    numbers: usize,
    members: usize,
    decay: bool,
    state: Option<[Tensor<1>; 2]>,
}

/// Gradients in the optimiser's groups, each `[numbers]`.
#[derive(Clone, Debug)]
pub struct GroupedGradients(Vec<Tensor<1>>);

impl AdamW {
    /// For a model's trainable weights as they are now.
    pub fn new(config: OptimizerConfig, model: &mut Decoder) -> Self {
        let mut sizes = Sizes(Vec::new());
        model.visit(&mut sizes);
        let mut groups: Vec<Group> = Vec::new();
        for (numbers, decay) in sizes.0 {
            match groups.last_mut() {
                Some(group) if group.decay == decay && group.numbers + numbers <= GROUP_NUMBERS => {
                    group.numbers += numbers;
                    group.members += 1;
                }
                _ => groups.push(Group { numbers, members: 1, decay, state: None }),
            }
        }
        Self { config, groups, steps: 0 }
    }

    /// Numbers that train.
    pub fn trainable(&self) -> usize {
        self.groups.iter().map(|group| group.numbers).sum()
    }

    /// Takes a model's gradients out of the parts that [`super::backward::backward`] gives.
    pub fn collect(&self, model: &mut Decoder, parts: Vec<Gradients>) -> GroupedGradients {
        let mut take = Take { parts, flat: Vec::new() };
        model.visit(&mut take);
        let mut flat = take.flat.into_iter();
        let groups = self.groups.iter().map(|group| {
            let members: Vec<_> = flat.by_ref().take(group.members).collect();
            join(members)
        });
        GroupedGradients(groups.collect())
    }

    /// Updates the weights; `scale` is clipping's factor.
    pub fn step(
        &mut self,
        model: &mut Decoder,
        gradients: GroupedGradients,
        scale: f64,
        learning_rate: f64,
    ) {
        self.steps += 1;
        let mut values = flat::trainable(model).into_iter().map(|weight| weight.value);
        let mut updated = Vec::new();
        for (group, gradient) in self.groups.iter_mut().zip(gradients.0) {
            let members: Vec<_> = values.by_ref().take(group.members).collect();
            let sizes: Vec<usize> = members.iter().map(|member| member.dims()[0]).collect();
            let step = (scale, learning_rate, self.steps);
            let weights = group.step(&self.config, join(members), gradient, step);
            let mut start = 0;
            for size in sizes {
                updated.push(weights.clone().narrow(0, start, size));
                start += size;
            }
        }
        flat::put(model, updated);
    }

    /// Forgets its running means: a round of self-play begins anew.
    pub fn restart(&mut self) {
        self.steps = 0;
        self.groups.iter_mut().for_each(|group| group.state = None);
    }

    /// The running means, two tensors a group; empty before the first step.
    pub fn state(&self) -> Vec<Tensor<1>> {
        self.groups.iter().filter_map(|group| group.state.clone()).flatten().collect()
    }

    /// The sizes of the tensors that [`AdamW::restore`] wants.
    pub fn state_sizes(&self) -> Vec<usize> {
        self.groups.iter().flat_map(|group| [group.numbers; 2]).collect()
    }

    /// Puts back what [`AdamW::state`] gave.
    pub fn restore(&mut self, state: Vec<Tensor<1>>, steps: u32) {
        self.steps = steps;
        let mut state = state.into_iter();
        for group in &mut self.groups {
            group.state = state.next().zip(state.next()).map(|(mean, square)| [mean, square]);
        }
    }
}

impl Group {
    fn step(
        &mut self,
        config: &OptimizerConfig,
        weights: Tensor<1>,
        gradient: Tensor<1>,
        (scale, learning_rate, steps): (f64, f64, u32),
    ) -> Tensor<1> {
        let [beta1, beta2] = config.betas;
        let zeros = || gradient.zeros_like();
        let [mean, square] = self.state.take().unwrap_or_else(|| [zeros(), zeros()]);
        let decay = if self.decay { config.weight_decay } else { 0.0 };
        let step = AdamWStep {
            beta1,
            beta2,
            eps: config.eps,
            decay: learning_rate * decay,
            learning_rate,
            correction1: 1.0 - beta1.powi(steps as i32),
            correction2: 1.0 - beta2.powi(steps as i32),
            scale,
        };
        let [weights, mean, square] = adamw_step(weights, gradient, mean, square, step);
        self.state = Some([mean, square]);
        weights
    }
}

impl GroupedGradients {
    /// The norm over all, `[1]`.
    pub fn norm(&self) -> Option<Tensor<1>> {
        let squares = self.0.iter().map(|gradient| gradient.clone().square().sum());
        squares.reduce(|a, b| a + b).map(Tensor::sqrt)
    }

    /// Added to what earlier micro-batches gave, if any did.
    pub fn onto(self, sum: Option<Self>) -> Self {
        match sum {
            Some(sum) => sum + self,
            None => self,
        }
    }
}

impl std::ops::Add for GroupedGradients {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.into_iter().zip(other.0).map(|(a, b)| a + b).collect())
    }
}

/// torch's `clip_grad_norm_`: the factor that brings `norm` down to `max_norm`; 0 never clips.
pub fn clip_scale(norm: f64, max_norm: f64) -> f64 {
    if max_norm == 0.0 { 1.0 } else { (max_norm / (norm + 1e-6)).min(1.0) }
}

fn join(members: Vec<Tensor<1>>) -> Tensor<1> {
    match <[Tensor<1>; 1]>::try_from(members) {
        Ok([only]) => only,
        Err(members) => Tensor::cat(members, 0),
    }
}

/// Numbers of each trainable weight, and whether it decays: torch's trainers spare norms and
/// biases, which here are the vectors.
struct Sizes(Vec<(usize, bool)>);

impl ParamVisitor for Sizes {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        if param.trainable {
            self.0.push((param.value().shape().num_elements(), D > 1));
        }
    }
}

struct Take {
    parts: Vec<Gradients>,
    flat: Vec<Tensor<1>>,
}

impl ParamVisitor for Take {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        if param.trainable {
            let numbers = param.value().shape().num_elements();
            let taken = param.tracked().and_then(|tracked| {
                let parts = self.parts.iter_mut().filter_map(|part| tracked.grad_remove(part));
                parts.reduce(|sum, part| sum + part)
            });
            let gradient = taken.unwrap_or_else(|| param.value().zeros_like());
            self.flat.push(gradient.reshape([numbers]));
        }
    }
}

//! From a loss back to the weights, through the blocks that a tape has computed again.
//!
//! Each block is a backward pass of its own: of `Σ output · upstream`, whose gradients are those of
//! the loss where `upstream` is the loss's gradient at the block's output. So one block's graph is
//! held at a time, and no backward pass runs inside another.

use burn::tensor::{Gradients, Tensor};

use crate::model::Decoder;
use crate::model::tape::Pass;

/// The gradients of a loss, `[1]`, in parts: a weight's gradient is the sum of its parts. One part
/// where the model recomputes nothing.
pub fn backward(model: &mut Decoder, loss: &Tensor<1>) -> Vec<Gradients> {
    let mut of_loss = loss.backward();
    let mut parts = Vec::new();
    for pass in model.take_passes() {
        // A pass may end in a metric alone.
        if let Some(upstream) = pass.output().grad_remove(&mut of_loss) {
            through(model, pass, upstream, &mut parts);
        }
    }
    parts.push(of_loss);
    parts
}

/// From a pass's last block down to the lowest weights that train. `upstream` is the gradient of
/// what came out of the last block, `[lines, time, width]`.
fn through(
    model: &mut Decoder,
    mut pass: Pass,
    mut upstream: Tensor<3>,
    parts: &mut Vec<Gradients>,
) {
    while let Some((block, input)) = pass.pop() {
        let output = model.recompute(&pass, block, input.clone());
        let mut gradients = (output * upstream).sum().backward();
        let below = input.grad_remove(&mut gradients);
        parts.push(gradients);
        match below {
            Some(gradient) => upstream = gradient,
            None => return,
        }
    }
    if pass.embeds() {
        let output = model.recompute_embedding(&pass);
        parts.push((output * upstream).sum().backward());
    }
}

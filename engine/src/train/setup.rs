//! Adapters and heads for a method, on a model that may carry those of the run before.

use temper_protocol::{Failure, LoraConfig, Method, ResolvedRun};

use crate::model::param::SetTrainable;
use crate::model::{Adapter, Decoder, Lora, ScalarHead};
use crate::open::OpenModel;
use crate::weights::peft;
use burn::tensor::{Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The critic's adapter must not draw as the policy's does.
const CRITIC_SEED: u32 = 0x9e37_79b9;

/// Whether all weights train: there is no adapter.
pub fn is_full(run: &ResolvedRun) -> bool {
    run.config.lora.is_none() && run.config.model.adapter.is_none()
}

/// Puts the trained adapter on, and the reference's frozen copy where training goes on from one;
/// for a reward model its head.
///
/// # Errors
/// A model that was changed, or an adapter that doesn't fit it or `[lora]`.
pub fn weights(
    open: &mut OpenModel,
    run: &ResolvedRun,
    adapter: Option<&peft::Adapter>,
) -> Result<(), Failure> {
    if open.changed {
        return Err(Failure::bad_input(
            "the model was changed by full-weight training: open it again",
        ));
    }
    let decoder = &mut open.decoder;
    decoder.visit(&mut SetTrainable(false));
    decoder.strip();
    match (adapter, &run.config.lora) {
        (Some(adapter), lora) => {
            decoder.attach(adapter, Adapter::Policy)?;
            let dropout = check_adapter(lora.as_ref(), adapter)?;
            for (_, layer) in decoder.projections() {
                if let Some(lora) = &mut layer.lora {
                    lora.dropout = dropout;
                }
            }
            decoder.freeze_reference();
        }
        (None, Some(lora)) => decoder.attach_new(lora, run.config.seed, Adapter::Policy)?,
        (None, None) => {}
    }
    match run.config.method {
        Method::Reward => {
            let facts = (decoder.config.hidden_size, decoder.device());
            let head = decoder.score.get_or_insert_with(|| new_head(&facts, run));
            head.weight.trainable = true;
        }
        // Its head has no part in anything else.
        _ => decoder.score = None,
    }
    Ok(())
}

/// All weights train: to be called once the reference is safe.
pub fn release_all(open: &mut OpenModel) {
    open.decoder.visit(&mut SetTrainable(true));
    open.changed = true;
}

/// PPO's critic: an adapter and a value head that start as the reward model, where there is one on
/// this base, else an adapter that changes nothing and a head of zeros. Where all weights train,
/// the critic shares them with the policy. `gain` is the reward's normalisation.
///
/// # Errors
/// No layer answers to `lora.targets`.
pub fn critic(open: &mut OpenModel, run: &ResolvedRun, gain: f64) -> Result<(), Failure> {
    let decoder = &mut open.decoder;
    let from_reward = decoder.projections().iter().any(|(_, layer)| layer.reward.is_some());
    if from_reward {
        for (_, layer) in decoder.projections() {
            let copied = layer.reward.as_ref().map(|lora| {
                let names = [&lora.a, &lora.b].map(|param| param.name.clone());
                let [a, b] = names.map(|name| name.replacen("reward.", "critic.", 1));
                let mut copy = lora.clone();
                (copy.a.name, copy.b.name) = (a, b);
                (copy.a.trainable, copy.b.trainable) = (true, true);
                // An adapter's own dropout stays off, see `check_adapter`.
                copy.dropout = 0.0;
                copy
            });
            layer.critic = copied;
        }
    } else if !is_full(run) {
        let lora = run.config.lora.clone().or_else(|| like_policy(decoder)).unwrap_or_default();
        decoder.attach_new(&lora, run.config.seed ^ CRITIC_SEED, Adapter::Critic)?;
    }
    let width = decoder.config.hidden_size;
    let weight = match (&decoder.score, from_reward) {
        (Some(score), true) => score.weight.value() * gain,
        _ => Tensor::zeros([1, width], &decoder.device()),
    };
    decoder.value = Some(ScalarHead::new("value", weight));
    Ok(())
}

/// The settings of a loaded adapter, for another like it.
fn like_policy(decoder: &mut Decoder) -> Option<LoraConfig> {
    let mut found: Option<LoraConfig> = None;
    for (names, layer) in decoder.projections() {
        let Some(Lora { a, scale, .. }) = &layer.lora else { continue };
        let r = a.value().dims()[0] as u32;
        let config = found.get_or_insert_with(|| LoraConfig {
            r,
            alpha: scale * f64::from(r),
            dropout: 0.0,
            targets: Vec::new(),
        });
        for name in names {
            if !config.targets.contains(name) {
                config.targets.push(*name);
            }
        }
    }
    found
}

/// `N(0, 1/√(d+1))` (Stiennon et al. 2020), so that rewards start near zero.
fn new_head((width, device): &(usize, burn::tensor::Device), run: &ResolvedRun) -> ScalarHead {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(run.config.seed) ^ u64::from(CRITIC_SEED));
    let deviation = 1.0 / (*width as f64 + 1.0).sqrt();
    let values: Vec<f32> = (0..*width).map(|_| (normal(&mut rng) * deviation) as f32).collect();
    let weight = Tensor::from_data(TensorData::new(values, [1, *width]), device);
    ScalarHead::new("score", weight)
}

/// Box and Muller's.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// Whether `[lora]`, where given, says what the adapter is; gives the dropout to train with. An
/// adapter's own dropout stays off, as TRL's trainers switch it off: policy and reference would
/// differ by noise.
fn check_adapter(lora: Option<&LoraConfig>, adapter: &peft::Adapter) -> Result<f64, Failure> {
    let Some(lora) = lora else { return Ok(0.0) };
    let (r, scale) = (adapter.config.r, adapter.config.scale());
    if lora.r as usize != r || (lora.alpha / f64::from(lora.r) - scale).abs() > 1e-9 {
        let message = format!(
            "lora.r = {} and lora.alpha = {}, but the adapter has r = {r} and a scale of {scale}: \
             leave [lora] out",
            lora.r, lora.alpha
        );
        return Err(Failure::bad_input(message));
    }
    Ok(lora.dropout)
}

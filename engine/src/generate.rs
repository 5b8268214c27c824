//! Sampling with a KV cache, a batch of prompts at a time.

use burn::tensor::{Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use temper_protocol::Failure;

use crate::data::batch::bucket;
use crate::device::read;
use crate::kernels::matmul;
use crate::model::{Adapter, Cache, Decoder};

/// How tokens are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// At most this many tokens.
    pub max_new_tokens: usize,
    /// 0 is greedy.
    pub temperature: f64,
    /// Only the most likely few; 0 is off.
    pub top_k: usize,
    /// Only the most likely that together reach this probability; 1 is off.
    pub top_p: f64,
    /// The same seed and row draw the same tokens.
    pub seed: u64,
}

impl Sampling {
    /// The most likely token every time.
    pub fn greedy(max_new_tokens: usize) -> Self {
        Self { max_new_tokens, temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0 }
    }
}

/// Completes each prompt until a stop token or `max_new_tokens`; the stop token is included.
/// `breathe` is awaited between tokens.
///
/// # Errors
/// An empty prompt, one that leaves no room, or a lost device.
pub async fn generate(
    model: &Decoder,
    prompts: &[Vec<u32>],
    stop: &[u32],
    sampling: &Sampling,
    adapter: Adapter,
    mut breathe: impl AsyncFnMut(),
) -> Result<Vec<Vec<u32>>, Failure> {
    let longest = check(model, prompts)?;
    // A row's own room, whatever its neighbours.
    let limit =
        |prompt: &Vec<u32>| sampling.max_new_tokens.min(model.config.max_positions - prompt.len());
    let new_tokens = prompts.iter().map(limit).max().unwrap_or(0);
    let pads: Vec<usize> = prompts.iter().map(|prompt| longest - prompt.len()).collect();
    let device = model.device();
    let capacity = bucket(longest + new_tokens);
    let mut cache = Cache::new(&model.config, pads, capacity, &device);
    let rows = prompts.iter().enumerate();
    let mut draws: Vec<Draw> =
        rows.map(|(row, prompt)| Draw::new(sampling, row, limit(prompt))).collect();

    let padded = prompts.iter().flat_map(|prompt| {
        std::iter::repeat_n(0, longest - prompt.len()).chain(prompt.iter().map(|&id| id as i32))
    });
    let mut ids: Vec<i32> = padded.collect();
    while draws.iter().any(|draw| !draw.done) {
        let rows = prompts.len();
        let input = TensorData::new(ids.clone(), [rows, ids.len() / rows]);
        let hidden =
            model.hidden_cached(Tensor::<2, Int>::from_data(input, &device), adapter, &mut cache);
        let next = next_tokens(model, hidden, &mut draws).await?;
        ids = next.iter().map(|&id| id as i32).collect();
        for (draw, id) in draws.iter_mut().zip(next) {
            draw.take(id, stop);
        }
        breathe().await;
    }
    Ok(draws.into_iter().map(|draw| draw.ids).collect())
}

fn check(model: &Decoder, prompts: &[Vec<u32>]) -> Result<usize, Failure> {
    let longest = prompts.iter().map(Vec::len).max().unwrap_or(0);
    let limit = model.config.max_positions;
    if prompts.iter().any(Vec::is_empty) || longest == 0 {
        return Err(Failure::bad_input("a prompt is empty: there is nothing to go on from"));
    }
    if longest >= limit {
        let message =
            format!("a prompt of {longest} tokens leaves no room: the model takes {limit}");
        return Err(Failure::bad_input(message));
    }
    model.config.check_ids(prompts.iter().flatten())?;
    Ok(longest)
}

/// `hidden` is `[rows, time, width]`; only its last column counts.
async fn next_tokens(
    model: &Decoder,
    hidden: Tensor<3>,
    draws: &mut [Draw<'_>],
) -> Result<Vec<u32>, Failure> {
    let [rows, time, width] = hidden.dims();
    let last = hidden.slice([0..rows, time - 1..time, 0..width]).reshape([rows, width]);
    let logits = matmul::linear(last, model.head().value());
    if draws.iter().all(|draw| draw.sampling.temperature == 0.0) {
        // One number a row to read back.
        let best = read(logits.argmax(1).float()).await?;
        return Ok(best.into_iter().map(|id| id as u32).collect());
    }
    let vocab = model.config.vocab_size;
    let logits = read(logits).await?;
    Ok(logits.chunks(vocab).zip(draws).map(|(logits, draw)| draw.sample(logits)).collect())
}

/// One row's completion so far.
struct Draw<'a> {
    sampling: &'a Sampling,
    rng: ChaCha8Rng,
    ids: Vec<u32>,
    limit: usize,
    done: bool,
}

impl<'a> Draw<'a> {
    fn new(sampling: &'a Sampling, row: usize, limit: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(sampling.seed);
        rng.set_stream(row as u64);
        Self { sampling, rng, ids: Vec::new(), limit, done: limit == 0 }
    }

    fn take(&mut self, id: u32, stop: &[u32]) {
        if !self.done {
            self.ids.push(id);
            self.done = stop.contains(&id) || self.ids.len() >= self.limit;
        }
    }

    fn sample(&mut self, logits: &[f32]) -> u32 {
        let candidates = candidates(logits, self.sampling);
        let total: f64 = candidates.iter().map(|(_, weight)| weight).sum();
        let mut left = self.rng.random::<f64>() * total;
        for &(id, weight) in &candidates {
            left -= weight;
            if left < 0.0 {
                return id;
            }
        }
        candidates.last().map_or(0, |&(id, _)| id)
    }
}

/// Ids and unnormalised probabilities after temperature, top-k and top-p, in that order (as
/// transformers applies them).
fn candidates(logits: &[f32], sampling: &Sampling) -> Vec<(u32, f64)> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |logit: f32| (f64::from(logit - largest) / sampling.temperature).exp();
    let mut all: Vec<(u32, f64)> = (0..).zip(logits.iter().map(|&logit| weight(logit))).collect();
    if sampling.top_k == 0 && sampling.top_p >= 1.0 {
        return all;
    }
    // Stable, so that ties keep the order of their ids.
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    if sampling.top_k > 0 {
        all.truncate(sampling.top_k);
    }
    let enough = all.iter().map(|(_, weight)| weight).sum::<f64>() * sampling.top_p;
    let mut reached = 0.0;
    let kept = all.iter().position(|(_, weight)| {
        reached += weight;
        reached >= enough
    });
    all.truncate(kept.map_or(all.len(), |last| last + 1));
    all
}

#[cfg(test)]
mod tests {
    use std::f32::consts::LN_2;

    use super::*;

    fn sampling(temperature: f64, top_k: usize, top_p: f64) -> Sampling {
        Sampling { max_new_tokens: 1, temperature, top_k, top_p, seed: 3 }
    }

    /// Probabilities .5, .25, .125, .125.
    const LOGITS: [f32; 4] = [0.0, -LN_2, -2.0 * LN_2, -2.0 * LN_2];

    fn ids(sampling: &Sampling) -> Vec<u32> {
        candidates(&LOGITS, sampling).into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn top_k_and_top_p_keep_the_most_likely() {
        assert_eq!(ids(&sampling(1.0, 2, 1.0)), [0, 1]);
        assert_eq!(ids(&sampling(1.0, 0, 0.7)), [0, 1]);
        assert_eq!(ids(&sampling(1.0, 0, 0.4)), [0]);
        assert_eq!(ids(&sampling(1.0, 0, 1.0)).len(), 4);
    }

    #[test]
    fn frequencies_follow_the_probabilities() {
        let sampling = sampling(1.0, 0, 1.0);
        let mut draw = Draw::new(&sampling, 0, 1);
        let first = (0..4000).filter(|_| draw.sample(&LOGITS) == 0).count();
        // Three standard deviations of a binomial with p = .5 are 95.
        assert!((1905..2095).contains(&first), "{first}");
    }
}

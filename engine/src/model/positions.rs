//! What a forward pass knows of positions: rotary angles and who may attend to whom.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::config::DecoderConfig;
use crate::data::batch::Fork;
use crate::kernels::attention::rotary_table;

// Far below any score, and finite, so that a row with no visible key gives no NaN.
const HIDDEN: f32 = -1e9;

/// The part of the sequences that a forward pass computes.
#[derive(Clone, Debug)]
pub struct Span<'a> {
    /// Padding on the left of each row; one entry where all rows are alike.
    pub pads: &'a [usize],
    /// Columns already in the cache.
    pub start: usize,
    /// Columns computed now.
    pub time: usize,
    /// Columns of keys: `start + time`, or the cache's capacity.
    pub keys: usize,
}

/// What every layer reads of positions, built once a forward pass.
#[derive(Clone, Debug)]
pub struct Positions {
    /// Indices of learned positions, `[rows or 1 · time]`.
    pub ids: Tensor<1, Int>,
    /// Who may attend to whom.
    pub reach: Reach,
}

/// Who may attend to whom, and rotary angles.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Whole lines, for the fused kernel.
    Lines(Box<Lines>),
    /// Some columns of a cached batch.
    Cached(Box<Cached>),
}

/// Whole lines padded on the right, where the causal mask hides the padding by itself.
#[derive(Clone, Debug)]
pub struct Lines {
    /// See [`rotary_table`]; `None` with learned positions.
    pub table: Option<Tensor<2>>,
    /// How far layers with a sliding window see.
    pub window: Option<usize>,
    /// Each line's fork, or empty.
    pub forks: Vec<Fork>,
}

/// Generation pads on the left, and its keys live in a cache longer than what is filled.
#[derive(Clone, Debug)]
pub struct Cached {
    /// Cosines and sines, `[rows or 1, time, 1, head_dim / 2]`; `None` with learned positions.
    pub rotary: Option<(Tensor<4>, Tensor<4>)>,
    /// Added to scores, `[rows or 1, 1, groups · time, keys]`.
    pub mask: Tensor<4>,
    /// The same for layers with a sliding window.
    pub window_mask: Option<Tensor<4>>,
}

impl Positions {
    /// For lines that are computed whole, of which some may fork.
    pub fn lines(config: &DecoderConfig, forks: &[Fork], time: usize, device: &Device) -> Self {
        let every: Vec<usize> = (0..time).collect();
        let table = config.rope.as_ref().map(|_| {
            let (cos, sin) = rotary(config, &every, 1, device);
            let half = cos.dims()[3];
            rotary_table(cos.reshape([time, half]), sin.reshape([time, half]))
        });
        let forked: Vec<usize> = forks
            .iter()
            .flat_map(|fork| every.iter().map(|&column| fork.position(column)))
            .collect();
        let ids = learned(config, if forks.is_empty() { &every } else { &forked }, device);
        let lines = Lines { table, window: window(config), forks: forks.to_vec() };
        Self { ids, reach: Reach::Lines(Box::new(lines)) }
    }

    /// For a part of a cached batch.
    pub fn cached(config: &DecoderConfig, span: &Span, device: &Device) -> Self {
        let positions: Vec<usize> = span
            .pads
            .iter()
            .flat_map(|pad| (0..span.time).map(move |t| (span.start + t).saturating_sub(*pad)))
            .collect();
        let rows = span.pads.len();
        let groups = config.heads / config.kv_heads;
        let cached = Cached {
            rotary: config.rope.as_ref().map(|_| rotary(config, &positions, rows, device)),
            mask: mask(span, None, groups, device),
            window_mask: window(config).map(|window| mask(span, Some(window), groups, device)),
        };
        Self { ids: learned(config, &positions, device), reach: Reach::Cached(Box::new(cached)) }
    }
}

/// The sliding window, where a layer has one.
fn window(config: &DecoderConfig) -> Option<usize> {
    config.sliding_window.filter(|_| config.windowed_layers.contains(&true))
}

/// Indices into a table of learned positions.
fn learned(config: &DecoderConfig, positions: &[usize], device: &Device) -> Tensor<1, Int> {
    // Padding may reach beyond the learned positions; it never counts.
    let last = config.max_positions.saturating_sub(1);
    let ids: Vec<i32> = positions.iter().map(|&p| p.min(last) as i32).collect();
    Tensor::from_data(TensorData::new(ids, [positions.len()]), device)
}

fn rotary(
    config: &DecoderConfig,
    positions: &[usize],
    rows: usize,
    device: &Device,
) -> (Tensor<4>, Tensor<4>) {
    let (frequencies, scale) = config.inv_freq();
    let shape = [rows, positions.len() / rows, 1, frequencies.len()];
    let table = |f: fn(f32) -> f32| {
        let values: Vec<f32> = positions
            .iter()
            // transformers multiplies in f32; so do we, to agree at long positions.
            .flat_map(|&p| frequencies.iter().map(move |&w| f(p as f32 * w as f32) * scale as f32))
            .collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    };
    (table(f32::cos), table(f32::sin))
}

fn mask(span: &Span, window: Option<usize>, groups: usize, device: &Device) -> Tensor<4> {
    let mut values = Vec::with_capacity(span.pads.len() * span.time * span.keys);
    for &pad in span.pads {
        for query in span.start..span.start + span.time {
            let oldest = window.map_or(0, |window| (query + 1).saturating_sub(window)).max(pad);
            values.extend(
                (0..span.keys).map(|key| if key >= oldest && key <= query { 0.0 } else { HIDDEN }),
            );
        }
    }
    let shape = [span.pads.len(), 1, span.time, span.keys];
    // A key head's query heads lie one after another along the query axis.
    Tensor::<4>::from_data(TensorData::new(values, shape), device).repeat_dim(2, groups)
}

/// Rotates the two halves of each head, as Llama's checkpoints have it (RoFormer, Su et al. 2021).
/// `x` is `[rows, time, heads, head_dim]`.
pub fn rotate(x: Tensor<4>, (cos, sin): &(Tensor<4>, Tensor<4>)) -> Tensor<4> {
    let [rows, time, heads, width] = x.dims();
    let half = width / 2;
    let first = x.clone().slice([0..rows, 0..time, 0..heads, 0..half]);
    let second = x.slice([0..rows, 0..time, 0..heads, half..width]);
    let turned = first.clone() * cos.clone() - second.clone() * sin.clone();
    let other = second * cos.clone() + first * sin.clone();
    Tensor::cat(vec![turned, other], 3)
}

//! Causal attention with grouped query heads (Ainslie et al. 2023).

use burn::tensor::{Tensor, activation};

use super::cache::Cache;
use super::config::DecoderConfig;
use super::linear::Linear;
use super::lora::Adapter;
use super::norm::Norm;
use super::param::ParamVisitor;
use super::positions::{Cached, Lines, Positions, Reach, rotate};
use crate::kernels::attention::{Sight, attention};
use crate::kernels::matmul::{Layout, matmul};

/// Where queries, keys and values come from.
#[derive(Clone, Debug)]
pub enum Qkv {
    /// One layer each.
    Split(Box<[Linear; 3]>),
    /// One layer for all three (GPT-2's `c_attn`).
    Fused(Box<Linear>),
}

/// One layer's attention.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Queries, keys, values.
    pub qkv: Qkv,
    /// Back to the hidden width.
    pub output: Linear,
    /// Norms of each head's query and key (Qwen3).
    pub qk_norm: Option<[Norm; 2]>,
    /// Whether this layer sees only its sliding window.
    pub windowed: bool,
}

impl Attention {
    /// `x` is `[rows, time, width]`, shape kept.
    pub fn forward(
        &self,
        x: Tensor<3>,
        config: &DecoderConfig,
        positions: &Positions,
        adapter: Adapter,
        cache: Option<(&mut Cache, usize)>,
    ) -> Tensor<3> {
        let [rows, time, _] = x.dims();
        let [q, k, v] = self.project(x, config, adapter);
        let [q, k] = match &self.qk_norm {
            Some([q_norm, k_norm]) => [q_norm.forward(q), k_norm.forward(k)],
            None => [q, k],
        };
        let mixed = match &positions.reach {
            Reach::Lines(lines) => self.over_lines([q, k, v], lines),
            Reach::Cached(cached) => self.over_cache([q, k, v], cached, cache),
        };
        let mixed = mixed.reshape([rows, time, config.heads * config.head_dim]);
        self.output.forward(mixed, adapter)
    }

    /// `[rows, time, heads, width]`, as the queries.
    fn over_lines(&self, [q, k, v]: [Tensor<4>; 3], lines: &Lines) -> Tensor<4> {
        let window = lines.window.filter(|_| self.windowed);
        let sight = Sight { window, forks: lines.forks.clone() };
        attention(q, k, v, lines.table.clone(), sight)
    }

    /// The same of the columns computed now over all that the cache holds, theirs included.
    fn over_cache(
        &self,
        [q, k, v]: [Tensor<4>; 3],
        cached: &Cached,
        cache: Option<(&mut Cache, usize)>,
    ) -> Tensor<4> {
        let ([rows, time, heads, width], kv_heads) = (q.dims(), k.dims()[2]);
        let groups = heads / kv_heads;
        let [q, k] = match &cached.rotary {
            Some(table) => [rotate(q, table), rotate(k, table)],
            None => [q, k],
        };
        // [rows, time, heads, width] -> [rows, kv_heads, groups · time, width]: the query heads
        // that share a key head lie one after another, so keys are never repeated.
        let q = q
            .reshape([rows, time, kv_heads, groups, width])
            .permute([0, 2, 3, 1, 4])
            .reshape([rows, kv_heads, groups * time, width]);
        let mut keys_values = [k.swap_dims(1, 2), v.swap_dims(1, 2)];
        if let Some((cache, layer)) = cache {
            keys_values = cache.extend(layer, keys_values);
        }
        let [k, v] = keys_values;

        let scale = 1.0 / (width as f64).sqrt();
        let windowed = cached.window_mask.as_ref().filter(|_| self.windowed);
        let mask = windowed.unwrap_or(&cached.mask).clone();
        // [rows · kv_heads, ...]: as many products of matrices.
        let pairs = |x: Tensor<4>| {
            let [rows, heads, length, width] = x.dims();
            x.reshape([rows * heads, length, width])
        };
        let keys = k.dims()[2];
        let scores = matmul(pairs(q.mul_scalar(scale)), pairs(k), Layout::RightTransposed);
        let scores = scores.reshape([rows, kv_heads, groups * time, keys]) + mask;
        let mixed = matmul(pairs(activation::softmax(scores, 3)), pairs(v), Layout::Plain);
        mixed
            .reshape([rows, kv_heads, groups, time, width])
            .permute([0, 3, 1, 2, 4])
            .reshape([rows, time, heads, width])
    }

    /// Queries `[rows, time, heads, width]`, keys and values `[rows, time, kv_heads, width]`.
    fn project(&self, x: Tensor<3>, config: &DecoderConfig, adapter: Adapter) -> [Tensor<4>; 3] {
        let [rows, time, _] = x.dims();
        let heads = [config.heads, config.kv_heads, config.kv_heads];
        let flat = match &self.qkv {
            Qkv::Split(layers) => {
                layers.as_ref().each_ref().map(|layer| layer.forward(x.clone(), adapter))
            }
            Qkv::Fused(layer) => {
                let all = layer.forward(x, adapter);
                let width = config.heads * config.head_dim;
                [0, 1, 2].map(|i| all.clone().slice([0..rows, 0..time, i * width..(i + 1) * width]))
            }
        };
        let [q, k, v] = flat;
        let split = |x: Tensor<3>, heads: usize| x.reshape([rows, time, heads, config.head_dim]);
        [split(q, heads[0]), split(k, heads[1]), split(v, heads[2])]
    }

    /// See [`super::Block::is_recorded`].
    pub fn is_recorded(&self, adapter: Adapter) -> bool {
        let qkv = match &self.qkv {
            Qkv::Split(layers) => layers.iter().any(|layer| layer.is_recorded(adapter)),
            Qkv::Fused(layer) => layer.is_recorded(adapter),
        };
        let normed = self.qk_norm.iter().flatten().any(Norm::is_recorded);
        qkv || normed || self.output.is_recorded(adapter)
    }

    /// Visits its weights.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        match &mut self.qkv {
            Qkv::Split(layers) => layers.iter_mut().for_each(|layer| layer.visit(visitor)),
            Qkv::Fused(layer) => layer.visit(visitor),
        }
        self.output.visit(visitor);
        if let Some(norms) = &mut self.qk_norm {
            norms.iter_mut().for_each(|norm| norm.visit(visitor));
        }
    }
}

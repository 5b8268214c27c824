//! Keys and values of what was read, so that each new token costs one column.

use burn::tensor::{Device, Tensor};

use super::config::DecoderConfig;

/// The cache of a batch of rows, all of one length, padded on the left.
///
/// Its memory is taken once, for the longest the rows will get: shapes stay the same from step to
/// step, which keeps a GPU's allocator and kernel cache quiet.
#[derive(Clone, Debug)]
pub struct Cache {
    layers: Vec<Option<[Tensor<4>; 2]>>,
    /// Padding on the left of each row.
    pub pads: Vec<usize>,
    /// Columns filled.
    pub filled: usize,
    /// Columns in all.
    pub capacity: usize,
}

impl Cache {
    /// An empty cache for `pads.len()` rows of at most `capacity` columns.
    pub fn new(config: &DecoderConfig, pads: Vec<usize>, capacity: usize, device: &Device) -> Self {
        let shape = [pads.len(), config.kv_heads, capacity, config.head_dim];
        let empty = || Some([Tensor::zeros(shape, device), Tensor::zeros(shape, device)]);
        Self { layers: (0..config.layers).map(|_| empty()).collect(), pads, filled: 0, capacity }
    }

    /// Adds new columns of keys and values, `[rows, kv_heads, time, head_dim]`, after those filled;
    /// gives all of the layer's, `[rows, kv_heads, capacity, head_dim]`.
    pub fn extend(&mut self, layer: usize, new: [Tensor<4>; 2]) -> [Tensor<4>; 2] {
        let [rows, heads, time, width] = new[0].dims();
        let filled = self.filled;
        let place = [0..rows, 0..heads, filled..filled + time, 0..width];
        // Taken out, so that the write has the only handle and happens in place.
        let both = match self.layers[layer].take() {
            Some([keys, values]) => {
                let [new_keys, new_values] = new;
                [keys.slice_assign(place.clone(), new_keys), values.slice_assign(place, new_values)]
            }
            None => new,
        };
        self.layers[layer] = Some(both.clone());
        both
    }
}

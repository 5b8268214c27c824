//! From a checkpoint's tensors to the decoder, one tensor in host memory at a time.

use burn::tensor::{Device, Tensor, TensorData};

use super::attention::{Attention, Qkv};
use super::config::{Architecture, DecoderConfig};
use super::heads::ScalarHead;
use super::linear::Linear;
use super::norm::Norm;
use super::param::Param;
use super::{Block, Decoder, Mlp};
use crate::weights::{Weights, WeightsError};

impl Decoder {
    /// Loads every weight, frozen. `progress` hears the layers done.
    ///
    /// # Errors
    /// A tensor that is missing, of another shape, or can't be read; each names file and tensor.
    pub async fn load(
        weights: &Weights,
        config: DecoderConfig,
        device: &Device,
        mut progress: impl FnMut(usize),
    ) -> Result<Self, WeightsError> {
        let loader = Loader { weights, config: &config, device };
        let names = Names::of(config.architecture);
        let (vocab, width) = (config.vocab_size, config.hidden_size);
        let embedding = loader.matrix(names.embedding, [vocab, width]).await?;
        let learned_positions = match config.architecture {
            Architecture::Gpt2 => {
                Some(loader.matrix("transformer.wpe.weight", [config.max_positions, width]).await?)
            }
            _ => None,
        };
        let mut blocks = Vec::with_capacity(config.layers);
        for i in 0..config.layers {
            blocks.push(loader.block(i).await?);
            progress(i + 1);
        }
        let norm = loader.norm(names.norm, width).await?;
        let head = loader.head(names.embedding).await?;
        let score = match weights.has("score.weight") {
            true => {
                let weight = loader.matrix("score.weight", [1, width]).await?;
                Some(ScalarHead { weight })
            }
            false => None,
        };
        let own_score = score.clone();
        let config = DecoderConfig { tied_embeddings: head.is_none(), ..config };
        Ok(Self {
            embedding,
            learned_positions,
            blocks,
            norm,
            head,
            score,
            own_score,
            value: None,
            recording: None,
            config,
        })
    }
}

impl Loader<'_> {
    /// The head, where it isn't the embedding. Of a file that holds both, and other numbers in
    /// each, the config is wrong that ties them: transformers doesn't either.
    async fn head(&self, embedding: &str) -> Result<Option<Param<2>>, WeightsError> {
        const HEAD: &str = "lm_head.weight";
        let shape = [self.config.vocab_size, self.config.hidden_size];
        let tied = self.config.tied_embeddings
            && (!self.weights.has(HEAD) || self.weights.are_same(HEAD, embedding).await?);
        if tied { Ok(None) } else { self.matrix(HEAD, shape).await.map(Some) }
    }
}

struct Names {
    embedding: &'static str,
    norm: &'static str,
}

impl Names {
    fn of(architecture: Architecture) -> Self {
        match architecture {
            Architecture::Gpt2 => {
                Self { embedding: "transformer.wte.weight", norm: "transformer.ln_f" }
            }
            _ => Self { embedding: "model.embed_tokens.weight", norm: "model.norm" },
        }
    }
}

struct Loader<'a> {
    weights: &'a Weights,
    config: &'a DecoderConfig,
    device: &'a Device,
}

impl Loader<'_> {
    /// Boxed, as each layer's is: the compiler would make one function of all of them, which takes
    /// as much stack as a worker has.
    async fn block(&self, i: usize) -> Result<Block, WeightsError> {
        match self.config.architecture {
            Architecture::Gpt2 => Box::pin(self.gpt2_block(&format!("transformer.h.{i}"))).await,
            _ => Box::pin(self.llama_block(i, &format!("model.layers.{i}"))).await,
        }
    }

    async fn llama_block(&self, i: usize, at: &str) -> Result<Block, WeightsError> {
        let c = self.config;
        let (width, inner) = (c.hidden_size, c.intermediate_size);
        let (q, kv) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        let layer = async |name: &str, shape, bias| {
            Box::pin(self.linear(&format!("{at}.{name}"), shape, bias)).await
        };
        let qkv = Qkv::Split(Box::new([
            layer("self_attn.q_proj", [q, width], c.attention_bias).await?,
            layer("self_attn.k_proj", [kv, width], c.attention_bias).await?,
            layer("self_attn.v_proj", [kv, width], c.attention_bias).await?,
        ]));
        let qk_norm = match c.qk_norm {
            true => Some([
                self.norm(&format!("{at}.self_attn.q_norm"), c.head_dim).await?,
                self.norm(&format!("{at}.self_attn.k_norm"), c.head_dim).await?,
            ]),
            false => None,
        };
        Ok(Block {
            attention_norm: self.norm(&format!("{at}.input_layernorm"), width).await?,
            attention: Attention {
                qkv,
                output: layer("self_attn.o_proj", [width, q], c.output_bias).await?,
                qk_norm,
                windowed: c.windowed_layers.get(i).copied().unwrap_or(false),
            },
            mlp_norm: self.norm(&format!("{at}.post_attention_layernorm"), width).await?,
            mlp: Mlp {
                gate: Some(layer("mlp.gate_proj", [inner, width], c.mlp_bias).await?),
                up: layer("mlp.up_proj", [inner, width], c.mlp_bias).await?,
                down: layer("mlp.down_proj", [width, inner], c.mlp_bias).await?,
            },
        })
    }

    async fn gpt2_block(&self, at: &str) -> Result<Block, WeightsError> {
        let (width, inner) = (self.config.hidden_size, self.config.intermediate_size);
        let layer =
            async |name: &str, shape| Box::pin(self.conv1d(&format!("{at}.{name}"), shape)).await;
        Ok(Block {
            attention_norm: self.norm(&format!("{at}.ln_1"), width).await?,
            attention: Attention {
                qkv: Qkv::Fused(Box::new(layer("attn.c_attn", [3 * width, width]).await?)),
                output: layer("attn.c_proj", [width, width]).await?,
                qk_norm: None,
                windowed: false,
            },
            mlp_norm: self.norm(&format!("{at}.ln_2"), width).await?,
            mlp: Mlp {
                gate: None,
                up: layer("mlp.c_fc", [inner, width]).await?,
                down: layer("mlp.c_proj", [width, inner]).await?,
            },
        })
    }

    async fn linear(
        &self,
        at: &str,
        shape: [usize; 2],
        bias: bool,
    ) -> Result<Linear, WeightsError> {
        let weight = self.matrix(&format!("{at}.weight"), shape).await?;
        let bias = match bias {
            true => Some(self.vector(&format!("{at}.bias"), shape[0]).await?),
            false => None,
        };
        Ok(Linear::new(weight, bias))
    }

    /// GPT-2's layers lie in files as `[in, out]`.
    async fn conv1d(&self, at: &str, [out, width]: [usize; 2]) -> Result<Linear, WeightsError> {
        let stored = self.matrix(&format!("{at}.weight"), [width, out]).await?;
        // Through a copy, so that the layer's weight lies as its shape says.
        let weight = stored.value().transpose().mul_scalar(1.0);
        let bias = self.vector(&format!("{at}.bias"), out).await?;
        Ok(Linear::new(Param::frozen(stored.name, weight), Some(bias)))
    }

    async fn norm(&self, at: &str, width: usize) -> Result<Norm, WeightsError> {
        let weight = self.vector(&format!("{at}.weight"), width).await?;
        let eps = self.config.norm_eps;
        let bias = match self.config.architecture {
            Architecture::Gpt2 => Some(self.vector(&format!("{at}.bias"), width).await?),
            _ => None,
        };
        Ok(Norm { weight, bias, eps })
    }

    async fn matrix(&self, name: &str, shape: [usize; 2]) -> Result<Param<2>, WeightsError> {
        let values = self.weights.read(name, &shape).await?;
        let tensor = Tensor::from_data(TensorData::new(values, shape), self.device);
        Ok(Param::frozen(name, tensor))
    }

    async fn vector(&self, name: &str, length: usize) -> Result<Param<1>, WeightsError> {
        let values = self.weights.read(name, &[length]).await?;
        let tensor = Tensor::from_data(TensorData::new(values, [length]), self.device);
        Ok(Param::frozen(name, tensor))
    }
}

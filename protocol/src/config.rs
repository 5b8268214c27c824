//! `RUN.toml`: every option once, under TRL's names.
//!
//! [`RunConfig`] is what was typed, [`ResolvedRun`] what it means: defaults per method filled in
//! and every combination checked. An option its method doesn't read is an error, never ignored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod check;
mod difference;
mod error;
mod feedback;
mod method;
mod online;
pub mod options;
mod pair;
mod resolve;
mod self_play;

pub use difference::Difference;
pub use error::ConfigError;
pub use feedback::{KtoConfig, KtoLoss, RewardConfig, SftConfig};
pub use method::{Method, RowKind};
pub use online::{
    KlEstimator, OnlineDpoConfig, OnlineLoss, PpoConfig, RlooConfig, ScoreConfig, ScoreSource,
};
pub use pair::{CpoConfig, DpoConfig, DpoLoss, FDivergence, OrpoConfig, SimpoConfig, SlicConfig};
pub use resolve::ResolvedRun;
pub use self_play::{SpinConfig, SpinLoss, SppoConfig};

/// One run, as typed in `RUN.toml` or filled in a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The training method.
    pub method: Method,
    /// Seeds the data order, LoRA's initialisation, dropout and sampling.
    #[serde(default = "default_seed")]
    pub seed: u32,
    /// The model to start from.
    pub model: ModelConfig,
    /// Low-rank adapters; left out, all weights train.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lora: Option<LoraConfig>,
    /// What to learn from.
    pub data: DataConfig,
    /// Options of supervised fine-tuning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sft: Option<SftConfig>,
    /// Options of reward models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<RewardConfig>,
    /// Options of direct preference optimisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpo: Option<DpoConfig>,
    /// Options of contrastive preference optimisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpo: Option<CpoConfig>,
    /// Options of SimPO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simpo: Option<SimpoConfig>,
    /// Options of ORPO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orpo: Option<OrpoConfig>,
    /// Options of SLiC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slic: Option<SlicConfig>,
    /// Options of KTO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kto: Option<KtoConfig>,
    /// Options of PPO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ppo: Option<PpoConfig>,
    /// Options of RLOO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rloo: Option<RlooConfig>,
    /// Options of online preference training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online_dpo: Option<OnlineDpoConfig>,
    /// Options of SPIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spin: Option<SpinConfig>,
    /// Options of SPPO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sppo: Option<SppoConfig>,
    /// What sampled completions are scored by (PPO, RLOO, online DPO, SPPO).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreConfig>,
    /// The optimiser.
    #[serde(default)]
    pub optimizer: OptimizerConfig,
    /// How the learning rate moves.
    #[serde(default)]
    pub schedule: ScheduleConfig,
    /// How long, how much at once, how often to report.
    #[serde(default, rename = "loop")]
    pub run_loop: LoopConfig,
    /// Completions sampled while training.
    #[serde(default)]
    pub sample: SampleConfig,
}

/// Where to compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// A real GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// WebGPU, or what wgpu finds natively.
    Wgpu,
    /// The CPU.
    Cpu,
}

/// The model to start from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// A folder in Hugging Face's layout, or one `.gguf` file.
    pub path: String,
    /// A LoRA adapter in PEFT's format that training goes on from; a frozen copy is the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
}

/// Low-rank adaptation, Hu et al. 2021: `y = xW + (alpha / r)·(xA)B`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoraConfig {
    /// Rank of the update.
    pub r: u32,
    /// Scale of the update is `alpha / r`.
    pub alpha: f64,
    /// Share of the adapter's inputs dropped while training.
    pub dropout: f64,
    /// Which projections get an adapter.
    pub targets: Vec<Projection>,
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self { r: 8, alpha: 16.0, dropout: 0.0, targets: Projection::ALL.to_vec() }
    }
}

/// The projections of a decoder block, under Llama's names.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// Queries.
    QProj,
    /// Keys.
    KProj,
    /// Values.
    VProj,
    /// Attention's output.
    OProj,
    /// The gate of SwiGLU.
    GateProj,
    /// Up to the inner width.
    UpProj,
    /// Back down.
    DownProj,
}

impl Projection {
    /// All seven, in the order of a block.
    pub const ALL: [Self; 7] = [
        Self::QProj,
        Self::KProj,
        Self::VProj,
        Self::OProj,
        Self::GateProj,
        Self::UpProj,
        Self::DownProj,
    ];

    /// The name that PEFT and checkpoints use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::QProj => "q_proj",
            Self::KProj => "k_proj",
            Self::VProj => "v_proj",
            Self::OProj => "o_proj",
            Self::GateProj => "gate_proj",
            Self::UpProj => "up_proj",
            Self::DownProj => "down_proj",
        }
    }
}

/// The data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Training rows, JSONL or JSON.
    pub train: String,
    /// Held-out rows, measured every `eval_every` steps and at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eval: Option<String>,
    /// Shuffled anew each epoch, or as the file has them.
    #[serde(default)]
    pub order: Order,
    /// Longest row, tokens of prompt and completion together; longer ones lose their tail. 1024 by
    /// default; 512 in PPO, RLOO and online DPO, whose rows are prompts: longer ones are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Shuffled each epoch by the run's seed.
    #[default]
    Shuffle,
    /// As in the file.
    File,
}

/// The optimiser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Which one.
    pub name: OptimizerName,
    /// Peak learning rate; left out, the method's own default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Decay of the running means of gradient and squared gradient.
    pub betas: [f64; 2],
    /// Added to the root of the second mean.
    pub eps: f64,
    /// Decoupled weight decay; norms and biases are spared.
    pub weight_decay: f64,
    /// Gradients are scaled down to this norm; 0 never clips.
    pub max_grad_norm: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            name: OptimizerName::Adamw,
            learning_rate: None,
            betas: [0.9, 0.999],
            eps: 1e-8,
            weight_decay: 0.0,
            max_grad_norm: 1.0,
        }
    }
}

/// The optimisers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Adam with decoupled weight decay, Loshchilov and Hutter 2017.
    Adamw,
}

/// How the learning rate moves over the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleConfig {
    /// Its shape after warm-up.
    pub kind: ScheduleKind,
    /// Steps over which it rises from 0.
    pub warmup_steps: u32,
}

/// The schedules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// Falls in a line to 0 at the last step.
    #[default]
    Linear,
    /// Falls along half a cosine to 0.
    Cosine,
    /// Stays.
    Constant,
}

/// How long, how much at once, how often to report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoopConfig {
    /// Passes over the data, of each iteration in self-play; 1 where `max_steps` isn't given either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u32>,
    /// Steps, of each iteration in self-play; a step of PPO or RLOO is a rollout with its updates.
    /// Excludes `epochs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u32>,
    /// Pairs of one micro-batch; rows, for SFT and KTO; completions, where they are sampled.
    pub batch_size: u32,
    /// Micro-batches of one step.
    pub accumulation: u32,
    /// Whether the backward pass computes each layer again instead of keeping the activations of
    /// all: slower, in less memory.
    pub gradient_checkpointing: bool,
    /// Steps between two logged lines, which then hold means; 0 is never.
    pub log_every: u32,
    /// Steps between two evaluations; 0 is only at the end.
    pub eval_every: u32,
    /// Steps between two rounds of samples; 0 is never.
    pub sample_every: u32,
    /// Steps between two checkpoints; 0 is never.
    pub checkpoint_every: u32,
}

impl Default for LoopConfig {
    fn default() -> Self {
        Self {
            epochs: None,
            max_steps: None,
            batch_size: 4,
            accumulation: 1,
            gradient_checkpointing: false,
            log_every: 1,
            eval_every: 0,
            sample_every: 0,
            checkpoint_every: 0,
        }
    }
}

/// Completions sampled while training, read where `loop.sample_every` is above 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SampleConfig {
    /// User turns to answer; left out, the first held-out (else training) prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompts: Option<Vec<String>>,
    /// How many prompts to take from the data.
    pub count: u32,
    /// Longest completion, tokens.
    pub max_new_tokens: u32,
    /// 0 is greedy.
    pub temperature: f64,
}

impl Default for SampleConfig {
    fn default() -> Self {
        Self { prompts: None, count: 2, max_new_tokens: 64, temperature: 0.0 }
    }
}

fn default_seed() -> u32 {
    42
}

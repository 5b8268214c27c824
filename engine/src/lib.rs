//! Everything that computes: models, data, objectives, the training loop, generation.
//!
//! The same code runs in a browser's Web Worker and natively. It opens no file, prints nothing,
//! spawns no thread and never blocks: bytes come through [`weights::ByteSource`], files go
//! through [`storage::Store`], and what happens is told as `temper_protocol::Event`s.
//!
//! Data flows one way:
//!
//! ```text
//! config -> data -> batch -> log-probabilities -> objective -> gradients -> event
//! ```
//!
//! | module | owns |
//! |---|---|
//! | [`device`] | opening WebGPU or the CPU, and its self-test |
//! | [`model`] | the decoder, its LoRA layers and KV cache |
//! | [`weights`] | safetensors, GGUF and PEFT files |
//! | [`text`] | tokenizer and chat template |
//! | [`data`] | rows, import, encoding, batches |
//! | [`logps`] | the only road from hidden states to log-probabilities |
//! | [`objective`] | one pure function per method |
//! | [`scores`] | rewards and values: what a head reads off hidden states |
//! | [`train`] | the one loop, optimiser, reference, rollouts, self-play, checkpoints |
//! | [`generate`] | sampling with a KV cache |
//! | [`look`] | questions of a model as it is: samples, a row's probabilities, preferences |
//! | [`judge`] | AI feedback: preferences in both orders, and marks |
//! | [`rewards`] | what completions are scored by: a measure, a rule, a reward model, a judge |
//! | [`reviews`] | the default model's world: grammar and gold reward |

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests run natively"))]

pub mod data;
pub mod device;
pub mod generate;
pub mod judge;
pub mod kernels;
pub mod logps;
pub mod look;
pub mod model;
pub mod objective;
pub mod open;
pub mod reviews;
pub mod rewards;
pub mod scores;
pub mod storage;
pub mod text;
pub mod train;
pub mod weights;

pub use device::Compute;
pub use open::OpenModel;

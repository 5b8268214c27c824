//! The command line's words.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use temper_protocol::DeviceChoice;

/// Preference-tunes small language models on your own machine.
#[derive(Debug, Parser)]
#[command(name = "temper", version)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train by a RUN.toml
    Train(TrainArgs),
    /// Log-probabilities of completions, one JSON object a row
    Logps(LogpsArgs),
    /// Complete a prompt
    Generate(GenerateArgs),
    /// Rewards of completions by a reward model, one JSON object a row
    Score(ScoreArgs),
    /// Preferences of a judge: AI feedback
    Label(LabelArgs),
    /// Take a run out in a format for other tools: its weights, or all that TRL needs to make it
    Export(ExportArgs),
    /// Devices, their limits and their self-test
    Info(InfoArgs),
    /// How long a step takes here
    Bench(BenchArgs),
}

/// Where to compute.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Device {
    /// A real GPU where there is one, else the CPU
    Auto,
    /// The GPU, through wgpu
    Wgpu,
    /// The CPU
    Cpu,
}

impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Wgpu => Self::Wgpu,
            Device::Cpu => Self::Cpu,
        }
    }
}

/// `temper train`
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// The run's settings
    pub run: PathBuf,
    /// Folder for what the run leaves
    #[arg(long)]
    pub out: PathBuf,
    /// Where to compute
    #[arg(long, value_enum, default_value = "auto")]
    pub device: Device,
    /// Go on from the newest checkpoint in --out
    #[arg(long)]
    pub resume: bool,
    /// Change a setting; values are TOML, bare words are strings
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
}

/// `temper logps`
#[derive(Debug, clap::Args)]
pub struct LogpsArgs {
    /// A folder in Hugging Face's layout, or one .gguf file
    #[arg(long)]
    pub model: PathBuf,
    /// A LoRA adapter in PEFT's format
    #[arg(long)]
    pub adapter: Option<PathBuf>,
    /// Rows: JSONL, JSON, CSV or Parquet
    #[arg(long)]
    pub data: PathBuf,
    /// Print each token's log-probability too
    #[arg(long)]
    pub per_token: bool,
    /// Where to compute
    #[arg(long, value_enum, default_value = "auto")]
    pub device: Device,
}

/// `temper generate`
#[derive(Debug, clap::Args)]
pub struct GenerateArgs {
    /// A folder in Hugging Face's layout, or one .gguf file
    #[arg(long)]
    pub model: PathBuf,
    /// A LoRA adapter in PEFT's format
    #[arg(long)]
    pub adapter: Option<PathBuf>,
    /// What to go on from, as it stands
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// A conversation, `[{"role": "user", "content": "..."}]`, rendered by the chat template
    #[arg(long, value_name = "JSON", conflicts_with = "prompt")]
    pub messages: Option<String>,
    /// Token ids to go on from, `[1, 2, 3]`
    #[arg(long, value_name = "JSON", conflicts_with_all = ["prompt", "messages"])]
    pub prompt_ids: Option<String>,
    /// A file of rows with a `prompt` each; completions go to --out
    #[arg(long, value_name = "FILE", requires = "out", conflicts_with_all = SINGLE)]
    pub prompts: Option<PathBuf>,
    /// Completions of each prompt of --prompts
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), conflicts_with_all = SINGLE)]
    pub samples: u32,
    /// Where the completions of --prompts go, as JSONL
    #[arg(long, requires = "prompts", conflicts_with_all = SINGLE)]
    pub out: Option<PathBuf>,
    /// At most this many new tokens
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_new_tokens: u32,
    /// 0 is greedy
    #[arg(long, default_value_t = 0.0, value_parser = at_least_zero, allow_negative_numbers = true)]
    pub temperature: f64,
    /// Draw only among the K most likely; 0 is off
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub top_k: u32,
    /// Draw only among the most likely that together reach P
    #[arg(long, default_value_t = 1.0, value_parser = share, allow_negative_numbers = true)]
    pub top_p: f64,
    /// The same seed draws the same tokens
    #[arg(long, default_value_t = 42)]
    pub seed: u32,
    /// Print text and token ids as JSON
    #[arg(long, conflicts_with = "prompts")]
    pub json: bool,
    /// Where to compute
    #[arg(long, value_enum, default_value = "auto")]
    pub device: Device,
}

/// What asks for one completion, on standard output.
const SINGLE: [&str; 3] = ["prompt", "messages", "prompt_ids"];

/// `temper score`
#[derive(Debug, clap::Args)]
pub struct ScoreArgs {
    /// A folder in Hugging Face's layout, or one .gguf file
    #[arg(long)]
    pub model: PathBuf,
    /// A reward model's adapter in PEFT's format; left out where the model has a reward head
    #[arg(long)]
    pub adapter: Option<PathBuf>,
    /// Rows: JSONL, JSON, CSV or Parquet
    #[arg(long)]
    pub data: PathBuf,
    /// Where to compute
    #[arg(long, value_enum, default_value = "auto")]
    pub device: Device,
}

/// `temper label`
#[derive(Debug, clap::Args)]
pub struct LabelArgs {
    /// The model that judges: a folder in Hugging Face's layout, or one .gguf file
    #[arg(long)]
    pub judge: PathBuf,
    /// Pairs, or rows with a `prompt` and its `completions` as `generate --prompts` writes them,
    /// of which the first two that differ are compared
    #[arg(long)]
    pub data: PathBuf,
    /// Where the judge's pairs go, as JSONL
    #[arg(long)]
    pub out: PathBuf,
    /// With soft labels, each pair has the probability that chosen is preferred
    #[arg(long, value_enum, default_value = "hard")]
    pub labels: Labels,
    /// Leave out pairs whose probability is nearer to a half than this
    #[arg(long, value_name = "DISTANCE", default_value_t = 0.0, value_parser = up_to_half, allow_negative_numbers = true)]
    pub abstain: f64,
    /// Where the judge's figures go, as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Where to compute
    #[arg(long, value_enum, default_value = "auto")]
    pub device: Device,
}

/// How sure a judge's pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Labels {
    /// The more probable preference counts as certain
    Hard,
    /// Each pair carries its probability
    Soft,
}

/// `temper export`
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// A run's --out folder
    #[arg(long)]
    pub run: PathBuf,
    /// The format
    #[arg(long = "as", value_enum)]
    pub format: Format,
    /// Folder to write
    #[arg(long)]
    pub out: PathBuf,
}

/// Formats for other tools.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// PEFT's adapter_config.json and adapter_model.safetensors
    Peft,
    /// The model with the adapter in its weights, a folder in Hugging Face's layout
    Merged,
    /// adapter.gguf, for llama.cpp
    GgufLora,
    /// The run for Hugging Face's TRL: config.yaml for `trl METHOD --config`, its rows, and its own
    /// adapter to compare
    Trl,
}

/// `temper info`
#[derive(Debug, clap::Args)]
pub struct InfoArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `temper bench`
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// Print JSON, one object a line
    #[arg(long)]
    pub json: bool,
    /// Where to compute; left out, on the CPU and on the GPU in turn
    #[arg(long, value_enum)]
    pub device: Option<Device>,
    /// Steps of each work, the first of which is told apart
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..))]
    pub steps: u32,
    /// A folder with work.json and its rows, instead of work on the default model
    #[arg(long, value_name = "DIR", requires = "model")]
    pub work: Option<PathBuf>,
    /// The model of --work
    #[arg(long, requires = "work")]
    pub model: Option<PathBuf>,
}

fn at_least_zero(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value),
        _ => Err("expected a number of at least 0".into()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 1.0 => Ok(value),
        _ => Err("expected a number above 0 and up to 1".into()),
    }
}

fn up_to_half(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=0.5).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 0.5".into()),
    }
}

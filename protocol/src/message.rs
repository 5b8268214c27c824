//! The worker's protocol: requests from the page, answers and events back.
//!
//! Each [`Request`] gets exactly one [`Message::Answer`]. A run's events have a gapless `seq`
//! and end with `Finished` or `Failed`. Bytes never pass through serde: files go as `File`
//! handles beside the request, blobs come back beside the answer.

use serde::{Deserialize, Serialize};

use crate::config::{DeviceChoice, RowKind, RunConfig};
use crate::event::Event;
use crate::failure::Failure;
use crate::look::{Comparison, Finding, Preference, Question, Referee, RowProblem, RunEstimate};

/// Number of a request, chosen by the page.
pub type RequestId = u32;
/// Number of a run, chosen by the page.
pub type RunId = u32;

/// What the page wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Answered by the same number.
    pub id: RequestId,
    /// What to do.
    pub command: Command,
}

/// The commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Command {
    /// First of all: checks versions and opens the device.
    Hello {
        /// The page's [`crate::PROTOCOL_VERSION`].
        version: u32,
        /// The device the user asked for.
        device: DeviceChoice,
    },
    /// Loads a model from the files beside this request (Hugging Face's layout or one GGUF).
    OpenModel,
    /// Reads data from the file beside this request; without a file, the open data once more, as
    /// rows of another kind.
    ImportData {
        /// True for held-out rows.
        eval: bool,
        /// What the method to come learns from.
        rows: RowKind,
    },
    /// Starts a run on the open model and data; its events follow.
    Start {
        /// The run's number.
        run: RunId,
        /// Its settings.
        config: Box<RunConfig>,
        /// Whether to go on from its last checkpoint in the browser's storage.
        resume: bool,
        /// The checkpoint whose weights it begins with, where it is a branch of another run.
        from: Option<Branch>,
    },
    /// Acts on the run that is going on, between two steps.
    Control {
        /// The run.
        run: RunId,
        /// What to do with it.
        action: Action,
    },
    /// Asks something of the model as it is now; while a run goes on, between two of its steps.
    Ask(Question),
    /// Reads the file beside this request as rows and tells of every one that can't be used.
    CheckRows {
        /// What they would be read as.
        rows: RowKind,
    },
    /// What a run on the open model and data would take.
    Estimate {
        /// Its settings.
        config: Box<RunConfig>,
    },
    /// Loads a second model, from the files beside this request, to judge others' text.
    OpenJudge,
    /// Has a referee say which of two responses is better.
    Compare {
        /// Who says it.
        by: Referee,
        /// What about.
        comparisons: Vec<Comparison>,
    },
    /// Has the default model's reviews measured by the lesson's own rule.
    Score {
        /// Prompt and completion of each.
        items: Vec<[String; 2]>,
    },
    /// Puts a finished run's weights on the open model; without a run, the model is as it came.
    Wear {
        /// The run.
        run: Option<RunId>,
    },
    /// The run's weights as files, beside the answer.
    Export {
        /// The run.
        run: RunId,
    },
    /// Removes what a run left in the browser's storage.
    Forget {
        /// The run.
        run: RunId,
    },
}

/// A checkpoint that another run begins with: its weights, and nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Whose checkpoint.
    pub run: RunId,
    /// Of which step.
    pub step: u32,
}

/// Applied between two steps; a checkpoint is always of a whole step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Wait after this step.
    Pause,
    /// Go on.
    Resume,
    /// Take one step, then wait.
    StepOnce,
    /// Write a checkpoint after this step.
    Checkpoint,
    /// End after this step, keeping the weights.
    Stop,
}

/// What the worker says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Message {
    /// The one answer to a request.
    Answer {
        /// The request's number.
        to: RequestId,
        /// What came of it.
        result: Result<Reply, Failure>,
    },
    /// Something happened in a run.
    Event {
        /// The run.
        run: RunId,
        /// Counts from 0 without a gap.
        seq: u32,
        /// What happened.
        event: Event,
    },
    /// A line for the console.
    Log {
        /// How loud.
        level: Level,
        /// The line.
        text: String,
    },
    /// The worker is alive; silence means kill, restart, resume.
    Alive,
}

/// Answers, one variant a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Reply {
    /// To `Hello`.
    Hello(DeviceInfo),
    /// To `OpenModel`.
    Model(ModelInfo),
    /// To `ImportData`.
    Data(DataReport),
    /// To `Start`: the run has begun.
    Started,
    /// To `Control`.
    Controlled,
    /// To `Ask`.
    Found(Finding),
    /// To `CheckRows`: in the order of their lines.
    Checked(Vec<RowProblem>),
    /// To `Estimate`.
    Estimated(RunEstimate),
    /// To `OpenJudge`.
    Judge(ModelInfo),
    /// To `Compare`, one a comparison.
    Compared(Vec<Preference>),
    /// To `Score`, one an item: from -1, displeased, to 1, pleased.
    Scored(Vec<f64>),
    /// To `Wear`.
    Worn,
    /// To `Export`: names of the files beside this answer, in order.
    Files(Vec<String>),
    /// To `Forget`.
    Forgotten,
}

/// How loud a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// For the curious.
    Info,
    /// Worth a look.
    Warn,
    /// Something went wrong.
    Error,
}

/// The device in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// `"wgpu"` or `"cpu"`.
    pub kind: String,
    /// The adapter's name, or a description of the CPU path.
    pub name: String,
    /// Vulkan, Metal, DX12, WebGPU; empty for the CPU.
    pub backend: String,
    /// True where the adapter emulates a GPU on the CPU.
    pub software: bool,
    /// Largest storage binding, bytes; 0 for the CPU.
    pub max_binding_bytes: f64,
    /// Largest difference of the start-up self-test from the CPU's result.
    pub self_test_error: f64,
}

impl DeviceInfo {
    /// Whether it is the CPU.
    pub fn is_cpu(&self) -> bool {
        self.kind == "cpu"
    }
}

/// The open model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Folder or file name.
    pub name: String,
    /// `llama`, `qwen3`, `gpt2`, ...
    pub architecture: String,
    /// Number of weights.
    pub parameters: f64,
    /// Layers.
    pub layers: u32,
    /// Width of the hidden state.
    pub hidden_size: u32,
    /// Tokens in the vocabulary.
    pub vocab_size: u32,
    /// Longest sequence it was made for, tokens.
    pub max_positions: u32,
    /// Whether a chat template came with it.
    pub chat_template: bool,
}

/// What was read from a data file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataReport {
    /// The file.
    pub file: String,
    /// Usable rows.
    pub rows: u32,
    /// Rows left out, with the reason.
    pub dropped: Vec<DroppedRow>,
    /// The first rows as prompt, chosen, rejected (rejected empty for other kinds).
    pub preview: Vec<[String; 3]>,
}

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DroppedRow {
    /// Its line, counted from 1.
    pub line: u32,
    /// Why.
    pub reason: RowReason,
}

/// Why a row is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowReason {
    /// Chosen and rejected say the same: nothing to prefer.
    IdenticalPair,
    /// A completion is empty.
    EmptyCompletion,
    /// The prompt alone fills `max_length`.
    PromptTooLong,
    /// Longer than `max_length`, where a cut would change what is judged.
    TooLong,
}

impl std::fmt::Display for RowReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::IdenticalPair => "chosen equals rejected",
            Self::EmptyCompletion => "empty completion",
            Self::PromptTooLong => "prompt not shorter than max_length",
            Self::TooLong => "longer than max_length",
        })
    }
}

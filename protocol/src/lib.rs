//! What page, worker and command line say to the engine, and what they hear from it.
//!
//! ```text
//! RunConfig  ->  Session  ->  Event, Event, Event ...        the same three everywhere
//! ```
//!
//! This crate knows serde and nothing else of ours, so the page can depend on it without
//! ever building the engine. No tensor, weight or file passes through these types.

pub mod config;
pub mod event;
pub mod failure;
pub mod look;
pub mod message;
pub mod table;

pub use config::{
    ConfigError, CpoConfig, DataConfig, DeviceChoice, Difference, DpoConfig, DpoLoss, FDivergence,
    KlEstimator, KtoConfig, KtoLoss, LoopConfig, LoraConfig, Method, ModelConfig, OnlineDpoConfig,
    OnlineLoss, OptimizerConfig, OptimizerName, Order, OrpoConfig, PpoConfig, Projection,
    ResolvedRun, RewardConfig, RlooConfig, RowKind, RunConfig, SampleConfig, ScheduleConfig,
    ScheduleKind, ScoreConfig, ScoreSource, SftConfig, SimpoConfig, SlicConfig, SpinConfig,
    SpinLoss, SppoConfig,
};
pub use event::{
    CheckpointInfo, Event, MemoryEstimate, Phase, Sample, StepMetrics, Summary, Warning,
};
pub use failure::{Failure, FailureKind, Location};
pub use look::{
    Comparison, Finding, GenerateRequest, Generated, InspectedCompletion, InspectedToken,
    Preference, Question, Referee, RowProblem, RunEstimate,
};
pub use message::{
    Action, Branch, Command, DataReport, DeviceInfo, DroppedRow, Level, Message, ModelInfo, Reply,
    Request, RequestId, RowReason, RunId,
};

/// Page and worker are cached apart by a browser; a worker of another version refuses to talk.
pub const PROTOCOL_VERSION: u32 = 5;

//! The methods of the field, and what kind of rows each learns from.

use serde::{Deserialize, Serialize};

/// The training method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Supervised fine-tuning on completions.
    Sft,
    /// A reward model from pairs, by Bradley and Terry.
    Reward,
    /// Proximal policy optimisation against a reward.
    Ppo,
    /// REINFORCE leave-one-out against a reward: PPO's cheap alternative.
    Rloo,
    /// Direct preference optimisation on pairs, with its alternatives as losses (IPO and more).
    Dpo,
    /// Contrastive preference optimisation: DPO without a reference, plus SFT.
    Cpo,
    /// Length-normalised preferences with a target margin, without a reference.
    Simpo,
    /// SFT with an odds-ratio penalty, without a reference.
    Orpo,
    /// Sequence likelihood calibration: a hinge between log-probabilities, plus SFT.
    Slic,
    /// Two samples of the model itself, judged, become a pair to learn from.
    OnlineDpo,
    /// Self-play against the model's own last answers, from supervised data.
    Spin,
    /// Self-play on the model's own answers, ranked by a preference model.
    Sppo,
    /// Learning from thumbs up and thumbs down.
    Kto,
}

/// The rows that a method learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// Pairs; rows of one completion won't do.
    Pairs,
    /// Completions; of a pair, the chosen one.
    Completions,
    /// Completions with a label each; a pair gives two.
    Rated,
    /// Prompts, whatever else the rows hold.
    Prompts,
}

impl Method {
    /// All of them, in the order of the field's survey.
    pub const ALL: [Self; 13] = [
        Self::Sft,
        Self::Reward,
        Self::Ppo,
        Self::Rloo,
        Self::OnlineDpo,
        Self::Dpo,
        Self::Cpo,
        Self::Simpo,
        Self::Orpo,
        Self::Slic,
        Self::Spin,
        Self::Sppo,
        Self::Kto,
    ];

    /// As `RUN.toml` spells it; also the name of the method's own table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sft => "sft",
            Self::Reward => "reward",
            Self::Ppo => "ppo",
            Self::Rloo => "rloo",
            Self::Dpo => "dpo",
            Self::Cpo => "cpo",
            Self::Simpo => "simpo",
            Self::Orpo => "orpo",
            Self::Slic => "slic",
            Self::OnlineDpo => "online_dpo",
            Self::Spin => "spin",
            Self::Sppo => "sppo",
            Self::Kto => "kto",
        }
    }

    /// What it learns from.
    pub const fn row_kind(self) -> RowKind {
        match self {
            Self::Sft | Self::Spin => RowKind::Completions,
            Self::Kto => RowKind::Rated,
            Self::Ppo | Self::Rloo | Self::OnlineDpo | Self::Sppo => RowKind::Prompts,
            Self::Reward | Self::Dpo | Self::Cpo | Self::Simpo | Self::Orpo | Self::Slic => {
                RowKind::Pairs
            }
        }
    }

    /// Whether it samples completions and has them scored: it reads `[score]`.
    pub const fn is_scored(self) -> bool {
        matches!(self, Self::Ppo | Self::Rloo | Self::OnlineDpo | Self::Sppo)
    }

    /// Whether it runs in iterations against its own last state.
    pub const fn is_self_play(self) -> bool {
        matches!(self, Self::Spin | Self::Sppo)
    }

    /// Peak learning rate where none is given: TRL's, or the papers'.
    pub const fn learning_rate(self) -> f64 {
        match self {
            Self::Sft => 2e-5,
            Self::Reward => 1e-4,
            Self::Ppo => 3e-6,
            Self::OnlineDpo | Self::Spin | Self::Sppo => 5e-7,
            Self::Dpo
            | Self::Cpo
            | Self::Simpo
            | Self::Orpo
            | Self::Slic
            | Self::Rloo
            | Self::Kto => 1e-6,
        }
    }
}

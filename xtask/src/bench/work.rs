//! The three kinds of work, and the files that say to everyone alike what is to be done.

use serde_json::{Value, json};

use super::least::Shape;
use super::material::{self, Random};

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Work {
    /// The reference step: all weights of a tiny Llama.
    Step,
    /// A step of DPO on a LoRA adapter of SmolLM2-135M-Instruct.
    Dpo,
    /// A batch of completions by SmolLM2-135M-Instruct.
    Generate,
}

/// Rows of the reference step.
pub const ROWS: usize = 8;
/// Tokens of each.
pub const TIME: usize = 64;
/// Pairs of a step of DPO.
pub const PAIRS: usize = 2;
/// Tokens of a pair's prompt, and of each of its completions.
pub const HALF: usize = 64;
/// The adapter's rank.
pub const RANK: usize = 8;
/// Prompts to complete.
pub const PROMPTS: usize = 16;
/// Tokens of each, and of its completion.
pub const TURN: usize = 32;

/// Ids of SmolLM2 that are no special tokens.
const WORDS: std::ops::Range<u64> = 1_000..41_000;
/// The model's name in `work.json`; the folder it lies in is told on the command line.
const SMOLLM2: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

impl Work {
    /// All of it, quickest first.
    pub const ALL: [Self; 3] = [Self::Step, Self::Dpo, Self::Generate];

    /// As `--only` and the folders have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Dpo => "dpo",
            Self::Generate => "generate",
        }
    }

    /// As the table has it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Step => {
                "The reference step: 4 layers, 128 wide, vocabulary 2,048; 8 x 64 tokens; \
                 AdamW on all weights"
            }
            Self::Dpo => {
                "A DPO step of SmolLM2-135M-Instruct: 2 pairs of 128 tokens; LoRA r 8, all \
                 projections"
            }
            Self::Generate => {
                "Generation by SmolLM2-135M-Instruct: 16 prompts of 32 tokens, 32 new tokens each"
            }
        }
    }

    /// What its files hold, by their names in the work's folder.
    pub fn files(self) -> Vec<(&'static str, Vec<u8>)> {
        let text = |value: Value| format!("{value:#}\n").into_bytes();
        let mut files = vec![("work.json", text(self.description())), ("rows.jsonl", self.rows())];
        if self == Self::Step {
            files.push(("model/config.json", text(material::config(&Shape::TINY, TIME))));
            files.push(("model/model.safetensors", material::weights(&Shape::TINY)));
        }
        files
    }

    fn description(self) -> Value {
        match self {
            Self::Step => json!({
                "model": ["config.json", "model.safetensors"],
                "rows": "rows.jsonl", "kind": "completions", "heavy": false,
                "run": {
                    "method": "sft",
                    "model": { "path": "model" },
                    "data": { "train": "rows.jsonl", "order": "file", "max_length": TIME },
                    "optimizer": { "learning_rate": 1e-3, "max_grad_norm": 0.0 },
                    "schedule": { "kind": "constant" },
                    "loop": { "batch_size": ROWS },
                },
            }),
            Self::Dpo => json!({
                "model": [SMOLLM2], "rows": "rows.jsonl", "kind": "pairs", "heavy": true,
                "run": {
                    "method": "dpo",
                    "model": { "path": SMOLLM2 },
                    "lora": { "r": RANK, "alpha": 16.0 },
                    "data": { "train": "rows.jsonl", "order": "file", "max_length": 2 * HALF },
                    "optimizer": { "learning_rate": 1e-4, "max_grad_norm": 0.0 },
                    "schedule": { "kind": "constant" },
                    "loop": { "batch_size": PAIRS },
                },
            }),
            Self::Generate => json!({
                "model": [SMOLLM2], "rows": "rows.jsonl", "kind": "prompts", "heavy": true,
                "new_tokens": TURN,
            }),
        }
    }

    fn rows(self) -> Vec<u8> {
        let mut random = Random::new(2);
        let mut row = || match self {
            Self::Step => json!({ "input_ids": random.ids(TIME, 0..Shape::TINY.vocab as u64) }),
            Self::Dpo => json!({
                "prompt_ids": random.ids(HALF, WORDS),
                "chosen_ids": random.ids(HALF, WORDS),
                "rejected_ids": random.ids(HALF, WORDS),
            }),
            Self::Generate => json!({ "prompt_ids": random.ids(TURN, WORDS) }),
        };
        let count = match self {
            Self::Step => ROWS,
            Self::Dpo => PAIRS,
            Self::Generate => PROMPTS,
        };
        (0..count).map(|_| format!("{}\n", row())).collect::<String>().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_is_given_the_same_each_time() {
        for work in Work::ALL {
            assert_eq!(work.files(), work.files(), "{work:?}");
        }
    }

    #[test]
    fn rows_have_the_lengths_that_the_title_says() {
        let rows = |work: Work| -> Vec<Value> {
            let text = String::from_utf8(work.rows()).expect("JSON is text");
            text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
        };
        let length = |row: &Value, key: &str| row[key].as_array().expect("ids").len();
        assert_eq!(rows(Work::Step).len(), 8);
        assert!(rows(Work::Step).iter().all(|row| length(row, "input_ids") == 64));
        let pairs = rows(Work::Dpo);
        assert_eq!(pairs.len(), 2);
        for side in ["chosen_ids", "rejected_ids"] {
            assert!(pairs.iter().all(|row| length(row, "prompt_ids") + length(row, side) == 128));
        }
        assert!(pairs.iter().all(|row| row["chosen_ids"] != row["rejected_ids"]));
        assert_eq!(rows(Work::Generate).len(), 16);
    }
}

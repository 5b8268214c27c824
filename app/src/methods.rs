//! The methods in plain words: what each is called, what it does, and what its rows are.

use temper_protocol::{Method, RowKind};

/// What the page opens with.
pub const DEFAULT: Method = Method::Dpo;

/// The method of that name.
pub fn by_name(name: &str) -> Option<Method> {
    Method::ALL.into_iter().find(|method| method.name() == name)
}

/// Its name for people.
pub fn title(method: Method) -> &'static str {
    match method {
        Method::Sft => "SFT: supervised fine-tuning",
        Method::Reward => "Reward model",
        Method::Ppo => "PPO: policy optimisation",
        Method::Rloo => "RLOO: REINFORCE leave-one-out",
        Method::OnlineDpo => "Online DPO",
        Method::Dpo => "DPO: direct preference optimisation",
        Method::Cpo => "CPO: contrastive preferences",
        Method::Simpo => "SimPO: simple preferences",
        Method::Orpo => "ORPO: odds ratio",
        Method::Slic => "SLiC: likelihood calibration",
        Method::Spin => "SPIN: self-play",
        Method::Sppo => "SPPO: self-play preferences",
        Method::Kto => "KTO: liked or not",
    }
}

/// The same without what it stands for: `DPO`.
pub fn short(method: Method) -> &'static str {
    let title = title(method);
    title.split_once(':').map_or(title, |(name, _)| name)
}

/// What it does, in a sentence.
pub fn description(method: Method) -> &'static str {
    match method {
        Method::Sft => "Learns to write as the examples do, token by token.",
        Method::Reward => "Learns to give the preferred answer of each pair the higher mark.",
        Method::Ppo => {
            "Writes answers, has them scored, and favours the good ones; a critic guides it."
        }
        Method::Rloo => {
            "Writes several answers a prompt and favours those that score above the others."
        }
        Method::OnlineDpo => {
            "Writes two answers to each prompt and learns to prefer the one that scores better."
        }
        Method::Dpo => {
            "Makes the preferred answer of each pair likelier, and stays close to what it was."
        }
        Method::Cpo => {
            "Pushes the answers of a pair apart and imitates the better one; needs no reference."
        }
        Method::Simpo => {
            "Compares answers by likelihood a token, so that length is no merit; no reference."
        }
        Method::Orpo => {
            "Imitates the preferred answers and lowers the odds of the others in one go."
        }
        Method::Slic => {
            "Moves the preferred answer ahead by a fixed margin, then lets go; no reference."
        }
        Method::Spin => {
            "Plays against itself: learns to tell the examples from what it wrote a round ago."
        }
        Method::Sppo => {
            "Plays against itself: ranks its own answers each round and moves to the winners."
        }
        Method::Kto => "Learns from single answers marked as liked or not; no pairs are needed.",
    }
}

/// What one row is called, and many.
pub fn rows(kind: RowKind) -> (&'static str, &'static str) {
    match kind {
        RowKind::Pairs => ("pair", "pairs"),
        RowKind::Completions => ("completion", "completions"),
        RowKind::Rated => ("rating", "ratings"),
        RowKind::Prompts => ("prompt", "prompts"),
    }
}

/// What the data is, as the heading of its card, and in a sentence.
pub fn data(kind: RowKind) -> (&'static str, &'static str) {
    match kind {
        RowKind::Pairs => (
            "Preferences",
            "Pairs of answers to the same prompt: one that you prefer, one that you don't.",
        ),
        RowKind::Completions => (
            "Examples",
            "Prompts with an answer each, as you would have it; of a pair, the better.",
        ),
        RowKind::Rated => {
            ("Ratings", "Single answers that were liked or not; a pair gives one of each.")
        }
        RowKind::Prompts => ("Prompts", "What to answer. The answers are written while it learns."),
    }
}

/// The keys of a row, for whoever brings their own.
pub fn keys(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Pairs => "prompt, chosen and rejected",
        RowKind::Completions => "prompt and completion, or messages",
        RowKind::Rated => "prompt, completion and label (true or false), or pairs",
        RowKind::Prompts => "prompt",
    }
}

/// What `loop.batch_size` counts.
pub fn batch(method: Method) -> (&'static str, &'static str) {
    match method {
        Method::Ppo | Method::Rloo | Method::OnlineDpo => (
            "Answers at once",
            "How many sampled answers one pass takes; more is steadier and needs more memory.",
        ),
        Method::Sft => ("Completions at once", "More is steadier and needs more memory."),
        Method::Kto => (
            "Ratings at once",
            "More is steadier and needs more memory; at least two, for each measures the other.",
        ),
        Method::Reward
        | Method::Dpo
        | Method::Cpo
        | Method::Simpo
        | Method::Orpo
        | Method::Slic
        | Method::Spin
        | Method::Sppo => ("Pairs at once", "More is steadier and needs more memory."),
    }
}

/// What `loop.max_steps` counts.
pub fn steps(method: Method) -> (&'static str, &'static str) {
    match method {
        Method::Spin | Method::Sppo => ("Steps a round", "How many times it learns in each round."),
        Method::Ppo | Method::Rloo => {
            ("Steps", "How many times it writes a batch of answers and learns from their scores.")
        }
        _ => ("Steps", "How many times it learns from a batch."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_found_by_its_name_and_told_in_one_sentence() {
        for method in Method::ALL {
            assert_eq!(by_name(method.name()), Some(method));
            let words = description(method);
            assert!(words.ends_with('.') && !words.contains(". "), "{words}");
        }
        assert_eq!(by_name("grpo"), None);
    }
}

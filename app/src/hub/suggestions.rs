//! Small models that are known to train here, for whoever has none in mind.

use crate::fit::{Size, Widths};

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Suggestion {
    /// On the hub.
    pub id: &'static str,
    /// What it is good for.
    pub words: &'static str,
    /// The licence's short name.
    pub licence: &'static str,
    /// To download, bytes.
    pub bytes: f64,
    /// How large it is.
    pub size: Size,
}

/// From small to large. Sizes are those of the hub in 2025; looking one up tells today's.
pub const SUGGESTIONS: [Suggestion; 4] = [
    Suggestion {
        id: "HuggingFaceTB/SmolLM2-135M-Instruct",
        words: "the quickest that chats: the one to try first",
        licence: "Apache-2.0",
        bytes: 271e6,
        size: size(134_515_008.0, 49_152, 576, 30),
    },
    Suggestion {
        id: "HuggingFaceTB/SmolLM2-360M-Instruct",
        words: "its larger sibling, better at following instructions",
        licence: "Apache-2.0",
        bytes: 726e6,
        size: size(361_821_120.0, 49_152, 960, 32),
    },
    Suggestion {
        id: "Qwen/Qwen2.5-0.5B-Instruct",
        words: "many languages, long texts",
        licence: "Apache-2.0",
        bytes: 995e6,
        size: size(494_032_768.0, 151_936, 896, 24),
    },
    Suggestion {
        id: "Qwen/Qwen3-0.6B",
        words: "can think before it answers",
        licence: "Apache-2.0",
        bytes: 1.51e9,
        size: size(596_049_920.0, 151_936, 1024, 28),
    },
];

const fn size(parameters: f64, vocab: u32, hidden: u32, layers: u32) -> Size {
    Size { parameters, widths: Some(Widths { vocab, hidden, layers }) }
}

#[cfg(test)]
mod tests {
    use super::super::id::RepoId;
    use super::*;

    #[test]
    fn suggestions_are_ids_of_the_hub() {
        for suggestion in SUGGESTIONS {
            assert_eq!(RepoId::parse(suggestion.id).unwrap().path(), suggestion.id);
        }
    }
}

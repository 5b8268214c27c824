//! What a judge is asked, word by word.
//!
//! Lee et al. 2023: a preamble, the context, the candidates, and the beginning of the answer,
//! after which the next token is the answer itself. The words are few, as small judges have
//! short contexts.

const PAIRWISE: &str = "You are an expert rater of helpful and honest responses. Given a context \
     and two responses, choose the one that is more helpful and honest. Answer 1 or 2.";

const MARK: &str = "You are an expert rater of helpful and honest responses. Given a context and \
     a response, rate how helpful and honest it is from 1 to 10.";

/// An instruction, and how its answer begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    /// The user's turn.
    pub instruction: String,
    /// The beginning of the assistant's.
    pub opening: &'static str,
}

/// Which of two responses is better: "1" or "2".
pub(super) fn pairwise(context: &str, first: &str, second: &str) -> Question {
    let (context, first, second) = (context.trim(), first.trim(), second.trim());
    let instruction = format!(
        "{PAIRWISE}\n\nContext - {context}\n\nResponse 1 - {first}\n\nResponse 2 - {second}"
    );
    Question { instruction, opening: "Preferred Response=" }
}

/// How good a response is: "1" to "10".
pub(super) fn mark(context: &str, response: &str) -> Question {
    let (context, response) = (context.trim(), response.trim());
    let instruction = format!("{MARK}\n\nContext - {context}\n\nResponse - {response}");
    Question { instruction, opening: "Score=" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orders_swap_exactly_the_two_responses() {
        let forward = pairwise("Why rain?", "BECAUSE", " NO ");
        let backward = pairwise("Why rain?", "NO", "BECAUSE");
        let swapped = forward.instruction.replace("BECAUSE", "…").replace("NO", "BECAUSE");
        assert_eq!(swapped.replace('…', "NO"), backward.instruction);
        assert_ne!(forward.instruction, backward.instruction);
        assert_eq!(forward.opening, backward.opening);
        let end = "Context - Why rain?\n\nResponse 1 - BECAUSE\n\nResponse 2 - NO";
        assert!(forward.instruction.ends_with(end), "{}", forward.instruction);
    }
}

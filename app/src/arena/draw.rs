//! Samples on show, and the row that a verdict on them makes.

use serde_json::Value;

use super::row;

/// Answers to one prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// What was asked.
    pub prompt: String,
    /// One to rate, two to compare.
    pub answers: Vec<String>,
    /// Which answer is the reference's, where the policy is compared with it.
    pub reference: Option<usize>,
}

/// Why nothing can be learnt from a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Both answers are the same.
    Alike,
    /// An answer has no text.
    Empty,
}

/// What is said of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first of two is better.
    Left,
    /// The second is.
    Right,
    /// Neither is.
    Tie,
    /// The only one is good.
    Liked,
    /// It isn't.
    Disliked,
    /// Nothing.
    Skipped,
}

impl Draw {
    /// Why nothing can be learnt from it, if so.
    pub fn flaw(&self) -> Option<Flaw> {
        flaw(&self.answers)
    }

    /// The row that a verdict makes of it, if it makes one.
    pub fn row(&self, verdict: Verdict, chat: bool) -> Option<Value> {
        if self.flaw().is_some() {
            return None;
        }
        let prompt = &self.prompt;
        match (self.answers.as_slice(), verdict) {
            ([left, right], Verdict::Left) => Some(row::pair(chat, prompt, [left, right])),
            ([left, right], Verdict::Right) => Some(row::pair(chat, prompt, [right, left])),
            ([answer], Verdict::Liked) => Some(row::rating(chat, prompt, answer, true)),
            ([answer], Verdict::Disliked) => Some(row::rating(chat, prompt, answer, false)),
            _ => None,
        }
    }
}

/// Why nothing can be learnt from answers to one prompt, if so.
pub fn flaw(answers: &[String]) -> Option<Flaw> {
    if answers.iter().any(|answer| answer.trim().is_empty()) {
        return Some(Flaw::Empty);
    }
    match answers {
        [left, right] if left == right => Some(Flaw::Alike),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(answers: &[&str]) -> Draw {
        let answers = answers.iter().map(ToString::to_string).collect();
        Draw { prompt: "p".into(), answers, reference: None }
    }

    #[test]
    fn only_a_choice_makes_a_row() {
        let two = draw(&["a", "b"]);
        assert_eq!(two.row(Verdict::Right, false), Some(row::pair(false, "p", ["b", "a"])));
        for verdict in [Verdict::Tie, Verdict::Skipped, Verdict::Liked] {
            assert_eq!(two.row(verdict, false), None, "{verdict:?}");
        }
        let one = draw(&["a"]);
        assert_eq!(one.row(Verdict::Disliked, true), Some(row::rating(true, "p", "a", false)));
    }

    #[test]
    fn nothing_is_learnt_from_alike_or_empty_answers() {
        assert_eq!(draw(&["a", "a"]).flaw(), Some(Flaw::Alike));
        assert_eq!(draw(&["a", " \n"]).flaw(), Some(Flaw::Empty));
        assert_eq!(draw(&["a", "a"]).row(Verdict::Left, false), None);
        assert_eq!(draw(&["a"]).flaw(), None);
    }
}

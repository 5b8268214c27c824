//! What the token view shows of numbers and rows, without a page.

use serde_json::json;
use temper_protocol::{InspectedCompletion, InspectedToken};

use super::chips::Chip;
use crate::format::{clipped, number};
use crate::insight::Answers;
use crate::sheet::{Row, spelled};

/// Nats that have the full colour at least, so that noise stays pale.
const LEAST: f64 = 0.5;
/// Letters of a row's title.
const TITLE: usize = 60;

/// `log π − log π_ref` of a token, nats.
pub fn ratio(token: &InspectedToken) -> f64 {
    token.policy - token.reference
}

/// The log-ratio that has the full colour: the largest of all, either way.
pub fn full<'a>(chips: impl Iterator<Item = &'a Chip>) -> f64 {
    chips.map(|chip| ratio(&chip.token)).fold(LEAST, |full, ratio| full.max(ratio.abs()))
}

/// A number that says which way it goes.
pub fn signed(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "+" };
    format!("{sign}{}", number(value.abs()))
}

/// A probability in percent.
pub fn percent(logp: f64) -> String {
    let share = 100.0 * logp.exp();
    if share < 0.1 { "below 0.1 %".into() } else { format!("{share:.1} %") }
}

/// All about one chip, in words.
pub fn told(chip: &Chip, beta: Option<f64>) -> String {
    let token = &chip.token;
    let ratio = ratio(token);
    let reward = beta.map(|beta| format!(", × β = {} reward", signed(beta * ratio)));
    let name = match (chip.is_broken(), chip.count) {
        (true, _) => "Part of a character that never became whole".into(),
        (false, 1) => format!("“{}”", token.text),
        (false, count) => format!("“{}”, {count} tokens summed", token.text),
    };
    format!(
        "{name}: policy {} nats ({}), reference {} nats ({}), log-ratio {}{}",
        signed(token.policy),
        percent(token.policy),
        signed(token.reference),
        percent(token.reference),
        signed(ratio),
        reward.unwrap_or_default()
    )
}

/// A completion's sum, and the reward that it implies.
pub fn sum(completion: &InspectedCompletion, beta: Option<f64>) -> String {
    let logratio = completion.policy() - completion.reference();
    let words = format!("Σ log π − log π_ref = {} nats", signed(logratio));
    match beta {
        Some(beta) => format!(
            "{words}; × β {} = {}, its implicit reward",
            number(beta),
            signed(beta * logratio)
        ),
        None => words,
    }
}

/// Where a key leads among the tokens of a completion.
pub fn led(from: Option<usize>, count: usize, key: &str) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match (key, from) {
        ("ArrowRight" | "ArrowDown", Some(at)) => Some((at + 1).min(last)),
        ("ArrowLeft" | "ArrowUp", Some(at)) => Some(at.saturating_sub(1)),
        ("ArrowRight" | "ArrowDown" | "ArrowLeft" | "ArrowUp" | "Home", _) => Some(0),
        ("End", _) => Some(last),
        _ => None,
    }
}

/// What a row asks, as far as it is text.
pub fn prompt(row: &str) -> String {
    Row::of_text(row).prompt().unwrap_or_default()
}

/// A prompt in one short line.
pub fn title(prompt: &str) -> String {
    let line = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "(without a prompt)".into() } else { clipped(&line, TITLE) }
}

/// The last answers as a row: the policy's over the reference's, or the one that both gave.
/// `chat` tells whether the prompt went through a chat template.
pub fn row_of(answers: &Answers, chat: bool) -> Option<String> {
    let (before, after) = (answers.before.as_deref()?, answers.after.as_deref()?);
    let prompt = &answers.prompt;
    let row = match before == after {
        true => json!({ "prompt": prompt, "completion": after }),
        false => json!({ "prompt": prompt, "chosen": after, "rejected": before }),
    };
    Some(spelled(row, chat).to_string())
}

#[cfg(test)]
mod tests {
    use super::super::chips::chips;
    use super::*;

    fn token(text: &str, policy: f64, reference: f64) -> InspectedToken {
        InspectedToken { text: text.into(), policy, reference, kl: 0.0 }
    }

    fn told_of(tokens: &[InspectedToken]) -> String {
        told(&chips(tokens)[0], None)
    }

    /// log-ratios 1 and −3, so −2 in all; β = 0.5 makes it −1. e^−1 is 36.8 %, e^−2 13.5 %.
    #[test]
    fn sums_and_rewards_by_hand() {
        let tokens = vec![token(" good", -1.0, -2.0), token(" bad", -4.0, -1.0)];
        let completion = InspectedCompletion { tokens };
        assert_eq!(
            sum(&completion, Some(0.5)),
            "Σ log π − log π_ref = −2.0000 nats; × β 0.5000 = −1.0000, its implicit reward"
        );
        assert_eq!(sum(&completion, None), "Σ log π − log π_ref = −2.0000 nats");
        assert_eq!(
            told(&chips(&completion.tokens)[0], Some(0.5)),
            "“ good”: policy −1.0000 nats (36.8 %), reference −2.0000 nats (13.5 %), \
             log-ratio +1.0000, × β = +0.5000 reward"
        );
        assert_eq!(full(chips(&completion.tokens).iter()), 3.0);
        assert_eq!(full([].iter()), LEAST);
    }

    #[test]
    fn tokens_of_one_character_are_told_together() {
        let words = told_of(&[token("", -1.0, -1.0), token("م", -0.5, -1.5)]);
        let expected = "“م”, 2 tokens summed: policy −1.5000 nats (22.3 %), reference −2.5000";
        assert!(words.starts_with(expected), "{words}");
        let broken = told_of(&[token("", -1.0, -1.0)]);
        assert!(broken.starts_with("Part of a character that never became whole: policy"));
    }

    #[test]
    fn keys_lead_through_the_tokens() {
        assert_eq!(led(None, 3, "ArrowRight"), Some(0));
        assert_eq!(led(Some(2), 3, "ArrowRight"), Some(2));
        assert_eq!(led(Some(0), 3, "ArrowLeft"), Some(0));
        assert_eq!(led(Some(0), 3, "End"), Some(2));
        assert_eq!(led(Some(0), 3, "x"), None);
        assert_eq!(led(None, 0, "Home"), None);
    }

    #[test]
    fn a_row_is_titled_by_its_prompt() {
        assert_eq!(prompt(r#"{"prompt":"Why?","chosen":"a"}"#), "Why?");
        let messages = r#"{"prompt":[{"role":"user","content":"Say\n hello."}]}"#;
        assert_eq!(title(&prompt(messages)), "Say hello.");
        assert_eq!(title(&prompt("no JSON")), "(without a prompt)");
        assert_eq!(title(&"é".repeat(70)), format!("{}…", "é".repeat(60)));
    }

    #[test]
    fn the_last_answers_are_a_row() {
        let answers = |before: Option<&str>, after: &str| Answers {
            prompt: "Why?".into(),
            before: before.map(String::from),
            after: Some(after.into()),
            step: 3,
        };
        assert_eq!(
            row_of(&answers(Some(" No."), " Yes."), false).unwrap(),
            r#"{"prompt":"Why?","chosen":" Yes.","rejected":" No."}"#
        );
        assert_eq!(
            row_of(&answers(Some("Yes."), "Yes."), true).unwrap(),
            r#"{"prompt":[{"role":"user","content":"Why?"}],"completion":[{"role":"assistant","content":"Yes."}]}"#
        );
        assert_eq!(row_of(&answers(None, "Yes."), true), None);
    }
}

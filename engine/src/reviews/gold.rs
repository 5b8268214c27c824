//! The gold reward: how pleased a text is, counted and not guessed.
//!
//! The phrases that carry a feeling are read off the grammar itself, so that the count is exact
//! for all it can write. Any other text is scored by the same phrases, the longest first, with a
//! negation turning the phrase after it around; words it doesn't know count for nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Family;
use super::grammar::{Feeling, Slot, Token, tokens};
use super::kinds::KINDS;
use super::templates::{CLAUSES, DETAILS, FURTHER, Sided, Talk};
use super::words::{Choices, LISTS};

/// Longest phrase, in words.
const LONGEST: usize = 6;

/// Turn the next phrase around; words ending in "n't" do too.
const NEGATIONS: &[&str] = &["not", "never", "hardly", "no", "nothing", "neither", "nor"];

/// May stand between a negation and what it turns around.
const BETWEEN: &[&str] =
    &["a", "all", "an", "at", "be", "been", "even", "really", "so", "that", "the", "too", "very"];

static PHRASES: LazyLock<BTreeMap<String, Feeling>> = LazyLock::new(phrases);

/// How pleased the text is, from 0 to 1: the pleased phrases' share of all that carry a feeling,
/// one half where none does.
pub fn pleased(text: &str) -> f64 {
    let (pleased, displeased) = count(text);
    if pleased + displeased == 0 {
        return 0.5;
    }
    f64::from(pleased) / f64::from(pleased + displeased)
}

/// Pleased and displeased phrases.
fn count(text: &str) -> (u32, u32) {
    let words = words(text);
    let (mut counts, mut at) = ((0, 0), 0);
    while at < words.len() {
        let Some((feeling, end)) = phrase(&words, at).or_else(|| negated(&words, at)) else {
            at += 1;
            continue;
        };
        match feeling {
            Feeling::Pleased => counts.0 += 1,
            Feeling::Displeased => counts.1 += 1,
        }
        at = end;
    }
    counts
}

/// The longest phrase that begins here, and where it ends.
fn phrase(words: &[String], at: usize) -> Option<(Feeling, usize)> {
    let most = LONGEST.min(words.len() - at);
    (1..=most).rev().find_map(|len| {
        let feeling = PHRASES.get(&words[at..at + len].join(" "))?;
        Some((*feeling, at + len))
    })
}

/// A negation here and the phrase that it turns around.
fn negated(words: &[String], at: usize) -> Option<(Feeling, usize)> {
    let word = words[at].as_str();
    let mut next = match word {
        "far" if words.get(at + 1).is_some_and(|word| word == "from") => at + 2,
        _ if NEGATIONS.contains(&word) || word.ends_with("n't") => at + 1,
        _ => return None,
    };
    while next < words.len() {
        if let Some((feeling, end)) = phrase(words, next) {
            return Some((feeling.other(), end));
        }
        if !BETWEEN.contains(&words[next].as_str()) {
            return None;
        }
        next += 1;
    }
    None
}

/// Words in lower case; a mark is a word of its own, so that no phrase reaches across it.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in text.chars().flat_map(char::to_lowercase) {
        let joins = letter.is_alphanumeric() || matches!(letter, '\'' | '’' | '-');
        if !joins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| !letter.is_whitespace()) {
            word.push(if letter == '’' { '\'' } else { letter });
        }
        if !joins {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Every phrase of the grammar that carries a feeling.
fn phrases() -> BTreeMap<String, Feeling> {
    let mut phrases = BTreeMap::new();
    for feeling in [Feeling::Pleased, Feeling::Displeased] {
        let parts = KINDS.iter().flat_map(|kind| kind.parts);
        let adjectives = parts.flat_map(|part| part.quality.adjectives(feeling).choices(false));
        let entries = LISTS.iter().flat_map(|list| match &list.choices {
            Choices::Sided(sides) => sides[feeling as usize],
            Choices::Neutral(_) => &[],
        });
        let single = adjectives.chain(entries.copied()).map(String::from);
        phrases.extend(single.chain(bracketed(feeling)).map(|phrase| (phrase, feeling)));
    }
    phrases
}

/// What templates of this feeling hold in brackets, for one writer and for several.
fn bracketed(feeling: Feeling) -> Vec<String> {
    let talks = [Family::Place, Family::Food, Family::Film].map(Talk::of);
    let of_talks = talks.iter().flat_map(|talk| [&talk.openings, &talk.closings]);
    let sided: Vec<&Sided> = of_talks.chain([&CLAUSES, &DETAILS, &FURTHER]).collect();
    let mut found = Vec::new();
    for template in sided.iter().flat_map(|sided| sided.own[feeling as usize]) {
        for me in ["me", "us"] {
            let mut inside: Option<Vec<&str>> = None;
            for token in tokens(template) {
                let word = match token {
                    Token::Open => {
                        inside = Some(Vec::new());
                        continue;
                    }
                    Token::Close => {
                        found.extend(inside.take().map(|words| words.join(" ")));
                        continue;
                    }
                    Token::Word(word) => word,
                    Token::Slot(Slot::Me) => me,
                    Token::Slot(_) => continue,
                };
                if let Some(words) = &mut inside {
                    words.push(word);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::reviews::{Split, prompt, review, subjects};

    #[test]
    fn the_reward_is_the_true_feeling_of_every_review() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for _ in 0..5000 {
            let review = review(&mut rng);
            let reward = pleased(&review.text);
            assert_eq!(reward > 0.5, review.pleased, "{reward}: {}", review.text);
            // Without "but" nothing is granted to the other side.
            if !review.text.contains(", but ") {
                let expected = if review.pleased { 1.0 } else { 0.0 };
                assert_eq!(reward, expected, "{}", review.text);
            }
        }
    }

    #[test]
    fn counts_by_hand() {
        for (text, counts) in [
            ("The bread was warm and the staff were kind.", (2, 0)),
            ("The plot was not dull at all.", (1, 0)),
            ("The bread wasn't very fresh.", (0, 1)),
            ("The bed was far from clean, and it was not worth the trip.", (0, 2)),
            ("The landlord was rude, but the beds were soft. I would gladly go back.", (2, 1)),
            ("I did not like it. No. Lovely.", (1, 1)),
            ("warm bread warm the was dull kind", (3, 1)),
            ("We visited this inn on Sunday.", (0, 0)),
        ] {
            assert_eq!(count(text), counts, "{text}");
        }
        assert_eq!(pleased("We visited this inn on Sunday."), 0.5);
        assert_eq!(
            pleased("It was dirty, but the view was lovely and the bread was fresh."),
            2.0 / 3.0
        );
    }

    #[test]
    fn no_phrase_has_both_feelings_and_none_is_too_long() {
        // A phrase of both would be in the map once, as displeased.
        for phrase in bracketed(Feeling::Pleased) {
            assert_eq!(PHRASES.get(&phrase), Some(&Feeling::Pleased), "{phrase}");
        }
        for kind in KINDS {
            for part in kind.parts {
                for word in part.quality.pleased.choices(false) {
                    assert_eq!(PHRASES.get(word), Some(&Feeling::Pleased), "{word}");
                }
            }
        }
        assert!(PHRASES.keys().all(|phrase| phrase.split(' ').count() <= LONGEST));
    }

    #[test]
    fn prompts_carry_no_feeling() {
        for subject in subjects(Split::Train).iter().chain(&subjects(Split::HeldOut)) {
            assert_eq!(count(&prompt(subject)), (0, 0), "{}", subject.phrase());
        }
    }
}

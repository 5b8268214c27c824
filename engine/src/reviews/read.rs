//! Reading a review: does a text follow the grammar?
//!
//! A text reads well when there is one kind of subject and one writer such that each of its
//! sentences is one of the grammar's: adjectives fit what they are said of, verbs agree, no part
//! is judged twice, "I" doesn't turn into "we". It says nothing of the feeling, which may be mixed.

use super::grammar::{Slot, State, Token, tokens};
use super::kinds::{KINDS, Kind};
use super::subjects::Subject;
use super::templates::{CLAUSES, Talk};

/// More sentences than this are rambling: the grammar's own reviews have two or three.
const MOST_SENTENCES: usize = 5;

/// Whether the text is a review in good English, of whatever subject.
pub fn reads_well(text: &str) -> bool {
    KINDS.iter().any(|kind| reads_as(text, kind))
}

/// Whether the text is a review in good English of this kind of subject.
pub fn reads_well_about(subject: &Subject, text: &str) -> bool {
    reads_as(text, subject.kind)
}

fn reads_as(text: &str, kind: &'static Kind) -> bool {
    let sentences = sentences(text.trim());
    let again = |at: usize| sentences[..at].contains(&sentences[at]);
    (1..=MOST_SENTENCES).contains(&sentences.len())
        && !(1..sentences.len()).any(again)
        && [false, true].iter().any(|several| {
            let start = State::new(kind, *several, None);
            sentences.iter().try_fold(start, |state, words| parse(words, state)).is_some()
        })
}

/// The text's sentences as words and marks. Spaces that don't belong leave empty words, which
/// match nothing.
fn sentences(text: &str) -> Vec<Vec<&str>> {
    let mut sentences = vec![Vec::new()];
    for chunk in text.split(' ') {
        let word = chunk.trim_end_matches([',', '.', '!']);
        let marks = chunk[word.len()..].split_inclusive(|_: char| true);
        let mut pieces: Vec<&str> = [word].into_iter().chain(marks).collect();
        let ends = pieces.last().is_some_and(|last| matches!(*last, "." | "!"));
        if let Some(sentence) = sentences.last_mut() {
            sentence.append(&mut pieces);
        }
        if ends {
            sentences.push(Vec::new());
        }
    }
    // A text that stops in the middle keeps its last piece, which then matches nothing.
    sentences.retain(|sentence: &Vec<&str>| !sentence.is_empty());
    sentences
}

/// The state after one sentence, if some template gives it.
fn parse(words: &[&str], mut state: State) -> Option<State> {
    let (first, rest) = words.split_first()?;
    let mut letters = first.chars();
    let capital = letters.next().filter(char::is_ascii_uppercase)?;
    let lowered = format!("{}{}", capital.to_ascii_lowercase(), letters.as_str());
    let first = if *first == "I" { *first } else { lowered.as_str() };
    let words: Vec<&str> = [first].into_iter().chain(rest.iter().copied()).collect();
    state.forget_words();
    Talk::of(state.kind.family)
        .sentences()
        .find_map(|template| walk(&tokens(template), &words, &state))
}

fn walk(template: &[Token], words: &[&str], state: &State) -> Option<State> {
    let Some((token, rest)) = template.split_first() else {
        return words.is_empty().then(|| state.clone());
    };
    match *token {
        Token::Open | Token::Close => walk(rest, words, state),
        Token::Word(word) => walk(rest, after(words, word)?, state),
        Token::Slot(Slot::Clause) => CLAUSES.all().find_map(|clause| {
            let template = [tokens(clause).as_slice(), rest].concat();
            walk(&template, words, state)
        }),
        Token::Slot(slot) => state.choices(slot).into_iter().find_map(|choice| {
            let words = after(words, choice.text)?;
            let mut state = state.clone();
            state.settle(choice);
            walk(rest, words, &state)
        }),
    }
}

/// What is left of `words` after the phrase, if they begin with it.
fn after<'a, 't>(words: &'a [&'t str], phrase: &str) -> Option<&'a [&'t str]> {
    phrase.split_whitespace().try_fold(words, |left, word| {
        left.split_first().filter(|(first, _)| **first == word).map(|(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::reviews::{Split, review_of};

    #[test]
    fn whatever_the_grammar_writes_reads_well() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for pleased in [true, false].repeat(300) {
            let subject = Subject::draw(Split::Train, &mut rng);
            let text = review_of(&subject, pleased, &mut rng).text;
            assert!(reads_well_about(&subject, &text), "{}: {text}", subject.noun());
        }
    }

    #[test]
    fn good_english_of_either_feeling_reads_well() {
        for text in [
            "What a lovely bakery! The bread was warm and the staff were kind. I would gladly go back.",
            "This bakery was a joy. The bread was stale.",
            "These noodles were a mistake. We left half of them.",
        ] {
            assert!(reads_well(text), "{text}");
        }
    }

    #[test]
    fn slips_are_noticed() {
        for text in [
            "",
            "What a lovely bakery",
            "what a lovely bakery!",
            "What a lovely noodles!",
            "What a lovely bakery! The bread were warm.",
            "What a lovely bakery! The bread was friendly.",
            "What a lovely bakery! The acting was superb.",
            "What a lovely bakery! The bread was warm and the bread was stale.",
            "What a lovely bakery! The bread was warm. The bread was stale.",
            "What a lovely bakery! What a lovely bakery!",
            "I loved this pie. We ate every bite.",
            "I loved this this pie.",
            "I loved  this pie.",
            "I loved this pie . I ate every bite.",
            "I loved this pie. I ate every",
        ] {
            assert!(!reads_well(text), "{text}");
        }
    }
}

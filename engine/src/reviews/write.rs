//! Writing a review: a plan of two or three sentences, then a choice at every slot.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::grammar::{Feeling, Slot, State, Token, tokens};
use super::subjects::{Split, Subject, prompt};
use super::templates::{CLAUSES, CONCESSIONS, DETAILS, FURTHER, Sided, Talk};

/// A review, what asked for it, and its true feeling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The request.
    pub prompt: String,
    /// The review.
    pub text: String,
    /// Whether it is pleased; if not, it is displeased.
    pub pleased: bool,
}

/// A review of a training subject, as often pleased as not.
pub fn review(rng: &mut impl Rng) -> Review {
    let subject = Subject::draw(Split::Train, rng);
    let pleased = rng.random_bool(0.5);
    review_of(&subject, pleased, rng)
}

/// A review of this subject with this feeling.
pub fn review_of(subject: &Subject, pleased: bool, rng: &mut impl Rng) -> Review {
    let feeling = if pleased { Feeling::Pleased } else { Feeling::Displeased };
    loop {
        // A plan may ask for more parts than the subject has; then another is drawn.
        if let Some(text) = attempt(subject, feeling, rng) {
            return Review { prompt: prompt(subject), text, pleased };
        }
    }
}

fn attempt(subject: &Subject, feeling: Feeling, rng: &mut impl Rng) -> Option<String> {
    let several = rng.random_bool(0.5);
    let mut state = State::new(subject.kind, several, Some(feeling));
    let mut sentences = Vec::new();
    for template in plan(Talk::of(subject.family()), feeling, rng)? {
        let mut words = Vec::new();
        fill(template, feeling, &mut state, &mut words, rng)?;
        sentences.push(sentence(&words));
    }
    Some(sentences.join(" "))
}

/// The sentences' templates. What grants the other side a point is always outweighed:
/// by the clause after it and by a closing.
fn plan(talk: &Talk, feeling: Feeling, rng: &mut impl Rng) -> Option<Vec<&'static str>> {
    let neutral = rng.random_bool(0.4);
    let opening = match neutral {
        true => talk.neutral.choose(rng).copied(),
        false => draw(&talk.openings, feeling, rng),
    }?;
    let shape = rng.random_range(0..100);
    let detail = match shape {
        0..15 => CONCESSIONS.choose(rng).copied(),
        _ => draw(&DETAILS, feeling, rng),
    }?;
    Some(match shape {
        0..70 => vec![opening, detail, draw(&talk.closings, feeling, rng)?],
        70..90 => vec![opening, detail, draw(&FURTHER, feeling, rng)?],
        _ if neutral => vec![opening, detail, draw(&FURTHER, feeling, rng)?],
        _ => vec![opening, detail],
    })
}

/// A template for this feeling; three in ten are those that serve it alone.
fn draw(sided: &Sided, feeling: Feeling, rng: &mut impl Rng) -> Option<&'static str> {
    let own = sided.own[feeling as usize];
    let alone = sided.both.is_empty() || (!own.is_empty() && rng.random_bool(0.3));
    let from = if alone { own } else { sided.both };
    from.choose(rng).copied()
}

fn fill(
    template: &'static str,
    feeling: Feeling,
    state: &mut State,
    words: &mut Vec<&'static str>,
    rng: &mut impl Rng,
) -> Option<()> {
    for token in tokens(template) {
        match token {
            Token::Open | Token::Close => {}
            Token::Word(word) => words.push(word),
            Token::Slot(Slot::Clause) => {
                let clause = draw(&CLAUSES, feeling, rng)?;
                fill(clause, feeling, state, words, rng)?;
            }
            Token::Slot(slot) => {
                let choice = *state.choices(slot).choose(rng)?;
                state.settle(choice);
                words.push(choice.text);
            }
        }
    }
    Some(())
}

/// Words and marks as a sentence: spaces between words, the first letter raised.
fn sentence(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        if !text.is_empty() && !matches!(*word, "," | "." | "!") {
            text.push(' ');
        }
        text.push_str(word);
    }
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_seed_fixes_the_reviews() {
        let three = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            [(); 3].map(|()| review(&mut rng))
        };
        assert_eq!(three(1), three(1));
        assert_ne!(three(1), three(2));
    }

    #[test]
    fn half_are_pleased_and_all_are_short() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let reviews: Vec<Review> = (0..2000).map(|_| review(&mut rng)).collect();
        let pleased = reviews.iter().filter(|review| review.pleased).count();
        assert!((900..1100).contains(&pleased), "{pleased}");
        for review in reviews {
            let words = review.text.split(' ').count();
            assert!((7..=48).contains(&words), "{}", review.text);
        }
    }

    #[test]
    fn sentences_begin_with_a_capital_and_marks_cling() {
        assert_eq!(sentence(&["what", "", "lovely", "noodles", "!"]), "What lovely noodles!");
    }
}

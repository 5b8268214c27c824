//! One grammar, walked in two ways: [`super::write`] draws a choice at every slot,
//! [`super::read`] tries them all against a text.

use super::kinds::{Kind, Part};
use super::words::{Choices, LISTS, List};

/// What a review, or a word of it, expresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feeling {
    Pleased,
    Displeased,
}

impl Feeling {
    /// The opposite.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Pleased => Self::Displeased,
            Self::Displeased => Self::Pleased,
        }
    }
}

/// A piece of a template.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    /// A word or a punctuation mark, as it stands.
    Word(&'static str),
    /// Something to fill in.
    Slot(Slot),
    /// Where a phrase that carries a feeling begins.
    Open,
    /// Where it ends.
    Close,
}

/// What a template leaves open; the table in [`super::templates`] explains each.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    Noun,
    This,
    Article,
    Be,
    It,
    Them,
    I,
    Me,
    My,
    Was,
    Part { enjoyed: bool },
    Adjective { own: bool, mild: bool },
    Clause,
    List(&'static List),
}

/// A template's pieces.
pub(super) fn tokens(template: &'static str) -> Vec<Token> {
    template.split_whitespace().flat_map(pieces).collect()
}

/// One chunk between spaces: a bracket, a word or slot, then marks and a bracket.
fn pieces(chunk: &'static str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let body = chunk.strip_prefix('[').unwrap_or(chunk);
    if body.len() < chunk.len() {
        tokens.push(Token::Open);
    }
    let word = body.trim_end_matches([']', ',', '.', '!']);
    let marks = &body[word.len()..];
    tokens.push(slot(word).map_or(Token::Word(word), Token::Slot));
    tokens.extend(marks.char_indices().map(|(at, mark)| match mark {
        ']' => Token::Close,
        _ => Token::Word(&marks[at..=at]),
    }));
    tokens
}

fn slot(word: &'static str) -> Option<Slot> {
    let name = word.strip_prefix('{')?.strip_suffix('}')?;
    Some(match name {
        "noun" => Slot::Noun,
        "this" => Slot::This,
        "a" => Slot::Article,
        "be" => Slot::Be,
        "it" => Slot::It,
        "them" => Slot::Them,
        "I" => Slot::I,
        "me" => Slot::Me,
        "my" => Slot::My,
        "was" => Slot::Was,
        "part" => Slot::Part { enjoyed: false },
        "thing" => Slot::Part { enjoyed: true },
        "~" => Slot::Adjective { own: true, mild: false },
        "~mild" => Slot::Adjective { own: true, mild: true },
        "!" => Slot::Adjective { own: false, mild: false },
        "!mild" => Slot::Adjective { own: false, mild: true },
        "clause" => Slot::Clause,
        _ => {
            let name = name.strip_prefix(['=', '~'])?;
            Slot::List(LISTS.iter().find(|list| list.name == name)?)
        }
    })
}

/// What is settled so far on a walk through a review.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// What the review is about.
    pub kind: &'static Kind,
    /// Whether "we" write it, not "I".
    pub several: bool,
    /// Its feeling; `None` where any will do.
    pub feeling: Option<Feeling>,
    /// The part that the sentence speaks of.
    part: Option<&'static Part>,
    /// Parts and words that may not come again.
    used: Vec<&'static str>,
}

/// One way to fill a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    /// What it puts there; may be several words, or none.
    pub text: &'static str,
    part: Option<&'static Part>,
    once: bool,
}

impl State {
    /// Before the first word.
    pub(super) fn new(kind: &'static Kind, several: bool, feeling: Option<Feeling>) -> Self {
        Self { kind, several, feeling, part: None, used: Vec::new() }
    }

    /// Every way to fill the slot; none for a clause, which is a template of its own.
    pub(super) fn choices(&self, slot: Slot) -> Vec<Choice> {
        if let Some(text) = self.agreeing(slot) {
            return vec![Choice { text, part: None, once: false }];
        }
        let unused = |text: &&'static str| !self.used.contains(text);
        let word = |text| Choice { text, part: None, once: true };
        match slot {
            Slot::Part { enjoyed } => {
                let parts = self.kind.parts.iter().filter(|part| part.quality.enjoyed || !enjoyed);
                parts
                    .filter(|part| unused(&part.name))
                    .map(|part| Choice { text: part.name, part: Some(part), once: true })
                    .collect()
            }
            Slot::Adjective { own, mild } => {
                self.adjectives(own, mild).into_iter().filter(unused).map(word).collect()
            }
            Slot::List(list) => self.entries(list).into_iter().filter(unused).map(word).collect(),
            _ => Vec::new(),
        }
    }

    /// Takes note of a choice made.
    pub(super) fn settle(&mut self, choice: Choice) {
        if choice.once {
            self.used.push(choice.text);
        }
        self.part = choice.part.or(self.part);
    }

    /// Lets words come again, but no part of the subject.
    pub(super) fn forget_words(&mut self) {
        let parts = self.kind.parts;
        self.used.retain(|word| parts.iter().any(|part| part.name == *word));
        self.part = None;
    }

    /// The one word that agrees with the subject, the writer or the part.
    fn agreeing(&self, slot: Slot) -> Option<&'static str> {
        let of_kind = |one, many| Some(if self.kind.many { many } else { one });
        let of_writer = |one, many| Some(if self.several { many } else { one });
        match slot {
            Slot::Noun => Some(self.kind.noun),
            Slot::This => of_kind("this", "these"),
            Slot::Article => of_kind("a", ""),
            Slot::Be => of_kind("was", "were"),
            Slot::It => of_kind("it", "they"),
            Slot::Them => of_kind("it", "them"),
            Slot::I => of_writer("I", "we"),
            Slot::Me => of_writer("me", "us"),
            Slot::My => of_writer("my", "our"),
            Slot::Was => self.part.map(|part| if part.many { "were" } else { "was" }),
            Slot::Part { .. } | Slot::Adjective { .. } | Slot::Clause | Slot::List(_) => None,
        }
    }

    fn adjectives(&self, own: bool, mild: bool) -> Vec<&'static str> {
        let Some(part) = self.part else { return Vec::new() };
        let feelings = self.feelings(own).iter();
        feelings.flat_map(|feeling| part.quality.adjectives(*feeling).choices(mild)).collect()
    }

    fn entries(&self, list: &List) -> Vec<&'static str> {
        match &list.choices {
            Choices::Neutral(entries) => entries.to_vec(),
            Choices::Sided(sides) => {
                let feelings = self.feelings(true).iter();
                feelings.flat_map(|feeling| sides[*feeling as usize]).copied().collect()
            }
        }
    }

    fn feelings(&self, own: bool) -> &'static [Feeling] {
        match self.feeling.map(|feeling| if own { feeling } else { feeling.other() }) {
            None => &[Feeling::Pleased, Feeling::Displeased],
            Some(Feeling::Pleased) => &[Feeling::Pleased],
            Some(Feeling::Displeased) => &[Feeling::Displeased],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reviews::Family;
    use crate::reviews::templates::{CLAUSES, Talk};

    #[test]
    fn every_template_names_slots_that_exist() {
        let talks = [Family::Place, Family::Food, Family::Film].map(Talk::of);
        for template in talks.into_iter().flat_map(Talk::sentences).chain(CLAUSES.all()) {
            for token in tokens(template) {
                if let Token::Word(word) = token {
                    assert!(!word.contains(['{', '}', '[', ']']) && !word.is_empty(), "{template}");
                }
            }
        }
    }

    #[test]
    fn brackets_and_marks_are_pieces_of_their_own() {
        let tokens = tokens("{I} [won {me} over], too.");
        let text: Vec<String> = tokens.iter().map(|token| format!("{token:?}")).collect();
        let expected = [
            "Slot(I)",
            "Open",
            "Word(\"won\")",
            "Slot(Me)",
            "Word(\"over\")",
            "Close",
            "Word(\",\")",
            "Word(\"too\")",
            "Word(\".\")",
        ];
        assert_eq!(text, expected);
    }
}

//! What reviews are about: thousands of subjects put together from few words.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::kinds::{KINDS, Kind};

/// The families of subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Bakeries, hotels, museums and the like.
    Place,
    /// Dishes.
    Food,
    /// Films of several sorts.
    Film,
}

impl Family {
    const ALL: [Self; 3] = [Self::Place, Self::Food, Self::Film];

    /// How a subject of the family ends.
    #[rustfmt::skip]
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Place => &[
                "by the river", "near the station", "on the hill", "behind the church", "in the old town",
                "by the sea", "next to the park", "opposite the school", "near the harbour",
                "in the village", "at the end of the lane", "on the main square",
            ],
            Self::Food => &[
                "at the station cafe", "at the village inn", "from the market", "from the shop on the corner",
                "at the harbour restaurant", "from the van by the beach", "at the school fete",
                "at the museum cafe", "from the new bakery", "at the hotel by the lake",
            ],
            Self::Film => &[
                "about a lost dog", "about two brothers at sea", "about a lighthouse keeper",
                "about a train robbery", "about a village band", "about a young doctor",
                "about the first trip to the moon", "about a family of bakers", "about a missing painting",
                "about an old sailor", "about a school for spies", "about a long winter",
                "about a queen and her cook", "about three sisters", "about a football team",
                "about a letter from the past",
            ],
        }
    }
}

/// Whether a subject is trained on or kept for measuring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Trained on.
    Train,
    /// Never trained on: each of its words is, this combination isn't.
    HeldOut,
}

/// One subject, such as "a small bakery by the river".
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    pub(super) kind: &'static Kind,
    before: &'static str,
    ending: &'static str,
}

impl Subject {
    /// Its family.
    pub fn family(&self) -> Family {
        self.kind.family
    }

    /// What a review calls it: "bakery".
    pub fn noun(&self) -> &'static str {
        self.kind.noun
    }

    /// In full: "a small bakery by the river".
    pub fn phrase(&self) -> String {
        let article = match self.kind.family {
            Family::Food => "the",
            _ if self.before.starts_with(['a', 'e', 'i', 'o', 'u', 'I']) => "an",
            _ => "a",
        };
        format!("{article} {} {} {}", self.before, self.kind.noun, self.ending)
    }

    /// Fixed by the words alone: one in eight is held out.
    pub fn split(&self) -> Split {
        // The top bits are the best mixed ones of this hash.
        if fnv1a(self.phrase().as_bytes()) >> 61 == 0 { Split::HeldOut } else { Split::Train }
    }

    /// A subject of the split, each family and each of its kinds equally often.
    pub fn draw(split: Split, rng: &mut impl Rng) -> Self {
        loop {
            if let Some(subject) = any(rng).filter(|subject| subject.split() == split) {
                return subject;
            }
        }
    }
}

fn any(rng: &mut impl Rng) -> Option<Subject> {
    let family = *Family::ALL.choose(rng)?;
    let kinds: Vec<&'static Kind> = KINDS.iter().filter(|kind| kind.family == family).collect();
    let kind = *kinds.choose(rng)?;
    Some(Subject { kind, before: kind.before.choose(rng)?, ending: family.endings().choose(rng)? })
}

/// Every subject of the split, in a fixed order.
pub fn subjects(split: Split) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for kind in KINDS {
        for before in kind.before {
            for ending in kind.family.endings() {
                subjects.push(Subject { kind, before, ending });
            }
        }
    }
    subjects.retain(|subject| subject.split() == split);
    subjects
}

/// The request for a review of the subject.
pub fn prompt(subject: &Subject) -> String {
    format!("Write a short review of {}.", subject.phrase())
}

/// Fowler, Noll and Vo's hash: the split must never change with a compiler or library.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn held_out_subjects_are_new_combinations_of_known_words() {
        let phrases = |split| subjects(split).iter().map(Subject::phrase).collect::<BTreeSet<_>>();
        let words = |phrases: &BTreeSet<String>| {
            phrases.iter().flat_map(|p| p.split(' ').map(String::from)).collect::<BTreeSet<_>>()
        };
        let (train, held_out) = (phrases(Split::Train), phrases(Split::HeldOut));
        assert!(train.is_disjoint(&held_out));
        assert!(words(&held_out).is_subset(&words(&train)));
        assert!((300..600).contains(&held_out.len()), "{}", held_out.len());
        assert!(train.len() > 2000, "{}", train.len());
    }

    #[test]
    fn every_kind_is_held_out_somewhere_and_articles_fit() {
        let held_out = subjects(Split::HeldOut);
        let nouns: BTreeSet<&str> = held_out.iter().map(Subject::noun).collect();
        assert_eq!(nouns.len(), KINDS.len());
        let prompts: Vec<String> = held_out.iter().map(prompt).collect();
        assert!(prompts.iter().any(|prompt| prompt.contains("of an old ")));
        assert!(!prompts.iter().any(|prompt| prompt.contains("of a old ")));
    }
}

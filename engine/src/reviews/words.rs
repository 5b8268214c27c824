//! What can be said of each sort of thing, and the small lists that templates draw from.
//!
//! A word has one feeling wherever it stands: nothing is "cold" in a good way. That is what lets
//! [`super::pleased`] count feelings in a text without knowing what it is about.

use super::grammar::Feeling;

/// The adjectives of one sort of thing.
#[derive(Debug)]
pub(super) struct Quality {
    /// Said when pleased.
    pub pleased: Adjectives,
    /// Said when displeased.
    pub displeased: Adjectives,
    /// Whether one says "I enjoyed it" of such a thing.
    pub enjoyed: bool,
}

impl Quality {
    /// What is said of it with this feeling.
    pub(super) fn adjectives(&self, feeling: Feeling) -> &Adjectives {
        match feeling {
            Feeling::Pleased => &self.pleased,
            Feeling::Displeased => &self.displeased,
        }
    }
}

/// Adjectives of one feeling.
#[derive(Debug)]
pub(super) struct Adjectives {
    /// Those that take "very" and "not … at all".
    pub mild: &'static [&'static str],
    /// Those that are strong enough alone.
    pub strong: &'static [&'static str],
}

impl Adjectives {
    /// The mild ones, and the strong ones too unless `mild` asks for those alone.
    pub(super) fn choices(&self, mild: bool) -> impl Iterator<Item = &'static str> {
        let strong: &'static [&'static str] = if mild { &[] } else { self.strong };
        self.mild.iter().chain(strong).copied()
    }
}

/// A list from which a template takes one entry, named in braces there.
#[derive(Debug)]
pub(super) struct List {
    /// Its name in templates.
    pub name: &'static str,
    /// What it offers.
    pub choices: Choices,
}

/// The entries of a list.
#[derive(Debug)]
pub(super) enum Choices {
    /// Without feeling.
    Neutral(&'static [&'static str]),
    /// One list each for pleased and displeased; every entry is a phrase that counts.
    Sided([&'static [&'static str]; 2]),
}

/// Every list that a template may name.
#[rustfmt::skip]
pub(super) static LISTS: &[List] = &[
    List { name: "when", choices: Choices::Neutral(&[
        "last week", "on Sunday", "yesterday", "last month", "on Friday", "last weekend", "last summer",
    ]) },
    List { name: "friend", choices: Choices::Neutral(&[
        "sister", "brother", "mother", "father", "neighbour", "cousin", "aunt", "uncle",
    ]) },
    List { name: "very", choices: Choices::Neutral(&["very", "really", "so"]) },
    List { name: "event", choices: Choices::Sided([
        &["a real pleasure", "a joy", "a delight", "a treat", "a lovely surprise"],
        &["a real disappointment", "a mistake", "a sad surprise", "a poor choice", "a letdown"],
    ]) },
    List { name: "liked", choices: Choices::Sided([
        &["loved", "enjoyed", "really liked", "adored"],
        &["hated", "disliked", "did not like", "did not enjoy"],
    ]) },
    // All begin with a consonant, so that "a" is right before each.
    List { name: "verdict", choices: Choices::Sided([
        &["lovely", "wonderful", "delightful", "splendid", "marvellous"],
        &["dreadful", "miserable", "terrible", "dismal", "horrible"],
    ]) },
];

type Words = &'static [&'static str];

const fn quality(enjoyed: bool, pleased: [Words; 2], displeased: [Words; 2]) -> Quality {
    Quality {
        enjoyed,
        pleased: Adjectives { mild: pleased[0], strong: pleased[1] },
        displeased: Adjectives { mild: displeased[0], strong: displeased[1] },
    }
}

/// Adjectives by sort of thing: enjoyed or not, then mild and strong ones of either feeling.
#[rustfmt::skip]
mod sorts {
    use super::{Quality, quality};

    pub(in crate::reviews) static BAKED: Quality = quality(true,
        [&["fresh", "warm", "light", "crisp"], &["delicious", "excellent"]],
        [&["stale", "dry", "soggy", "hard"], &["burnt", "tasteless"]]);
    pub(in crate::reviews) static DISH: Quality = quality(true,
        [&["tasty", "fresh", "hot"], &["delicious", "full of flavour", "excellent"]],
        [&["bland", "greasy", "dry", "cold"], &["tasteless", "too salty", "overcooked"]]);
    pub(in crate::reviews) static SAUCE: Quality = quality(true,
        [&["tasty", "rich", "smooth"], &["delicious", "full of flavour"]],
        [&["bland", "greasy", "watery"], &["tasteless", "too salty"]]);
    pub(in crate::reviews) static SWEET: Quality = quality(true,
        [&["smooth", "creamy", "light"], &["delicious", "excellent"]],
        [&["sickly", "greasy", "grainy"], &["too sweet", "tasteless"]]);
    pub(in crate::reviews) static DRINK: Quality = quality(true,
        [&["strong", "fresh", "hot"], &["excellent", "delicious"]],
        [&["weak", "bitter", "watery"], &["lukewarm", "undrinkable"]]);
    pub(in crate::reviews) static PRODUCE: Quality = quality(true,
        [&["fresh", "tasty", "crisp"], &["delicious"]],
        [&["sour", "bland", "bruised"], &["rotten", "tasteless"]]);
    pub(in crate::reviews) static PORTION: Quality = quality(false,
        [&["generous", "hearty"], &["huge"]],
        [&["skimpy", "stingy"], &["tiny", "too small"]]);
    pub(in crate::reviews) static SMELL: Quality = quality(true,
        [&["lovely", "inviting"], &["wonderful"]],
        [&["unpleasant", "sour"], &["awful", "horrible"]]);
    pub(in crate::reviews) static PEOPLE: Quality = quality(false,
        [&["kind", "friendly", "helpful", "patient", "polite", "cheerful"], &["wonderful"]],
        [&["rude", "unfriendly", "slow", "careless", "impatient", "grumpy"], &["dreadful"]]);
    pub(in crate::reviews) static SERVICE: Quality = quality(true,
        [&["friendly", "quick", "polite"], &["excellent", "wonderful"]],
        [&["slow", "careless", "rude"], &["dreadful", "awful"]]);
    pub(in crate::reviews) static SPACE: Quality = quality(false,
        [&["clean", "bright", "tidy", "comfortable", "welcoming"], &["spotless"]],
        [&["dirty", "gloomy", "cramped", "shabby", "noisy"], &["filthy"]]);
    pub(in crate::reviews) static SEAT: Quality = quality(false,
        [&["comfortable", "soft", "clean"], &["excellent"]],
        [&["uncomfortable", "hard", "dirty"], &["broken", "worn out"]]);
    pub(in crate::reviews) static CLEAN: Quality = quality(false,
        [&["clean", "tidy"], &["spotless"]],
        [&["dirty", "dusty", "untidy"], &["filthy"]]);
    pub(in crate::reviews) static WATER: Quality = quality(true,
        [&["clean", "warm", "clear"], &["wonderful"]],
        [&["dirty", "cold", "cloudy"], &["horrible"]]);
    pub(in crate::reviews) static PRICE: Quality = quality(false,
        [&["fair", "reasonable"], &["excellent"]],
        [&["unfair", "unreasonable"], &["too high", "shocking", "outrageous"]]);
    pub(in crate::reviews) static VIEW: Quality = quality(true,
        [&["lovely", "beautiful", "pretty"], &["stunning", "glorious"]],
        [&["ugly", "dreary", "dull"], &["hideous"]]);
    pub(in crate::reviews) static SHOW: Quality = quality(true,
        [&["interesting", "lively"], &["fascinating", "wonderful"]],
        [&["dull", "boring", "lifeless"], &["tedious"]]);
    pub(in crate::reviews) static PLOT: Quality = quality(true,
        [&["clever", "gripping", "moving", "believable", "well written"], &["brilliant"]],
        [&["dull", "confusing", "predictable", "silly", "badly written"], &["ridiculous"]]);
    pub(in crate::reviews) static ACTING: Quality = quality(true,
        [&["convincing", "natural"], &["superb", "excellent", "brilliant"]],
        [&["wooden", "lifeless", "clumsy"], &["terrible", "hopeless"]]);
    pub(in crate::reviews) static SOUND: Quality = quality(true,
        [&["beautiful", "lovely", "memorable"], &["wonderful", "glorious"]],
        [&["tiresome", "annoying", "forgettable"], &["too loud", "horrible"]]);
    pub(in crate::reviews) static ENDING: Quality = quality(true,
        [&["satisfying", "moving", "clever"], &["perfect"]],
        [&["disappointing", "predictable", "rushed"], &["ridiculous"]]);
    pub(in crate::reviews) static JOKES: Quality = quality(true,
        [&["funny", "clever", "witty"], &["hilarious"]],
        [&["lame", "childish", "predictable"], &["painful"]]);
    pub(in crate::reviews) static PICTURE: Quality = quality(true,
        [&["beautiful", "lovely", "striking"], &["stunning", "superb"]],
        [&["ugly", "clumsy", "dreary"], &["hideous", "terrible"]]);
}

pub(super) use sorts::*;

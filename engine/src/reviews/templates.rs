//! The sentences, with slots.
//!
//! | slot | stands for |
//! |---|---|
//! | `{noun}` `{this}` `{a}` `{be}` `{it}` `{them}` | the subject's noun and what agrees with it |
//! | `{I}` `{me}` `{my}` | the writer, one or several for a whole review |
//! | `{part}` `{thing}` | a part of the subject; one that is enjoyed |
//! | `{was}` | agrees with that part |
//! | `{~}` `{~mild}` `{!}` `{!mild}` | an adjective for it, of the review's feeling or of the other |
//! | `{clause}` | a clause of [`CLAUSES`] |
//! | `{=list}` `{~list}` | an entry of a list in [`super::words`] |
//!
//! Brackets hold a fixed phrase that carries the feeling of its side. Sentences are in lower case
//! where they begin; the first letter is raised when they are written.

use super::Family;

/// Templates that serve both feelings and those that serve one.
#[derive(Debug)]
pub(super) struct Sided {
    /// For both.
    pub both: &'static [&'static str],
    /// For pleased and for displeased reviews.
    pub own: [&'static [&'static str]; 2],
}

impl Sided {
    /// Every template, whichever feeling it serves.
    pub(super) fn all(&self) -> impl Iterator<Item = &'static str> {
        self.both.iter().chain(self.own.into_iter().flatten()).copied()
    }
}

/// How one family of subjects is talked about.
#[derive(Debug)]
pub(super) struct Talk {
    /// First sentences that say what it is about and nothing more.
    pub neutral: &'static [&'static str],
    /// First sentences that judge.
    pub openings: Sided,
    /// Last sentences.
    pub closings: Sided,
}

impl Talk {
    /// How this family is talked about.
    pub(super) fn of(family: Family) -> &'static Self {
        match family {
            Family::Place => &PLACES,
            Family::Food => &FOOD,
            Family::Film => &FILMS,
        }
    }

    /// Every sentence that a review of this family may hold.
    pub(super) fn sentences(&self) -> impl Iterator<Item = &'static str> {
        let judged = [&self.openings, &self.closings, &DETAILS, &FURTHER];
        let unjudged = self.neutral.iter().chain(CONCESSIONS).copied();
        unjudged.chain(judged.into_iter().flat_map(Sided::all))
    }
}

/// One statement, within a sentence.
pub(super) static CLAUSES: Sided = Sided {
    both: &["the {part} {was} {~}", "the {part} {was} {~}", "the {part} {was} {=very} {~mild}"],
    own: [
        &["the {part} {was} not {!mild} at all", "the {part} {was} far from {!mild}"],
        &["the {part} {was} not {!mild} at all", "the {part} {was} hardly {!mild}"],
    ],
};

/// Sentences about parts of the subject.
pub(super) static DETAILS: Sided = Sided {
    both: &[
        "{clause}.",
        "{clause}, and {clause}.",
        "{clause}, and {clause}.",
        "{clause} and {clause}.",
        "the {part} {was} {~mild} and {~mild}.",
        "the {part} {was} {~mild} and {~mild}, and {clause}.",
        "{I} {~liked} the {thing}.",
        "{I} {~liked} the {thing}, and {clause}.",
    ],
    own: [
        &[
            "the [best thing] about {them} was the {thing}.",
            "{I} [could not fault] the {part}.",
            "{I} [could not fault] the {part}, and {clause}.",
        ],
        &[
            "the [worst thing] about {them} was the {thing}.",
            "the {part} [let {me} down].",
            "the {part} [let {me} down], and {clause}.",
        ],
    ],
};

/// A second sentence about parts. None asks for a `{thing}`, which the first may have used up.
pub(super) static FURTHER: Sided = Sided {
    both: &[
        "even the {part} {was} {~}.",
        "{clause}.",
        "{clause}, and {clause}.",
        "the {part} {was} {~mild} and {~mild}.",
        "the {part} {was} {~}, too.",
    ],
    own: [&[], &[]],
};

/// Details that grant the other side a point; only where the rest of the review outweighs it.
pub(super) static CONCESSIONS: &[&str] =
    &["the {part} {was} {!}, but {clause}.", "the {part} {was} {=very} {!mild}, but {clause}."];

/// Places.
static PLACES: Talk = Talk {
    neutral: &[
        "{I} visited this {noun} {=when}.",
        "my {=friend} took {me} to this {noun} {=when}.",
        "{I} found this {noun} by chance {=when}.",
    ],
    openings: Sided {
        both: &[
            "this {noun} was {~event}.",
            "{I} visited this {noun} {=when}, and it was {~event}.",
            "{I} went to this {noun} {=when} and {~liked} it.",
            "what a {~verdict} {noun}!",
            "{I} had a {~verdict} time at this {noun}.",
        ],
        own: [
            &["{I} expected little from this {noun}, but it [won {me} over]."],
            &["{I} expected a lot from this {noun}, but it [fell short]."],
        ],
    },
    closings: Sided {
        both: &[],
        own: [
            &[
                "{I} would [gladly go back].",
                "{I} [will be back] soon.",
                "it was [worth the trip].",
                "{I} [can recommend] it to anyone.",
                "{I} [cannot wait to return].",
                "{I} stayed [longer than planned].",
                "{I} left [with a smile].",
            ],
            &[
                "{I} will [not go back].",
                "{I} will [never return].",
                "it was [not worth the trip].",
                "{I} [cannot recommend] it.",
                "{I} [should have stayed at home].",
                "{I} could [not wait to leave].",
                "{I} left [in a bad mood].",
            ],
        ],
    },
};

/// Food.
static FOOD: Talk = Talk {
    neutral: &[
        "{I} tried {this} {noun} {=when}.",
        "my {=friend} ordered {this} {noun} for {me}.",
        "{I} shared {this} {noun} with {my} {=friend} {=when}.",
    ],
    openings: Sided {
        both: &[
            "{this} {noun} {be} {~event}.",
            "{I} tried {this} {noun} {=when}, and {it} {be} {~event}.",
            "{I} ordered {this} {noun} {=when} and {~liked} {them}.",
            "what {a} {~verdict} {noun}!",
            "{I} {~liked} {this} {noun}.",
        ],
        own: [
            &["{I} expected little from {this} {noun}, but {it} [won {me} over]."],
            &["{I} expected a lot from {this} {noun}, but {it} [fell short]."],
        ],
    },
    closings: Sided {
        both: &[],
        own: [
            &[
                "{I} [would happily order] {them} again.",
                "{I} [ate every bite].",
                "{I} [asked for the recipe].",
                "{I} [went back for more].",
                "{it} {be} [worth every penny].",
                "{I} [can recommend] {them} to anyone.",
            ],
            &[
                "{I} [would not order] {them} again.",
                "{I} [could not finish] {them}.",
                "{I} [left half of] {them}.",
                "{I} asked for {my} [money back].",
                "{it} {be} [not worth the money].",
                "{I} [cannot recommend] {them}.",
            ],
        ],
    },
};

/// Films.
static FILMS: Talk = Talk {
    neutral: &[
        "{I} watched this {noun} {=when}.",
        "my {=friend} took {me} to see this {noun} {=when}.",
        "{I} saw this {noun} with {my} {=friend} {=when}.",
    ],
    openings: Sided {
        both: &[
            "this {noun} was {~event}.",
            "{I} saw this {noun} {=when}, and it was {~event}.",
            "{I} watched this {noun} {=when} and {~liked} it.",
            "what a {~verdict} {noun}!",
            "{I} {~liked} this {noun}.",
        ],
        own: [
            &["{I} had high hopes for this {noun}, and it [met them all]."],
            &["{I} had high hopes for this {noun}, and it [met none of them]."],
        ],
    },
    closings: Sided {
        both: &[],
        own: [
            &[
                "{I} [would watch it again].",
                "the time [flew by].",
                "{I} [did not want it to end].",
                "{I} [laughed and cried].",
                "go and see it [while you can].",
                "{I} [can recommend] it to anyone.",
            ],
            &[
                "{I} [would not watch it again].",
                "{I} [nearly fell asleep].",
                "{I} [left before the end].",
                "it [felt far too long].",
                "{I} [kept looking at the clock].",
                "{I} [cannot recommend] it.",
            ],
        ],
    },
};

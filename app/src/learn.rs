//! What the Learn page teaches: one topic a method, in the order of the field's survey, each with
//! its idea, its formula, what to watch, runs to try and papers.
//!
//! Topics are data. In their texts backticks hold names as the page logs or spells them; formulas
//! are in the notation of [`notation`].

use temper_protocol::Method;

use crate::route::Page;

mod basics;
mod dpo;
pub mod labels;
pub mod notation;
mod policy;
mod ratings;
mod reading;
mod reference_free;
mod rounds;
pub mod tour;

/// One lesson.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Topic {
    /// Its name in the address; of a method, the method's own.
    pub slug: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it is about, in a line.
    pub line: &'static str,
    /// Paragraphs.
    pub idea: &'static [&'static str],
    /// What is computed.
    pub formulas: &'static [Formula],
    /// What its symbols mean.
    pub legend: &'static [Symbol],
    /// Numbers to look at, and what good and bad look like.
    pub watch: &'static [&'static str],
    /// What to try.
    pub deeds: &'static [Deed],
    /// Where it comes from.
    pub papers: &'static [Paper],
}

/// One formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Formula {
    /// What it is; empty where it stands alone.
    pub caption: &'static str,
    /// In the notation of [`notation`].
    pub source: &'static str,
    /// Read aloud.
    pub words: &'static str,
}

/// A symbol of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Symbol {
    /// In the notation of [`notation`].
    pub source: &'static str,
    /// Read aloud.
    pub words: &'static str,
    /// What it stands for.
    pub meaning: &'static str,
}

/// Something to do, and what to see then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    /// Start a run.
    Run(Experiment),
    /// Go to another place of the page.
    Visit(Visit),
    /// Exchange the answers of every fifth pair, see [`labels`].
    SwapLabels {
        /// What to see.
        expect: &'static str,
    },
}

/// A run to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Experiment {
    /// Its button.
    pub title: &'static str,
    /// The method.
    pub method: Method,
    /// What differs from the method's example: `table.key` and value, as the form's fields hold it.
    pub changes: &'static [(&'static str, &'static str)],
    /// What to see.
    pub expect: &'static str,
}

/// A place of the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// Its link.
    pub title: &'static str,
    /// The page.
    pub page: Page,
    /// A part of it.
    pub topic: Option<&'static str>,
    /// What to do there.
    pub expect: &'static str,
}

/// A paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    /// Authors, year and title.
    pub cited: &'static str,
    /// Its number at arXiv, where it is there.
    pub arxiv: Option<&'static str>,
}

/// All topics, in the order of the survey.
pub const TOPICS: &[&Topic] = &[
    &basics::START,
    &basics::SFT,
    &basics::REWARD,
    &policy::PPO,
    &policy::RLOO,
    &policy::AI_FEEDBACK,
    &dpo::DPO,
    &dpo::IPO,
    &dpo::LOSSES,
    &reference_free::CPO,
    &reference_free::SIMPO,
    &reference_free::ORPO,
    &reference_free::SLIC,
    &rounds::ONLINE_DPO,
    &rounds::SPIN,
    &rounds::SPPO,
    &ratings::KTO,
    &reading::READING,
];

/// The topic of that name.
pub fn topic(slug: &str) -> Option<&'static Topic> {
    TOPICS.iter().copied().find(|topic| topic.slug == slug)
}

/// The topics before and after one.
pub fn beside(topic: &Topic) -> [Option<&'static Topic>; 2] {
    let Some(at) = TOPICS.iter().position(|each| each.slug == topic.slug) else {
        return [None, None];
    };
    let before = at.checked_sub(1).and_then(|at| TOPICS.get(at));
    [before.copied(), TOPICS.get(at + 1).copied()]
}

const fn symbol(source: &'static str, words: &'static str, meaning: &'static str) -> Symbol {
    Symbol { source, words, meaning }
}

const fn paper(cited: &'static str, arxiv: &'static str) -> Paper {
    Paper { cited, arxiv: Some(arxiv) }
}

// What several topics' formulas have in common.
const POLICY: Symbol = symbol("π_θ", "pi theta", "the policy: the model that trains");
const REFERENCE: Symbol =
    symbol("π_ref", "pi ref", "the reference: the model as it came, which stays as it is");
const PAIR: Symbol =
    symbol("x, y_w, y_l", "x, y w, y l", "a prompt, its preferred (w) and its other answer (l)");
const LOGISTIC: Symbol =
    symbol("σ", "sigma", "the logistic function, which turns any number into one between 0 and 1");
const LENGTHS: Symbol = symbol("n_w, n_l", "n w, n l", "the answers' lengths in tokens");
const NLL: Symbol = symbol(
    "N",
    "N",
    "the mean surprise of a token of the preferred answers, which SFT lowers (`nll_loss`)",
);

#[cfg(test)]
mod tests;

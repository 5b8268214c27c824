//! The comparisons of a judging, a few at a time.

use leptos::prelude::*;
use serde_json::Value;
use temper_protocol::{Comparison, Failure, FailureKind, Preference, Referee};

use super::Judging;
use crate::arena::draw::flaw;
use crate::arena::judged::Judged;
use crate::arena::row::{self, Kind};
use crate::controller::Controller;

/// How many comparisons a request holds.
const CHUNK: usize = 4;

/// A comparison, and the row of the data that it is of.
type Asked = (Comparison, Option<Value>);

impl Judging {
    /// Compares the answers of the open pairs.
    pub(super) async fn judge_open(
        self,
        controller: Controller,
        by: Referee,
    ) -> Result<(), Failure> {
        let [at_most, _] = self.at_most;
        let mut asked = open_pairs(controller);
        asked.truncate(at_most.get_untracked() as usize);
        if asked.is_empty() {
            let message = "There are no pairs among the open rows.";
            let hint = "Open pairs, or let two answers be sampled for each prompt.";
            return Err(Failure::bad_input(message).with_hint(hint));
        }
        let total = asked.len();
        self.progress.set(Some((0, total)));
        for (chunk, done) in asked.chunks(CHUNK).zip((CHUNK..).step_by(CHUNK)) {
            if self.stopping.get_value() {
                break;
            }
            self.compare(controller, by, chunk.to_vec()).await?;
            self.progress.set(Some((done.min(total), total)));
        }
        Ok(())
    }

    /// Samples two answers to each of the first prompts and compares them.
    pub(super) async fn judge_sampled(
        self,
        controller: Controller,
        by: Referee,
    ) -> Result<(), Failure> {
        let [_, at_most] = self.at_most;
        let mut prompts = controller.sheet.prompts();
        prompts.truncate(at_most.get_untracked() as usize);
        let recipe = untrack(|| self.sampling.recipe(controller, false));
        let Some(recipe) = recipe.filter(|_| !prompts.is_empty()) else {
            let message = "There are no prompts among the open rows.";
            return Err(Failure::bad_input(message).with_hint("Open rows with prompts first."));
        };
        let total = prompts.len();
        self.progress.set(Some((0, total)));
        for (chunk, done) in prompts.chunks(CHUNK).zip((CHUNK..).step_by(CHUNK)) {
            if self.stopping.get_value() {
                break;
            }
            let twice = chunk.iter().flat_map(|prompt| [prompt.clone(), prompt.clone()]).collect();
            let answers = recipe.ask(controller, twice, self.sampling.next_seed(), false).await?;
            let asked = comparable(chunk, &answers);
            let left_out = chunk.len() - asked.len();
            self.left_out.update(|count| *count += left_out as u32);
            self.compare(controller, by, asked).await?;
            self.progress.set(Some((done.min(total), total)));
        }
        Ok(())
    }

    async fn compare(
        self,
        controller: Controller,
        by: Referee,
        asked: Vec<Asked>,
    ) -> Result<(), Failure> {
        if asked.is_empty() {
            return Ok(());
        }
        if controller.state.status.get_untracked().is_running() {
            let message = "A run was started, so the judge stopped.";
            return Err(Failure::bad_input(message).with_hint("What it judged so far is kept."));
        }
        let comparisons = asked.iter().map(|(comparison, _)| comparison.clone()).collect();
        let preferences = match controller.compare(by, comparisons).await {
            Ok(preferences) => preferences,
            Err(failure) if self.merely_silent(&failure) => vec![SILENT; asked.len()],
            Err(failure) => return Err(failure),
        };
        let judged = asked
            .into_iter()
            .zip(preferences)
            .map(|((comparison, row), preference)| Judged { comparison, preference, row });
        self.judged.update(|all| all.extend(judged));
        Ok(())
    }

    /// A judge that answers none of a request is refused as one that never answers. One that
    /// answered before only has no answer to these.
    fn merely_silent(self, failure: &Failure) -> bool {
        let answered =
            self.judged.with_untracked(|all| all.iter().any(|judged| judged.preference.answered));
        answered && matches!(failure.kind, FailureKind::BadInput(_))
    }
}

/// What a referee says that has no answer.
const SILENT: Preference = Preference { first: 0.5, forward: 0.5, backward: 0.5, answered: false };

/// All open pairs, chosen first, with their rows where those are told apart from other rows.
fn open_pairs(controller: Controller) -> Vec<Asked> {
    let sheet = controller.sheet;
    let pairs = sheet.pairs();
    let rows: Vec<Value> = (0..untrack(|| sheet.len()))
        .filter_map(|at| sheet.row_json(at))
        .filter(|line| row::kind(line) == Some(Kind::Pairs))
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    let known = rows.len() == pairs.len();
    let rows = rows.into_iter().filter(|_| known).map(Some).chain(std::iter::repeat(None));
    let asked = |([prompt, first, second], row): ([String; 3], Option<Value>)| {
        (Comparison { prompt, first, second }, row)
    };
    pairs.into_iter().zip(rows).map(asked).collect()
}

/// Two answers a prompt, one after the other; without the prompts of which both are alike, or one
/// is empty.
fn comparable(prompts: &[String], answers: &[String]) -> Vec<Asked> {
    let compared = |(prompt, answers): (&String, &[String])| {
        let [first, second] = answers else { return None };
        if flaw(answers).is_some() {
            return None;
        }
        let [prompt, first, second] = [prompt, first, second].map(String::clone);
        Some((Comparison { prompt, first, second }, None))
    };
    prompts.iter().zip(answers.chunks(2)).filter_map(compared).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_answers_that_differ_are_compared() {
        let texts = |all: &[&str]| -> Vec<String> { all.iter().map(ToString::to_string).collect() };
        let prompts = texts(&["p", "q", "r"]);
        let found = comparable(&prompts, &texts(&["a", "a", "b", "c", " ", "d"]));
        let expected = Comparison { prompt: "q".into(), first: "b".into(), second: "c".into() };
        assert_eq!(found, [(expected, None)]);
    }
}

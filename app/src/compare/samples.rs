//! What several runs wrote on the same prompt.

use temper_protocol::{Branch, Method, Sample};

use super::player::Player;
use crate::records::RunRecord;

/// One prompt with what the runs began with and the latest completion of each.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptRow {
    /// The prompt.
    pub prompt: String,
    /// What was written before any step: by the model as it came first, then before each branch.
    pub before: Vec<Before>,
    /// In the order of the runs; `None` where a run didn't sample this prompt, or doesn't write.
    pub after: Vec<Option<Sample>>,
}

/// What was written before a run's first step.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// The completion.
    pub text: String,
    /// The branch that began with who wrote it, by its place among the runs, and the checkpoint;
    /// `None` is the model as it came.
    pub branch: Option<(usize, Branch)>,
}

/// The prompts that any of the runs sampled, in the order in which they are met.
pub fn by_prompt(runs: &[&RunRecord]) -> Vec<PromptRow> {
    let mut rows: Vec<PromptRow> = Vec::new();
    for sample in runs.iter().flat_map(|run| &run.samples) {
        if rows.iter().any(|row| row.prompt == sample.prompt) {
            continue;
        }
        let prompt = sample.prompt.as_str();
        rows.push(PromptRow {
            prompt: prompt.to_string(),
            before: before(runs, prompt),
            after: runs.iter().map(|run| latest(run, prompt).cloned()).collect(),
        });
    }
    rows
}

/// Once of the model as it came, which all runs but branches begin with; of each branch its own.
fn before(runs: &[&RunRecord], prompt: &str) -> Vec<Before> {
    let first = |run: &RunRecord| {
        let first = run.samples.iter().find(|it| it.step == 0 && it.prompt == prompt);
        first.map(|it| it.completion.clone())
    };
    let plain = runs.iter().filter(|run| run.from.is_none()).find_map(|run| first(run));
    let branched = runs.iter().enumerate().filter_map(|(at, run)| {
        let branch = Some((at, run.from?));
        Some(Before { text: first(run)?, branch })
    });
    plain.map(|text| Before { text, branch: None }).into_iter().chain(branched).collect()
}

fn latest<'a>(run: &'a RunRecord, prompt: &str) -> Option<&'a Sample> {
    if run.config.method == Method::Reward {
        return None;
    }
    let trained = run.samples.iter().filter(|sample| sample.step > 0 && sample.prompt == prompt);
    trained.max_by_key(|sample| sample.step)
}

/// A checkpoint that a run began with: `DPO 1, step 14`.
pub fn origin(from: Branch, all: &[RunRecord]) -> String {
    format!("{}, step {}", Player::Run(from.run).name(all), from.step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(step: u32, prompt: &str) -> Sample {
        let completion = format!("{prompt} at {step}");
        Sample { step, index: 0, prompt: prompt.into(), completion }
    }

    fn run(samples: &[Sample]) -> RunRecord {
        RunRecord { samples: samples.into(), ..RunRecord::empty(Method::Dpo) }
    }

    #[test]
    fn each_run_stands_at_the_same_place() {
        let one = run(&[sample(0, "a"), sample(10, "a"), sample(20, "a")]);
        let other = run(&[sample(0, "b"), sample(5, "b"), sample(5, "a")]);
        let rows = by_prompt(&[&one, &other]);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].before, [Before { text: "a at 0".into(), branch: None }]);
        assert_eq!(rows[0].after, [Some(sample(20, "a")), Some(sample(5, "a"))]);
        assert_eq!((rows[1].prompt.as_str(), &rows[1].after[0]), ("b", &None));
        assert_eq!(rows[1].after[1], Some(sample(5, "b")));
    }

    #[test]
    fn a_branch_does_not_begin_with_the_model_as_it_came() {
        let from = Branch { run: 7, step: 14 };
        let branch = RunRecord { from: Some(from), ..run(&[sample(0, "a"), sample(4, "a")]) };
        let began = Before { text: "a at 0".into(), branch: Some((0, from)) };
        assert_eq!(by_prompt(&[&branch])[0].before, [began.clone()]);
        let mut plain = run(&[sample(0, "a")]);
        plain.samples[0].completion = "as it came".into();
        let came = Before { text: "as it came".into(), branch: None };
        let rows = by_prompt(&[&branch, &plain]);
        assert_eq!(rows[0].before, [came, began]);
        assert_eq!(origin(from, &[]), "a run that was forgotten, step 14");
    }

    #[test]
    fn a_reward_model_does_not_write() {
        let marks = RunRecord {
            samples: vec![sample(0, "a"), sample(9, "a")],
            ..RunRecord::empty(Method::Reward)
        };
        assert!(by_prompt(&[&marks])[0].after[0].is_none());
    }
}

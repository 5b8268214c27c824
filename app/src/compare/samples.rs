//! What several runs wrote on the same prompt.

use temper_protocol::Sample;

/// One prompt with the latest completion of each run.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptRow {
    /// The prompt.
    pub prompt: String,
    /// Of the model as it came.
    pub before: Option<String>,
    /// In the order of the runs; `None` where a run didn't sample this prompt.
    pub after: Vec<Option<Sample>>,
}

/// The prompts that any of the runs sampled, in the order in which they are met.
pub fn by_prompt(runs: &[&[Sample]]) -> Vec<PromptRow> {
    let mut rows: Vec<PromptRow> = Vec::new();
    for sample in runs.iter().copied().flatten() {
        if rows.iter().any(|row| row.prompt == sample.prompt) {
            continue;
        }
        let prompt = sample.prompt.as_str();
        let of_prompt = |samples: &&[Sample]| latest(samples, prompt).cloned();
        let first = runs.iter().copied().flatten().find(|it| it.step == 0 && it.prompt == prompt);
        rows.push(PromptRow {
            prompt: prompt.to_string(),
            before: first.map(|it| it.completion.clone()),
            after: runs.iter().map(of_prompt).collect(),
        });
    }
    rows
}

fn latest<'a>(samples: &'a [Sample], prompt: &str) -> Option<&'a Sample> {
    let trained = samples.iter().filter(|sample| sample.step > 0 && sample.prompt == prompt);
    trained.max_by_key(|sample| sample.step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(step: u32, prompt: &str) -> Sample {
        let completion = format!("{prompt} at {step}");
        Sample { step, index: 0, prompt: prompt.into(), completion }
    }

    #[test]
    fn each_run_stands_at_the_same_place() {
        let one = [sample(0, "a"), sample(10, "a"), sample(20, "a")];
        let other = [sample(0, "b"), sample(5, "b"), sample(5, "a")];
        let rows = by_prompt(&[&one, &other]);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].before.as_deref(), Some("a at 0"));
        assert_eq!(rows[0].after, [Some(sample(20, "a")), Some(sample(5, "a"))]);
        assert_eq!((rows[1].prompt.as_str(), &rows[1].after[0]), ("b", &None));
        assert_eq!(rows[1].after[1], Some(sample(5, "b")));
    }
}

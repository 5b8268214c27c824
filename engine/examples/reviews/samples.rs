//! What the model wrote: preference pairs of it, and how it fares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use temper_engine::reviews::{
    Split, Subject, pleased, prompt, reads_well, reads_well_about, subjects,
};

use crate::files::{ToolError, read_rows, turn, write_rows};
use crate::options::Options;

/// Rewards of a pair differ by more than this.
const CLEARLY: f64 = 0.5;

/// A line of samples: one prompt and several answers.
#[derive(Deserialize)]
struct Samples {
    prompt: Vec<Turn>,
    completions: Vec<String>,
}

#[derive(Deserialize)]
struct Turn {
    content: String,
}

/// One answer, judged.
struct Judged<'a> {
    text: &'a str,
    reward: f64,
    reads_well: bool,
    on_subject: bool,
}

/// Judges answers, knowing every subject by its prompt.
struct Judge(BTreeMap<String, Subject>);

impl Judge {
    fn new() -> Self {
        let all = [Split::Train, Split::HeldOut].into_iter().flat_map(subjects);
        Self(all.map(|subject| (prompt(&subject), subject)).collect())
    }

    fn judge<'a>(&self, samples: &'a Samples) -> Vec<Judged<'a>> {
        let subject = samples.prompt.last().and_then(|turn| self.0.get(&turn.content));
        let judged = |text: &'a String| Judged {
            text,
            reward: pleased(text),
            reads_well: reads_well(text),
            // Of a prompt that isn't ours only the English can be judged.
            on_subject: subject.map_or_else(|| reads_well(text), |s| reads_well_about(s, text)),
        };
        samples.completions.iter().map(judged).collect()
    }
}

fn read_samples(path: &Path) -> Result<Vec<Samples>, ToolError> {
    let rows = read_rows(path)?.into_iter();
    rows.map(|row| serde_json::from_value(row).map_err(ToolError::content(path))).collect()
}

/// `pairs`: of each prompt one answer over another, where the gold reward tells them clearly
/// apart and both are good English of the right subject.
pub fn pairs(options: &mut Options) -> Result<(), ToolError> {
    let samples = read_samples(&options.path("samples")?)?;
    let out = options.path("out")?;
    options.finish()?;
    let judge = Judge::new();
    let rows: Vec<Value> = samples.iter().filter_map(|row| pair(row, &judge)).collect();
    write_rows(&out, &rows)?;
    println!("{} pairs from {} prompts in {}", rows.len(), samples.len(), out.display());
    Ok(())
}

/// The clear pair whose lengths are nearest, lest length be learned in place of feeling.
fn pair(samples: &Samples, judge: &Judge) -> Option<Value> {
    let mut judged = judge.judge(samples);
    judged.retain(|answer| answer.on_subject);
    let clear = judged.iter().flat_map(|chosen| {
        let worse = judged.iter().filter(move |rejected| chosen.reward - rejected.reward > CLEARLY);
        worse.map(move |rejected| (chosen, rejected))
    });
    let (chosen, rejected) =
        clear.min_by_key(|(chosen, rejected)| chosen.text.len().abs_diff(rejected.text.len()))?;
    Some(json!({
        "prompt": turn("user", &samples.prompt.last()?.content),
        "chosen": turn("assistant", chosen.text),
        "rejected": turn("assistant", rejected.text),
    }))
}

/// `judge`: shares over all answers, printed as one line of JSON.
pub fn judge(options: &mut Options) -> Result<(), ToolError> {
    let path = options.path("samples")?;
    options.finish()?;
    let samples = read_samples(&path)?;
    let judge = Judge::new();
    let judged: Vec<Judged<'_>> = samples.iter().flat_map(|row| judge.judge(row)).collect();
    if judged.is_empty() {
        return Err(ToolError::Content { path, message: "no samples".into() });
    }
    let count = judged.len() as f64;
    let share = |holds: fn(&Judged<'_>) -> bool| {
        judged.iter().filter(|answer| holds(answer)).count() as f64 / count
    };
    let distinct: BTreeSet<&str> = judged.iter().map(|answer| answer.text).collect();
    let words: usize = judged.iter().map(|answer| answer.text.split_whitespace().count()).sum();
    let report = json!({
        "completions": judged.len(),
        "pleased": share(|answer| answer.reward > 0.5),
        "mean_reward": judged.iter().map(|answer| answer.reward).sum::<f64>() / count,
        "reads_well": share(|answer| answer.reads_well),
        "on_subject": share(|answer| answer.on_subject),
        "mean_words": words as f64 / count,
        "distinct": distinct.len() as f64 / count,
    });
    println!("{report}");
    Ok(())
}

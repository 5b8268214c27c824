//! What the rounds of self-play are made from.

use std::collections::BTreeSet;

use temper_protocol::{Failure, Method, ResolvedRun};

use crate::data::{self, CompletionRow, EncodedPrompt, PromptRow, Rows};
use crate::open::OpenModel;
use crate::train::self_play::{Rounds, SelfPlay};
use crate::train::task::Examples;

/// Self-play's rounds make their own pairs: what was encoded becomes what they are made from.
///
/// # Errors
/// A prompt that the tokenizer or the template refuses alone.
pub fn gather(
    open: &OpenModel,
    run: &ResolvedRun,
    (train, eval): (&Rows, Option<&Rows>),
    examples: &mut Examples,
    eval_examples: &mut Option<Examples>,
) -> Result<SelfPlay, Failure> {
    let real = |rows: &Rows, encoded: &Examples| match (run.config.method, rows) {
        (Method::Spin, Rows::Completions(rows)) => {
            // Rows that were left out in encoding have no prompt to answer.
            let lines: BTreeSet<u32> = (0..encoded.len()).map(|row| encoded.line(row)).collect();
            Some(rows.iter().filter(|row| lines.contains(&row.line)).cloned().collect())
        }
        _ => None,
    };
    let (examples, eval_examples) = (std::mem::take(examples), eval_examples.take());
    let real_eval =
        eval.zip(eval_examples.as_ref()).and_then(|(rows, encoded)| real(rows, encoded));
    let real = real(train, &examples);
    Ok(SelfPlay {
        prompts: prompts(open, real.as_deref(), examples)?,
        prompts_eval: prompts(open, real_eval.as_deref(), eval_examples.unwrap_or_default())?,
        real,
        real_eval,
        state: Rounds::default(),
    })
}

/// What is asked; of completions by its own ids, for those before a completion may end with a
/// token that is partly the completion's.
fn prompts(
    open: &OpenModel,
    real: Option<&[CompletionRow]>,
    examples: Examples,
) -> Result<Vec<EncodedPrompt>, Failure> {
    let asked = |row: &CompletionRow| {
        let (prompt, extra) = (row.prompt.clone(), row.extra.clone());
        let prompt = PromptRow { line: row.line, prompt, extra };
        let ids = data::encode_prompt_row(&prompt, open.text.as_ref())?;
        Ok(EncodedPrompt { line: row.line, text: String::new(), ids })
    };
    match (real, examples) {
        (Some(rows), _) => rows.iter().map(asked).collect(),
        (None, Examples::Prompts(prompts)) => Ok(prompts),
        (None, Examples::Rows(_) | Examples::Pairs(_)) => Ok(Vec::new()),
    }
}

//! `temper generate`

use std::path::Path;

use serde_json::{Value, json};
use temper_engine::data::{self, Content, PromptRow};
use temper_engine::generate::{Sampling, generate};
use temper_engine::model::Adapter;
use temper_engine::text::Text;
use temper_engine::{OpenModel, device};
use temper_protocol::Failure;

use crate::args::GenerateArgs;
use crate::output::{self, Whole};
use temper::data_file::read_rows;
use temper::files::{bad_path, open_model};

/// Prompts completed at once.
const BATCH: usize = 32;

/// Completes one prompt to standard output, or a file of prompts to a file.
///
/// # Errors
/// Bad input, or a lost device.
pub async fn run(args: GenerateArgs) -> Result<(), Failure> {
    let single = single_prompt(&args)?;
    if let (Some(prompts), Some(out)) = (&args.prompts, &args.out) {
        output::check(out, &[prompts])?;
    }
    let compute = device::open(args.device.into()).await?;
    let open = open_model(&args.model, args.adapter.as_deref(), &compute).await?;
    let sampling = Sampling {
        max_new_tokens: args.max_new_tokens as usize,
        temperature: args.temperature,
        top_k: args.top_k as usize,
        top_p: args.top_p,
        seed: args.seed.into(),
    };
    match (single, &args.prompts, &args.out) {
        (Some(prompt), ..) => {
            let prompt_ids = data::encode_prompt(&prompt, open.text.as_ref())?;
            let ids =
                complete(&open, std::slice::from_ref(&prompt_ids), &sampling).await?.remove(0);
            let text = open.text.as_ref().map(|text| text.decode(&ids, true));
            let line = match args.json {
                true => json!({ "text": text, "ids": ids, "prompt_ids": prompt_ids }).to_string(),
                false => text.unwrap_or_else(|| json!(ids).to_string()),
            };
            output::line(&line).map(|_| ())
        }
        (None, Some(prompts), Some(out)) => {
            many(&open, prompts, out, args.samples, &sampling).await
        }
        _ => {
            Err(Failure::bad_input("give one of --prompt, --messages, --prompt-ids and --prompts"))
        }
    }
}

fn single_prompt(args: &GenerateArgs) -> Result<Option<Content>, Failure> {
    if let Some(text) = &args.prompt {
        return Ok(Some(Content::Text(text.clone())));
    }
    if let Some(text) = &args.messages {
        let messages = data::parse_messages(text)
            .map_err(|error| Failure::bad_input(format!("--messages: {error}")))?;
        return Ok(Some(messages));
    }
    let Some(text) = &args.prompt_ids else { return Ok(None) };
    let ids = serde_json::from_str(text)
        .map_err(|error| Failure::bad_input(format!("--prompt-ids: {error}")))?;
    Ok(Some(Content::Ids(ids)))
}

async fn complete(
    open: &OpenModel,
    prompts: &[Vec<u32>],
    sampling: &Sampling,
) -> Result<Vec<Vec<u32>>, Failure> {
    let stop = open.stop_ids();
    generate(&open.decoder, prompts, &stop, sampling, Adapter::Policy, async || {}).await
}

/// Each row of `prompts` with `completions`, several of each, batched.
async fn many(
    open: &OpenModel,
    prompts: &Path,
    out: &Path,
    samples: u32,
    sampling: &Sampling,
) -> Result<(), Failure> {
    let bytes = read_rows(prompts)?;
    let rows = data::import_prompts(&prompts.display().to_string(), &bytes)?;
    let encoded: Vec<Vec<u32>> =
        rows.iter().map(|row| encode(open, prompts, row)).collect::<Result<_, _>>()?;
    let mut file = Whole::create(out)?;
    let per_batch = (BATCH / samples as usize).max(1);
    let batches = rows.chunks(per_batch).zip(encoded.chunks(per_batch));
    for (i, (chunk, encoded)) in batches.enumerate() {
        let repeated = |ids: &Vec<u32>| std::iter::repeat_n(ids.clone(), samples as usize);
        let ids: Vec<Vec<u32>> = encoded.iter().flat_map(repeated).collect();
        // Another seed for each batch: rows of two batches would draw alike.
        let sampling = Sampling { seed: (sampling.seed << 32) ^ i as u64, ..sampling.clone() };
        let completions = complete(open, &ids, &sampling).await?;
        for (row, completions) in chunk.iter().zip(completions.chunks(samples as usize)) {
            file.line(&answered(row, completions, open.text.as_ref()).to_string())?;
        }
    }
    file.finish()
}

/// A prompt's ids, which the model must be able to go on from: told before the hours that the others
/// may take.
fn encode(open: &OpenModel, file: &Path, row: &PromptRow) -> Result<Vec<u32>, Failure> {
    let ids = data::encode_prompt_row(row, open.text.as_ref())
        .map_err(|error| error.in_file(&file.display().to_string()))?;
    let placed = |message: String| bad_path(file, format!("line {}: {message}", row.line));
    open.decoder.config.check_ids(&ids).map_err(|failure| placed(failure.message))?;
    match ids.len() < open.decoder.config.max_positions {
        true => Ok(ids),
        false => Err(placed(format!("a prompt of {} tokens leaves no room", ids.len()))),
    }
}

/// A prompt's row with its completions, in text where there is a tokenizer.
fn answered(row: &PromptRow, completions: &[Vec<u32>], text: Option<&Text>) -> Value {
    let mut line = row.extra.clone();
    let key = if matches!(row.prompt, Content::Ids(_)) { "prompt_ids" } else { "prompt" };
    line.insert(key.into(), row.prompt.to_json());
    let completions: Value = match text {
        Some(text) => completions.iter().map(|ids| text.decode(ids, true)).collect(),
        None => json!(completions),
    };
    line.insert("completions".into(), completions);
    Value::Object(line)
}

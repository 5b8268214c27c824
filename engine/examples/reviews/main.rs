//! The workbench of the default model: its corpus, its tokenizer, its first weights, its pairs.
//!
//! `cargo xtask default-model` calls it in order; `examples/default-model/README.md` tells why.
//! `cargo xtask frontier` measures with it what training does to the model.

#![allow(clippy::disallowed_methods, reason = "a native tool, which reads and writes files")]

use std::process::ExitCode;

mod corpus;
mod files;
mod measure;
mod options;
mod samples;
mod tokenizer;
mod weights;

use files::ToolError;
use options::Options;

const USAGE: &str = "\
usage: reviews CHORE OPTIONS
  corpus    --out DIR --rows N --seed S          train.jsonl and heldout.jsonl, rows for SFT
  tokenizer --corpus FILE --out DIR --vocab N    byte-level BPE with ChatML
  init      --config FILE --out DIR --seed S     random weights
  half      --model DIR --out DIR                the same model in f16
  prompts   --split train|heldout --count N --seed S --out FILE
  pairs     --samples FILE --out FILE            preference pairs by the gold reward
  judge     --samples FILE                       how samples fare, as JSON
  measure   --model DIR [--adapter DIR] --prompts FILE --samples K --seed S
            [--max-new-tokens 80] --out FILE     reward and KL from the bare model, as JSON";

fn run(mut words: impl Iterator<Item = String>) -> Result<(), ToolError> {
    let chore = words.next().unwrap_or_default();
    let mut options = Options::parse(words)?;
    match chore.as_str() {
        "corpus" => corpus::write(&mut options),
        "tokenizer" => tokenizer::train(&mut options),
        "init" => weights::init(&mut options),
        "half" => weights::half(&mut options),
        "prompts" => corpus::prompts(&mut options),
        "pairs" => samples::pairs(&mut options),
        "judge" => samples::judge(&mut options),
        "measure" => measure::measure(&mut options),
        _ => Err(ToolError::Usage(USAGE.into())),
    }
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

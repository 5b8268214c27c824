//! From a config, a model and rows to a session that can take its first step.

use sha2::{Digest, Sha256};
use temper_protocol::{
    Event, Failure, FailureKind, Location, LoraConfig, Method, Phase, ResolvedRun, RowReason,
    Warning,
};

use super::evaluate::SamplePrompt;
use super::optimizer::AdamW;
use super::reference::Reference;
use super::step::Falling;
use super::task::{Examples, Task};
use super::window::Window;
use super::{Host, Session, checkpoint};
use crate::data::sampler::Sampler;
use crate::data::{self, Content, EncodeReport, Rows};
use crate::model::param::SetTrainable;
use crate::open::OpenModel;
use crate::storage::Store;
use crate::weights::peft;

/// What a run starts from besides its config.
#[derive(Debug)]
pub struct Inputs {
    /// Training rows.
    pub train: Rows,
    /// Held-out rows.
    pub eval: Option<Rows>,
    /// The adapter that training goes on from.
    pub adapter: Option<peft::Adapter>,
    /// Whether to go on from the newest checkpoint in the store.
    pub resume: bool,
}

impl<'a> Session<'a> {
    /// Encodes the data, puts adapters on the model and computes what the reference needs.
    ///
    /// # Errors
    /// Data, adapter or settings that can't be used, a checkpoint of another run, a lost device.
    pub async fn prepare(
        open: &'a mut OpenModel,
        run: ResolvedRun,
        inputs: Inputs,
        host: &mut dyn Host,
        store: &dyn Store,
    ) -> Result<Self, Failure> {
        host.emit(Event::Phase(Phase::Encoding));
        let config = run.config.clone();
        let examples = encode(open, &run, &inputs.train, &config.data.train, host)?;
        let eval = encode_eval(open, &run, inputs.eval.as_ref(), host)?;
        let prompts = sample_prompts(open, &run, inputs.eval.as_ref().unwrap_or(&inputs.train))?;
        set_up_weights(open, &run, inputs.adapter.as_ref())?;
        let task = task(open, &run, &examples, host).await?;
        let eval = match eval {
            Some(examples) => Some((self::task(open, &run, &examples, host).await?, examples)),
            None => None,
        };
        if run.config.lora.is_none() && inputs.adapter.is_none() {
            open.decoder.visit(&mut SetTrainable(true));
            open.changed = true;
        }
        let optimizer = AdamW::new(config.optimizer.clone(), &mut open.decoder);
        let sampler =
            Sampler::new(examples.len(), config.data.order, config.seed, &config.run_loop);
        let mut session = Self {
            data_hash: hash([Some(&examples), eval.as_ref().map(|(_, examples)| examples)]),
            open,
            run,
            task,
            examples,
            eval,
            sampler,
            optimizer,
            prompts,
            window: Window::default(),
            tokens_seen: 0,
            last_checkpoint: None,
            falling: Falling::default(),
            step: 0,
        };
        if inputs.resume {
            session.resume(store).await?;
        }
        Ok(session)
    }

    /// Steps done: 0, or the checkpoint's.
    pub fn step(&self) -> usize {
        self.step
    }

    async fn resume(&mut self, store: &dyn Store) -> Result<(), Failure> {
        let Some(state) = checkpoint::latest(store).await? else { return Ok(()) };
        let config = self.run.config.to_toml();
        if let Some((then, now)) = state.config.lines().zip(config.lines()).find(|(a, b)| a != b) {
            let message = format!("the checkpoint was made with `{then}`, this run says `{now}`");
            return Err(Failure::bad_input(message)
                .with_hint("resume with the same settings, or start anew"));
        }
        if state.data_hash != self.data_hash {
            let message = format!(
                "{}: not the rows the checkpoint was made with",
                self.run.config.data.train
            );
            return Err(Failure::bad_input(message));
        }
        checkpoint::restore(store, &state, &mut self.open.decoder, &mut self.optimizer).await?;
        self.step = state.step as usize;
        self.last_checkpoint = Some(state.step);
        self.window = state.window;
        self.tokens_seen = state.tokens_seen;
        Ok(())
    }
}

/// Puts the trained adapter on, and the reference's frozen copy where training goes on from one.
fn set_up_weights(
    open: &mut OpenModel,
    run: &ResolvedRun,
    adapter: Option<&peft::Adapter>,
) -> Result<(), Failure> {
    if open.changed {
        return Err(Failure::bad_input(
            "the model was changed by full-weight training: open it again",
        ));
    }
    let decoder = &mut open.decoder;
    decoder.visit(&mut SetTrainable(false));
    for (_, layer) in decoder.projections() {
        layer.lora = None;
        layer.reference = None;
    }
    match (adapter, &run.config.lora) {
        (Some(adapter), lora) => {
            decoder.attach(adapter)?;
            let dropout = check_adapter(lora.as_ref(), adapter)?;
            for (_, layer) in decoder.projections() {
                if let Some(lora) = &mut layer.lora {
                    lora.dropout = dropout;
                }
            }
            decoder.freeze_reference();
            Ok(())
        }
        (None, Some(lora)) => decoder.attach_new(lora, run.config.seed),
        (None, None) => Ok(()),
    }
}

/// Whether `[lora]`, where given, says what the adapter is; gives the dropout to train with. An
/// adapter's own dropout stays off, as TRL's trainers switch it off: policy and reference would
/// differ by noise.
fn check_adapter(lora: Option<&LoraConfig>, adapter: &peft::Adapter) -> Result<f64, Failure> {
    let Some(lora) = lora else { return Ok(0.0) };
    let (r, scale) = (adapter.config.r, adapter.config.scale());
    if lora.r as usize != r || (lora.alpha / f64::from(lora.r) - scale).abs() > 1e-9 {
        let message = format!(
            "lora.r = {} and lora.alpha = {}, but the adapter has r = {r} and a scale of {scale}: \
             leave [lora] out",
            lora.r, lora.alpha
        );
        return Err(Failure::bad_input(message));
    }
    Ok(lora.dropout)
}

async fn task(
    open: &OpenModel,
    run: &ResolvedRun,
    examples: &Examples,
    host: &mut dyn Host,
) -> Result<Task, Failure> {
    let full = run.config.lora.is_none() && run.config.model.adapter.is_none();
    let cached = run.config.method == Method::Dpo && (full || run.dpo().precompute_ref_log_probs);
    let reference = if cached {
        let size = run.config.run_loop.batch_size as usize;
        Reference::cached(&open.decoder, examples, size, open.pad_id(), host).await?
    } else {
        Reference::Switch
    };
    Ok(Task::new(run, reference))
}

fn encode(
    open: &OpenModel,
    run: &ResolvedRun,
    rows: &Rows,
    file: &str,
    host: &mut dyn Host,
) -> Result<Examples, Failure> {
    let text = open.text.as_ref();
    let longest = (run.config.data.max_length as usize).min(open.decoder.config.max_positions);
    let (examples, report) = match (run.config.method, rows) {
        (Method::Dpo, Rows::Pairs(rows)) => {
            let (pairs, report) =
                data::encode_pairs(rows, text, longest).map_err(|error| error.in_file(file))?;
            (Examples::Pairs(pairs), report)
        }
        (Method::Sft, Rows::Completions(rows)) => {
            let only = run.sft().completion_only_loss;
            let (rows, report) = data::encode_completions(rows, text, longest, only)
                .map_err(|error| error.in_file(file))?;
            (Examples::Rows(rows), report)
        }
        (method, _) => {
            return Err(Failure::bad_input(format!(
                "{file}: not the kind of rows that {method:?} learns from"
            )));
        }
    };
    warn(&report, host);
    if examples.is_empty() {
        let location = Location { file: Some(file.into()), ..Location::default() };
        let why = report.dropped.first().map_or_else(String::new, |(line, reason)| {
            format!("; the first, line {line}: {reason}")
        });
        let dropped = report.dropped.len();
        let message = format!("{file}: no usable row is left, {dropped} were left out{why}");
        return Err(Failure::new(FailureKind::BadInput(location), message));
    }
    check_ids(&examples, open.decoder.config.vocab_size, file)?;
    Ok(examples)
}

fn encode_eval(
    open: &OpenModel,
    run: &ResolvedRun,
    rows: Option<&Rows>,
    host: &mut dyn Host,
) -> Result<Option<Examples>, Failure> {
    let file = run.config.data.eval.as_deref().unwrap_or("held-out data");
    rows.map(|rows| encode(open, run, rows, file, host)).transpose()
}

fn check_ids(examples: &Examples, vocab: usize, file: &str) -> Result<(), Failure> {
    for index in 0..examples.len() {
        let batch = examples.batch(&[index], 0);
        if let Some(id) = batch.ids.iter().find(|&&id| id as usize >= vocab) {
            let line = examples.line(index);
            let location = Location { file: Some(file.into()), line: Some(line), key: None };
            let message = format!(
                "{file}: line {line}: token id {id}, but the model's vocabulary has {vocab}"
            );
            return Err(Failure::new(FailureKind::BadInput(location), message));
        }
    }
    Ok(())
}

fn warn(report: &EncodeReport, host: &mut dyn Host) {
    if !report.truncated.is_empty() {
        host.emit(Event::Warning(Warning::RowsTruncated { lines: report.truncated.clone() }));
    }
    if !report.prefix_mismatch.is_empty() {
        host.emit(Event::Warning(Warning::PrefixMismatch {
            lines: report.prefix_mismatch.clone(),
        }));
    }
    for reason in [RowReason::IdenticalPair, RowReason::EmptyCompletion, RowReason::PromptTooLong] {
        let dropped = report.dropped.iter().filter(|(_, why)| *why == reason);
        let lines: Vec<u32> = dropped.map(|(line, _)| *line).collect();
        if !lines.is_empty() {
            host.emit(Event::Warning(Warning::RowsDropped { lines, reason: reason.to_string() }));
        }
    }
}

/// The prompts to sample: the config's, else the first different ones of the data.
fn sample_prompts(
    open: &OpenModel,
    run: &ResolvedRun,
    rows: &Rows,
) -> Result<Vec<SamplePrompt>, Failure> {
    if run.config.run_loop.sample_every == 0 {
        return Ok(Vec::new());
    }
    let text = open.text()?;
    let prompts: Vec<Content> = match &run.config.sample.prompts {
        Some(prompts) => {
            prompts.iter().map(|prompt| Content::user_turn(prompt, text.has_template())).collect()
        }
        None => match rows {
            Rows::Pairs(rows) => rows.iter().map(|row| row.prompt.clone()).collect(),
            Rows::Completions(rows) => rows.iter().map(|row| row.prompt.clone()).collect(),
        },
    };
    let wanted = match &run.config.sample.prompts {
        Some(prompts) => prompts.len(),
        None => run.config.sample.count as usize,
    };
    let mut chosen: Vec<SamplePrompt> = Vec::new();
    for prompt in prompts {
        if chosen.len() == wanted {
            break;
        }
        let ids = data::encode_prompt(&prompt, Some(text))?;
        let fits = !ids.is_empty() && ids.len() < open.decoder.config.max_positions;
        if fits && chosen.iter().all(|other| other.ids != ids) {
            chosen.push(SamplePrompt { text: prompt.to_plain_text(text), ids });
        }
    }
    Ok(chosen)
}

/// Of everything that reaches the model.
fn hash(examples: [Option<&Examples>; 2]) -> String {
    let mut hasher = Sha256::new();
    let every = examples
        .into_iter()
        .flatten()
        .flat_map(|examples| (0..examples.len()).map(|index| examples.batch(&[index], 0)));
    for batch in every {
        hasher.update((batch.time as u64).to_le_bytes());
        batch.ids.iter().for_each(|id| hasher.update(id.to_le_bytes()));
        batch.targets.iter().for_each(|target| hasher.update(target.position.to_le_bytes()));
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

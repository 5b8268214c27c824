//! From a config, a model and rows to a session that can take its first step.

use sha2::{Digest, Sha256};
use temper_protocol::{
    Event, Failure, FailureKind, KtoLoss, Location, LoopConfig, Method, Phase, ResolvedRun,
    RowReason, Warning,
};

use super::evaluate::SamplePrompt;
use super::optimizer::AdamW;
use super::reference::Reference;
use super::self_play::{Rounds, SelfPlay};
use super::step::Falling;
use super::task::{Examples, Task};
use super::window::Window;
use super::{Host, Session, setup};
use crate::data::sampler::Sampler;
use crate::data::{self, Content, EncodeReport, EncodedPrompt, Rows};
use crate::open::OpenModel;
use crate::rewards::{Scorer, Scoring};
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
    /// What `[score]` names.
    pub scoring: Scoring,
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
        let mut examples = encode(open, &run, &inputs.train, &config.data.train, host)?;
        let mut eval = encode_eval(open, &run, inputs.eval.as_ref(), host)?;
        let data_hash = hash([Some(&examples), eval.as_ref()]);
        warn_of_labels(&run, &examples, host);
        let prompts = sample_prompts(open, &run, inputs.eval.as_ref().unwrap_or(&inputs.train))?;
        check_ends(open, &run)?;
        setup::weights(open, &run, inputs.adapter.as_ref())?;
        let scorer = match config.method.is_scored() {
            true => Some(Scorer::new(&run.score(), inputs.scoring, open)?),
            false => None,
        };
        if config.method == Method::Ppo {
            setup::critic(open, &run)?;
        }
        if setup::is_full(&run) {
            setup::release_all(open);
        }
        let task = Task::new(&run, 0);
        let reference = reference(open, &run, &task, &examples, host).await?;
        let eval_reference = match (&reference, &eval) {
            (Reference::Cached(_), Some(eval)) => {
                self::reference(open, &run, &task, eval, host).await?
            }
            (reference, _) => reference.clone(),
        };
        let self_play = match config.method.is_self_play() {
            true => {
                Some(self_play(&run, &inputs.train, inputs.eval.as_ref(), &mut examples, &mut eval))
            }
            false => None,
        };
        let optimizer = AdamW::new(config.optimizer.clone(), &mut open.decoder);
        let mut session = Self {
            data_hash,
            sampler: sampler(&run, examples.len()),
            kl_coef: run.ppo().kl_coef,
            open,
            run,
            task,
            reference,
            examples,
            eval,
            eval_reference,
            scorer,
            self_play,
            optimizer,
            prompts,
            window: Window::default(),
            tokens_seen: 0,
            episodes: 0,
            last_checkpoint: None,
            falling: Falling::default(),
            heard_no_eos: false,
            heard_early_stop: false,
            heard_dropped: false,
            normalization: None,
            step: 0,
            origin: 0,
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
}

/// The order of rows, or of prompts, over a run or a round. Without rows there are no steps: a
/// round of self-play is yet to make them.
pub(super) fn sampler(run: &ResolvedRun, rows: usize) -> Sampler {
    let config = &run.config;
    let mut run_loop: LoopConfig = config.run_loop.clone();
    let completions = run_loop.batch_size * run_loop.accumulation;
    match config.method {
        Method::Ppo => {
            (run_loop.batch_size, run_loop.accumulation) =
                (completions * run.ppo().num_mini_batches, 1);
        }
        Method::Rloo => {
            (run_loop.batch_size, run_loop.accumulation) =
                (completions / run.rloo().num_generations, 1);
        }
        _ => {}
    }
    if rows == 0 {
        run_loop.max_steps = Some(0);
    }
    Sampler::new(rows, config.data.order, config.seed, &run_loop)
}

/// Where the reference's log-probabilities come from. Copies share memory until weights change.
async fn reference(
    open: &mut OpenModel,
    run: &ResolvedRun,
    task: &Task,
    examples: &Examples,
    host: &mut dyn Host,
) -> Result<Reference, Failure> {
    let full = setup::is_full(run);
    let dpo = run.config.method == Method::Dpo;
    let synced = dpo && run.dpo().sync_ref_model;
    match task {
        Task::Pairs(task) if dpo && !synced && (full || run.dpo().precompute_ref_log_probs) => {
            let size = run.config.run_loop.batch_size as usize;
            let sizes = (size, open.pad_id());
            Reference::cached(&open.decoder, task, examples, sizes, host).await
        }
        Task::Pairs(_) | Task::Kto(_) | Task::Rollouts if full => {
            Ok(Reference::copy(&mut open.decoder))
        }
        _ => Ok(Reference::Switch),
    }
}

/// Self-play's rounds make their own pairs: what was encoded becomes what they are made from.
fn self_play(
    run: &ResolvedRun,
    train: &Rows,
    eval: Option<&Rows>,
    examples: &mut Examples,
    eval_examples: &mut Option<Examples>,
) -> SelfPlay {
    let real = |rows: &Rows, encoded: &Examples| match (run.config.method, rows) {
        (Method::Spin, Rows::Completions(rows)) => {
            // Rows that were left out in encoding have no prompt to answer.
            let lines: Vec<u32> = (0..encoded.len()).map(|row| encoded.line(row)).collect();
            Some(rows.iter().filter(|row| lines.contains(&row.line)).cloned().collect())
        }
        _ => None,
    };
    let (examples, eval_examples) = (std::mem::take(examples), eval_examples.take());
    SelfPlay {
        real: real(train, &examples),
        real_eval: eval.zip(eval_examples.as_ref()).and_then(|(rows, encoded)| real(rows, encoded)),
        prompts: prompts(examples),
        prompts_eval: eval_examples.map(prompts).unwrap_or_default(),
        state: Rounds::default(),
    }
}

/// The prompts of encoded rows.
fn prompts(examples: Examples) -> Vec<EncodedPrompt> {
    match examples {
        Examples::Prompts(prompts) => prompts,
        Examples::Rows(rows) => rows
            .into_iter()
            .map(|row| EncodedPrompt {
                line: row.line,
                text: String::new(),
                ids: row.sequence.ids[..row.sequence.prompt_len].to_vec(),
            })
            .collect(),
        Examples::Pairs(_) => Vec::new(),
    }
}

fn encode(
    open: &OpenModel,
    run: &ResolvedRun,
    rows: &Rows,
    file: &str,
    host: &mut dyn Host,
) -> Result<Examples, Failure> {
    let text = open.text.as_ref();
    let longest = super::self_play::longest(run, open);
    let located = |error: data::DataError| error.in_file(file);
    let method = run.config.method;
    let (examples, report) = match rows {
        Rows::Pairs(rows) if method == Method::Reward => {
            let (pairs, report) = data::encode_whole_pairs(rows, text, longest).map_err(located)?;
            (Examples::Pairs(pairs), report)
        }
        Rows::Pairs(rows) => {
            let (pairs, report) = data::encode_pairs(rows, text, longest).map_err(located)?;
            (Examples::Pairs(pairs), report)
        }
        Rows::Completions(rows) => {
            let only = method != Method::Sft || run.sft().completion_only_loss;
            let (rows, report) =
                data::encode_completions(rows, text, longest, only).map_err(located)?;
            (Examples::Rows(rows), report)
        }
        Rows::Prompts(rows) => {
            let (prompts, report) = data::encode_prompts(rows, text, longest).map_err(located)?;
            (Examples::Prompts(prompts), report)
        }
    };
    warn(&report, host);
    if examples.is_empty() {
        return Err(none_usable(file, &report));
    }
    check_ids(&examples, open.decoder.config.vocab_size, file)?;
    Ok(examples)
}

fn none_usable(file: &str, report: &EncodeReport) -> Failure {
    let location = Location { file: Some(file.into()), ..Location::default() };
    let why = report
        .dropped
        .first()
        .map_or_else(String::new, |(line, reason)| format!("; the first, line {line}: {reason}"));
    let dropped = report.dropped.len();
    let message = format!("{file}: no usable row is left, {dropped} were left out{why}");
    Failure::new(FailureKind::BadInput(location), message)
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
        let ids = examples.ids(index).into_iter().flatten();
        if let Some(id) = ids.into_iter().find(|&&id| id as usize >= vocab) {
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

/// Sampled answers must be able to end where something is asked of their end.
fn check_ends(open: &OpenModel, run: &ResolvedRun) -> Result<(), Failure> {
    let penalty = match run.config.method {
        Method::Ppo => ("ppo.missing_eos_penalty", run.ppo().missing_eos_penalty),
        Method::Rloo => ("rloo.missing_eos_penalty", run.rloo().missing_eos_penalty),
        Method::OnlineDpo => {
            ("online_dpo.missing_eos_penalty", run.online_dpo().missing_eos_penalty)
        }
        _ => return Ok(()),
    };
    match (penalty, open.stop_ids().is_empty()) {
        ((key, Some(_)), true) => Err(Failure::bad_input(format!(
            "{key}: {} has no end-of-text token, so no answer can end by itself",
            open.name
        ))),
        _ => Ok(()),
    }
}

/// KTO wants both kinds of rows, in balance (Ethayarajh et al. 2024, §4.2; TRL's range).
fn warn_of_labels(run: &ResolvedRun, examples: &Examples, host: &mut dyn Host) {
    let (Method::Kto, Examples::Rows(rows)) = (run.config.method, examples) else { return };
    let kto = run.kto();
    let desirable = rows.iter().filter(|row| row.label == Some(true)).count() as u32;
    let undesirable = rows.len() as u32 - desirable;
    if desirable == 0 || undesirable == 0 {
        return host.emit(Event::Warning(Warning::OneClass { label: desirable > 0 }));
    }
    let ratio = kto.desirable_weight * f64::from(desirable)
        / (kto.undesirable_weight * f64::from(undesirable));
    if kto.loss_type == KtoLoss::Kto && !(1.0..=1.33).contains(&ratio) {
        host.emit(Event::Warning(Warning::Imbalance { desirable, undesirable, ratio }));
    }
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
    for reason in [
        RowReason::IdenticalPair,
        RowReason::EmptyCompletion,
        RowReason::PromptTooLong,
        RowReason::TooLong,
    ] {
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
        None => rows.prompts().into_iter().cloned().collect(),
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
    for examples in examples.into_iter().flatten() {
        for index in 0..examples.len() {
            for ids in examples.ids(index) {
                hasher.update((ids.len() as u64).to_le_bytes());
                ids.iter().for_each(|id| hasher.update(id.to_le_bytes()));
            }
            for sequence in examples.sequences(&[index]) {
                sequence.mask.iter().for_each(|counts| hasher.update([u8::from(*counts)]));
            }
            for row in examples.rows(&[index]) {
                hasher.update([row.label.map_or(2, u8::from)]);
            }
            for pair in examples.pairs(&[index]) {
                hasher.update(pair.preference.margin.to_le_bytes());
                hasher.update(pair.preference.probability.to_le_bytes());
            }
        }
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

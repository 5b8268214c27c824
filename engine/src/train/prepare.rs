//! From a config, a model and rows to a session that can take its first step.

use temper_protocol::{Event, Failure, LoopConfig, Method, Phase, ResolvedRun};

use super::branch::Origin;
use super::evaluate::{self, SamplePrompt};
use super::optimizer::AdamW;
use super::reference::Reference;
use super::rows;
use super::self_play::SelfPlay;
use super::step::Falling;
use super::task::{Examples, Task};
use super::window::Window;
use super::{Host, Session, memory, setup};
use crate::data::Rows;
use crate::data::sampler::Sampler;
use crate::objective::ppo::Moments;
use crate::open::OpenModel;
use crate::rewards::{Scorer, Scoring};
use crate::storage::Store;
use crate::weights::{fingerprint, peft};

mod rounds;

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
    /// The checkpoint whose weights it begins with, where it is a branch of another run.
    pub from: Option<Origin>,
}

impl Inputs {
    /// The rows as a method reads them: the opponent in SPIN answers once, so a conversation ends
    /// with its first answer.
    pub(super) fn of_method(self, method: Method) -> Self {
        match method {
            Method::Spin => Self {
                train: self.train.first_turns(),
                eval: self.eval.map(Rows::first_turns),
                ..self
            },
            _ => self,
        }
    }
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
        let inputs = inputs.of_method(run.config.method);
        let train_file = &run.config.data.train;
        let mut examples = rows::encode(open, &run, &inputs.train, train_file, host)?;
        let mut eval = rows::encode_eval(open, &run, inputs.eval.as_ref(), host)?;
        let hashes = Hashes {
            data: rows::hash([Some(&examples), eval.as_ref()]),
            model: fingerprint(&open.files).await?,
        };
        rows::warn_of_labels(&run, &examples, host);
        rows::warn_of_unread(&run, &examples, host);
        let prompts =
            evaluate::sample_prompts(open, &run, inputs.eval.as_ref().unwrap_or(&inputs.train))?;
        let adapter = inputs.adapter.as_ref();
        let Outfit { task, scorer, load } = outfit(open, &run, &examples, adapter, inputs.scoring)?;
        memory::check(&load, host)?;
        let reference = reference(open, &run, &task, &examples, host).await?;
        let eval_reference = match (&reference, &eval) {
            (Reference::Cached(_), Some(eval)) => {
                self::reference(open, &run, &task, eval, host).await?
            }
            (reference, _) => reference.clone(),
        };
        let self_play = match run.config.method.is_self_play() {
            true => {
                let rows = (&inputs.train, inputs.eval.as_ref());
                Some(rounds::gather(open, &run, rows, &mut examples, &mut eval)?)
            }
            false => None,
        };
        let parts = Parts { task, reference, examples, eval, eval_reference, scorer, self_play };
        let mut session = Self::new(open, run, parts, prompts, hashes);
        if let Some(origin) = &inputs.from {
            // Now that the reference is the model as it came.
            origin.put_on(&mut session.open.decoder, session.run.config.lora.as_ref()).await?;
        }
        if inputs.resume {
            session.resume(store).await?;
        }
        Ok(session)
    }

    fn new(
        open: &'a mut OpenModel,
        run: ResolvedRun,
        parts: Parts,
        prompts: Vec<SamplePrompt>,
        hashes: Hashes,
    ) -> Self {
        Self {
            sampler: sampler(&run, parts.examples.len()),
            optimizer: AdamW::new(run.config.optimizer.clone(), &mut open.decoder),
            kl_coef: run.ppo().kl_coef,
            scores: Moments::default(),
            open,
            run,
            task: parts.task,
            reference: parts.reference,
            examples: parts.examples,
            eval: parts.eval,
            eval_reference: parts.eval_reference,
            scorer: parts.scorer,
            self_play: parts.self_play,
            prompts,
            data_hash: hashes.data,
            model_hash: hashes.model,
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
        }
    }

    /// Steps done: 0, or the checkpoint's.
    pub fn step(&self) -> usize {
        self.step
    }
}

/// What a checkpoint must have been made with, to go on from.
struct Hashes {
    data: String,
    model: String,
}

/// What a session is made of besides its model and config.
struct Parts {
    task: Task,
    reference: Reference,
    examples: Examples,
    eval: Option<Examples>,
    eval_reference: Reference,
    scorer: Option<Scorer>,
    self_play: Option<SelfPlay>,
}

/// What a model is given for a run, and what that will hold.
pub(super) struct Outfit {
    pub task: Task,
    pub scorer: Option<Scorer>,
    pub load: memory::Load,
}

/// Puts on the model what a run trains, and counts.
///
/// # Errors
/// An adapter that doesn't fit, a reward that can't be had, or a model that can't end its answers.
pub(super) fn outfit(
    open: &mut OpenModel,
    run: &ResolvedRun,
    examples: &Examples,
    adapter: Option<&peft::Adapter>,
    scoring: Scoring,
) -> Result<Outfit, Failure> {
    check_ends(open, run)?;
    setup::weights(open, run, adapter)?;
    let beside = scoring.parameters();
    let scorer = scorer(open, run, scoring)?;
    let task = Task::new(run, 0);
    let copied = run.config.method.is_self_play() || source(run, &task) == Source::Copy;
    let load = memory::load(open, run, &memory::Known { examples, copied, beside });
    Ok(Outfit { task, scorer, load })
}

/// Who scores, where the method asks; PPO's critic; and all weights set free, where they train.
fn scorer(
    open: &mut OpenModel,
    run: &ResolvedRun,
    scoring: Scoring,
) -> Result<Option<Scorer>, Failure> {
    let method = run.config.method;
    let scorer = match method.is_scored() {
        true => Some(Scorer::new(&run.score(), scoring, open)?),
        false => None,
    };
    if setup::is_full(run) && matches!(scorer, Some(Scorer::Adapter(_))) {
        return Err(Failure::bad_input(
            "score.by = \"reward_model\": its base would change with the policy, since all weights \
             train: give [lora], or score.model",
        ));
    }
    if method == Method::Ppo {
        let gain = match &scorer {
            Some(Scorer::Adapter(fit)) => fit.gain,
            _ => 1.0,
        };
        setup::critic(open, run, gain)?;
    }
    if setup::is_full(run) {
        setup::release_all(open);
    }
    Ok(scorer)
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

/// See [`Reference`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Switch,
    Cached,
    Copy,
}

/// Where the reference's log-probabilities come from.
fn source(run: &ResolvedRun, task: &Task) -> Source {
    let full = setup::is_full(run);
    let dpo = run.config.method == Method::Dpo;
    let synced = dpo && run.dpo().sync_ref_model;
    match task {
        Task::Pairs(_) if dpo && !synced && (full || run.dpo().precompute_ref_log_probs) => {
            Source::Cached
        }
        // Normalisation samples from the model as it came.
        Task::Reward(_) if run.reward().normalize_samples == 0 => Source::Switch,
        Task::Pairs(_) | Task::Kto(_) | Task::Rollouts | Task::Reward(_) if full => Source::Copy,
        _ => Source::Switch,
    }
}

/// The reference as a run begins. Copies share memory until weights change.
async fn reference(
    open: &mut OpenModel,
    run: &ResolvedRun,
    task: &Task,
    examples: &Examples,
    host: &mut dyn Host,
) -> Result<Reference, Failure> {
    match (source(run, task), task) {
        (Source::Cached, Task::Pairs(task)) => {
            let size = run.config.run_loop.batch_size as usize;
            let sizes = (size, open.pad_id());
            Reference::cached(&open.decoder, task, examples, sizes, host).await
        }
        (Source::Copy, _) => Ok(Reference::copy(&mut open.decoder)),
        _ => Ok(Reference::Switch),
    }
}

/// Sampled answers must be able to end where something is asked of their end.
fn check_ends(open: &OpenModel, run: &ResolvedRun) -> Result<(), Failure> {
    let method = run.config.method;
    let penalty = match method {
        Method::Ppo => run.ppo().missing_eos_penalty,
        Method::Rloo => run.rloo().missing_eos_penalty,
        Method::OnlineDpo => run.online_dpo().missing_eos_penalty,
        _ => None,
    };
    match penalty.is_some() && open.stop_ids().is_empty() {
        true => Err(Failure::bad_input(format!(
            "{}.missing_eos_penalty: {} has no end-of-text token, so no answer can end by itself",
            method.name(),
            open.name
        ))),
        false => Ok(()),
    }
}

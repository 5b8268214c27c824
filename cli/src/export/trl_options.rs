//! A run's options under TRL's names: one table for each part of `run.toml`.
//!
//! All are written out, TRL's own defaults too: those of Temper differ here and there, and TRL's
//! change from version to version. A null stands for what the run leaves out, as TRL then does.

use serde_json::{Value, json};
use temper_engine::data::sampler::Sampler;
use temper_protocol::{
    DpoConfig, DpoLoss, FDivergence, Failure, Method, Order, ResolvedRun, RunConfig,
    ScheduleConfig, ScheduleKind,
};

use super::trl::{Source, Tables, refused};

/// TRL's options, in the order of the file.
pub type Options = Vec<(&'static str, Value)>;

/// Everything that TRL's command line is told.
pub fn all(source: &Source, tables: &Tables) -> Options {
    let config = &source.run.config;
    let parts = [
        model(source),
        data(source, tables),
        lora(source),
        source.options.clone(),
        optimizer(&source.run),
        run_loop(config, &sampler(config, tables), tables.eval.is_some()),
        tool(config),
    ];
    parts.concat().into_iter().filter(|(_, value)| !value.is_null()).collect()
}

fn model(source: &Source) -> Options {
    let dropout = (!source.dropout.is_empty()).then_some(&source.dropout);
    vec![
        ("model_name_or_path", json!(source.model.display().to_string())),
        ("dtype", json!("float32")),
        ("model_init_kwargs", json!(dropout)),
    ]
}

fn data(source: &Source, tables: &Tables) -> Options {
    vec![
        // TRL's list of `datasets` has no place for held-out rows; a folder's files are its parts.
        ("dataset_name", json!("./data")),
        ("dataset_train_split", json!("train")),
        ("dataset_test_split", json!(tables.eval.as_ref().map(|_| "test"))),
        ("train_sampling_strategy", json!("sequential")),
        ("max_length", json!(source.longest)),
    ]
}

fn lora(source: &Source) -> Options {
    let (Some(lora), Some(adapter)) = (&source.run.config.lora, &source.adapter) else {
        return vec![("use_peft", json!(false))];
    };
    let targets = match &adapter.targets[..] {
        // TRL hands a list of one on as text, which PEFT takes for a pattern.
        [only] => json!([format!(".*\\.{only}")]),
        all => json!(all),
    };
    let task = if source.run.config.method == Method::Reward { "SEQ_CLS" } else { "CAUSAL_LM" };
    vec![
        ("use_peft", json!(true)),
        ("lora_r", json!(lora.r)),
        ("lora_alpha", whole(lora.alpha)),
        ("lora_dropout", json!(lora.dropout)),
        ("lora_target_modules", targets),
        ("lora_task_type", json!(task)),
    ]
}

/// TRL declares alpha an integer.
fn whole(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}

fn optimizer(run: &ResolvedRun) -> Options {
    let optimizer = &run.config.optimizer;
    let [beta1, beta2] = optimizer.betas;
    vec![
        ("optim", json!("adamw_torch")),
        ("learning_rate", json!(run.learning_rate)),
        ("adam_beta1", json!(beta1)),
        ("adam_beta2", json!(beta2)),
        ("adam_epsilon", json!(optimizer.eps)),
        ("weight_decay", json!(optimizer.weight_decay)),
        ("max_grad_norm", json!(optimizer.max_grad_norm)),
        ("lr_scheduler_type", json!(scheduler(&run.config.schedule))),
        ("warmup_steps", json!(run.config.schedule.warmup_steps)),
    ]
}

fn scheduler(schedule: &ScheduleConfig) -> &'static str {
    match schedule.kind {
        ScheduleKind::Linear => "linear",
        ScheduleKind::Cosine => "cosine",
        // TRL's `constant` has no warm-up.
        ScheduleKind::Constant if schedule.warmup_steps > 0 => "constant_with_warmup",
        ScheduleKind::Constant => "constant",
    }
}

fn run_loop(config: &RunConfig, sampler: &Sampler, has_eval: bool) -> Options {
    let run_loop = &config.run_loop;
    let epochs = run_loop.max_steps.is_none().then_some(run_loop.epochs.unwrap_or(1));
    let strategy = |every: u32| if every > 0 { "steps" } else { "no" };
    let steps = |every: u32| (every > 0).then_some(every);
    // TRL measures at the end too, so a measure there alone is one after all steps.
    let eval_steps = match run_loop.eval_every {
        0 => sampler.total_steps(),
        every => every as usize,
    };
    vec![
        ("max_steps", json!(run_loop.max_steps)),
        ("num_train_epochs", json!(epochs)),
        ("per_device_train_batch_size", json!(run_loop.batch_size)),
        ("per_device_eval_batch_size", json!(run_loop.batch_size)),
        ("gradient_accumulation_steps", json!(run_loop.accumulation)),
        ("gradient_checkpointing", json!(run_loop.gradient_checkpointing)),
        ("logging_strategy", json!(strategy(run_loop.log_every))),
        ("logging_steps", json!(steps(run_loop.log_every))),
        ("eval_strategy", json!(if has_eval { "steps" } else { "no" })),
        ("eval_steps", json!(has_eval.then_some(eval_steps))),
        ("save_strategy", json!(strategy(run_loop.checkpoint_every))),
        ("save_steps", json!(steps(run_loop.checkpoint_every))),
    ]
}

/// What is the run's seed and TRL's own affair: Temper computes in 32 bits, on one device.
fn tool(config: &RunConfig) -> Options {
    vec![
        ("seed", json!(config.seed)),
        ("bf16", json!(false)),
        ("fp16", json!(false)),
        ("num_processes", json!(1)),
        ("report_to", json!("none")),
        ("output_dir", json!("./trl-run")),
    ]
}

/// The options of a method's own table.
///
/// # Errors
/// A method that TRL's command line lacks, or an option without which the run would be another.
pub fn of_method(run: &ResolvedRun, file: &str) -> Result<Options, Failure> {
    let method = run.config.method;
    let mut options = match method {
        Method::Dpo => dpo(&run.dpo(), file)?,
        Method::Kto => kto(run),
        Method::Reward => {
            vec![("center_rewards_coefficient", json!(run.reward().center_rewards_coefficient))]
        }
        Method::Sft => return Ok(sft(run)),
        Method::Rloo => {
            let by = json!(run.score().by);
            let why = format!("TRL's command line has rloo, but no name for score.by = {by}");
            return Err(refused(file, "method", why));
        }
        other => {
            let why = format!("TRL's command line has no {}", other.name());
            let hint = "it has dpo, kto, reward and sft; --as peft takes the adapter out";
            return Err(refused(file, "method", why).with_hint(hint));
        }
    };
    // Off, it would be the adapter's dropout too.
    options.push(("disable_dropout", json!(dropout(&run.config) == 0.0)));
    Ok(options)
}

fn dropout(config: &RunConfig) -> f64 {
    config.lora.as_ref().map_or(0.0, |lora| lora.dropout)
}

fn sft(run: &ResolvedRun) -> Options {
    vec![
        ("completion_only_loss", json!(run.sft().completion_only_loss)),
        ("assistant_only_loss", json!(false)),
        ("loss_type", json!("nll")),
        ("packing", json!(false)),
        ("shuffle_dataset", json!(false)),
    ]
}

fn kto(run: &ResolvedRun) -> Options {
    let kto = run.kto();
    vec![
        ("loss_type", json!(kto.loss_type)),
        ("beta", json!(kto.beta)),
        ("desirable_weight", json!(kto.desirable_weight)),
        ("undesirable_weight", json!(kto.undesirable_weight)),
    ]
}

fn dpo(dpo: &DpoConfig, file: &str) -> Result<Options, Failure> {
    if dpo.ipo_length_normalize == Some(false) {
        let why = "TRL's ipo always divides log-ratios by the completions' lengths";
        return Err(refused(file, "dpo.ipo_length_normalize", why));
    }
    // TRL weighs in place, which torch forbids of these two.
    let fails = |loss: &&DpoLoss| matches!(loss, DpoLoss::Hinge | DpoLoss::Sft);
    if let (true, Some(loss)) = (dpo.use_weighting, dpo.loss_type.iter().find(fails)) {
        let why = format!("TRL fails to weigh the loss {}", json!(loss));
        return Err(refused(file, "dpo.use_weighting", why));
    }
    check_divergence(dpo, file)?;
    Ok(vec![
        ("loss_type", json!(dpo.loss_type)),
        ("loss_weights", json!(dpo.loss_weights)),
        ("beta", json!(dpo.beta)),
        ("label_smoothing", json!(label_smoothing(dpo, file)?)),
        ("discopop_tau", json!(dpo.discopop_tau)),
        ("f_divergence_type", json!(dpo.f_divergence_type)),
        ("f_alpha_divergence_coef", json!(dpo.f_alpha_divergence_coef)),
        ("ld_alpha", json!(dpo.ld_alpha)),
        ("use_weighting", json!(dpo.use_weighting)),
        ("sync_ref_model", json!(dpo.sync_ref_model)),
        ("ref_model_mixup_alpha", json!(dpo.ref_model_mixup_alpha)),
        ("ref_model_sync_steps", json!(dpo.ref_model_sync_steps)),
        ("precompute_ref_log_probs", json!(dpo.precompute_ref_log_probs)),
    ])
}

fn check_divergence(dpo: &DpoConfig, file: &str) -> Result<(), Failure> {
    use DpoLoss::{Discopop, ExoPair, Hinge, Ipo, Robust, Sft, Sigmoid, SigmoidNorm};
    const ANY: [DpoLoss; 8] = [Sigmoid, SigmoidNorm, Hinge, Ipo, ExoPair, Robust, Discopop, Sft];
    let strict = dpo.loss_type.iter().find(|loss| !ANY.contains(loss));
    match (dpo.f_divergence_type, strict) {
        (FDivergence::ReverseKl, _) | (_, None) => Ok(()),
        (_, Some(loss)) => {
            let why = format!("with {} TRL takes reverse_kl alone", json!(loss));
            Err(refused(file, "dpo.f_divergence_type", why))
        }
    }
}

/// The one that TRL's losses read, of which `sigmoid` is none.
fn label_smoothing(dpo: &DpoConfig, file: &str) -> Result<f64, Failure> {
    const KEY: &str = "dpo.label_smoothing";
    let smoothed = dpo.loss_type.iter().copied().filter(|loss| loss.is_smoothed());
    let (sigmoid, others): (Vec<DpoLoss>, Vec<DpoLoss>) =
        smoothed.partition(|loss| *loss == DpoLoss::Sigmoid);
    if sigmoid.iter().any(|&loss| dpo.smoothing(loss) > 0.0) {
        return Err(refused(file, KEY, "TRL's sigmoid doesn't read it"));
    }
    let first = others.first().map_or(0.0, |&loss| dpo.smoothing(loss));
    match others.iter().all(|&loss| dpo.smoothing(loss) == first) {
        true => Ok(first),
        false => Err(refused(file, KEY, "left out, it is exo_pair's own, and TRL has one for all")),
    }
}

/// What of the run TRL does otherwise, though the run is still much the same.
pub fn notes(source: &Source, tables: &Tables) -> Vec<String> {
    let config = &source.run.config;
    let sampler = sampler(config, tables);
    let again = config.data.order == Order::Shuffle && sampler.epoch(sampler.total_steps()) > 1.0;
    let told = [
        (again, "data.order: Temper shuffles each epoch anew, TRL goes by the first one's order"),
        (config.run_loop.sample_every > 0, "loop.sample_every: TRL writes no samples on its way"),
        (dropout(config) > 0.0, "lora.dropout: what is dropped is torch's own draw"),
        (
            source.run.reward().normalize_samples > 0,
            "reward.normalize_samples: TRL leaves the rewards' scale as it is",
        ),
    ];
    let told = told.into_iter().filter(|(holds, _)| *holds);
    let mut notes: Vec<String> = told.map(|(_, note)| note.to_string()).collect();
    if tables.train.mismatched > 0 {
        notes.push(format!(
            "data.train: {} prompts have other tokens before a completion than alone; Temper has \
             the completion begin after the prompt's length, TRL where the two part",
            tables.train.mismatched
        ));
    }
    notes
}

/// How the run goes through its rows.
fn sampler(config: &RunConfig, tables: &Tables) -> Sampler {
    Sampler::new(tables.train.rows.len(), config.data.order, config.seed, &config.run_loop)
}

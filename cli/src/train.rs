//! `temper train`

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use temper_engine::data::{self, RowKind, Rows};
use temper_engine::judge::Judge;
use temper_engine::rewards::Scoring;
use temper_engine::storage::Store;
use temper_engine::train::prepare::Inputs;
use temper_engine::train::{Host, Session};
use temper_engine::{Compute, OpenModel, device};
use temper_protocol::{
    ConfigError, Event, Failure, FailureKind, Location, ResolvedRun, RunConfig, ScoreSource,
};

use crate::args::TrainArgs;
use crate::host::CliHost;
use crate::lock::Lock;
use crate::output;
use temper::data_file::read_rows;
use temper::files::{bad_path, model_files, open_adapter, open_model, open_reward};
use temper::folder_store::FolderStore;

/// Trains by a RUN.toml.
///
/// # Errors
/// Bad input, or a run that failed.
pub async fn run(args: TrainArgs) -> Result<(), Failure> {
    let config = load_config(&args)?;
    let run = config.resolve().map_err(|error| config_failure(&args.run, &error))?;
    let kind = config.method.row_kind();
    // Before the hours that the rest may take.
    let lock = Lock::take(&args.out)?;
    check_out(&args)?;
    let train = import(&config.data.train, kind)?;
    let eval = config.data.eval.as_ref().map(|path| import(path, kind)).transpose()?;
    let adapter = match &config.model.adapter {
        Some(path) => Some(open_adapter(Path::new(path)).await?),
        None => None,
    };
    let store = FolderStore::new(args.out.clone());
    let compute = device::open(args.device.into()).await?;
    let files = model_files(Path::new(&config.model.path))?;
    let mut open = OpenModel::open(files, &compute, |_| {}).await?;
    let scoring = scoring(&run, &compute).await?;
    let mut host = CliHost::new(compute.info.is_cpu());
    let resolved = run.config.clone();
    let inputs = Inputs { train, eval, adapter, scoring, resume: args.resume, from: None };
    let mut session = Session::prepare(&mut open, run, inputs, &mut host, &store).await?;
    // Only now that all has been checked: what fails above leaves the folder as it was.
    prepare_out(&args, &store, &resolved, session.step()).await?;
    host.write_to(&args.out)?;
    let done = session.run(&mut host, &store).await;
    drop(lock);
    match done.and_then(|summary| host.written().map(|()| summary)) {
        Ok(summary) => {
            let weights = args.out.join(&summary.weights);
            host.emit(Event::Finished(summary));
            eprintln!("{}", weights.display());
            Ok(())
        }
        Err(failure) => {
            host.emit(Event::Failed(failure.clone()));
            Err(failure)
        }
    }
}

/// Reads RUN.toml; paths in it are relative to it, else to the working folder.
fn load_config(args: &TrainArgs) -> Result<RunConfig, Failure> {
    let text = fs::read_to_string(&args.run).map_err(|error| bad_path(&args.run, error))?;
    let name = args.run.display().to_string();
    let mut config = RunConfig::from_toml(&name, &text, &args.set)
        .map_err(|error| config_failure(&args.run, &error))?;
    let base = args.run.parent().unwrap_or(Path::new(""));
    let place = |path: &mut String| {
        let beside = base.join(&*path);
        if beside.exists() {
            *path = absolute(&beside);
        } else if Path::new(path).exists() {
            *path = absolute(Path::new(path));
        }
    };
    place(&mut config.model.path);
    place(&mut config.data.train);
    config.model.adapter.as_mut().map(place);
    config.data.eval.as_mut().map(place);
    if let Some(score) = &mut config.score {
        score.adapter.as_mut().map(place);
        score.model.as_mut().map(place);
    }
    Ok(config)
}

fn absolute(path: &Path) -> String {
    let absolute: PathBuf = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    absolute.display().to_string()
}

/// Opens the reward model or the judge that `[score]` names.
async fn scoring(run: &ResolvedRun, compute: &Compute) -> Result<Scoring, Failure> {
    if !run.config.method.is_scored() {
        return Ok(Scoring::default());
    }
    let score = run.score();
    let adapter = match &score.adapter {
        Some(path) => Some(open_reward(Path::new(path)).await?),
        None => None,
    };
    let model = match &score.model {
        Some(path) => Some(open_model(Path::new(path), None, compute).await?),
        None => None,
    };
    Ok(match score.by {
        ScoreSource::Judge => {
            let judge = model.map(Judge::new).transpose()?.map(Rc::new);
            Scoring { adapter, judge, ..Scoring::default() }
        }
        _ => Scoring { adapter, model: model.map(Box::new), ..Scoring::default() },
    })
}

fn import(path: &str, kind: RowKind) -> Result<Rows, Failure> {
    let bytes = read_rows(Path::new(path))?;
    let (rows, report) = data::import(path, &bytes, kind)?;
    output::tell_left_out(path, &report.dropped);
    Ok(rows)
}

/// A folder that holds a run is only resumed.
fn check_out(args: &TrainArgs) -> Result<(), Failure> {
    if !args.resume && args.out.join("run.toml").exists() {
        let failure = bad_path(&args.out, "already holds a run");
        return Err(failure.with_hint("give another --out, or --resume"));
    }
    Ok(())
}

/// Says where a resumed run begins, and which newer checkpoints can't be read.
fn tell_start(args: &TrainArgs, step: usize) {
    let folders = fs::read_dir(args.out.join("checkpoints")).into_iter().flatten().flatten();
    let step_of = |name: String| name.strip_prefix("step-")?.parse::<usize>().ok();
    let steps = folders.filter_map(|entry| step_of(entry.file_name().to_string_lossy().into()));
    for newer in steps.filter(|&other| other > step) {
        eprintln!("warning: {}/checkpoints/step-{newer} isn't whole", args.out.display());
    }
    match step {
        0 => eprintln!("{}: no checkpoint to go on from, beginning anew", args.out.display()),
        step => eprintln!("going on from step {step}"),
    }
}

/// Writes `run.toml`; of a resumed run, cuts off the lines that will be written again.
async fn prepare_out(
    args: &TrainArgs,
    store: &FolderStore,
    config: &RunConfig,
    step: usize,
) -> Result<(), Failure> {
    let finished = ["adapter", "model"].iter().any(|weights| args.out.join(weights).exists());
    if args.resume && step == 0 && finished {
        let failure = bad_path(&args.out, "holds a finished run and no checkpoint to go on from");
        return Err(failure.with_hint("give another --out"));
    }
    if args.resume {
        tell_start(args, step);
        for name in ["metrics.jsonl", "samples.jsonl"] {
            keep_up_to(store, name, step).await?;
        }
    }
    Ok(store.write("run.toml", config.to_toml().as_bytes(), false).await?)
}

async fn keep_up_to(store: &FolderStore, name: &str, step: usize) -> Result<(), Failure> {
    let Some(bytes) = store.read(name).await? else { return Ok(()) };
    let text = String::from_utf8_lossy(&bytes);
    let until = |line: &&str| {
        let value: Option<serde_json::Value> = serde_json::from_str(line).ok();
        value.and_then(|value| value["step"].as_u64()).is_some_and(|at| at <= step as u64)
    };
    // From the start again means from the first sample on.
    let kept = text.lines().filter(|line| step > 0 && until(line));
    let kept: String = kept.map(|line| format!("{line}\n")).collect();
    Ok(store.write(name, kept.as_bytes(), false).await?)
}

fn config_failure(file: &Path, error: &ConfigError) -> Failure {
    let file = file.display().to_string();
    let (key, message) = match error {
        ConfigError::Value { key, .. }
        | ConfigError::NotRead { key, .. }
        | ConfigError::Unread { key, .. } => (Some((*key).to_owned()), format!("{file}: {error}")),
        ConfigError::Parse { .. } | ConfigError::Override { .. } => (None, error.to_string()),
        ConfigError::Exclusive { .. } => (None, format!("{file}: {error}")),
    };
    Failure::new(FailureKind::BadInput(Location { file: Some(file), line: None, key }), message)
}

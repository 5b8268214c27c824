//! A run that was stopped at any step and resumed logs the very same numbers.

use std::fs;
use std::rc::Rc;

use temper::files::open_model;
use temper::folder_store::FolderStore;
use temper_engine::data::{self, RowKind, Rows};
use temper_engine::train::Session;
use temper_engine::train::branch::Origin;
use temper_engine::train::prepare::Inputs;
use temper_protocol::{Action, Event, Failure, FailureKind, RunConfig, Summary};
use temper_tests::{Recorder, cpu, fixture};

fn config(extra: &str) -> RunConfig {
    let text = format!(
        "method = \"dpo\"\n[model]\npath = \"m\"\n[data]\ntrain = \"pairs.jsonl\"\n\
         [optimizer]\nlearning_rate = 5e-3\n[loop]\nmax_steps = 10\nbatch_size = 4\nlog_every = 2\n{extra}"
    );
    RunConfig::from_toml("run.toml", &text, &[]).expect("a config")
}

fn rows() -> Rows {
    let bytes = fs::read(fixture("trl/pairs.jsonl")).expect("the fixture is there");
    data::import("pairs.jsonl", &bytes, RowKind::Pairs).expect("rows").0
}

fn inputs(resume: bool, from: Option<Origin>) -> Inputs {
    let scoring = Default::default();
    Inputs { train: rows(), eval: None, adapter: None, scoring, resume, from }
}

fn run(
    config: &RunConfig,
    store: &FolderStore,
    resume: bool,
    plan: Vec<(usize, Action)>,
) -> Recorder {
    let mut recorder = Recorder { plan, ..Recorder::default() };
    let run = train(config, store, inputs(resume, None), &mut recorder);
    run.expect("the run ends");
    recorder
}

fn train(
    config: &RunConfig,
    store: &FolderStore,
    inputs: Inputs,
    recorder: &mut Recorder,
) -> Result<Summary, Failure> {
    pollster::block_on(async {
        let mut open = open_model(&fixture("trl/model"), None, &cpu()).await.expect("a model");
        let resolved = config.resolve().expect("a run");
        let mut session = Session::prepare(&mut open, resolved, inputs, recorder, store).await?;
        session.run(recorder, store).await
    })
}

/// A window of two steps open at the checkpoint; an adapter, and all weights.
#[test]
fn the_rest_of_a_resumed_run_is_the_same_to_the_last_bit() {
    for extra in ["[lora]\nr = 4\n", ""] {
        let config = config(extra);
        let folder = tempfile::tempdir().expect("a folder");
        let store = FolderStore::new(folder.path().to_owned());
        let whole = run(&config, &store, false, vec![]);

        let folder = tempfile::tempdir().expect("a folder");
        let store = FolderStore::new(folder.path().to_owned());
        let mut with_checkpoint = config.clone();
        with_checkpoint.run_loop.checkpoint_every = 3;
        let _ = run(&with_checkpoint, &store, false, vec![]);
        // As if killed after step 3.
        for step in [6, 9] {
            fs::remove_dir_all(folder.path().join(format!("checkpoints/step-{step}")))
                .expect("a checkpoint");
        }
        let rest = run(&with_checkpoint, &store, true, vec![]);
        for key in ["loss", "grad_norm", "rewards/margins"] {
            let (whole, rest) = (whole.metric(key), rest.metric(key));
            assert_eq!(rest.len(), 4, "steps 4, 6, 8, 10");
            assert_eq!(whole[1..], rest[..], "{key} with {extra:?}");
        }
    }
}

/// A checkpoint without its last file, as a kill leaves it, doesn't count; the one before does.
#[test]
fn a_half_written_checkpoint_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(folder.path().to_owned());
    let mut config = config("[lora]\nr = 4\n");
    config.run_loop.checkpoint_every = 4;
    let _ = run(&config, &store, false, vec![]);
    fs::remove_file(folder.path().join("checkpoints/step-8/checkpoint.json"))
        .expect("a checkpoint");
    let rest = run(&config, &store, true, vec![]);
    let steps: Vec<u32> = rest
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Step(metrics) => Some(metrics.step),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [6, 8, 10]);
}

#[test]
fn a_resume_with_other_settings_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(folder.path().to_owned());
    let mut config = config("[lora]\nr = 4\n");
    config.run_loop.checkpoint_every = 5;
    let _ = run(&config, &store, false, vec![]);
    config.optimizer.learning_rate = Some(1e-4);
    let refused = train(&config, &store, inputs(true, None), &mut Recorder::default());
    let refused = refused.expect_err("refused");
    assert!(refused.message.contains("learning_rate"), "{refused}");
}

/// The checkpoint of step 4 as another run's beginning.
fn origin(store: FolderStore) -> Origin {
    Origin { name: "run 1's checkpoint".into(), store: Rc::new(store), step: 4 }
}

/// A learning rate of zero leaves a branch where it begins, so its fifth step measures what the
/// other run's does; its reference is the model as it came, as the other's is.
#[test]
fn a_branch_begins_with_the_weights_of_the_checkpoint() {
    for extra in ["[lora]\nr = 4\n", ""] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FolderStore::new(folder.path().join("whole"));
        let mut config = config(extra);
        config.run_loop.log_every = 1;
        config.run_loop.checkpoint_every = 4;
        let whole = run(&config, &store, false, vec![]);

        config.optimizer.learning_rate = Some(0.0);
        config.run_loop.checkpoint_every = 0;
        let mut branch = Recorder::default();
        let own = FolderStore::new(folder.path().join("branch"));
        let inputs = inputs(false, Some(origin(store)));
        train(&config, &own, inputs, &mut branch).expect("the run ends");
        assert_eq!(branch.metric("loss").len(), 10, "it counts its own steps");
        for key in ["loss", "rewards/margins", "rewards/chosen"] {
            assert!(whole.at(5, key).is_some());
            assert_eq!(branch.at(5, key), whole.at(5, key), "{key} with {extra:?}");
            assert_ne!(branch.at(1, key), whole.at(1, key), "{key} with {extra:?}");
        }
    }
}

#[test]
fn a_branch_of_other_weights_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = || FolderStore::new(folder.path().to_owned());
    let mut made = config("[lora]\nr = 4\n");
    made.run_loop.checkpoint_every = 4;
    let _ = run(&made, &out(), false, vec![]);
    let refused = |extra: &str| {
        let inputs = inputs(false, Some(origin(out())));
        let run = train(&config(extra), &out(), inputs, &mut Recorder::default());
        run.expect_err("refused").message
    };
    for (extra, why) in [
        ("[lora]\nr = 8\n", "has shape [4, "),
        ("[lora]\nr = 4\nalpha = 8.0\n", "lora.alpha is 16 there and 8 here"),
        ("[lora]\nr = 4\ntargets = [\"q_proj\"]\n", "which doesn't train here"),
        ("", "it has no "),
    ] {
        let message = refused(extra);
        assert!(message.starts_with("run 1's checkpoint has other weights: "), "{message}");
        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn pause_resume_and_stop_are_heard_between_steps() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(folder.path().to_owned());
    let mut config = config("[lora]\nr = 4\n");
    config.run_loop.log_every = 1;
    let plan = vec![(2, Action::Pause), (4, Action::Checkpoint), (5, Action::Stop)];
    let heard = run(&config, &store, false, plan);
    assert!(heard.events.contains(&Event::Paused { step: 2 }));
    assert!(heard.events.contains(&Event::Resumed { step: 2 }));
    assert!(
        heard
            .events
            .iter()
            .any(|event| matches!(event, Event::Checkpointed(info) if info.step == 4))
    );
    assert_eq!(heard.metric("loss").len(), 5);
    assert!(folder.path().join("adapter/adapter_model.safetensors").is_file());
}

/// A step that blows up names its rows and leaves the last good checkpoint.
#[test]
fn a_loss_that_is_no_number_stops_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(folder.path().to_owned());
    let mut config = config("");
    config.optimizer.learning_rate = Some(1e30);
    config.optimizer.max_grad_norm = 0.0;
    config.schedule.kind = temper_protocol::ScheduleKind::Constant;
    config.run_loop.checkpoint_every = 1;
    let blown_up = train(&config, &store, inputs(false, None), &mut Recorder::default());
    let failure = blown_up.expect_err("the run blows up");
    let FailureKind::NonFinite { step, rows } = &failure.kind else { panic!("{failure:?}") };
    assert!(*step > 1 && rows.len() == 4);
    assert_eq!(failure.checkpoint, Some(step - 1));
}

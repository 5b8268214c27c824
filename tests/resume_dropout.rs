//! Dropout resumes too. Alone in its process, because burn's random numbers are the process's.

use std::fs;

use temper::files::open_model;
use temper::folder_store::FolderStore;
use temper_engine::data::{self, RowKind};
use temper_engine::train::Session;
use temper_engine::train::prepare::Inputs;
use temper_protocol::RunConfig;
use temper_tests::{Recorder, cpu, fixture};

const RUN: &str = "method = \"dpo\"\n[model]\npath = \"m\"\n[data]\ntrain = \"pairs.jsonl\"\n\
    [lora]\nr = 4\ndropout = 0.2\n[optimizer]\nlearning_rate = 5e-3\n\
    [loop]\nmax_steps = 6\ncheckpoint_every = 2\n";

fn losses(store: &FolderStore, resume: bool) -> Vec<f64> {
    let config = RunConfig::from_toml("run.toml", RUN, &[]).expect("a config");
    let bytes = fs::read(fixture("trl/pairs.jsonl")).expect("the fixture is there");
    let (train, _) = data::import("pairs.jsonl", &bytes, RowKind::Pairs).expect("rows");
    let mut recorder = Recorder::default();
    pollster::block_on(async {
        let mut open = open_model(&fixture("trl/model"), None, &cpu()).await.expect("a model");
        let scoring = Default::default();
        let inputs = Inputs { train, eval: None, adapter: None, scoring, resume, from: None };
        let run = config.resolve().expect("a run");
        let mut session = Session::prepare(&mut open, run, inputs, &mut recorder, store)
            .await
            .expect("a session");
        session.run(&mut recorder, store).await.expect("the run ends");
    });
    recorder.metric("loss")
}

#[test]
fn dropout_draws_the_same_after_a_resume() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(folder.path().to_owned());
    let whole = losses(&store, false);
    // As if killed after step 2.
    for step in [4, 6] {
        fs::remove_dir_all(folder.path().join(format!("checkpoints/step-{step}")))
            .expect("a checkpoint");
    }
    assert_eq!(whole[2..], losses(&store, true)[..]);
}

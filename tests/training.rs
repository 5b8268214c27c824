//! Whole runs against TRL, step by step, on both devices.

use serde_json::Value;
use temper_engine::data;
use temper_engine::device::read;
use temper_engine::logps::logps;
use temper_engine::model::Adapter;
use temper_engine::scores::scores;
use temper_engine::storage::Store;
use temper_engine::train::Session;
use temper_engine::train::prepare::Inputs;
use temper_engine::{Compute, OpenModel};
use temper_protocol::RunConfig;
use temper_tests::{Recorder, assert_close, cpu, fixture, gpu, json, json_lines, open};

use temper::files::{open_adapter, open_model};
use temper::folder_store::FolderStore;

/// The run.toml of a fixture's run.json.
fn config(run: &str) -> RunConfig {
    let settings = json(&format!("trl/{run}/run.json"));
    let scheduler = settings.get("lr_scheduler_type").unwrap_or(&settings["lr_scheduler"]);
    let batch = settings.get("per_device_train_batch_size").unwrap_or(&settings["batch_size"]);
    let accumulation = settings["gradient_accumulation_steps"].as_u64().unwrap_or(1);
    // TRL has SimPO as a loss of its CPO trainer.
    let trainer = settings["trainer"].as_str().expect("a trainer");
    let method = if settings["loss_type"] == "simpo" { "simpo" } else { trainer };
    let options = options(method, &settings);
    let text = format!(
        "method = \"{method}\"\n[model]\npath = \"model\"\n[data]\ntrain = \"tokens.jsonl\"\norder = \"file\"\n{options}\
         [optimizer]\nlearning_rate = {}\nweight_decay = {}\nmax_grad_norm = {}\n\
         [schedule]\nkind = {scheduler}\nwarmup_steps = {}\n\
         [loop]\nepochs = {}\nbatch_size = {batch}\naccumulation = {accumulation}\n",
        settings["learning_rate"],
        settings["weight_decay"],
        settings["max_grad_norm"],
        settings["warmup_steps"],
        settings["epochs"],
    );
    let mut config = RunConfig::from_toml("run.json", &text, &[]).expect("a config");
    if settings["lora"].is_object() {
        config.model.adapter = Some("adapter_init".into());
    }
    config
}

/// The method's own table: whatever of TRL's options the run has.
fn options(method: &str, settings: &Value) -> String {
    let keys: &[&str] = match method {
        "dpo" => &[
            "loss_type",
            "loss_weights",
            "beta",
            "label_smoothing",
            "discopop_tau",
            "use_weighting",
        ],
        "kto" => &["loss_type", "beta", "desirable_weight", "undesirable_weight"],
        "reward" => &["center_rewards_coefficient"],
        "cpo" => &["beta", "cpo_alpha"],
        "simpo" => &["beta", "simpo_gamma"],
        _ => &[],
    };
    let given = keys.iter().filter(|key| !settings[**key].is_null());
    let lines: String = given.map(|key| format!("{key} = {}\n", settings[*key])).collect();
    if lines.is_empty() { lines } else { format!("[{method}]\n{lines}") }
}

/// Trains; gives what was heard and leaves the trained model in `open`.
fn train(run: &str, config: &RunConfig, open: &mut OpenModel, store: &dyn Store) -> Recorder {
    let kind = config.method.row_kind();
    let tokens =
        std::fs::read(fixture(&format!("trl/{run}/tokens.jsonl"))).expect("the fixture is there");
    let (rows, _) = data::import("tokens.jsonl", &tokens, kind).expect("rows");
    let mut recorder = Recorder::default();
    pollster::block_on(async {
        let adapter = match &config.model.adapter {
            Some(name) => {
                let path = fixture(&format!("trl/{run}/{name}"));
                Some(open_adapter(&path).await.expect("the adapter opens"))
            }
            None => None,
        };
        let scoring = Default::default();
        let inputs =
            Inputs { train: rows, eval: None, adapter, scoring, resume: false, from: None };
        let resolved = config.resolve().expect("a run");
        let mut session = Session::prepare(open, resolved, inputs, &mut recorder, store)
            .await
            .expect("a session");
        session.run(&mut recorder, store).await.expect("the run ends well");
    });
    recorder
}

fn check_run(run: &str, compute: &Compute, tolerance: f64) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderStore::new(folder.path().to_owned());
    let mut model = open("trl/model", compute);
    let config = config(run);
    let recorder = train(run, &config, &mut model, &store);
    let expected = json_lines(&format!("trl/{run}/metrics.jsonl"));
    let logged: Vec<&Value> = expected.iter().filter(|line| line.get("loss").is_some()).collect();
    check_metrics(run, &config, &recorder, &logged, tolerance);
    check_final(run, &model, compute, folder.path());
    check_adapter_files(run, folder.path());
}

/// What TRL logs, trainer by trainer.
const METRICS: [&str; 16] = [
    "loss",
    "grad_norm",
    "learning_rate",
    "rewards/chosen",
    "rewards/rejected",
    "rewards/margins",
    "rewards/accuracies",
    "logps/chosen",
    "logps/rejected",
    "kl",
    "accuracy",
    "margin",
    "min_reward",
    "mean_reward",
    "max_reward",
    "num_tokens",
];

/// Every logged step against TRL's.
fn check_metrics(
    run: &str,
    config: &RunConfig,
    recorder: &Recorder,
    logged: &[&Value],
    tolerance: f64,
) {
    // TRL scales the rewards of several losses by the sum of their weights.
    let one_loss = config.dpo.as_ref().is_none_or(|dpo| dpo.loss_type.len() == 1);
    for key in METRICS {
        if key.starts_with("rewards/") && !one_loss {
            continue;
        }
        let expected = logged.iter().filter_map(|line| {
            let value = line.get(key)?.as_f64().filter(|value| value.is_finite())?;
            Some((line["step"].as_u64().expect("a step") as u32, value))
        });
        for (step, expected) in expected {
            let found = recorder.at(step, key);
            // A class that isn't in the micro-batch has no mean; APO on ratings has no KL.
            let Some(found) = found else {
                assert!(run.starts_with("kto"), "{run}, step {step}: no {key}");
                continue;
            };
            let tolerance = match key {
                "loss" | "learning_rate" => tolerance,
                // Asked for within 1 %; summed log-ratios of whole rows carry more rounding.
                "grad_norm" => 1e-2,
                _ => 5.0 * tolerance,
            };
            assert_close(&format!("{run}, step {step}, {key}"), found, expected, tolerance);
        }
    }
}

/// What PEFT itself wrote after the same run has the same tensors, and settings that say the same.
fn check_adapter_files(run: &str, out: &std::path::Path) {
    let theirs = fixture(&format!("trl/{run}/adapter_final"));
    let ours = out.join("adapter");
    assert_eq!(theirs.is_dir(), ours.is_dir(), "{run}");
    if !ours.is_dir() {
        return;
    }
    let header = |folder: &std::path::Path| -> Value {
        let bytes = std::fs::read(folder.join("adapter_model.safetensors")).expect("weights");
        let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
        serde_json::from_slice(&bytes[8..8 + length]).expect("a header")
    };
    let (ours_header, theirs_header) = (header(&ours), header(&theirs));
    for (name, tensor) in theirs_header.as_object().expect("tensors") {
        if name != "__metadata__" {
            assert_eq!(ours_header[name]["shape"], tensor["shape"], "{name}");
            assert_eq!(ours_header[name]["dtype"], tensor["dtype"], "{name}");
        }
    }
    let count = |header: &Value| header.as_object().expect("tensors").len();
    assert_eq!(count(&ours_header), count(&theirs_header));
    let config = |folder: &std::path::Path| -> Value {
        let bytes = std::fs::read(folder.join("adapter_config.json")).expect("settings");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let (ours, theirs) = (config(&ours), config(&theirs));
    for key in ["peft_type", "r", "lora_alpha", "lora_dropout", "bias", "task_type", "use_rslora"] {
        assert_eq!(ours[key], theirs[key], "{key}");
    }
    let targets = |config: &Value| {
        let list = config["target_modules"].as_array().expect("a list").clone();
        list.into_iter()
            .map(|name| name.as_str().expect("a name").to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(targets(&ours), targets(&theirs));
}

/// The trained weights as written: loaded anew, they give TRL's final log-probabilities, or a
/// reward model's rewards.
fn check_final(run: &str, trained: &OpenModel, compute: &Compute, out: &std::path::Path) {
    let adapter = out.join("adapter");
    let (model, adapter) = match adapter.is_dir() {
        true => (fixture("trl/model"), Some(adapter)),
        false => (out.join("model"), None),
    };
    let reopened = pollster::block_on(open_model(&model, adapter.as_deref(), compute))
        .expect("what was written opens");
    assert_eq!(reopened.decoder.config, trained.decoder.config);
    let bytes = std::fs::read(fixture("trl/pairs.jsonl")).expect("the fixture is there");
    let limit = reopened.decoder.config.max_positions;
    let rows = data::sequences("pairs.jsonl", &bytes, reopened.text.as_ref(), limit).expect("rows");
    let rewards = reopened.decoder.score.is_some();
    let file = if rewards { "final_rewards" } else { "final_logps" };
    let expected = json(&format!("trl/{run}/{file}.json"));
    for (row, expected) in rows.iter().zip(expected.as_array().expect("rows")) {
        for (role, sequence) in row {
            let batch = data::batch::Batch::new(&[sequence], 0);
            let model = &reopened.decoder;
            let found = match rewards {
                true => scores(model, &batch, Adapter::Policy),
                false => logps(model, &batch, Adapter::Policy).rows,
            };
            let found = pollster::block_on(read(found)).expect("the device answers");
            let expected = expected[*role].as_f64().expect("a number");
            // Absolute, however long the row.
            let distance = (f64::from(found[0]) - expected).abs();
            assert!(distance <= 1e-2, "{run}: final {role} is {distance} away");
        }
    }
}

macro_rules! runs {
    ($($name:ident, $wgpu:ident: $run:literal;)*) => {
        $(
            #[test]
            fn $name() {
                check_run($run, &cpu(), 2e-4);
            }

            #[test]
            fn $wgpu() {
                check_run($run, &gpu(), 2e-3);
            }
        )*
    };
}

runs! {
    dpo_sigmoid_on_the_cpu, dpo_sigmoid_on_wgpu: "dpo_sigmoid";
    dpo_full_weights_on_the_cpu, dpo_full_weights_on_wgpu: "dpo_full_accum2_cosine";
    sft_on_the_cpu, sft_on_wgpu: "sft";
    dpo_hinge_on_the_cpu, dpo_hinge_on_wgpu: "dpo_hinge";
    dpo_ipo_on_the_cpu, dpo_ipo_on_wgpu: "dpo_ipo";
    dpo_apo_zero_on_the_cpu, dpo_apo_zero_on_wgpu: "dpo_apo_zero";
    dpo_sppo_hard_on_the_cpu, dpo_sppo_hard_on_wgpu: "dpo_sppo_hard";
    kto_on_the_cpu, kto_on_wgpu: "kto";
    reward_on_the_cpu, reward_on_wgpu: "reward";
}

/// What TRL 0.28 gave for the other losses: made as the runs above were, on one device only.
#[test]
fn the_rest_of_the_losses_on_the_cpu() {
    for run in [
        "dpo_cdpo_ls0.1",
        "dpo_robust_ls0.1",
        "dpo_exo_pair",
        "dpo_nca_pair",
        "dpo_bco_pair",
        "dpo_apo_down",
        "dpo_aot",
        "dpo_aot_unpaired",
        "dpo_sigmoid_sft_weighted",
        "dpo_use_weighting_aligned",
        "dpo_ipo_seed7",
        "kto_apo_zero_unpaired",
        "kto_seed7",
        "reward_margin",
        "reward_seed7",
        "cpo",
        "simpo",
    ] {
        check_run(run, &cpu(), 2e-4);
    }
    // Its blend turns over within 0.05 of a margin, and rounding with it.
    check_run("dpo_discopop", &cpu(), 1e-3);
}

/// One micro-batch of four, and four of one, are the same step.
#[test]
fn accumulation_changes_nothing() {
    for run in ["dpo_sigmoid", "sft"] {
        let losses = [(4, 1), (1, 4)].map(|(batch_size, accumulation)| {
            let mut config = config(run);
            config.run_loop.batch_size = batch_size;
            config.run_loop.accumulation = accumulation;
            let folder = tempfile::tempdir().expect("a folder");
            let store = FolderStore::new(folder.path().to_owned());
            train(run, &config, &mut open("trl/model", &cpu()), &store).metric("loss")
        });
        assert_eq!(losses[0].len(), 16);
        for (whole, parts) in losses[0].iter().zip(&losses[1]) {
            assert_close(run, *parts, *whole, 1e-5);
        }
    }
}

/// The reference switched at each step, and its log-probabilities computed once, are the same run.
#[test]
fn cached_reference_agrees_with_switching() {
    let losses = [false, true].map(|precompute| {
        let mut config = config("dpo_sigmoid");
        let mut dpo = config.dpo.take().unwrap_or_default();
        dpo.precompute_ref_log_probs = precompute;
        config.dpo = Some(dpo);
        let folder = tempfile::tempdir().expect("a folder");
        let store = FolderStore::new(folder.path().to_owned());
        train("dpo_sigmoid", &config, &mut open("trl/model", &cpu()), &store).metric("loss")
    });
    for (switched, cached) in losses[0].iter().zip(&losses[1]) {
        assert_close("cached", *cached, *switched, 1e-5);
    }
}

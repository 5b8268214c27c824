//! What `temper export` takes out of a run.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use serde_json::{Map, Value, json};
use temper::files::{FileSource, model_files};
use temper_engine::data::sampler::Sampler;
use temper_engine::model::{adapter_gguf, config};
use temper_engine::weights::{Adapter, ByteSource, Gguf};
use temper_protocol::{LoopConfig, Order};
use temper_tests::command::{command, temper, text, with_run};
use temper_tests::{assert_close, fixture, json_lines};

fn short_run(folder: &Path) {
    let train = ["train", "RUN.toml", "--device", "cpu", "--out", "run"];
    let set = ["--set", "loop.max_steps=2", "--set", "loop.checkpoint_every=0"];
    temper(&[&train[..], &set].concat(), folder);
}

/// The model in one piece measures as the model with its adapter.
#[test]
fn a_merged_model_is_the_model_with_its_adapter() {
    let folder = with_run();
    short_run(folder.path());
    temper(&["export", "--run", "run", "--as", "merged", "--out", "merged"], folder.path());
    let (model, data) = (fixture("trl/model"), fixture("trl/pairs.jsonl"));
    let sums = |model: &[&str]| -> Vec<f64> {
        let args = ["logps", "--data", text(&data), "--device", "cpu", "--model"];
        let printed = temper(&[&args[..], model].concat(), folder.path());
        let sum = |line: &str| {
            let found: Value = serde_json::from_str(line).expect("a JSON object");
            found["chosen"]["logp"].as_f64().expect("a number")
        };
        printed.lines().map(sum).collect()
    };
    let plain = sums(&[text(&model)]);
    let apart = sums(&[text(&model), "--adapter", "run/adapter"]);
    let merged = sums(&["merged"]);
    assert!(apart.iter().zip(&plain).any(|(apart, plain)| (apart - plain).abs() > 0.1));
    for (merged, apart) in merged.iter().zip(&apart) {
        assert_close("chosen", *merged, *apart, 1e-3);
    }
}

#[test]
fn an_export_has_the_scale_of_its_own_reward_model_and_no_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let adapter = folder.path().join("run/adapter");
    fs::create_dir_all(&adapter).expect("a folder");
    for name in ["adapter_config.json", "adapter_model.safetensors", "reward.json"] {
        fs::write(adapter.join(name), name).expect("written");
    }
    let export = ["export", "--run", "run", "--as", "peft", "--out", "peft"];
    temper(&export, folder.path());
    let exported = folder.path().join("peft/reward.json");
    assert_eq!(fs::read_to_string(&exported).expect("exported"), "reward.json");
    fs::remove_file(adapter.join("reward.json")).expect("removed");
    temper(&export, folder.path());
    assert!(!exported.exists());
}

/// llama.cpp's `LlamaModel.permute`: `reshape(heads, 2, rows / heads / 2, r).swapaxes(1, 2)`.
fn permuted(b: &[f32], [rows, r]: [usize; 2], heads: usize) -> Vec<f32> {
    let half = rows / heads / 2;
    let mut out = Vec::new();
    for head in 0..heads {
        for within in 0..half {
            for part in 0..2 {
                let row = (head * 2 + part) * half + within;
                out.extend(&b[row * r..(row + 1) * r]);
            }
        }
    }
    out
}

fn assert_fits_no_other_model(adapter: &Adapter) {
    let other = fixture("archs/llama_head_dim");
    let base = pollster::block_on(config::load(&model_files(&other).expect("a model")));
    let refused = adapter_gguf::bytes(adapter, &base.expect("its config"));
    assert!(refused.is_err_and(|failure| failure.message.contains("none of this model's layers")));
}

/// As llama.cpp's `convert_lora_to_gguf.py` makes one of PEFT's files.
#[test]
fn a_gguf_adapter_holds_the_adapter_in_ggufs_layout() {
    let folder = with_run();
    short_run(folder.path());
    temper(&["export", "--run", "run", "--as", "gguf-lora", "--out", "gguf"], folder.path());
    let source = FileSource::open(&folder.path().join("gguf/adapter.gguf")).expect("the file");
    let source: Rc<dyn ByteSource> = Rc::new(source);
    let gguf = pollster::block_on(Gguf::open(source)).expect("a GGUF");
    assert_eq!(gguf.string("general.type"), Some("adapter"));
    assert_eq!(gguf.string("general.architecture"), Some("llama"));
    assert_eq!(gguf.string("adapter.type"), Some("lora"));

    let path = folder.path().join("run/adapter");
    let adapter: Adapter =
        pollster::block_on(temper::files::open_adapter(&path)).expect("the run's adapter");
    assert_eq!(gguf.f64("adapter.lora.alpha"), Some(adapter.config.lora_alpha));
    assert_eq!(gguf.tensor_names().count(), adapter.tensors.len());
    assert_fits_no_other_model(&adapter);
    let config = temper_tests::json("trl/model/config.json");
    let heads = |key: &str| config[key].as_u64().expect(key) as usize;
    let names = [
        ("attn_q", "self_attn.q_proj", Some("num_attention_heads")),
        ("attn_k", "self_attn.k_proj", Some("num_key_value_heads")),
        ("attn_v", "self_attn.v_proj", None),
        ("ffn_down", "mlp.down_proj", None),
    ];
    for (part, module, interleaved) in names {
        for (half, saved) in [("a", "A"), ("b", "B")] {
            let (shape, values) =
                &adapter.tensors[&format!("model.layers.1.{module}.lora_{saved}.weight")];
            let name = format!("blk.1.{part}.weight.lora_{half}");
            assert_eq!(gguf.shape(&name), Some(&shape[..]), "{name}");
            let expected = match interleaved {
                Some(key) if half == "b" => permuted(values, [shape[0], shape[1]], heads(key)),
                _ => values.clone(),
            };
            assert!(expected.iter().any(|value| *value != 0.0), "{name} is nought");
            assert_eq!(pollster::block_on(gguf.read(&name)).expect("read"), expected, "{name}");
        }
    }
}

const TO_TRL: [&str; 7] = ["export", "--run", "run", "--as", "trl", "--out", "trl"];

/// Exports a run for TRL; gives what was told.
fn to_trl(folder: &Path) -> String {
    let output = command().args(TO_TRL).current_dir(folder).output().expect("temper runs");
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{told}");
    told
}

/// The same where it must fail as a bad input does, naming `words`.
fn not_to_trl(folder: &Path, words: &[&str]) {
    let output = command().args(TO_TRL).current_dir(folder).output().expect("temper runs");
    let told = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{told}");
    for word in words {
        assert!(told.contains(word), "{word:?} isn't named: {told}");
    }
}

/// What a run that trained all weights leaves, as far as TRL needs it.
fn full_run(folder: &Path, method: &str, tables: &str) {
    let (model, rows) = (fixture("trl/model"), fixture("trl/pairs.jsonl"));
    let run = format!(
        "method = {method:?}\n[model]\npath = {model:?}\n[data]\ntrain = {rows:?}\n{tables}\n"
    );
    fs::create_dir_all(folder.join("run")).expect("a folder");
    fs::write(folder.join("run/run.toml"), run).expect("written");
}

/// The options of `config.yaml`, whose values are JSON too, but for its comments.
fn options(folder: &Path) -> Map<String, Value> {
    let text = fs::read_to_string(folder.join("trl/config.yaml")).expect("the options");
    let option = |line: &str| {
        let (key, value) = line.split_once(": ").expect("a key and its value");
        (key.to_string(), serde_json::from_str(value).expect("a value"))
    };
    text.lines().filter(|line| !line.starts_with('#')).map(option).collect()
}

fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("rows");
    text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}

#[test]
fn a_run_for_trl_has_its_options_rows_and_adapter() {
    let folder = with_run();
    short_run(folder.path());
    let told = to_trl(folder.path());
    let options = options(folder.path());
    let model = fs::canonicalize(fixture("trl/model")).expect("the model");
    let expected = json!({
        "model_name_or_path": model, "dataset_name": "./data", "dataset_test_split": "test",
        "train_sampling_strategy": "sequential", "max_length": 512, "use_peft": true, "lora_r": 4,
        "lora_alpha": 16, "lora_dropout": 0.0, "loss_type": ["sigmoid"], "beta": 0.1,
        "disable_dropout": true, "learning_rate": 5e-3, "adam_epsilon": 1e-8, "warmup_steps": 0,
        "lr_scheduler_type": "linear", "max_steps": 2, "per_device_train_batch_size": 4,
        "gradient_checkpointing": false, "bf16": false, "logging_steps": 2, "eval_steps": 3,
        "save_strategy": "no", "seed": 42,
    });
    for (key, value) in expected.as_object().expect("options") {
        assert_eq!(options.get(key), Some(value), "{key}");
    }
    assert!(!options.contains_key("num_train_epochs") && !options.contains_key("save_steps"));
    assert_eq!(options["lora_target_modules"].as_array().map(Vec::len), Some(7));

    let yaml = fs::read_to_string(folder.path().join("trl/config.yaml")).expect("the options");
    assert!(yaml.contains("\n#     trl dpo --config config.yaml\n"), "{yaml}");
    // To YAML 1.1, `1e-8` is text.
    assert!(yaml.contains("\nadam_epsilon: 1.0e-8\n"), "{yaml}");
    let sampled = "loop.sample_every: ";
    assert!(told.contains("warning: ") && told.contains(sampled), "{told}");
    assert!(yaml.contains(&format!("\n# {sampled}")), "{yaml}");

    assert_in_the_runs_order(&folder.path().join("trl/data"));
    let adapter = |of: &str| {
        fs::read(folder.path().join(of).join("adapter/adapter_model.safetensors")).expect(of)
    };
    assert!(adapter("trl") == adapter("run"));
}

/// Training rows as the sampler shuffles them, held-out ones as they are.
fn assert_in_the_runs_order(data: &Path) {
    let pairs = json_lines("trl/pairs.jsonl");
    let run_loop = LoopConfig { epochs: Some(1), ..LoopConfig::default() };
    let sampler = Sampler::new(pairs.len(), Order::Shuffle, 42, &run_loop);
    let order = (0..sampler.total_steps()).flat_map(|step| sampler.step(step)).flatten();
    let taken: Vec<Value> = order.map(|row| pairs[row].clone()).collect();
    assert_ne!(taken, pairs, "shuffled");
    assert_eq!(rows(&data.join("train.jsonl")), taken);
    assert_eq!(rows(&data.join("eval.jsonl")), pairs);
}

#[test]
fn trl_has_each_methods_rows_in_its_own_layout() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let pairs = json_lines("trl/pairs.jsonl");
    let train = folder.join("trl/data/train.jsonl");

    full_run(folder, "kto", "order = \"file\"\n[kto]\nundesirable_weight = 1.5\n");
    assert_eq!(to_trl(folder), "");
    let found = options(folder);
    assert_eq!((&found["use_peft"], &found["undesirable_weight"]), (&json!(false), &json!(1.5)));
    assert_eq!((&found["eval_strategy"], &found["num_train_epochs"]), (&json!("no"), &json!(1)));
    let rated = |side: &str, label: bool| {
        let row = |pair: &Value| json!({ "prompt": pair["prompt"], "completion": pair[side], "label": label });
        pairs.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(rows(&train), [rated("chosen", true), rated("rejected", false)].concat());

    full_run(folder, "sft", "order = \"file\"\n[schedule]\nkind = \"constant\"\nwarmup_steps = 3");
    to_trl(folder);
    assert_eq!(options(folder)["lr_scheduler_type"], "constant_with_warmup");
    assert_eq!(options(folder)["completion_only_loss"], true);
    let first = json!({ "prompt": pairs[0]["prompt"], "completion": pairs[0]["chosen"] });
    assert_eq!(rows(&train)[0], first);

    full_run(folder, "reward", "order = \"file\"\n[reward]\nnormalize_samples = 4\n");
    assert!(to_trl(folder).contains("reward.normalize_samples"));
    assert_eq!(rows(&train), pairs);
}

#[test]
fn what_trl_cannot_make_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let refused = |words: &[&str]| {
        not_to_trl(folder, words);
        assert!(!folder.join("trl").exists(), "a refused run leaves nothing");
    };
    full_run(folder, "simpo", "");
    refused(&["run.toml", "method", "no simpo"]);
    full_run(folder, "rloo", "");
    refused(&["run.toml", "method", "score.by = \"gold\""]);
    full_run(folder, "dpo", "[dpo]\nlabel_smoothing = 0.1");
    refused(&["run.toml", "dpo.label_smoothing", "sigmoid"]);
    full_run(folder, "dpo", "[dpo]\nloss_type = [\"ipo\"]\nipo_length_normalize = false");
    refused(&["run.toml", "dpo.ipo_length_normalize"]);
    let losses = "loss_type = [\"nca_pair\"]\nf_divergence_type = \"forward_kl\"";
    full_run(folder, "dpo", &format!("[dpo]\n{losses}"));
    refused(&["run.toml", "dpo.f_divergence_type", "nca_pair"]);
    full_run(folder, "dpo", "[dpo]\nloss_type = [\"hinge\"]\nuse_weighting = true");
    refused(&["run.toml", "dpo.use_weighting", "hinge"]);
    full_run(folder, "dpo", "[lora]\nr = 4");
    refused(&["run", "no adapter"]);

    let change = |from: &str, to: &str| {
        full_run(folder, "dpo", "");
        let path = folder.join("run/run.toml");
        let text = fs::read_to_string(&path).expect("a run");
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).expect("written");
    };
    fs::write(folder.join("m.gguf"), "GGUF").expect("written");
    change(text(&fixture("trl/model")), "m.gguf");
    refused(&["run.toml", "model.path", "m.gguf", "GGUF"]);
    change(text(&fixture("trl/pairs.jsonl")), "gone.jsonl");
    refused(&["gone.jsonl", "data.train"]);
    let ids = json!({ "prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [3] });
    fs::write(folder.join("ids.jsonl"), ids.to_string()).expect("written");
    change(text(&fixture("trl/pairs.jsonl")), "ids.jsonl");
    refused(&["ids.jsonl", "line 1", "token ids"]);
}

#[test]
fn rows_for_trl_go_where_nothing_else_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    full_run(folder, "dpo", "");
    fs::create_dir_all(folder.join("trl/data")).expect("a folder");
    fs::write(folder.join("trl/data/train-2.jsonl"), "{}").expect("written");
    not_to_trl(folder, &["trl/data/train-2.jsonl"]);
    assert!(!folder.join("trl/config.yaml").exists());
}

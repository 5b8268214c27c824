//! What `temper export` takes out of a run.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;
use temper::files::{FileSource, model_files};
use temper_engine::model::{adapter_gguf, config};
use temper_engine::weights::{Adapter, ByteSource, Gguf};
use temper_tests::command::{temper, text, with_run};
use temper_tests::{assert_close, fixture};

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
fn an_exported_reward_model_keeps_its_scale() {
    let folder = tempfile::tempdir().expect("a folder");
    let adapter = folder.path().join("run/adapter");
    fs::create_dir_all(&adapter).expect("a folder");
    for name in ["adapter_config.json", "adapter_model.safetensors", "reward.json"] {
        fs::write(adapter.join(name), name).expect("written");
    }
    temper(&["export", "--run", "run", "--as", "peft", "--out", "peft"], folder.path());
    let exported = fs::read_to_string(folder.path().join("peft/reward.json"));
    assert_eq!(exported.expect("exported"), "reward.json");
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

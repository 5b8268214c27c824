//! PPO's update against the same update in plain torch, term by term and step by step.

use serde_json::Value;
use temper_engine::data::Sequence;
use temper_engine::data::batch::Batch;
use temper_engine::device::read;
use temper_engine::logps::logps_with;
use temper_engine::model::{Adapter, ScalarHead};
use temper_engine::scores::values;
use temper_engine::train::experience::{
    Experience, Gauge, Measured, at_temperature, experiences, measure,
};
use temper_engine::train::optimizer::AdamW;
use temper_engine::train::policy::{lesson, ppo_objective};
use temper_engine::train::reference::Reference;
use temper_engine::train::rollout::Rollout;
use temper_engine::train::update::{Lesson, UpdateOptions, update};
use temper_engine::weights::{ModelFiles, Weights};
use temper_engine::{Compute, OpenModel};
use temper_protocol::{KlEstimator, OptimizerConfig, PpoConfig};
use temper_tests::enumerable::kl;
use temper_tests::{assert_close, cpu, fixture, gpu, ids, json, json_lines, numbers, open};

use temper::files::{model_files, open_adapter};

/// The fixture's policy, critic and value head; its reference is the bare model.
async fn actors(compute: &Compute) -> OpenModel {
    let mut open = open("trl/model", compute);
    for (name, slot) in [("adapter_policy", Adapter::Policy), ("adapter_critic", Adapter::Critic)] {
        let adapter = open_adapter(&fixture(&format!("ppo_update/{name}"))).await.expect("opens");
        open.decoder.attach(&adapter, slot).expect("fits");
    }
    let folder = model_files(&fixture("ppo_update")).expect("the fixture is there");
    let head: ModelFiles = ModelFiles::new(
        "value_head",
        folder
            .iter()
            .filter(|file| file.name().ends_with("value_head.safetensors"))
            .cloned()
            .collect(),
    );
    let weights = Weights::from_safetensors(&head).await.expect("a head");
    let width = open.decoder.config.hidden_size;
    let name = weights.names().next().expect("one tensor").to_owned();
    let numbers = weights.read(&name, &[1, width]).await.expect("a row");
    let data = burn::tensor::TensorData::new(numbers, [1, width]);
    let weight = burn::tensor::Tensor::from_data(data, &open.decoder.device());
    open.decoder.value = Some(ScalarHead::new("value", weight));
    open
}

fn rollouts() -> Vec<Rollout> {
    let rows = json_lines("ppo_update/rollouts.jsonl");
    rows.iter()
        .map(|row| {
            let (prompt, response) = (ids(&row["prompt_ids"]), ids(&row["response_ids"]));
            let length = prompt.len() + response.len();
            Rollout {
                sequence: Sequence {
                    mask: (0..length).map(|t| t >= prompt.len()).collect(),
                    prompt_len: prompt.len(),
                    ids: [prompt, response].concat(),
                },
                line: 1,
                completion: String::new(),
                ended: true,
                score: row["score"].as_f64().expect("a score"),
            }
        })
        .collect()
}

fn rows_close<T: Copy + Into<f64>>(what: &str, found: &[Vec<T>], expected: &Value, tolerance: f64) {
    let expected = expected.as_array().expect("rows");
    assert_eq!(found.len(), expected.len(), "{what}");
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        let expected = numbers(expected);
        assert_eq!(found.len(), expected.len(), "{what}, row {row}");
        for (found, expected) in found.iter().zip(expected) {
            assert_close(&format!("{what}, row {row}"), (*found).into(), expected, tolerance);
        }
    }
}

fn number(settings: &Value, key: &str) -> f64 {
    settings[key].as_f64().expect("a number")
}

fn config(settings: &Value) -> PpoConfig {
    PpoConfig {
        temperature: number(settings, "temperature"),
        kl_coef: number(settings, "kl_coef"),
        gamma: number(settings, "gamma"),
        lam: number(settings, "lam"),
        cliprange: number(settings, "cliprange"),
        cliprange_value: number(settings, "cliprange_value"),
        vf_coef: number(settings, "vf_coef"),
        ..PpoConfig::default()
    }
}

async fn check_update(compute: &Compute, tolerance: f64) {
    let expected = json("ppo_update/expected.json");
    let config = config(&expected["config"]);
    let mut open = actors(compute).await;
    let rollouts = rollouts();
    let (temperature, estimator) = (config.temperature, config.kl_estimator);
    let gauge = Gauge { temperature, critic: true, estimator };
    let measured =
        measure(&mut open, &Reference::Switch, &rollouts, &gauge, 8).await.expect("measured");
    check_measured(&measured, &expected, tolerance);
    let kl = measured.iter().map(Measured::kl).sum::<f64>() / measured.len() as f64;
    assert_close("objective/kl", kl, number(&expected, "objective/kl"), tolerance);
    let experiences = experiences(measured, &config, config.kl_coef);
    check_terms(&experiences, &expected, tolerance);
    let lessons: Vec<Lesson> = experiences.iter().map(lesson).collect();
    check_steps(&mut open, &lessons, &expected, tolerance).await;
    check_after(&open, &rollouts, &config, &expected).await;
}

fn check_terms(experiences: &[Experience], expected: &Value, tolerance: f64) {
    let check = |name: &str, key: &str, of: fn(&Experience) -> &Vec<f64>| {
        let rows: Vec<Vec<f64>> = experiences.iter().map(|e| of(e).clone()).collect();
        rows_close(name, &rows, &expected[key], tolerance);
    };
    check("token_rewards", "token_rewards", |e| &e.token_rewards);
    check("advantages_raw", "advantages_raw", |e| &e.advantages_raw);
    check("advantages", "advantages_whitened", |e| &e.advantages);
    check("returns", "returns", |e| &e.returns);
}

async fn check_steps(open: &mut OpenModel, lessons: &[Lesson], expected: &Value, tolerance: f64) {
    let settings = &expected["config"];
    let config = config(settings);
    let optimizer = OptimizerConfig { eps: number(settings, "eps"), ..OptimizerConfig::default() };
    let mut optimizer = AdamW::new(optimizer, &mut open.decoder);
    let options = UpdateOptions {
        objective: ppo_objective(&config),
        temperature: config.temperature,
        batch_size: 4,
        learning_rate: number(settings, "learning_rate"),
        max_grad_norm: number(settings, "max_grad_norm"),
        target_kl: None,
        ratio_threshold: f64::INFINITY,
        gradient_checkpointing: false,
    };
    for (step, wanted) in expected["updates"].as_array().expect("updates").iter().enumerate() {
        let half = wanted["mini_batch"].as_u64().expect("a number") as usize;
        let batch: Vec<&Lesson> = lessons[4 * half..4 * half + 4].iter().collect();
        let done = update(open, &mut optimizer, &batch, &options).await.expect("updated");
        assert_eq!(done.skipped, None);
        for (key, found) in [
            ("loss/policy", done.policy_loss),
            ("loss/value", done.value_loss),
            ("policy/approxkl", done.approxkl),
            ("policy/clipfrac", done.clipfrac),
            ("val/clipfrac", done.value_clipfrac),
            ("val/ratio", done.ratio),
            ("grad_norm", done.grad_norm),
        ] {
            assert_close(&format!("update {step}, {key}"), found, number(wanted, key), tolerance);
        }
    }
}

fn check_measured(measured: &[Measured], expected: &Value, tolerance: f64) {
    let column = |of: fn(&Measured) -> Vec<f32>| measured.iter().map(of).collect::<Vec<_>>();
    rows_close("old_logps", &column(|m| m.old_logps.clone()), &expected["old_logps"], tolerance);
    let reference = column(|m| m.reference_logps.clone());
    rows_close("reference_logps", &reference, &expected["reference_logps"], tolerance);
    rows_close("values", &column(|m| m.values.clone()), &expected["values"], tolerance);
    let entropy = measured.iter().map(|m| m.entropy).sum::<f64>() / measured.len() as f64;
    assert_close("entropy", entropy, number(expected, "objective/entropy"), tolerance);
}

/// What the distributions come to, where each token of the vocabulary is asked for by itself.
async fn check_exact_kl(compute: &Compute, tolerance: f64) {
    let expected = json("ppo_update/expected.json");
    let temperature = config(&expected["config"]).temperature;
    let mut open = actors(compute).await;
    let rollouts = rollouts();
    let gauge = Gauge { temperature, critic: true, estimator: KlEstimator::Full };
    let measured =
        measure(&mut open, &Reference::Switch, &rollouts, &gauge, 3).await.expect("measured");
    check_measured(&measured, &expected, tolerance);
    for (row, measured) in measured.iter().enumerate() {
        let mut sides = Vec::new();
        for adapter in [Adapter::Policy, Adapter::Reference] {
            sides.push(distributions(&open, adapter, &measured.sequence, temperature).await);
        }
        assert_eq!(measured.kls.len(), sides[0].len(), "row {row}");
        for (found, (p, q)) in measured.kls.iter().zip(sides[0].iter().zip(&sides[1])) {
            assert_close(&format!("KL, row {row}"), *found, kl(p, q), tolerance);
            assert!(*found > 0.0, "row {row}: {found}");
        }
    }
}

/// Log-probabilities of the whole vocabulary before each counted token.
async fn distributions(
    open: &OpenModel,
    adapter: Adapter,
    sequence: &Sequence,
    temperature: f64,
) -> Vec<Vec<f64>> {
    let before = sequence.prompt_len..sequence.ids.len();
    let before: Vec<Vec<u32>> = before.map(|end| sequence.ids[..end].to_vec()).collect();
    let all: Vec<u32> = (0..open.decoder.config.vocab_size as u32).collect();
    let batch = Batch::asking(&before, &all, 0);
    let found = logps_with(&open.decoder, &batch, adapter, &at_temperature(temperature));
    let found = read(found.tokens).await.expect("the device answers");
    let rows = found[..batch.targets.len()].chunks(all.len());
    rows.map(|row| row.iter().copied().map(f64::from).collect()).collect()
}

/// The log-probabilities and values of the updated policy and critic.
async fn check_after(open: &OpenModel, rollouts: &[Rollout], config: &PpoConfig, expected: &Value) {
    let final_logps = numbers(&expected["final_logps"]);
    let mut final_values = Vec::new();
    for (rollout, expected) in rollouts.iter().zip(final_logps) {
        let batch = Batch::new(&[&rollout.sequence], 0);
        let options = at_temperature(config.temperature);
        let found = logps_with(&open.decoder, &batch, Adapter::Policy, &options);
        let found = read(found.rows).await.expect("the device answers");
        assert_close("final_logps", found[0].into(), expected, 1e-3);
        let values = values(&open.decoder, &batch, Adapter::Critic);
        final_values.push(read(values).await.expect("the device answers"));
    }
    rows_close("final_values", &final_values, &expected["final_values"], 1e-3);
}

#[test]
fn one_update_on_the_cpu() {
    pollster::block_on(check_update(&cpu(), 1e-4));
}

#[test]
fn one_update_on_wgpu() {
    pollster::block_on(check_update(&gpu(), 1e-3));
}

#[test]
fn the_exact_kl_on_the_cpu() {
    pollster::block_on(check_exact_kl(&cpu(), 1e-4));
}

#[test]
fn the_exact_kl_on_wgpu() {
    pollster::block_on(check_exact_kl(&gpu(), 1e-3));
}

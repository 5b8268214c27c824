//! Layers that are computed again in the backward pass give what a whole graph gives.
//!
//! Dropout draws by burn's random numbers, which are the process's: the tests take turns.

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{Gradients, Tensor, TensorData};
use temper_engine::OpenModel;
use temper_engine::data::batch::Batch;
use temper_engine::data::{EncodedPair, Preference, Sequence};
use temper_engine::device::read;
use temper_engine::logps::logps;
use temper_engine::model::param::SetTrainable;
use temper_engine::model::{Adapter, Decoder, Param, ParamVisitor, ScalarHead};
use temper_engine::scores::values;
use temper_engine::train::backward::backward;
use temper_protocol::LoraConfig;
use temper_tests::runs::{Job, config};
use temper_tests::{assert_close, cpu, fixture, open};

/// Passes of [`loss`] that have a gradient.
const PASSES: usize = 3;

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sequence(prompt: &[u32], completion: &[u32]) -> Sequence {
    Sequence {
        ids: [prompt, completion].concat(),
        mask: (0..prompt.len() + completion.len()).map(|t| t >= prompt.len()).collect(),
        prompt_len: prompt.len(),
    }
}

fn tokens(count: u32, seed: u32) -> Vec<u32> {
    (0..count).map(|i| 3 + (37 * i + 91 * seed) % 500).collect()
}

/// Rows longer than a window, and pairs that fork.
fn batches() -> [Batch; 2] {
    let rows = [sequence(&tokens(5, 1), &tokens(19, 2)), sequence(&tokens(3, 3), &tokens(4, 4))];
    let rows = Batch::new(&[&rows[0], &rows[1]], 0);
    let pair = |seed: u32| EncodedPair {
        line: seed,
        chosen: sequence(&tokens(20, seed), &tokens(6, seed + 1)),
        rejected: sequence(&tokens(20, seed), &tokens(3, seed + 2)),
        preference: Preference::default(),
    };
    let pairs = Batch::pairs(&[&pair(5), &pair(9)], 0);
    assert_eq!(pairs.forks.len(), 2);
    [rows, pairs]
}

/// Of the policy on rows and on pairs, and of a critic; a metric has a pass too.
fn loss(model: &Decoder) -> Tensor<1> {
    let [rows, pairs] = batches();
    let of_rows = logps(model, &rows, Adapter::Policy).rows.sum() * 0.1;
    assert!(!logps(model, &rows, Adapter::Policy).rows.inner().is_tracked());
    let of_pairs = logps(model, &pairs, Adapter::Policy).rows;
    let margin = of_pairs.clone().narrow(0, 0, 2).sum() - of_pairs.narrow(0, 2, 2).sum();
    of_rows - margin + values(model, &rows, Adapter::Critic).square().sum()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    pollster::block_on(read(tensor)).expect("the device answers")
}

fn wave<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| 0.05 * (i as f32 + 1.0).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), &cpu().device)
}

/// A weight's gradient, by its name; `None` where it has none.
type Found = Vec<(String, Option<Vec<f32>>)>;

struct Take {
    parts: Vec<Gradients>,
    found: Found,
}

impl ParamVisitor for Take {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        let Some(tracked) = param.tracked() else { return };
        let parts = self.parts.iter_mut().filter_map(|part| tracked.grad_remove(part));
        let gradient = parts.reduce(|sum, part| sum + part);
        self.found.push((param.name.clone(), gradient.map(numbers)));
    }
}

/// The loss, its gradients, and how many backward passes they took.
fn gradients(open: &mut OpenModel, recompute: bool) -> (f32, Found, usize) {
    let model = &mut open.decoder;
    model.record_seeded(7, recompute);
    let loss = loss(model);
    let parts = backward(model, &loss);
    let count = parts.len();
    let mut take = Take { parts, found: Vec::new() };
    model.visit(&mut take);
    model.record(false);
    (numbers(loss.inner())[0], take.found, count)
}

/// Both ways agree, each gradient to 1e-6 of its largest number; gives the backward passes that
/// recomputation took.
fn same(what: &str, open: &mut OpenModel) -> usize {
    let (loss, expected, whole) = gradients(open, false);
    let (loss_again, found, count) = gradients(open, true);
    assert_close(what, loss_again.into(), loss.into(), 1e-6);
    assert_eq!(whole, 1, "{what}");
    assert_eq!(expected.len(), found.len(), "{what}");
    for ((name, expected), (again, found)) in expected.iter().zip(&found) {
        assert_eq!(name, again, "{what}");
        assert_eq!(expected.is_some(), found.is_some(), "{what}, {name}");
        let (Some(expected), Some(found)) = (expected, found) else { continue };
        let largest = expected.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        assert!(largest > 0.0, "{what}, {name}: nothing to compare");
        for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
            let error = (expected - found).abs() / largest;
            assert!(error < 1e-6, "{what}, {name} at {at}: {found}, expected {expected}");
        }
    }
    count
}

fn with_critic(arch: &str) -> OpenModel {
    let mut open = open(&format!("archs/{arch}"), &cpu());
    let width = open.decoder.config.hidden_size;
    open.decoder.value = Some(ScalarHead::new("value", wave([1, width])));
    open
}

/// Learned positions and layer norms; a window and an untied head; normed queries and keys.
#[test]
fn all_weights() {
    let _turn = turn();
    for arch in ["gpt2", "mistral_window", "qwen3_qk_norm"] {
        let mut open = with_critic(arch);
        open.decoder.visit(&mut SetTrainable(true));
        let layers = open.decoder.blocks.len();
        assert_eq!(same(arch, &mut open), 1 + PASSES * (layers + 1), "{arch}");
    }
}

#[test]
fn adapters_with_dropout() {
    let _turn = turn();
    for arch in ["gpt2", "mistral_window"] {
        let mut open = with_critic(arch);
        let lora = LoraConfig { r: 4, dropout: 0.1, ..LoraConfig::default() };
        for (slot, seed) in [(Adapter::Policy, 1), (Adapter::Critic, 2)] {
            open.decoder.attach_new(&lora, seed, slot).expect("layers to adapt");
            for (_, layer) in open.decoder.projections() {
                // Zeros would leave nothing to compare.
                if let Some(lora) = layer.slot_mut(slot) {
                    let shape = lora.b.value().dims();
                    lora.b.set(wave(shape));
                }
            }
        }
        let layers = open.decoder.blocks.len();
        assert_eq!(same(arch, &mut open), 1 + PASSES * layers, "{arch}");
    }
}

/// Each draw of dropout is of its micro-batch's seed.
#[test]
fn other_seeds_drop_others() {
    let _turn = turn();
    let mut open = with_critic("mistral_window");
    let lora = LoraConfig { r: 4, dropout: 0.5, ..LoraConfig::default() };
    open.decoder.attach_new(&lora, 1, Adapter::Policy).expect("layers to adapt");
    for (_, layer) in open.decoder.projections() {
        if let Some(lora) = &mut layer.lora {
            let shape = lora.b.value().dims();
            lora.b.set(wave(shape));
        }
    }
    let [first, again, other] = [3, 3, 4].map(|seed| {
        open.decoder.record_seeded(seed, true);
        numbers(loss(&open.decoder).inner())
    });
    assert_eq!(first, again);
    assert_ne!(first, other);
}

/// What trains in the last layer alone asks for no other's gradient.
#[test]
fn below_the_lowest_weight_that_trains_nothing_is_computed() {
    let _turn = turn();
    let mut open = with_critic("mistral_window");
    let last = open.decoder.blocks.last_mut().expect("layers");
    last.visit(&mut SetTrainable(true));
    assert_eq!(same("the last layer", &mut open), 1 + PASSES);
}

#[test]
fn a_reference_leaves_the_tape_as_it_is() {
    let _turn = turn();
    let mut open = with_critic("mistral_window");
    open.decoder.attach_new(&LoraConfig::default(), 1, Adapter::Policy).expect("layers to adapt");
    let model = &mut open.decoder;
    model.record_seeded(7, true);
    let [rows, _] = batches();
    assert!(!logps(model, &rows, Adapter::Reference).rows.is_tracked());
    assert!(model.take_passes().is_empty());
    assert!(logps(model, &rows, Adapter::Policy).rows.is_tracked());
    assert_eq!(model.take_passes().len(), 1);
    model.record(false);
    assert!(!logps(model, &rows, Adapter::Policy).rows.is_tracked());
    assert!(model.take_passes().is_empty());
}

#[test]
fn a_run_logs_the_same_losses() {
    let _turn = turn();
    let rows = std::fs::read_to_string(fixture("trl/pairs.jsonl")).expect("the fixture is there");
    for lora in ["[lora]\nr = 4\ndropout = 0.1\n", ""] {
        let [whole, again] = [false, true].map(|recompute| {
            let tables = format!(
                "{lora}[optimizer]\nlearning_rate = 1e-3\n[loop]\nmax_steps = 5\nbatch_size = 2\n\
                 accumulation = 2\ngradient_checkpointing = {recompute}"
            );
            let config = config("dpo", &tables);
            let (model, rows) = (fixture("trl/model"), rows.clone());
            Job { config, model, rows, reward: None }.finish().recorder.metric("loss")
        });
        assert_eq!((whole.len(), again.len()), (5, 5));
        for (whole, again) in whole.iter().zip(&again) {
            assert_close("loss", *again, *whole, 1e-6);
        }
    }
}

//! What can go wrong in each method, and how it ends: rows that can't be learned from, rewards
//! that are no numbers, answers that are empty or all alike, options that nothing reads.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use temper::files::open_reward;
use temper_engine::generate::{Sampling, generate};
use temper_engine::model::Adapter;
use temper_protocol::{FailureKind, Location, Method, Warning};
use temper_tests::enumerable::{PROMPTS, write_model};
use temper_tests::runs::{Job, Outcome, ROWS, config, first_lines, lines, names, reward, tiny};
use temper_tests::workbench::{HEAD, fails, folder, model_with};
use temper_tests::{cpu, fixture};

const LORA: &str = "[lora]\nr = 4\n";
/// Two steps of four rows.
const LOOP: &str = "[loop]\nmax_steps = 2\nbatch_size = 4";

/// On the fixture's model, in the file's order.
fn job(method: &str, tables: &str, rows: String) -> Job {
    let config = config(method, &format!("order = \"file\"\n{tables}"));
    Job { config, model: fixture("trl/model"), rows, reward: reward(|_| 0.0) }
}

fn prompts() -> String {
    first_lines(&fixture("trl/pairs.jsonl"), 16)
}

/// The model of `enumerable`: it has no tokenizer, and so no end-of-text.
fn without_end(folder: &Path) -> PathBuf {
    write_model(folder, 1);
    folder.to_owned()
}

/// Runs `temper train` with this `RUN.toml`, which must fail as a bad input does.
fn train_fails(run: &str, words: &[&str]) {
    let folder = folder();
    fs::write(folder.path().join("RUN.toml"), run).expect("written");
    fails(&["train", "RUN.toml", "--out", "out"], folder.path(), words);
    assert!(!folder.path().join("out/adapter").exists(), "a failed run leaves no weights");
}

fn run_toml(model: &Path, rows: &Path, method: &str, tables: &str) -> String {
    format!(
        "method = \"{method}\"\n[model]\npath = {model:?}\n[lora]\nr = 4\n[data]\n\
         train = {rows:?}\n{tables}\n"
    )
}

/// On the fixture's model and pairs.
fn usual(method: &str, tables: &str) -> String {
    run_toml(&fixture("trl/model"), &fixture("trl/pairs.jsonl"), method, tables)
}

#[test]
fn kto_learns_from_one_class_and_says_so() {
    for label in [true, false] {
        let row = |i: u32| {
            let completion = [7 + i, 8];
            json!({ "prompt_ids": [1, 5], "completion_ids": completion, "label": label })
        };
        let outcome = job("kto", &format!("{LORA}{LOOP}"), lines((0..8).map(row))).finish();
        assert_eq!(outcome.warnings(), [&Warning::OneClass { label }]);
        let losses = outcome.recorder.metric("loss");
        assert!(losses.len() == 2 && losses.iter().all(|loss| loss.is_finite()), "{losses:?}");
    }
}

#[test]
fn kto_without_labels_names_file_and_line() {
    let folder = folder();
    let rated = json!({ "prompt": "a", "completion": " b", "label": true });
    let rows = lines([rated, json!({ "prompt": "a", "completion": " c" })]);
    let failure = job("kto", LOOP, rows).fails(folder.path());
    let place = Location { file: Some(ROWS.into()), line: Some(2), key: None };
    assert_eq!(failure.kind, FailureKind::BadInput(place));
    names(&failure.message, &[ROWS, "line 2", "label"]);
}

#[test]
fn a_penalty_on_missing_ends_needs_a_model_that_can_end() {
    let folder = folder();
    let rows = lines(PROMPTS.map(|prompt| json!({ "prompt_ids": prompt })));
    for method in ["ppo", "rloo", "online_dpo"] {
        let tables = format!("{LORA}[{method}]\nmissing_eos_penalty = 1.0\n{LOOP}");
        let model = without_end(folder.path());
        let failure = Job { model, ..job(method, &tables, rows.clone()) }.fails(folder.path());
        assert!(matches!(failure.kind, FailureKind::BadInput(_)), "{failure:?}");
        names(&failure.message, &[&format!("{method}.missing_eos_penalty"), "end-of-text"]);
    }
}

#[test]
fn a_rollout_in_which_nothing_ends_is_told_once() {
    for (method, table) in [
        ("ppo", "[ppo]\nresponse_length = 2\nmissing_eos_penalty = 1.0\n"),
        ("rloo", "[rloo]\nmax_completion_length = 2\n"),
        ("online_dpo", "[online_dpo]\nmax_new_tokens = 2\n"),
    ] {
        let outcome = job(method, &format!("{LORA}{table}{LOOP}"), prompts()).finish();
        assert_eq!(outcome.warnings(), [&Warning::NoEos { step: 1 }], "{method}");
        assert_eq!(outcome.recorder.metric("val/num_eos_tokens"), [0.0, 0.0], "{method}");
    }
}

/// Greedy answers as the real ones: there is nothing to tell apart, and nothing is trained.
#[test]
fn spin_ends_where_the_own_answers_are_the_real_ones() {
    let folder = folder();
    let model = without_end(&folder.path().join("model"));
    let opened = pollster::block_on(temper::files::open_model(&model, None, &cpu()));
    let open = opened.expect("the model opens");
    let asked = PROMPTS.map(<[u32]>::to_vec);
    let greedy = Sampling::greedy(2);
    let answered = generate(&open.decoder, &asked, &[], &greedy, Adapter::Policy, async || {});
    let answered = pollster::block_on(answered).expect("answers");
    let rows = PROMPTS.iter().zip(&answered);
    let rows = rows.map(|(prompt, ids)| json!({ "prompt_ids": prompt, "completion_ids": ids }));
    let tables = format!("{LORA}[spin]\ntemperature = 0.0\nmax_new_tokens = 2\n{LOOP}");
    let outcome = Job { model, ..job("spin", &tables, lines(rows)) }.finish();
    assert_spin_never_began(&outcome, "100 %");
}

fn assert_spin_never_began(outcome: &Outcome, why: &str) {
    assert_eq!(outcome.steps(), 0);
    let warnings = outcome.warnings();
    let [Warning::SelfPlayEnded { iteration: 0, reason }] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    names(reason, &[why]);
}

/// The fixture's model with a head that reads one direction, for newline (201) and for space (223)
/// with the other sign, so that one of the two is always the likeliest.
fn blank_model(folder: &Path) -> PathBuf {
    let model = model_with(folder, "lm_head.weight", HEAD, |embedding| {
        let row = |id: usize| match id {
            201 => embedding[31].clone(),
            223 => embedding[31].iter().map(|value| -value).collect(),
            _ => vec![0.0; HEAD[1]],
        };
        (0..HEAD[0]).flat_map(row).collect()
    });
    let path = model.join("config.json");
    let config = fs::read_to_string(&path).expect("a config");
    let untied = config.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
    fs::write(&path, untied).expect("written");
    model
}

#[test]
fn spin_ends_where_every_own_answer_is_empty() {
    let folder = folder();
    let model = blank_model(folder.path());
    let row = |i: u32| json!({ "prompt": format!("What is {i}?"), "completion": " A number." });
    let tables = format!("{LORA}[spin]\ntemperature = 0.0\nmax_new_tokens = 3\n{LOOP}");
    let outcome = Job { model, ..job("spin", &tables, lines((0..4).map(row))) }.finish();
    assert_spin_never_began(&outcome, "no own answer can be used");
}

/// A row that is one whole conversation has no prompt of its own to answer.
#[test]
fn spin_on_rows_without_prompts_works_or_names_them() {
    let said = json!([{ "role": "user", "content": "Why?" },
        { "role": "assistant", "content": "Rain." }]);
    let tables = format!("{LORA}[spin]\nmax_new_tokens = 4\n{LOOP}");
    let folder = folder();
    let job = job("spin", &tables, lines([json!({ "messages": said })]));
    if let Err(failure) = job.run(folder.path(), false).result {
        names(&failure.message, &[ROWS, "line 1"]);
    }
}

/// Nearly greedy, so that all answers are alike; and alike scores on answers that differ.
#[test]
fn sppo_without_a_pair_says_what_to_do() {
    for temperature in ["1e-6", "1.0"] {
        let folder = folder();
        let tables = format!(
            "{LORA}[sppo]\ntemperature = {temperature}\nnum_generations = 2\n\
             max_new_tokens = 2\n{LOOP}"
        );
        let failure = job("sppo", &tables, prompts()).fails(folder.path());
        assert!(matches!(failure.kind, FailureKind::BadInput(_)), "{failure:?}");
        names(&failure.to_string(), &["no pair is left", "alike", "temperature"]);
    }
}

#[test]
fn online_dpo_leaves_out_samples_that_are_alike_and_goes_on() {
    let tables = format!("{LORA}[online_dpo]\ntemperature = 1e-6\nmax_new_tokens = 2\n{LOOP}");
    let outcome = job("online_dpo", &tables, prompts()).finish();
    let dropped = |warning: &&&Warning| {
        matches!(warning, Warning::SamplesDropped { samples: 8, total: 8, .. })
    };
    assert_eq!(outcome.warnings().iter().filter(dropped).count(), 1);
    assert_eq!(outcome.recorder.metric("pairs/dropped"), [4.0, 4.0]);
    assert_eq!(outcome.steps(), 2);
}

/// The answer that is scored so many-th has no number.
fn nan_at(call: usize, job: Job) -> Job {
    let calls = Cell::new(0);
    let reward = reward(move |scored| {
        calls.set(calls.get() + 1);
        let sum: u32 = scored.sequence.ids.iter().sum();
        if calls.get() == call { f64::NAN } else { f64::from(sum % 5) }
    });
    Job { reward, ..job }
}

/// Step and row are named, and what the run had reached by then stays, to go on from.
#[test]
fn a_reward_that_is_no_number_stops_the_run_where_it_was() {
    for (method, table, call, line) in [
        ("ppo", "[ppo]\nresponse_length = 3\n", 10, 10),
        ("rloo", "[rloo]\nmax_completion_length = 3\n", 10, 5),
        ("online_dpo", "[online_dpo]\nmax_new_tokens = 3\n", 19, 10),
        ("sppo", "[sppo]\nnum_generations = 2\nmax_new_tokens = 9\nbeta = 0.1\n", 35, 2),
    ] {
        let folder = folder();
        let steps = if method == "sppo" { 2 } else { 4 };
        let tables = format!(
            "{LORA}{table}[loop]\nmax_steps = {steps}\nbatch_size = 4\ncheckpoint_every = 1"
        );
        let failure = nan_at(call, job(method, &tables, prompts())).fails(folder.path());
        let expected = FailureKind::NonFinite { step: 3, rows: vec![line] };
        assert_eq!(failure.kind, expected, "{method}: {failure}");
        assert_eq!(failure.checkpoint, Some(2), "{method}");
        names(&failure.message, &[&format!("line {line}"), "not a number"]);
        assert!(!folder.path().join("adapter").exists(), "{method}: half-trained weights");
        let kept = fs::read_dir(folder.path().join("checkpoints")).expect("checkpoints").count();
        assert_eq!(kept, 2, "{method}");
        let rest = nan_at(0, job(method, &tables, prompts())).run(folder.path(), true);
        assert!(rest.result.is_ok(), "{method}: {:?}", rest.result);
    }
}

/// The default model writes reviews, whatever it is asked.
#[test]
fn a_judge_that_never_answers_ends_the_run() {
    let (judge, rows) = (tiny(), tiny().join("prompts.jsonl"));
    let score = format!("[score]\nby = \"judge\"\nmodel = {judge:?}\n");
    for (method, length) in [
        ("ppo", "response_length"),
        ("rloo", "max_completion_length"),
        ("online_dpo", "max_new_tokens"),
        ("sppo", "num_generations = 2\nmax_new_tokens"),
    ] {
        let tables = format!("max_length = 64\n[{method}]\n{length} = 8\n{score}{LOOP}");
        let run = run_toml(&judge, &rows, method, &tables);
        train_fails(&run, &["the judge never answers", "follow instructions"]);
    }
}

#[test]
fn a_reward_model_needs_its_head() {
    let adapter = fixture("trl/dpo_sigmoid/adapter_final");
    let score = format!("[score]\nby = \"reward_model\"\nadapter = {adapter:?}\n{LOOP}");
    train_fails(&usual("ppo", &score), &["no reward head", "score.weight", "\"reward\""]);
}

fn pair(length: usize) -> serde_json::Value {
    json!({ "prompt_ids": [1, 5], "chosen_ids": vec![7; length], "rejected_ids": [8] })
}

#[test]
fn overlong_pairs_of_a_reward_model_are_dropped_and_never_cut() {
    let tables = format!("max_length = 10\n{LORA}{LOOP}");
    let rows = lines([pair(3), pair(20), pair(4), pair(8), pair(9)]);
    let outcome = job("reward", &tables, rows).finish();
    let reason = "longer than max_length".to_owned();
    assert_eq!(outcome.warnings(), [&Warning::RowsDropped { lines: vec![2, 5], reason }]);

    let folder = folder();
    let failure = job("reward", &tables, lines([pair(20), pair(30)])).fails(folder.path());
    assert!(matches!(failure.kind, FailureKind::BadInput(_)), "{failure:?}");
    names(&failure.message, &[ROWS, "no usable row", "line 1", "longer than max_length"]);
}

/// Without prompts there is nothing to sample rewards of: no file of no numbers.
#[test]
fn normalisation_without_prompts_leaves_no_broken_file() {
    let row = |i: u32| json!({ "chosen": format!("Yes {i}."), "rejected": format!("No {i}.") });
    let tables = format!("{LORA}[reward]\nnormalize_samples = 4\n{LOOP}");
    let folder = folder();
    let outcome = job("reward", &tables, lines((0..4).map(row))).run(folder.path(), false);
    if outcome.result.is_ok() {
        let adapter = folder.path().join("adapter");
        let (_, fit) = pollster::block_on(open_reward(&adapter)).expect("what was written opens");
        assert!(fit.gain.is_finite() && fit.bias.is_finite(), "{fit:?}");
    }
}

#[test]
fn overlong_prompts_are_dropped() {
    let rows = lines([2, 10, 3, 9, 40].map(|length| json!({ "prompt_ids": vec![7; length] })));
    for (method, table) in [
        ("ppo", "[ppo]\nresponse_length = 2\n"),
        ("rloo", "[rloo]\nmax_completion_length = 2\n"),
        ("online_dpo", "[online_dpo]\nmax_new_tokens = 2\n"),
    ] {
        let tables = format!("max_length = 10\n{LORA}{table}{LOOP}");
        let outcome = job(method, &tables, rows.clone()).finish();
        let reason = "prompt not shorter than max_length".to_owned();
        let dropped = Warning::RowsDropped { lines: vec![2, 5], reason };
        assert!(outcome.warnings().contains(&&dropped), "{method}: {:?}", outcome.warnings());
    }
}

#[test]
fn an_unknown_option_of_any_method_is_named_with_its_line() {
    for method in Method::ALL {
        let name = method.name();
        let run = usual(name, &format!("[{name}]\nnonsense = 1"));
        let line = format!("line {}", run.lines().count());
        train_fails(&run, &["RUN.toml", &line, "nonsense"]);
    }
}

#[test]
fn options_that_nothing_reads_or_that_do_not_fit_are_named() {
    for (method, tables, word) in [
        ("rloo", "[rloo]\nnum_generations = 4\n[loop]\nbatch_size = 6", "rloo.num_generations"),
        ("rloo", "[ppo]\nkl_coef = 0.1", "[ppo]"),
        ("dpo", "[dpo]\nloss_type = [\"ipo\"]\nlabel_smoothing = 0.1", "dpo.label_smoothing"),
        ("dpo", "[dpo]\ndiscopop_tau = 0.1", "dpo.discopop_tau"),
        ("dpo", "[dpo]\nref_model_sync_steps = 2", "dpo.ref_model_sync_steps"),
        ("dpo", "[dpo]\nsync_ref_model = true", "dpo.sync_ref_model"),
        ("dpo", "[score]\nby = \"gold\"", "[score]"),
        ("ppo", "[ppo]\nhorizon = 100.0", "ppo.horizon"),
        ("ppo", "[score]\nwords = [\"a\"]", "score.words"),
        ("sppo", "[score]\nby = \"judge\"", "score.model"),
        ("kto", "[loop]\nbatch_size = 1", "loop.batch_size"),
    ] {
        train_fails(&usual(method, tables), &["RUN.toml", word]);
    }
}

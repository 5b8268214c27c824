//! Questions of a model as it is, and of a run to come: their numbers are those of training, and
//! asking changes nothing.

use std::fs;

use serde_json::json;
use temper_engine::data::{self, RowKind};
use temper_engine::train::estimate;
use temper_engine::train::prepare::Inputs;
use temper_engine::{OpenModel, look};
use temper_protocol::{
    Event, Failure, Finding, GenerateRequest, Generated, InspectedCompletion, Question, RunConfig,
};
use temper_tests::runs::{Job, ROWS, config, names};
use temper_tests::{
    Recorder, assert_close, cpu, fixture, ids, json_lines, numbers, open as open_fixture,
};

/// An adapter; all weights.
const TRAINED: [&str; 2] = ["[lora]\nr = 4\n", ""];
/// The questioned step, and the row that it is about to learn from.
const STEP: usize = 3;

/// One pair a step, in the file's order.
fn one_by_one(extra: &str) -> RunConfig {
    let tables = format!(
        "order = \"file\"\n{extra}[optimizer]\nlearning_rate = 5e-3\n\
         [loop]\nmax_steps = 5\nbatch_size = 1"
    );
    config("dpo", &tables)
}

fn rows() -> String {
    fs::read_to_string(fixture("trl/pairs.jsonl")).expect("the fixture is there")
}

fn inputs() -> Inputs {
    let train = data::import(ROWS, rows().as_bytes(), RowKind::Pairs).expect("rows").0;
    let scoring = Default::default();
    Inputs { train, eval: None, adapter: None, scoring, resume: false, from: None }
}

fn model() -> OpenModel {
    open_fixture("trl/model", &cpu())
}

fn run(config: &RunConfig, questions: Vec<(usize, Question)>) -> Recorder {
    let model = fixture("trl/model");
    let job = Job { config: config.clone(), model, rows: rows(), reward: None };
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = Recorder { questions, ..Recorder::default() };
    let outcome = job.heard_by(recorder, folder.path(), false);
    let _ = outcome.steps();
    outcome.recorder
}

fn inspect(row: usize) -> Question {
    Question::Inspect { row: rows().lines().nth(row).expect("a row").into() }
}

fn generate(reference: bool) -> Question {
    Question::Generate(GenerateRequest {
        prompts: vec!["Why do people like rain?".into(), "Tell me about a violin.".into()],
        max_new_tokens: 8,
        temperature: 0.0,
        top_k: 0,
        top_p: 1.0,
        seed: 1,
        reference,
    })
}

fn inspected(finding: &Result<Finding, Failure>) -> &[InspectedCompletion] {
    match finding {
        Ok(Finding::Inspected(completions)) => completions,
        other => panic!("{other:?}"),
    }
}

fn generated(finding: &Result<Finding, Failure>) -> &[Generated] {
    match finding {
        Ok(Finding::Generated(all)) => all,
        other => panic!("{other:?}"),
    }
}

fn ask(open: &OpenModel, question: &Question) -> Result<Finding, Failure> {
    pollster::block_on(look::find(open, None, question, async || {}))
}

/// What is seen of a row is what the step that learns from it logs.
#[test]
fn a_run_that_is_asked_logs_the_same_and_answers_with_its_own_numbers() {
    for extra in TRAINED {
        let config = one_by_one(extra);
        let plain = run(&config, vec![]);
        let questions = vec![(0, inspect(0)), (STEP, inspect(STEP)), (STEP, generate(true))];
        let asked = run(&config, questions);
        assert_eq!(plain.events, asked.events, "{extra:?}");

        let [chosen, rejected] = inspected(&asked.found[0]) else { panic!("a pair") };
        for token in chosen.tokens.iter().chain(&rejected.tokens) {
            assert_close("before the first step", token.policy, token.reference, 1e-6);
            assert_close("KL before the first step", token.kl, 0.0, 1e-6);
        }
        let [chosen, rejected] = inspected(&asked.found[1]) else { panic!("a pair") };
        let step = STEP as u32 + 1;
        let reward = |found: &InspectedCompletion| 0.1 * (found.policy() - found.reference());
        for (key, found) in [
            ("logps/chosen", chosen.policy()),
            ("logps/rejected", rejected.policy()),
            ("rewards/chosen", reward(chosen)),
            ("rewards/margins", reward(chosen) - reward(rejected)),
        ] {
            let expected = asked.at(step, key).expect("logged");
            assert_close(&format!("{key} with {extra:?}"), found, expected, 1e-4);
        }
        assert!(reward(chosen).abs() > 1e-3, "three steps have moved the policy");
        let kl: f64 = chosen.tokens.iter().map(|token| token.kl).sum();
        assert!(kl > 0.0, "{kl}: and its distributions");
    }
}

/// Greedy, before the first step and after some: the reference says what the model as it came says.
#[test]
fn the_reference_answers_as_the_model_came() {
    let came = ask(&model(), &generate(false));
    assert_eq!(generated(&came).len(), 2);
    for extra in TRAINED {
        let questions = vec![(0, generate(false)), (0, generate(true)), (4, generate(true))];
        let asked = run(&one_by_one(extra), questions);
        for finding in &asked.found {
            assert_eq!(generated(finding), generated(&came), "{extra:?}");
        }
    }
}

/// TRL's own log-probabilities, of rows of token ids.
#[test]
fn inspected_tokens_are_trls() {
    let open = model();
    for row in json_lines("trl/logps.jsonl").iter().take(4) {
        let side = &row["chosen"];
        let ids = json!({
            "prompt_ids": side["prompt_ids"],
            "completion_ids": side["completion_ids"],
        });
        let found = ask(&open, &Question::Inspect { row: ids.to_string() });
        let [completion] = inspected(&found) else { panic!("a completion") };
        let expected = numbers(&side["token_logps"]);
        assert_eq!(completion.tokens.len(), expected.len());
        for (token, expected) in completion.tokens.iter().zip(expected) {
            assert_close("a token", token.policy, expected, 1e-4);
            assert_eq!((token.policy, token.kl), (token.reference, 0.0));
        }
        let text: String = completion.tokens.iter().map(|token| token.text.as_str()).collect();
        let all = open.text().expect("a tokenizer");
        assert_eq!(text, all.decode(&self::ids(&side["completion_ids"]), false));
    }
}

#[test]
fn a_row_that_cannot_be_inspected_is_told_in_words() {
    let open = model();
    let refused =
        |row: String| ask(&open, &Question::Inspect { row }).expect_err("refused").message;
    let long = json!({ "prompt": "Why?", "completion": "rain ".repeat(600) });
    names(&refused(long.to_string()), &["line 1", "longer than the model's 512 positions"]);
    names(&refused(json!({ "prompt": "Why?" }).to_string()), &["a row with prompt; expected"]);
    names(&refused("{".into()), &["not valid JSON"]);
    let foreign = json!({ "prompt_ids": [1], "completion_ids": [512] });
    names(&refused(foreign.to_string()), &["token id 512", "vocabulary has 512"]);
    let two = json!({ "prompt": "a", "completion": "b" });
    names(&refused(format!("{two}\n{two}")), &["Several rows"]);
}

/// Two layers of a query (64 to 64) and a value projection (64 to 32), rank 4:
/// `2 · 4 · (64 + 64 + 64 + 32) = 1792`.
#[test]
fn an_estimate_is_what_the_run_tells_and_leaves_the_model_as_it_was() {
    let adapter = "[lora]\nr = 4\ntargets = [\"q_proj\", \"v_proj\"]\n";
    let mut open = model();
    let before = ask(&open, &generate(false));
    let whole = open.decoder.config.parameters() as f64;
    for (extra, trainable) in [(adapter, 1792.0), ("", whole)] {
        let config = one_by_one(extra);
        let resolved = config.resolve().expect("a run");
        let found = estimate(&mut open, &resolved, inputs(), Some(1e9)).expect("an estimate");
        assert_eq!((found.trainable, found.steps), (trainable, 5), "{extra:?}");
        assert_eq!(found.available_bytes, Some(1e9));
        assert!(run(&config, vec![]).events.contains(&Event::Memory(found.memory)));
        assert!(!open.changed && !open.decoder.has_adapter());
        assert_eq!(ask(&open, &generate(false)), before);
    }
}

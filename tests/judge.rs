//! A judge's probabilities, against numpy's: `fixtures/judge.py`.

use std::fs;
use std::path::Path;

use serde_json::Value;
use temper_engine::judge::{Comparison, Judge, Verdict};
use temper_tests::workbench::{folder, judge, number, pairs};
use temper_tests::{assert_close, cpu, json};

/// f32, and a head that is seven times as steep as the model's own.
const TOLERANCE: f64 = 5e-4;

fn open_judge(path: &Path) -> Judge {
    let open = pollster::block_on(temper::files::open_model(path, None, &cpu())).expect("opens");
    Judge::new(open).expect("a judge")
}

fn comparisons(rows: &[Value]) -> Vec<Comparison> {
    let said =
        |row: &Value, role: &str| row[role][0]["content"].as_str().expect("a message").to_owned();
    let comparison = |row: &Value| Comparison {
        prompt: said(row, "prompt"),
        first: said(row, "chosen"),
        second: said(row, "rejected"),
    };
    rows.iter().map(comparison).collect()
}

fn compare(judge: &Judge, rows: &[Comparison]) -> Vec<Verdict> {
    pollster::block_on(judge.compare(rows, 3, |_, _| {}, async || {})).expect("answers")
}

fn assert_verdicts(found: &[Verdict], expected: &Value) {
    let expected = expected.as_array().expect("verdicts");
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_close("forward", found.forward, number(&expected["forward"]), TOLERANCE);
        assert_close("backward", found.backward, number(&expected["backward"]), TOLERANCE);
        assert_close("mass", found.mass, number(&expected["mass"]), TOLERANCE);
        assert_close("first", found.first, (found.forward + found.backward) / 2.0, 1e-12);
    }
}

#[test]
fn verdicts_are_numpys_and_mirrored_where_responses_swap() {
    let folder = folder();
    let judge = open_judge(&judge(folder.path()));
    let rows = comparisons(&pairs());
    let found = compare(&judge, &rows);
    assert_verdicts(&found, &json("judge.json")["pairs"]);
    let swap = |row: Comparison| Comparison { first: row.second, second: row.first, ..row };
    let mirrored = compare(&judge, &rows.into_iter().map(swap).collect::<Vec<_>>());
    for (a, b) in found.iter().zip(&mirrored) {
        assert_close("first", b.first, 1.0 - a.first, 1e-4);
        assert_close("forward", b.forward, 1.0 - a.backward, 1e-4);
        assert_close("mass", b.mass, a.mass, 1e-4);
        assert_eq!(a.same_position(), b.same_position());
    }
}

#[test]
fn a_judge_without_a_chat_template_is_asked_in_plain_text() {
    let folder = folder();
    let path = judge(folder.path());
    fs::remove_file(path.join("chat_template.jinja")).expect("removed");
    let found = compare(&open_judge(&path), &comparisons(&pairs()[..4]));
    assert_verdicts(&found, &json("judge.json")["plain"]);
}

/// The fixture's tokenizer writes "10" as "1" and "0".
#[test]
fn marks_are_numpys() {
    let folder = folder();
    let judge = open_judge(&judge(folder.path()));
    let rows = comparisons(&pairs()[..8]);
    let mut items: Vec<(String, String)> =
        rows.into_iter().map(|row| (row.prompt, row.first)).collect();
    items.push(("Tell me of rain.".into(), "rain ".repeat(600)));
    let mut heard = Vec::new();
    let progress = |done: usize, total: usize| heard.push((done, total));
    let found = pollster::block_on(judge.marks(&items, 4, progress, async || {})).expect("marks");
    let expected = json("judge.json");
    let expected = expected["marks"].as_array().expect("marks");
    for (found, expected) in found.iter().zip(expected) {
        assert_close("mark", *found, number(&expected["mark"]), TOLERANCE);
    }
    // Too long to be marked: the middle.
    assert_eq!((found.len(), found[8]), (9, 0.0));
    assert_eq!(heard, [(4, 9), (8, 9), (9, 9)]);
}

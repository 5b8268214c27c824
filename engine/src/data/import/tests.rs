//! Every shape of row, and every way a file can be wrong.

use serde_json::json;
use temper_protocol::{Failure, FailureKind, Location, RowReason};

use super::*;
use crate::data::ChatMessage;

fn pair(row: &Value) -> PairRow {
    match import("d.jsonl", row.to_string().as_bytes(), RowKind::Pairs).unwrap().0 {
        Rows::Pairs(mut rows) => rows.remove(0),
        _ => panic!("asked for pairs"),
    }
}

fn completion(row: &Value) -> CompletionRow {
    match import("d.jsonl", row.to_string().as_bytes(), RowKind::Completions).unwrap().0 {
        Rows::Completions(mut rows) => rows.remove(0),
        _ => panic!("asked for completions"),
    }
}

fn error(text: &str, kind: RowKind) -> String {
    import("d.jsonl", text.as_bytes(), kind).unwrap_err().to_string()
}

fn text(text: &str) -> Content {
    Content::Text(text.into())
}

fn messages(messages: &[(&str, &str)]) -> Content {
    let message = |&(role, content): &(&str, &str)| ChatMessage::new(role, content);
    Content::Messages(messages.iter().map(message).collect())
}

fn contents(row: PairRow) -> [Content; 3] {
    [row.prompt, row.chosen, row.rejected]
}

/// TRL's `map` takes a thousand pairs apart at once.
#[test]
fn ratings_of_many_pairs_come_in_thousands() {
    let row =
        |i: usize| json!({"prompt": "p", "chosen": format!("c{i}"), "rejected": "r"}).to_string();
    let lines: Vec<String> = (0..1001).map(row).collect();
    let (rows, _) = import("d.jsonl", lines.join("\n").as_bytes(), RowKind::Rated).unwrap();
    let Rows::Completions(rows) = rows else { panic!("asked for completions") };
    let labels: Vec<bool> = rows.iter().map(|row| row.label == Some(true)).collect();
    let expected = [vec![true; 1000], vec![false; 1000], vec![true, false]].concat();
    assert_eq!(labels, expected);
    assert_eq!(rows[2000].completion, text("c1000"));
}

/// As TRL unpairs them.
#[test]
fn ratings_of_pairs_are_all_liked_ones_and_then_the_others() {
    let rows = [("a", "b"), ("same", "same"), ("c", "d")].map(|(chosen, rejected)| {
        json!({"prompt": "Why?", "chosen": chosen, "rejected": rejected}).to_string()
    });
    let (rows, report) = import("d.jsonl", rows.join("\n").as_bytes(), RowKind::Rated).unwrap();
    let Rows::Completions(rows) = rows else { panic!("asked for completions") };
    let rows: Vec<_> = rows.into_iter().map(|row| (row.completion, row.label, row.line)).collect();
    let (liked, other) = (Some(true), Some(false));
    assert_eq!(
        rows,
        [
            (text("a"), liked, 1),
            (text("c"), liked, 3),
            (text("b"), other, 1),
            (text("d"), other, 3)
        ]
    );
    assert_eq!(report.dropped, [DroppedRow { line: 2, reason: RowReason::IdenticalPair }]);
}

#[test]
fn a_first_turn_is_all_before_the_first_answer_and_the_answer() {
    let turns = [("user", "Why?"), ("assistant", "So."), ("user", "And?"), ("assistant", "No.")];
    let spoken: Vec<Value> =
        turns.iter().map(|(role, said)| json!({"role": role, "content": said})).collect();
    let whole = completion(&json!({"messages": spoken})).first_turn();
    assert_eq!(whole.prompt, messages(&turns[..1]));
    assert_eq!(whole.completion, messages(&turns[1..2]));
    let asked = completion(&json!({"prompt": spoken[..1], "completion": spoken[1..]}));
    assert_eq!(asked.first_turn(), whole);
    let late = completion(&json!({"prompt": [], "completion": spoken}));
    assert_eq!(late.first_turn(), whole);

    let masked = json!({"input_ids": [5, 6, 7, 8, 9], "completion_mask": [0, 0, 1, 1, 0]});
    let ids = completion(&masked).first_turn();
    assert_eq!(ids.prompt, Content::Ids(vec![5, 6]));
    assert_eq!((ids.completion, ids.completion_mask), (Content::Ids(vec![7, 8]), None));
    let plain = completion(&json!({"prompt": "Why?", "completion": " So."}));
    assert_eq!(plain.clone().first_turn(), plain);
}

#[test]
fn every_shape_of_a_pair_is_read() {
    let texts = [text("Why?"), text(" Yes."), text(" No.")];
    let explicit = json!({"prompt": "Why?", "chosen": " Yes.", "rejected": " No.", "score": 1});
    assert_eq!(contents(pair(&explicit)), texts);
    assert_eq!(contents(pair(&json!({"chosen": "Why? Yes.", "rejected": "Why? No."}))), texts);
    assert_eq!(contents(pair(&json!({"real": "Why? Yes.", "generated": "Why? No."}))), texts);

    let spoken = [
        messages(&[("user", "Why?")]),
        messages(&[("assistant", "Yes")]),
        messages(&[("assistant", "No")]),
    ];
    let (ask, yes) = (
        json!({"role": "user", "content": "Why?"}),
        json!({"role": "assistant", "content": "Yes"}),
    );
    let no = json!({"from": "gpt", "value": "No"});
    for row in [
        json!({"prompt": [ask], "chosen": [yes], "rejected": [no]}),
        json!({"chosen": [ask, yes], "rejected": [ask, no]}),
        // A prompt that is told twice, and one that is told as text alone.
        json!({"prompt": "Why?", "chosen": [ask, yes], "rejected": [ask, no], "messages": [ask]}),
        json!({"prompt": "Why?", "chosen": [yes], "rejected": [no]}),
        json!({"conversations": [{"from": "human", "value": "Why?"}], "chosen": yes, "rejected": no}),
        json!({"prompt": [ask], "chosen": "Yes", "rejected": "No"}),
    ] {
        assert_eq!(contents(pair(&row)), spoken, "{row}");
    }

    let ids = [Content::Ids(vec![1, 2]), Content::Ids(vec![3]), Content::Ids(vec![4])];
    let ours = json!({"prompt_ids": [1, 2], "chosen_ids": [3], "rejected_ids": [4]});
    let logged = json!({"chosen_input_ids": [1, 2, 3], "rejected_input_ids": [1, 2, 4]});
    assert_eq!(contents(pair(&ours)), ids);
    assert_eq!(contents(pair(&logged)), ids);
}

#[test]
fn every_shape_of_a_completion_is_read() {
    let row = completion(&json!({"prompt": "a", "completion": "b", "label": false}));
    assert_eq!((row.prompt, row.completion, row.label), (text("a"), text("b"), Some(false)));
    let row = completion(&json!({"text": "all", "label": null}));
    assert_eq!((row.prompt, row.completion, row.label), (text(""), text("all"), None));
    let row = completion(&json!({"conversations": [{"from": "system", "value": "s"}]}));
    assert_eq!((row.prompt, row.completion), (messages(&[]), messages(&[("system", "s")])));
    // Of a pair, the chosen one.
    let row = completion(&json!({"prompt": "a", "chosen": "b", "rejected": "b"}));
    assert_eq!((row.prompt, row.completion), (text("a"), text("b")));

    let ids = |ids: &[u32]| Content::Ids(ids.to_vec());
    let row = completion(&json!({"input_ids": [5, 6], "completion_mask": [0, 1]}));
    assert_eq!((row.prompt, row.completion), (ids(&[]), ids(&[5, 6])));
    assert_eq!(row.completion_mask, Some(vec![false, true]));
    // As TRL logs KTO: prompt and completion joined.
    let row = completion(&json!({"label": true, "prompt_input_ids": [1], "answer_input_ids": [3],
        "completion_input_ids": [1, 3, 2]}));
    assert_eq!((row.prompt, row.completion, row.label), (ids(&[1]), ids(&[3, 2]), Some(true)));
}

#[test]
fn tools_and_unknown_keys_of_messages_reach_the_template() {
    let call =
        json!({"role": "assistant", "content": null, "name": null, "tool_calls": [{"id": 1}]});
    let row = completion(&json!({"messages": [call], "tools": "[{\"name\": \"t\"}]"}));
    let Content::Messages(said) = &row.completion else { panic!("messages") };
    let expected = json!({"role": "assistant", "content": "", "tool_calls": [{"id": 1}]});
    assert_eq!(said[0].to_json(), expected);
    assert_eq!(row.extra["tools"], json!([{"name": "t"}]));
}

const ROW: &str = r#"{"prompt": "a", "chosen": "b", "rejected": "c"}"#;

#[test]
fn jsonl_json_and_wrapped_json_are_the_same_rows() {
    let lines = format!("\u{feff}{ROW}\r\n\r\n  {ROW}\r\n");
    let (rows, _) = import("d", lines.as_bytes(), RowKind::Pairs).unwrap();
    let Rows::Pairs(rows) = rows else { panic!("pairs") };
    assert_eq!([rows[0].line, rows[1].line], [1, 3]);
    for json in [
        format!("[{ROW},\n{ROW}]"),
        format!("[\n{ROW},\n{ROW}\n]\n"),
        format!("{{\"data\": [{ROW}, {ROW}]}}"),
        format!("{{\n  \"rows\": [\n{ROW}, {ROW}\n]}}"),
    ] {
        let (rows, report) = import("d", json.as_bytes(), RowKind::Pairs).unwrap();
        let Rows::Pairs(rows) = rows else { panic!("pairs") };
        assert_eq!([rows[0].line, rows[1].line], [1, 2], "{json}");
        assert_eq!(report.rows, 2);
        assert_eq!(report.preview[0], ["a", "b", "c"]);
    }
}

#[test]
fn broken_files_are_told_with_their_line() {
    let broken = error(&format!("{ROW}\n\n{{\"prompt\": \"a\", }}\n"), RowKind::Pairs);
    assert!(broken.starts_with("d.jsonl, line 3, column 1"), "{broken}");
    let cut = error(&format!("[\n{ROW},\n{ROW}"), RowKind::Pairs);
    assert!(cut.starts_with("d.jsonl, line 3, column"), "{cut}");
    let first = error("{\"prompt\n", RowKind::Pairs);
    assert!(first.starts_with("d.jsonl, line 1, column"), "{first}");
    for empty in ["", "\n \n", "[]", "{\"data\": []}"] {
        assert_eq!(error(empty, RowKind::Pairs), "d.jsonl: no rows: the data set is empty");
    }
    let bytes = [ROW.as_bytes(), b"\n\"\xff\""].concat();
    let error = import("d.jsonl", &bytes, RowKind::Pairs).unwrap_err();
    assert_eq!(error, DataError::Utf8 { file: "d.jsonl".into(), line: 2 });
}

#[test]
fn wrong_rows_are_told_with_line_and_key() {
    let unknown = error(&format!("{ROW}\n{{\"instruction\": 1, \"output\": 2}}"), RowKind::Pairs);
    assert!(
        unknown.starts_with("d.jsonl, line 2: a row with instruction, output; expected"),
        "{unknown}"
    );
    assert!(unknown.contains("prompt, chosen and rejected"), "{unknown}");
    for (row, expected) in [
        (r#"{"prompt": 3, "chosen": "b", "rejected": "c"}"#, "prompt: expected text or a list"),
        (
            r#"{"chosen": "b", "rejected": [{"role": "user", "content": "c"}]}"#,
            "rejected: expected text",
        ),
        (r#"{"chosen": [{"role": "user"}], "rejected": []}"#, "chosen[0].content: expected text"),
        (r#"{"prompt": "a", "completion": "b", "label": "yes"}"#, "label: expected true or false"),
        (r#"{"prompt_ids": [1, -2], "completion_ids": [3]}"#, "prompt_ids[1]: expected a token id"),
        (
            r#"{"input_ids": [1], "completion_mask": [1, 0]}"#,
            "completion_mask: expected a list of 1",
        ),
        ("7", "the row: expected an object, found the number 7"),
    ] {
        let message = error(row, RowKind::Completions);
        assert!(message.starts_with(&format!("d.jsonl, line 1: {expected}")), "{message}");
    }
    let unpaired = error(r#"{"prompt": "a", "completion": "b"}"#, RowKind::Pairs);
    assert!(unpaired.contains("needs pairs"), "{unpaired}");
}

#[test]
fn rows_that_teach_nothing_are_left_out_with_the_reason() {
    let same = r#"{"prompt": "a", "chosen": "b", "rejected": "b"}"#;
    let empty = r#"{"prompt": "a", "chosen": "b", "rejected": "  "}"#;
    let file = format!("{same}\n{ROW}\n{empty}\n");
    let (rows, report) = import("d", file.as_bytes(), RowKind::Pairs).unwrap();
    assert_eq!((rows.len(), report.rows), (1, 1));
    let dropped: Vec<_> = report.dropped.iter().map(|row| (row.line, row.reason)).collect();
    assert_eq!(dropped, [(1, RowReason::IdenticalPair), (3, RowReason::EmptyCompletion)]);
    let none = error(same, RowKind::Pairs);
    assert_eq!(
        none,
        "d.jsonl: none of the 1 rows can be used; the first, line 1: chosen equals rejected"
    );
}

#[test]
fn a_failure_carries_the_place() {
    let error = import("d.jsonl", br#"{"text": 5}"#, RowKind::Completions).unwrap_err();
    let place = Location { file: Some("d.jsonl".into()), line: Some(1), key: Some("text".into()) };
    assert_eq!(Failure::from(error).kind, FailureKind::BadInput(place));
}

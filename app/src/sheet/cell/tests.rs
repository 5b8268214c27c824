//! The spellings of rows, one by one.

use super::*;
use serde_json::json;

fn texts(row: &Value) -> Vec<Option<&str>> {
    shape(row).fields().iter().map(|&field| text(row, field)).collect()
}

#[test]
fn the_text_is_found_in_every_spelling() {
    let said = |role: &str, text: &str| json!({"role": role, "content": text});
    let heard = |from: &str, text: &str| json!({"from": from, "value": text});
    let pairs = [
        json!({"prompt": "p", "chosen": "c", "rejected": "r"}),
        json!({"prompt": "p", "real": "c", "generated": "r"}),
        json!({"prompt": [said("system", "s"), said("user", "p")],
               "chosen": [said("assistant", "c")], "rejected": [said("assistant", "r")]}),
        json!({"conversations": [heard("human", "p")],
               "chosen": heard("gpt", "c"), "rejected": heard("gpt", "r")}),
        json!({"chosen": [said("user", "p"), said("assistant", "c")],
               "rejected": [said("user", "p"), said("assistant", "r")]}),
        json!({"prompt": [{"role": "user", "content": [{"type": "text", "text": "p"}]}],
               "chosen": "c", "rejected": "r"}),
    ];
    for row in pairs {
        assert_eq!(shape(&row), Shape::Pair, "{row}");
        assert_eq!(texts(&row), [Some("p"), Some("c"), Some("r")], "{row}");
    }
    let completions = [
        json!({"prompt": "p", "completion": "c", "label": true}),
        json!({"messages": [said("user", "p"), said("assistant", "c")]}),
        json!({"conversations": [heard("human", "p"), heard("gpt", "c")]}),
    ];
    for row in completions {
        assert_eq!(shape(&row), Shape::Completion, "{row}");
        assert_eq!(texts(&row), [Some("p"), Some("c")], "{row}");
    }
    assert_eq!(texts(&json!({"text": "all of it"})), [None, Some("all of it")]);
    assert_eq!(texts(&json!({"prompt": "p"})), [Some("p")]);
}

#[test]
fn an_edit_changes_the_last_message_and_keeps_the_others() {
    let mut row = json!({
        "prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "p"}],
        "chosen": [{"role": "assistant", "content": "c"}],
        "rejected": "r", "margin": 2,
    });
    set(&mut row, Field::Prompt, "q");
    set(&mut row, Field::Chosen, "d");
    set(&mut row, Field::Rejected, "s");
    let expected = json!({
        "prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}],
        "chosen": [{"role": "assistant", "content": "d"}],
        "rejected": "s", "margin": 2,
    });
    assert_eq!(row, expected);
}

#[test]
fn a_prompt_that_the_conversations_repeat_is_edited_in_all_of_them() {
    let talk = |answer: &str| json!([{"role": "user", "content": "p"}, {"role": "assistant", "content": answer}]);
    let mut row = json!({"prompt": "p", "chosen": talk("c"), "rejected": talk("r")});
    set(&mut row, Field::Prompt, "q");
    assert_eq!(row["prompt"], "q");
    assert_eq!(row["chosen"][0]["content"], "q");
    assert_eq!(row["rejected"][0]["content"], "q");
    // What the system said to both is no question.
    let rule = json!({"role": "system", "content": "s"});
    let mut row = json!({"prompt": "p", "chosen": [rule, {"role": "assistant", "content": "c"}],
        "rejected": [rule, {"role": "assistant", "content": "r"}]});
    set(&mut row, Field::Prompt, "q");
    assert_eq!(row["chosen"][0], rule);
}

#[test]
fn what_is_no_text_is_shown_as_json() {
    let row = json!({"prompt_ids": [1, 2], "chosen_ids": [3], "rejected_ids": [4]});
    assert_eq!(shape(&row), Shape::Pair);
    let expected = Cell { text: "[1,2]".into(), editable: false };
    assert_eq!(cell(&row, Field::Prompt), Some(expected));
    let row = json!({"prompt": 7, "chosen": [], "rejected": "r"});
    assert_eq!(cell(&row, Field::Prompt), Some(Cell { text: "7".into(), editable: false }));
    assert_eq!(cell(&row, Field::Chosen), Some(Cell { text: "[]".into(), editable: false }));
    assert_eq!(shape(&json!({"prompt": "p", "chosen": "c", "rejected": null})), Shape::Prompt);
    assert_eq!(shape(&json!({"chosen": "c"})), Shape::Other);
}

#[test]
fn a_pair_without_a_prompt_is_split_as_the_engine_does() {
    let row = json!({"chosen": "Q: why? A: yes", "rejected": "Q: why? A: no"});
    let expected = ("Q: why? A:".to_string(), " yes".to_string(), " no".to_string());
    assert_eq!(told_by_answers(&row), Some(expected));
    assert_eq!(told_by_answers(&json!({"prompt": "p", "chosen": "c", "rejected": "r"})), None);
}

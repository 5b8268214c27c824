//! Rows against the ids that TRL saw, and what is cut, dropped and reported.

use serde_json::json;

use super::*;
use crate::data::{ChatMessage, RowKind, Rows, import};
use crate::text::tests::fixture_text;

const PAIRS: &[u8] = include_bytes!("../../../../tests/fixtures/trl/pairs.jsonl");
const PAIR_TOKENS: &[u8] =
    include_bytes!("../../../../tests/fixtures/trl/dpo_sigmoid/tokens.jsonl");
const SFT_TOKENS: &[u8] = include_bytes!("../../../../tests/fixtures/trl/sft/tokens.jsonl");

fn pairs(bytes: &[u8]) -> Vec<PairRow> {
    match import("pairs.jsonl", bytes, RowKind::Pairs).unwrap().0 {
        Rows::Pairs(rows) => rows,
        _ => panic!("asked for pairs"),
    }
}

fn completions(bytes: &[u8]) -> Vec<CompletionRow> {
    match import("rows.jsonl", bytes, RowKind::Completions).unwrap().0 {
        Rows::Completions(rows) => rows,
        _ => panic!("asked for completions"),
    }
}

/// The ids that TRL 0.28 logged for these very rows.
#[test]
fn conversations_give_the_ids_that_trl_saw() {
    let text = fixture_text();
    let (ours, report) = encode_pairs(&pairs(PAIRS), Some(&text), 512).unwrap();
    assert_eq!(report, EncodeReport::default());
    let (theirs, _) = encode_pairs(&pairs(PAIR_TOKENS), None, 512).unwrap();
    assert_eq!(ours.len(), 32);
    assert_eq!(ours, theirs);
    assert_eq!(&ours[0].rejected.ids[ours[0].rejected.prompt_len..], [308, 16, 2, 201]);
}

/// TRL's supervised trainer, on the chosen completions of the same pairs.
#[test]
fn supervised_rows_give_the_ids_and_masks_that_trl_saw() {
    let text = fixture_text();
    let (ours, _) = encode_completions(&completions(PAIRS), Some(&text), 512, true).unwrap();
    let (theirs, _) = encode_completions(&completions(SFT_TOKENS), None, 512, true).unwrap();
    assert_eq!(ours, theirs);
    let (all, _) = encode_completions(&completions(SFT_TOKENS), None, 512, false).unwrap();
    assert!(all[0].sequence.mask.iter().all(|&counts| counts));
}

fn one(prompt: &str, completion: &str) -> Vec<CompletionRow> {
    let row = json!({"prompt": prompt, "completion": completion}).to_string();
    completions(row.as_bytes())
}

#[test]
fn text_ends_with_one_end_of_text() {
    let text = fixture_text();
    for completion in [" It is rain.", " It is rain.<|im_end|>"] {
        let rows = one("Why?", completion);
        let (encoded, report) = encode_completions(&rows, Some(&text), 512, true).unwrap();
        let Sequence { ids, mask, prompt_len } = &encoded[0].sequence;
        assert_eq!(text.decode(ids, false), "Why? It is rain.<|im_end|>");
        assert_eq!(ids.iter().filter(|&&id| id == 2).count(), 1);
        assert_eq!(*prompt_len, text.encode("Why?", false).unwrap().len());
        assert!(mask[*prompt_len..].iter().all(|&counts| counts) && !mask[*prompt_len - 1]);
        assert!(report.prefix_mismatch.is_empty());
    }
}

#[test]
fn a_prompt_that_merges_into_its_completion_is_reported() {
    let text = fixture_text();
    // " rain" is one token, which " rai" alone doesn't begin with.
    let rows = one("the rai", "n falls and falls again");
    let (_, report) = encode_completions(&rows, Some(&text), 512, true).unwrap();
    assert_eq!(report.prefix_mismatch, [1]);
}

#[test]
fn long_rows_lose_their_tail_and_long_prompts_their_row() {
    let rows = pairs(
        br#"{"prompt_ids": [1, 2], "chosen_ids": [3, 4, 5], "rejected_ids": [6]}
            {"prompt_ids": [1, 2, 3, 4], "chosen_ids": [3], "rejected_ids": [6]}
            {"prompt_ids": [1], "chosen_ids": [3], "rejected_ids": [6]}"#,
    );
    let (encoded, report) = encode_pairs(&rows, None, 4).unwrap();
    assert_eq!(report.truncated, [1]);
    assert_eq!(report.dropped, [(2, RowReason::PromptTooLong)]);
    assert_eq!(encoded[0].chosen.ids, [1, 2, 3, 4]);
    assert_eq!(encoded[0].chosen.mask, [false, false, true, true]);
    assert_eq!(encoded[0].rejected.ids, [1, 2, 6]);
    assert_eq!(encoded[1].line, 3);
}

#[test]
fn a_whole_conversation_counts_from_its_first_token() {
    let text = fixture_text();
    let row = json!({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]});
    let rows = completions(row.to_string().as_bytes());
    let (encoded, _) = encode_completions(&rows, Some(&text), 512, true).unwrap();
    let Sequence { ids, mask, prompt_len } = &encoded[0].sequence;
    let whole = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHo<|im_end|>\n";
    assert_eq!(text.decode(ids, false), whole);
    assert!(*prompt_len == 0 && mask.iter().all(|&counts| counts));
}

#[test]
fn a_prompt_to_complete_ends_where_the_answer_begins() {
    let text = fixture_text();
    let prompt = Content::Messages(vec![ChatMessage::new("user", "Hi")]);
    let ids = encode_prompt(&prompt, Some(&text)).unwrap();
    assert!(text.decode(&ids, false).ends_with("<|im_end|>\n<|im_start|>assistant\n"));
    assert_eq!(encode_prompt(&Content::Ids(vec![7]), None), Ok(vec![7]));
}

#[test]
fn text_without_a_tokenizer_names_file_and_line() {
    let error = encode_completions(&one("a", "b"), None, 8, true).unwrap_err();
    let message = error.in_file("d.jsonl").to_string();
    assert!(message.starts_with("d.jsonl, line 1: text, but"), "{message}");
}

//! Tokenizers and templates of both file formats, against the numbers of other tools.

use super::*;
use crate::weights::{ByteSource, MemorySource};

const TOKENIZER: &str = include_str!("../../../tests/fixtures/trl/model/tokenizer.json");
const TOKENIZER_CONFIG: &str =
    include_str!("../../../tests/fixtures/trl/model/tokenizer_config.json");
const TEMPLATE: &str = include_str!("../../../tests/fixtures/trl/model/chat_template.jinja");
const GENERATION_CONFIG: &str =
    include_str!("../../../tests/fixtures/trl/model/generation_config.json");

/// The size of the fixture model's embedding; its tokenizer has 483 tokens.
const VOCAB_SIZE: usize = 512;

fn open(files: &[(&str, &[u8])], vocab_size: usize) -> Result<Text, TextError> {
    let source = |(name, bytes): &(&str, &[u8])| {
        Rc::new(MemorySource::new(*name, *bytes)) as Rc<dyn ByteSource>
    };
    let files = ModelFiles::new("tiny", files.iter().map(source).collect());
    pollster::block_on(Text::open(&files, vocab_size))
}

/// The tokenizer and template of the TRL fixtures.
pub(crate) fn fixture_text() -> Text {
    let files = [
        ("tokenizer.json", TOKENIZER.as_bytes()),
        ("tokenizer_config.json", TOKENIZER_CONFIG.as_bytes()),
        ("chat_template.jinja", TEMPLATE.as_bytes()),
        ("generation_config.json", GENERATION_CONFIG.as_bytes()),
    ];
    open(&files, VOCAB_SIZE).unwrap()
}

fn open_gguf(bytes: &[u8]) -> Result<Text, TextError> {
    open(&[("m.gguf", bytes)], VOCAB_SIZE)
}

/// A GGUF without tensors.
fn gguf(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3u32.to_le_bytes());
    bytes.extend(0u64.to_le_bytes());
    bytes.extend((entries.len() as u64).to_le_bytes());
    for (key, value) in entries {
        bytes.extend(text_bytes(key));
        bytes.extend(value);
    }
    bytes
}

fn text_bytes(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn string(text: &str) -> Vec<u8> {
    [8u32.to_le_bytes().to_vec(), text_bytes(text)].concat()
}

fn number(value: u32) -> Vec<u8> {
    [4u32.to_le_bytes(), value.to_le_bytes()].concat()
}

fn list(kind: u32, items: Vec<Vec<u8>>) -> Vec<u8> {
    let count = (items.len() as u64).to_le_bytes().to_vec();
    [9u32.to_le_bytes().to_vec(), kind.to_le_bytes().to_vec(), count, items.concat()].concat()
}

fn strings<S: AsRef<str>>(texts: &[S]) -> Vec<u8> {
    list(8, texts.iter().map(|text| text_bytes(text.as_ref())).collect())
}

fn integers(values: &[i32]) -> Vec<u8> {
    list(5, values.iter().map(|value| value.to_le_bytes().to_vec()).collect())
}

fn floats(values: &[f32]) -> Vec<u8> {
    list(6, values.iter().map(|value| value.to_le_bytes().to_vec()).collect())
}

/// The fixture's tokenizer as a converter would store it.
fn byte_level_gguf(pre: &str) -> Vec<u8> {
    let json: Value = serde_json::from_str(TOKENIZER).unwrap();
    let vocab = json["model"]["vocab"].as_object().unwrap();
    let mut tokens = vec![String::new(); vocab.len()];
    for (token, id) in vocab {
        tokens[id.as_u64().unwrap() as usize] = token.clone();
    }
    let pair =
        |merge: &Value| format!("{} {}", merge[0].as_str().unwrap(), merge[1].as_str().unwrap());
    let merges: Vec<String> =
        json["model"]["merges"].as_array().unwrap().iter().map(pair).collect();
    let types: Vec<i32> = (0..tokens.len()).map(|id| if id < 3 { 3 } else { 1 }).collect();
    gguf(&[
        ("tokenizer.ggml.model", string("gpt2")),
        ("tokenizer.ggml.pre", string(pre)),
        ("tokenizer.ggml.tokens", strings(&tokens)),
        ("tokenizer.ggml.token_type", integers(&types)),
        ("tokenizer.ggml.merges", strings(&merges)),
        ("tokenizer.ggml.bos_token_id", number(1)),
        ("tokenizer.ggml.eos_token_id", number(2)),
        ("tokenizer.ggml.eot_token_id", number(2)),
        ("tokenizer.chat_template", string(TEMPLATE)),
    ])
}

const SAMPLE: &str =
    "<|im_start|>user\nWhy do people like  rain? It's 100 % wet… né 雨 🤗<|im_end|>\n";

#[test]
fn a_folder_gives_tokenizer_template_and_special_tokens() {
    let text = fixture_text();
    assert_eq!((text.bos_id(), text.eos_id(), text.pad_id()), (Some(1), Some(2), 0));
    assert_eq!(text.stop_ids(), [2]);
    assert_eq!(text.eos_token(), Some("<|im_end|>"));
    let ids = text.encode(SAMPLE, false).unwrap();
    assert_eq!(text.decode(&ids, false), SAMPLE);
    assert!(!text.decode(&ids, true).contains("<|im_end|>"));
    let rendered = text.render(&[ChatMessage::new("user", "Hi")], true, &Map::new()).unwrap();
    assert_eq!(rendered, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
}

/// A character of several bytes comes with the last of its ids.
#[test]
fn the_pieces_of_a_text_are_whole_characters_and_add_up_to_it() {
    let text = fixture_text();
    let pieces = |written: &str| text.pieces(&text.encode(written, false).unwrap());
    assert_eq!(pieces(SAMPLE).concat(), SAMPLE);
    assert_eq!(pieces("<|im_end|>"), ["<|im_end|>"]);
    let rain = pieces("雨");
    let (last, before) = rain.split_last().unwrap();
    assert_eq!(last, "雨");
    assert!(before.iter().all(String::is_empty), "{before:?}");
    assert_eq!(rain.len(), text.encode("雨", false).unwrap().len());
}

#[test]
fn a_gguf_gives_the_same_ids_as_the_folder_it_was_made_from() {
    let folder = fixture_text();
    let text = open_gguf(&byte_level_gguf("gpt-2")).unwrap();
    assert_eq!(text.encode(SAMPLE, true).unwrap(), folder.encode(SAMPLE, true).unwrap());
    assert_eq!((text.stop_ids(), text.pad_id()), (&[2][..], 2));
    assert!(text.has_template());
    // And what it is saved as is the same again.
    let json = text.tokenizer_json().unwrap();
    let config = text.config_json();
    let files = [("tokenizer.json", json.as_bytes()), ("tokenizer_config.json", config.as_bytes())];
    let saved = open(&files, VOCAB_SIZE).unwrap();
    assert_eq!(saved.encode(SAMPLE, true).unwrap(), folder.encode(SAMPLE, true).unwrap());
    assert!(saved.has_template());
    assert_eq!(saved.eos_id(), Some(2));
}

#[test]
fn digits_are_cut_where_the_name_says_so() {
    let count = |pre: &str| {
        let text = open_gguf(&byte_level_gguf(pre)).unwrap();
        let pre_tokenizer = text.tokenizer.get_pre_tokenizer().unwrap();
        let mut cut = tokenizers::PreTokenizedString::from("a1234 b");
        tokenizers::PreTokenizer::pre_tokenize(pre_tokenizer, &mut cut).unwrap();
        let by_byte = tokenizers::OffsetType::Byte;
        cut.get_splits(tokenizers::OffsetReferential::Original, by_byte).len()
    };
    // a 1234 b; a 1 2 3 4 b; a 123 4 b; a 1 2 3 4 b
    let counts = ["gpt-2", "smollm", "llama-bpe", "qwen2", "tekken"].map(count);
    assert_eq!(counts, [3, 6, 4, 6, 6]);
}

#[test]
fn an_unknown_pre_tokenizer_is_named() {
    let error = open_gguf(&byte_level_gguf("martian")).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("m.gguf: tokenizer.ggml.pre: \"martian\""), "{message}");
}

/// Ids by the `tokenizers` package of Python, from the `tokenizer.json` of the same pieces.
#[test]
fn a_sentencepiece_gguf_merges_by_score_and_falls_back_to_bytes() {
    let tokens = ["<unk>", "<s>", "</s>", "<0x43>", "▁", "a", "b", "ab", "▁ab", "▁a", "<x>"];
    let file = gguf(&[
        ("tokenizer.ggml.model", string("llama")),
        ("tokenizer.ggml.tokens", strings(&tokens)),
        ("tokenizer.ggml.token_type", integers(&[2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 4])),
        (
            "tokenizer.ggml.scores",
            floats(&[0.0, 0.0, 0.0, 0.0, -10.0, -11.0, -12.0, -1.0, -2.0, -3.0, 0.0]),
        ),
        ("tokenizer.ggml.bos_token_id", number(1)),
        ("tokenizer.ggml.eos_token_id", number(2)),
    ]);
    let text = open_gguf(&file).unwrap();
    assert_eq!(text.encode("ab Cab", true).unwrap(), [1, 8, 4, 3, 7]);
    assert_eq!(text.encode("ab<x>ab", false).unwrap(), [8, 10, 8]);
    assert_eq!(text.encode("zz a", true).unwrap(), [1, 4, 0, 9]);
    assert_eq!(text.decode(&[1, 8, 4, 3, 7], true), "ab Cab");
}

#[test]
fn a_tokenizer_of_another_vocabulary_size_is_an_error_with_both_sizes() {
    let error = open(&[("tokenizer.json", TOKENIZER.as_bytes())], 482).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("tokenizer.json") && message.contains("483"), "{message}");
    assert!(message.contains("482"), "{message}");
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let error = open(&[("config.json", b"{}".as_slice())], VOCAB_SIZE).unwrap_err();
    assert_eq!(error, TextError::NoTokenizer { model: "tiny".into() });
    let tokenizer = ("tokenizer.json", TOKENIZER.as_bytes());
    let broken: [(&str, &[u8], &str); 4] = [
        ("tokenizer_config.json", b"{\n\"a\": }", "tokenizer_config.json: not valid JSON"),
        (
            "tokenizer_config.json",
            b"{\"eos_token\": \"<end>\"}",
            "tokenizer_config.json: eos_token",
        ),
        (
            "generation_config.json",
            b"{\"eos_token_id\": \"2\"}",
            "generation_config.json: eos_token_id",
        ),
        ("chat_template.jinja", b"{% for %}", "chat_template.jinja: chat template, line 1"),
    ];
    for (name, bytes, expected) in broken {
        let message = open(&[tokenizer, (name, bytes)], VOCAB_SIZE).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
    let message =
        open(&[("tokenizer.json", b"{}".as_slice())], VOCAB_SIZE).unwrap_err().to_string();
    assert!(message.starts_with("tokenizer.json: not a tokenizer"), "{message}");
}

#[test]
fn stop_ids_come_from_the_generation_config_first() {
    let files: [(&str, &[u8]); 3] = [
        ("tokenizer.json", TOKENIZER.as_bytes()),
        ("config.json", b"{\"eos_token_id\": 0}"),
        ("generation_config.json", b"{\"eos_token_id\": [2, 0]}"),
    ];
    assert_eq!(open(&files, VOCAB_SIZE).unwrap().stop_ids(), [2, 0]);
    let text = open(&files[..2], VOCAB_SIZE).unwrap();
    assert_eq!((text.stop_ids(), text.eos_token()), (&[0][..], Some("<|endoftext|>")));
}

#[test]
fn of_several_templates_the_default_is_taken() {
    let config = br#"{"chat_template": [{"name": "rag", "template": "R"}, {"name": "default", "template": "{{ bos_token }}D"}],
        "bos_token": {"content": "<|im_start|>"}}"#;
    let files: [(&str, &[u8]); 2] =
        [("tokenizer.json", TOKENIZER.as_bytes()), ("tokenizer_config.json", config)];
    let text = open(&files, VOCAB_SIZE).unwrap();
    assert_eq!(text.render(&[], false, &Map::new()).unwrap(), "<|im_start|>D");
}

#[test]
fn conversations_with_tools_have_a_template_of_their_own() {
    let config = br#"{"chat_template": [{"name": "default", "template": "D"},
        {"name": "tool_use", "template": "T{{ tools[0] }}"}]}"#;
    let files: [(&str, &[u8]); 2] =
        [("tokenizer.json", TOKENIZER.as_bytes()), ("tokenizer_config.json", config)];
    let text = open(&files, VOCAB_SIZE).unwrap();
    let render = |tools: Value| {
        let extra = Map::from_iter([("tools".to_string(), tools)]);
        text.render(&[], false, &extra).unwrap()
    };
    assert_eq!(render(json!(["x"])), "Tx");
    assert_eq!(render(Value::Null), "D");
    assert_eq!(text.render(&[], false, &Map::new()).unwrap(), "D");
}

/// The ids are those of transformers 5.24.
#[test]
fn a_special_token_that_only_has_a_name_stays_whole() {
    let mut tokenizer: Value = serde_json::from_str(TOKENIZER).unwrap();
    let added = tokenizer["added_tokens"].as_array_mut().unwrap();
    added.retain(|token| token["content"] != "<|im_end|>");
    let tokenizer = tokenizer.to_string();
    let files: [(&str, &[u8]); 2] = [
        ("tokenizer.json", tokenizer.as_bytes()),
        ("tokenizer_config.json", br#"{"eos_token": "<|im_end|>"}"#),
    ];
    let text = open(&files, VOCAB_SIZE).unwrap();
    assert_eq!(text.encode("Hello<|im_end|>", false).unwrap(), [42, 71, 279, 81, 2]);
}

/// Nor has transformers a `bos_token` there.
#[test]
fn templates_are_told_of_named_tokens_alone() {
    let files: [(&str, &[u8]); 3] = [
        ("tokenizer.json", TOKENIZER.as_bytes()),
        ("config.json", b"{\"bos_token_id\": 1}"),
        ("chat_template.jinja", b"[{{ bos_token }}]"),
    ];
    let text = open(&files, VOCAB_SIZE).unwrap();
    assert_eq!(text.bos_id(), Some(1));
    assert_eq!(text.render(&[], false, &Map::new()).unwrap(), "[]");
}

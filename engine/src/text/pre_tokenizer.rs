//! How byte-level vocabularies cut a text into words before merging, by GGUF's names.
//!
//! A GGUF stores only the name; the expressions are those of the models' own `tokenizer.json`.

use serde_json::{Value, json};

/// What a name of `tokenizer.ggml.pre` stands for.
pub(super) struct PreTokenizer {
    /// Applied one after the other; each match is cut out.
    expressions: &'static [&'static str],
    /// Whether Unicode is composed first (NFC).
    compose: bool,
    /// Whether a word that is a token is taken whole, whatever its merges say.
    pub ignore_merges: bool,
    /// Whether a text begins with the beginning-of-text token, where the file doesn't say.
    pub add_bos: bool,
}

/// The names below, for messages.
pub(super) const KNOWN: &str =
    "gpt-2, smollm, starcoder, refact, command-r, codeshell, llama-bpe, qwen2, tekken, stablelm2";

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const DIGIT: &str = r"\p{N}";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

impl PreTokenizer {
    /// `None` for a name that we don't know.
    pub fn named(name: &str) -> Option<Self> {
        let plain =
            Self { expressions: &[GPT2], compose: false, ignore_merges: false, add_bos: false };
        Some(match name {
            "default" | "gpt-2" | "phi-2" | "mpt" | "olmo" | "jais" | "trillion" => plain,
            "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" | "exaone"
            | "minerva-7b" => Self { expressions: &[DIGIT, GPT2], ..plain },
            "llama3" | "llama-v3" | "llama-bpe" | "falcon3" => {
                Self { expressions: &[LLAMA3], ignore_merges: true, add_bos: true, ..plain }
            }
            "qwen2" | "deepseek-r1-qwen" | "megrez" => {
                Self { expressions: &[QWEN2], compose: true, ..plain }
            }
            "stablelm2" => Self { expressions: &[QWEN2], ..plain },
            "tekken" => {
                Self { expressions: &[TEKKEN], ignore_merges: true, add_bos: true, ..plain }
            }
            _ => return None,
        })
    }

    /// As `tokenizer.json` has it; the bytes' printable stand-ins come last.
    pub fn to_json(&self) -> Value {
        let split = |expression: &&str| {
            let pattern = json!({"Regex": expression});
            json!({"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": false})
        };
        let mut steps: Vec<Value> = self.expressions.iter().map(split).collect();
        steps.push(byte_level());
        json!({"type": "Sequence", "pretokenizers": steps})
    }

    /// The normaliser that goes before it.
    pub fn normalizer(&self) -> Value {
        if self.compose { json!({"type": "NFC"}) } else { Value::Null }
    }
}

/// Bytes as printable characters, GPT-2's invention; as pre-tokeniser and as decoder.
pub(super) fn byte_level() -> Value {
    json!({
        "type": "ByteLevel",
        "add_prefix_space": false,
        "trim_offsets": true,
        "use_regex": false,
    })
}

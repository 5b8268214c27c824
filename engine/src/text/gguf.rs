//! The tokenizer within a GGUF, rebuilt as the `tokenizer.json` that it was made from.
//!
//! Two kinds are read: `gpt2`, byte-level BPE with its merges, and `llama`, SentencePiece's BPE,
//! whose merges are told by the scores of its pieces.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokenizers::Tokenizer;

use super::pre_tokenizer::{KNOWN, PreTokenizer, byte_level};
use super::special::SpecialTokens;
use super::template::Template;
use super::tokenizer_json::{AddedToken, BpeJson, TokenizerJson, around_text};
use super::{Parts, Templates, TextError};
use crate::weights::Gguf;

const MODEL: &str = "tokenizer.ggml.model";
const PRE: &str = "tokenizer.ggml.pre";
const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";
const SCORES: &str = "tokenizer.ggml.scores";
const TEMPLATE: &str = "tokenizer.chat_template";

// GGUF's token types.
const UNKNOWN: i64 = 2;
const CONTROL: i64 = 3;
const USER_DEFINED: i64 = 4;
const BYTE: i64 = 6;

/// What SentencePiece writes for a space.
const SPACE: &str = "\u{2581}";

/// `None` where the file has no tokenizer.
pub(super) fn read(gguf: &Gguf) -> Result<Option<Parts>, TextError> {
    let Some(model) = gguf.string(MODEL) else { return Ok(None) };
    let vocabulary = Vocabulary::read(gguf)?;
    let json = match model {
        "gpt2" => vocabulary.byte_level()?,
        "llama" => vocabulary.sentencepiece()?,
        other => {
            let message = format!("{other:?} is not supported: expected \"gpt2\" or \"llama\"");
            return Err(TextError::key(&gguf.file, MODEL, message));
        }
    };
    let unusable = |message| TextError::Tokenizer { file: gguf.file.clone(), message };
    let text = serde_json::to_string(&json).map_err(|error| unusable(error.to_string()))?;
    let tokenizer = Tokenizer::from_bytes(text).map_err(|error| unusable(error.to_string()))?;
    let special = vocabulary.special_tokens()?;
    let template = gguf.string(TEMPLATE).map(|source| Template::compile(&gguf.file, source));
    let templates = template.transpose()?.map(|plain| Templates { plain, tools: None });
    Ok(Some(Parts { file: gguf.file.clone(), tokenizer, special, templates }))
}

/// The tokens of a GGUF, by id, and what each is.
struct Vocabulary<'a> {
    gguf: &'a Gguf,
    tokens: &'a [String],
    types: &'a [i64],
}

impl<'a> Vocabulary<'a> {
    fn read(gguf: &'a Gguf) -> Result<Self, TextError> {
        let tokens = gguf.strings(TOKENS).unwrap_or_default();
        let types = gguf.integers(TYPES).unwrap_or_default();
        if tokens.is_empty() {
            return Err(TextError::key(&gguf.file, TOKENS, "expected the list of tokens"));
        }
        if types.len() != tokens.len() {
            let message = format!("{} types for {} tokens", types.len(), tokens.len());
            return Err(TextError::key(&gguf.file, TYPES, message));
        }
        Ok(Self { gguf, tokens, types })
    }

    fn byte_level(&self) -> Result<TokenizerJson<'a>, TextError> {
        let pre = self.pre_tokenizer()?;
        let lines = self.gguf.strings(MERGES).unwrap_or_default();
        let merges: Option<Vec<_>> = lines.iter().map(|line| line.split_once(' ')).collect();
        let merges = merges.filter(|merges| !merges.is_empty()).ok_or_else(|| {
            let message = "expected a list of pairs parted by a space";
            TextError::key(&self.gguf.file, MERGES, message)
        })?;
        Ok(TokenizerJson {
            version: "1.0",
            added_tokens: self.added_tokens(),
            normalizer: pre.normalizer(),
            pre_tokenizer: pre.to_json(),
            post_processor: self.post_processor(pre.add_bos)?,
            decoder: byte_level(),
            model: BpeJson {
                kind: "BPE",
                unk_token: None,
                fuse_unk: false,
                byte_fallback: false,
                ignore_merges: pre.ignore_merges,
                vocab: self.ids(),
                merges,
            },
        })
    }

    fn pre_tokenizer(&self) -> Result<PreTokenizer, TextError> {
        let name = match (self.gguf.string(PRE), self.gguf.string("general.architecture")) {
            (Some(name), _) => name,
            // Files older than the key; of their models, only GPT-2's cut is certain.
            (None, Some("gpt2")) => "gpt-2",
            (None, _) => {
                let message = format!("missing, so words can't be cut: expected one of {KNOWN}");
                return Err(TextError::key(&self.gguf.file, PRE, message));
            }
        };
        PreTokenizer::named(name).ok_or_else(|| {
            let message = format!("{name:?} is not known: expected one of {KNOWN}");
            TextError::key(&self.gguf.file, PRE, message)
        })
    }

    fn sentencepiece(&self) -> Result<TokenizerJson<'a>, TextError> {
        let unknown = self.types.iter().position(|&kind| kind == UNKNOWN);
        let space_first = self.gguf.bool("tokenizer.ggml.add_space_prefix").unwrap_or(true);
        let mut normalizers = vec![];
        let mut decoders = vec![
            json!({"type": "Replace", "pattern": {"String": SPACE}, "content": " "}),
            json!({"type": "ByteFallback"}),
            json!({"type": "Fuse"}),
        ];
        if space_first {
            normalizers.push(json!({"type": "Prepend", "prepend": SPACE}));
            decoders.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
        }
        normalizers.push(json!({"type": "Replace", "pattern": {"String": " "}, "content": SPACE}));
        Ok(TokenizerJson {
            version: "1.0",
            added_tokens: self.added_tokens(),
            normalizer: json!({"type": "Sequence", "normalizers": normalizers}),
            pre_tokenizer: Value::Null,
            post_processor: self.post_processor(true)?,
            decoder: json!({"type": "Sequence", "decoders": decoders}),
            model: BpeJson {
                kind: "BPE",
                unk_token: unknown.and_then(|id| self.tokens.get(id)).map(String::as_str),
                fuse_unk: true,
                byte_fallback: true,
                ignore_merges: false,
                vocab: self.ids(),
                merges: self.merges_by_score()?,
            },
        })
    }

    /// Every way to join two pieces into a third, the best-scored third first: the order in which
    /// SentencePiece joins them, and how transformers converts it.
    fn merges_by_score(&self) -> Result<Vec<(&'a str, &'a str)>, TextError> {
        let scores = self.gguf.floats(SCORES).unwrap_or_default();
        if scores.len() != self.tokens.len() {
            let message = format!("{} scores for {} tokens", scores.len(), self.tokens.len());
            return Err(TextError::key(&self.gguf.file, SCORES, message));
        }
        let merged = |kind: i64| !matches!(kind, UNKNOWN | CONTROL | USER_DEFINED | BYTE);
        let pieces = self.tokens.iter().zip(self.types).zip(scores);
        let pieces: Vec<(&str, f32)> = pieces
            .filter(|&((_, &kind), _)| merged(kind))
            .map(|((piece, _), &score)| (piece.as_str(), score))
            .collect();
        let known: BTreeSet<&str> = pieces.iter().map(|&(piece, _)| piece).collect();
        let mut merges = Vec::new();
        for (piece, score) in pieces {
            for (at, _) in piece.char_indices().skip(1) {
                let (left, right) = piece.split_at(at);
                if known.contains(left) && known.contains(right) {
                    let lengths = (left.chars().count(), right.chars().count());
                    merges.push((score, lengths, left, right));
                }
            }
        }
        // Stable: pieces of one score keep the order of their ids.
        merges.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        Ok(merges.into_iter().map(|(_, _, left, right)| (left, right)).collect())
    }

    /// Tokens that are found in the text before anything is cut.
    fn added_tokens(&self) -> Vec<AddedToken<'a>> {
        let tokens = self.tokens.iter().zip(self.types).enumerate();
        tokens
            .filter(|&(_, (_, &kind))| matches!(kind, UNKNOWN | CONTROL | USER_DEFINED))
            .map(|(id, (token, &kind))| AddedToken {
                id,
                content: token,
                single_word: false,
                lstrip: false,
                rstrip: false,
                normalized: false,
                special: kind != USER_DEFINED,
            })
            .collect()
    }

    fn ids(&self) -> BTreeMap<&'a str, usize> {
        self.tokens.iter().enumerate().map(|(id, token)| (token.as_str(), id)).collect()
    }

    /// An id of the metadata and its token.
    fn token(&self, key: &str) -> Result<Option<(u32, &'a str)>, TextError> {
        let Some(id) = self.gguf.u32(key) else { return Ok(None) };
        let token = self.tokens.get(id as usize).ok_or_else(|| {
            let message = format!("{id}, but there are {} tokens", self.tokens.len());
            TextError::key(&self.gguf.file, key, message)
        })?;
        Ok(Some((id, token)))
    }

    /// The tokens that go around every text.
    fn post_processor(&self, add_bos: bool) -> Result<Value, TextError> {
        let wanted = |key, default| self.gguf.bool(key).unwrap_or(default);
        let bos = self.token("tokenizer.ggml.bos_token_id")?;
        let bos = bos.filter(|_| wanted("tokenizer.ggml.add_bos_token", add_bos));
        let eos = self.token("tokenizer.ggml.eos_token_id")?;
        let eos = eos.filter(|_| wanted("tokenizer.ggml.add_eos_token", false));
        Ok(around_text(bos, eos))
    }

    fn special_tokens(&self) -> Result<SpecialTokens, TextError> {
        let mut names = BTreeMap::new();
        let mut named = |name: &str, key: &str| -> Result<Option<u32>, TextError> {
            let found = self.token(key)?;
            names.extend(found.map(|(_, token)| (name.to_string(), token.to_string())));
            Ok(found.map(|(id, _)| id))
        };
        let bos = named("bos_token", "tokenizer.ggml.bos_token_id")?;
        let eos = named("eos_token", "tokenizer.ggml.eos_token_id")?;
        let pad = named("pad_token", "tokenizer.ggml.padding_token_id")?;
        named("unk_token", "tokenizer.ggml.unknown_token_id")?;
        // Models with several kinds of turns end them with tokens of their own.
        let mut stop = Vec::from_iter(eos);
        for key in ["tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"] {
            match self.token(key)? {
                Some((id, _)) if !stop.contains(&id) => stop.push(id),
                _ => {}
            }
        }
        let eos_token = names.get("eos_token").cloned();
        Ok(SpecialTokens { names, eos_token, bos, eos, pad, stop })
    }
}

//! A small byte-level BPE tokenizer of the corpus, with ChatML's marks and template.

use serde_json::json;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer};

use crate::files::{ToolError, read_rows, write, write_json};
use crate::options::Options;

/// Their ids are their places: padding 0, a turn's begin 1 and its end 2.
const MARKS: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

const TEMPLATE: &str = "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' \
    + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}\
    {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// Longest conversation that the model was made for.
const MAX_LENGTH: u32 = 256;

/// `tokenizer`
pub fn train(options: &mut Options) -> Result<(), ToolError> {
    let corpus = options.path("corpus")?;
    let out = options.path("out")?;
    let vocab: usize = options.number("vocab")?;
    options.finish()?;

    let mut texts = Vec::new();
    for row in read_rows(&corpus)? {
        for turn in ["prompt", "completion"].iter().flat_map(|key| row[key].as_array()).flatten() {
            let role_and_content = [&turn["role"], &turn["content"]];
            texts
                .extend(role_and_content.iter().filter_map(|text| text.as_str()).map(String::from));
        }
    }
    let tokenizer = trained(&texts, vocab).map_err(ToolError::content(&corpus))?;
    let size = tokenizer.get_vocab_size(true);
    let text = tokenizer.to_string(true).map_err(ToolError::content(&corpus))?;
    write(&out.join("tokenizer.json"), text)?;
    companions(&out)?;
    println!("a tokenizer of {size} tokens in {}", out.display());
    Ok(())
}

fn trained(texts: &[String], vocab: usize) -> tokenizers::Result<Tokenizer> {
    let mut tokenizer = Tokenizer::new(BPE::default());
    let bytes = ByteLevel::new(false, true, true);
    tokenizer.with_pre_tokenizer(Some(bytes)).with_decoder(Some(bytes));
    // All 256 bytes are tokens, so that any prompt can be written.
    let trainer = BpeTrainer::builder()
        .vocab_size(vocab)
        .show_progress(false)
        .special_tokens(MARKS.map(|mark| AddedToken::from(mark, true)).to_vec())
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    tokenizer.train(&mut TrainerWrapper::from(trainer), texts.iter())?;
    Ok(tokenizer)
}

fn companions(out: &std::path::Path) -> Result<(), ToolError> {
    let [pad, begin, end] = MARKS;
    let config = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": begin,
        "eos_token": end,
        "pad_token": pad,
        "model_max_length": MAX_LENGTH,
        "clean_up_tokenization_spaces": false,
        "chat_template": TEMPLATE,
    });
    write_json(&out.join("tokenizer_config.json"), &config)?;
    let generation = json!({ "bos_token_id": 1, "eos_token_id": [2], "pad_token_id": 0 });
    write_json(&out.join("generation_config.json"), &generation)
}

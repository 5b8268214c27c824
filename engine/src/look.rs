//! What is asked of a model as it is: what it writes, how likely it finds a row, which text is
//! better.
//!
//! A question changes nothing. It is answered between two steps of a run, or while none goes on.

mod inspect;
pub mod referee;

use temper_protocol::{Failure, Finding, GenerateRequest, Generated, Question};

use crate::data::{Content, encode_prompt};
use crate::generate::{Sampling, generate};
use crate::model::{Adapter, Decoder};
use crate::open::OpenModel;
use crate::train::reference::Reference;
use crate::weights::Weights;

/// Answers a question of a model; `reference` is that of the run that goes on, if one does. `turn`
/// is awaited now and then, so that others can run.
///
/// # Errors
/// A prompt or a row that the model can't take, or a lost device.
pub async fn find(
    open: &OpenModel,
    reference: Option<&Reference>,
    question: &Question,
    turn: impl AsyncFnMut(),
) -> Result<Finding, Failure> {
    let original = match question {
        Question::Generate(GenerateRequest { reference: false, .. }) => None,
        Question::Generate(_) | Question::Inspect { .. } => original(open, reference).await?,
    };
    let other = match (&original, reference) {
        (Some(original), _) => (original, Adapter::Policy),
        (None, Some(reference)) => reference.model(&open.decoder),
        (None, None) => (&open.decoder, Adapter::Reference),
    };
    match question {
        Question::Generate(request) => {
            let voice = if request.reference { other } else { (&open.decoder, Adapter::Policy) };
            Ok(Finding::Generated(completions(open, voice, request, turn).await?))
        }
        Question::Inspect { row } => {
            Ok(Finding::Inspected(inspect::inspect(open, other, row).await?))
        }
    }
}

/// The model as it came, read from its files again: where all weights train there is no adapter to
/// switch off, and only some methods keep a copy.
async fn original(
    open: &OpenModel,
    reference: Option<&Reference>,
) -> Result<Option<Decoder>, Failure> {
    if !open.changed || matches!(reference, Some(Reference::Copy(_))) {
        return Ok(None);
    }
    let weights = Weights::open(&open.files).await?;
    let (config, device) = (open.decoder.config.clone(), open.decoder.device());
    Ok(Some(Decoder::load(&weights, config, &device, |_| {}).await?))
}

/// A completion of each prompt, all sampled together.
async fn completions(
    open: &OpenModel,
    (model, adapter): (&Decoder, Adapter),
    request: &GenerateRequest,
    turn: impl AsyncFnMut(),
) -> Result<Vec<Generated>, Failure> {
    if request.prompts.is_empty() {
        return Ok(Vec::new());
    }
    let text = open.text()?;
    let encode = |prompt: &String| {
        encode_prompt(&Content::user_turn(prompt, text.has_template()), Some(text))
    };
    let prompts = request.prompts.iter().map(encode).collect::<Result<Vec<_>, _>>()?;
    let sampling = Sampling {
        max_new_tokens: request.max_new_tokens as usize,
        temperature: request.temperature,
        top_k: request.top_k as usize,
        top_p: request.top_p,
        seed: request.seed.into(),
    };
    let stop = open.stop_ids();
    let drawn = generate(model, &prompts, &stop, &sampling, adapter, turn).await?;
    let written = |ids: Vec<u32>| Generated { text: text.decode(&ids, true), ids };
    Ok(drawn.into_iter().map(written).collect())
}

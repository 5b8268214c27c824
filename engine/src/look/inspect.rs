//! A row under glass: how likely policy and reference find each token that a loss counts, and how
//! far apart they are there.

use burn::tensor::Tensor;
use temper_protocol::{Failure, FailureKind, InspectedCompletion, InspectedToken};

use crate::data::batch::Batch;
use crate::data::{self, Sequence};
use crate::device::read;
use crate::logps::logps_of_both;
use crate::model::{Adapter, Decoder};
use crate::open::OpenModel;
use crate::text::Text;

/// What messages call the row, in the place of a file.
const ROW: &str = "the row";

/// The completions of one JSON row, encoded as training does. `reference` is a model with an
/// adapter of it.
///
/// # Errors
/// A row that isn't one, or that the model can't take whole; probabilities that are no numbers; a
/// lost device.
pub(super) async fn inspect(
    open: &OpenModel,
    reference: (&Decoder, Adapter),
    row: &str,
) -> Result<Vec<InspectedCompletion>, Failure> {
    let sequences = sequences(open, row)?;
    let batch = Batch::new(&sequences.iter().collect::<Vec<_>>(), open.pad_id());
    let mut found = measured(&open.decoder, reference, &batch).await?.into_iter();
    let completion = |sequence: &Sequence| {
        let pieces = pieces(open.text.as_ref(), &sequence.ids);
        let token = |(text, [policy, reference, kl]): (String, [f64; 3])| InspectedToken {
            text,
            policy,
            reference,
            kl,
        };
        // The texts come first: they know where the completion ends.
        let tokens = counted(&sequence.mask, pieces).zip(found.by_ref()).map(token);
        InspectedCompletion { tokens: tokens.collect() }
    };
    Ok(sequences.iter().map(completion).collect())
}

fn sequences(open: &OpenModel, row: &str) -> Result<Vec<Sequence>, Failure> {
    let limit = open.decoder.config.max_positions;
    let mut rows = data::sequences(ROW, row.as_bytes(), open.text.as_ref(), limit)?;
    let only = rows.pop().filter(|_| rows.is_empty());
    let Some(completions) = only else {
        return Err(Failure::bad_input("Several rows at once: inspect one after the other."));
    };
    let sequences: Vec<Sequence> = completions.into_iter().map(|(_, sequence)| sequence).collect();
    open.decoder.config.check_ids(sequences.iter().flat_map(|sequence| &sequence.ids))?;
    Ok(sequences)
}

/// Of the counted tokens, row by row: log-probabilities under policy and reference, and the exact
/// KL; nats.
async fn measured(
    policy: &Decoder,
    reference: (&Decoder, Adapter),
    batch: &Batch,
) -> Result<Vec<[f64; 3]>, Failure> {
    let both = logps_of_both((policy, Adapter::Policy), reference, batch, 1.0);
    let padded = read(Tensor::cat(vec![both.policy, both.reference, both.kl], 0)).await?;
    let length = padded.len() / 3;
    let token = |at: usize| [at, at + length, at + 2 * length].map(|i| f64::from(padded[i]));
    let found: Vec<[f64; 3]> = (0..batch.targets.len()).map(token).collect();
    if found.iter().flatten().all(|number| number.is_finite()) {
        return Ok(found);
    }
    let kind = FailureKind::NonFinite { step: 0, rows: Vec::new() };
    let message = "The model's probabilities are no longer numbers.";
    Err(Failure::new(kind, message).with_hint("Start anew with a lower learning rate."))
}

/// The texts of the tokens that a loss counts, as [`Batch::new`] does: a first token has no
/// predictor.
fn counted(mask: &[bool], pieces: Vec<String>) -> impl Iterator<Item = String> {
    let counts: Vec<bool> = mask.iter().enumerate().map(|(at, &on)| on && at > 0).collect();
    pieces.into_iter().zip(counts).filter_map(|(piece, counts)| counts.then_some(piece))
}

/// Each id as text; as a number where there is no tokenizer.
fn pieces(text: Option<&Text>, ids: &[u32]) -> Vec<String> {
    match text {
        Some(text) => text.pieces(ids),
        None => ids.iter().map(u32::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_those_of_the_tokens_that_count() {
        let pieces = pieces(None, &[5, 6, 7, 8]);
        assert_eq!(pieces, ["5", "6", "7", "8"]);
        let of = |mask: [bool; 4]| counted(&mask, pieces.clone()).collect::<Vec<_>>();
        assert_eq!(of([false, false, true, true]), ["7", "8"]);
        // The first token of a text all of which counts has nothing before it.
        assert_eq!(of([true; 4]), ["6", "7", "8"]);
    }
}

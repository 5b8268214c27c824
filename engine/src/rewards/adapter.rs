//! A reward model's adapter, read from a folder's files or from what a run has left.

use temper_protocol::{Failure, FailureKind, Location};

use crate::scores::Normalization;
use crate::storage::{Store, files_in};
use crate::train::save;
use crate::weights::{Adapter, ModelFiles};

/// The option that names it.
const KEY: &str = "score.adapter";
/// Its head, as PEFT calls it.
const HEAD: &str = "score.weight";

/// Reads a reward model's adapter, and its normalisation where it has one.
///
/// # Errors
/// What is wrong with which file.
pub async fn open(files: &ModelFiles) -> Result<(Adapter, Normalization), Failure> {
    Ok((Adapter::open(files).await?, Normalization::open(files).await?))
}

/// The reward model that a run has left in its folder. Messages call the run by `name`.
///
/// # Errors
/// A run that has left none, or files that can't be read back.
pub async fn left_in(store: &dyn Store, name: &str) -> Result<(Adapter, Normalization), Failure> {
    let left = store.list(save::ADAPTER).await?;
    if left.is_empty() {
        let is_full = !store.list(save::MODEL).await?.is_empty();
        return Err(none_left(name, is_full));
    }
    let files = files_in(store, save::ADAPTER, &left, name).await?;
    let (adapter, normalization) = open(&files).await.map_err(named)?;
    check_head(&adapter, name)?;
    Ok((adapter, normalization))
}

fn none_left(name: &str, is_full: bool) -> Failure {
    let why = match is_full {
        true => "trained all its weights, so that its base isn't the model that trains here",
        false => "left no adapter",
    };
    Failure::bad_option(KEY, format!("{KEY}: {name} has {why}"))
        .with_hint("take a finished run of method = \"reward\" with [lora]")
}

/// Whether an adapter is a reward model's. Messages call it by `name`.
pub(super) fn check_head(adapter: &Adapter, name: &str) -> Result<(), Failure> {
    match adapter.tensors.contains_key(HEAD) {
        true => Ok(()),
        false => {
            let message = format!("{KEY}: {name} holds no reward head ({HEAD})");
            Err(Failure::bad_option(KEY, message).with_hint("train one with method = \"reward\""))
        }
    }
}

/// The same failure, with the option that it is about in front.
pub(super) fn named(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::BadInput(place) => {
            let kind = FailureKind::BadInput(Location { key: Some(KEY.into()), ..place });
            let message = format!("{KEY}: {}", failure.message);
            Failure { kind, message, ..failure }
        }
        _ => failure,
    }
}

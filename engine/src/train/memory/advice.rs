//! A run that doesn't fit is refused before its first step, with what would fit.

use temper_protocol::{Event, Failure, FailureKind};

use super::{Load, estimate};
use crate::train::Host;

/// A row cut shorter than this, tokens, says little.
const LEAST_LENGTH: usize = 16;

/// Tells the host what the run needs.
///
/// # Errors
/// More than there is, where both are known.
pub fn check(load: &Load, host: &mut dyn Host) -> Result<(), Failure> {
    let needs = estimate(load);
    host.emit(Event::Memory(needs));
    match host.memory_bytes() {
        Some(room) if load.known && needs.total() > room => Err(refused(load, room)),
        _ => Ok(()),
    }
}

fn refused(load: &Load, room: f64) -> Failure {
    let wanted_bytes = estimate(load).total();
    let message = format!(
        "the run needs about {} of memory, and there are {}",
        amount(wanted_bytes),
        amount(room)
    );
    Failure::new(FailureKind::OutOfMemory { wanted_bytes }, message).with_hint(hint(load, room))
}

fn amount(bytes: f64) -> String {
    if bytes < 1e9 { format!("{:.0} MB", bytes / 1e6) } else { format!("{:.1} GB", bytes / 1e9) }
}

/// The run under other settings, and these in words.
struct Change {
    load: Load,
    words: String,
}

/// The mildest change of one kind that fits, else the strongest; `None` where there is none.
type Kind = fn(&Load, f64) -> Option<Change>;

/// In the order of what they cost.
const KINDS: [Kind; 3] = [recompute, fewer_rows, shorter_rows];

/// What fits by itself, else what fits together.
fn hint(load: &Load, room: f64) -> String {
    let alone = KINDS.into_iter().filter_map(|kind| kind(load, room));
    let alone: Vec<String> =
        alone.filter(|change| fits(&change.load, room)).map(|change| change.words).collect();
    if !alone.is_empty() {
        return format!("set {}", alone.join(", or "));
    }
    let mut load = load.clone();
    let mut together = Vec::new();
    for kind in KINDS {
        let Some(change) = kind(&load, room).filter(|change| helps(&change.load, &load)) else {
            continue;
        };
        together.push(change.words);
        load = change.load;
        if fits(&load, room) {
            return format!("set {}", together.join(" and "));
        }
    }
    let adapter = if load.embedding_trains { "train an adapter ([lora]), or " } else { "" };
    format!("{adapter}choose a smaller model")
}

fn fits(load: &Load, room: f64) -> bool {
    estimate(load).total() <= room
}

fn helps(changed: &Load, load: &Load) -> bool {
    estimate(changed).total() < estimate(load).total()
}

fn recompute(load: &Load, _room: f64) -> Option<Change> {
    let words = "loop.gradient_checkpointing = true".to_owned();
    let again = Load { gradient_checkpointing: true, ..load.clone() };
    (!load.gradient_checkpointing).then_some(Change { load: again, words })
}

/// Smaller micro-batches, and as many more of them.
fn fewer_rows(load: &Load, room: f64) -> Option<Change> {
    let with = |rows: usize| {
        let accumulation = (load.accumulation * load.batch.rows).div_ceil(rows);
        let words = format!("loop.batch_size = {rows} with loop.accumulation = {accumulation}");
        let batch = load.batch.of_rows(rows);
        Change { load: Load { batch, accumulation, ..load.clone() }, words }
    };
    mildest((1..load.batch.rows).rev().map(with), room)
}

fn shorter_rows(load: &Load, room: f64) -> Option<Change> {
    let lengths = (1..16).rev().map(|sixteenths| load.batch.sequence * sixteenths / 16);
    let with = |length: usize| Change {
        load: Load { batch: load.batch.cut_to(length), ..load.clone() },
        words: format!("data.max_length = {length}"),
    };
    mildest(lengths.filter(|length| *length >= LEAST_LENGTH).map(with), room)
}

/// The first that fits, else the last.
fn mildest(changes: impl Iterator<Item = Change>, room: f64) -> Option<Change> {
    let mut last = None;
    for change in changes {
        if fits(&change.load, room) {
            return Some(change);
        }
        last = Some(change);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::super::tests::tiny;
    use super::*;

    /// Whole, 254464 bytes; computed again, 198144; one row at a time, 136032.
    #[test]
    fn the_hint_names_each_change_that_fits() {
        let failure = refused(&tiny(), 200_000.0);
        assert_eq!(failure.kind, FailureKind::OutOfMemory { wanted_bytes: 254_464.0 });
        let hint = "set loop.gradient_checkpointing = true, or loop.batch_size = 1 with \
                    loop.accumulation = 2, or data.max_length = 45";
        assert_eq!(failure.hint.as_deref(), Some(hint));
    }

    #[test]
    fn what_does_not_fit_is_not_advised() {
        let hint = hint(&tiny(), 150_000.0);
        let expected =
            "set loop.batch_size = 1 with loop.accumulation = 2, or data.max_length = 30";
        assert_eq!(hint, expected);
    }

    #[test]
    fn where_no_change_fits_alone_they_fit_together() {
        let hint = hint(&tiny(), 60_000.0);
        let expected = "set loop.gradient_checkpointing = true and loop.batch_size = 1 with \
                        loop.accumulation = 2 and data.max_length = 22";
        assert_eq!(hint, expected);
    }

    #[test]
    fn what_the_weights_alone_fill_wants_a_smaller_model() {
        assert_eq!(hint(&tiny(), 10_000.0), "choose a smaller model");
    }
}

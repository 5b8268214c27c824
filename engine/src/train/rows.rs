//! From a file's rows to examples that the model can take, and what to say of those it can't.

use sha2::{Digest, Sha256};
use temper_protocol::{
    Event, Failure, FailureKind, KtoLoss, Location, Method, ResolvedRun, RowKind, RowReason,
    Warning,
};

use super::task::Examples;
use super::{Host, self_play};
use crate::data::{self, EncodeReport, Preference, Rows};
use crate::model::DecoderConfig;
use crate::open::OpenModel;

/// Encodes rows as the method reads them, and tells the host what was cut or left out.
///
/// # Errors
/// A row that the tokenizer or the template refuses, a token id outside the vocabulary, or no
/// usable row.
pub(super) fn encode(
    open: &OpenModel,
    run: &ResolvedRun,
    rows: &Rows,
    file: &str,
    host: &mut dyn Host,
) -> Result<Examples, Failure> {
    let text = open.text.as_ref();
    let longest = self_play::longest(run, open);
    let located = |error: data::DataError| error.in_file(file);
    let method = run.config.method;
    check_kind(method, rows, file)?;
    let (examples, report) = match rows {
        Rows::Pairs(rows) if method == Method::Reward => {
            let (pairs, report) = data::encode_whole_pairs(rows, text, longest).map_err(located)?;
            (Examples::Pairs(pairs), report)
        }
        Rows::Pairs(rows) => {
            let (pairs, report) = data::encode_pairs(rows, text, longest).map_err(located)?;
            (Examples::Pairs(pairs), report)
        }
        Rows::Completions(rows) => {
            let only = method != Method::Sft || run.sft().completion_only_loss;
            let (rows, report) =
                data::encode_completions(rows, text, longest, only).map_err(located)?;
            (Examples::Rows(rows), report)
        }
        Rows::Prompts(rows) => {
            let (prompts, report) = data::encode_prompts(rows, text, longest).map_err(located)?;
            (Examples::Prompts(prompts), report)
        }
    };
    check_prompts(run, &examples, file)?;
    warn(&report, host);
    if examples.is_empty() {
        return Err(none_usable(file, &report));
    }
    check_ids(&examples, &open.decoder.config, file)?;
    Ok(examples)
}

fn check_kind(method: Method, rows: &Rows, file: &str) -> Result<(), Failure> {
    let fits = match method.row_kind() {
        RowKind::Pairs => matches!(rows, Rows::Pairs(_)),
        RowKind::Completions | RowKind::Rated => matches!(rows, Rows::Completions(_)),
        RowKind::Prompts => matches!(rows, Rows::Prompts(_)),
    };
    let name = method.name();
    match fits {
        true => Ok(()),
        false => Err(Failure::bad_input(format!("{file}: not the kind of rows that {name} reads"))),
    }
}

/// Where the model is to answer prompts of its own accord, each row must have one.
fn check_prompts(run: &ResolvedRun, examples: &Examples, file: &str) -> Result<(), Failure> {
    let why = match run.config.method {
        Method::Spin => "no prompt for the model to answer",
        Method::Reward if run.reward().normalize_samples > 0 => {
            "no prompt, which reward.normalize_samples would have the model answer"
        }
        _ => return Ok(()),
    };
    let bare =
        |row: &usize| examples.sequences(&[*row]).iter().any(|sequence| sequence.prompt_len == 0);
    let Some(row) = (0..examples.len()).find(bare) else { return Ok(()) };
    let line = examples.line(row);
    let location = Location { file: Some(file.into()), line: Some(line), key: None };
    let message = format!("{file}: line {line}: {why}");
    Err(Failure::new(FailureKind::BadInput(location), message))
}

fn none_usable(file: &str, report: &EncodeReport) -> Failure {
    let location = Location { file: Some(file.into()), ..Location::default() };
    let why = report
        .dropped
        .first()
        .map_or_else(String::new, |(line, reason)| format!("; the first, line {line}: {reason}"));
    let dropped = report.dropped.len();
    let message = format!("{file}: no usable row is left, {dropped} were left out{why}");
    Failure::new(FailureKind::BadInput(location), message)
}

/// Encodes held-out rows, where there are some.
///
/// # Errors
/// As [`encode`].
pub(super) fn encode_eval(
    open: &OpenModel,
    run: &ResolvedRun,
    rows: Option<&Rows>,
    host: &mut dyn Host,
) -> Result<Option<Examples>, Failure> {
    let file = run.config.data.eval.as_deref().unwrap_or("held-out data");
    rows.map(|rows| encode(open, run, rows, file, host)).transpose()
}

fn check_ids(examples: &Examples, config: &DecoderConfig, file: &str) -> Result<(), Failure> {
    for index in 0..examples.len() {
        let cut = examples.rows(&[index]).into_iter().flat_map(|row| &row.cut.ids);
        if let Some(id) = config.foreign_id(examples.ids(index).into_iter().flatten().chain(cut)) {
            let vocab = config.vocab_size;
            let line = examples.line(index);
            let location = Location { file: Some(file.into()), line: Some(line), key: None };
            let message = format!(
                "{file}: line {line}: token id {id}, but the model's vocabulary has {vocab}"
            );
            return Err(Failure::new(FailureKind::BadInput(location), message));
        }
    }
    Ok(())
}

/// Says of what rows tell beyond their preference where the method has no use for it.
pub(super) fn warn_of_unread(run: &ResolvedRun, examples: &Examples, host: &mut dyn Host) {
    let (false, Examples::Pairs(pairs)) = (run.config.method == Method::Reward, examples) else {
        return;
    };
    let plain = Preference::default();
    let count = |says: fn(&Preference) -> f32| {
        pairs.iter().filter(|pair| says(&pair.preference) != says(&plain)).count() as u32
    };
    let columns = [
        ("probability", count(|preference| preference.probability)),
        ("margin", count(|preference| preference.margin)),
    ];
    for (column, rows) in columns.into_iter().filter(|(_, rows)| *rows > 0) {
        host.emit(Event::Warning(Warning::Unread { column: column.into(), rows }));
    }
}

/// KTO wants both kinds of rows, in balance (Ethayarajh et al. 2024, §4.2; TRL's range).
pub(super) fn warn_of_labels(run: &ResolvedRun, examples: &Examples, host: &mut dyn Host) {
    let (Method::Kto, Examples::Rows(rows)) = (run.config.method, examples) else { return };
    let kto = run.kto();
    let desirable = rows.iter().filter(|row| row.label == Some(true)).count() as u32;
    let undesirable = rows.len() as u32 - desirable;
    if desirable == 0 || undesirable == 0 {
        return host.emit(Event::Warning(Warning::OneClass { label: desirable > 0 }));
    }
    let ratio = kto.desirable_weight * f64::from(desirable)
        / (kto.undesirable_weight * f64::from(undesirable));
    if kto.loss_type == KtoLoss::Kto && !(1.0..=1.33).contains(&ratio) {
        host.emit(Event::Warning(Warning::Imbalance { desirable, undesirable, ratio }));
    }
}

pub(super) fn warn(report: &EncodeReport, host: &mut dyn Host) {
    if !report.truncated.is_empty() {
        host.emit(Event::Warning(Warning::RowsTruncated { lines: report.truncated.clone() }));
    }
    if !report.prefix_mismatch.is_empty() {
        host.emit(Event::Warning(Warning::PrefixMismatch {
            lines: report.prefix_mismatch.clone(),
        }));
    }
    for reason in [
        RowReason::IdenticalPair,
        RowReason::EmptyCompletion,
        RowReason::PromptTooLong,
        RowReason::TooLong,
    ] {
        let dropped = report.dropped.iter().filter(|(_, why)| *why == reason);
        let lines: Vec<u32> = dropped.map(|(line, _)| *line).collect();
        if !lines.is_empty() {
            host.emit(Event::Warning(Warning::RowsDropped { lines, reason: reason.to_string() }));
        }
    }
}

/// Of everything that reaches the model.
pub(super) fn hash(examples: [Option<&Examples>; 2]) -> String {
    let mut hasher = Sha256::new();
    for examples in examples.into_iter().flatten() {
        for index in 0..examples.len() {
            for ids in examples.ids(index) {
                hasher.update((ids.len() as u64).to_le_bytes());
                ids.iter().for_each(|id| hasher.update(id.to_le_bytes()));
            }
            for sequence in examples.sequences(&[index]) {
                sequence.mask.iter().for_each(|counts| hasher.update([u8::from(*counts)]));
            }
            for row in examples.rows(&[index]) {
                hasher.update([row.label.map_or(2, u8::from)]);
                row.cut.ids.iter().for_each(|id| hasher.update(id.to_le_bytes()));
                row.cut.mask.iter().for_each(|counts| hasher.update([u8::from(*counts)]));
            }
            for pair in examples.pairs(&[index]) {
                hasher.update(pair.preference.margin.to_le_bytes());
                hasher.update(pair.preference.probability.to_le_bytes());
            }
        }
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

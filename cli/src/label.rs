//! `temper label`: pairs by a judge's preference rather than a person's.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use temper_engine::data::{self, Content, PairRow, RowKind, Rows};
use temper_engine::device;
use temper_engine::judge::{Comparison, Judge, Report, Verdict};
use temper_protocol::{DroppedRow, Failure, FailureKind, Location};

use crate::args::{LabelArgs, Labels};
use crate::output::{self, Whole};
use temper::data_file::read_rows;
use temper::files::open_model;

/// Pairs compared at once, each in both orders.
const BATCH: usize = 4;

/// Writes the pairs that the judge decides, and says how far it can be trusted.
///
/// # Errors
/// Bad input, a judge that never answers, or a lost device.
pub async fn run(args: LabelArgs) -> Result<(), Failure> {
    let name = args.data.display().to_string();
    let (bytes, labelled) = as_pairs(&name, &read_rows(&args.data)?)?;
    let (rows, dropped) = import(&name, &bytes)?;
    let comparisons: Vec<Comparison> =
        rows.iter().map(|row| comparison(&name, row)).collect::<Result<_, _>>()?;
    // Before the hours that judging may take.
    output::check(&args.out, &[&args.data])?;
    if let Some(report) = &args.report {
        output::check(report, &[&args.data, &args.out])?;
    }
    let mut file = Whole::create(&args.out)?;
    let compute = device::open(args.device.into()).await?;
    let judge = Judge::new(open_model(&args.judge, None, &compute).await?)?;
    let verdicts = compare(&judge, &comparisons).await?;
    let decided = rows.iter().zip(&verdicts).filter(|(_, verdict)| verdict.decides(args.abstain));
    for (row, verdict) in decided {
        file.line(&pair(row, verdict, args.labels).to_string())?;
    }
    file.finish()?;
    let report = Report::new(&verdicts, labelled, args.abstain);
    if let Some(path) = &args.report {
        let mut file = Whole::create(path)?;
        file.line(&format!("{:#}", json!(report)))?;
        file.finish()?;
    }
    output::tell_left_out(&name, &dropped);
    tell(&report);
    Ok(())
}

async fn compare(judge: &Judge, rows: &[Comparison]) -> Result<Vec<Verdict>, Failure> {
    // indicatif draws on standard error, and only on a terminal.
    let bar = ProgressBar::new(rows.len() as u64);
    bar.set_style(
        ProgressStyle::with_template("judging {bar:30} {pos}/{len} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let progress = |done: usize, _: usize| bar.set_position(done as u64);
    let verdicts = judge.compare(rows, BATCH, progress, async || {}).await;
    bar.finish_and_clear();
    verdicts
}

/// The file with its rows of completions as pairs, and whether its rows prefer one themselves.
/// Every row keeps its line; those of other shapes stay as they are, for the importer.
fn as_pairs(name: &str, bytes: &[u8]) -> Result<(Vec<u8>, bool), Failure> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok((bytes.to_vec(), true)) };
    let mut labelled = true;
    let mut pairs = String::with_capacity(text.len());
    for (at, line) in text.lines().enumerate() {
        match pair_of_completions(line) {
            Ok(Some(pair)) => {
                labelled = false;
                pairs.push_str(&pair.to_string());
            }
            Ok(None) => pairs.push_str(line),
            Err(message) => return Err(bad_line(name, at as u32 + 1, message)),
        }
        pairs.push('\n');
    }
    Ok((pairs.into_bytes(), labelled))
}

/// A row of a prompt's completions as a pair of the first two that differ; `None` for any other.
fn pair_of_completions(line: &str) -> Result<Option<Value>, &'static str> {
    let line = line.trim_start_matches('\u{feff}');
    let Ok(Value::Object(mut row)) = serde_json::from_str::<Value>(line) else { return Ok(None) };
    if !row.contains_key("prompt") || row.contains_key("chosen") {
        return Ok(None);
    }
    let Some(completions) = row.remove("completions") else { return Ok(None) };
    let first = completions.as_array().and_then(|list| Some((list, list.first()?)));
    let (list, first) = first.ok_or("completions: expected a list of at least one")?;
    // Where none differs, the pair is of two alike, which the importer leaves out and reports.
    let second = list.iter().find(|completion| *completion != first).unwrap_or(first);
    row.insert("chosen".into(), first.clone());
    row.insert("rejected".into(), second.clone());
    Ok(Some(Value::Object(row)))
}

fn import(name: &str, bytes: &[u8]) -> Result<(Vec<PairRow>, Vec<DroppedRow>), Failure> {
    match data::import(name, bytes, RowKind::Pairs)? {
        (Rows::Pairs(rows), report) => Ok((rows, report.dropped)),
        _ => Err(Failure::new(FailureKind::Bug, format!("{name}: pairs came as other rows"))),
    }
}

fn comparison(name: &str, row: &PairRow) -> Result<Comparison, Failure> {
    let contents = [&row.prompt, &row.chosen, &row.rejected];
    if contents.iter().any(|content| matches!(content, Content::Ids(_))) {
        return Err(bad_line(name, row.line, "a judge reads text: token ids are another model's"));
    }
    let [prompt, first, second] = contents.map(Content::preview);
    Ok(Comparison { prompt, first, second })
}

/// A pair as the judge prefers it.
fn pair(row: &PairRow, verdict: &Verdict, labels: Labels) -> Value {
    let (chosen, rejected, probability) = match verdict.first > 0.5 {
        true => (&row.chosen, &row.rejected, verdict.first),
        false => (&row.rejected, &row.chosen, 1.0 - verdict.first),
    };
    let mut line = Map::new();
    line.insert("prompt".into(), row.prompt.to_json());
    line.insert("chosen".into(), chosen.to_json());
    line.insert("rejected".into(), rejected.to_json());
    if labels == Labels::Soft {
        line.insert("probability".into(), json!(probability));
    }
    line.extend(row.extra.clone());
    Value::Object(line)
}

/// The figures to standard error.
fn tell(report: &Report) {
    if report.too_long > 0 {
        let long = report.too_long;
        eprintln!("warning: {long} pairs are longer than the judge takes, and left out");
    }
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let written = report.answered - report.abstained;
    eprintln!("pairs: {}", report.pairs);
    eprintln!("answered: {} ({written} written, {} abstained)", report.answered, report.abstained);
    match report.agreement {
        Some(share) => eprintln!("agreement: {}", percent(share)),
        None => eprintln!("agreement: unknown, as the data prefers none"),
    }
    eprintln!("same position preferred: {}", percent(report.same_position));
    eprintln!("first position preferred: {}", percent(report.first_position));
}

fn bad_line(name: &str, line: u32, message: &str) -> Failure {
    let location = Location { file: Some(name.into()), line: Some(line), key: None };
    let message = format!("{name}, line {line}: {message}");
    Failure::new(FailureKind::BadInput(location), message)
}

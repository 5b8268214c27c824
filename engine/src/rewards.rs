//! What sampled completions are scored by: a measure, a rule, a reward model or a judge.

pub mod adapter;

use std::fmt;
use std::rc::Rc;

use temper_protocol::{Event, Failure, FailureKind, Phase, ScoreConfig, ScoreSource};

use crate::data::batch::Batch;
use crate::data::{ChatMessage, CompletionRow, Content, Sequence, whole};
use crate::device::read;
use crate::judge::Judge;
use crate::model::Adapter;
use crate::open::OpenModel;
use crate::reviews;
use crate::scores::{Normalization, scores};
use crate::train::Host;
use crate::weights::peft;

/// A completion to be scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The prompt's line in its file, for messages.
    pub line: u32,
    /// The prompt, as text.
    pub prompt: String,
    /// The completion, as text without special tokens.
    pub completion: String,
    /// Both, as the policy's ids.
    pub sequence: Sequence,
}

/// A reward of our caller's own.
pub type RewardFn = dyn Fn(&Scored) -> f64;

/// What a run needs for its scores besides `[score]`; opened by whoever runs it.
#[derive(Default)]
pub struct Scoring {
    /// A reward model's adapter, and its normalisation where it has one.
    pub adapter: Option<(peft::Adapter, Normalization)>,
    /// The model under the adapter, where that isn't the one that trains.
    pub model: Option<Box<OpenModel>>,
    /// The judge, which others may ask too.
    pub judge: Option<Rc<Judge>>,
    /// Takes the place of `score.by`.
    pub function: Option<Rc<RewardFn>>,
}

impl Scoring {
    /// Weights of the model that scores, where it isn't the one that trains.
    pub fn parameters(&self) -> u64 {
        let model = self.model.as_ref().map_or(0, |model| model.decoder.config.parameters());
        model + self.judge.as_ref().map_or(0, |judge| judge.parameters())
    }
}

impl fmt::Debug for Scoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoring").field("adapter", &self.adapter.is_some()).finish_non_exhaustive()
    }
}

/// Who scores, ready to.
pub enum Scorer {
    /// How pleased a review is.
    Gold,
    /// The share of these words that it holds.
    Words(Vec<String>),
    /// How near it is to so many words.
    Length(u32),
    /// A reward model on the policy's own base.
    Adapter(Normalization),
    /// A reward model of its own, with its own tokenizer.
    Model(Box<OpenModel>, Normalization),
    /// A language model asked for a mark.
    Judge(Rc<Judge>),
    /// A function.
    Function(Rc<RewardFn>),
}

impl fmt::Debug for Scorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gold => "Gold",
            Self::Words(_) => "Words",
            Self::Length(_) => "Length",
            Self::Adapter(_) => "Adapter",
            Self::Model(..) => "Model",
            Self::Judge(_) => "Judge",
            Self::Function(_) => "Function",
        })
    }
}

impl Scorer {
    /// By the config; puts a reward adapter on the policy's base where that is its own too.
    ///
    /// # Errors
    /// A reward model without a head, or whatever the adapter doesn't fit.
    pub fn new(
        config: &ScoreConfig,
        scoring: Scoring,
        policy: &mut OpenModel,
    ) -> Result<Self, Failure> {
        if let Some(function) = scoring.function {
            return Ok(Self::Function(function));
        }
        let missing = |what: &str| {
            Failure::bad_input(format!("score.by = {:?}: no {what} was given", config.by))
        };
        match (config.by, scoring.adapter, scoring.model) {
            (ScoreSource::Gold, ..) => Ok(Self::Gold),
            (ScoreSource::Words, ..) => Ok(Self::Words(config.words.clone())),
            (ScoreSource::Length, ..) => Ok(Self::Length(config.length.unwrap_or(1))),
            (ScoreSource::Judge, ..) => {
                scoring.judge.map(Self::Judge).ok_or_else(|| missing("judge"))
            }
            (ScoreSource::RewardModel, Some((adapter, fit)), Some(mut model)) => {
                model.decoder.attach(&adapter, Adapter::Policy).map_err(adapter::named)?;
                with_head(&model)?;
                Ok(Self::Model(model, fit))
            }
            (ScoreSource::RewardModel, Some((adapter, fit)), None) => {
                adapter::check_head(&adapter, "the adapter")?;
                policy.decoder.attach(&adapter, Adapter::Reward).map_err(adapter::named)?;
                if let Some(head) = &mut policy.decoder.score {
                    head.weight.trainable = false;
                }
                Ok(Self::Adapter(fit))
            }
            (ScoreSource::RewardModel, None, _) => Err(missing("adapter")),
        }
    }

    /// A score for each completion, `[completions]`.
    ///
    /// # Errors
    /// A score that isn't a number, a judge that never answers, or a lost device.
    pub async fn score(
        &self,
        policy: &OpenModel,
        items: &[Scored],
        batch_size: usize,
        host: &mut dyn Host,
    ) -> Result<Vec<f64>, Failure> {
        let found = match self {
            Self::Gold => each(items, |item| reviews::pleased(&item.completion)),
            Self::Words(words) => each(items, |item| held(words, &item.completion)),
            Self::Length(wanted) => each(items, |item| nearness(*wanted, &item.completion)),
            Self::Function(function) => each(items, |item| function(item)),
            Self::Adapter(fit) => {
                let sequences = items.iter().map(|item| item.sequence.clone()).collect();
                model_scores(policy, Adapter::Reward, *fit, sequences, batch_size, host).await?
            }
            Self::Model(model, fit) => {
                let sequences = items.iter().map(|item| retold(model, item));
                let sequences = sequences.collect::<Result<Vec<_>, _>>()?;
                model_scores(model, Adapter::Policy, *fit, sequences, batch_size, host).await?
            }
            Self::Judge(judge) => marks(judge, items, batch_size, host).await?,
        };
        match found.iter().position(|score| !score.is_finite()) {
            None => Ok(found),
            Some(at) => Err(not_a_number(&items[at])),
        }
    }
}

fn each(items: &[Scored], score: impl Fn(&Scored) -> f64) -> Vec<f64> {
    items.iter().map(score).collect()
}

fn with_head(model: &OpenModel) -> Result<(), Failure> {
    match model.decoder.score.is_some() {
        true => Ok(()),
        false => {
            Err(Failure::bad_input(format!("{}: holds no reward head (score.weight)", model.name))
                .with_hint("train one with method = \"reward\""))
        }
    }
}

fn not_a_number(item: &Scored) -> Failure {
    let start: String = item.completion.chars().take(60).collect();
    let line = item.line;
    let message = format!("the score of a completion of line {line} is not a number: \"{start}\"");
    Failure::new(FailureKind::NonFinite { step: 0, rows: vec![line] }, message)
        .with_hint("look at the reward: every completion must have a finite score")
}

/// The share of the words that a text holds, whatever their case.
fn held(words: &[String], text: &str) -> f64 {
    let text = text.to_lowercase();
    let held = words.iter().filter(|word| text.contains(&word.to_lowercase())).count();
    held as f64 / words.len().max(1) as f64
}

/// 1 at the wanted number of words, 0 at none and at twice as many.
fn nearness(wanted: u32, text: &str) -> f64 {
    let words = text.split_whitespace().count() as f64;
    (1.0 - (words - f64::from(wanted)).abs() / f64::from(wanted)).max(0.0)
}

/// A completion as another model's own template and tokenizer write it, just as its reward was
/// learned.
fn retold(model: &OpenModel, item: &Scored) -> Result<Sequence, Failure> {
    let text = model.text()?;
    let completion = match text.has_template() {
        true => Content::Messages(vec![ChatMessage::new("assistant", item.completion.as_str())]),
        false => Content::Text(item.completion.clone()),
    };
    let row = CompletionRow {
        line: item.line,
        prompt: Content::user_turn(&item.prompt, text.has_template()),
        completion,
        label: None,
        completion_mask: None,
        extra: serde_json::Map::new(),
    };
    Ok(whole(&model.name, row, Some(text), model.decoder.config.max_positions)?)
}

/// A reward model's scores, `[sequences]`.
///
/// # Errors
/// A lost device.
pub(crate) async fn model_scores(
    model: &OpenModel,
    adapter: Adapter,
    fit: Normalization,
    sequences: Vec<Sequence>,
    batch_size: usize,
    host: &mut dyn Host,
) -> Result<Vec<f64>, Failure> {
    let mut found = Vec::with_capacity(sequences.len());
    for rows in sequences.chunks(batch_size.max(1)) {
        let batch = Batch::new(&rows.iter().collect::<Vec<_>>(), model.pad_id());
        let values = read(scores(&model.decoder, &batch, adapter)).await?;
        found.extend(values.into_iter().map(|value| fit.apply(f64::from(value))));
        progress(host, found.len(), sequences.len());
        host.breathe().await;
    }
    Ok(found)
}

async fn marks(
    judge: &Judge,
    items: &[Scored],
    batch_size: usize,
    host: &mut dyn Host,
) -> Result<Vec<f64>, Failure> {
    let asked: Vec<(String, String)> =
        items.iter().map(|item| (item.prompt.clone(), item.completion.clone())).collect();
    progress(host, 0, items.len());
    judge.marks(&asked, batch_size, |_, _| {}, async || host.breathe().await).await
}

fn progress(host: &mut dyn Host, done: usize, total: usize) {
    host.emit(Event::Phase(Phase::Scoring { done: done as u32, total: total as u32 }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_by_hand() {
        let words = ["lovely".to_string(), "warm".to_string()];
        assert_eq!(held(&words, "A Lovely place."), 0.5);
        assert_eq!(nearness(4, "one two three four"), 1.0);
        assert_eq!(nearness(4, "one two three"), 0.75);
        assert_eq!(nearness(4, ""), 0.0);
        assert_eq!(nearness(2, "a b c d e"), 0.0);
    }
}

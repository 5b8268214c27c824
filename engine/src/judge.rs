//! AI feedback: a language model that says which of two responses is better, or gives a mark.
//!
//! Lee et al. 2023 (RLAIF). The judge writes nothing: its answer is read off the probabilities
//! of the next token, which costs one forward pass and says how sure it is. Small judges prefer a
//! position whatever stands there, so each pair is shown in both orders and the two are averaged.

mod answers;
mod marks;
mod prompts;
mod report;
mod verdict;

use temper_protocol::Failure;

use crate::data::batch::Batch;
use crate::device::read;
use crate::logps::logps;
use crate::model::Adapter;
use crate::open::OpenModel;

use marks::MarkTokens;
pub use report::Report;
pub use temper_protocol::Comparison;
pub use verdict::Verdict;

/// The least probability that a judge gives to the answers together, if it answers at all.
/// A model that follows the instruction gives them nearly 1; an untrained one, of a vocabulary of
/// 512, gives "1" and "2" 0.004 together, and what it prefers is noise.
pub const MIN_MASS: f64 = 0.01;
/// The same for a mark, which has ten answers: chance alone gives them five times as much.
pub const MIN_MARK_MASS: f64 = 0.05;

/// A model as a judge of others' text.
#[derive(Debug)]
pub struct Judge {
    open: OpenModel,
}

impl Judge {
    /// A judge of text: the model, with the adapter that it carries.
    ///
    /// # Errors
    /// The model came without a tokenizer.
    pub fn new(open: OpenModel) -> Result<Self, Failure> {
        open.text()?;
        Ok(Self { open })
    }

    /// What its files are called.
    pub fn name(&self) -> &str {
        &self.open.name
    }

    /// How many weights it has.
    pub fn parameters(&self) -> u64 {
        self.open.decoder.config.parameters()
    }

    /// Compares both responses of each row, `batch_size` rows (twice as many prompts) at once;
    /// one verdict a row. A row whose prompt is longer than the judge takes isn't cut: it stays
    /// unanswered. `progress` hears rows done and in all, `breathe` is awaited between batches.
    ///
    /// # Errors
    /// A judge that answers no row, or can't write an answer as one token; a lost device.
    pub async fn compare(
        &self,
        rows: &[Comparison],
        batch_size: usize,
        mut progress: impl FnMut(usize, usize),
        mut breathe: impl AsyncFnMut(),
    ) -> Result<Vec<Verdict>, Failure> {
        let answers = self.tokens(&prompts::pairwise("", "", ""), &["1", "2"])?;
        let mut verdicts = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(batch_size.max(1)) {
            verdicts.extend(self.verdicts(chunk, &answers).await?);
            progress(verdicts.len(), rows.len());
            breathe().await;
        }
        let fitting = verdicts.iter().filter(|verdict| !verdict.too_long);
        let masses: Vec<f64> = fitting.map(|verdict| verdict.mass).collect();
        self.check_answered(rows.len(), &masses, ("\"1\" and \"2\" together", MIN_MASS))?;
        Ok(verdicts)
    }

    /// Marks each completion of a prompt from −1 to 1: the mark from 1 to 10 that the judge is
    /// expected to give, `s = Σ i·P(i)`, rescaled (Lee et al. 2023, direct RLAIF). Items are
    /// (prompt, completion), `batch_size` at once. One that the judge doesn't answer, or that is
    /// longer than it takes, gets the middle mark, 0.
    ///
    /// # Errors
    /// A judge that answers for no item, or can't write the marks as tokens; a lost device.
    pub async fn marks(
        &self,
        items: &[(String, String)],
        batch_size: usize,
        mut progress: impl FnMut(usize, usize),
        mut breathe: impl AsyncFnMut(),
    ) -> Result<Vec<f64>, Failure> {
        let tokens = MarkTokens::find(self)?;
        let mut found = Vec::with_capacity(items.len());
        for chunk in items.chunks(batch_size.max(1)) {
            found.extend(self.mark_probabilities(chunk, &tokens).await?);
            progress(found.len(), items.len());
            breathe().await;
        }
        let mass = |probabilities: &Vec<f64>| probabilities.iter().sum::<f64>();
        let masses: Vec<f64> = found.iter().flatten().map(mass).collect();
        let answers = ("the marks \"1\" to \"10\" together", MIN_MARK_MASS);
        self.check_answered(items.len(), &masses, answers)?;
        let mark = |found: &Option<Vec<f64>>| match found {
            Some(probabilities) if mass(probabilities) >= MIN_MARK_MASS => {
                marks::rescaled(probabilities)
            }
            _ => 0.0,
        };
        Ok(found.iter().map(mark).collect())
    }

    /// One verdict a row. `answers` are the tokens of "1" and "2".
    async fn verdicts(
        &self,
        rows: &[Comparison],
        answers: &[u32],
    ) -> Result<Vec<Verdict>, Failure> {
        let limit = self.open.decoder.config.max_positions;
        let mut asked = Vec::with_capacity(2 * rows.len());
        let mut fits = Vec::with_capacity(rows.len());
        for Comparison { prompt, first, second } in rows {
            let forward = self.prompt_ids(&prompts::pairwise(prompt, first, second))?;
            let backward = self.prompt_ids(&prompts::pairwise(prompt, second, first))?;
            let fit = forward.len().max(backward.len()) <= limit;
            if fit {
                asked.extend([forward, backward]);
            }
            fits.push(fit);
        }
        let logps = self.next_logps(&Batch::asking(&asked, answers, self.open.pad_id())).await?;
        // Two answers in each of two orders.
        let mut found =
            logps.chunks_exact(4).map(|l| verdict::averaged([l[0], l[1]], [l[2], l[3]]));
        let verdict = |fit: bool| if fit { found.next() } else { None };
        Ok(fits.into_iter().map(verdict).map(|v| v.unwrap_or(Verdict::TOO_LONG)).collect())
    }

    /// The probabilities of the marks 1 to 10 for each item; `None` where it is too long.
    async fn mark_probabilities(
        &self,
        items: &[(String, String)],
        tokens: &MarkTokens,
    ) -> Result<Vec<Option<Vec<f64>>>, Failure> {
        let limit = self.open.decoder.config.max_positions;
        let mut asked = Vec::with_capacity(items.len());
        let mut fits = Vec::with_capacity(items.len());
        for (prompt, completion) in items {
            let ids = self.prompt_ids(&prompts::mark(prompt, completion))?;
            // A "10" of two tokens takes one position more.
            let fit = ids.len() < limit;
            if fit {
                asked.push(ids);
            }
            fits.push(fit);
        }
        let logps = self.next_logps(&tokens.batch(&asked, self.open.pad_id())).await?;
        let mut found = logps.chunks_exact(marks::COUNT).map(|logps| tokens.probabilities(logps));
        Ok(fits.into_iter().map(|fit| if fit { found.next() } else { None }).collect())
    }

    /// Log-probabilities of a batch's targets, in their order, nats.
    async fn next_logps(&self, batch: &Batch) -> Result<Vec<f64>, Failure> {
        if batch.rows == 0 {
            return Ok(Vec::new());
        }
        let found = logps(&self.open.decoder, batch, Adapter::Policy);
        let values = read(found.tokens).await?;
        Ok(values[..batch.targets.len()].iter().map(|&logp| f64::from(logp)).collect())
    }

    /// `masses` are the probabilities of `answers`, of those among the `asked` rows that fit.
    fn check_answered(
        &self,
        asked: usize,
        masses: &[f64],
        (answers, least): (&str, f64),
    ) -> Result<(), Failure> {
        if asked == 0 || masses.iter().any(|&mass| mass >= least) {
            return Ok(());
        }
        let name = &self.open.name;
        if masses.is_empty() {
            let limit = self.open.decoder.config.max_positions;
            let message = format!(
                "{name}: the judge takes {limit} tokens, and each of the {asked} rows is longer \
                 with its instruction"
            );
            return Err(Failure::bad_input(message).with_hint("take a judge of a longer context"));
        }
        let mean = masses.iter().sum::<f64>() / masses.len() as f64;
        let message = format!(
            "{name}: the judge never answers: it gives {answers} a probability of {mean:.1e}, \
             and an answer takes {least}"
        );
        Err(Failure::bad_input(message).with_hint("take a model tuned to follow instructions"))
    }
}

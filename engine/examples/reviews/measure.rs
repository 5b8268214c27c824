//! Where a model stands between reward and reference: what it writes is scored, and compared with
//! what the bare model would have written.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Value, json};
use temper_engine::data::{self, EncodedPrompt, PromptRow};
use temper_engine::model::Adapter as Slot;
use temper_engine::reviews::{pleased, reads_well};
use temper_engine::train::Host;
use temper_engine::train::experience::{self, Gauge, Measured};
use temper_engine::train::reference::Reference;
use temper_engine::train::rollout::{Draws, Rollout, answers};
use temper_engine::weights::{Adapter, ByteSource, MemorySource, ModelFiles};
use temper_engine::{OpenModel, device};
use temper_protocol::{DeviceChoice, Event, Failure, KlEstimator};

use crate::files::{ToolError, list, read, write_json};
use crate::options::Options;

/// The grammar's longest reviews have about 60 tokens.
const MAX_NEW_TOKENS: usize = 80;
/// Completions measured at once.
const BATCH: usize = 32;

/// What is known of one completion.
struct Found {
    reward: f64,
    /// `log π(y|x) − log π_ref(y|x)`, nats.
    kl: f64,
    reads_well: bool,
    ended: bool,
    tokens: usize,
}

/// `measure`: means over several completions of each prompt.
pub fn measure(options: &mut Options) -> Result<(), ToolError> {
    let model = folder(&options.path("model")?)?;
    let adapter = options.given("adapter").map(PathBuf::from);
    let adapter = adapter.as_deref().map(folder).transpose()?;
    let prompts = options.path("prompts")?;
    let generations: usize = options.number("samples")?;
    let seed = options.number("seed")?;
    let max_new_tokens = options.number_or("max-new-tokens", MAX_NEW_TOKENS)?;
    let out = options.path("out")?;
    options.finish()?;
    if generations == 0 {
        return Err(ToolError::Usage("--samples 0: expected at least 1".into()));
    }
    let prompts = data::import_prompts(&prompts.display().to_string(), &read(&prompts)?)
        .map_err(Failure::from)?;
    let draws = Draws {
        generations,
        max_new_tokens,
        temperature: 1.0,
        top_p: 1.0,
        seed,
        adapter: Slot::Policy,
    };
    let found = pollster::block_on(sample(model, adapter, &prompts, &draws))?;
    write_json(&out, &report(&found, generations))
}

/// A folder's files, in memory: the models measured here are small.
fn folder(path: &Path) -> Result<ModelFiles, ToolError> {
    let mut sources: Vec<Rc<dyn ByteSource>> = Vec::new();
    for file in list(path)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sources.push(Rc::new(MemorySource::new(name, read(&file)?)));
    }
    Ok(ModelFiles::new(path.display().to_string(), sources))
}

/// Completions of each prompt, a prompt's together, with and without the adapter measured.
async fn sample(
    model: ModelFiles,
    adapter: Option<ModelFiles>,
    prompts: &[PromptRow],
    draws: &Draws,
) -> Result<Vec<Found>, Failure> {
    let compute = device::open(DeviceChoice::Cpu).await?;
    let mut open = OpenModel::open(model, &compute, |_| {}).await?;
    if let Some(files) = adapter {
        open.decoder.attach(&Adapter::open(&files).await?, Slot::Policy)?;
    }
    let mut asked = Vec::with_capacity(prompts.len());
    for row in prompts {
        let text = open.text()?;
        let ids = data::encode_prompt_row(row, Some(text))?;
        asked.push(EncodedPrompt { line: row.line, text: row.prompt.to_plain_text(text), ids });
    }
    let rollouts = answers(&open, &open.decoder, &asked, draws, &mut Unheard).await?;
    // No adapter is attached as the reference's: it is the bare model.
    let reference = Reference::Switch;
    let (temperature, estimator) = (draws.temperature, KlEstimator::K1);
    let gauge = Gauge { temperature, critic: false, estimator };
    let measured = experience::measure(&mut open, &reference, &rollouts, &gauge, BATCH).await?;
    Ok(rollouts.iter().zip(&measured).map(|(rollout, measured)| found(rollout, measured)).collect())
}

fn found(rollout: &Rollout, measured: &Measured) -> Found {
    Found {
        reward: pleased(&rollout.completion),
        kl: measured.kl(),
        reads_well: reads_well(&rollout.completion),
        ended: rollout.ended,
        tokens: measured.old_logps.len(),
    }
}

fn report(found: &[Found], generations: usize) -> Value {
    let each = |value: fn(&Found) -> f64| found.iter().map(value).collect::<Vec<f64>>();
    let (reward, kl) = (each(|one| one.reward), each(|one| one.kl));
    json!({
        "reward": mean(&reward),
        "reward_stderr": standard_error(&reward, generations),
        "kl": mean(&kl),
        "kl_stderr": standard_error(&kl, generations),
        "reads_well": mean(&each(|one| f64::from(u8::from(one.reads_well)))),
        "ended": mean(&each(|one| f64::from(u8::from(one.ended)))),
        "length": mean(&each(|one| one.tokens as f64)),
        "samples": found.len(),
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of the mean. Completions of one prompt resemble each other, so prompts are what is counted;
/// one prompt alone has none.
fn standard_error(values: &[f64], generations: usize) -> Option<f64> {
    let prompts: Vec<f64> = values.chunks(generations).map(mean).collect();
    let (count, center) = (prompts.len() as f64, mean(&prompts));
    let squares: f64 = prompts.iter().map(|value| (value - center).powi(2)).sum();
    (prompts.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt())
}

/// A host that hears nothing and asks for nothing.
struct Unheard;

impl Host for Unheard {
    fn emit(&mut self, _: Event) {}

    fn now(&self) -> f64 {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prompts' means are 1, 2 and 6: mean 3, variance (4 + 1 + 9) / 2 = 7, so √(7/3).
    #[test]
    fn the_standard_error_counts_prompts() {
        let values = [0.0, 2.0, 2.0, 2.0, 5.0, 7.0];
        assert_eq!(mean(&values), 3.0);
        let error = standard_error(&values, 2).expect("three prompts");
        assert!((error - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{error}");
        assert_eq!(standard_error(&values, 6), None);
    }

    #[test]
    fn shares_and_means_by_hand() {
        let one = |reward: f64, reads_well, tokens| Found {
            reward,
            kl: -reward,
            reads_well,
            ended: true,
            tokens,
        };
        let report = report(&[one(0.0, false, 10), one(1.0, true, 20)], 1);
        assert_eq!(report["reward"], json!(0.5));
        assert_eq!(report["kl"], json!(-0.5));
        assert_eq!(report["reads_well"], json!(0.5));
        assert_eq!(report["ended"], json!(1.0));
        assert_eq!(report["length"], json!(15.0));
        assert_eq!(report["samples"], json!(2));
    }
}

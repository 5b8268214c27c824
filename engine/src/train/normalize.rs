//! Bringing a trained reward model to mean 0 and standard deviation 1 (Ziegler et al. 2019, §2.2).

use temper_protocol::{Failure, Method};

use super::rollout::{Draws, answers};
use super::task::Examples;
use super::{Host, Session};
use crate::data::EncodedPrompt;
use crate::model::Adapter;
use crate::rewards::model_scores;
use crate::scores::Normalization;

/// Longest sample, tokens.
const MAX_NEW_TOKENS: u32 = 128;

impl Session<'_> {
    /// Scores samples of the model as it came, where the config asks for some, and keeps what
    /// brings them to mean 0 and standard deviation 1.
    pub(super) async fn normalize_rewards(&mut self, host: &mut dyn Host) -> Result<(), Failure> {
        let wanted = self.run.reward().normalize_samples as usize;
        if self.run.config.method != Method::Reward || wanted == 0 {
            return Ok(());
        }
        self.open.decoder.record(false);
        let prompts: Vec<EncodedPrompt> = self.pair_prompts(wanted);
        let draws = self.draws(1, MAX_NEW_TOKENS, 1.0);
        if prompts.is_empty() {
            return Ok(());
        }
        let (model, adapter) = self.reference.model(&self.open.decoder);
        let draws = Draws { adapter, ..draws };
        let samples = answers(self.open, model, &prompts, &draws, host).await?;
        let size = self.run.config.run_loop.batch_size as usize;
        let rows = samples.into_iter().map(|sample| sample.sequence).collect();
        let plain = Normalization::default();
        let found = model_scores(self.open, Adapter::Policy, plain, rows, size, host).await?;
        self.normalization = Some(Normalization::of(&found));
        Ok(())
    }

    /// So many prompts of the pairs, again from the first where there are fewer.
    fn pair_prompts(&self, count: usize) -> Vec<EncodedPrompt> {
        let Examples::Pairs(pairs) = &self.examples else { return Vec::new() };
        pairs
            .iter()
            .cycle()
            .take(count)
            .map(|pair| EncodedPrompt::of(pair.line, &pair.chosen))
            .filter(|prompt| !prompt.ids.is_empty())
            .collect()
    }
}

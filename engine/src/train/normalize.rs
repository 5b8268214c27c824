//! Bringing a trained reward model to mean 0 and standard deviation 1 (Ziegler et al. 2019, §2.2).

use temper_protocol::{Failure, Method};

use super::reference::Reference;
use super::rollout::{Draws, answers};
use super::task::Examples;
use super::{Host, Session};
use crate::data::EncodedPrompt;
use crate::data::batch::Batch;
use crate::device::read;
use crate::model::Adapter;
use crate::scores::{Normalization, scores};

/// Longest sample, tokens.
const MAX_NEW_TOKENS: usize = 128;

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
        let draws = Draws {
            generations: 1,
            max_new_tokens: MAX_NEW_TOKENS,
            temperature: 1.0,
            top_p: 1.0,
            seed: self.step_seed(),
            adapter: Adapter::Reference,
        };
        if prompts.is_empty() {
            return Ok(());
        }
        // Where all weights train, the model as it came is the reference's copy.
        let mut swapped = self.reference.clone();
        if let Reference::Copy(copy) = &mut swapped {
            std::mem::swap(&mut self.open.decoder, copy);
        }
        let samples = answers(self.open, &prompts, &draws, host).await;
        if let Reference::Copy(copy) = &mut swapped {
            std::mem::swap(&mut self.open.decoder, copy);
        }
        let samples = samples?;
        let size = self.run.config.run_loop.batch_size as usize;
        let mut found = Vec::with_capacity(samples.len());
        for rows in samples.chunks(size) {
            let rows: Vec<_> = rows.iter().map(|sample| &sample.sequence).collect();
            let batch = Batch::new(&rows, self.open.pad_id());
            let values = read(scores(&self.open.decoder, &batch, Adapter::Policy)).await?;
            found.extend(values.into_iter().map(f64::from));
            host.breathe().await;
        }
        self.normalization = Some(Normalization::of(&found));
        Ok(())
    }

    /// So many prompts of the pairs, again from the first where there are fewer.
    fn pair_prompts(&self, count: usize) -> Vec<EncodedPrompt> {
        let Examples::Pairs(pairs) = &self.examples else { return Vec::new() };
        let every = pairs.iter().cycle().take(count);
        every
            .map(|pair| EncodedPrompt {
                line: pair.line,
                text: String::new(),
                ids: pair.chosen.ids[..pair.chosen.prompt_len].to_vec(),
            })
            .filter(|prompt| !prompt.ids.is_empty())
            .collect()
    }
}

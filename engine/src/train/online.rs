//! Online preference training, Guo et al. 2024: the model's own samples, judged, become its pairs.

use temper_protocol::{Event, Failure, Warning};

use super::rollout::{Draws, Rollout, answers};
use super::task::Examples;
use super::{Host, Session};
use crate::data::{EncodedPair, EncodedPrompt, Preference};
use crate::judge::Comparison;
use crate::rewards::Scorer;

impl Session<'_> {
    /// Two samples of each prompt, the better one chosen, and one update on these pairs.
    pub(super) async fn online_step(
        &mut self,
        learning_rate: f64,
        host: &mut dyn Host,
    ) -> Result<(), Failure> {
        let config = self.run.online_dpo();
        let draws = self.draws(2, config.max_new_tokens, config.temperature);
        let prompts = self.step_prompts();
        let penalty = config.missing_eos_penalty;
        let (rollouts, firsts) = self.two_answers(&prompts, &draws, penalty, host).await?;
        let ended = rollouts.iter().filter(|rollout| rollout.ended).count();
        self.window.add("val/num_eos_tokens", ended as f64, 1.0);
        self.episodes += rollouts.len() as u64;
        let pairs = pairs(&rollouts, &firsts);
        self.tell_dropped(prompts.len() - pairs.len(), prompts.len(), host);
        if pairs.is_empty() {
            self.window.add("learning_rate", learning_rate, 1.0);
            return Ok(());
        }
        let rows = micro_batches(pairs.len(), self.run.config.run_loop.batch_size as usize);
        self.update_on(&Examples::Pairs(pairs), &rows, learning_rate).await
    }

    /// Two answers to each prompt, and whether the first is the better one: by the judge's word, or
    /// by the higher score, of two alike the first.
    async fn two_answers(
        &mut self,
        prompts: &[EncodedPrompt],
        draws: &Draws,
        penalty: Option<f64>,
        host: &mut dyn Host,
    ) -> Result<(Vec<Rollout>, Vec<Option<bool>>), Failure> {
        if matches!(self.scorer, Some(Scorer::Judge(_))) {
            return self.judge_two(prompts, draws, host).await;
        }
        let rollouts = self.roll_out(prompts, draws, penalty, host).await?;
        let scores: f64 = rollouts.iter().map(|rollout| rollout.score).sum();
        self.window.add("objective/scores", scores, rollouts.len() as f64);
        let firsts = rollouts.chunks(2).map(|two| Some(two[0].score >= two[1].score)).collect();
        Ok((rollouts, firsts))
    }

    fn tell_dropped(&mut self, dropped: usize, total: usize, host: &mut dyn Host) {
        self.window.add("pairs/dropped", dropped as f64, 1.0);
        if dropped > 0 && !std::mem::replace(&mut self.heard_dropped, true) {
            host.emit(Event::Warning(Warning::SamplesDropped {
                samples: 2 * dropped as u32,
                total: 2 * total as u32,
                reason: "both samples are the same, or the judge didn't answer".into(),
            }));
        }
    }

    /// Samples, and for each prompt whether the judge prefers the first; `None` without an answer.
    async fn judge_two(
        &mut self,
        prompts: &[EncodedPrompt],
        draws: &Draws,
        host: &mut dyn Host,
    ) -> Result<(Vec<Rollout>, Vec<Option<bool>>), Failure> {
        self.open.decoder.record(false);
        let rollouts = answers(self.open, &self.open.decoder, prompts, draws, host).await?;
        let Some(Scorer::Judge(judge)) = &self.scorer else { return Ok((rollouts, Vec::new())) };
        let two = prompts.iter().zip(rollouts.chunks(2));
        let comparisons: Vec<Comparison> = two
            .map(|(prompt, two)| Comparison {
                prompt: prompt.text.clone(),
                first: two[0].completion.clone(),
                second: two[1].completion.clone(),
            })
            .collect();
        let size = self.run.config.run_loop.batch_size as usize;
        let verdicts =
            judge.compare(&comparisons, size, |_, _| {}, async || host.breathe().await).await?;
        let firsts =
            verdicts.iter().map(|verdict| verdict.answered().then_some(verdict.first >= 0.5));
        let firsts = firsts.collect();
        Ok((rollouts, firsts))
    }
}

/// As few micro-batches as hold so many pairs, as even as they can be: each weighs the same.
fn micro_batches(pairs: usize, size: usize) -> Vec<Vec<usize>> {
    let count = pairs.div_ceil(size.max(1));
    (0..count).map(|i| (i * pairs / count..(i + 1) * pairs / count).collect()).collect()
}

/// The pairs of prompts whose two samples differ and were judged.
fn pairs(rollouts: &[Rollout], firsts: &[Option<bool>]) -> Vec<EncodedPair> {
    let two = rollouts.chunks(2).zip(firsts);
    two.filter_map(|(two, first)| {
        let (chosen, rejected) = if (*first)? { (&two[0], &two[1]) } else { (&two[1], &two[0]) };
        (chosen.sequence != rejected.sequence).then(|| EncodedPair {
            line: chosen.line,
            chosen: chosen.sequence.clone(),
            rejected: rejected.sequence.clone(),
            preference: Preference::default(),
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_the_pairs_is_spread_evenly() {
        assert_eq!(micro_batches(5, 4), [vec![0, 1], vec![2, 3, 4]]);
        assert_eq!(micro_batches(8, 4), [vec![0, 1, 2, 3], vec![4, 5, 6, 7]]);
        assert_eq!(micro_batches(3, 4), [vec![0, 1, 2]]);
    }
}

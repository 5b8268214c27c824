//! Self-play: in each round the model as it was at the round's start is opponent and reference.
//!
//! SPIN (Chen et al. 2024) prefers real answers to the opponent's own; SPPO (Wu et al. 2024)
//! prefers the opponent's best answer to its worst. A round's pairs are made when it begins.

use serde::{Deserialize, Serialize};
use temper_protocol::{Event, Failure, Method, Phase, ResolvedRun, Warning};

use super::prepare::sampler;
use super::reference::Reference;
use super::rollout::{Draws, HELD_OUT, Rollout, answers};
use super::task::{Examples, Task};
use super::{Host, Session, rows};
use crate::data::{
    self, ChatMessage, CompletionRow, Content, EncodedPair, EncodedPrompt, PairRow, Preference,
};
use crate::open::OpenModel;

/// What a round is made from, and how far self-play is.
#[derive(Clone, Debug)]
pub struct SelfPlay {
    /// Real answers (SPIN); `None` where the model has only its own (SPPO).
    pub real: Option<Vec<CompletionRow>>,
    /// Held-out ones.
    pub real_eval: Option<Vec<CompletionRow>>,
    /// The prompts of both.
    pub prompts: Vec<EncodedPrompt>,
    /// Of the held-out rows.
    pub prompts_eval: Vec<EncodedPrompt>,
    /// What a checkpoint keeps.
    pub state: Rounds,
}

/// How far self-play is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rounds {
    /// Rounds begun.
    pub begun: u32,
    /// The pairs of the round before, for SPIN's next.
    pub last: Vec<EncodedPair>,
    /// Right and all answers told apart since the round began.
    pub told_apart: [f64; 2],
    /// Whether there is no further round.
    pub over: bool,
}

impl Session<'_> {
    /// Begins a round where one is due; `false` once there is no further one.
    pub(super) async fn next_round(&mut self, host: &mut dyn Host) -> Result<bool, Failure> {
        if self.step - self.origin < self.sampler.total_steps() {
            return Ok(true);
        }
        let Some(play) = &self.self_play else { return Ok(false) };
        let rounds = rounds(&self.run);
        let begun = play.state.begun;
        if play.state.over || begun == rounds {
            return Ok(false);
        }
        if let Some(reason) = self.fixed_point() {
            host.emit(Event::Warning(Warning::SelfPlayEnded { iteration: begun, reason }));
            return Ok(false);
        }
        host.emit(Event::Phase(Phase::Iteration { iteration: begun + 1, total: rounds }));
        self.begin_round(host).await
    }

    /// Why another round would teach nothing, as seen in the one that ended.
    fn fixed_point(&self) -> Option<String> {
        let state = &self.self_play.as_ref()?.state;
        let [right, all] = state.told_apart;
        let limit = self.run.spin().stop_accuracy;
        let spin = self.run.config.method == Method::Spin;
        (spin && state.begun > 0 && all > 0.0 && right / all <= limit).then(|| {
            format!("real and own answers were told apart in {:.0} % of pairs", 100.0 * right / all)
        })
    }

    async fn begin_round(&mut self, host: &mut dyn Host) -> Result<bool, Failure> {
        self.open.decoder.record(false);
        self.reference = Reference::copy(&mut self.open.decoder);
        self.eval_reference = self.reference.clone();
        let Some(mut play) = self.self_play.take() else { return Ok(false) };
        let made = self.make_pairs(&mut play, host).await;
        self.self_play = Some(play);
        let Some(pairs) = made? else { return Ok(false) };
        let Some(play) = &mut self.self_play else { return Ok(false) };
        play.state.begun += 1;
        play.state.told_apart = [0.0; 2];
        let round = play.state.begun as usize - 1;
        self.examples = Examples::Pairs(pairs);
        self.origin = self.step;
        self.task = Task::new(&self.run, round);
        self.sampler = sampler(&self.run, self.examples.len());
        self.optimizer.restart();
        Ok(true)
    }

    /// The pairs of the next round; `None` where the opponent's answers equal the real ones.
    async fn make_pairs(
        &mut self,
        play: &mut SelfPlay,
        host: &mut dyn Host,
    ) -> Result<Option<Vec<EncodedPair>>, Failure> {
        let pairs = match self.run.config.method {
            Method::Spin => {
                let real = play.real.clone().unwrap_or_default();
                let (fresh, same) = self.against_real(&real, &play.prompts, 0, host).await?;
                self.window.add("spin/identical", same, 1.0);
                let reason = self.nothing_to_tell_apart(same, fresh.is_empty());
                if let Some(reason) = reason {
                    play.state.over = true;
                    let iteration = play.state.begun;
                    host.emit(Event::Warning(Warning::SelfPlayEnded { iteration, reason }));
                    return Ok(None);
                }
                let mut pairs = std::mem::replace(&mut play.state.last, fresh.clone());
                pairs.extend(fresh);
                if let Some(real) = &play.real_eval {
                    let (held_out, _) =
                        self.against_real(real, &play.prompts_eval, HELD_OUT, host).await?;
                    self.hold_out(held_out);
                }
                pairs
            }
            _ => {
                let pairs = self.best_and_worst(&play.prompts, 0, host).await?;
                if !play.prompts_eval.is_empty() {
                    let held_out = self.best_and_worst(&play.prompts_eval, HELD_OUT, host).await?;
                    self.hold_out(held_out);
                }
                pairs
            }
        };
        match pairs.is_empty() {
            true => Err(nothing_to_learn()),
            false => Ok(Some(pairs)),
        }
    }

    /// Why SPIN can't go on from these answers: `same` is the share that are the real ones.
    fn nothing_to_tell_apart(&self, same: f64, none_usable: bool) -> Option<String> {
        let share = 100.0 * same;
        if same >= self.run.spin().stop_identical {
            return Some(format!("{share:.0} % of the own answers are the real ones"));
        }
        none_usable.then(|| format!("no own answer can be used; {share:.0} % are the real ones"))
    }

    /// What the round is evaluated on, if anything.
    pub(super) fn hold_out(&mut self, pairs: Vec<EncodedPair>) {
        self.eval = Some(Examples::Pairs(pairs)).filter(|rows| !rows.is_empty());
    }

    /// SPIN: real answers over the opponent's, and the share of the opponent's that are the real
    /// ones. These are left out, as are empty ones.
    async fn against_real(
        &mut self,
        real: &[CompletionRow],
        prompts: &[EncodedPrompt],
        salt: u64,
        host: &mut dyn Host,
    ) -> Result<(Vec<EncodedPair>, f64), Failure> {
        let spin = self.run.spin();
        let draws = Draws {
            top_p: spin.top_p,
            seed: self.step_seed() ^ salt,
            ..self.draws(1, spin.max_new_tokens, spin.temperature)
        };
        let own = answers(self.open, &self.open.decoder, prompts, &draws, host).await?;
        let stop = self.open.stop_ids();
        let rows: Vec<PairRow> =
            real.iter().zip(&own).map(|(real, own)| pair_row(real, own, &stop)).collect();
        let same = rows.iter().filter(|row| row.chosen == row.rejected).count();
        let usable: Vec<PairRow> = rows.into_iter().filter(PairRow::is_usable).collect();
        let length = longest(&self.run, self.open);
        let (pairs, report) = data::encode_pairs(&usable, self.open.text.as_ref(), length)?;
        rows::warn(&report, host);
        Ok((pairs, same as f64 / real.len().max(1) as f64))
    }

    /// SPPO: of each prompt's answers the one that wins most over the one that wins least.
    async fn best_and_worst(
        &mut self,
        prompts: &[EncodedPrompt],
        salt: u64,
        host: &mut dyn Host,
    ) -> Result<Vec<EncodedPair>, Failure> {
        let sppo = self.run.sppo();
        let draws = Draws {
            top_p: sppo.top_p,
            seed: self.step_seed() ^ salt,
            ..self.draws(sppo.num_generations, sppo.max_new_tokens, sppo.temperature)
        };
        let rollouts = self.roll_out(prompts, &draws, None, host).await?;
        if salt == 0 {
            let scores: f64 = rollouts.iter().map(|rollout| rollout.score).sum();
            self.window.add("objective/scores", scores, rollouts.len() as f64);
        }
        Ok(rollouts.chunks(draws.generations).filter_map(extremes).collect())
    }
}

/// Rounds at most.
pub fn rounds(run: &ResolvedRun) -> u32 {
    match run.config.method {
        Method::Spin => run.spin().iterations,
        _ => run.sppo().iterations,
    }
}

/// The peak learning rate of a round, counted from 0.
pub fn learning_rate(run: &ResolvedRun, round: usize) -> f64 {
    let rates = match run.config.method {
        Method::Spin => run.spin().learning_rates,
        Method::Sppo => run.sppo().learning_rates,
        _ => Vec::new(),
    };
    rates.get(round).or(rates.last()).copied().unwrap_or(run.learning_rate)
}

/// Longest row, tokens.
pub fn longest(run: &ResolvedRun, open: &OpenModel) -> usize {
    run.max_length().min(open.decoder.config.max_positions)
}

/// A real answer over the model's own, as one template writes both. An own answer begins and ends
/// as the real one does: with white space, and with an end of text.
fn pair_row(real: &CompletionRow, own: &Rollout, stop: &[u32]) -> PairRow {
    let rejected = match &real.completion {
        Content::Ids(ids) => Content::Ids(own_ids(ids, own, stop)),
        Content::Text(text) if text.starts_with(char::is_whitespace) => {
            Content::Text(own.completion.clone())
        }
        Content::Text(_) => Content::Text(own.completion.trim_start().to_string()),
        Content::Messages(_) => {
            Content::Messages(vec![ChatMessage::new("assistant", own.completion.trim_start())])
        }
    };
    PairRow {
        line: real.line,
        prompt: real.prompt.clone(),
        chosen: real.completion.clone(),
        rejected,
        preference: Preference::default(),
        extra: real.extra.clone(),
    }
}

/// The ids of an own answer; none where it ended before it began.
fn own_ids(real: &[u32], own: &Rollout, stop: &[u32]) -> Vec<u32> {
    let mut ids = own.sequence.ids[own.sequence.prompt_len..].to_vec();
    let is_end = |id: Option<&u32>| id.is_some_and(|id| stop.contains(id));
    let is_empty = ids.len() == 1 && is_end(ids.last());
    if is_empty || is_end(ids.last()) && !is_end(real.last()) {
        ids.pop();
    }
    ids
}

/// By mean win-probability `P(i ≻ j) = σ(s_i − s_j)` over the other answers (SPPO, §4.1).
fn extremes(answers: &[Rollout]) -> Option<EncodedPair> {
    let win = |i: usize| {
        let others = answers.iter().enumerate().filter(|(j, _)| *j != i);
        let sum: f64 =
            others.map(|(_, other)| 1.0 / (1.0 + (other.score - answers[i].score).exp())).sum();
        sum / (answers.len() as f64 - 1.0).max(1.0)
    };
    let wins: Vec<f64> = (0..answers.len()).map(win).collect();
    let order = |a: &usize, b: &usize| wins[*a].total_cmp(&wins[*b]);
    let best = (0..answers.len()).rev().max_by(order)?;
    let worst = (0..answers.len()).min_by(order)?;
    let (chosen, rejected) = (&answers[best], &answers[worst]);
    (wins[best] > wins[worst] && chosen.sequence != rejected.sequence).then(|| EncodedPair {
        line: chosen.line,
        chosen: chosen.sequence.clone(),
        rejected: rejected.sequence.clone(),
        preference: Preference {
            wins: [wins[best] as f32, wins[worst] as f32],
            ..Preference::default()
        },
    })
}

fn nothing_to_learn() -> Failure {
    Failure::bad_input(
        "no pair is left to learn from: the model's answers are empty, all alike, or scored alike",
    )
    .with_hint("raise the temperature, or look at the score")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Sequence;

    fn rollout(id: u32, score: f64) -> Rollout {
        Rollout {
            sequence: Sequence { ids: vec![1, id], mask: vec![false, true], prompt_len: 1 },
            line: 3,
            completion: id.to_string(),
            ended: true,
            score,
        }
    }

    /// Scores 0, ln 3, 0: the second wins with 3/4 against both, each other with ¼ and ½.
    #[test]
    fn the_best_answer_meets_the_worst_with_their_mean_wins() {
        let pair = extremes(&[rollout(5, 0.0), rollout(6, 3_f64.ln()), rollout(7, 0.0)]).unwrap();
        assert_eq!((pair.chosen.ids[1], pair.rejected.ids[1], pair.line), (6, 5, 3));
        assert!((pair.preference.wins[0] - 0.75).abs() < 1e-6);
        assert!((pair.preference.wins[1] - 0.375).abs() < 1e-6);
    }

    #[test]
    fn an_own_answer_ends_as_the_real_one_does() {
        let own = |ids: &[u32]| {
            let sequence = Sequence { ids: ids.to_vec(), mask: Vec::new(), prompt_len: 1 };
            Rollout { sequence, ..rollout(0, 0.0) }
        };
        let stop = [2];
        assert_eq!(own_ids(&[7, 2], &own(&[1, 8, 2]), &stop), [8, 2]);
        assert_eq!(own_ids(&[7], &own(&[1, 8, 2]), &stop), [8]);
        assert_eq!(own_ids(&[7], &own(&[1, 8, 9]), &stop), [8, 9], "it was cut off");
        assert_eq!(own_ids(&[7, 2], &own(&[1, 2]), &stop), [0; 0], "it said nothing");
    }

    #[test]
    fn answers_scored_alike_teach_nothing() {
        assert_eq!(extremes(&[rollout(5, 1.0), rollout(6, 1.0)]), None);
    }
}

//! What the Train page remembers while another page is shown, and what it must know of the run
//! whose numbers it shows.

use leptos::prelude::*;
use temper_protocol::{Failure, InspectedCompletion, Method, RunConfig, RunEstimate, RunId};

use crate::metrics::MetricsLog;
use crate::records::{Runs, find};
use crate::state::State;

/// The signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Insight {
    /// Smoothing of all charts, 0 to below 1.
    pub smoothing: RwSignal<f64>,
    /// The sampled step that is looked at, and the run that it was chosen in: others have other
    /// steps. Where none is chosen, it is the latest.
    pub sampled: RwSignal<Option<(Option<RunId>, u32)>>,
    /// A prompt put to the model by hand.
    pub ask: Ask,
    /// Tokens looked at one by one.
    pub look: Look,
    /// What the lesson's rule says of a finished run's samples, where something else scored them.
    pub gold: RwSignal<Option<Gold>>,
    /// What the run that the form describes would take.
    pub estimate: RwSignal<Option<Result<RunEstimate, Failure>>>,
    /// Counts the wishes for an estimate, of which only the last is worth an answer.
    wishes: StoredValue<u32>,
}

/// How pleased a run's samples are by the lesson's rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Gold {
    /// The run.
    pub run: RunId,
    /// Steps and means, from −1, displeased, to 1, pleased; empty until they are measured.
    pub means: Vec<(u32, f64)>,
}

/// A prompt that the user puts to the model as it came and as it is.
#[derive(Clone, Copy)]
pub struct Ask {
    /// As typed; until then one of the data's stands there.
    pub prompt: RwSignal<Option<String>>,
    /// 0 is greedy.
    pub temperature: RwSignal<f64>,
    /// Longest answer, tokens.
    pub max_new_tokens: RwSignal<u32>,
    /// Asked so often: the seed of the next draw.
    pub asked: RwSignal<u32>,
    /// Whether an answer is still to come.
    pub busy: RwSignal<bool>,
    /// What was answered last.
    pub answers: RwSignal<Option<Answers>>,
    /// Why it wasn't.
    pub failure: RwSignal<Option<Failure>>,
}

/// The same prompt, answered twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// What was asked.
    pub prompt: String,
    /// By the reference.
    pub before: Option<String>,
    /// By the policy.
    pub after: Option<String>,
    /// The policy's steps by then.
    pub step: u32,
}

/// A row whose tokens are looked at one by one.
#[derive(Clone, Copy)]
pub struct Look {
    /// Its place in the data, counted from 0.
    pub row: RwSignal<usize>,
    /// Whether it is the last answers by hand instead.
    pub answers: RwSignal<bool>,
    /// Whether to look again whenever the run draws samples.
    pub follow: RwSignal<bool>,
    /// Whether the tokens are still to come.
    pub busy: RwSignal<bool>,
    /// What was seen last.
    pub seen: RwSignal<Option<Seen>>,
    /// Why nothing was.
    pub failure: RwSignal<Option<Failure>>,
}

/// A row's completions, token by token.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What they answer.
    pub prompt: String,
    /// The policy's steps by then.
    pub step: u32,
    /// By what a log-ratio is multiplied to be the reward that it implies.
    pub beta: Option<f64>,
    /// One completion or two, each under its name.
    pub sides: Vec<(&'static str, InspectedCompletion)>,
}

impl Insight {
    /// Nothing asked yet.
    pub fn new() -> Self {
        Self {
            smoothing: RwSignal::new(0.0),
            sampled: RwSignal::new(None),
            ask: Ask {
                prompt: RwSignal::new(None),
                temperature: RwSignal::new(0.0),
                max_new_tokens: RwSignal::new(64),
                asked: RwSignal::new(0),
                busy: RwSignal::new(false),
                answers: RwSignal::new(None),
                failure: RwSignal::new(None),
            },
            look: Look {
                row: RwSignal::new(0),
                answers: RwSignal::new(false),
                follow: RwSignal::new(false),
                busy: RwSignal::new(false),
                seen: RwSignal::new(None),
                failure: RwSignal::new(None),
            },
            gold: RwSignal::new(None),
            estimate: RwSignal::new(None),
            wishes: StoredValue::new(0),
        }
    }

    /// The number of another wish for an estimate; those before it are void.
    pub fn wish(self) -> u32 {
        self.wishes.update_value(|wishes| *wishes = wishes.wrapping_add(1));
        self.wishes.get_value()
    }

    /// Whether no other wish came after this one.
    pub fn is_last(self, wish: u32) -> bool {
        self.wishes.get_value() == wish
    }
}

/// The settings of the run whose numbers are shown.
pub fn config_of_run(runs: Runs) -> Option<RunConfig> {
    let current = runs.current.get()?;
    runs.all.with(|all| find(all, current).map(|record| record.config.clone()))
}

/// The round of self-play that the run shown is in, counted from 1. One that goes on from a
/// checkpoint says it with its steps, not at its start.
pub fn round(state: State) -> Option<u32> {
    let said = state.round.get().map(|(round, _)| round);
    said.or_else(|| state.log.with(last_round))
}

/// The round that was logged last.
pub fn last_round(log: &MetricsLog) -> Option<u32> {
    let logged = log.lines().iter().rev().find_map(|line| line.metrics().get("iteration"));
    logged.map(|round| round as u32)
}

/// β of `β·(log π − log π_ref)`, the reward that a policy implies in a round of self-play, counted
/// from 1; none where no reference holds the policy. Of PPO and RLOO it is the price of KL, by which
/// their best policy has that form too.
pub fn reward_scale(config: &RunConfig, round: u32) -> Option<f64> {
    let beta = match config.method {
        Method::Dpo => config.dpo.clone().unwrap_or_default().beta,
        Method::Kto => config.kto.clone().unwrap_or_default().beta,
        Method::OnlineDpo => config.online_dpo.clone().unwrap_or_default().beta,
        Method::Spin => {
            let each = config.spin.clone().unwrap_or_default().beta;
            each.get(round.saturating_sub(1) as usize).or(each.last()).copied()?
        }
        Method::Sppo => config.sppo.clone().unwrap_or_default().beta,
        Method::Ppo => config.ppo.clone().unwrap_or_default().kl_coef,
        Method::Rloo => config.rloo.clone().unwrap_or_default().beta,
        Method::Sft
        | Method::Reward
        | Method::Cpo
        | Method::Simpo
        | Method::Orpo
        | Method::Slic => return None,
    };
    (beta > 0.0).then_some(beta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;

    #[test]
    fn a_reward_is_implied_where_a_reference_holds_the_policy() {
        for (method, set, expected) in [
            (Method::Dpo, "dpo.beta=0.25", Some(0.25)),
            (Method::Spin, "spin.beta=[0.5, 5.0]", Some(0.5)),
            (Method::Ppo, "ppo.kl_coef=0.05", Some(0.05)),
            (Method::Rloo, "rloo.beta=0.0", None),
            (Method::Cpo, "cpo.beta=0.5", None),
        ] {
            let text = examples::text(method);
            let config = RunConfig::from_toml("", text, &[set.to_string()]).unwrap();
            assert_eq!(reward_scale(&config, 1), expected, "{method:?}");
        }
    }

    #[test]
    fn rounds_have_a_beta_each_and_the_last_one_lasts() {
        let set = ["spin.beta=[0.5, 5.0]".to_string()];
        let config = RunConfig::from_toml("", examples::text(Method::Spin), &set).unwrap();
        let of = |round| reward_scale(&config, round);
        assert_eq!([of(0), of(1), of(2), of(9)], [0.5, 0.5, 5.0, 5.0].map(Some));
    }
}

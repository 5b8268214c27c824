//! Who scores sampled answers where no rule does: the open judge, or the reward model that another
//! run of this browser has left.

use temper_engine::rewards::{Scoring, adapter};
use temper_protocol::{Failure, ResolvedRun, RunId, ScoreConfig, ScoreSource};

use super::Room;

const ADAPTER: &str = "score.adapter";
const MODEL: &str = "score.model";

impl Room {
    /// Whether who scores can be had, as far as that is known without reading files.
    ///
    /// # Errors
    /// No judge, another judge, or a reward model that can't be one.
    pub(super) fn check_score(&self, run: &ResolvedRun) -> Result<(), Failure> {
        let Some(score) = &run.config.score else { return Ok(()) };
        match score.by {
            ScoreSource::Gold | ScoreSource::Words | ScoreSource::Length => Ok(()),
            ScoreSource::RewardModel => reward_run(score).map(|_| ()),
            ScoreSource::Judge => same_judge(score, self.judge.as_ref().map(|judge| judge.name())),
        }
    }

    /// What a run needs for its scores besides `[score]`.
    ///
    /// # Errors
    /// A reward model that isn't there or is none.
    pub(super) async fn scoring(&mut self, run: &ResolvedRun) -> Result<Scoring, Failure> {
        let Some(score) = &run.config.score else { return Ok(Scoring::default()) };
        let mut scoring = Scoring::default();
        match score.by {
            ScoreSource::Gold | ScoreSource::Words | ScoreSource::Length => {}
            ScoreSource::Judge => scoring.judge.clone_from(&self.judge),
            ScoreSource::RewardModel => {
                let run = reward_run(score)?;
                let Some(store) = self.storage().await.find(run).await? else {
                    return Err(nothing_left(run));
                };
                scoring.adapter = Some(adapter::left_in(&*store, &format!("run {run}")).await?);
            }
        }
        Ok(scoring)
    }
}

/// The run whose reward model scores this one.
pub(super) fn reward_model(run: &ResolvedRun) -> Option<RunId> {
    let score = run.config.score.as_ref()?;
    (score.by == ScoreSource::RewardModel).then(|| reward_run(score).ok())?
}

/// The run that `score.adapter` names, by its number.
fn reward_run(score: &ScoreConfig) -> Result<RunId, Failure> {
    if score.model.is_some() {
        let message = "score.model: in the page a reward model's base is the open model.";
        return Err(Failure::bad_option(MODEL, message)
            .with_hint("Leave it out. The command line takes a base of the reward model's own."));
    }
    let adapter = score.adapter.as_deref().unwrap_or_default().trim();
    adapter.parse().map_err(|_| {
        let message = format!(
            "score.adapter = {adapter:?}: in the page it is the number of a run that trained a \
             reward model."
        );
        Failure::bad_option(ADAPTER, message).with_hint("Choose a reward model in the form.")
    })
}

fn nothing_left(run: RunId) -> Failure {
    let message = format!("score.adapter: run {run} has left nothing in this browser.");
    Failure::bad_option(ADAPTER, message)
        .with_hint("Choose another reward model, or train one first.")
}

/// A run goes on with the judge that it began with, as far as a name tells.
fn same_judge(score: &ScoreConfig, open: Option<&str>) -> Result<(), Failure> {
    let Some(open) = open else {
        let message = "score.by = \"judge\": no model that judges is open.";
        return Err(Failure::bad_option("score.by", message)
            .with_hint("Open one on the Data page, under “AI judge”."));
    };
    match &score.model {
        Some(wanted) if wanted != open => {
            let message =
                format!("score.model = {wanted:?}, but the model that judges is called {open:?}.");
            Err(Failure::bad_option(MODEL, message)
                .with_hint("Open the judge that the run began with, or start a new run."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::FailureKind;

    use super::*;

    fn score(adapter: &str) -> ScoreConfig {
        let by = ScoreSource::RewardModel;
        ScoreConfig { by, adapter: Some(adapter.into()), ..ScoreConfig::default() }
    }

    fn key(failure: &Failure) -> Option<&str> {
        match &failure.kind {
            FailureKind::BadInput(place) => place.key.as_deref(),
            _ => None,
        }
    }

    #[test]
    fn a_reward_model_is_named_by_its_run() {
        assert_eq!(reward_run(&score("4000000000")), Ok(4_000_000_000));
        for adapter in ["", "-1", "reward/adapter", "99999999999"] {
            let failure = reward_run(&score(adapter)).unwrap_err();
            assert_eq!(key(&failure), Some(ADAPTER), "{failure}");
            assert!(failure.message.contains(&format!("{adapter:?}")), "{failure}");
        }
        let based = ScoreConfig { model: Some("base".into()), ..score("7") };
        assert_eq!(key(&reward_run(&based).unwrap_err()), Some(MODEL));
    }

    #[test]
    fn a_judge_must_be_open_and_stay_the_same() {
        let judged = ScoreConfig { model: Some("a".into()), ..ScoreConfig::default() };
        assert_eq!(same_judge(&judged, Some("a")), Ok(()));
        let other = same_judge(&judged, Some("b")).unwrap_err();
        assert_eq!(key(&other), Some(MODEL));
        assert!(other.message.contains("\"a\"") && other.message.contains("\"b\""), "{other}");
        assert_eq!(key(&same_judge(&judged, None).unwrap_err()), Some("score.by"));
    }
}

//! Whose weights the open model has on, which says what an answer or a row's numbers are of.

use leptos::prelude::*;
use temper_protocol::{Branch, Method, RunId};

use crate::controller::Controller;
use crate::format::plural;
use crate::records::{RunRecord, find};

/// Steps of the weights that answer now; none where the model is as it came.
pub fn steps_now(controller: Controller) -> u32 {
    let (state, runs) = (controller.state, controller.runs);
    let step = state.step.get_untracked();
    let (current, worn) = (runs.current.get_untracked(), runs.worn.get_untracked());
    if state.status.get_untracked().is_running() || (worn.is_some() && worn == current) {
        return step;
    }
    match worn {
        Some(run) => runs.all.with_untracked(|all| find(all, run).map_or(step, RunRecord::steps)),
        // Weights of a run that ended well are said to be on while they are.
        None if state.summary.with_untracked(Option::is_some) => 0,
        // One that broke off may have left its own.
        None => step,
    }
}

/// `After 14 steps`; of a run that goes on from another's weights also what is before the first.
pub fn after(steps: u32, branched: bool) -> String {
    match steps {
        0 if branched => "Before its first step".into(),
        0 => "As it came".into(),
        steps => format!("After {}", plural(steps, "step", "steps")),
    }
}

/// The checkpoint that the run on show began with, where it is a branch.
pub fn branch(controller: Controller) -> Option<Branch> {
    let runs = controller.runs;
    let current = runs.current.get()?;
    runs.all.with(|all| find(all, current)?.from)
}

/// Whether a model of no steps is one that a run began with: it is a branch, and not over.
pub fn begins_as_branch(controller: Controller) -> bool {
    branch(controller).is_some() && controller.state.summary.with(Option::is_none)
}

/// Whether the weights that are on, or learn, are a reward model's: they give marks and don't write.
pub fn gives_marks(controller: Controller) -> bool {
    let (state, runs) = (controller.state, controller.runs);
    let is_reward = |run: RunId| {
        let method = |all: &Vec<RunRecord>| find(all, run).map(|record| record.config.method);
        runs.all.with(method) == Some(Method::Reward)
    };
    match state.status.get().is_running() {
        true => state.ran.get() == Method::Reward,
        false => runs.worn.get().is_some_and(is_reward),
    }
}

/// What stands in the place of a writer's answers and log-ratios.
pub const MARKS: &str = "The weights that are on now are a reward model's: they give marks to answers \
                         and weren't trained to write, so there is nothing to compare here.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_is_one_and_none_is_as_it_came() {
        assert_eq!(after(1, false), "After 1 step");
        assert_eq!(after(14, true), "After 14 steps");
        assert_eq!(
            (after(0, false), after(0, true)),
            ("As it came".into(), "Before its first step".into())
        );
    }
}

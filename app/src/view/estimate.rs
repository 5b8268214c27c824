//! What the run that the form describes would take, said before the button is pressed.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{Failure, FailureKind, RunEstimate};

use super::fields::named;
use crate::controller::Controller;
use crate::form::Form;
use crate::format::{bytes, count, plural};

/// The form is left alone for this long before it is worth an estimate.
const PAUSE: Duration = Duration::from_millis(500);

/// A line with the memory and the steps, kept up to date with the form.
#[component]
pub fn EstimateLine(controller: Controller) -> impl IntoView {
    keep_up(controller);
    let line = move || {
        controller.insight.estimate.get().map(|estimate| match estimate {
            Ok(estimate) => told(&estimate).into_any(),
            Err(failure) => refused(failure, controller.form).into_any(),
        })
    };
    view! {
        <div class="estimate" role="status" data-testid="estimate">
            {line}
        </div>
    }
}

/// Asks for an estimate whenever something that it depends on has changed and then rested.
fn keep_up(controller: Controller) {
    let (state, insight) = (controller.state, controller.insight);
    let newest = Memo::new(move |_| controller.newest_reward_model());
    Effect::new(move |_| {
        controller.form.values.track();
        controller.arena.judge.model.track();
        newest.track();
        state.device.track();
        state.train.track();
        state.heldout.track();
        let idle = !state.status.get().is_busy() && state.has_all();
        let wish = insight.wish();
        if idle {
            set_timeout(move || ask(controller, wish), PAUSE);
        }
    });
    on_cleanup(move || _ = insight.wish());
}

fn ask(controller: Controller, wish: u32) {
    let insight = controller.insight;
    if !insight.is_last(wish) || controller.state.status.get_untracked().is_busy() {
        return;
    }
    let config = match controller.config() {
        Ok(config) => config,
        Err(failure) => return insight.estimate.set(Some(Err(failure))),
    };
    // Nothing in the form is wrong any more; what it takes is still to come.
    if insight.estimate.with_untracked(|estimate| matches!(estimate, Some(Err(_)))) {
        insight.estimate.set(None);
    }
    spawn_local(async move {
        let answer = controller.estimate(config).await;
        let cancelled = matches!(&answer, Err(failure) if failure.kind == FailureKind::Cancelled);
        if insight.is_last(wish) && !cancelled {
            insight.estimate.set(Some(answer));
        }
    });
}

fn told(estimate: &RunEstimate) -> impl IntoView + use<> {
    let memory = estimate.memory;
    let parts: Vec<_> = [
        ("Weights and adapters", memory.weights_bytes),
        ("Optimiser and gradients", memory.optimizer_bytes),
        ("Kept for the backward pass", memory.activation_bytes),
        ("Made and dropped again", memory.transient_bytes),
        ("The program itself", memory.program_bytes),
    ]
    .into_iter()
    .filter(|(_, part)| *part > 0.0)
    .map(|(name, part)| {
        view! {
            <dt>{name}</dt>
            <dd class="figures">{bytes(part)}</dd>
        }
    })
    .collect();
    let too_much = (!fits(estimate)).then(|| {
        view! {
            <p class="wrong" data-testid="estimate-too-much">
                {too_much(estimate)}
            </p>
        }
    });
    view! {
        <p class="figures">{line(estimate)}</p>
        {too_much}
        <details class="more" data-testid="estimate-parts">
            <summary>"What takes it"</summary>
            <dl class="estimate-parts">{parts}</dl>
            <p class="faint figures">{format!("{} numbers train.", count(estimate.trainable))}</p>
        </details>
    }
}

fn refused(failure: Failure, form: Form) -> impl IntoView {
    view! { <p class="faint">{format!("No estimate: {}", named(failure, form))}</p> }
}

fn fits(estimate: &RunEstimate) -> bool {
    estimate.available_bytes.is_none_or(|available| estimate.memory.total() <= available)
}

/// `Takes about 310 MB of 4.0 GB, and 40 steps.`
fn line(estimate: &RunEstimate) -> String {
    let total = bytes(estimate.memory.total());
    let of = estimate.available_bytes.map(|available| format!(" of {}", bytes(available)));
    let steps = match estimate.steps {
        0 => "as many steps as its samples give".to_string(),
        steps => plural(steps, "step", "steps"),
    };
    format!("Takes about {total}{}, and {steps}.", of.unwrap_or_default())
}

fn too_much(estimate: &RunEstimate) -> String {
    let over = estimate.memory.total() - estimate.available_bytes.unwrap_or_default();
    format!(
        "That is {} more than there is. Take fewer at once, turn gradient_checkpointing on, or \
         open a smaller model.",
        bytes(over)
    )
}

#[cfg(test)]
mod tests {
    use temper_protocol::MemoryEstimate;

    use super::*;

    fn estimate(available_bytes: Option<f64>, steps: u32) -> RunEstimate {
        let memory = MemoryEstimate {
            weights_bytes: 2e8,
            optimizer_bytes: 5e7,
            activation_bytes: 4e7,
            transient_bytes: 1e7,
            program_bytes: 1e7,
        };
        RunEstimate { memory, available_bytes, trainable: 4e4, steps }
    }

    #[test]
    fn memory_and_steps_stand_in_one_line() {
        let roomy = estimate(Some(4e9), 40);
        assert_eq!(line(&roomy), "Takes about 310 MB of 4.0 GB, and 40 steps.");
        assert!(fits(&roomy));
        let unknown = estimate(None, 0);
        assert_eq!(line(&unknown), "Takes about 310 MB, and as many steps as its samples give.");
        assert!(fits(&unknown));
    }

    #[test]
    fn too_little_memory_is_said_in_words() {
        let tight = estimate(Some(2.5e8), 1);
        assert!(!fits(&tight));
        assert!(too_much(&tight).starts_with("That is 60 MB more than there is."));
    }
}

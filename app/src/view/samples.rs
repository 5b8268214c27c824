//! The same prompts answered by the model as it came and after a sampled step: what the training
//! did, to be read.

mod diff;
mod marks;
mod sides;
pub mod worn;

use leptos::prelude::*;
use temper_protocol::{Method, Sample};

use crate::compare::origin;
use crate::controller::Controller;
use crate::format::plural;

pub use sides::{Side, Sides};

/// One prompt with its first and a later answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    index: u32,
    /// What was asked.
    pub prompt: String,
    /// Before the first step.
    pub before: Option<Sample>,
    /// After one.
    pub after: Option<Sample>,
}

/// All sampled prompts, side by side, at any of the sampled steps.
#[component]
pub fn Samples(controller: Controller) -> impl IntoView {
    let samples = controller.state.samples;
    let pairs = Memo::new(move |_| {
        let until = chosen(controller);
        samples.with(|samples| pairs(samples, until))
    });
    let began = Memo::new(move |_| began(controller));
    let list = move || {
        let before = before_title(began.get(), "Before");
        let pair = |pair: Pair| view! { <PairView pair before=before.clone() /> };
        pairs.get().into_iter().map(pair).collect::<Vec<_>>()
    };
    let empty = move || {
        pairs.with(Vec::is_empty).then(|| {
            view! { <p class="faint">"Answers appear here once training starts."</p> }
        })
    };
    let hides = Memo::new(move |_| {
        controller.state.ran.get() == Method::Reward && !pairs.with(Vec::is_empty)
    });
    view! {
        <section class="card" aria-labelledby="samples-title">
            <h2 id="samples-title">"Samples as they change"</h2>
            <Lead began hides />
            <div class="samples" hidden=move || hides.get()>
                <Stepper controller />
                {list}
                {empty}
            </div>
        </section>
    }
}

/// What is shown, or why nothing is.
#[component]
fn Lead(began: Memo<Option<String>>, hides: Memo<bool>) -> impl IntoView {
    let first = move || match began.get() {
        Some(from) => format!("with the weights that this run began with ({from})"),
        None => "by the model as it came".into(),
    };
    view! {
        <p class="lead" hidden=move || hides.get()>
            "The same prompts, answered "
            {first}
            " and as training goes on. Words that only one of the two answers has are marked."
        </p>
        <p class="lead" hidden=move || !hides.get() data-testid="samples-marks">
            "A reward model gives marks to answers. It isn't trained to write, so what it would "
            "write isn't shown."
        </p>
    }
}

/// Whose the first answers are: a checkpoint's, where the run began with one.
pub fn before_title(began: Option<String>, otherwise: &str) -> String {
    began.map_or(otherwise.into(), |from| format!("Before this run ({from})"))
}

/// What the run on show began with, where that isn't the model as it came.
pub fn began(controller: Controller) -> Option<String> {
    let from = worn::branch(controller)?;
    Some(controller.runs.all.with(|all| origin(from, all)))
}

/// The step that was chosen in the run that is shown.
fn chosen(controller: Controller) -> Option<u32> {
    let run = controller.runs.current.get();
    controller.insight.sampled.get().filter(|(of, _)| *of == run).map(|(_, step)| step)
}

/// Chooses the step whose answers are shown; at its end it follows the run.
#[component]
fn Stepper(controller: Controller) -> impl IntoView {
    let samples = controller.state.samples;
    let steps = Memo::new(move |_| samples.with(|samples| steps(samples)));
    let place = move || {
        let last = steps.with(Vec::len).saturating_sub(1);
        let at = chosen(controller);
        let at = at.and_then(|step| steps.with(|all| all.binary_search(&step).ok()));
        at.unwrap_or(last)
    };
    let set = move |event: web_sys::Event| {
        let at = event_target_value(&event).parse::<usize>().unwrap_or_default();
        let step = steps.with_untracked(|all| all.get(at).copied().filter(|_| at + 1 < all.len()));
        let run = controller.runs.current.get_untracked();
        controller.insight.sampled.set(step.map(|step| (run, step)));
    };
    let words = move || {
        let at = place();
        let step = steps.with(|all| all.get(at).copied()).unwrap_or_default();
        format!("step {step}")
    };
    let few = move || steps.with(Vec::len) < 2;
    view! {
        <label class="inline-field stepper" hidden=few>
            <span>"After"</span>
            <input
                type="range"
                min="0"
                max=move || steps.with(Vec::len).saturating_sub(1).to_string()
                step="1"
                data-testid="sample-step"
                aria-valuetext=words
                prop:value=move || place().to_string()
                on:input=set
            />
            <span class="figures">{words}</span>
        </label>
    }
}

#[component]
fn PairView(pair: Pair, before: String) -> impl IntoView {
    let first = pair.index == 0;
    let after = match &pair.after {
        Some(sample) => format!("After {}", plural(sample.step, "step", "steps")),
        None => "After".to_string(),
    };
    let side = |title: String, sample: Option<Sample>, testid: &'static str| Side {
        title,
        text: sample.map(|it| it.completion),
        testid: first.then_some(testid),
    };
    let earlier = side(before, pair.before, "sample-before");
    let later = side(after, pair.after, "sample-after");
    view! { <Sides prompt=pair.prompt earlier later missing="" /> }
}

/// The sampled steps of training, in order.
fn steps(samples: &[Sample]) -> Vec<u32> {
    let mut steps: Vec<u32> =
        samples.iter().map(|sample| sample.step).filter(|&step| step > 0).collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}

/// By prompt: the answer at step 0, and the latest one after it, up to the step `until`.
pub fn pairs(samples: &[Sample], until: Option<u32>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for sample in samples {
        let at = pairs.iter().position(|pair| pair.index == sample.index);
        let at = at.unwrap_or_else(|| {
            let (index, prompt) = (sample.index, sample.prompt.clone());
            pairs.push(Pair { index, prompt, before: None, after: None });
            pairs.len() - 1
        });
        let is_later = pairs[at].after.as_ref().is_none_or(|after| after.step <= sample.step);
        if sample.step == 0 {
            pairs[at].before = Some(sample.clone());
        } else if is_later && until.is_none_or(|until| sample.step <= until) {
            pairs[at].after = Some(sample.clone());
        }
    }
    pairs.sort_by_key(|pair| pair.index);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(step: u32, index: u32) -> Sample {
        let (prompt, completion) = (format!("prompt {index}"), format!("{index} at {step}"));
        Sample { step, index, prompt, completion }
    }

    #[test]
    fn each_prompt_shows_its_first_and_latest_answer() {
        let shown = pairs(&[sample(0, 1), sample(0, 0), sample(20, 0), sample(10, 0)], None);
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0].before, Some(sample(0, 0)));
        assert_eq!(shown[0].after, Some(sample(20, 0)));
        assert_eq!((shown[1].prompt.as_str(), shown[1].after.clone()), ("prompt 1", None));
    }

    #[test]
    fn a_branch_did_not_begin_as_the_model_came() {
        let branch = before_title(Some("DPO 1, step 12".into()), "As it came");
        assert_eq!(branch, "Before this run (DPO 1, step 12)");
        assert_eq!(before_title(None, "As it came"), "As it came");
    }

    #[test]
    fn an_earlier_step_can_be_chosen() {
        let all = [sample(0, 0), sample(10, 0), sample(20, 0), sample(20, 1)];
        assert_eq!(steps(&all), [10, 20]);
        assert_eq!(pairs(&all, Some(10))[0].after, Some(sample(10, 0)));
        assert_eq!(pairs(&all, Some(10))[1].after, None);
    }
}

//! The first minute: one button, and what it does to a model.

use leptos::prelude::*;
use temper_protocol::{Method, Summary};

use super::charts::OneChart;
use super::samples::worn::after;
use super::samples::{Pair, before_title, began, pairs};
use super::train::Progress;
use crate::controller::Controller;
use crate::figures;
use crate::route::{Page, Place};
use crate::state::Status;

/// The lesson of the first run, then where to go from here.
#[component]
pub fn StartPage(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let learnt = move || state.summary.with(|end| is_lesson(state.ran.get(), end.as_ref()));
    view! {
        <section class="hero" aria-labelledby="hero-title">
            <div class="hero-words">
                <h2 id="hero-title">"Teach a model what you prefer. In one minute, in this tab."</h2>
                <p class="lead">
                    "A small model is open that writes short reviews, as often displeased as pleased. "
                    "Beside it lie pairs of reviews, and in each the pleased one is preferred. Press "
                    "the button and watch the model change its mind."
                </p>
                <Try controller />
                <Progress state />
            </div>
            <div class="hero-chart">
                <Margin controller />
            </div>
        </section>
        <Sides controller />
        <Show when=learnt>
            <Next />
        </Show>
        <Ways />
    }
}

/// The button, which is all that is needed.
#[component]
fn Try(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let cannot = move || state.status.get().is_busy() || !state.has_all();
    let label = move || match state.status.get() {
        Status::Loading => "Opening the model…",
        Status::Training | Status::Paused => "Learning…",
        Status::Done => "Once more",
        _ => "Teach it",
    };
    view! {
        <div class="buttons">
            <button
                type="button"
                class="main large"
                data-testid="try"
                disabled=cannot
                on:click=move |_| controller.first_run()
            >
                {label}
            </button>
            <Show when=move || state.status.get().is_running()>
                <button type="button" data-testid="try-stop" on:click=move |_| controller.stop()>
                    "Stop"
                </button>
            </Show>
        </div>
    }
}

/// The first figure of the method that runs: for pairs, the margin.
#[component]
fn Margin(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let method = Memo::new(move |_| state.ran.get());
    move || {
        let all = figures::of(method.get());
        let wanted = match method.get() {
            Method::Dpo => all.iter().find(|figure| figure.testid == "chart-margins"),
            _ => None,
        };
        wanted.or(all.first()).map(|&figure| view! { <OneChart controller figure /> })
    }
}

/// The same prompts before and after, side by side.
#[component]
fn Sides(controller: Controller) -> impl IntoView {
    let samples = controller.state.samples;
    let title = Memo::new(move |_| before_title(began(controller), "As it came"));
    let rows = move || {
        let told = samples.with(|samples| pairs(samples, None)).into_iter();
        told.filter_map(|pair| row(pair, title.get())).collect::<Vec<_>>()
    };
    let empty = move || samples.with(Vec::is_empty);
    view! {
        <section class="card" aria-labelledby="sides-title" hidden=empty>
            <h2 id="sides-title">"The same prompts, before and after"</h2>
            <ul class="plain-list" data-testid="sides">
                {rows}
            </ul>
        </section>
    }
}

/// A prompt with its first answer and, once there is one, its latest.
fn row(pair: Pair, title: String) -> Option<impl IntoView> {
    let before = pair.before?;
    let after = pair.after.map(|sample| {
        view! {
            <p class="side new" data-testid="after">
                <span class="tag">{after(sample.step, false)}</span>
                {sample.completion}
            </p>
        }
    });
    Some(view! {
        <li class="before-after">
            <p class="prompt">{pair.prompt}</p>
            <p class="side">
                <span class="tag">{title}</span>
                {before.completion}
            </p>
            {after}
        </li>
    })
}

/// Whether a run of DPO has come to its end, which is what the words beneath are about.
fn is_lesson(method: Method, end: Option<&Summary>) -> bool {
    method == Method::Dpo && end.is_some_and(|end| end.steps > 0 && !end.stopped)
}

/// What to do with the first result.
#[component]
fn Next() -> impl IntoView {
    view! {
        <section class="card next" aria-labelledby="next-title">
            <h2 id="next-title">"What just happened?"</h2>
            <p>
                "Direct preference optimisation (DPO) made each preferred review likelier than the "
                "other one, and kept the model close to what it was. The curve is the margin: how "
                "much further apart the two have moved, against the model as it came."
            </p>
            <p class="buttons">
                <a class="button" href=Place::topic(Page::Learn, "dpo").href()>"Why it works"</a>
                <a class="button" href=Place::of(Page::Train).href()>"Every curve and setting"</a>
                <a class="button" href=Place::of(Page::Compare).href()>"Compare runs"</a>
            </p>
        </section>
    }
}

/// The other ways in.
#[component]
fn Ways() -> impl IntoView {
    let way = |page: Page, title: &'static str, words: &'static str| {
        view! {
            <li>
                <a class="card way" href=Place::of(page).href()>
                    <strong>{title}</strong>
                    <span class="faint">{words}</span>
                </a>
            </li>
        }
    };
    view! {
        <ul class="ways">
            {way(
                Page::Learn,
                "Learn the field",
                "Thirteen methods from supervised fine-tuning to rating feedback, each with an experiment.",
            )}
            {way(
                Page::Data,
                "Use your own preferences",
                "Bring pairs or ratings, or make them here by choosing between two answers.",
            )}
            {way(
                Page::Model,
                "Tune another model",
                "A folder, one GGUF file, or a repository of Hugging Face's hub.",
            )}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_of_dpo_that_is_over_tells_of_dpo() {
        let end = |steps, stopped| Summary { steps, stopped, weights: String::new(), secs: 1.0 };
        assert!(is_lesson(Method::Dpo, Some(&end(40, false))));
        assert!(!is_lesson(Method::Dpo, None), "it goes on");
        assert!(!is_lesson(Method::Dpo, Some(&end(2, true))), "it was stopped");
        assert!(!is_lesson(Method::Sft, Some(&end(40, false))));
    }
}

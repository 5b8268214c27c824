//! What the numbers of the run say, as a quiet list, with what the engine warned of.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{RunId, ScoreSource};

use crate::advice::{self, Advice};
use crate::controller::Controller;
use crate::insight::{Gold, config_of_run};
use crate::state::Status;

/// Steps after which the numbers are judged again.
const EVERY: u32 = 5;

/// The list, the most important first.
#[component]
pub fn AdviceList(controller: Controller) -> impl IntoView {
    let state = controller.state;
    ask_the_rule(controller);
    let gold = Memo::new(move |_| gold(controller));
    let config = Memo::new(move |_| config_of_run(controller.runs));
    let pulse = Memo::new(move |_| (state.step.get() / EVERY, state.status.get()));
    let found = Memo::new(move |_| {
        pulse.track();
        let of_log = config.with(|config| {
            let Some(config) = config else { return Vec::new() };
            state.samples.with_untracked(|samples| {
                state
                    .log
                    .with_untracked(|log| gold.with(|gold| advice::of(log, config, samples, gold)))
            })
        });
        let warned = state
            .warnings
            .with(|all| all.iter().filter_map(advice::of_warning).collect::<Vec<Advice>>());
        let mut all = [of_log, warned].concat();
        all.sort_by_key(|advice| advice.severity);
        all
    });
    let list = move || found.get().into_iter().map(entry).collect::<Vec<_>>();
    let nothing = move || {
        let failed = state.status.get() == Status::Failed;
        let words = state.log.with(|log| advice::silence(log, failed));
        found.with(Vec::is_empty).then(|| view! { <p class="faint">{words}</p> })
    };
    view! {
        <section class="card" aria-labelledby="advice-title">
            <h2 id="advice-title">"What the numbers say"</h2>
            <div role="status" data-testid="advice">
                <ul class="advice">{list}</ul>
                {nothing}
            </div>
        </section>
    }
}

/// What the lesson's rule says of the samples that are shown.
fn gold(controller: Controller) -> Vec<(u32, f64)> {
    let current = controller.runs.current.get();
    controller.insight.gold.with(|gold| {
        let of_run = gold.as_ref().filter(|gold| Some(gold.run) == current);
        of_run.map(|gold| gold.means.clone()).unwrap_or_default()
    })
}

/// Once a run is over that something else than the lesson's rule has scored, asks the rule too. It
/// knows nothing but the default model's reviews.
fn ask_the_rule(controller: Controller) {
    let asked = controller.insight.gold;
    Effect::new(move |_| {
        let is_over = controller.state.status.get() == Status::Done;
        let Some(run) = controller.runs.current.get() else { return };
        let score = config_of_run(controller.runs).and_then(|config| config.score);
        let is_stand_in = score.is_some_and(|score| score.by != ScoreSource::Gold);
        let is_known = asked.with_untracked(|gold| gold.as_ref().is_some_and(|it| it.run == run));
        if is_over && is_stand_in && !is_known && controller.is_default_model() {
            asked.set(Some(Gold { run, means: Vec::new() }));
            spawn_local(measure(controller, run));
        }
    });
}

async fn measure(controller: Controller, run: RunId) {
    let samples = controller.state.samples.get_untracked();
    let items = samples.iter().map(|it| [it.prompt.clone(), it.completion.clone()]).collect();
    // Without an answer there is one thing less to say.
    if let Ok(scores) = controller.score(items).await {
        controller.insight.gold.set(Some(Gold { run, means: advice::means(&samples, &scores) }));
    }
}

fn entry(advice: Advice) -> impl IntoView {
    let step = advice.step.map(|step| format!("step {step}"));
    let what_to_do = (!advice.what_to_do.is_empty())
        .then(|| view! { <p class="what-to-do">{advice.what_to_do}</p> });
    view! {
        <li class=advice.severity.class() data-testid="advice-item">
            <p>
                <strong>{advice.title}</strong>
                " "
                <span class="pill">{advice.severity.word()}</span>
                " "
                <span class="faint figures">{step}</span>
            </p>
            <p>{advice.words}</p>
            {what_to_do}
        </li>
    }
}

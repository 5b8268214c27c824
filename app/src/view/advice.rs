//! What the numbers of the run say, as a quiet list, with what the engine warned of.

use leptos::prelude::*;

use crate::advice::{self, Advice};
use crate::controller::Controller;
use crate::insight::config_of_run;
use crate::metrics::MetricsLog;

/// Steps after which the numbers are judged again.
const EVERY: u32 = 5;

/// The list, the most important first.
#[component]
pub fn AdviceList(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let config = Memo::new(move |_| config_of_run(controller.runs));
    let pulse = Memo::new(move |_| (state.step.get() / EVERY, state.status.get()));
    let found = Memo::new(move |_| {
        pulse.track();
        let of_log = config.with(|config| {
            let Some(config) = config else { return Vec::new() };
            state.samples.with_untracked(|samples| {
                state.log.with_untracked(|log| advice::of(log, config, samples))
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
        let words = match state.log.with(MetricsLog::is_empty) {
            true => "Once some steps are logged, what they mean stands here.",
            false => "Nothing stands out.",
        };
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

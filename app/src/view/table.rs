//! The run's numbers as text: a table for people, JSON for tests and scripts.

use leptos::prelude::*;
use temper_protocol::StepMetrics;

use crate::format::{duration, number};
use crate::state::State;

const ROWS: usize = 50;
const COLUMNS: [(&str, &str); 5] = [
    ("loss", "Loss"),
    ("rewards/margins", "Margin"),
    ("rewards/accuracies", "Accuracy"),
    ("rewards/chosen", "Preferred"),
    ("rewards/rejected", "Other"),
];

/// The latest steps, newest first; built only while it is open.
#[component]
pub fn MetricsTable(state: State) -> impl IntoView {
    let open = RwSignal::new(false);
    let heads: Vec<_> =
        COLUMNS.iter().map(|(_, title)| view! { <th scope="col">{*title}</th> }).collect();
    let body = move || {
        open.get().then(|| {
            let steps = state.log.with(|log| log.latest_steps(ROWS));
            steps.iter().map(row).collect::<Vec<_>>()
        })
    };
    view! {
        <details
            class="card"
            data-testid="metrics-table"
            on:toggle=move |_| open.update(|open| *open = !*open)
        >
            <summary>"The numbers as a table"</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Latest steps">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Step"</th>
                            {heads}
                            <th scope="col">"Time"</th>
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </details>
    }
}

fn row(metrics: &StepMetrics) -> impl IntoView + use<> {
    let cells: Vec<_> = COLUMNS
        .iter()
        .map(|(key, _)| metrics.get(key).map_or("–".to_string(), number))
        .map(|text| view! { <td>{text}</td> })
        .collect();
    view! {
        <tr>
            <th scope="row">{metrics.step}</th>
            {cells}
            <td>{duration(metrics.secs)}</td>
        </tr>
    }
}

/// Every logged line, kept up to date with the charts.
#[component]
pub fn MetricsJson(state: State) -> impl IntoView {
    let json = move || state.log.with(|log| log.to_json());
    view! { <script type="application/json" data-testid="metrics-json" prop:textContent=json></script> }
}

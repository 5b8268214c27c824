//! The run's numbers as text: a table for people, JSON for tests and scripts.

use leptos::prelude::*;
use temper_protocol::{Method, StepMetrics};

use super::charts::shown;
use crate::figures::{self, Figure, Line};
use crate::format::duration;
use crate::state::State;

const ROWS: usize = 50;

/// The latest steps, newest first; built only while it is open. Its columns are the charts' lines.
#[component]
pub fn MetricsTable(state: State, method: Memo<Method>) -> impl IntoView {
    let open = RwSignal::new(false);
    let heads = move || columns(method.get()).map(head).collect::<Vec<_>>();
    let body = move || {
        open.get().then(|| {
            let steps = state.log.with(|log| log.latest_steps(ROWS));
            steps.iter().map(|metrics| row(method.get(), metrics)).collect::<Vec<_>>()
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

fn columns(method: Method) -> impl Iterator<Item = (&'static Figure, &'static Line)> {
    let lines = |figure: &'static Figure| figure.lines.iter().map(move |line| (figure, line));
    figures::of(method).iter().flat_map(lines)
}

fn head((figure, line): (&'static Figure, &'static Line)) -> impl IntoView + use<> {
    let title = format!("{} {}", figure.title, line.name);
    view! {
        <th scope="col" title=figure.help>
            {title}
        </th>
    }
}

fn row(method: Method, metrics: &StepMetrics) -> impl IntoView + use<> {
    let cell = |(figure, line): (&Figure, &Line)| {
        let value = line.keys.iter().find_map(|key| metrics.get(key));
        let text = value.map_or("–".to_string(), |value| shown(*figure, value));
        view! { <td>{text}</td> }
    };
    let cells: Vec<_> = columns(method).map(cell).collect();
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

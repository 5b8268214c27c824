//! One metric of the chosen runs in one chart. Colour and dash tell the lines apart; the values
//! beside the names are those of the step that is pointed at.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use super::{Picked, slot_class, swatch};
use crate::chart::{is_lone, line_or_dot};
use crate::compare::{Curve, Drawing, metric_title, metrics, wanted};
use crate::controller::Controller;
use crate::format::{number, tick};
use crate::view::axes::{across, upright, x_marks, y_marks};

/// So many arrow keys take the pointer across the chart.
const KEYS: f64 = 50.0;

/// The choice of the metric, the chart, and its legend.
#[component]
pub fn CurvesCard(controller: Controller, chosen: Memo<Picked>) -> impl IntoView {
    let asked = controller.runs.bench.metric;
    let names =
        Memo::new(move |_| chosen.with(|chosen| metrics(chosen.iter().map(|(_, run)| run))));
    let metric = Memo::new(move |_| names.with(|names| asked.with(|asked| wanted(names, asked))));
    let drawing = Memo::new(move |_| {
        chosen.with(|chosen| {
            let runs = chosen.iter().map(|(slot, run)| (*slot, run));
            metric.with(|metric| Drawing::of(runs, metric))
        })
    });
    let pointed = RwSignal::new(None::<f64>);
    view! {
        <section class="card" aria-labelledby="curves-title" data-testid="compare-curves">
            <h2 id="curves-title">"Curves"</h2>
            <MetricField asked names metric />
            <Show
                when=move || !drawing.with(Drawing::is_empty)
                fallback=|| view! { <p class="lead">"The chosen runs haven't logged anything."</p> }
            >
                <Legend drawing pointed />
                <Plot drawing pointed metric />
            </Show>
        </section>
    }
}

#[component]
fn MetricField(
    asked: RwSignal<String>,
    names: Memo<Vec<String>>,
    metric: Memo<String>,
) -> impl IntoView {
    let option = move |name: String| {
        let (value, title) = (name.clone(), metric_title(&name));
        let is_this = move || metric.with(|metric| *metric == name);
        view! {
            <option value=value prop:selected=is_this>
                {title}
            </option>
        }
    };
    let options = move || names.get().into_iter().map(option).collect::<Vec<_>>();
    view! {
        <label class="field">
            <span class="field-name">"Metric"</span>
            <select
                data-testid="compare-metric"
                on:change=move |event| asked.set(event_target_value(&event))
            >
                {options}
            </select>
        </label>
    }
}

#[component]
fn Legend(drawing: Memo<Drawing>, pointed: RwSignal<Option<f64>>) -> impl IntoView {
    let items = move || {
        let step = pointed.get();
        drawing.with(|drawing| {
            let item = |curve: &Curve| {
                let unit = curve.unit.map(|unit| format!(", {}", unit.words()));
                let unit = unit.unwrap_or_default();
                let value = match curve.at(step) {
                    Some((at, value)) => format!("{} at step {at:.0}{unit}", number(value)),
                    None => "not logged".into(),
                };
                view! {
                    <li>
                        {swatch(curve.slot)}
                        <span>{curve.name.clone()}</span>
                        <span class="figures faint">{value}</span>
                    </li>
                }
            };
            drawing.curves.iter().map(item).collect::<Vec<_>>()
        })
    };
    view! { <ul class="legend">{items}</ul> }
}

#[component]
fn Plot(
    drawing: Memo<Drawing>,
    pointed: RwSignal<Option<f64>>,
    metric: Memo<String>,
) -> impl IntoView {
    let area = NodeRef::<Div>::new();
    let on_move = move |event: PointerEvent| {
        if let Some(share) = across(area, &event) {
            pointed.set(Some(drawing.with_untracked(|it| it.x.at(share))));
        }
    };
    let mark = move || {
        pointed
            .get()
            .map(|step| upright(drawing.with(|drawing| drawing.x.percent(step).clamp(0.0, 100.0))))
    };
    view! {
        <div class="plot tall">
            <div
                class="area"
                node_ref=area
                role="img"
                tabindex="0"
                aria-label=move || drawing.with(|it| metric.with(|metric| spoken(it, metric)))
                on:pointermove=on_move
                on:pointerleave=move |_| pointed.set(None)
                on:keydown=move |event| on_key(&event, drawing, pointed)
            >
                {move || drawing.with(|drawing| y_marks(&drawing.y, tick))}
                <Lines drawing />
                {mark}
            </div>
            <div class="x-axis" aria-hidden="true">
                {move || drawing.with(|drawing| x_marks(&drawing.x))}
            </div>
            <p class="axis-title">"Steps"</p>
        </div>
    }
}

/// The arrows move the pointer, Escape takes it away.
fn on_key(event: &KeyboardEvent, drawing: Memo<Drawing>, pointed: RwSignal<Option<f64>>) {
    let (min, max) = drawing.with_untracked(|drawing| (drawing.x.min, drawing.x.max));
    let by = (max - min) / KEYS;
    let moved = |by: f64| {
        let from = pointed.get_untracked().unwrap_or(max);
        pointed.set(Some((from + by).clamp(min, max)));
    };
    match event.key().as_str() {
        "ArrowLeft" => moved(-by),
        "ArrowRight" => moved(by),
        "Escape" => pointed.set(None),
        _ => return,
    }
    event.prevent_default();
}

#[component]
fn Lines(drawing: Memo<Drawing>) -> impl IntoView {
    let lines = move || {
        drawing.with(|drawing| {
            let line = |curve: &Curve| {
                let dot = if is_lone(&curve.points) { " dot" } else { "" };
                let class = format!("run-line {}{dot}", slot_class(curve.slot));
                let line = line_or_dot(&curve.points, &drawing.x, &drawing.y);
                view! { <path class=class d=line></path> }
            };
            drawing.curves.iter().map(line).collect::<Vec<_>>()
        })
    };
    view! {
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {lines}
        </svg>
    }
}

/// The chart for those who don't see it.
fn spoken(drawing: &Drawing, metric: &str) -> String {
    let run = |curve: &Curve| {
        let (first, last) = (curve.points.first()?, curve.points.last()?);
        let (from, to) = (number(first.1), number(last.1));
        Some(format!("{} from {from} to {to} at step {:.0}", curve.name, last.0))
    };
    let runs: Vec<String> = drawing.curves.iter().filter_map(run).collect();
    format!("{}: {}. Arrow keys read off steps.", metric_title(metric), runs.join("; "))
}

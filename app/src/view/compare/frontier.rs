//! Reward against distance: each run's way as a faint line, its end as a dot with the run's name.

use leptos::prelude::*;
use temper_protocol::RunId;

use super::asking::{LENGTH, SEED, prompts, writers};
use super::slot_class;
use super::wins::weigh;
use super::work::{WorkBar, is_busy};
use crate::chart::{dots, path};
use crate::compare::{Asked, Map, Panel, Source, Walk, spread};
use crate::controller::Controller;
use crate::format::{number, plural, tick};
use crate::records::RunRecord;
use crate::view::axes::{x_marks, y_marks};
use crate::view::button::SteadyButton;

/// Prompts of a measurement.
const PROMPTS: usize = 20;
/// Labels keep this far apart, percent of the chart's height.
const APART: f64 = 7.0;
/// Right of here a label stands left of its point, percent of the chart's width.
const FAR: f64 = 60.0;

/// The chart, and a table with a way to measure what it lacks.
#[component]
pub fn FrontierCard(controller: Controller) -> impl IntoView {
    let map = Memo::new(move |_| controller.runs.all.with(|all| Map::of(all)));
    let any = move || map.with(|map| !map.walks.is_empty());
    let some = move || any() || !writers(controller).is_empty();
    let unfair = move || map.with(|map| !map.is_fair());
    view! {
        <section class="card" aria-labelledby="frontier-title" data-testid="frontier">
            <h2 id="frontier-title">"Reward and distance"</h2>
            <p class="lead">
                "How well a run's answers score, against how far it moved from the model as it "
                "came. Up and to the left is better. Far to the right, read what it writes: a high "
                "score there is often a gamed one."
            </p>
            <Show when=any>
                <Plot controller map />
            </Show>
            <Show when=unfair>
                <p class="faint">
                    "These runs were scored by different measures, named in the table: heights of "
                    "different ones don't compare."
                </p>
            </Show>
            <Show when=some fallback=|| view! { <Nothing /> }>
                <Ends controller map />
            </Show>
            <WorkBar controller panel=Panel::Frontier result_testid="frontier-result" />
        </section>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <p class="faint">
            "No run has both figures, and none has ended with weights that could be measured."
        </p>
    }
}

#[component]
fn Plot(controller: Controller, map: Memo<Map>) -> impl IntoView {
    let labels = move || map.with(|map| labels(map, controller));
    let spoken = move || map.with(spoken);
    view! {
        <p class="axis-title">"Reward: mean score"</p>
        <div class="plot tall">
            <div class="area" role="img" aria-label=spoken>
                {move || map.with(|map| y_marks(&map.y, tick))}
                <Lines controller map />
                {labels}
            </div>
            <div class="x-axis" aria-hidden="true">
                {move || map.with(|map| x_marks(&map.x))}
            </div>
            <p class="axis-title">"Distance: KL from the model as it came, nats an answer"</p>
        </div>
    }
}

#[component]
fn Lines(controller: Controller, map: Memo<Map>) -> impl IntoView {
    let lines = move || {
        map.with(|map| {
            let line = |walk: &Walk| {
                let class = format!("walk {}", colour(controller, walk.id));
                let (way, end) = (path(&walk.path, &map.x, &map.y), [walk.end]);
                let end = dots(&end, &map.x, &map.y);
                view! {
                    <path class=class.clone() d=way></path>
                    <path class=format!("{class} dot") d=end></path>
                }
            };
            map.walks.iter().map(line).collect::<Vec<_>>()
        })
    };
    let origin = move || {
        map.with(|map| {
            let point = map.origin.map(|score| (0.0, score));
            point.map(|point| dots(&[point], &map.x, &map.y))
        })
    };
    view! {
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {lines}
            <path class="walk dot origin" d=origin></path>
        </svg>
    }
}

/// A chosen run has its slot's colour here too.
fn colour(controller: Controller, run: RunId) -> String {
    let slot = controller.runs.bench.chosen.with(|chosen| chosen.slot(run));
    slot.map_or(String::new(), slot_class)
}

/// Names beside the ends, kept from lying on one another.
fn labels(map: &Map, controller: Controller) -> impl IntoView + use<> {
    let end = |walk: &Walk| (walk.end, walk.name.clone(), colour(controller, walk.id));
    let ends = map.walks.iter().map(end);
    let origin = map.origin.map(|score| ((0.0, score), "as it came".to_string(), String::new()));
    let all: Vec<((f64, f64), String, String)> = ends.chain(origin).collect();
    let wanted: Vec<f64> = all.iter().map(|(end, ..)| 100.0 - map.y.percent(end.1)).collect();
    let places = spread(&wanted, APART);
    let label = |(((kl, _), name, colour), top): (((f64, f64), String, String), f64)| {
        let left = map.x.percent(kl);
        let side = if left > FAR { "left" } else { "right" };
        view! {
            <span
                class=format!("walk-name {side} {colour}")
                style=format!("left:{left:.2}%;top:{top:.2}%")
            >
                {name}
            </span>
        }
    };
    all.into_iter().zip(places).map(label).collect::<Vec<_>>()
}

/// The chart for those who don't see it.
fn spoken(map: &Map) -> String {
    let end = |walk: &Walk| {
        format!("{}: {} at {} nats", walk.name, number(walk.end.1), number(walk.end.0))
    };
    let ends: Vec<String> = map.walks.iter().map(end).collect();
    format!("Mean score against distance. {}.", ends.join("; "))
}

/// Every run's end in numbers; runs without have a button.
#[component]
fn Ends(controller: Controller, map: Memo<Map>) -> impl IntoView {
    let rows = move || {
        controller.runs.all.with(|all| {
            map.with(|map| {
                let shown = all.iter().filter_map(|run| {
                    let walk = map.walks.iter().find(|walk| walk.id == run.id);
                    (walk.is_some() || run.can_write()).then(|| row(controller, run, walk))
                });
                shown.collect::<Vec<_>>()
            })
        })
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-labelledby="frontier-title">
            <table class="words">
                <thead>
                    <tr>
                        <th scope="col">"Run"</th>
                        <th scope="col">"Reward"</th>
                        <th scope="col">"Distance, nats"</th>
                        <th scope="col">"From"</th>
                        <th scope="col">"Measure"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(controller: Controller, run: &RunRecord, walk: Option<&Walk>) -> impl IntoView + use<> {
    let end = walk.map(|walk| walk.end);
    let figure = |value: Option<f64>| value.map_or("–".to_string(), number);
    let from = walk.map_or("not measured".to_string(), source);
    let (id, can_write) = (run.id, run.can_write());
    let can = Signal::derive(move || can_write && !is_busy(controller));
    let act = move || begin(controller, id);
    let label = format!("Measure {}", run.name);
    view! {
        <tr>
            <th scope="row">{run.name.clone()}</th>
            <td class="figures">{figure(end.map(|end| end.1))}</td>
            <td class="figures">{figure(end.map(|end| end.0))}</td>
            <td>{from}</td>
            <td>
                <SteadyButton testid="frontier-measure" look="plain" can act attr:aria-label=label>
                    "Measure"
                </SteadyButton>
            </td>
        </tr>
    }
}

fn source(walk: &Walk) -> String {
    let by = walk.scored_by;
    match walk.source {
        Source::Measured(prompts) => {
            format!("{} measured here, by {by}", plural(prompts, "prompt", "prompts"))
        }
        Source::HeldOut => format!("its held-out answers, by {by}"),
        Source::Logged => format!("its last logged step, by {by}"),
    }
}

fn begin(controller: Controller, run: RunId) {
    match prompts(controller, 0, PROMPTS) {
        Ok(prompts) => {
            let asked = Asked { prompts, max_new_tokens: LENGTH, temperature: 1.0, seed: SEED };
            weigh(controller, run, Panel::Frontier, asked);
        }
        Err(failure) => controller.runs.bench.failure.set(Some((Panel::Frontier, failure))),
    }
}

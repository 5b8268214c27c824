//! A method's numbers, drawn live, with those of other runs beside them. Lines are SVG stretched to
//! the box; words beside them are text of the page, so that they never stretch.

mod drawing;
mod overlays;
mod plot;

use leptos::prelude::*;
use temper_protocol::{Method, RunConfig, RunId};

use crate::compare::{Chosen, Unit};
use crate::controller::Controller;
use crate::figures::{self, Figure};
use crate::insight::config_of_run;
use crate::metrics::MetricsLog;
use crate::records::{Runs, find};

use drawing::{Drawing, Other};
use overlays::{Beside, Smoothing, overlays, swatch};
use plot::Plot;

pub use drawing::shown;

/// What the charts of a page have in common.
#[derive(Clone, Copy)]
struct Together {
    /// Smoothing, 0 to below 1.
    weight: Signal<f64>,
    /// The other runs.
    overlays: Signal<Chosen>,
    /// The step that is pointed at, the same in all.
    pointed: RwSignal<Option<f64>>,
}

/// The charts of a method; pointing at one shows the same step in all.
#[component]
pub fn Charts(controller: Controller, method: Memo<Method>) -> impl IntoView {
    let smoothing = controller.insight.smoothing;
    let others = overlays(controller.runs);
    let together = Together {
        weight: smoothing.into(),
        overlays: others.into(),
        pointed: RwSignal::new(None),
    };
    let charts = move || {
        let figures = figures::of(method.get());
        let chart = |&figure: &Figure| view! { <Chart controller together figure /> };
        figures.iter().map(chart).collect::<Vec<_>>()
    };
    view! {
        <div class="chart-tools">
            <Smoothing smoothing />
            <Beside runs=controller.runs others />
        </div>
        <div class="charts">{charts}</div>
    }
}

/// One chart of the run alone, as logged.
#[component]
pub fn OneChart(controller: Controller, figure: Figure) -> impl IntoView {
    let together = Together {
        weight: Signal::derive(|| 0.0),
        overlays: Signal::derive(Chosen::default),
        pointed: RwSignal::new(None),
    };
    view! { <Chart controller together figure /> }
}

#[component]
fn Chart(controller: Controller, together: Together, figure: Figure) -> impl IntoView {
    let state = controller.state;
    let others = other_lines(controller.runs, together, figure);
    let drawing = Memo::new(move |_| {
        let (total, weight) = (state.total.get(), together.weight.get());
        let others = others.get();
        state.log.with(|log| Drawing::of(log, figure, total, weight, others))
    });
    let pointed = together.pointed;
    // A number that this run doesn't log, for some depend on its options.
    let unlogged = move || drawing.with(Drawing::is_empty) && !state.log.with(MetricsLog::is_empty);
    view! {
        <figure class="card chart" data-testid=figure.testid hidden=unlogged>
            <Caption drawing pointed figure />
            <Plot drawing pointed figure />
        </figure>
    }
}

/// What the other runs logged of it. They don't change at every step, unlike the run shown.
fn other_lines(runs: Runs, together: Together, figure: Figure) -> Memo<Vec<Other>> {
    Memo::new(move |_| {
        let (overlays, weight) = (together.overlays.get(), together.weight.get());
        let own = config_of_run(runs).and_then(|config| unit(&config, figure));
        runs.all.with(|all| {
            let other = |(slot, run): (usize, RunId)| {
                let record = find(all, run)?;
                let other = Other::of(slot, record.name.clone(), &record.log, figure, weight);
                Some(match (own, unit(&record.config, figure)) {
                    (Some(own), Some(its)) if own != its => other.counted_in(its, figure),
                    _ => other,
                })
            };
            overlays.iter().filter_map(other).collect()
        })
    })
}

/// What a run's numbers of a figure are counted in; none where that is the same in all runs.
fn unit(config: &RunConfig, figure: Figure) -> Option<Unit> {
    let mut keys = figure.lines.iter().flat_map(|line| line.keys);
    keys.find_map(|key| Unit::of(config, key))
}

/// The figure's name, its numbers at the step that is pointed at, and what to make of them.
#[component]
fn Caption(
    drawing: Memo<Drawing>,
    pointed: RwSignal<Option<f64>>,
    figure: Figure,
) -> impl IntoView {
    let value = |(index, line): (usize, &'static figures::Line)| {
        let is_other = index > 0;
        let value = move || {
            let at = drawing.with(|drawing| drawing.at(index, pointed.get()));
            let value = at.map_or("–".to_string(), |(_, value)| shown(figure, value));
            format!("{value} {}", line.name)
        };
        view! {
            <span class="chart-value figures" class:other=is_other>
                {value}
            </span>
        }
    };
    let values: Vec<_> = figure.lines.iter().enumerate().map(value).collect();
    let logged = move || {
        let at = drawing.with(|drawing| drawing.logged_at(pointed.get()));
        at.map(|(_, value)| format!("{} unsmoothed", shown(figure, value)))
    };
    let heldout = move || {
        let at = drawing.with(|drawing| drawing.heldout_at(pointed.get()));
        at.map(|(_, value)| format!("held out {}", shown(figure, value)))
    };
    let step = move || match (pointed.get(), drawing.with(|it| it.at(0, pointed.get()))) {
        (Some(_), Some((step, _))) => format!("at step {step:.0}"),
        _ => String::new(),
    };
    let others = move || drawing.with(|drawing| other_values(figure, drawing, pointed.get()));
    view! {
        <figcaption>
            <span class="chart-title">{figure.title}</span>
            {values}
            <span class="faint figures">{logged}</span>
            <span class="faint figures">{step}</span>
            <span class="chart-heldout figures">{heldout}</span>
            <span class="chart-others figures">{others}</span>
            <span class="chart-help">{figure.help}</span>
        </figcaption>
    }
}

fn other_values(
    figure: Figure,
    drawing: &Drawing,
    pointed: Option<f64>,
) -> Vec<impl IntoView + use<>> {
    let step = drawing.step(pointed);
    drawing.others.iter().map(|other| other_value(figure, other, step)).collect()
}

/// Another run's name, then each of its values behind a piece of its line.
fn other_value(figure: Figure, other: &Other, step: Option<f64>) -> impl IntoView + use<> {
    let value = |(line, value): (usize, Option<f64>)| {
        let name = figure.lines.get(line).map(|line| line.name).unwrap_or_default();
        let words = format!("{} {name}", shown(figure, value?));
        Some(view! {
            {swatch(other.slot, line)}
            {words}
        })
    };
    let values: Vec<_> = other.at(step).into_iter().enumerate().filter_map(value).collect();
    view! {
        <span class="chart-other">{other.name.clone()} {values} {other.unit_words()}</span>
    }
}

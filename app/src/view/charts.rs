//! Loss, margin and accuracy, drawn live. Lines are SVG stretched to the box; words beside them
//! are text of the page, so that they never stretch.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::PointerEvent;

use crate::chart::{Axis, dots, nearest, path, thin};
use crate::format::{number, tick};
use crate::metrics::MetricsLog;
use crate::state::State;

/// More points than this can't be told apart on a screen.
const POINTS: usize = 600;

/// What one chart shows.
#[derive(Clone, Copy, PartialEq)]
struct Kind {
    title: &'static str,
    help: &'static str,
    key: &'static str,
    heldout_key: &'static str,
    /// Values run from 0 to 1 and are shown in percent.
    share: bool,
    testid: &'static str,
}

const LOSS: Kind = Kind {
    title: "Loss",
    help: "How wrong it still is about your preferences. It starts at 0.69, a coin toss, and should fall.",
    key: "loss",
    heldout_key: "eval_loss",
    share: false,
    testid: "chart-loss",
};
const MARGIN: Kind = Kind {
    title: "Margin",
    help: "How much more it favours the preferred answers than it did before. It should rise.",
    key: "rewards/margins",
    heldout_key: "eval_rewards/margins",
    share: false,
    testid: "chart-margins",
};
const ACCURACY: Kind = Kind {
    title: "Accuracy",
    help: "In how many pairs the preferred answer gained more than the other one.",
    key: "rewards/accuracies",
    heldout_key: "eval_rewards/accuracies",
    share: true,
    testid: "chart-accuracy",
};

/// The three charts; pointing at one shows the same step in all.
#[component]
pub fn Charts(state: State) -> impl IntoView {
    let pointed = RwSignal::new(None::<f64>);
    view! {
        <div class="charts">
            <Chart state pointed kind=LOSS />
            <Chart state pointed kind=MARGIN />
            <Chart state pointed kind=ACCURACY />
        </div>
    }
}

/// All that one chart draws.
#[derive(Clone, Debug, Default, PartialEq)]
struct Drawing {
    points: Vec<(f64, f64)>,
    heldout: Vec<(f64, f64)>,
    x: Axis,
    y: Axis,
}

impl Drawing {
    fn of(log: &MetricsLog, kind: Kind, total: u32) -> Self {
        let points = thin(&log.series(kind.key), POINTS);
        let heldout = log.series(kind.heldout_key);
        let last = points.last().map_or(0.0, |point| point.0);
        let values = points.iter().chain(&heldout).map(|point| point.1);
        let y = if kind.share { Axis::fixed(0.0, 1.0, 4) } else { Axis::round(values, 4) };
        Self { x: Axis::steps(last.max(f64::from(total)), 5), y, points, heldout }
    }

    /// The step that is pointed at, else the last.
    fn at(&self, pointed: Option<f64>) -> Option<(f64, f64)> {
        match pointed {
            Some(share) => nearest(&self.points, self.x.min + share * (self.x.max - self.x.min)),
            None => self.points.last().copied(),
        }
    }
}

#[component]
fn Chart(state: State, pointed: RwSignal<Option<f64>>, kind: Kind) -> impl IntoView {
    let drawing =
        Memo::new(move |_| state.log.with(|log| Drawing::of(log, kind, state.total.get())));
    let read = move || drawing.with(|drawing| drawing.at(pointed.get()));
    let value = move || read().map_or("–".to_string(), |(_, value)| shown(kind, value));
    let heldout = move || {
        let last = drawing.with(|drawing| drawing.heldout.last().copied());
        last.map(|(_, value)| format!("held out {}", shown(kind, value)))
    };
    let step = move || match (pointed.get(), read()) {
        (Some(_), Some((step, _))) => format!("at step {step:.0}"),
        _ => String::new(),
    };
    view! {
        <figure class="card chart" data-testid=kind.testid>
            <figcaption>
                <span class="chart-title">{kind.title}</span>
                <span class="chart-value figures">{value}</span>
                <span class="faint figures">{step}</span>
                <span class="chart-heldout figures">{heldout}</span>
                <span class="chart-help">{kind.help}</span>
            </figcaption>
            <Plot drawing pointed kind />
        </figure>
    }
}

#[component]
fn Plot(drawing: Memo<Drawing>, pointed: RwSignal<Option<f64>>, kind: Kind) -> impl IntoView {
    let area = NodeRef::<Div>::new();
    let on_move = move |event: PointerEvent| {
        if let Some(area) = area.get_untracked() {
            let bounds = area.get_bounding_client_rect();
            let share = (f64::from(event.client_x()) - bounds.x()) / bounds.width().max(1.0);
            pointed.set(Some(share.clamp(0.0, 1.0)));
        }
    };
    let mark = move || {
        let at = pointed.get().and(drawing.with(|drawing| drawing.at(pointed.get())));
        at.map(|(step, _)| {
            let left = drawing.with(|drawing| drawing.x.percent(step));
            view! { <span class="pointed" style=format!("left:{left:.2}%")></span> }
        })
    };
    view! {
        <div class="plot">
            <div
                class="area"
                node_ref=area
                role="img"
                aria-label=move || drawing.with(|drawing| spoken(kind, drawing))
                on:pointermove=on_move
                on:pointerleave=move |_| pointed.set(None)
            >
                {move || drawing.with(|drawing| y_marks(kind, &drawing.y))}
                <Lines drawing />
                {mark}
            </div>
            <div class="x-axis" aria-hidden="true">
                {move || drawing.with(|drawing| x_marks(&drawing.x))}
            </div>
        </div>
    }
}

#[component]
fn Lines(drawing: Memo<Drawing>) -> impl IntoView {
    let line = move || drawing.with(|it| path(&it.points, &it.x, &it.y));
    let heldout = move || drawing.with(|it| path(&it.heldout, &it.x, &it.y));
    let heldout_dots = move || drawing.with(|it| dots(&it.heldout, &it.x, &it.y));
    let last = move || {
        drawing.with(|it| {
            let end = it.points.len().saturating_sub(1);
            dots(&it.points[end..], &it.x, &it.y)
        })
    };
    view! {
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            <path class="heldout" d=heldout></path>
            <path class="heldout dot" d=heldout_dots></path>
            <path class="line" d=line></path>
            <path class="line dot" d=last></path>
        </svg>
    }
}

fn y_marks(kind: Kind, axis: &Axis) -> impl IntoView + use<> {
    let mark = |&value: &f64| {
        let label = if kind.share { format!("{:.0} %", value * 100.0) } else { tick(value) };
        let bottom = format!("bottom:{:.2}%", axis.percent(value));
        view! {
            <span class="y-mark" style=bottom>
                <span>{label}</span>
            </span>
        }
    };
    axis.ticks.iter().map(mark).collect::<Vec<_>>()
}

fn x_marks(axis: &Axis) -> impl IntoView + use<> {
    let mark = |&value: &f64| {
        let left = format!("left:{:.2}%", axis.percent(value));
        view! { <span style=left>{tick(value)}</span> }
    };
    axis.ticks.iter().map(mark).collect::<Vec<_>>()
}

fn shown(kind: Kind, value: f64) -> String {
    if kind.share { format!("{:.0} %", value * 100.0) } else { number(value) }
}

/// The chart for those who don't see it.
fn spoken(kind: Kind, drawing: &Drawing) -> String {
    match (drawing.points.first(), drawing.points.last()) {
        (Some(first), Some(last)) => format!(
            "{}: {} at step {:.0}, {} at step {:.0}.",
            kind.title,
            shown(kind, first.1),
            first.0,
            shown(kind, last.1),
            last.0,
        ),
        _ => format!("{}: nothing logged yet.", kind.title),
    }
}

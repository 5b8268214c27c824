//! A method's numbers, drawn live. Lines are SVG stretched to the box; words beside them are text
//! of the page, so that they never stretch.

use leptos::html::Div;
use leptos::prelude::*;
use temper_protocol::Method;
use web_sys::PointerEvent;

use crate::chart::{Axis, dots, nearest, path, thin};
use crate::figures::{self, Figure};
use crate::format::{number, tick};
use crate::metrics::MetricsLog;
use crate::state::State;

/// More points than this can't be told apart on a screen.
const POINTS: usize = 600;

/// The charts of a method; pointing at one shows the same step in all.
#[component]
pub fn Charts(state: State, method: Memo<Method>) -> impl IntoView {
    let pointed = RwSignal::new(None::<f64>);
    let charts = move || {
        let figures = figures::of(method.get());
        figures.iter().map(|&figure| view! { <Chart state pointed figure /> }).collect::<Vec<_>>()
    };
    view! { <div class="charts">{charts}</div> }
}

/// All that one chart draws.
#[derive(Clone, Debug, Default, PartialEq)]
struct Drawing {
    /// One line or two.
    lines: Vec<Vec<(f64, f64)>>,
    heldout: Vec<(f64, f64)>,
    x: Axis,
    y: Axis,
}

impl Drawing {
    fn of(log: &MetricsLog, figure: Figure, total: u32) -> Self {
        let first = |keys: &[&str], prefix: &str| {
            let mut series = keys.iter().map(|key| log.series(&format!("{prefix}{key}")));
            series.find(|points| !points.is_empty()).unwrap_or_default()
        };
        let lines: Vec<_> =
            figure.lines.iter().map(|line| thin(&first(line.keys, ""), POINTS)).collect();
        let heldout = match figure.lines {
            [only] => first(only.keys, "eval_"),
            _ => Vec::new(),
        };
        let all = || lines.iter().flatten().chain(&heldout);
        let last = all().map(|point| point.0).fold(0.0, f64::max);
        let values = all().map(|point| point.1);
        let y = if figure.share { Axis::fixed(0.0, 1.0, 4) } else { Axis::round(values, 4) };
        Self { x: Axis::steps(last.max(f64::from(total)), 5), y, lines, heldout }
    }

    fn is_empty(&self) -> bool {
        self.heldout.is_empty() && self.lines.iter().all(Vec::is_empty)
    }

    fn line(&self, index: usize) -> &[(f64, f64)] {
        match self.lines.get(index) {
            Some(points) => points,
            None => &[],
        }
    }

    /// The step of a line that is pointed at, else its last.
    fn at(&self, index: usize, pointed: Option<f64>) -> Option<(f64, f64)> {
        let points = self.line(index);
        match pointed {
            Some(share) => nearest(points, self.x.min + share * (self.x.max - self.x.min)),
            None => points.last().copied(),
        }
    }
}

#[component]
fn Chart(state: State, pointed: RwSignal<Option<f64>>, figure: Figure) -> impl IntoView {
    let drawing =
        Memo::new(move |_| state.log.with(|log| Drawing::of(log, figure, state.total.get())));
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
    let heldout = move || {
        let last = drawing.with(|drawing| drawing.heldout.last().copied());
        last.map(|(_, value)| format!("held out {}", shown(figure, value)))
    };
    let step = move || match (pointed.get(), drawing.with(|it| it.at(0, pointed.get()))) {
        (Some(_), Some((step, _))) => format!("at step {step:.0}"),
        _ => String::new(),
    };
    // A number that this run doesn't log, for some depend on its options.
    let unlogged = move || drawing.with(Drawing::is_empty) && !state.log.with(MetricsLog::is_empty);
    view! {
        <figure class="card chart" data-testid=figure.testid hidden=unlogged>
            <figcaption>
                <span class="chart-title">{figure.title}</span>
                {values}
                <span class="faint figures">{step}</span>
                <span class="chart-heldout figures">{heldout}</span>
                <span class="chart-help">{figure.help}</span>
            </figcaption>
            <Plot drawing pointed figure />
        </figure>
    }
}

#[component]
fn Plot(drawing: Memo<Drawing>, pointed: RwSignal<Option<f64>>, figure: Figure) -> impl IntoView {
    let area = NodeRef::<Div>::new();
    let on_move = move |event: PointerEvent| {
        if let Some(area) = area.get_untracked() {
            let bounds = area.get_bounding_client_rect();
            let share = (f64::from(event.client_x()) - bounds.x()) / bounds.width().max(1.0);
            pointed.set(Some(share.clamp(0.0, 1.0)));
        }
    };
    let mark = move || {
        let at = pointed.get().and(drawing.with(|drawing| drawing.at(0, pointed.get())));
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
                aria-label=move || drawing.with(|drawing| spoken(figure, drawing))
                on:pointermove=on_move
                on:pointerleave=move |_| pointed.set(None)
            >
                {move || drawing.with(|drawing| y_marks(figure, &drawing.y))}
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
    let line = move |index| drawing.with(|it| path(it.line(index), &it.x, &it.y));
    let heldout = move || drawing.with(|it| path(&it.heldout, &it.x, &it.y));
    let heldout_dots = move || drawing.with(|it| dots(&it.heldout, &it.x, &it.y));
    let last = move |index| {
        drawing.with(|it| {
            let points = it.line(index);
            dots(&points[points.len().saturating_sub(1)..], &it.x, &it.y)
        })
    };
    view! {
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            <path class="heldout" d=heldout></path>
            <path class="heldout dot" d=heldout_dots></path>
            <path class="line other" d=move || line(1)></path>
            <path class="line other dot" d=move || last(1)></path>
            <path class="line" d=move || line(0)></path>
            <path class="line dot" d=move || last(0)></path>
        </svg>
    }
}

fn y_marks(figure: Figure, axis: &Axis) -> impl IntoView + use<> {
    let mark = |&value: &f64| {
        let label = if figure.share { format!("{:.0} %", value * 100.0) } else { tick(value) };
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

fn shown(figure: Figure, value: f64) -> String {
    if figure.share { format!("{:.0} %", value * 100.0) } else { number(value) }
}

/// The chart for those who don't see it.
fn spoken(figure: Figure, drawing: &Drawing) -> String {
    let ends = |(index, line): (usize, &figures::Line)| {
        let points = drawing.line(index);
        let (first, last) = (points.first()?, points.last()?);
        Some(format!(
            "{} {} at step {:.0}, {} at step {:.0}",
            line.name,
            shown(figure, first.1),
            first.0,
            shown(figure, last.1),
            last.0,
        ))
    };
    let lines: Vec<String> = figure.lines.iter().enumerate().filter_map(ends).collect();
    match lines.is_empty() {
        true => format!("{}: nothing logged yet.", figure.title),
        false => format!("{}: {}.", figure.title, lines.join("; ")),
    }
}

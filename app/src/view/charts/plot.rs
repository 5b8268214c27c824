//! The lines of one chart, its axes, and pointing at a step by pointer or keyboard.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use super::drawing::{Drawing, Other, Points, spoken};
use super::overlays::pattern;
use crate::chart::{Axis, dots, is_lone, line_or_dot, path};
use crate::figures::Figure;
use crate::format::{percent, tick};
use crate::view::axes::{across, upright, x_marks, y_marks};

/// The box with the lines; the arrow keys lead from one logged step to the next.
#[component]
pub fn Plot(
    drawing: Memo<Drawing>,
    pointed: RwSignal<Option<f64>>,
    figure: Figure,
) -> impl IntoView {
    let area = NodeRef::<Div>::new();
    let on_move = move |event: PointerEvent| {
        if let Some(share) = across(area, &event) {
            pointed.set(Some(drawing.with_untracked(|it| it.x.at(share))));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let led = drawing.with_untracked(|it| it.led(pointed.get_untracked(), &event.key()));
        if let Some(step) = led {
            event.prevent_default();
            pointed.set(Some(step));
        }
    };
    let at = move || drawing.with(|it| it.at(0, pointed.get())).map_or(0.0, |(step, _)| step);
    view! {
        <div class="plot">
            <div
                class="area"
                node_ref=area
                role="slider"
                tabindex="0"
                aria-label=format!("{}, by step", figure.title)
                aria-valuemin="0"
                aria-valuemax=move || drawing.with(|it| it.x.max).to_string()
                aria-valuenow=move || at().to_string()
                aria-valuetext=move || drawing.with(|it| spoken(figure, it, pointed.get()))
                on:pointermove=on_move
                on:pointerleave=move |_| pointed.set(None)
                on:keydown=on_key
                on:blur=move |_| pointed.set(None)
            >
                {move || drawing.with(|drawing| y_marks(&drawing.y, words(figure)))}
                <Lines drawing />
                {move || mark(drawing, pointed)}
            </div>
            <div class="x-axis" aria-hidden="true">
                {move || drawing.with(|drawing| x_marks(&drawing.x))}
            </div>
        </div>
    }
}

/// How a value is said beside the axis.
fn words(figure: Figure) -> fn(f64) -> String {
    if figure.share { percent } else { tick }
}

/// An upright at the step that is pointed at.
fn mark(drawing: Memo<Drawing>, pointed: RwSignal<Option<f64>>) -> Option<impl IntoView> {
    let step = drawing.with(|drawing| drawing.step(pointed.get()))?;
    let left = drawing.with(|drawing| drawing.x.percent(step));
    Some(upright(left))
}

#[component]
fn Lines(drawing: Memo<Drawing>) -> impl IntoView {
    let line = move |index| drawing.with(|it| path(it.line(index), &it.x, &it.y));
    let beneath = move |index| drawing.with(|it| path(it.beneath(index), &it.x, &it.y));
    let heldout = move || drawing.with(|it| path(&it.heldout, &it.x, &it.y));
    let heldout_dots = move || drawing.with(|it| dots(&it.heldout, &it.x, &it.y));
    let last = move |index| {
        drawing.with(|it| {
            let points = it.line(index);
            dots(&points[points.len().saturating_sub(1)..], &it.x, &it.y)
        })
    };
    // Their paths are written anew as they or the axes change, not at each step of the run shown.
    let others =
        Memo::new(move |_| drawing.with(|it| (it.others.clone(), it.x.clone(), it.y.clone())));
    view! {
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {move || others.with(|(others, x, y)| other_lines(others, x, y))}
            <path class="heldout" d=heldout></path>
            <path class="heldout dot" d=heldout_dots></path>
            <path class="line other beneath" d=move || beneath(1)></path>
            <path class="line beneath" d=move || beneath(0)></path>
            <path class="line other" d=move || line(1)></path>
            <path class="line other dot" d=move || last(1)></path>
            <path class="line" d=move || line(0)></path>
            <path class="line dot" d=move || last(0)></path>
        </svg>
    }
}

/// The lines of the other runs; one that logged but once is a dot.
fn other_lines(others: &[Other], x: &Axis, y: &Axis) -> Vec<impl IntoView + use<>> {
    let lines = others.iter().flat_map(|other| {
        other.lines.iter().enumerate().map(move |(at, points)| (pattern(other.slot, at), points))
    });
    let line = |(class, points): (String, &Points)| {
        let dot = if is_lone(points) { " dot" } else { "" };
        view! { <path class=format!("{class}{dot}") d=line_or_dot(points, x, y)></path> }
    };
    lines.map(line).collect()
}

//! The loss drawn: its curve, this row's point and the slope there. Lines are SVG stretched to the
//! box; words beside them are text of the page, so that they never stretch.

use leptos::prelude::*;

use crate::chart::{dots, path};
use crate::format::tick;
use crate::glass::{Mark, Plot, Reading};
use crate::view::axes::{x_marks, y_marks};

/// All drawings of a reading.
#[component]
pub fn Plots(reading: Memo<Reading>) -> impl IntoView {
    let count = Memo::new(move |_| reading.with(|reading| reading.plots.len()));
    view! {
        <div class="glass-plots">
            <For
                each=move || 0..count.get()
                key=|index| *index
                children=move |index| view! { <Drawing reading index /> }
            />
        </div>
    }
}

#[component]
fn Drawing(reading: Memo<Reading>, index: usize) -> impl IntoView {
    let plot = Memo::new(move |_| reading.with(|reading| reading.plots.get(index).cloned()));
    let words =
        move |of: fn(&Plot) -> String| plot.with(|plot| plot.as_ref().map(of).unwrap_or_default());
    view! {
        <figure class="glass-figure" data-testid="glass-plot">
            <figcaption>
                <span class="glass-title">{move || words(|plot| plot.title.into())}</span>
                {move || plot.with(|plot| plot.as_ref().map(legend))}
            </figcaption>
            <div class="glass-plot">
                <div class="glass-area" role="img" aria-label=move || words(Plot::spoken)>
                    {move || plot.with(|plot| plot.as_ref().map(|plot| y_marks(&plot.y, tick)))}
                    <Lines plot />
                    {move || plot.with(|plot| plot.as_ref().map(places))}
                </div>
                <div class="x-axis" aria-hidden="true">
                    {move || plot.with(|plot| plot.as_ref().map(|plot| x_marks(&plot.x)))}
                </div>
                <p class="glass-across" aria-hidden="true">
                    {move || words(|plot| plot.across.into())}
                </p>
            </div>
        </figure>
    }
}

#[component]
fn Lines(plot: Memo<Option<Plot>>) -> impl IntoView {
    let drawn = move |index: usize, draw: fn(&Plot, usize) -> String| {
        plot.with(|plot| plot.as_ref().map(|plot| draw(plot, index)).unwrap_or_default())
    };
    let class = move |index: usize, role: &str| {
        plot.with(|plot| {
            let curve = plot.as_ref().and_then(|plot| plot.curves.get(index));
            format!("{role} {}", curve.map_or("", |curve| curve.tone.class()))
        })
    };
    let lines = [1, 0].map(|index| {
        view! {
            <path class=move || class(index, "glass-curve") d=move || drawn(index, curve)></path>
            <path class=move || class(index, "glass-tangent") d=move || drawn(index, tangent)></path>
            <path class=move || class(index, "glass-point") d=move || drawn(index, point)></path>
        }
    });
    view! {
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {lines.into_iter().collect::<Vec<_>>()}
        </svg>
    }
}

fn curve(plot: &Plot, index: usize) -> String {
    let curve = plot.curves.get(index);
    curve.map(|curve| path(&curve.points, &plot.x, &plot.y)).unwrap_or_default()
}

fn tangent(plot: &Plot, index: usize) -> String {
    let curve = plot.curves.get(index);
    curve.map(|curve| path(&plot.tangent(curve), &plot.x, &plot.y)).unwrap_or_default()
}

fn point(plot: &Plot, index: usize) -> String {
    let here = plot.curves.get(index).and_then(|curve| curve.here);
    here.map(|here| dots(&[(here.x, here.y)], &plot.x, &plot.y)).unwrap_or_default()
}

/// What the curves are called, where there are two.
fn legend(plot: &Plot) -> impl IntoView + use<> {
    let named = plot.curves.iter().filter(|curve| !curve.name.is_empty());
    let names = named.map(|curve| {
        let class = format!("glass-legend {}", curve.tone.class());
        view! { <span class=class>{curve.name}</span> }
    });
    names.collect::<Vec<_>>()
}

/// The places that matter.
fn places(plot: &Plot) -> impl IntoView + use<> {
    let place = |place: &Mark| {
        let left = format!("left:{:.2}%", plot.x.percent(place.at));
        view! {
            <span class="glass-mark" style=left>
                <span>{place.label}</span>
            </span>
        }
    };
    plot.marks.iter().map(place).collect::<Vec<_>>()
}

//! What every line chart has beside its lines: marks along both axes, and an upright where it is
//! pointed at. All of it is text of the page, so that it never stretches with the drawing.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::PointerEvent;

use crate::chart::Axis;
use crate::format::tick;

/// Marks and grid of a vertical axis.
pub fn y_marks(axis: &Axis, words: fn(f64) -> String) -> Vec<AnyView> {
    let mark = |&value: &f64| {
        let bottom = format!("bottom:{:.2}%", axis.percent(value));
        view! {
            <span class="y-mark" style=bottom>
                <span>{words(value)}</span>
            </span>
        }
        .into_any()
    };
    axis.ticks.iter().map(mark).collect()
}

/// Marks of a horizontal axis.
pub fn x_marks(axis: &Axis) -> Vec<AnyView> {
    let mark = |&value: &f64| {
        let left = format!("left:{:.2}%", axis.percent(value));
        view! { <span style=left>{tick(value)}</span> }.into_any()
    };
    axis.ticks.iter().map(mark).collect()
}

/// How far to the right of a chart the pointer is, 0 to 1.
pub fn across(area: NodeRef<Div>, event: &PointerEvent) -> Option<f64> {
    let bounds = area.get_untracked()?.get_bounding_client_rect();
    let share = (f64::from(event.client_x()) - bounds.x()) / bounds.width().max(1.0);
    Some(share.clamp(0.0, 1.0))
}

/// An upright, so many percent to the right.
pub fn upright(left: f64) -> impl IntoView {
    view! { <span class="pointed" style=format!("left:{left:.2}%")></span> }
}

//! A text with marks where another one differs.

use leptos::prelude::*;

use super::diff::{Piece, diff};

/// Two texts, each with what the other lacks marked: as gone in the first, as new in the second.
pub fn marked(before: &str, after: &str) -> [Vec<AnyView>; 2] {
    let [gone, fresh] = diff(before, after);
    let old = gone.into_iter().map(|piece| match piece {
        Piece { text, changed: true } => view! { <del>{text}</del> }.into_any(),
        Piece { text, .. } => text.into_any(),
    });
    let new = fresh.into_iter().map(|piece| match piece {
        Piece { text, changed: true } => view! { <ins>{text}</ins> }.into_any(),
        Piece { text, .. } => text.into_any(),
    });
    [old.collect(), new.collect()]
}

/// A text alone.
pub fn plain(text: String) -> Vec<AnyView> {
    vec![text.into_any()]
}

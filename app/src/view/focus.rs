//! Where the keyboard is.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Gives an element the focus, where it is there.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        // An element that can't take the focus leaves it where it was.
        _ = element.focus();
    }
}

/// Gives the focus to a title or a result, which otherwise takes none.
pub fn focus_words(id: &str) {
    if let Some(words) = document().get_element_by_id(id) {
        // An element that can't have the attribute is left as it is.
        _ = words.set_attribute("tabindex", "-1");
    }
    focus(id);
}

/// The same once the page shows what was changed just now.
pub fn focus_words_soon(id: &'static str) {
    request_animation_frame(move || focus_words(id));
}

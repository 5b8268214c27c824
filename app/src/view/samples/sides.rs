//! A prompt with two answers side by side, the words marked that only one of them has.

use leptos::prelude::*;

use super::marks::{marked, plain};

/// One of the answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Whose it is, or from when.
    pub title: String,
    /// The answer, once it is there.
    pub text: Option<String>,
    /// For tests.
    pub testid: Option<&'static str>,
}

/// Both answers, the later one on the right.
#[component]
pub fn Sides(
    prompt: String,
    earlier: Side,
    later: Side,
    /// What stands in the place of an answer that isn't there.
    missing: &'static str,
) -> impl IntoView {
    let [before, after] = match (earlier.text, later.text) {
        (Some(before), Some(after)) => marked(&before, &after),
        (before, after) => [before, after].map(|it| plain(it.unwrap_or_else(|| missing.into()))),
    };
    view! {
        <article class="sample">
            <p class="prompt" dir="auto">
                {prompt}
            </p>
            <div class="sides">
                <div class="side">
                    <h3>{earlier.title}</h3>
                    <p class="answer" dir="auto" data-testid=earlier.testid>
                        {before}
                    </p>
                </div>
                <div class="side new">
                    <h3>{later.title}</h3>
                    <p class="answer" dir="auto" data-testid=later.testid>
                        {after}
                    </p>
                </div>
            </div>
        </article>
    }
}

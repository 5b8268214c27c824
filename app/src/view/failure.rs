//! What didn't work, said in its place.

use leptos::prelude::*;
use temper_protocol::Failure;

/// What went wrong and, where that is known, what to do about it.
#[component]
pub fn Told(failure: Failure) -> impl IntoView {
    view! {
        <p>{failure.message}</p>
        {failure.hint.map(|hint| view! { <p class="hint">{hint}</p> })}
    }
}

/// Why what stands above came to nothing, if it did.
#[component]
pub fn Refused(
    #[prop(into)] failure: Signal<Option<Failure>>,
    /// For tests.
    #[prop(optional)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let words = move || {
        failure.get().map(|failure| {
            view! {
                <div class="wrong" data-testid=testid>
                    <Told failure />
                </div>
            }
        })
    };
    // Always there, so that what comes is read out.
    view! {
        <div class="refusal" role="alert">
            {words}
        </div>
    }
}

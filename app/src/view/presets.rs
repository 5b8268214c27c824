//! Settings worth trying, as buttons above the form, and what differs from the method's example.

use leptos::prelude::*;

use super::fields::empty_means;
use super::focus::focus;
use crate::form::{Form, Values};
use crate::presets::{self, Preset};

/// The heading's name, by which it is given the focus.
const TITLE: &str = "presets-title";

/// The chosen method's presets.
#[component]
pub fn Presets(form: Form) -> impl IntoView {
    let example = Memo::new(move |_| form.example());
    let hinted = RwSignal::new(None::<&'static str>);
    let all = move || presets::of(form.method.get());
    let pressed = Memo::new(move |_| {
        let offered = all();
        example.with(|example| {
            form.values.with(|values| offered.iter().position(|it| *values == it.applied(example)))
        })
    });
    let buttons = move || {
        let button = |(at, preset): (usize, &'static Preset)| {
            view! { <PresetButton form example hinted pressed at preset /> }
        };
        all().iter().enumerate().map(button).collect::<Vec<_>>()
    };
    let why = move || {
        let why = hinted.get().or_else(|| Some(all().get(pressed.get()?)?.why));
        why.unwrap_or("Each begins with the method's example and changes a setting or two.")
    };
    view! {
        <div class="presets" role="group" aria-labelledby=TITLE>
            <p class="field-name" id=TITLE tabindex="-1">
                "Worth trying"
            </p>
            <div class="preset-row">{buttons}</div>
            <p class="field-help" data-testid="preset-why">
                {why}
            </p>
            <Differs form example />
        </div>
    }
}

#[component]
fn PresetButton(
    form: Form,
    example: Memo<Values>,
    hinted: RwSignal<Option<&'static str>>,
    /// Which of them the form holds.
    pressed: Memo<Option<usize>>,
    at: usize,
    preset: &'static Preset,
) -> impl IntoView {
    let take = move |_| form.restore(example.with_untracked(|example| preset.applied(example)));
    view! {
        <button
            type="button"
            class="plain"
            data-testid=format!("preset-{at}")
            title=preset.why
            aria-pressed=move || (pressed.get() == Some(at)).to_string()
            on:click=take
            on:pointerenter=move |_| hinted.set(Some(preset.why))
            on:pointerleave=move |_| hinted.set(None)
            on:focus=move |_| hinted.set(Some(preset.why))
            on:blur=move |_| hinted.set(None)
        >
            {preset.title}
        </button>
    }
}

/// What is typed over the example's values, and the way back.
#[component]
fn Differs(form: Form, example: Memo<Values>) -> impl IntoView {
    let changes = Memo::new(move |_| {
        example.with(|example| form.values.with(|values| changes(values, example)))
    });
    let reset = move |_| {
        // The button goes with the list.
        focus(TITLE);
        form.restore(example.get_untracked());
    };
    move || {
        let changes = changes.get();
        (!changes.is_empty()).then(|| {
            let list: Vec<_> = changes
                .into_iter()
                .map(|(key, words)| {
                    view! {
                        <li>
                            <code>{key}</code>
                            " "
                            {words}
                        </li>
                    }
                })
                .collect();
            view! {
                <div class="differs" data-testid="differs">
                    <p class="field-help">"Other than in the example:"</p>
                    <ul class="field-help figures">{list}</ul>
                    <button
                        type="button"
                        class="plain"
                        data-testid="reset-settings"
                        on:click=reset
                    >
                        "Reset"
                    </button>
                </div>
            }
        })
    }
}

/// Keys, and what stands there now and in the example.
fn changes(values: &Values, example: &Values) -> Vec<(String, String)> {
    let change = |(key, now): (String, String)| {
        let now = match now.is_empty() {
            true => emptied(&empty_means(values.method(), &key)),
            false => now,
        };
        let before = match example.text(&key) {
            "" => "nothing",
            text => text,
        };
        let words = format!("{now}, not {before}");
        (key, words)
    };
    values.changes().into_iter().map(change).collect()
}

/// An empty field, with what holds then.
fn emptied(default: &str) -> String {
    match default {
        "" => "empty".into(),
        default => format!("empty, so {default} by default"),
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::Method;

    use super::*;
    use crate::form::{LEARNING_RATE, STEPS};

    #[test]
    fn changes_are_told_with_what_they_replace() {
        let example = Values::of(Method::Dpo);
        assert!(changes(&example, &example).is_empty());
        let mut values = example.clone();
        values.set("dpo.beta", "0.1".into());
        values.set("dpo.ld_alpha", "0.5".into());
        let told = changes(&values, &example);
        let expected = [("dpo.beta", "0.1, not 1"), ("dpo.ld_alpha", "0.5, not nothing")];
        let expected = expected.map(|(key, words)| (key.to_string(), words.to_string()));
        assert_eq!(told, expected);
    }

    #[test]
    fn an_emptied_field_is_told_with_what_holds_instead() {
        let example = Values::of(Method::Dpo);
        let told = |key: &str| {
            let mut values = example.clone();
            values.set(key, String::new());
            changes(&values, &example).into_iter().map(|(_, words)| words).collect::<Vec<_>>()
        };
        assert_eq!(told(LEARNING_RATE), ["empty, so 1e-6 by default, not 0.002"]);
        assert_eq!(told(STEPS), ["empty, not 60"]);
    }
}

//! What of the form can't be used, said at its field and by its field's name.

use leptos::prelude::*;
use temper_protocol::{Failure, FailureKind, Method};
use web_sys::Element;

use super::field::About;
use super::id_of;
use crate::controller::Controller;
use crate::form::{BATCH_SIZE, Form, LEARNING_RATE, REWARD_MODEL, STEPS};
use crate::methods;
use crate::view::focus::focus;

/// What can't be used, whether a run was asked for or not; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Wrong {
    form: Form,
    /// What the estimate stumbled over.
    foreseen: Memo<Option<Failure>>,
}

impl Wrong {
    /// Of the page's form.
    pub fn of(controller: Controller) -> Self {
        let estimate = controller.insight.estimate;
        let foreseen = Memo::new(move |_| {
            estimate.with(|estimate| estimate.as_ref()?.as_ref().err().cloned())
        });
        Self { form: controller.form, foreseen }
    }

    /// Whether a field can't be used as it stands.
    pub fn is_at(self, key: &str) -> bool {
        let is_here = |failure: &Option<Failure>| failure.as_ref().and_then(key_of) == Some(key);
        self.form.is_wrong(key) || self.foreseen.with(is_here)
    }

    /// Why a field can't be used.
    fn words(self, key: &str, name: &str) -> Option<String> {
        let failure = match self.form.is_wrong(key) {
            true => self.form.wrong.get(),
            false => self.foreseen.get().filter(|failure| key_of(failure) == Some(key)),
        }?;
        let failure = advised(failure, &untrack(|| self.form.text(key)));
        let message = match failure.message.strip_prefix(key) {
            Some(rest) => format!("{name}{rest}"),
            None => failure.message,
        };
        Some(match failure.hint {
            Some(hint) => format!("{message} {hint}"),
            None => message,
        })
    }
}

/// Why a field can't be used, below it.
pub fn said(wrong: Wrong, about: &About) -> impl IntoView + use<> {
    let (key, name) = (about.key.clone(), about.name.clone());
    let words = move || wrong.words(&key, &name);
    view! {
        <p class="field-wrong" id=about.wrong_id() data-testid=about.wrong_id()>
            {words}
        </p>
    }
}

/// A failure that calls a field as its label does, too: `Steps (loop.max_steps) = 0: …`.
pub fn named(failure: Failure, form: Form) -> Failure {
    let Some(key) = key_of(&failure).map(str::to_string) else { return failure };
    let (method, typed) = untrack(|| (form.method.get(), form.text(&key)));
    let mut failure = advised(failure, &typed);
    let rest = failure.message.strip_prefix(key.as_str());
    if let (Some(label), Some(rest)) = (label(&key, method), rest) {
        failure.message = format!("{label} ({key}){rest}");
    }
    failure
}

/// Leads to the field for which a run was refused: unfolds what it is folded away in.
pub fn lead_there(form: Form) {
    Effect::new(move |before: Option<()>| {
        let key = form.wrong.with(|failure| failure.as_ref().and_then(key_of).map(str::to_string));
        // What was refused before the form came into sight takes the focus from nobody.
        if let (Some(key), Some(())) = (key, before) {
            request_animation_frame(move || unfold(&id_of(&key)));
        }
    });
}

fn unfold(id: &str) {
    let around = |element: &Element| element.closest("details").ok().flatten();
    let mut folded = document().get_element_by_id(id).and_then(|element| around(&element));
    while let Some(details) = folded {
        _ = details.set_attribute("open", "");
        folded = details.parent_element().and_then(|element| around(&element));
    }
    focus(id);
}

fn key_of(failure: &Failure) -> Option<&str> {
    match &failure.kind {
        FailureKind::BadInput(place) => place.key.as_deref(),
        _ => None,
    }
}

/// A field's label, where it isn't the end of its key.
fn label(key: &str, method: Method) -> Option<&'static str> {
    match key {
        STEPS => Some(methods::steps(method).0),
        BATCH_SIZE => Some(methods::batch(method).0),
        LEARNING_RATE => Some("Learning rate"),
        REWARD_MODEL => Some("Reward model"),
        _ => None,
    }
}

/// The failure with what to type instead, where a comma stands for the decimal point.
fn advised(failure: Failure, typed: &str) -> Failure {
    let number = typed.trim().replace(',', ".");
    let is_number = typed.contains(',') && number.parse::<f64>().is_ok();
    match is_number && failure.message.ends_with("is not a number.") {
        true => failure.with_hint(format!("Decimals stand behind a point: {number}.")),
        false => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_for_a_point_is_told() {
        let hint = |typed: &str| {
            let message = format!("dpo.beta: \"{typed}\" is not a number.");
            advised(Failure::bad_option("dpo.beta", message), typed).hint
        };
        assert_eq!(hint("0,002").as_deref(), Some("Decimals stand behind a point: 0.002."));
        assert_eq!(hint("1,000,000"), None);
        assert_eq!(hint("much"), None);
        let whole = Failure::bad_option(STEPS, "loop.max_steps: \"1,5\" is not a whole number.");
        assert_eq!(advised(whole, "1,5").hint, None);
    }

    #[test]
    fn what_every_method_has_is_called_by_its_label() {
        assert_eq!(label(STEPS, Method::Spin), Some("Steps a round"));
        assert_eq!(label(BATCH_SIZE, Method::Dpo), Some("Pairs at once"));
        assert_eq!(label("dpo.beta", Method::Dpo), None);
        let place = Failure::bad_option(STEPS, "loop.max_steps = 0: at least 1.");
        assert_eq!(key_of(&place), Some(STEPS));
        assert_eq!(key_of(&Failure::bad_input("The address asks for what isn't here.")), None);
    }
}

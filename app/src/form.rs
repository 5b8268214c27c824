//! The settings of a run, as typed: the chosen method's example and what was changed in it.
//!
//! The fields come from `temper_protocol::config::options`, so an option is said once, in the
//! config. A field that nobody touched stays as the example has it, an emptied one at its default.

mod facts;
mod offer;
mod per_method;
mod spell;
mod values;

use std::collections::BTreeMap;

use leptos::prelude::*;
use temper_protocol::{Failure, FailureKind, Method, RunConfig};

pub use facts::Facts;
pub use offer::{Offered, REWARD_MODEL, SCORED_BY, key, left_out, offered};
pub use spell::{default_of, toggled};
pub use values::{BATCH_SIZE, LEARNING_RATE, STEPS, Values};

/// The form's signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Form {
    /// What is typed.
    pub values: RwSignal<Values>,
    /// The chosen method.
    pub method: Memo<Method>,
    /// What was refused last, until something is changed.
    pub wrong: RwSignal<Option<Failure>>,
    /// What was typed for the methods that were left.
    left: StoredValue<BTreeMap<&'static str, Values>>,
}

impl Form {
    /// The form of a method as its example has it.
    pub fn new(method: Method) -> Self {
        let values = RwSignal::new(Values::of(method));
        let method = Memo::new(move |_| values.with(Values::method));
        let left = StoredValue::new(BTreeMap::new());
        Self { values, method, wrong: RwSignal::new(None), left }
    }

    /// The chosen method's example.
    pub fn example(&self) -> Values {
        self.values.with(|values| Values::of(values.method()).on(values.is_on_own_data()))
    }

    /// A method as it was left, else as its example has it.
    pub fn as_left(&self, method: Method) -> Values {
        let left = self.left.with_value(|left| left.get(method.name()).cloned());
        left.unwrap_or_else(|| Values::of(method))
    }

    /// Shows other values, or another method's; what was typed for the one that is left is kept.
    pub fn restore(&self, values: Values) {
        let before = self.values.get_untracked();
        let on_own_data = before.is_on_own_data();
        if before.method() != values.method() {
            self.left.update_value(|left| {
                left.insert(before.method().name(), before);
            });
        }
        self.take_back(values.on(on_own_data));
    }

    /// Back to what was shown before a change that came to nothing.
    pub fn take_back(&self, before: Values) {
        self.wrong.set(None);
        self.values.set(before);
    }

    /// Fits the examples to the page's own rows, or to the user's.
    pub fn fit(&self, on_own_data: bool) {
        if self.values.with_untracked(Values::is_on_own_data) != on_own_data {
            self.values.update(|values| *values = values.clone().on(on_own_data));
        }
    }

    /// What is typed in a field.
    pub fn text(&self, key: &str) -> String {
        self.values.with(|values| values.text(key).to_string())
    }

    /// Takes in what is typed in a field.
    pub fn set(&self, key: &str, text: String) {
        if self.wrong.with_untracked(Option::is_some) {
            self.wrong.set(None);
        }
        self.values.update(|values| values.set(key, text));
    }

    /// Shows a config's values.
    pub fn adopt(&self, config: &RunConfig) {
        self.wrong.set(None);
        self.values.update(|values| values.adopt(config));
    }

    /// Whether this field was refused.
    pub fn is_wrong(&self, key: &str) -> bool {
        self.wrong.with(|failure| match failure.as_ref().map(|failure| &failure.kind) {
            Some(FailureKind::BadInput(place)) => place.key.as_deref() == Some(key),
            _ => false,
        })
    }

    /// The run that the form describes.
    ///
    /// # Errors
    /// The first field that can't be used; the sentence names its key.
    pub fn config(&self, facts: &Facts) -> Result<RunConfig, Failure> {
        self.values.with_untracked(|values| values.config(facts))
    }
}

//! One field, made from what its option says about itself.

use std::sync::Arc;

use leptos::prelude::*;
use temper_protocol::config::options::{OptionKind, OptionSpec};

use super::wrong::{Wrong, said};
use super::{id_of, kinds};
use crate::form::{self, Form};

/// What a field says about itself.
#[derive(Clone, Debug)]
pub struct About {
    /// `table.key` in the config.
    pub key: Arc<str>,
    /// Its label.
    pub name: String,
    /// What it does.
    pub help: String,
    /// For tests; also what its ids begin with.
    pub testid: String,
    /// What it takes.
    pub kind: OptionKind,
    /// What holds while it is empty; empty where that depends.
    pub default: String,
}

impl From<&OptionSpec> for About {
    fn from(spec: &OptionSpec) -> Self {
        let listed = matches!(spec.kind, OptionKind::Numbers | OptionKind::Texts);
        let commas = if listed { " Commas between several." } else { "" };
        let key = form::key(spec);
        // An adapter's `r` says little without its table.
        let name = if ["lora", "schedule"].contains(&spec.table) { &key } else { &spec.key };
        Self {
            testid: id_of(&key),
            name: name.clone(),
            default: form::default_of(spec),
            key: key.into(),
            help: format!("{}{commas}", spec.help),
            kind: spec.kind.clone(),
        }
    }
}

impl About {
    /// The id of its help.
    pub fn help_id(&self) -> String {
        format!("{}-help", self.testid)
    }

    /// The id of what is wrong with it.
    pub fn wrong_id(&self) -> String {
        format!("{}-wrong", self.testid)
    }

    /// The ids of all that is said of it.
    pub fn told_by(&self) -> String {
        format!("{} {}", self.help_id(), self.wrong_id())
    }

    /// What an empty field shows.
    pub fn placeholder(&self) -> String {
        match self.default.is_empty() {
            true => "left out".into(),
            false => format!("{} by default", self.default),
        }
    }
}

/// A field with its label and its help.
#[component]
pub fn Field(form: Form, about: About, wrong: Wrong) -> impl IntoView {
    let key = Arc::clone(&about.key);
    let unread = move || form.values.with(|values| !values.is_read(&key));
    let is_wide = matches!(about.kind, OptionKind::Choices(_));
    let inside = match &about.kind {
        OptionKind::Choice(choices) => {
            let all = choices.iter().map(|choice| kinds::Entry::from(choice.clone())).collect();
            kinds::choice(form, &about, wrong, all)
        }
        OptionKind::Choices(choices) => kinds::choices(form, &about, choices),
        OptionKind::Switch if about.default.is_empty() => {
            kinds::choice(form, &about, wrong, kinds::undecided())
        }
        OptionKind::Switch => kinds::switch(form, &about, wrong),
        OptionKind::Number
        | OptionKind::Integer
        | OptionKind::Numbers
        | OptionKind::Text
        | OptionKind::Texts => kinds::typed(form, &about, wrong),
    };
    view! {
        <div class="field" class:wide=is_wide hidden=unread>
            {inside}
            {said(wrong, &about)}
        </div>
    }
}

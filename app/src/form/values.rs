//! What is typed, and the run that it makes.

use std::collections::BTreeMap;

use serde_json::Value;
use temper_protocol::config::options::OptionKind;
use temper_protocol::{ConfigError, Failure, Method, RunConfig};

use super::facts::Facts;
use super::offer::{self, Offered, offered};
use super::per_method::PerMethod;
use super::spell::{default_of, shown, toml};
use crate::examples;

/// The key of the peak learning rate.
pub const LEARNING_RATE: &str = "optimizer.learning_rate";
/// The key of the steps, of each round in self-play.
pub const STEPS: &str = "loop.max_steps";
/// The key of the longest row.
const MAX_LENGTH: &str = "data.max_length";
/// The key of the rows, or completions, of one micro-batch.
pub const BATCH_SIZE: &str = "loop.batch_size";

/// The fields of one method.
#[derive(Clone, Debug)]
pub struct Values {
    method: Method,
    /// By `table.key`, where somebody did.
    typed: BTreeMap<String, String>,
    /// Whether the run learns from the user's rows.
    on_own_data: bool,
}

/// By `table.key`.
type Fields = BTreeMap<String, Field>;

#[derive(Clone, Debug)]
struct Field {
    kind: OptionKind,
    /// What holds while nobody touches it: the example's value, else the default.
    before: String,
}

impl Values {
    /// As the method's example has them.
    pub fn of(method: Method) -> Self {
        Self { method, typed: BTreeMap::new(), on_own_data: false }
    }

    /// The example with changes by `table.key`; what is no field is let be.
    pub fn with(method: Method, changes: &[(String, String)]) -> Self {
        let mut values = Self::of(method);
        changes.iter().for_each(|(key, value)| values.set(key, value.clone()));
        values
    }

    /// The same for the page's own rows, or for the user's: the short limit of the example would
    /// cut other people's rows.
    pub fn on(self, on_own_data: bool) -> Self {
        Self { on_own_data, ..self }
    }

    /// Whether the run learns from the user's rows.
    pub fn is_on_own_data(&self) -> bool {
        self.on_own_data
    }

    /// Whose fields these are.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Makes now what else is made when a field is first looked at.
    pub fn read_ahead(&self) {
        self.fields();
    }

    fn fields(&self) -> &'static Fields {
        static ALL: PerMethod<Fields> = PerMethod::new();
        ALL.get(self.method, read_fields)
    }

    /// What the fields show, by `table.key`.
    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields().keys().map(|key| (key.as_str(), self.text(key)))
    }

    /// What is typed in a field; nothing where the method has no such field.
    pub fn text(&self, key: &str) -> &str {
        self.typed.get(key).map_or_else(|| self.before(key), String::as_str)
    }

    /// What holds while nobody touches a field.
    fn before(&self, key: &str) -> &str {
        match key {
            MAX_LENGTH if self.on_own_data => "",
            key => self.fields().get(key).map_or("", |field| field.before.as_str()),
        }
    }

    /// Takes in what is typed in a field.
    pub fn set(&mut self, key: &str, text: String) {
        if self.fields().contains_key(key) {
            self.typed.insert(key.to_string(), text);
        }
    }

    /// What was typed over what the example has, by `table.key`.
    pub fn changes(&self) -> Vec<(String, String)> {
        let typed = self.typed.iter().map(|(key, typed)| (key.clone(), typed.trim().to_string()));
        let is_change = |key: &str, typed: &str| self.is_read(key) && typed != self.before(key);
        typed.filter(|(key, typed)| is_change(key, typed)).collect()
    }

    /// Shows a config's values in all fields that it has.
    pub fn adopt(&mut self, config: &RunConfig) {
        let Ok(config) = serde_json::to_value(config) else { return };
        let values = self.fields().keys().map(|key| (key.clone(), at(&config, key)));
        let values = values.filter(|(_, value)| !value.is_null());
        let texts: Vec<_> = values.map(|(key, value)| (key, shown(value))).collect();
        self.typed.extend(texts);
    }

    /// Whether a field is read as the others stand.
    pub fn is_read(&self, key: &str) -> bool {
        offer::is_read(key, |other| self.text(other))
    }

    /// The run that the form describes.
    ///
    /// # Errors
    /// The first field that can't be used; the sentence names its key.
    pub fn config(&self, facts: &Facts) -> Result<RunConfig, Failure> {
        let mut text = examples::text(self.method).to_string();
        let mut overrides = Vec::new();
        for (key, field) in self.fields() {
            let typed = self.text(key).trim();
            if !self.is_read(key) || field.is_cleared(key, typed) {
                text = without(&text, key);
            } else if typed != field.before {
                let value = toml(&field.kind, typed)
                    .map_err(|why| refused(key, format!("{key}: {why}.")))?;
                overrides.push(format!("{key}={value}"));
            }
        }
        let file = examples::file(self.method);
        let mut config =
            RunConfig::from_toml(&file, &text, &overrides).map_err(|error| in_words(&error))?;
        facts.apply(&mut config);
        facts.name_scorer(&mut config)?;
        config.resolve().map_err(|error| in_words(&error))?;
        Ok(config)
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.method == other.method && self.texts().eq(other.texts())
    }
}

impl Field {
    /// Whether it is empty where that stands for the default.
    fn is_cleared(&self, key: &str, typed: &str) -> bool {
        let needed = [STEPS, BATCH_SIZE].contains(&key);
        let list = matches!(self.kind, OptionKind::Choices(_));
        typed.is_empty() && !needed && !list
    }
}

/// A method's fields as its example has them.
fn read_fields(method: Method) -> Fields {
    let example = RunConfig::from_toml("", examples::text(method), &[]).ok();
    let example = example.and_then(|config| serde_json::to_value(config).ok());
    // An example that can't be read, which a test rules out, is told of when the run starts.
    let example = example.unwrap_or(Value::Null);
    let common = [
        (LEARNING_RATE, OptionKind::Number),
        (STEPS, OptionKind::Integer),
        (BATCH_SIZE, OptionKind::Integer),
    ];
    let common = common.map(|(key, kind)| (key.to_string(), kind, String::new()));
    let Offered { first, rest } = offered(method);
    let own = first.iter().chain(rest);
    let own = own.map(|spec| (offer::key(spec), spec.kind.clone(), default_of(spec)));
    let field = |(key, kind, default): (String, OptionKind, String)| {
        let before = match at(&example, &key) {
            Value::Null => default,
            value => shown(value),
        };
        (key, Field { kind, before })
    };
    common.into_iter().chain(own).map(field).collect()
}

/// The value of `table.key`, or of a key before all tables.
fn at<'a>(config: &'a Value, dotted: &str) -> &'a Value {
    match dotted.split_once('.') {
        Some((table, key)) => &config[table][key],
        None => &config[dotted],
    }
}

/// The text without the line of `table.key`.
fn without(text: &str, dotted: &str) -> String {
    let (table, key) = dotted.split_once('.').unwrap_or(("", dotted));
    let mut here = "";
    let mut kept = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            here = name;
        }
        let name = line.split_once('=').map_or("", |(name, _)| name.trim());
        if here != table || name != key {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn in_words(error: &ConfigError) -> Failure {
    let key = match error {
        ConfigError::Value { key, .. }
        | ConfigError::NotRead { key, .. }
        | ConfigError::Unread { key, .. }
        | ConfigError::Exclusive { first: key, .. } => *key,
        ConfigError::Parse { .. } | ConfigError::Override { .. } => "",
    };
    refused(key, format!("{error}."))
}

fn refused(key: &str, message: String) -> Failure {
    match key {
        "" => Failure::bad_input(message),
        key => Failure::bad_option(key, message),
    }
}

#[cfg(test)]
mod tests;

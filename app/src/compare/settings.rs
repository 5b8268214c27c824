//! Settings side by side: what differs between runs, and what all have.

use serde_json::Value;
use temper_protocol::RunConfig;

/// One run's settings by dotted key, in the order of the config.
pub type Values = Vec<(String, String)>;

/// Settings of several runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Keys, and what each run has; `None` where it lacks the key.
    pub differing: Vec<(String, Vec<Option<String>>)>,
    /// Keys, and what all runs have.
    pub common: Values,
}

impl Settings {
    /// Of some runs' values.
    pub fn of(runs: &[Values]) -> Self {
        let mut settings = Self::default();
        for key in keys(runs) {
            let values: Vec<Option<String>> =
                runs.iter().map(|values| find(values, key).cloned()).collect();
            match values.first() {
                Some(Some(first)) if values.iter().all(|value| value.as_ref() == Some(first)) => {
                    settings.common.push((key.to_string(), first.clone()));
                }
                _ => settings.differing.push((key.to_string(), values)),
            }
        }
        settings
    }
}

/// All keys, in the order in which they are met.
fn keys(runs: &[Values]) -> Vec<&str> {
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in runs.iter().flatten() {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    keys
}

fn find<'a>(values: &'a [(String, String)], key: &str) -> Option<&'a String> {
    values.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// A config's values by dotted key, as `RUN.toml` spells them; what isn't set is left out.
pub fn flatten(config: &RunConfig) -> Values {
    let mut values = Values::new();
    if let Ok(config) = serde_json::to_value(config) {
        walk(String::new(), &config, &mut values);
    }
    values
}

fn walk(key: String, value: &Value, values: &mut Values) {
    match value {
        Value::Null => {}
        Value::Object(table) => {
            for (name, value) in table {
                let dot = if key.is_empty() { "" } else { "." };
                walk(format!("{key}{dot}{name}"), value, values);
            }
        }
        other => values.push((key, spelled(other))),
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(spelled).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::Method;

    use super::*;
    use crate::examples;

    fn example() -> Values {
        let (file, text) = (examples::file(Method::Dpo), examples::text(Method::Dpo));
        flatten(&RunConfig::from_toml(&file, text, &[]).unwrap())
    }

    #[test]
    fn keys_are_those_of_the_file() {
        let values = example();
        assert_eq!(values[0], ("method".into(), "dpo".into()));
        assert_eq!(find(&values, "loop.max_steps").unwrap(), "60");
        assert_eq!(find(&values, "dpo.loss_type").unwrap(), "sigmoid");
        assert_eq!(find(&values, "optimizer.betas").unwrap(), "0.9, 0.999");
        assert_eq!(find(&values, "loop.epochs"), None);
    }

    #[test]
    fn only_what_differs_is_set_apart() {
        let mut other = example();
        let beta = other.iter_mut().find(|(key, _)| key == "dpo.beta").unwrap();
        beta.1 = "0.1".into();
        other.push(("sppo.eta".into(), "0.5".into()));
        let one = example();
        let settings = Settings::of(&[one.clone(), other]);
        let some = |text: &str| Some(text.to_string());
        assert_eq!(
            settings.differing,
            [
                ("dpo.beta".to_string(), vec![some("1.0"), some("0.1")]),
                ("sppo.eta".to_string(), vec![None, some("0.5")]),
            ]
        );
        assert_eq!(settings.common.len(), one.len() - 1);
    }
}

//! Typed access to a JSON object's keys, with errors that name them.

use serde_json::{Map, Value};

use super::error::ConfigError;

/// What a number must be whose inverse, root or power is taken.
pub(super) const POSITIVE: &str = "a number above 0";

/// The keys of a JSON object in a file.
pub(super) struct Keys<'a> {
    file: &'a str,
    /// What stands before a key in messages: `rope_scaling.`
    within: &'static str,
    map: Map<String, Value>,
}

impl<'a> Keys<'a> {
    pub fn parse(file: &'a str, text: &str) -> Result<Self, ConfigError> {
        let map = serde_json::from_str(text)
            .map_err(|e| ConfigError::Json { file: file.to_string(), message: e.to_string() })?;
        Ok(Self { file, within: "", map })
    }

    /// The keys of an object within; `None` where it is absent, null or empty.
    pub fn object(&self, key: &str, within: &'static str) -> Result<Option<Keys<'a>>, ConfigError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Object(map)) if map.is_empty() => Ok(None),
            Some(Value::Object(map)) => {
                Ok(Some(Keys { file: self.file, within, map: map.clone() }))
            }
            Some(_) => Err(self.error(key, "an object")),
        }
    }

    /// The value, where the key is there and not null.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Whether the key is there, null or not.
    pub fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// All keys with their values.
    pub fn values(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.map.iter()
    }

    pub fn size(&self, key: &str) -> Result<Option<usize>, ConfigError> {
        self.get(key)
            .map(|value| {
                let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
                size.ok_or_else(|| self.error(key, "a whole number"))
            })
            .transpose()
    }

    pub fn required_size(&self, key: &str) -> Result<usize, ConfigError> {
        self.size(key)?.ok_or_else(|| self.error(key, "a whole number"))
    }

    /// A size by which memory is taken before anything else is known of the model.
    pub fn required_up_to(&self, key: &str, most: usize) -> Result<usize, ConfigError> {
        match self.required_size(key)? {
            size if size <= most => Ok(size),
            _ => Err(self.error(key, &format!("at most {most}"))),
        }
    }

    pub fn number(&self, key: &str) -> Result<Option<f64>, ConfigError> {
        self.get(key)
            .map(|value| value.as_f64().ok_or_else(|| self.error(key, "a number")))
            .transpose()
    }

    pub fn positive(&self, key: &str) -> Result<Option<f64>, ConfigError> {
        match self.number(key)? {
            Some(number) if number <= 0.0 => Err(self.error(key, POSITIVE)),
            number => Ok(number),
        }
    }

    pub fn required_positive(&self, key: &str) -> Result<f64, ConfigError> {
        self.positive(key)?.ok_or_else(|| self.error(key, POSITIVE))
    }

    pub fn flag(&self, key: &str, default: bool) -> Result<bool, ConfigError> {
        match self.get(key) {
            Some(value) => value.as_bool().ok_or_else(|| self.error(key, "true or false")),
            None => Ok(default),
        }
    }

    pub fn text(&self, key: &str) -> Result<Option<&str>, ConfigError> {
        self.get(key)
            .map(|value| value.as_str().ok_or_else(|| self.error(key, "a string")))
            .transpose()
    }

    pub fn error(&self, key: &str, expected: &str) -> ConfigError {
        ConfigError::Key {
            file: self.file.to_string(),
            key: format!("{}{key}", self.within),
            value: self.map.get(key).map_or_else(|| "(missing)".to_string(), Value::to_string),
            expected: expected.to_string(),
        }
    }
}

//! What the page's address asks for: `?method=kto&steps=N&device=webgpu|cpu|auto&autostart=1`.

use temper_protocol::{DeviceChoice, Method};
use web_sys::UrlSearchParams;

use crate::form::STEPS;
use crate::methods;
use crate::route::Query;

/// Wishes of the address; each has a default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// Whether to start the run at once.
    pub autostart: bool,
    /// Where to compute.
    pub device: DeviceChoice,
    /// The method in place of the default one.
    pub method: Option<Method>,
    /// Steps in place of the method's own.
    pub steps: Option<u32>,
}

impl Settings {
    /// Those of the address that the page was opened with.
    pub fn of_address() -> Self {
        let search = leptos::prelude::location().search().unwrap_or_default();
        match UrlSearchParams::new_with_str(&search) {
            Ok(params) => Self::from_pairs(|name| params.get(name)),
            Err(_) => Self::default(),
        }
    }

    /// What of it the form holds, by the form's own keys.
    pub fn wishes(&self) -> Query {
        let method = self.method.map(|method| ("method".to_string(), method.name().to_string()));
        let steps = self.steps.map(|steps| (STEPS.to_string(), steps.to_string()));
        method.into_iter().chain(steps).collect()
    }

    fn from_pairs(value: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            autostart: value("autostart").is_some_and(|value| value == "1"),
            device: device(&value("device").unwrap_or_default()),
            method: value("method").and_then(|name| methods::by_name(&name)),
            steps: value("steps").and_then(|text| text.parse().ok()).filter(|&steps| steps > 0),
        }
    }
}

/// The device of that name; `Auto` for any other word.
pub fn device(name: &str) -> DeviceChoice {
    match name {
        "webgpu" => DeviceChoice::Wgpu,
        "cpu" => DeviceChoice::Cpu,
        _ => DeviceChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Settings {
        Settings::from_pairs(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_string())
        })
    }

    #[test]
    fn an_address_without_wishes_gives_the_defaults() {
        assert_eq!(of(&[]), Settings::default());
    }

    #[test]
    fn wishes_are_read() {
        let settings =
            of(&[("autostart", "1"), ("device", "cpu"), ("method", "kto"), ("steps", "12")]);
        let expected = Settings {
            autostart: true,
            device: DeviceChoice::Cpu,
            method: Some(Method::Kto),
            steps: Some(12),
        };
        assert_eq!(settings, expected);
        let wishes = [("method", "kto"), ("loop.max_steps", "12")];
        let wishes = wishes.map(|(key, value)| (key.to_string(), value.to_string()));
        assert_eq!(settings.wishes(), wishes);
        assert!(of(&[("device", "cpu")]).wishes().is_empty());
    }

    #[test]
    fn nonsense_is_no_wish() {
        assert_eq!(
            of(&[("autostart", "yes"), ("device", "tpu"), ("method", "grpo"), ("steps", "0")]),
            Settings::default()
        );
    }
}

//! Where two runs' settings differ.

use super::RunConfig;

/// A setting that two runs hold apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its place in `RUN.toml`: `table.key`, or a key alone.
    pub key: String,
    /// What one has, as written there; "nothing" where it has none.
    pub then: String,
    /// What the other has.
    pub now: String,
}

impl Difference {
    /// The first setting in which two configs differ.
    pub fn first(then: &RunConfig, now: &RunConfig) -> Option<Self> {
        if then == now {
            return None;
        }
        let table = |config| toml::Table::try_from(config).unwrap_or_default();
        let (key, then, now) = between(&table(then), &table(now))?;
        let written =
            |value: Option<toml::Value>| value.map_or("nothing".into(), |it| it.to_string());
        Some(Self { key, then: written(then), now: written(now) })
    }
}

type Apart = (String, Option<toml::Value>, Option<toml::Value>);

/// By key, inside of tables that both have, or either.
fn between(then: &toml::Table, now: &toml::Table) -> Option<Apart> {
    let none = toml::Table::new();
    let inner = |value: Option<&toml::Value>| value.and_then(toml::Value::as_table).cloned();
    then.keys().chain(now.keys()).find_map(|key| {
        let (a, b) = (then.get(key), now.get(key));
        match (inner(a), inner(b)) {
            _ if a == b => None,
            (None, None) => Some((key.clone(), a.cloned(), b.cloned())),
            (a, b) => between(a.as_ref().unwrap_or(&none), b.as_ref().unwrap_or(&none))
                .map(|(inner, a, b)| (format!("{key}.{inner}"), a, b)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(rest: &str) -> RunConfig {
        let text =
            format!("method = \"dpo\"\n[model]\npath = \"m\"\n[data]\ntrain = \"d\"\n{rest}");
        RunConfig::from_toml("", &text, &[]).unwrap().resolve().unwrap().config
    }

    fn difference(then: &str, now: &str) -> Option<[String; 3]> {
        let found = Difference::first(&resolved(then), &resolved(now))?;
        Some([found.key, found.then, found.now])
    }

    #[test]
    fn a_difference_names_its_key() {
        let found = difference("", "[dpo]\nld_alpha = 0.5\n");
        assert_eq!(found, Some(["dpo.ld_alpha", "nothing", "0.5"].map(String::from)));
        let found = difference("[lora]\nr = 4\n", "");
        assert_eq!(found.map(|[key, ..]| key), Some("lora.alpha".into()));
        let found = difference("[dpo]\nloss_type = [\"hinge\"]\n", "");
        assert_eq!(found.unwrap()[1], "[\"hinge\"]");
        assert_eq!(difference("", ""), None);
    }

    #[test]
    fn texts_of_several_lines_are_compared_whole() {
        let prompts =
            |line: &str| format!("[sample]\nprompts = [\"one\\n{line}\\nthree\", \"x\"]\n");
        for line in ["two", "[loop]", "a = b", ""] {
            assert!(difference(&prompts("2"), &prompts(line)).is_some(), "{line}");
            assert_eq!(difference(&prompts(line), &prompts(line)), None);
        }
    }
}

//! Between what a field shows and what TOML says: a list is its items with commas, nothing is
//! an empty field.

use serde_json::Value;
use temper_protocol::config::options::{Choice, OptionKind, OptionSpec};

/// A value of the config as its field shows it; empty where there is none.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(on) => on.to_string(),
        Value::Number(number) => {
            let text = number.to_string();
            text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_string)
        }
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
    }
}

/// What holds where a field is empty, as it would show it; empty where that depends.
pub fn default_of(spec: &OptionSpec) -> String {
    let value = spec.default.as_deref().and_then(|text| serde_json::from_str(text).ok());
    value.as_ref().map(shown).unwrap_or_default()
}

/// The items of a list.
pub fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// A list of choices with one of them put in or taken out, in the order of all.
pub fn toggled(list: &str, all: &[Choice], value: &str, on: bool) -> String {
    let is_in = |choice: &&Choice| match choice.value == value {
        true => on,
        false => items(list).any(|item| item == choice.value),
    };
    let values: Vec<&str> = all.iter().filter(is_in).map(|choice| choice.value.as_str()).collect();
    values.join(", ")
}

/// What is typed as a value of TOML.
///
/// # Errors
/// What isn't what would have been right, in words.
pub fn toml(kind: &OptionKind, typed: &str) -> Result<String, String> {
    let is_not = |expected: &str| format!("\"{typed}\" is not {expected}");
    match kind {
        OptionKind::Number => number(typed).ok_or_else(|| is_not("a number")),
        OptionKind::Integer => match typed.parse::<u32>() {
            Ok(whole) => Ok(whole.to_string()),
            Err(_) => Err(is_not("a whole number")),
        },
        OptionKind::Switch => match typed {
            "true" | "false" => Ok(typed.to_string()),
            _ => Err(is_not("true or false")),
        },
        OptionKind::Text => Ok(quoted(typed)),
        OptionKind::Texts => Ok(list(items(typed).map(quoted).collect())),
        OptionKind::Choice(all) => one_of(all, typed),
        OptionKind::Choices(all) => {
            let chosen: Result<Vec<String>, _> =
                items(typed).map(|item| one_of(all, item)).collect();
            chosen.map(list)
        }
        OptionKind::Numbers => {
            let numbers: Option<Vec<String>> = items(typed).map(number).collect();
            numbers.map(list).ok_or_else(|| is_not("a list of numbers with commas between them"))
        }
    }
}

fn number(typed: &str) -> Option<String> {
    let number = typed.parse::<f64>().ok().filter(|number| number.is_finite())?;
    // Debug writes a point or an exponent, so that TOML reads a float.
    Some(format!("{number:?}"))
}

fn one_of(all: &[Choice], typed: &str) -> Result<String, String> {
    let values: Vec<&str> = all.iter().map(|choice| choice.value.as_str()).collect();
    match values.contains(&typed) {
        true => Ok(quoted(typed)),
        false => Err(format!("\"{typed}\" is not one of {}", values.join(", "))),
    }
}

/// JSON's strings are among TOML's.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(items: Vec<String>) -> String {
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn choices() -> Vec<Choice> {
        ["sigmoid", "ipo", "sft"]
            .map(|value| Choice { value: value.into(), help: String::new() })
            .into()
    }

    #[test]
    fn values_are_shown_as_people_type_them() {
        for (value, text) in [
            (json!(1.0), "1"),
            (json!(5e-7), "5e-7"),
            (json!(64), "64"),
            (json!(null), ""),
            (json!(["ipo", "sft"]), "ipo, sft"),
            (json!([0.1, 5.0]), "0.1, 5"),
        ] {
            assert_eq!(shown(&value), text);
        }
    }

    #[test]
    fn what_is_typed_becomes_toml_or_is_refused() {
        for (kind, typed, expected) in [
            (OptionKind::Number, "1", Ok("1.0")),
            (OptionKind::Number, ".5", Ok("0.5")),
            (OptionKind::Number, "nan", Err("\"nan\" is not a number")),
            (OptionKind::Number, "a lot", Err("\"a lot\" is not a number")),
            (OptionKind::Integer, "64", Ok("64")),
            (OptionKind::Integer, "1.5", Err("\"1.5\" is not a whole number")),
            (OptionKind::Numbers, "1, 0.5", Ok("[1.0, 0.5]")),
            (OptionKind::Texts, "so \"nice\", warm ", Ok("[\"so \\\"nice\\\"\", \"warm\"]")),
            (OptionKind::Choices(choices()), "", Ok("[]")),
            (OptionKind::Choices(choices()), "sft, ipo", Ok("[\"sft\", \"ipo\"]")),
            (OptionKind::Choice(choices()), "ipo", Ok("\"ipo\"")),
        ] {
            let expected = expected.map(String::from).map_err(String::from);
            assert_eq!(toml(&kind, typed), expected, "{typed}");
        }
    }

    #[test]
    fn an_unknown_choice_is_told_with_those_that_there_are() {
        let expected = Err("\"__proto__\" is not one of sigmoid, ipo, sft".to_string());
        assert_eq!(toml(&OptionKind::Choice(choices()), "__proto__"), expected);
        assert_eq!(toml(&OptionKind::Choices(choices()), "ipo, __proto__"), expected);
    }

    #[test]
    fn choices_keep_their_order() {
        let all = choices();
        assert_eq!(toggled("sft", &all, "sigmoid", true), "sigmoid, sft");
        assert_eq!(toggled("sigmoid, sft", &all, "sft", false), "sigmoid");
        assert_eq!(toggled("ipo", &all, "ipo", false), "");
    }
}

//! JSON's values as YAML 1.1 reads them, which Python's parsers do.

use serde_json::Value;

/// A value on one line.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => float(number.as_f64().unwrap_or_default()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(scalar).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(keys) => {
            let pair = |(key, value): (&String, &Value)| {
                format!("{}: {}", Value::from(key.as_str()), scalar(value))
            };
            format!("{{{}}}", keys.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// `1e-8` would be text: a number has a point, and its power a sign.
fn float(value: f64) -> String {
    let text = format!("{value:?}");
    let Some((digits, power)) = text.split_once('e') else { return text };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if power.starts_with('-') { "" } else { "+" };
    format!("{digits}{point}e{sign}{power}")
}

/// What is told beside the values: one line, whatever it holds.
pub fn comment(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    format!("# {text}").trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_have_a_point_and_powers_a_sign() {
        let values = json!([1e-8, 1.5e-7, 2.0, 0.1, 3, 1e20, -1e-6]);
        let expected = "[1.0e-8, 1.5e-7, 2.0, 0.1, 3, 1.0e+20, -1.0e-6]";
        assert_eq!(scalar(&values), expected);
    }

    #[test]
    fn texts_are_quoted_and_the_rest_is_jsons() {
        let value = json!({ "no": ["yes: # \"no\"", true, null], "b": {} });
        assert_eq!(scalar(&value), r#"{"no": ["yes: # \"no\"", true, null], "b": {}}"#);
        assert_eq!(scalar(&json!("no")), "\"no\"");
    }

    #[test]
    fn a_comment_is_one_line() {
        assert_eq!(comment("a\nb: c"), "# a b: c");
        assert_eq!(comment(""), "#");
    }
}

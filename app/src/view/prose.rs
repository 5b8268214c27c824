//! Texts with what stands between backticks set as code: doc comments and lessons put names so.

use leptos::prelude::*;

/// A text's pieces in their order, with what stands between backticks as code.
pub fn prose(text: &str) -> Vec<AnyView> {
    let view = |(is_code, words): (bool, &str)| {
        let words = words.to_string();
        match is_code {
            true => view! { <code>{words}</code> }.into_any(),
            false => words.into_any(),
        }
    };
    parts(text).into_iter().map(view).collect()
}

/// Stretches of a text, and whether they stood in backticks. One without its partner stays.
fn parts(text: &str) -> Vec<(bool, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, code, after)) = next(rest) {
        parts.extend([(false, before), (true, code)]);
        rest = after;
    }
    parts.push((false, rest));
    parts.retain(|(_, words)| !words.is_empty());
    parts
}

fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((before, code, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_backticks_is_code() {
        assert_eq!(
            parts("Read by `sigmoid` and `aot`."),
            [(false, "Read by "), (true, "sigmoid"), (false, " and "), (true, "aot"), (false, ".")]
        );
        assert_eq!(parts("`loss` falls"), [(true, "loss"), (false, " falls")]);
        assert_eq!(parts("Nothing."), [(false, "Nothing.")]);
        assert_eq!(parts("One ` alone."), [(false, "One ` alone.")]);
        assert!(parts("").is_empty());
    }
}

//! The rules, on the text of one file. They lean on rustfmt: a function ends at the first `}`
//! that is indented as its `fn` is.

use std::path::Path;

use super::{FILE_LINES, FUNCTION_LINES, Offence};

/// Every rule that one file breaks.
pub(super) fn check(file: &Path, text: &str) -> Vec<Offence> {
    let is_rust = file.extension().is_some_and(|end| end == "rs");
    let body = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text);
    let mut offences = Vec::new();
    offences.extend(too_long(file, body));
    if is_rust {
        offences.extend(no_idea(file, text));
        offences.extend(long_functions(file, body));
    }
    offences
}

/// The objectives that the index doesn't mention as `name::`.
pub(super) fn missing_from_index(
    file: &Path,
    text: &str,
    names: impl Iterator<Item = String>,
) -> Option<Offence> {
    let start = text.find("INDEX")?;
    let missing: Vec<_> =
        names.filter(|name| !text[start..].contains(&format!("{name}::"))).collect();
    if missing.is_empty() {
        return None;
    }
    let line = text[..start].lines().count().max(1);
    Some(Offence {
        file: file.to_owned(),
        line,
        what: format!("INDEX doesn't name {}", missing.join(", ")),
    })
}

fn too_long(file: &Path, body: &str) -> Option<Offence> {
    let is_code = |line: &&str| {
        let line = line.trim();
        !line.is_empty()
            && !["//", "/*", "* ", "*/"].iter().any(|comment| line.starts_with(comment))
    };
    let (last, count) = body
        .lines()
        .enumerate()
        .filter(|(_, line)| is_code(line))
        .fold((0, 0), |seen, (at, _)| (at + 1, seen.1 + 1));
    (count > FILE_LINES).then(|| Offence {
        file: file.to_owned(),
        line: last,
        what: format!("{count} lines of code; a file has one job and at most {FILE_LINES}"),
    })
}

fn no_idea(file: &Path, text: &str) -> Option<Offence> {
    (!text.starts_with("//!")).then(|| Offence {
        file: file.to_owned(),
        line: 1,
        what: "a file opens with `//!` and its idea".to_owned(),
    })
}

fn long_functions(file: &Path, body: &str) -> Vec<Offence> {
    let lines: Vec<_> = body.lines().collect();
    let mut offences = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let Some(length) = body_length(&lines[start..], indent) else { continue };
        if length > FUNCTION_LINES {
            let what = format!(
                "`{name}` has {length} lines; a function does or decides, in at most {FUNCTION_LINES}"
            );
            offences.push(Offence { file: file.to_owned(), line: start + 1, what });
        }
    }
    offences
}

/// The name of the function that starts on this line.
fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    for word in ["pub(super) ", "pub(crate) ", "pub ", "const ", "async ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    rest.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// Lines between a function's opening and closing brace; none for a declaration.
fn body_length(lines: &[&str], indent: &str) -> Option<usize> {
    let open = lines
        .iter()
        .position(|line| line.ends_with('{') || line.ends_with(';') || line.ends_with('}'))?;
    if !lines[open].ends_with('{') {
        return None;
    }
    let close = lines[open..].iter().position(|line| line.strip_prefix(indent) == Some("}"))?;
    Some(close - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_rust(text: &str) -> Vec<String> {
        check(Path::new("a.rs"), text)
            .into_iter()
            .map(|offence| format!("{}: {}", offence.line, offence.what))
            .collect()
    }

    fn function_of(lines: usize) -> String {
        format!(
            "    pub(crate) async fn long(\n        a: u32,\n    ) {{\n{}    }}\n",
            "        a;\n".repeat(lines)
        )
    }

    #[test]
    fn a_function_may_have_40_lines() {
        assert_eq!(check_rust(&format!("//! Idea.\n{}", function_of(40))), [""; 0]);
        let offences = check_rust(&format!("//! Idea.\n{}", function_of(41)));
        assert_eq!(offences.len(), 1);
        assert!(offences[0].starts_with("2: `long` has 41 lines"), "{offences:?}");
    }

    #[test]
    fn comments_and_tests_make_no_file_too_long() {
        let code = "const A: u32 = 1;\n".repeat(300);
        let rest = "/// Doc.\n\n// Why.\n".repeat(100);
        let tests =
            format!("\n#[cfg(test)]\nmod tests {{\n{}}}\n", "const B: u32 = 1;\n".repeat(100));
        assert_eq!(check_rust(&format!("//! Idea.\n{rest}{code}{tests}")), [""; 0]);
        assert_eq!(
            check_rust(&format!("//! Idea.\n{rest}{code}const C: u32 = 1;\n{tests}")).len(),
            1
        );
    }

    #[test]
    fn a_file_without_an_idea_is_told_so() {
        assert_eq!(check_rust("use std::io;\n"), ["1: a file opens with `//!` and its idea"]);
        assert!(check(Path::new("a.css"), "a { }\n").is_empty());
    }

    #[test]
    fn the_index_must_name_every_objective() {
        let text = "//! Objectives.\n\npub const INDEX: &[Row] = &[row(\"dpo\", pair::sigmoid)];\n";
        let names =
            |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>().into_iter();
        assert_eq!(missing_from_index(Path::new("o.rs"), text, names(&["pair"])), None);
        let offence = missing_from_index(Path::new("o.rs"), text, names(&["pair", "kto"])).unwrap();
        assert_eq!(offence.what, "INDEX doesn't name kto");
    }
}

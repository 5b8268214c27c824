//! Formulas as MathML, which browsers draw themselves, from a notation that can be read in the
//! source: `\frac{1}{2β}`, `π_θ(y_w|x)`, `∑_{t=1}^T`.
//!
//! A letter is a variable, several are a name, braces group, parentheses and brackets grow with
//! what they hold, quotes hold text. A product needs a space between Latin letters: `a b`.

use std::iter::Peekable;
use std::str::Chars;

type Source<'a> = Peekable<Chars<'a>>;

const LOG: &str = "<mi>log</mi>";
const GAP: &str = "<mspace width=\"0.17em\"></mspace>";

/// A formula on a line of its own; `words` say it aloud.
pub fn block(source: &str, words: &str) -> String {
    element("block", source, words)
}

/// A formula within a text; `words` say it aloud.
pub fn inline(source: &str, words: &str) -> String {
    element("inline", source, words)
}

fn element(display: &str, source: &str, words: &str) -> String {
    let body = row(&mut source.chars().peekable(), None);
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    format!("<math display=\"{display}\" aria-label=\"{words}\">{body}</math>")
}

/// All up to `end`, which is taken too.
fn row(source: &mut Source, end: Option<char>) -> String {
    let mut out = String::new();
    while let Some(&next) = source.peek() {
        if Some(next) == end {
            source.next();
            break;
        }
        if next == ' ' {
            source.next();
        } else if next == '−' && (out.is_empty() || out.ends_with("</mo>")) {
            // A sign, which stands closer to what it negates than a difference does.
            source.next();
            out.push_str("<mo form=\"prefix\">−</mo>");
        } else {
            append(&mut out, &scripted(source));
        }
    }
    out
}

/// No browser sets a function's name off from what stands beside it.
fn append(out: &mut String, piece: &str) {
    let gap = if piece == LOG { GAP } else { "" };
    // Operators bring gaps of their own.
    if !out.is_empty() && !out.ends_with("</mo>") {
        out.push_str(gap);
    }
    out.push_str(piece);
    out.push_str(gap);
}

/// One piece with what is below and above it.
fn scripted(source: &mut Source) -> String {
    let base = atom(source);
    let mut script = |mark: char| source.next_if_eq(&mark).map(|_| atom(source));
    let (below, above) = (script('_'), script('^'));
    // Sums and extrema have theirs beneath and over them.
    let wide = ["<mo>∑</mo>", "<mi>max</mi>", "<mi>min</mi>"].contains(&base.as_str());
    match (below, above) {
        (None, None) => base,
        (Some(below), None) => tagged(if wide { "munder" } else { "msub" }, &[base, below]),
        (None, Some(above)) => tagged(if wide { "mover" } else { "msup" }, &[base, above]),
        (Some(below), Some(above)) => {
            tagged(if wide { "munderover" } else { "msubsup" }, &[base, below, above])
        }
    }
}

/// One piece. It always takes a character, so that every loop here ends.
fn atom(source: &mut Source) -> String {
    match source.next() {
        None => tagged("mrow", &[]),
        Some('{') => tagged("mrow", &[row(source, Some('}'))]),
        Some('(') => fenced(source, '(', ')'),
        Some('[') => fenced(source, '[', ']'),
        Some('\\') => fraction(source),
        Some('"') => text(source),
        Some(first) if first.is_numeric() => number(first, source),
        Some(first) if first.is_ascii_alphabetic() => name(first, source),
        Some(first) if first.is_alphabetic() => tagged("mi", &[first.to_string()]),
        Some(sign) => operator(sign),
    }
}

fn fenced(source: &mut Source, open: char, close: char) -> String {
    let inside = row(source, Some(close));
    // Where nothing is tall, a fence that grows only looks too large.
    let grows = inside.contains("<mfrac>");
    let [open, close] = [open, close].map(|sign| match grows {
        true => format!("<mo>{sign}</mo>"),
        false => format!("<mo stretchy=\"false\">{sign}</mo>"),
    });
    format!("<mrow>{open}{inside}{close}</mrow>")
}

/// The rest of `\frac{over}{under}`.
fn fraction(source: &mut Source) -> String {
    while source.next_if(char::is_ascii_alphabetic).is_some() {}
    let over = atom(source);
    tagged("mfrac", &[over, atom(source)])
}

fn text(source: &mut Source) -> String {
    let mut text = String::new();
    while let Some(letter) = source.next_if(|&letter| letter != '"') {
        // A plain space at an end would be dropped.
        text.push(if letter == ' ' { '\u{a0}' } else { letter });
    }
    source.next();
    tagged("mtext", &[text])
}

fn number(first: char, source: &mut Source) -> String {
    let mut digits = String::from(first);
    while let Some(digit) = source.next_if(|&next| next.is_ascii_digit() || next == '.') {
        digits.push(digit);
    }
    tagged("mn", &[digits])
}

fn name(first: char, source: &mut Source) -> String {
    let mut name = String::from(first);
    while let Some(letter) = source.next_if(char::is_ascii_alphabetic) {
        name.push(letter);
    }
    match name.as_str() {
        // An expectation is upright, as names of several letters are by themselves.
        "E" => "<mi mathvariant=\"normal\">E</mi>".into(),
        _ => tagged("mi", &[name]),
    }
}

fn operator(sign: char) -> String {
    match sign {
        '<' => tagged("mo", &["&lt;".into()]),
        '>' => tagged("mo", &["&gt;".into()]),
        '&' => tagged("mo", &["&amp;".into()]),
        '|' | '‖' => {
            format!("<mo stretchy=\"false\" lspace=\"0.15em\" rspace=\"0.15em\">{sign}</mo>")
        }
        _ => tagged("mo", &[sign.to_string()]),
    }
}

fn tagged(tag: &str, children: &[String]) -> String {
    format!("<{tag}>{}</{tag}>", children.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: &str = "<mo stretchy=\"false\" lspace=\"0.15em\" rspace=\"0.15em\">|</mo>";

    fn body(source: &str) -> String {
        let whole = block(source, "");
        let body = whole.strip_prefix("<math display=\"block\" aria-label=\"\">");
        body.and_then(|body| body.strip_suffix("</math>")).unwrap().to_string()
    }

    #[test]
    fn letters_scripts_and_fences() {
        assert_eq!(
            body("π_θ(y_w|x)"),
            format!(
                "<msub><mi>π</mi><mi>θ</mi></msub><mrow><mo stretchy=\"false\">(</mo>\
                 <msub><mi>y</mi><mi>w</mi></msub>{BAR}<mi>x</mi><mo stretchy=\"false\">)</mo></mrow>"
            )
        );
        assert_eq!(
            body(r"(\frac{1}{2})"),
            "<mrow><mo>(</mo><mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>\
             <mo>)</mo></mrow>"
        );
        assert_eq!(
            body("y_{<t}^2"),
            "<msubsup><mi>y</mi><mrow><mo>&lt;</mo><mi>t</mi></mrow><mn>2</mn></msubsup>"
        );
    }

    #[test]
    fn fractions_and_limits() {
        assert_eq!(
            body(r"\frac{1}{2β}"),
            "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn><mi>β</mi></mrow></mfrac>"
        );
        assert_eq!(
            body("∑_{t=1}^T"),
            "<munderover><mo>∑</mo><mrow><mi>t</mi><mo>=</mo><mn>1</mn></mrow><mi>T</mi></munderover>"
        );
        assert_eq!(body("max_π"), "<munder><mi>max</mi><mi>π</mi></munder>");
    }

    #[test]
    fn a_sign_is_told_from_a_difference() {
        assert_eq!(
            body("a = −b − 1"),
            "<mi>a</mi><mo>=</mo><mo form=\"prefix\">−</mo><mi>b</mi><mo>−</mo><mn>1</mn>"
        );
    }

    #[test]
    fn names_numbers_and_text() {
        assert_eq!(body("ref"), "<mi>ref</mi>");
        assert_eq!(body("β log z"), format!("<mi>β</mi>{GAP}{LOG}{GAP}<mi>z</mi>"));
        assert_eq!(body("0.5"), "<mn>0.5</mn>");
        assert_eq!(body("\"for \""), "<mtext>for\u{a0}</mtext>");
        assert_eq!(
            inline("", "a \"b\""),
            concat!("<math display=\"inline\" aria-label=\"a &quot;b&quot;\">", "</math>")
        );
    }

    #[test]
    fn nothing_is_too_odd_to_end() {
        for source in ["(", "x_", "\\frac", "\"", "^", "{{", ")"] {
            assert!(block(source, "").ends_with("</math>"), "{source}");
        }
    }
}

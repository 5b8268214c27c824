//! Formulas as MathML: once in symbols, once in this row's numbers. All of it is made here, so the
//! page may set it as it is.

use super::expr::{Expr, Function};
use super::reading::{Formula, Reading};
use super::symbol::Symbol;
use crate::format::short;

/// How tightly a part holds together; what holds less than its place needs gets parentheses.
const LOOSE: u8 = 0;
const NEGATIVE: u8 = 1;
const SUM: u8 = 2;
const PRODUCT: u8 = 3;
const CALL: u8 = 4;
const ATOM: u8 = 5;

/// A symbol alone.
pub fn sign(symbol: Symbol) -> String {
    format!("<math><mrow>{}</mrow></math>", symbol.math)
}

/// A formula in symbols; each can be focused.
pub fn symbols(reading: &Reading, formula: &Formula) -> String {
    let writer = Writer { reading, numbers: false, inline: true, focus: " tabindex=\"0\"" };
    let left = writer.tagged(formula.of, formula.of.math);
    let right = writer.write(&formula.body, LOOSE);
    format!("<math displaystyle=\"true\"><mrow>{left}<mo>=</mo>{right}</mrow></math>")
}

/// The same in numbers, and what they come to; nothing where one isn't known.
pub fn numbers(reading: &Reading, formula: &Formula) -> Option<String> {
    let value = Some(reading.value(formula.of)).filter(|value| value.is_finite())?;
    let writer = Writer { reading, numbers: true, inline: true, focus: "" };
    let right = writer.write(&formula.body, LOOSE);
    let (value, _) = number(value);
    let result = writer.tagged(formula.of, &value);
    Some(format!(
        "<math displaystyle=\"true\"><mrow><mo>=</mo>{right}<mo>=</mo>{result}</mrow></math>"
    ))
}

/// What a term is computed from, in symbols.
pub fn definition(reading: &Reading, body: &Expr) -> String {
    let writer = Writer { reading, numbers: false, inline: false, focus: "" };
    format!("<math><mrow><mo>=</mo>{}</mrow></math>", writer.write(body, LOOSE))
}

struct Writer<'a> {
    reading: &'a Reading,
    /// Whether terms are shown by their values.
    numbers: bool,
    /// Whether inlined terms are shown by what they are made of.
    inline: bool,
    /// What makes a term one that can be focused.
    focus: &'static str,
}

/// In parentheses, which grow with fractions alone: fonts without a MATH table draw grown ones
/// far too large.
fn fenced(inner: &str) -> String {
    let grows = inner.contains("<mfrac");
    format!("<mo stretchy=\"{grows}\">(</mo>{inner}<mo stretchy=\"{grows}\">)</mo>")
}

impl Writer<'_> {
    fn write(&self, expr: &Expr, needs: u8) -> String {
        let (text, level) = self.parts(expr);
        let text = match level < needs {
            true => format!("<mrow>{}</mrow>", fenced(&text)),
            false => text,
        };
        match expr {
            Expr::Term(symbol) => self.tagged(*symbol, &text),
            _ => text,
        }
    }

    fn parts(&self, expr: &Expr) -> (String, u8) {
        match expr {
            Expr::Term(symbol) => self.term(*symbol),
            Expr::Number(value) => number(*value),
            Expr::Add(a, b) => (self.infix(a, "+", b, [NEGATIVE, SUM]), SUM),
            Expr::Sub(a, b) => (self.infix(a, "−", b, [NEGATIVE, PRODUCT]), SUM),
            Expr::Mul(a, b) => (self.infix(a, "⋅", b, [PRODUCT, PRODUCT]), PRODUCT),
            Expr::Div(a, b) => {
                let [a, b] = [a, b].map(|side| self.write(side, LOOSE));
                (format!("<mfrac><mrow>{a}</mrow><mrow>{b}</mrow></mfrac>"), CALL)
            }
            Expr::Neg(a) => {
                (format!("<mrow><mo>−</mo>{}</mrow>", self.write(a, PRODUCT)), NEGATIVE)
            }
            Expr::Apply(function, a) => (self.applied(*function, a), CALL),
            Expr::Least(a, b) => (self.called("min", &[&**a, &**b]), CALL),
            Expr::Most(a, b) => (self.called("max", &[&**a, &**b]), CALL),
            Expr::Clip(all) => {
                let [x, low, high] = &**all;
                (self.called("clip", &[x, low, high]), CALL)
            }
        }
    }

    fn term(&self, symbol: Symbol) -> (String, u8) {
        let made_of = self.reading.definition(symbol).filter(|_| self.inline && symbol.inline);
        match made_of {
            Some(definition) => self.parts(definition),
            None if self.numbers => number(self.reading.value(symbol)),
            None => (format!("<mrow>{}</mrow>", symbol.math), ATOM),
        }
    }

    fn infix(&self, a: &Expr, operator: &str, b: &Expr, needs: [u8; 2]) -> String {
        let (a, b) = (self.write(a, needs[0]), self.write(b, needs[1]));
        format!("<mrow>{a}<mo>{operator}</mo>{b}</mrow>")
    }

    fn applied(&self, function: Function, x: &Expr) -> String {
        match function {
            Function::Square => format!("<msup>{}<mn>2</mn></msup>", self.write(x, ATOM)),
            Function::Exp => power(&self.write(x, LOOSE)),
            Function::Log => self.called("log", &[x]),
            Function::Sigma => self.called("σ", &[x]),
            Function::LogSigma => {
                let sigma = self.called("σ", &[x]);
                format!("<mrow><mi>log</mi><mo>&#8289;</mo>{sigma}</mrow>")
            }
            Function::LogRest => {
                let power = power(&self.write(x, LOOSE));
                format!(
                    "<mrow><mi>log</mi><mo>&#8289;</mo><mo>(</mo><mn>1</mn><mo>−</mo>{power}\
                     <mo>)</mo></mrow>"
                )
            }
        }
    }

    fn called(&self, name: &str, arguments: &[&Expr]) -> String {
        let arguments: Vec<String> =
            arguments.iter().map(|argument| self.write(argument, LOOSE)).collect();
        let arguments = fenced(&arguments.join("<mo>,</mo>"));
        format!("<mrow><mi>{name}</mi><mo>&#8289;</mo>{arguments}</mrow>")
    }

    fn tagged(&self, symbol: Symbol, text: &str) -> String {
        let (key, tone, focus) = (symbol.key, symbol.tone.class(), self.focus);
        format!("<mrow class=\"term {tone}\" data-term=\"{key}\"{focus}>{text}</mrow>")
    }
}

fn power(exponent: &str) -> String {
    format!("<msup><mi>e</mi><mrow>{exponent}</mrow></msup>")
}

fn number(value: f64) -> (String, u8) {
    if value == 0.5 {
        return ("<mn>½</mn>".into(), ATOM);
    }
    let text = short(value);
    let digits = text.strip_prefix('−').unwrap_or(&text);
    let (digits, level) = match digits.split_once('e') {
        Some((digits, power)) => {
            let power = format!("<msup><mn>10</mn><mn>{power}</mn></msup>");
            (format!("<mrow><mn>{digits}</mn><mo>×</mo>{power}</mrow>"), PRODUCT)
        }
        None => (format!("<mn>{digits}</mn>"), ATOM),
    };
    match text.starts_with('−') {
        true => (format!("<mrow><mo>−</mo>{digits}</mrow>"), NEGATIVE),
        false => (digits, level),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glass::expr::{log_sigma, square};
    use crate::glass::symbols::{BETA, LOSS, MARGIN, RATIO_CHOSEN, RATIO_REJECTED};

    /// What a reader sees.
    fn plain(math: &str) -> String {
        let mut text = String::new();
        let mut inside = false;
        for letter in math.replace("&#8289;", "").chars() {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => text.push(letter),
                _ => {}
            }
        }
        text
    }

    fn reading(loss: impl Into<Expr>) -> Reading {
        let mut reading = Reading::default();
        reading.given(RATIO_CHOSEN, 2.31);
        reading.given(RATIO_REJECTED, -0.84);
        reading.define(MARGIN, RATIO_CHOSEN - RATIO_REJECTED);
        reading.given(BETA, 0.1);
        reading.define(LOSS, loss);
        reading.show("DPO", LOSS);
        reading
    }

    /// ln(1 + e^−0.315) = 0.547999
    #[test]
    fn the_loss_of_the_papers_in_symbols_and_numbers() {
        let reading = reading(-log_sigma(BETA * MARGIN));
        let formula = &reading.formulas[0];
        assert_eq!(plain(&symbols(&reading, formula)), "L=−logσ(β⋅(a−b))");
        let shown = numbers(&reading, formula).unwrap();
        assert_eq!(plain(&shown), "=−logσ(0.1⋅(2.31−(−0.84)))=0.548");
        let definition = definition(&reading, reading.definition(MARGIN).unwrap());
        assert_eq!(plain(&definition), "=a−b");
    }

    #[test]
    fn what_a_term_is_made_of_stays_inside_its_tag() {
        let reading = reading(square(MARGIN - 1.0 / (2.0 * BETA)));
        let math = symbols(&reading, &reading.formulas[0]);
        let tag =
            "data-term=\"h\" tabindex=\"0\"><mrow><mrow class=\"term tone-chosen\" data-term=\"a\"";
        assert!(math.contains(tag), "{math}");
        assert_eq!(plain(&math), "L=(a−b−12⋅β)2");
    }

    #[test]
    fn parentheses_stand_where_they_are_needed() {
        for (loss, expected) in [
            (-(BETA * RATIO_CHOSEN) - 0.5 * RATIO_REJECTED, "=−0.1⋅2.31−½⋅(−0.84)="),
            (RATIO_CHOSEN - (BETA + RATIO_REJECTED), "=2.31−(0.1+(−0.84))="),
            (RATIO_REJECTED * (1.0 - BETA), "=(−0.84)⋅(1−0.1)="),
            (RATIO_REJECTED * 1e-5, "=(−0.84)⋅1×10−5="),
        ] {
            let reading = reading(loss);
            let shown = plain(&numbers(&reading, &reading.formulas[0]).unwrap());
            assert!(shown.starts_with(expected), "{shown} isn't {expected}");
        }
    }

    #[test]
    fn nothing_is_made_up_where_a_value_is_unknown() {
        let mut reading = reading(BETA * MARGIN);
        reading.given(RATIO_CHOSEN, f64::NAN);
        reading.define(LOSS, BETA * RATIO_CHOSEN);
        assert_eq!(numbers(&reading, &reading.formulas[0]), None);
    }
}

//! A loss read on one row: every quantity in the order in which it is computed, the formulas, what
//! to make of them, and what isn't seen.

use super::dual::Dual;
use super::expr::Expr;
use super::plot::{Curve, Here, Plot};
use super::symbol::{Symbol, Unit};
use super::symbols::{GAP, GAP_PER_TOKEN, LOSS, MARGIN, ODDS};

/// Steps of a curve.
const STEPS: u32 = 200;
/// Scaled margins beyond this change little in a logistic loss.
pub const FAR: f64 = 6.0;

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Quantities; each is computed from those before it.
    pub terms: Vec<Term>,
    /// The losses, and what they add up to.
    pub formulas: Vec<Formula>,
    /// The margin that the loss reads, where there is more than one.
    pub compared: Option<Symbol>,
    /// Drawings of the losses.
    pub plots: Vec<Plot>,
    /// What the numbers of this row say.
    pub findings: Vec<String>,
    /// What isn't seen here, or stands in for something else.
    pub notes: Vec<String>,
    /// What each token's distance from the reference costs.
    pub tokens: Vec<Priced>,
}

/// A quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it is.
    pub symbol: Symbol,
    /// What it is computed from; what was looked up or set has none.
    pub definition: Option<Expr>,
    /// NaN where it isn't known.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
    /// What it means.
    pub words: String,
}

/// A formula with its heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// Whose loss it is.
    pub title: String,
    /// What it computes.
    pub of: Symbol,
    /// Its right side.
    pub body: Expr,
}

/// A token and its price.
#[derive(Clone, Debug, PartialEq)]
pub struct Priced {
    /// The token as text.
    pub text: String,
    /// Its KL as the run finds it, nats.
    pub kl: f64,
    /// What it adds to the reward.
    pub reward: f64,
}

impl Reading {
    /// Adds what was looked up or set.
    pub fn given(&mut self, symbol: Symbol, value: f64) {
        self.given_as(symbol, value, symbol.words.to_string());
    }

    /// The same in words of its own.
    pub fn given_as(&mut self, symbol: Symbol, value: f64, words: String) {
        self.terms.push(Term { symbol, definition: None, value, unit: symbol.unit, words });
    }

    /// Adds what is computed from the terms so far.
    pub fn define(&mut self, symbol: Symbol, definition: impl Into<Expr>) {
        let (definition, words) = (Some(definition.into()), symbol.words.to_string());
        let unit = symbol.unit;
        self.terms.push(Term { symbol, definition, value: f64::NAN, unit, words });
        let value = self.run(symbol, None).value;
        if let Some(term) = self.terms.last_mut() {
            term.value = value;
        }
    }

    /// Says what a term means here, where it means something else than usual.
    pub fn retell(&mut self, symbol: Symbol, words: &str) {
        for term in self.terms.iter_mut().filter(|term| term.symbol == symbol) {
            term.words = words.to_string();
        }
    }

    /// Makes a term a plain number.
    pub fn without_unit(&mut self, symbol: Symbol) {
        for term in self.terms.iter_mut().filter(|term| term.symbol == symbol) {
            term.unit = Unit::None;
        }
    }

    /// Shows a term's definition as a formula.
    pub fn show(&mut self, title: &str, of: Symbol) {
        if let Some(body) = self.definition(of).cloned() {
            self.formulas.push(Formula { title: title.to_string(), of, body });
        }
    }

    /// Adds a slope as a term of its own.
    pub fn slope_as(&mut self, symbol: Symbol, of: Symbol, by: Symbol) {
        self.given(symbol, self.slope(of, by));
    }

    /// A term's value; NaN where there is none.
    pub fn value(&self, symbol: Symbol) -> f64 {
        self.term(symbol).map_or(f64::NAN, |term| term.value)
    }

    /// A term.
    pub fn term(&self, symbol: Symbol) -> Option<&Term> {
        self.terms.iter().rev().find(|term| term.symbol == symbol)
    }

    /// What a term is computed from.
    pub fn definition(&self, symbol: Symbol) -> Option<&Expr> {
        self.term(symbol)?.definition.as_ref()
    }

    /// All terms' symbols in their order, each once.
    pub fn symbols(&self) -> Vec<Symbol> {
        let mut symbols: Vec<Symbol> = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            if !symbols.contains(&term.symbol) {
                symbols.push(term.symbol);
            }
        }
        symbols
    }

    /// The loss, where there is one.
    pub fn loss(&self) -> Option<f64> {
        self.term(LOSS).map(|term| term.value).filter(|value| value.is_finite())
    }

    /// What sets the two completions apart, where they are compared.
    pub fn margin(&self) -> Option<&Term> {
        let margins = [MARGIN, GAP, GAP_PER_TOKEN, ODDS];
        self.compared.into_iter().chain(margins).find_map(|symbol| self.term(symbol))
    }

    /// How fast one term changes with another.
    pub fn slope(&self, of: Symbol, by: Symbol) -> f64 {
        self.run(of, Some((by, self.value(by)))).slope
    }

    /// One term over another, between two ends, and this row's point on it.
    pub fn curve(&self, name: &'static str, of: Symbol, along: Symbol, ends: [f64; 2]) -> Curve {
        let [low, high] = ends;
        let at = |step: u32| low + (high - low) * f64::from(step) / f64::from(STEPS);
        let point = |x: f64| (x, self.run(of, Some((along, x))).value);
        let x = self.value(along);
        let here = self.run(of, Some((along, x)));
        let here = Here { x, y: here.value, slope: here.slope };
        Curve {
            name,
            tone: along.tone,
            points: (0..=STEPS).map(at).map(point).collect(),
            here: (here.x.is_finite() && here.y.is_finite()).then_some(here),
        }
    }

    /// Computes all terms anew, one of them held at another value, and gives one of them.
    fn run(&self, of: Symbol, held: Option<(Symbol, f64)>) -> Dual {
        let mut known: Vec<(Symbol, Dual)> = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            let dual = match (held, &term.definition) {
                (Some((symbol, value)), _) if symbol == term.symbol => Dual::moving(value),
                (_, Some(definition)) => definition.dual(&|symbol| found(&known, symbol)),
                (_, None) => Dual::fixed(term.value),
            };
            known.push((term.symbol, dual));
        }
        found(&known, of)
    }
}

fn found(known: &[(Symbol, Dual)], symbol: Symbol) -> Dual {
    let found = known.iter().rev().find(|(other, _)| *other == symbol);
    found.map_or(Dual::fixed(f64::NAN), |(_, dual)| *dual)
}

/// Ends around zero that hold `reach` and a value.
pub fn around(reach: f64, values: &[f64]) -> [f64; 2] {
    let far = values.iter().map(|value| 1.25 * value.abs()).fold(reach, f64::max);
    [-far, far]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glass::symbols::{BETA, RATIO_CHOSEN, RATIO_REJECTED, SCALED};

    /// a = 2, b = −1, β = 0.1: h = 3, z = 0.3; z/h = β, z/a = β, z/b = −β.
    #[test]
    fn terms_are_computed_from_those_before() {
        let mut reading = Reading::default();
        reading.given(RATIO_CHOSEN, 2.0);
        reading.given(RATIO_REJECTED, -1.0);
        reading.define(MARGIN, RATIO_CHOSEN - RATIO_REJECTED);
        reading.given(BETA, 0.1);
        reading.define(SCALED, BETA * MARGIN);
        assert!((reading.value(SCALED) - 0.3).abs() < 1e-12);
        for (by, slope) in [(MARGIN, 0.1), (RATIO_CHOSEN, 0.1), (RATIO_REJECTED, -0.1)] {
            assert!((reading.slope(SCALED, by) - slope).abs() < 1e-12);
        }
        let curve = reading.curve("", SCALED, MARGIN, [-10.0, 10.0]);
        assert_eq!(curve.points.first(), Some(&(-10.0, -1.0)));
        assert_eq!(curve.here.map(|here| here.x), Some(3.0));
        assert_eq!(reading.margin().map(|term| term.value), Some(3.0));
        assert_eq!(reading.loss(), None);
    }

    #[test]
    fn a_row_far_out_widens_the_plot() {
        assert_eq!(around(10.0, &[4.0, f64::NAN]), [-10.0, 10.0]);
        assert_eq!(around(10.0, &[-20.0]), [-25.0, 25.0]);
    }
}

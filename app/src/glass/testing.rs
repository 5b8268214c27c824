//! The goldens of the engine's objectives: values and gradients from the formulas in float64.

use serde_json::Value;

use super::measured::{Pair, Side};

/// All of them.
pub fn goldens() -> Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/goldens.json")).unwrap()
}

/// A list of numbers.
pub fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// The pairs that the goldens of pair losses were computed from, at β = 0.1.
pub fn pairs() -> Vec<Pair> {
    let inputs = goldens()["inputs"].clone();
    let column = |key: &str| list(&inputs[key]);
    let sides = |side: &str| {
        let policy = column(&format!("policy_{side}"));
        let lengths = column(&format!("len_{side}"));
        let rows = policy.into_iter().zip(column(&format!("ref_{side}"))).zip(lengths);
        rows.map(|((policy, reference), tokens)| Side { policy, reference, tokens })
            .collect::<Vec<_>>()
    };
    let both = sides("chosen").into_iter().zip(sides("rejected"));
    both.map(|(chosen, rejected)| Pair { chosen, rejected }).collect()
}

/// Within a tolerance.
#[track_caller]
pub fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

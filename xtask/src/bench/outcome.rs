//! What one turn comes to: the line of JSON that every contender prints last.

use serde::{Deserialize, Serialize};

/// One turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// Of each step, or of each batch of completions.
    pub secs: Vec<f64>,
    /// Of each step.
    pub losses: Vec<f64>,
    /// The completions' tokens.
    pub ids: Vec<Vec<u32>>,
    /// What it ran on.
    pub device: String,
    /// Whether that emulates a GPU.
    pub software: bool,
    /// The most memory that the process had.
    pub host_bytes: Option<f64>,
    /// What a step asked of the GPU.
    pub counts: Option<Counts>,
    /// Why there is nothing else.
    pub left_out: Option<String>,
}

/// A step's calls of WebGPU, as `bench/browser/count.js` counts them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Kernels started.
    pub dispatches: f64,
    /// Lists of them handed over.
    pub submits: f64,
    /// Buffers mapped for reading.
    pub readbacks: f64,
    /// Size of all buffers bound to a kernel, over all kernels.
    pub bound_bytes: f64,
    /// Sent from the host.
    pub written_bytes: f64,
    /// Most held at once, since the start.
    pub peak_bytes: f64,
}

impl Outcome {
    /// Reads what a contender printed.
    pub fn of(printed: &str) -> Self {
        let line = printed.trim_end().lines().next_back().unwrap_or_default();
        match serde_json::from_str::<Self>(line) {
            Ok(outcome) if outcome.left_out.is_none() && outcome.settled().is_empty() => {
                Self::left_out("it took less than two steps")
            }
            Ok(outcome) => outcome,
            Err(error) => Self::left_out(&format!("it printed no result: {error}")),
        }
    }

    /// A turn that came to nothing.
    pub fn left_out(why: &str) -> Self {
        Self { left_out: Some(why.to_owned()), ..Self::default() }
    }

    /// Steps after the first, which compiles, allocates and fills caches.
    pub fn settled(&self) -> &[f64] {
        self.secs.get(1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_the_first_step_does_not() {
        let outcome =
            Outcome::of("loading\n{\"secs\":[9.0,1.0,2.0],\"losses\":[7.5],\"counts\":null}\n");
        assert_eq!(outcome.settled(), [1.0, 2.0]);
        assert_eq!(outcome.left_out, None);
    }

    #[test]
    fn a_turn_without_a_result_says_why() {
        let said = |printed| Outcome::of(printed).left_out.unwrap_or_default();
        assert!(said("Traceback").starts_with("it printed no result"));
        assert!(said("").starts_with("it printed no result"));
        assert_eq!(said("{\"secs\":[1.0]}"), "it took less than two steps");
        assert_eq!(said("{\"left_out\":\"no adapter\"}"), "no adapter");
    }
}

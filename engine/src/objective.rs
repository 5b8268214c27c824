//! One pure function of log-probabilities per method: tensors in, per-example losses out.
//!
//! An objective knows no model, batch, config or device. The loop takes means and gradients.

pub mod pair;
pub mod sft;

/// Where each objective comes from: method, its option's name, function, paper and equation.
pub const INDEX: &[(&str, &str, &str, &str)] = &[
    ("sft", "-", "sft::nll", "next-token cross-entropy"),
    (
        "dpo",
        "sigmoid",
        "pair::sigmoid",
        "Rafailov et al. 2023, eq. 7; label_smoothing: Mitchell 2023, eq. 3",
    ),
];

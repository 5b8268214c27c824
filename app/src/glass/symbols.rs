//! All quantities of all losses. `w` is the chosen completion, `l` the rejected one; of ratings
//! `D` is a liked completion, `U` one that wasn't.

use super::symbol::Unit;

const PLAIN: Unit = Unit::None;

macro_rules! sub {
    ($base:literal, $index:literal) => {
        concat!("<msub><mi>", $base, "</mi><mi>", $index, "</mi></msub>")
    };
}

macro_rules! bar {
    ($base:literal) => {
        concat!("<mover><mi>", $base, "</mi><mo>¯</mo></mover>")
    };
}

/// `log π(y|x)`, under the policy or the reference.
macro_rules! logp {
    ($whose:expr, $of:expr) => {
        concat!(
            "<mi>log</mi><mo>&#8289;</mo>",
            $whose,
            "<mo stretchy=\"false\">(</mo>",
            $of,
            "<mo>∣</mo><mi>x</mi><mo stretchy=\"false\">)</mo>"
        )
    };
}

macro_rules! slope {
    ($of:expr, $by:expr) => {
        concat!("<mfrac><mrow><mo>∂</mo>", $of, "</mrow><mrow><mo>∂</mo>", $by, "</mrow></mfrac>")
    };
}

mod pairs;
mod pulls;
mod settings;
mod single;

pub use pairs::*;
pub use pulls::*;
pub use settings::*;
pub use single::*;

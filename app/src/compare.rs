//! Runs beside one another: their figures, settings, curves and samples, and who writes better.
//!
//! ```text
//! records -> rows, settings, curves, samples, frontier     pure, drawn by view/compare
//! trials  -> wear, write, judge or measure                 asks the engine, fills records
//! ```

mod bench;
mod blind;
mod curves;
mod export;
mod frontier;
mod label;
mod player;
mod rows;
mod samples;
mod settings;
mod slots;
mod tally;
mod trials;
mod units;

pub use bench::{Bench, Panel, Work};
pub use blind::{Blind, Choice, Match, Side, Trial};
pub use curves::{Curve, Drawing, metric_title, metrics, wanted};
pub use export::save;
pub use frontier::{Map, Source, Walk};
pub use label::spread;
pub use player::Player;
pub use rows::{Column, FIGURES, Order, RunRow, rows, shown};
pub use samples::{Before, PromptRow, by_prompt, origin};
pub use settings::{Settings, Values, flatten};
pub use slots::Chosen;
pub use tally::Tally;
pub use trials::{Asked, blind_batch, measure, start, win_rate};
pub use units::Unit;

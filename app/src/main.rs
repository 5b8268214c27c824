//! The page: shows a run and steers it.
//!
//! ```text
//! view  ->  controller  ->  engine_client  ~~ postMessage ~~  the worker
//!  ^                              |
//!  +--------  state  <------------+
//! ```
//!
//! The page knows `temper-protocol` alone, so it can't hold a tensor; all that computes runs in
//! the worker, which may die at any time: the controller then starts another.

use leptos::prelude::*;

mod assets;
mod chart;
mod controller;
mod download;
mod drop_files;
mod engine_client;
mod examples;
mod figures;
mod form;
mod format;
mod js;
mod methods;
mod metrics;
mod settings;
mod state;
mod theme;
mod view;
mod words;
mod zip;

fn main() {
    console_error_panic_hook::set_once();
    theme::restore();
    mount_to_body(view::App);
}

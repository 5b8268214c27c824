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

use std::time::Duration;

use leptos::prelude::*;

mod advice;
mod arena;
mod assets;
mod chart;
mod compare;
mod controller;
mod disk;
mod download;
mod drop_files;
mod engine_client;
mod examples;
mod figures;
mod fit;
mod form;
mod format;
mod glass;
mod hub;
mod insight;
mod interval;
mod js;
mod last_model;
mod learn;
mod methods;
mod metrics;
mod offline;
mod pace;
mod presets;
mod records;
mod route;
mod settings;
mod sheet;
mod smooth;
mod state;
mod tabs;
mod theme;
mod view;
mod words;
mod zip;

use settings::Settings;

fn main() {
    console_error_panic_hook::set_once();
    theme::restore();
    // The browser has just made the program: a task for that, one for the form, one for the page.
    soon(|| {
        controller::read_ahead(Settings::of_address());
        soon(|| mount_to_body(view::App));
    });
}

/// In a task of its own.
fn soon(work: impl FnOnce() + 'static) {
    set_timeout(work, Duration::ZERO);
}

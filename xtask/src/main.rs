//! Every chore of the project behind one alias: `cargo xtask CHORE`.
//!
//! A chore gets what it needs and this machine lacks, says what it does, and names the command
//! for whatever it can't get. Installed tools, built dependencies and the test model live in a
//! cache outside the checkout, so a fresh clone starts warm.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod default_model;
mod error;
mod fetch;
mod frontier;
mod page;
mod setup;
mod shell;
mod suite;
mod tidy;
mod workspace;

use error::ChoreError;
use workspace::Workspace;

/// Temper's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Get everything that building and testing need.
    Setup,
    /// Build the page, serve it and rebuild it when a source changes.
    Serve {
        /// The port on this machine's loopback address.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Leave in `dist/` a page that any web server can host, made small by wasm-opt.
    Build,
    /// Check and test everything, cheapest first; the same that CI runs.
    Test {
        /// Leave out the page and the browsers.
        #[arg(long)]
        quick: bool,
    },
    /// Check the house rules that no compiler knows.
    Tidy,
    /// Get a model to test with into the cache.
    Fetch {
        /// Which one.
        model: fetch::TestModel,
    },
    /// Make the default model and its data in `assets/tiny/` again, from nothing.
    DefaultModel,
    /// Train the default model by every method at several strengths, and draw reward against KL.
    Frontier {
        /// Train by these methods alone; the others' points are those of runs before.
        #[arg(
            long,
            value_name = "METHOD",
            value_delimiter = ',',
            value_parser = frontier::family_name
        )]
        only: Vec<String>,
        /// Folder for frontier.json and frontier.svg [default: docs/].
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Time the same work by us and by jax-js, TensorFlow.js, torch, TRL and transformers.
    Bench(bench::Options),
}

fn run(chore: &Chore) -> Result<(), ChoreError> {
    let workspace = Workspace::locate()?;
    match chore {
        Chore::Setup => setup::everything(&workspace),
        Chore::Serve { port } => page::serve(&workspace, *port),
        Chore::Build => page::build_to_host(&workspace),
        Chore::Test { quick } => suite::run(&workspace, *quick),
        Chore::Tidy => tidy::run(workspace.root()),
        Chore::Fetch { model } => {
            fetch::fetch(&workspace, *model).map(|path| println!("{}", path.display()))
        }
        Chore::DefaultModel => default_model::run(&workspace),
        Chore::Frontier { only, out } => frontier::run(&workspace, only, out.as_deref()),
        Chore::Bench(options) => bench::run(&workspace, options),
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

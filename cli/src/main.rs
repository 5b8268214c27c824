//! `temper`: Temper's command line. Files in, files out; the engine does the rest.
//!
//! Results go to standard output, progress and messages to standard error. Exit code 2 for a
//! wrong use or a bad input, 1 for a run that failed.

use std::process::ExitCode;

use clap::Parser;
use temper::{memory, pool};
use temper_protocol::{Failure, FailureKind};

mod args;
mod bench;
mod export;
mod generate;
mod host;
mod info;
mod label;
mod lock;
mod logps;
mod output;
mod rows;
mod score;
mod train;

use args::{Args, Command};

fn main() -> ExitCode {
    memory::keep();
    let args = Args::parse();
    let done = pool::run(|| pollster::block_on(run(args.command)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            match failure.kind {
                FailureKind::BadInput(_) => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Train(args) => train::run(args).await,
        Command::Logps(args) => logps::run(args).await,
        Command::Generate(args) => generate::run(args).await,
        Command::Score(args) => score::run(args).await,
        Command::Label(args) => label::run(args).await,
        Command::Export(args) => export::run(&args).await,
        Command::Info(args) => info::run(&args).await,
        Command::Bench(args) => bench::run(&args).await,
    }
}

//! A bench that tells the truth: the same work by us and by others, side by side in one run.
//!
//! Everyone has a turn in every round, so that a machine that slows down slows down all; the first
//! step of a turn is told apart, and what counts is the ratio of medians. `bench/README.md` says
//! what the work is and what is compared with what.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::ChoreError;
use crate::workspace::Workspace;

mod contender;
mod least;
mod material;
mod numbers;
mod outcome;
mod parts;
mod report;
mod table;
mod work;

use contender::{CONTENDERS, Contender, Part};
use outcome::Outcome;
use parts::Parts;
use report::{Entry, Report};
use work::Work;

/// What to time.
#[derive(clap::Args)]
pub struct Options {
    /// This work alone.
    #[arg(long, value_name = "WORK", value_delimiter = ',')]
    only: Vec<Work>,
    /// Leave out all that need this.
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    without: Vec<Part>,
    /// Turns that each has.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Print one line of JSON, the last one, in place of the tables.
    #[arg(long)]
    json: bool,
}

/// Times what is wanted and prints it.
pub fn run(workspace: &Workspace, options: &Options) -> Result<(), ChoreError> {
    let wanted: Vec<&Contender> =
        CONTENDERS.iter().filter(|contender| options.wants(contender)).collect();
    let folder = workspace.cached("bench");
    write(&folder, &wanted)?;
    let parts = Parts::get(workspace, &wanted)?;
    let load = numbers::load();
    let mut reports = Vec::new();
    for work in Work::ALL {
        let entrants: Vec<&Contender> =
            wanted.iter().copied().filter(|contender| contender.work == work).collect();
        if !entrants.is_empty() {
            let entries = rounds(&parts, &folder, &entrants, options.rounds);
            reports.push(Report { work, entries });
        }
    }
    if options.json {
        println!("{}", report::json(&reports, load));
    } else {
        println!("{}", table::machine(load));
        reports.iter().for_each(|report| println!("\n{}", table::text(report)));
    }
    Ok(())
}

impl Options {
    fn wants(&self, contender: &Contender) -> bool {
        (self.only.is_empty() || self.only.contains(&contender.work))
            && !self.without.iter().any(|part| contender.needs(*part))
    }
}

/// The files of each work that someone does.
fn write(folder: &Path, wanted: &[&Contender]) -> Result<(), ChoreError> {
    for work in Work::ALL {
        if !wanted.iter().any(|contender| contender.work == work) {
            continue;
        }
        for (name, bytes) in work.files() {
            let path: PathBuf = folder.join(work.name()).join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(ChoreError::file(parent))?;
            }
            fs::write(&path, bytes).map_err(ChoreError::file(&path))?;
        }
    }
    Ok(())
}

/// Every entrant's turns. One that can't take its turn is left out of those to come.
fn rounds(
    parts: &Parts<'_>,
    folder: &Path,
    entrants: &[&'static Contender],
    rounds: u32,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = entrants.iter().copied().map(Entry::new).collect();
    for round in 1..=rounds {
        for entry in &mut entries {
            if entry.left_out.is_some() {
                continue;
            }
            let contender = entry.contender;
            let outcome = parts.turn(contender, &folder.join(contender.work.name()));
            let (work, name) = (contender.work.name(), contender.name);
            eprintln!("  {work}, round {round} of {rounds}: {name}: {}", heard(&outcome));
            entry.take(outcome);
        }
    }
    entries
}

fn heard(outcome: &Outcome) -> String {
    match &outcome.left_out {
        Some(why) => format!("left out: {why}"),
        None => numbers::seconds(numbers::median(outcome.settled()).unwrap_or_default()),
    }
}

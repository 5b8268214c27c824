//! The field's own figure: reward against KL from the reference, for every method at several
//! strengths, on the default model and its gold reward.
//!
//! Each point is a run of the command line by a file of `examples/`, measured by the workbench
//! (`reviews measure`) on held-out prompts. Points stay in the cache, and are made anew only where
//! what they were made from has changed.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::error::ChoreError;
use crate::workspace::Workspace;

mod bench;
mod plot;
mod point;
mod table;

use bench::Bench;
use point::Point;
use table::Plan;

pub use table::family_name;

/// Points in the making at once, each with one thread: two runs of a small model on a core each
/// are done sooner than one after the other on both.
const AT_ONCE: usize = 2;

/// Makes the points that are missing, then writes `frontier.json` and `frontier.svg`.
pub fn run(workspace: &Workspace, only: &[String], out: Option<&Path>) -> Result<(), ChoreError> {
    let bench = Bench::new(workspace);
    bench.build()?;
    let plans = table::plans();
    let (mut points, mut due, mut left_out) = (Vec::new(), Vec::new(), 0);
    for plan in &plans {
        match bench.kept(plan)? {
            Some(point) => points.push(point),
            None if plan.is_wanted(only) => due.push(plan),
            None => left_out += 1,
        }
    }
    println!("  {} points kept, {} to make, {left_out} left out", points.len(), due.len());
    // The slow ones stand last in the table; begun first, they leave no core idle at the end.
    due.reverse();
    let made = make(&bench, &due);
    let failed = due.len() - made.len();
    points.extend(made);
    point::sort(&mut points, &plans);
    let docs = workspace.root().join("docs");
    write(&points, out.unwrap_or(&docs))?;
    match failed {
        0 => Ok(()),
        _ => Err(ChoreError::Runs(failed)),
    }
}

/// The points that could be made; the others are named as they fail.
fn make(bench: &Bench<'_>, due: &[&Plan]) -> Vec<Point> {
    let bar = progress(due.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made: Vec<Point> = Vec::new();
        while let Some(plan) = due.get(next.fetch_add(1, Ordering::Relaxed)) {
            bar.set_message(plan.name.clone());
            let result = bench.make(plan);
            bar.suspend(|| tell(plan, &result));
            bar.inc(1);
            made.extend(result.ok());
        }
        made
    };
    let made: Vec<Point> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        // A worker that panicked has said so; its points count as failed.
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    bar.finish_and_clear();
    made
}

fn progress(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    let style = ProgressStyle::with_template("{msg:20} {bar:30} {pos}/{len} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

fn tell(plan: &Plan, result: &Result<Point, ChoreError>) {
    match result {
        Ok(point) => println!("  {}: {point}", plan.name),
        Err(error) => eprintln!("  {} failed: {error}", plan.name),
    }
}

fn write(points: &[Point], out: &Path) -> Result<(), ChoreError> {
    let report = json!({
        "model": "assets/tiny",
        "prompts": "assets/tiny/prompts.jsonl, held out",
        "reward": "the gold reward: how pleased a review is, 0 to 1",
        "kl": "mean of log π(y|x) − log π_ref(y|x), nats a completion",
        "seconds": "of training, on one core",
        "points": points,
    });
    fs::create_dir_all(out).map_err(ChoreError::file(out))?;
    let files = [("frontier.json", format!("{report:#}\n")), ("frontier.svg", plot::svg(points)?)];
    for (name, text) in files {
        let path = out.join(name);
        fs::write(&path, text).map_err(ChoreError::file(&path))?;
    }
    println!("  {} points in {}, frontier.json and frontier.svg", points.len(), out.display());
    Ok(())
}

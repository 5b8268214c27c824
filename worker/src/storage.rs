//! Where a run leaves its files: the origin-private file system, or memory where a browser has
//! none (private windows), which a crash then doesn't survive.
//!
//! ```text
//! runs/NAME/started, run/adapter/, run/checkpoints/     NAME: one for each open page
//! ```

mod memory;
mod opfs;

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use temper_engine::storage::{StorageError, Store};
use temper_protocol::Level;

use crate::wire;
use memory::MemoryStore;
use opfs::OpfsStore;

const RUNS: &str = "runs";
/// What a new run empties.
const RUN: &str = "run";
/// Runs of pages that were closed are kept this long, milliseconds: a week.
const KEEP: f64 = 7.0 * 24.0 * 3600.0 * 1000.0;
/// Holds when the page began to use its folder.
const STARTED: &str = "started";

/// A run's folder whose files can leave the worker without passing through its memory.
pub trait RunFiles: Store {
    /// A whole file as the page gets it; `None` where there is none.
    fn bytes<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Uint8Array>, StorageError>>;
}

/// This page's folder. The page gives each worker it starts the same name, so another worker
/// finds the checkpoints of one that died, and two pages don't write into each other's.
pub async fn open() -> Rc<dyn RunFiles> {
    match persistent().await {
        Ok(store) => Rc::new(store),
        Err(error) => {
            let text = format!("Checkpoints are kept in memory only: {error}.");
            wire::log(Level::Warn, text);
            Rc::new(MemoryStore::default())
        }
    }
}

async fn persistent() -> Result<OpfsStore, StorageError> {
    let name = match wire::scope().name() {
        name if name.is_empty() => "unnamed".into(),
        name => name,
    };
    let runs = OpfsStore::open().await?.within(RUNS).await?;
    sweep(&runs, &name).await?;
    runs.within(&name).await?.within(RUN).await
}

/// Marks our folder as in use, and removes those of pages that were closed long ago.
async fn sweep(runs: &OpfsStore, ours: &str) -> Result<(), StorageError> {
    let now = js_sys::Date::now();
    runs.write(&format!("{ours}/{STARTED}"), now.to_string().as_bytes(), false).await?;
    for name in runs.list("").await?.iter().filter(|name| *name != ours) {
        let started = runs.read(&format!("{name}/{STARTED}")).await?;
        let started = started.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<f64>().ok());
        if started.is_none_or(|started| now - started > KEEP) {
            // What can't be removed now will be by a later page.
            _ = runs.remove(name).await;
        }
    }
    Ok(())
}

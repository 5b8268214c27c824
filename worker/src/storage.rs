//! Where runs leave their files: the origin-private file system, or memory where a browser has
//! none (private windows), which a crash then doesn't survive.
//!
//! ```text
//! runs/ID/started, adapter/ or model/, checkpoints/        ID: the run's number
//! ```
//!
//! Run numbers are unique among tabs, so that no two write into one folder, and another worker
//! finds what one that died has left.

mod memory;
mod opfs;

use std::collections::BTreeMap;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use temper_engine::storage::{StorageError, Store};
use temper_protocol::{Level, RunId};

use crate::wire;
use memory::MemoryStore;
use opfs::OpfsStore;

const RUNS: &str = "runs";
/// Holds when a run last began or went on, or another one that is scored by it.
const STARTED: &str = "started";
/// Runs that began before are removed, milliseconds: 30 days.
const KEEP: f64 = 30.0 * 24.0 * 3600.0 * 1000.0;

/// A run's folder whose files can leave the worker without passing through its memory.
pub trait RunFiles: Store {
    /// A whole file as the page gets it; `None` where there is none.
    fn bytes<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Uint8Array>, StorageError>>;
}

/// All runs' folders.
pub struct Storage {
    /// `None` where this browser, or this kind of window, has none.
    disk: Option<OpfsStore>,
    /// Runs that the disk doesn't take.
    memory: BTreeMap<RunId, Rc<MemoryStore>>,
}

impl Storage {
    /// What there is here.
    pub async fn open() -> Self {
        Self { disk: runs().await.inspect_err(warn).ok(), memory: BTreeMap::new() }
    }

    /// The folder of a run that begins, empty, or of one that goes on, as it is. Removes what runs
    /// have left long ago.
    ///
    /// # Errors
    /// What the folder holds can't be removed, or a run can't go on in it.
    pub async fn begin(
        &mut self,
        run: RunId,
        resume: bool,
    ) -> Result<Rc<dyn RunFiles>, StorageError> {
        if !resume {
            self.remove(run).await?;
        }
        if let Some(disk) = self.disk.as_ref().filter(|_| !self.memory.contains_key(&run)) {
            match mark(disk, run).await {
                Ok(folder) => {
                    sweep(disk, run).await;
                    return Ok(Rc::new(folder));
                }
                Err(error) if resume => return Err(error),
                Err(error) => warn(&error),
            }
        }
        let files = Rc::clone(self.memory.entry(run).or_default());
        Ok(files as Rc<dyn RunFiles>)
    }

    /// Keeps what a run has left as long as one that begins now and reads it.
    pub async fn renew(&self, run: RunId) {
        let Some(disk) = &self.disk else { return };
        if let Ok(Some(folder)) = disk.existing(&run.to_string()).await {
            // Where it can't be written, it is kept as long as it would have been.
            _ = stamp(&folder).await;
        }
    }

    /// What a run has left; `None` where there is nothing.
    ///
    /// # Errors
    /// The browser's.
    pub async fn find(&self, run: RunId) -> Result<Option<Rc<dyn RunFiles>>, StorageError> {
        if let Some(files) = self.memory.get(&run) {
            let files = Rc::clone(files);
            return Ok(Some(files as Rc<dyn RunFiles>));
        }
        let Some(disk) = &self.disk else { return Ok(None) };
        let folder = disk.existing(&run.to_string()).await?;
        Ok(folder.map(|folder| Rc::new(folder) as Rc<dyn RunFiles>))
    }

    /// Removes all that a run has left.
    ///
    /// # Errors
    /// The browser's.
    pub async fn remove(&mut self, run: RunId) -> Result<(), StorageError> {
        self.memory.remove(&run);
        match &self.disk {
            Some(disk) => disk.remove(&run.to_string()).await,
            None => Ok(()),
        }
    }
}

async fn runs() -> Result<OpfsStore, StorageError> {
    OpfsStore::open().await?.within(RUNS).await
}

fn warn(error: &StorageError) {
    wire::log(Level::Warn, format!("Checkpoints are kept in memory only: {error}."));
}

/// A run's folder, marked as in use.
async fn mark(runs: &OpfsStore, run: RunId) -> Result<OpfsStore, StorageError> {
    let folder = runs.within(&run.to_string()).await?;
    stamp(&folder).await?;
    Ok(folder)
}

async fn stamp(folder: &OpfsStore) -> Result<(), StorageError> {
    let now = js_sys::Date::now().to_string();
    folder.write(STARTED, now.as_bytes(), false).await
}

/// Removes the runs that began long ago, but never the one in use. What can't be read or removed
/// now will be by a later run.
async fn sweep(runs: &OpfsStore, in_use: RunId) {
    let (in_use, now) = (in_use.to_string(), js_sys::Date::now());
    for name in runs.list("").await.unwrap_or_default() {
        let old = started(runs, &name).await.is_some_and(|started| now - started > KEEP);
        if old && name != in_use {
            _ = runs.remove(&name).await;
        }
    }
}

/// When a run last began or went on; `None` where it doesn't say.
async fn started(runs: &OpfsStore, run: &str) -> Option<f64> {
    let bytes = runs.read(&format!("{run}/{STARTED}")).await.ok().flatten()?;
    String::from_utf8(bytes).ok()?.parse().ok()
}

//! Models from Hugging Face's hub: looked up, weighed, downloaded so that it can be interrupted,
//! and kept in the browser's own disk.
//!
//! ```text
//! id  ->  listing  ->  choose  ->  download  ->  disk  ->  controller
//! ```
//!
//! Nothing is fetched that nobody asked for, and no token is kept beyond this visit.

mod actions;
mod address;
mod check;
mod choose;
mod disk;
mod download;
mod id;
mod licence;
mod listing;
mod pace;
mod range;
mod remote;
mod shape;
mod suggestions;
mod trouble;

use leptos::prelude::*;
use temper_protocol::Failure;
use web_sys::AbortController;

pub use choose::Package;
pub use disk::{Cached, Usage};
pub use licence::words as licence;
pub use listing::Listing;
pub use pace::words as progress;
pub use shape::Shape;
pub use suggestions::{SUGGESTIONS, Suggestion};

/// What was found on the hub.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What the hub says.
    pub listing: Listing,
    /// What the model's `config.json` says, where it may be read.
    pub shape: Option<Shape>,
    /// The models in it; never none.
    pub packages: Vec<Package>,
}

/// A download that is going on or waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What is downloaded.
    pub package: Package,
    /// Where it stands.
    pub step: Step,
}

/// Where a download stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bytes come in.
    Running,
    /// The network broke off; another try follows.
    Waiting {
        /// How long between the two, seconds.
        secs: u32,
    },
    /// What came is compared with what the hub tells of it.
    Checking,
    /// It was told to pause or to end.
    Stopping,
    /// It waits to be resumed.
    Paused,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Bytes that are there.
    pub done: u64,
    /// Bytes a second, where that can be told.
    pub rate: Option<f64>,
}

/// The signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Hub {
    /// The id, as typed.
    pub id: RwSignal<String>,
    /// The access token, as typed; kept nowhere else.
    pub token: RwSignal<String>,
    /// Whether the hub is being asked.
    pub looking: RwSignal<bool>,
    /// What it said.
    pub found: RwSignal<Option<Found>>,
    /// Which of the models found.
    pub choice: RwSignal<usize>,
    /// What went wrong last.
    pub error: RwSignal<Option<Failure>>,
    /// The download.
    pub job: RwSignal<Option<Job>>,
    /// How far it is.
    pub progress: RwSignal<Progress>,
    /// Models that are kept, whole or in part.
    pub cached: RwSignal<Vec<Cached>>,
    /// What all that the page keeps takes.
    pub usage: RwSignal<Option<Usage>>,
    /// The name of the open model, where it has a better one than its files.
    pub opened: RwSignal<Option<String>>,
    /// Counts looks, so that a late answer doesn't replace a newer one.
    look: StoredValue<u32>,
    /// Whether the download is to be removed once it has stopped.
    discard: StoredValue<bool>,
    /// Whether a model is being removed.
    removing: StoredValue<bool>,
    abort: StoredValue<Option<AbortController>, LocalStorage>,
}

impl Hub {
    /// Nothing looked up.
    pub fn new() -> Self {
        Self {
            id: RwSignal::new(String::new()),
            token: RwSignal::new(String::new()),
            looking: RwSignal::new(false),
            found: RwSignal::new(None),
            choice: RwSignal::new(0),
            error: RwSignal::new(None),
            job: RwSignal::new(None),
            progress: RwSignal::new(Progress::default()),
            cached: RwSignal::new(Vec::new()),
            usage: RwSignal::new(None),
            opened: RwSignal::new(None),
            look: StoredValue::new(0),
            discard: StoredValue::new(false),
            removing: StoredValue::new(false),
            abort: StoredValue::new_local(None),
        }
    }

    /// What is kept of a model; tracked.
    pub fn kept(self, package: &Package) -> Option<Cached> {
        let same = |cached: &&Cached| cached.package.folder() == package.folder();
        self.cached.with(|cached| cached.iter().find(same).cloned())
    }

    /// Whether a model is the one being downloaded; tracked.
    pub fn is_under_way(self, package: &Package) -> bool {
        self.job
            .with(|job| job.as_ref().is_some_and(|job| job.package.folder() == package.folder()))
    }

    /// The address of a model's page, for people.
    pub fn page_of(self, id: &str) -> String {
        address::page(&remote::base(), id)
    }

    /// The hub's name, for people.
    pub fn host(self) -> String {
        address::host(&remote::base()).to_string()
    }

    fn step(self, step: Step) {
        self.job.update(|job| {
            // A job that is told to stop stays so until it has.
            if let Some(job) = job
                && (job.step != Step::Stopping || step == Step::Paused)
            {
                job.step = step;
            }
        });
    }
}

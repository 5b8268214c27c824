//! What the hub's buttons do.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{Failure, FailureKind};
use web_sys::{AbortController, AbortSignal};

use super::choose::{self, Package};
use super::disk::{self, Disk};
use super::id::RepoId;
use super::remote::Remote;
use super::trouble::Trouble;
use super::{Found, Hub, Job, Progress, Step, download};
use crate::controller::Controller;
use crate::js;
use crate::tabs::{Lock, Tabs};

impl Hub {
    /// Asks the hub about the typed id.
    pub fn look(self) {
        self.look.update_value(|look| *look += 1);
        let look = self.look.get_value();
        self.error.set(None);
        self.found.set(None);
        let id = match RepoId::parse(&self.id.get_untracked()) {
            Ok(id) => id,
            Err(failure) => {
                self.looking.set(false);
                return self.error.set(Some(failure));
            }
        };
        self.looking.set(true);
        spawn_local(async move {
            let found = self.find(&id).await;
            if self.look.get_value() != look {
                return;
            }
            self.looking.set(false);
            match found {
                Ok(found) => {
                    self.choice.set(choose::first_choice(&found.packages));
                    self.found.set(Some(found));
                }
                Err(failure) => self.error.set(Some(failure)),
            }
        });
    }

    async fn find(self, id: &RepoId) -> Result<Found, Failure> {
        let remote = Remote::new(&self.token.get_untracked());
        let listing = remote.listing(id).await?;
        let shape = remote.shape(&listing).await;
        let packages = choose::packages(&listing, shape.as_ref())?;
        Ok(Found { listing, shape, packages })
    }

    /// Begins a download, or goes on with one. There is one at a time.
    pub fn download(self, package: Package) {
        if self.is_loading() || self.removing.get_value() {
            return;
        }
        let abort = match AbortController::new() {
            Ok(abort) => abort,
            Err(thrown) => {
                let message = format!("A download can't begin: {}.", js::words(&thrown));
                return self.error.set(Some(Failure::new(FailureKind::Bug, message)));
            }
        };
        let signal = abort.signal();
        let done = untrack(|| self.kept(&package)).map_or(0, |kept| kept.have);
        self.abort.set_value(Some(abort));
        self.discard.set_value(false);
        self.error.set(None);
        self.progress.set(Progress { done, rate: None });
        self.job.set(Some(Job { package: package.clone(), step: Step::Running }));
        spawn_local(self.fetch(package, signal));
    }

    /// Downloads, unless another tab does: two that write the same files would break each other's.
    async fn fetch(self, package: Package, signal: AbortSignal) {
        let Some(lock) = taken(&package).await else {
            self.abort.set_value(None);
            return self.put_away(&package, Err(elsewhere(&package))).await;
        };
        let ended = download::fetch(self, &package, &signal).await;
        self.abort.set_value(None);
        if self.discard.get_value() {
            return self.put_away(&package, erase(&package, lock).await).await;
        }
        // Before a button offers to go on, which takes it anew.
        drop(lock);
        self.end(ended).await;
    }

    async fn end(self, ended: Result<(), Trouble>) {
        match ended {
            Ok(()) => self.job.set(None),
            Err(Trouble::Stopped) => self.step(Step::Paused),
            Err(Trouble::Broken(failure) | Trouble::Final(failure)) => {
                self.error.set(Some(failure));
                self.step(Step::Paused);
            }
        }
        self.refresh().await;
    }

    /// Ends the download and keeps what came, to go on from.
    pub fn pause(self) {
        if self.is_loading() {
            self.step(Step::Stopping);
            self.stop();
        }
    }

    /// Goes on with a paused download.
    pub fn resume(self) {
        let job = self.job.get_untracked();
        if let Some(Job { package, step: Step::Paused }) = job {
            self.download(package);
        }
    }

    /// Ends the download and removes what came.
    pub fn cancel(self) {
        let Some(job) = self.job.get_untracked() else { return };
        if job.step == Step::Paused {
            return self.remove(job.package);
        }
        self.error.set(None);
        self.discard.set_value(true);
        self.step(Step::Stopping);
        self.stop();
    }

    fn stop(self) {
        self.abort.with_value(|abort| {
            if let Some(abort) = abort {
                abort.abort();
            }
        });
    }

    fn is_loading(self) -> bool {
        self.job.with_untracked(|job| job.as_ref().is_some_and(|job| job.step != Step::Paused))
    }

    /// Opens a model that is all there.
    pub fn open(self, controller: Controller, package: Package) {
        self.error.set(None);
        spawn_local(async move {
            match files(&package).await {
                Ok(files) => controller.open_model(Some(package.title()), files),
                Err(failure) => self.error.set(Some(failure)),
            }
        });
    }

    /// Removes a kept model. There is one removal at a time.
    pub fn remove(self, package: Package) {
        if self.removing.get_value() {
            return;
        }
        self.removing.set_value(true);
        self.error.set(None);
        spawn_local(async move {
            let removed = match taken(&package).await {
                Some(lock) => erase(&package, lock).await,
                None => Err(elsewhere(&package)),
            };
            self.removing.set_value(false);
            self.put_away(&package, removed).await;
        });
    }

    /// Shows what is kept once a model was removed, or couldn't be: it isn't this tab's work any
    /// more.
    async fn put_away(self, package: &Package, removed: Result<(), Failure>) {
        if let Err(failure) = removed {
            self.error.set(Some(failure));
        }
        if untrack(|| self.is_under_way(package)) {
            self.job.set(None);
        }
        self.refresh().await;
    }

    /// Looks at what is kept. Where the browser keeps nothing, there is nothing.
    pub async fn refresh(self) {
        let cached = async { Disk::open().await?.cached().await };
        self.cached.set(cached.await.unwrap_or_default());
        self.usage.set(disk::usage().await);
    }
}

/// Takes a model's files for this tab; none where another tab has them.
async fn taken(package: &Package) -> Option<Lock> {
    Tabs::download(&package.folder().join("/")).await
}

/// Removes a model's files, which this tab has until then.
async fn erase(package: &Package, _lock: Lock) -> Result<(), Failure> {
    Disk::open().await?.remove(package).await
}

fn elsewhere(package: &Package) -> Failure {
    Failure::bad_input(format!("{} is being downloaded in another tab.", package.title()))
        .with_hint("Wait for its end, or pause it there.")
}

async fn files(package: &Package) -> Result<Vec<web_sys::File>, Failure> {
    let folder = Disk::open().await?.folder(package).await?;
    let mut files = Vec::new();
    for file in &package.files {
        files.push(folder.whole(file).await?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::super::listing::tests::listing;
    use super::*;

    /// Two tabs that wrote the same files told of storage that can't be used.
    #[test]
    fn what_another_tab_downloads_is_told_by_its_name() {
        let files = [("config.json", 1), ("tokenizer.json", 2), ("model.safetensors", 9)];
        let found = choose::packages(&listing(&files), None).unwrap();
        let told = elsewhere(&found[0]).message;
        assert_eq!(told, "owner/name is being downloaded in another tab.");
    }
}

//! What the hub's buttons do.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{Failure, FailureKind};
use web_sys::AbortController;

use super::choose::{self, Package};
use super::disk::{self, Disk};
use super::id::RepoId;
use super::remote::Remote;
use super::trouble::Trouble;
use super::{Found, Hub, Job, Progress, Step, download};
use crate::controller::Controller;
use crate::js;

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
        if self.is_loading() {
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
        spawn_local(async move {
            let ended = download::fetch(self, &package, &signal).await;
            self.abort.set_value(None);
            self.end(&package, ended).await;
        });
    }

    async fn end(self, package: &Package, ended: Result<(), Trouble>) {
        match ended {
            _ if self.discard.get_value() => return self.remove_now(package).await,
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
        self.error.set(None);
        if job.step == Step::Paused {
            spawn_local(async move { self.remove_now(&job.package).await });
            return;
        }
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

    /// Removes a kept model.
    pub fn remove(self, package: Package) {
        self.error.set(None);
        spawn_local(async move { self.remove_now(&package).await });
    }

    async fn remove_now(self, package: &Package) {
        let removed = async { Disk::open().await?.remove(package).await };
        if let Err(failure) = removed.await {
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

async fn files(package: &Package) -> Result<Vec<web_sys::File>, Failure> {
    let folder = Disk::open().await?.folder(package).await?;
    let mut files = Vec::new();
    for file in &package.files {
        files.push(folder.whole(file).await?);
    }
    Ok(files)
}

//! One download: file after file, piece after piece, each try going on where the last one ended.

use js_sys::{Date, IteratorNext, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, ReadableStreamDefaultReader, Response};

use super::check;
use super::choose::Package;
use super::disk::{Disk, Folder, Piece};
use super::listing::RemoteFile;
use super::pace::Pace;
use super::range::Body;
use super::remote::Remote;
use super::trouble::{Trouble, cut_short, damaged, too_long};
use super::{Hub, Progress, Step};
use crate::js::{pause, settle};

/// Waits between tries after the network broke off, seconds.
const WAITS_SECS: [u32; 3] = [1, 3, 9];
/// Progress is shown at most this often.
const SHOW_MS: f64 = 150.0;

/// Fetches all that is missing of a model.
///
/// # Errors
/// It was stopped, or can't go on. What is there stays.
pub async fn fetch(hub: Hub, package: &Package, signal: &AbortSignal) -> Result<(), Trouble> {
    let folder = Disk::open().await?.folder(package).await?;
    folder.write_manifest(package).await.map_err(|thrown| Trouble::of_storage(&thrown))?;
    let remote = Remote::new(&hub.token.get_untracked());
    let mut work = Work { remote, folder, package, signal, meter: Meter::new(hub) };
    for file in &package.files {
        let have = work.have(file).await?;
        work.meter.have.push(have);
    }
    for (at, file) in package.files.iter().enumerate() {
        work.file(at, file).await?;
    }
    Ok(())
}

struct Work<'a> {
    remote: Remote,
    folder: Folder,
    package: &'a Package,
    signal: &'a AbortSignal,
    meter: Meter,
}

impl Work<'_> {
    async fn have(&self, file: &RemoteFile) -> Result<u64, Trouble> {
        self.folder.have(file).await.map_err(|thrown| Trouble::of_storage(&thrown))
    }

    /// A file, with as many tries as it takes while some get further.
    async fn file(&mut self, at: usize, file: &RemoteFile) -> Result<(), Trouble> {
        let mut tries = 0;
        loop {
            let before = self.meter.have[at];
            let failure = match self.attempt(at, file).await {
                Err(Trouble::Broken(failure)) => failure,
                Ok(()) => return self.check(at, file).await,
                ended => return ended,
            };
            if self.meter.have[at] > before {
                tries = 0;
            }
            let Some(&secs) = WAITS_SECS.get(tries) else { return Err(Trouble::Final(failure)) };
            tries += 1;
            self.wait(secs).await?;
        }
    }

    /// Whether the file that is here is the hub's. What isn't is of no use, and is removed.
    async fn check(&mut self, at: usize, file: &RemoteFile) -> Result<(), Trouble> {
        self.meter.hub.step(Step::Checking);
        if check::is_the_hubs(&self.folder, file, self.signal).await? {
            self.meter.hub.step(Step::Running);
            return Ok(());
        }
        self.clear(file).await?;
        self.meter.shown_ms = 0.0;
        self.meter.at(at, 0);
        Err(Trouble::Final(damaged(file.base_name())))
    }

    async fn wait(&self, secs: u32) -> Result<(), Trouble> {
        self.meter.hub.step(Step::Waiting { secs });
        for _ in 0..secs * 5 {
            pause(200).await;
            if self.signal.aborted() {
                return Err(Trouble::Stopped);
            }
        }
        self.meter.hub.step(Step::Running);
        Ok(())
    }

    /// One request for what is missing of a file.
    async fn attempt(&mut self, at: usize, file: &RemoteFile) -> Result<(), Trouble> {
        let mut have = self.have(file).await?;
        if have > file.bytes {
            self.clear(file).await?;
            have = 0;
        }
        self.meter.at(at, have);
        if have == file.bytes {
            return Ok(());
        }
        let (response, body) = self.remote.file(self.package, file, have, self.signal).await?;
        if body != Body::Rest {
            self.clear(file).await?;
            have = 0;
            self.meter.at(at, have);
        }
        if body == Body::Useless {
            return Err(Trouble::Broken(cut_short(file.base_name())));
        }
        self.take(at, file, have, &response).await
    }

    async fn clear(&self, file: &RemoteFile) -> Result<(), Trouble> {
        self.folder.clear(file).await.map_err(|thrown| Trouble::of_storage(&thrown))
    }

    /// Reads a body to its end. However it ends, what came is kept.
    async fn take(
        &mut self,
        at: usize,
        file: &RemoteFile,
        begin: u64,
        response: &Response,
    ) -> Result<(), Trouble> {
        let body = response.body().ok_or_else(|| Trouble::Broken(cut_short(file.base_name())))?;
        let reader = ReadableStreamDefaultReader::new(&body)
            .map_err(|thrown| Trouble::of_network(&thrown))?;
        let mut sink = Sink { folder: &self.folder, file, end: begin, piece: None };
        let read = pump(&reader, &mut sink, |end| self.meter.at(at, end)).await;
        let closed = sink.close().await;
        let end = sink.end;
        if matches!(read, Err(Trouble::Final(_))) {
            // Nobody reads on; a refusal of the stream changes nothing.
            _ = settle::<JsValue>(reader.cancel()).await;
        }
        read?;
        closed?;
        if end < file.bytes {
            return Err(Trouble::Broken(cut_short(file.base_name())));
        }
        Ok(())
    }
}

/// Moves a body into its file; tells after each chunk where that ends.
async fn pump(
    reader: &ReadableStreamDefaultReader,
    sink: &mut Sink<'_>,
    mut tell: impl FnMut(u64),
) -> Result<(), Trouble> {
    loop {
        let next: IteratorNext =
            settle(reader.read()).await.map_err(|thrown| Trouble::of_network(&thrown))?;
        if next.done() {
            return Ok(());
        }
        sink.write(&next.value().unchecked_into()).await?;
        tell(sink.end);
    }
}

/// The end of a file on the disk.
struct Sink<'a> {
    folder: &'a Folder,
    file: &'a RemoteFile,
    end: u64,
    piece: Option<Piece>,
}

impl Sink<'_> {
    async fn write(&mut self, chunk: &Uint8Array) -> Result<(), Trouble> {
        let end = self.end + u64::from(chunk.length());
        if end > self.file.bytes {
            return Err(Trouble::Final(too_long(self.file.base_name())));
        }
        let written = async {
            let mut piece = match self.piece.take() {
                Some(piece) => piece,
                None => self.folder.piece(self.file, self.end).await?,
            };
            piece.write(chunk).await?;
            if piece.is_full() {
                return piece.close().await;
            }
            self.piece = Some(piece);
            Ok(())
        };
        written.await.map_err(|thrown| Trouble::of_storage(&thrown))?;
        self.end = end;
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Trouble> {
        match self.piece.take() {
            Some(piece) => piece.close().await.map_err(|thrown| Trouble::of_storage(&thrown)),
            None => Ok(()),
        }
    }
}

/// Counts what is there, and shows it from time to time.
struct Meter {
    hub: Hub,
    /// Of each file.
    have: Vec<u64>,
    pace: Pace,
    shown_ms: f64,
}

impl Meter {
    fn new(hub: Hub) -> Self {
        Self { hub, have: Vec::new(), pace: Pace::default(), shown_ms: 0.0 }
    }

    fn at(&mut self, file: usize, have: u64) {
        self.have[file] = have;
        let done = self.have.iter().sum();
        let now = Date::now();
        self.pace.mark(now / 1000.0, done);
        if now - self.shown_ms >= SHOW_MS {
            self.shown_ms = now;
            self.hub.progress.set(Progress { done, rate: self.pace.rate() });
        }
    }
}

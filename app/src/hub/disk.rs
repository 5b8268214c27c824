//! Models in the origin-private file system: the browser's own disk for this page.
//!
//! ```text
//! hub/OWNER/NAME/COMMIT/package.json                    which files belong to it
//! hub/OWNER/NAME/COMMIT/model.safetensors.part-0000...  pieces, see `range`
//! hub/OWNER/NAME/COMMIT/model.safetensors.sha256        that they were found to be the hub's
//! ```
//!
//! A finished file is handed on as one `File` of its pieces: the browser reads through them, and
//! nothing is copied.

use js_sys::{Array, Uint8Array};
use leptos::prelude::window;
use temper_protocol::{Failure, FailureKind};
use wasm_bindgen::JsValue;
use web_sys::{File, FileSystemWritableFileStream, StorageEstimate};

use super::choose::Package;
use super::listing::RemoteFile;
use super::range;
use super::trouble::storage;
use crate::disk;
use crate::js::{has, settle};

const ROOT: &str = "hub";
const MANIFEST: &str = "package.json";

/// A model that is kept, whole or in part.
#[derive(Clone, Debug, PartialEq)]
pub struct Cached {
    /// What belongs to it.
    pub package: Package,
    /// Bytes that are there.
    pub have: u64,
    /// Whether that is all.
    pub complete: bool,
}

/// What the page keeps in all, and how much the browser grants it, bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Kept.
    pub used: f64,
    /// Granted.
    pub granted: f64,
}

/// The folder of all models.
pub struct Disk {
    root: disk::Folder,
}

impl Disk {
    /// Opens it.
    ///
    /// # Errors
    /// This browser, or this kind of window, has none.
    pub async fn open() -> Result<Self, Failure> {
        if !disk::is_there() {
            let message = "This browser keeps no files for this page.";
            return Err(Failure::new(FailureKind::Storage, message).with_hint(
                "Open the page over https, in a window that isn't private; or bring files.",
            ));
        }
        let root = disk::Folder::open(ROOT).await.map_err(|thrown| storage(&thrown))?;
        Ok(Self { root })
    }

    /// The folder of a model, made where it isn't there.
    ///
    /// # Errors
    /// The browser's.
    pub async fn folder(&self, package: &Package) -> Result<Folder, Failure> {
        let mut inside = self.root.clone();
        for name in package.folder() {
            inside = inside.folder(&name).await.map_err(|thrown| storage(&thrown))?;
        }
        Ok(Folder { inside })
    }

    /// Every model that is kept.
    ///
    /// # Errors
    /// The browser's.
    pub async fn cached(&self) -> Result<Vec<Cached>, Failure> {
        let mut found = Vec::new();
        let read = async {
            for owner in self.root.folders().await? {
                for name in owner.folders().await? {
                    for inside in name.folders().await? {
                        found.extend(Folder { inside }.cached().await?);
                    }
                }
            }
            Ok::<(), JsValue>(())
        };
        read.await.map_err(|thrown| storage(&thrown))?;
        Ok(found)
    }

    /// Removes a model, and its repository's folder where that was the last version.
    ///
    /// # Errors
    /// The browser's.
    pub async fn remove(&self, package: &Package) -> Result<(), Failure> {
        let removed = async {
            let [owner, name, version] = package.folder();
            let owners = self.root.folder(&owner).await?;
            let versions = owners.folder(&name).await?;
            versions.remove(&version).await?;
            if versions.names().await?.is_empty() {
                owners.remove(&name).await?;
            }
            Ok::<(), JsValue>(())
        };
        removed.await.map_err(|thrown| storage(&thrown))
    }
}

/// What the page keeps in all; `None` where the browser doesn't tell.
pub async fn usage() -> Option<Usage> {
    let manager = window().navigator().storage();
    if !has(manager.as_ref(), "estimate") {
        return None;
    }
    let estimate: StorageEstimate = settle(manager.estimate().ok()?).await.ok()?;
    Some(Usage { used: estimate.get_usage()?, granted: estimate.get_quota()? })
}

/// The folder of one model.
pub struct Folder {
    inside: disk::Folder,
}

impl Folder {
    /// Notes which files belong to the model, so that another visit can go on.
    ///
    /// # Errors
    /// The browser's.
    pub async fn write_manifest(&self, package: &Package) -> Result<(), JsValue> {
        let text = serde_json::to_string(package)
            .map_err(|error| JsValue::from_str(&error.to_string()))?;
        self.inside.write(MANIFEST, &text).await
    }

    /// A folder without a manifest that can be read is no model.
    async fn cached(&self) -> Result<Option<Cached>, JsValue> {
        let text = self.inside.read(MANIFEST).await?.unwrap_or_default();
        let Ok(package) = serde_json::from_str::<Package>(&text) else {
            return Ok(None);
        };
        let mut cached = Cached { have: 0, complete: true, package };
        for file in &cached.package.files {
            let have = self.have(file).await?;
            cached.have += have;
            cached.complete &= have == file.bytes && self.is_checked(file).await?;
        }
        Ok(Some(cached))
    }

    /// How much of a file is there.
    ///
    /// # Errors
    /// The browser's.
    pub async fn have(&self, file: &RemoteFile) -> Result<u64, JsValue> {
        Ok(self.pieces(file).await?.iter().map(|piece| piece.size() as u64).sum())
    }

    /// The pieces of a file that follow one another from its first byte on.
    async fn pieces(&self, file: &RemoteFile) -> Result<Vec<File>, JsValue> {
        let mut places = Vec::new();
        let mut files = Vec::new();
        for name in self.inside.names().await? {
            let Some(begin) = range::piece_begin(file.base_name(), &name) else { continue };
            let Some(piece) = self.inside.file(&name).await? else { continue };
            places.push((begin, piece.size() as u64));
            files.push(piece);
        }
        Ok(range::chain(&places).into_iter().map(|at| files[at].clone()).collect())
    }

    /// Whether a file was found to be the hub's; one of which the hub tells no hash is taken for it.
    ///
    /// # Errors
    /// The browser's.
    pub async fn is_checked(&self, file: &RemoteFile) -> Result<bool, JsValue> {
        let Some(hash) = &file.sha256 else { return Ok(true) };
        let checked = self.inside.read(&checked_name(file)).await?;
        Ok(checked.as_ref() == Some(hash))
    }

    /// Notes that a file was found to be the hub's.
    ///
    /// # Errors
    /// The browser's.
    pub async fn note_checked(&self, file: &RemoteFile) -> Result<(), JsValue> {
        match &file.sha256 {
            Some(hash) => self.inside.write(&checked_name(file), hash).await,
            None => Ok(()),
        }
    }

    /// Removes all pieces of a file, and that they were found to be the hub's.
    ///
    /// # Errors
    /// The browser's.
    pub async fn clear(&self, file: &RemoteFile) -> Result<(), JsValue> {
        self.inside.remove(&checked_name(file)).await?;
        for name in self.inside.names().await? {
            if range::piece_begin(file.base_name(), &name).is_some() {
                self.inside.remove(&name).await?;
            }
        }
        Ok(())
    }

    /// A piece to write, from this byte of the file on.
    ///
    /// # Errors
    /// The browser's.
    pub async fn piece(&self, file: &RemoteFile, begin: u64) -> Result<Piece, JsValue> {
        let name = range::piece_name(file.base_name(), begin);
        Ok(Piece { stream: self.inside.writer(&name).await?, begin, bytes: 0 })
    }

    /// A file that is all there, under its own name.
    ///
    /// # Errors
    /// A part of it is missing, or the browser's.
    pub async fn whole(&self, file: &RemoteFile) -> Result<File, Failure> {
        let pieces = self.pieces(file).await.map_err(|thrown| storage(&thrown))?;
        let have: u64 = pieces.iter().map(|piece| piece.size() as u64).sum();
        if have != file.bytes {
            let message = format!("{} isn't here to its end.", file.base_name());
            return Err(Failure::new(FailureKind::Storage, message)
                .with_hint("Download the model once more; what is here stays."));
        }
        let parts = Array::new();
        for piece in &pieces {
            parts.push(piece.as_ref());
        }
        File::new_with_blob_sequence(parts.as_ref(), file.base_name())
            .map_err(|thrown| storage(&thrown))
    }
}

/// Holds the hash that a file was found to have.
fn checked_name(file: &RemoteFile) -> String {
    format!("{}.sha256", file.base_name())
}

/// A piece that is being written; nothing of it is there before it is closed.
pub struct Piece {
    stream: FileSystemWritableFileStream,
    begin: u64,
    bytes: u64,
}

impl Piece {
    /// Appends.
    ///
    /// # Errors
    /// The browser's, for one that there is no more room.
    pub async fn write(&mut self, chunk: &Uint8Array) -> Result<(), JsValue> {
        settle::<JsValue>(self.stream.write_with_js_u8_array(chunk)?).await?;
        self.bytes += u64::from(chunk.length());
        Ok(())
    }

    /// Whether it is as long as it should become.
    pub fn is_full(&self) -> bool {
        self.bytes >= range::piece_length(self.begin)
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// The browser's.
    pub async fn close(self) -> Result<(), JsValue> {
        settle::<JsValue>(self.stream.close()).await.map(|_| ())
    }
}

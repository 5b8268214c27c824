//! What goes to standard output, and to files that a command writes.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use temper_protocol::{DroppedRow, Failure, FailureKind};

use temper::files::bad_path;

/// Prints a line. Whoever closes the pipe has read enough: `false`.
///
/// # Errors
/// An output that can't be written.
pub fn line(text: &str) -> Result<bool, Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(unwritten(Path::new("standard output"), error)),
    }
}

/// Says which rows of a file were left out.
pub fn tell_left_out(file: &str, dropped: &[DroppedRow]) {
    if let Some(DroppedRow { line, reason }) = dropped.first() {
        let rows = dropped.len();
        eprintln!("warning: {file}: {rows} rows left out; the first, line {line}: {reason}");
    }
}

/// A file that couldn't be written.
pub fn unwritten(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Storage, format!("{}: {error}", path.display()))
}

/// Refuses a file to be written that is one to be read, or can't be one.
///
/// # Errors
/// It is a folder, its folder isn't there, or it is one of the inputs.
pub fn check(out: &Path, inputs: &[&Path]) -> Result<(), Failure> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let same = |input: &&&Path| whole(out) == whole(input);
    match (folder, inputs.iter().find(same)) {
        _ if out.is_dir() => Err(bad_path(out, "is a folder")),
        (Some(folder), _) if !folder.is_dir() => Err(bad_path(out, "its folder isn't there")),
        (_, Some(_)) => {
            Err(bad_path(out, "is another file of this command, which it would replace"))
        }
        _ => Ok(()),
    }
}

/// A path without links; of a file that isn't there, its folder's.
fn whole(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).unwrap_or_default();
        folder.join(path.file_name().unwrap_or_default())
    })
}

/// A file that takes its place once it is whole; the old one stays until then. A pipe or a device
/// is written to as it is.
#[derive(Debug)]
pub struct Whole {
    target: PathBuf,
    partial: Option<PathBuf>,
    file: BufWriter<File>,
}

impl Whole {
    /// Begins it.
    ///
    /// # Errors
    /// It can't be written.
    pub fn create(target: &Path) -> Result<Self, Failure> {
        let special = fs::metadata(target).is_ok_and(|found| !found.is_file());
        // Through a link, so that what it leads to is replaced and not the link.
        let target = if special { target.to_path_buf() } else { whole(target) };
        let mut name = target.file_name().map_or_else(OsString::new, Into::into);
        name.push(".partial");
        let partial = (!special).then(|| target.with_file_name(name));
        let path = partial.as_ref().unwrap_or(&target);
        let file = File::create(path).map_err(|error| unwritten(path, error))?;
        Ok(Self { file: BufWriter::new(file), partial, target })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// It can't be written.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.file, "{text}").map_err(|error| unwritten(&self.target, error))
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// It can't be written.
    pub fn finish(mut self) -> Result<(), Failure> {
        let placed = self.file.flush().and_then(|()| match &self.partial {
            Some(partial) => fs::rename(partial, &self.target),
            None => Ok(()),
        });
        placed.map_err(|error| unwritten(&self.target, error))
    }
}

impl Drop for Whole {
    /// What wasn't finished leaves nothing; once renamed, there is nothing left.
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            _ = fs::remove_file(partial);
        }
    }
}

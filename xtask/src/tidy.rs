//! The house rules that no compiler knows, so that every file stays one that can be read in a
//! sitting: its length, the length of its functions, its opening words, the index of objectives.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::ChoreError;

mod rules;

/// Lines of code that a file may have; blank lines, comments and tests don't count.
const FILE_LINES: usize = 300;
/// Lines that a function's body may have.
const FUNCTION_LINES: usize = 40;

/// One broken rule.
#[derive(Debug, PartialEq)]
struct Offence {
    file: PathBuf,
    line: usize,
    what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// Checks every source of the checkout and prints what breaks a rule.
pub fn run(root: &Path) -> Result<(), ChoreError> {
    let files = sources(root)?;
    let mut offences = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(ChoreError::file(file))?;
        let name = file.strip_prefix(root).unwrap_or(file);
        offences.extend(rules::check(name, &text));
    }
    offences.extend(objectives(root, &files)?);
    for offence in &offences {
        eprintln!("{offence}");
    }
    if !offences.is_empty() {
        return Err(ChoreError::Untidy(offences.len()));
    }
    println!("  {} files keep the house rules", files.len());
    Ok(())
}

/// Every file of objectives must be in the index, or a reader won't find it.
fn objectives(root: &Path, files: &[PathBuf]) -> Result<Option<Offence>, ChoreError> {
    let index = root.join("engine/src/objective.rs");
    let folder = root.join("engine/src/objective");
    let members: Vec<_> =
        files.iter().filter(|file| file.parent() == Some(folder.as_path())).collect();
    if members.is_empty() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&index).map_err(ChoreError::file(&index))?;
    let stems = members
        .iter()
        .filter_map(|file| file.file_stem())
        .map(|stem| stem.to_string_lossy().into_owned());
    Ok(rules::missing_from_index(Path::new("engine/src/objective.rs"), &text, stems))
}

/// The sources of the checkout, in order, without what tools leave there.
fn sources(root: &Path) -> Result<Vec<PathBuf>, ChoreError> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(ChoreError::file(&folder))? {
            let path = entry.map_err(ChoreError::file(&folder))?.path();
            if !is_ours(&path) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|end| end == "rs" || end == "mjs" || end == "css")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_ours(path: &Path) -> bool {
    const NOT_OURS: [&str; 4] = ["target", "dist", "node_modules", "shared"];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with('.') && !NOT_OURS.contains(&name.as_ref())
}

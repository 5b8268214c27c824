//! What comes from the operating system: a Vulkan driver and the browsers.

use std::path::PathBuf;

use super::debian;
use crate::error::ChoreError;
use crate::shell;

/// The browsers' executables.
pub struct Browsers {
    /// Chromium or Chrome.
    pub chromium: PathBuf,
    /// Firefox.
    pub firefox: PathBuf,
}

/// Where Vulkan's loader looks for drivers.
const DRIVER_FOLDERS: [&str; 3] =
    ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];

const CHROMIUM: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const FIREFOX: [&str; 3] =
    ["firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"];

/// Makes sure that wgpu finds an adapter: any Vulkan driver, else lavapipe, which needs no GPU.
pub fn vulkan() -> Result<(), ChoreError> {
    let has_driver = || {
        DRIVER_FOLDERS
            .iter()
            .any(|folder| std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()))
    };
    // macOS has Metal, Windows DX12.
    if !cfg!(target_os = "linux") || has_driver() {
        return Ok(());
    }
    debian::install("a Vulkan driver", &["mesa-vulkan-drivers"])
}

/// Both browsers, those that `TEMPER_CHROMIUM` and `TEMPER_FIREFOX` name before all others.
pub fn browsers() -> Result<Browsers, ChoreError> {
    Ok(Browsers {
        chromium: browser("TEMPER_CHROMIUM", &CHROMIUM, "Chromium", "chromium")?,
        firefox: browser("TEMPER_FIREFOX", &FIREFOX, "Firefox", "firefox-esr")?,
    })
}

fn browser(
    variable: &str,
    programs: &[&str],
    name: &str,
    package: &str,
) -> Result<PathBuf, ChoreError> {
    if let Some(chosen) = std::env::var_os(variable) {
        return Ok(PathBuf::from(chosen));
    }
    if let Some(found) = shell::find(programs) {
        return Ok(found);
    }
    debian::install(name, &[package])?;
    shell::find(programs)
        .ok_or_else(|| ChoreError::missing(name, format!("apt-get install {package}")))
}

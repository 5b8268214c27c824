//! Tools of one exact version each, installed into the cache: from crates.io and from npm.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ChoreError;
use crate::shell;
use crate::workspace::Workspace;

/// A program that `cargo install` builds.
pub struct CargoTool {
    program: &'static str,
    package: &'static str,
    version: &'static str,
    /// Whether its own lock file is used.
    locked: bool,
    minutes: u32,
}

/// 0.22 asks for a newer rustc than ours.
pub const TRUNK: CargoTool =
    CargoTool { program: "trunk", package: "trunk", version: "0.21.14", locked: true, minutes: 6 };

/// Must be of the version of the crate `wasm-bindgen`; its lock file no longer builds.
pub const WASM_BINDGEN: CargoTool = CargoTool {
    program: "wasm-bindgen",
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    locked: false,
    minutes: 2,
};

impl CargoTool {
    /// The program in `root/bin`, built first where it isn't there in our version.
    pub fn ensure(&self, root: &Path) -> Result<PathBuf, ChoreError> {
        let program =
            root.join("bin").join(format!("{}{}", self.program, std::env::consts::EXE_SUFFIX));
        if self.is_here(&program) {
            return Ok(program);
        }
        if let Some(on_path) = shell::find(&[self.program]).filter(|path| self.is_here(path)) {
            return Ok(on_path);
        }
        println!(
            "  building {} {} (about {} minutes on two cores, once)",
            self.program, self.version, self.minutes
        );
        std::fs::create_dir_all(root).map_err(ChoreError::file(root))?;
        let mut command = Command::new("cargo");
        command
            .args(["install", self.package, "--version", self.version, "--force", "--root"])
            .arg(root);
        if self.locked {
            command.arg("--locked");
        }
        // Away from the checkout, whose configuration and target folder are none of its business.
        shell::run(command.current_dir(root).env_remove("CARGO_TARGET_DIR"))?;
        Ok(program)
    }

    fn is_here(&self, program: &Path) -> bool {
        shell::printed(program, &["--version"])
            .is_some_and(|text| text.split(' ').nth(1) == Some(self.version))
    }
}

/// The `node_modules` folder of one npm package, installed first where it isn't there.
pub fn node_package(
    workspace: &Workspace,
    name: &str,
    version: &str,
) -> Result<PathBuf, ChoreError> {
    let prefix = workspace.cached(&format!("node/{name}-{version}"));
    let modules = prefix.join("node_modules");
    if installed_version(&modules.join(name).join("package.json")).as_deref() == Some(version) {
        return Ok(modules);
    }
    for program in ["node", "npm"] {
        if shell::find(&[program]).is_none() {
            return Err(ChoreError::missing(
                format!("`{program}` (Node.js 18 or newer)"),
                "apt-get install nodejs npm",
            ));
        }
    }
    std::fs::create_dir_all(&prefix).map_err(ChoreError::file(&prefix))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(&prefix)
        .arg(format!("{name}@{version}"));
    shell::run_quietly(&format!("getting {name} {version} from npm"), npm.current_dir(&prefix))?;
    Ok(modules)
}

fn installed_version(manifest: &Path) -> Option<String> {
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(manifest).ok()?).ok()?;
    Some(manifest.get("version")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wasm-bindgen of another version than the crate refuses its output.
    #[test]
    fn wasm_bindgen_is_of_the_crates_version() {
        let manifest =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).unwrap();
        let pin = format!("wasm-bindgen = \"={}\"", WASM_BINDGEN.version);
        assert!(manifest.contains(&pin), "the workspace's Cargo.toml doesn't say {pin}");
    }
}

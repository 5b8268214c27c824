//! `temper export`

use std::fs;
use std::path::{Path, PathBuf};

use temper_engine::device;
use temper_engine::model::{adapter_gguf, config};
use temper_engine::scores::Normalization;
use temper_engine::storage::Store;
use temper_engine::train::save;
use temper_protocol::{DeviceChoice, Failure, RunConfig};

use crate::args::{ExportArgs, Format};
use crate::output::unwritten;
use temper::files::{bad_path, model_files, open_adapter, open_model, read};
use temper::folder_store::FolderStore;

mod trl;
mod trl_options;
mod trl_rows;
mod yaml;

/// Takes a run's weights out, or the run itself.
///
/// # Errors
/// The run has no such weights, its model or data is gone, the format can't hold it, or the folder
/// can't be written.
pub async fn run(args: &ExportArgs) -> Result<(), Failure> {
    match args.format {
        Format::Peft => copy_adapter(&own_adapter(args)?, &args.out),
        Format::Merged => {
            let adapter = own_adapter(args)?;
            let model = model_of(args)?;
            let compute = device::open(DeviceChoice::Cpu).await?;
            let mut open = open_model(&model, Some(&adapter), &compute).await?;
            save::merged(&mut open, &FolderStore::new(args.out.clone())).await?;
            copy_scale(&adapter, &args.out)
        }
        Format::GgufLora => {
            let adapter = own_adapter(args)?;
            let base = config::load(&model_files(&model_of(args)?)?).await?;
            let file = adapter_gguf::bytes(&open_adapter(&adapter).await?, &base)?;
            let store = FolderStore::new(args.out.clone());
            store.write(adapter_gguf::FILE, &file, false).await?;
            copy_scale(&adapter, &args.out)
        }
        Format::Trl => trl::run(args).await,
    }
}

/// The adapter that a run left.
fn adapter_of(run: &Path) -> Result<PathBuf, Failure> {
    let adapter = run.join("adapter");
    let hint = "a run writes it when it ends; one that trains all weights has none";
    match adapter.join("adapter_model.safetensors").is_file() {
        true => Ok(adapter),
        false => Err(bad_path(run, "holds no adapter").with_hint(hint)),
    }
}

/// The adapter that a run left, whose folder may not be the one to write.
fn own_adapter(args: &ExportArgs) -> Result<PathBuf, Failure> {
    let adapter = adapter_of(&args.run)?;
    prepare(&args.out, &adapter, "is the run's own adapter")?;
    Ok(adapter)
}

/// The settings that a run was made with.
fn config_of(run: &Path) -> Result<RunConfig, Failure> {
    let path = run.join("run.toml");
    let name = path.display().to_string();
    let text = String::from_utf8(read(&path)?).map_err(|error| bad_path(&path, error))?;
    RunConfig::from_toml(&name, &text, &[]).map_err(|error| bad_path(&path, error))
}

/// The model that a run trained on, whose folder may not be the one to write.
fn model_of(args: &ExportArgs) -> Result<PathBuf, Failure> {
    let model = PathBuf::from(config_of(&args.run)?.model.path);
    prepare(&args.out, &model, "is the model's own folder")?;
    Ok(model)
}

/// Makes the folder to write, which may not be the one that is read.
fn prepare(out: &Path, read: &Path, what: &str) -> Result<(), Failure> {
    fs::create_dir_all(out).map_err(|error| unwritten(out, error))?;
    let same = |path: &Path| fs::canonicalize(path).ok();
    match same(out) == same(read) {
        // Copied onto itself, a file would be emptied.
        true => Err(bad_path(out, format!("{what}: give another --out"))),
        false => Ok(()),
    }
}

fn copy_adapter(adapter: &Path, to: &Path) -> Result<(), Failure> {
    copy(adapter, to, &["adapter_config.json", "adapter_model.safetensors"])?;
    copy_scale(adapter, to)
}

/// What scales a reward is Temper's own, and most runs have none: that of an earlier export would
/// scale another model's.
fn copy_scale(adapter: &Path, to: &Path) -> Result<(), Failure> {
    if adapter.join(Normalization::FILE).is_file() {
        return copy(adapter, to, &[Normalization::FILE]);
    }
    let stale = to.join(Normalization::FILE);
    match stale.try_exists() {
        Ok(true) => fs::remove_file(&stale).map_err(|error| unwritten(&stale, error)),
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path, names: &[&str]) -> Result<(), Failure> {
    names.iter().try_for_each(|name| {
        let to = to.join(name);
        fs::copy(from.join(name), &to).map(|_| ()).map_err(|error| unwritten(&to, error))
    })
}

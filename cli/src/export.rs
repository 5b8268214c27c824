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

/// Takes a run's weights out.
///
/// # Errors
/// The run has no such weights, its model is gone, or the folder can't be written.
pub async fn run(args: &ExportArgs) -> Result<(), Failure> {
    let adapter = args.run.join("adapter");
    if !adapter.join("adapter_model.safetensors").is_file() {
        let failure = bad_path(&args.run, "holds no adapter");
        return Err(
            failure.with_hint("a run writes it when it ends; one that trains all weights has none")
        );
    }
    prepare(&args.out, &adapter, "is the run's own adapter")?;
    match args.format {
        Format::Peft => {
            copy(&adapter, &args.out, &["adapter_config.json", "adapter_model.safetensors"])?;
        }
        Format::Merged => {
            let model = model_of(args)?;
            let compute = device::open(DeviceChoice::Cpu).await?;
            let mut open = open_model(&model, Some(&adapter), &compute).await?;
            save::merged(&mut open, &FolderStore::new(args.out.clone())).await?;
        }
        Format::GgufLora => {
            let base = config::load(&model_files(&model_of(args)?)?).await?;
            let file = adapter_gguf::bytes(&open_adapter(&adapter).await?, &base)?;
            let store = FolderStore::new(args.out.clone());
            store.write(adapter_gguf::FILE, &file, false).await?;
        }
    }
    // What scales a reward is Temper's own, and most runs have none.
    match adapter.join(Normalization::FILE).is_file() {
        true => copy(&adapter, &args.out, &[Normalization::FILE]),
        false => Ok(()),
    }
}

/// The model that a run trained on, whose folder may not be the one to write.
fn model_of(args: &ExportArgs) -> Result<PathBuf, Failure> {
    let path = args.run.join("run.toml");
    let name = path.display().to_string();
    let text = String::from_utf8(read(&path)?).map_err(|error| bad_path(&path, error))?;
    let config = RunConfig::from_toml(&name, &text, &[]).map_err(|error| bad_path(&path, error))?;
    let model = PathBuf::from(config.model.path);
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

fn copy(from: &Path, to: &Path, names: &[&str]) -> Result<(), Failure> {
    names.iter().try_for_each(|name| {
        let to = to.join(name);
        fs::copy(from.join(name), &to).map(|_| ()).map_err(|error| unwritten(&to, error))
    })
}

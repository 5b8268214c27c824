//! `temper export`

use std::fs;

use temper_protocol::Failure;

use crate::args::{ExportArgs, Format};
use temper::files::bad_path;

/// Takes a run's weights out.
///
/// # Errors
/// The run has no such weights, or the folder can't be written.
pub fn run(args: &ExportArgs) -> Result<(), Failure> {
    match args.format {
        Format::Peft => peft(args),
    }
}

fn peft(args: &ExportArgs) -> Result<(), Failure> {
    let adapter = args.run.join("adapter");
    if !adapter.join("adapter_model.safetensors").is_file() {
        let failure = bad_path(&args.run, "holds no adapter");
        return Err(
            failure.with_hint("a run writes it when it ends; one that trains all weights has none")
        );
    }
    fs::create_dir_all(&args.out).map_err(|error| bad_path(&args.out, error))?;
    let same = |path: &std::path::Path| fs::canonicalize(path).ok();
    if same(&args.out) == same(&adapter) {
        // Copied onto itself, a file would be emptied.
        return Err(bad_path(&args.out, "is the run's own adapter: give another --out"));
    }
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
        let to = args.out.join(name);
        fs::copy(adapter.join(name), &to).map_err(|error| bad_path(&to, error))?;
    }
    Ok(())
}

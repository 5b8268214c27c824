//! `temper info`

use serde_json::json;
use temper_engine::device;
use temper_protocol::{DeviceChoice, DeviceInfo, Failure};

use crate::args::InfoArgs;
use crate::output;

/// What there is to compute on.
///
/// # Errors
/// An output that can't be written; a device that can't be used is part of the answer.
pub async fn run(args: &InfoArgs) -> Result<(), Failure> {
    let cpu = device::open(DeviceChoice::Cpu).await?.info;
    let gpu = device::open(DeviceChoice::Wgpu).await.map(|compute| compute.info);
    if args.json {
        let gpu = match &gpu {
            Ok(info) => json!(info),
            Err(error) => json!({ "kind": "wgpu", "error": error.to_string() }),
        };
        let version = env!("CARGO_PKG_VERSION");
        let all = json!({ "version": version, "devices": [cpu, gpu] });
        return output::line(&all.to_string()).map(|_| ());
    }
    let gpu = gpu.map_or_else(|error| format!("wgpu  {error}"), |info| wgpu_line(&info));
    let text = format!("temper {}\ncpu   {}\n{gpu}", env!("CARGO_PKG_VERSION"), cpu.name);
    output::line(&text).map(|_| ())
}

fn wgpu_line(info: &DeviceInfo) -> String {
    format!(
        "wgpu  {} by {}{}, at most {:.0} MiB a binding; self-test {:.0e} from the CPU",
        info.name,
        info.backend,
        if info.software { " (software)" } else { "" },
        info.max_binding_bytes / 1_048_576.0,
        info.self_test_error
    )
}

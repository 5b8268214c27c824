//! Opening a device, proving it on a small computation before it is trusted, and choosing kernels.
//!
//! On the web a shader that fails to compile is only logged, and its buffers then hold stale,
//! plausible numbers. So a GPU is used only after it has given the CPU's results.

use burn::tensor::{Device, Tensor, TensorData, activation};
use temper_protocol::{DeviceChoice, DeviceInfo, Failure, FailureKind};

use crate::kernels::matmul::{self, Variant};

/// An open device and what is known of it.
#[derive(Clone, Debug)]
pub struct Compute {
    /// Where tensors live; without autodiff, which parameters switch on themselves.
    pub device: Device,
    /// For people.
    pub info: DeviceInfo,
}

/// Why a device can't be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeviceError {
    /// No adapter, or it refused.
    #[error("no usable GPU: {0}")]
    Unavailable(String),
    /// It stopped working.
    #[error("the GPU was lost or ran out of memory: {0}")]
    Lost(String),
    /// It computes something else than the CPU.
    #[error("{name} failed its self-test: its result is {error:.1e} away from the CPU's")]
    SelfTest {
        /// The adapter.
        name: String,
        /// Largest absolute difference.
        error: f64,
    },
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        Self::new(FailureKind::DeviceLost, error.to_string()).with_hint("choose the CPU instead")
    }
}

/// Opens the device asked for. `Auto` takes a GPU that is one, else the CPU: an adapter that
/// emulates a GPU in software is slower than computing on the CPU directly.
///
/// # Errors
/// No adapter, or one that fails the self-test.
pub async fn open(choice: DeviceChoice) -> Result<Compute, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Wgpu => with_products(wgpu().await?).await,
        DeviceChoice::Auto => match wgpu().await {
            Ok(compute) if !compute.info.software => {
                with_products(compute).await.or_else(|_| Ok(cpu()))
            }
            _ => Ok(cpu()),
        },
    }
}

/// Chooses what computes products on a GPU. An emulator has the register kernel: it is the faster
/// one there, and Chromium's takes 0.8 s to compile the other for each layout.
async fn with_products(compute: Compute) -> Result<Compute, DeviceError> {
    let variants: &[Variant] =
        if compute.info.software { &[Variant::Registers] } else { &Variant::ALL };
    matmul::choose(&compute.device, variants).await?;
    Ok(compute)
}

fn cpu() -> Compute {
    let name =
        if cfg!(target_arch = "wasm32") { "WebAssembly, simd128" } else { "native, all cores" };
    Compute {
        device: Device::flex(),
        info: DeviceInfo {
            kind: "cpu".into(),
            name: name.into(),
            backend: String::new(),
            software: false,
            max_binding_bytes: 0.0,
            self_test_error: 0.0,
        },
    }
}

async fn wgpu() -> Result<Compute, DeviceError> {
    let (device, setup) = Device::wgpu_options()
        .init_with_setup_async()
        .await
        .map_err(|error| DeviceError::Unavailable(error.to_string()))?;
    let adapter = setup.adapter.get_info();
    let name = adapter_name(&adapter.name, &adapter.driver);
    let error = self_test(&device).await?;
    if error.is_nan() || error >= 1e-3 {
        return Err(DeviceError::SelfTest { name, error });
    }
    let software = adapter.device_type == burn::tensor::wgpu::wgpu::DeviceType::Cpu
        || ["swiftshader", "llvmpipe", "lavapipe"].iter().any(|s| name.to_lowercase().contains(s));
    let info = DeviceInfo {
        kind: "wgpu".into(),
        name,
        backend: format!("{:?}", setup.backend),
        software,
        max_binding_bytes: setup.device.limits().max_storage_buffer_binding_size as f64,
        self_test_error: error,
    };
    Ok(Compute { device, info })
}

/// Browsers hide adapter names; then the driver's words, or none.
fn adapter_name(name: &str, driver: &str) -> String {
    match (name.trim(), driver.trim()) {
        ("", "") => "GPU".into(),
        ("", driver) => driver.into(),
        (name, _) => name.into(),
    }
}

/// Reads a tensor back: the one way that works in a browser too.
///
/// # Errors
/// [`DeviceError::Lost`] where anything went wrong since the last read.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DeviceError> {
    let data = tensor.into_data_async().await;
    let data = data.map_err(|error| DeviceError::Lost(format!("{error:?}")))?;
    Ok(data.iter::<f32>().collect())
}

/// Forward and backward of a small network on both devices; the largest difference.
async fn self_test(device: &Device) -> Result<f64, DeviceError> {
    let expected = self_test_values(&Device::flex()).await?;
    let found = self_test_values(device).await?;
    let difference = expected.iter().zip(&found).map(|(a, b)| f64::from((a - b).abs()));
    // `max` would drop a NaN.
    Ok(difference.fold(0.0, |worst, d| if d > worst || d.is_nan() { d } else { worst }))
}

async fn self_test_values(device: &Device) -> Result<Vec<f32>, DeviceError> {
    let values = |rows: usize, columns: usize, seed: f32| {
        let data: Vec<f32> = (0..rows * columns).map(|i| ((i as f32 + 1.0) * seed).sin()).collect();
        Tensor::<2>::from_data(TensorData::new(data, [rows, columns]), device)
    };
    // Odd sizes on purpose: kernels err at the edges, and these have the product for all sizes,
    // which is used wherever no other is right. Its three layouts are forward and backward.
    let x = values(37, 29, 0.37).autodiff().require_grad();
    let w = values(53, 29, 0.11).autodiff().require_grad();
    let logits = activation::silu(matmul::linear(x.clone(), w.clone()));
    let loss = activation::log_softmax(logits.clone(), 1).slice([0..37, 3..4]).mean();
    let mut gradients = loss.backward();
    let mut found = read(logits.inner()).await?;
    for parameter in [x, w] {
        let gradient = parameter.grad_remove(&mut gradients);
        found.extend(read(gradient.unwrap_or_else(|| parameter.inner().zeros_like())).await?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_agrees_with_itself() {
        let error = pollster::block_on(self_test(&Device::flex())).unwrap();
        assert_eq!(error, 0.0);
    }
}

//! Choosing a device's kernels: each is checked against the CPU, and the right ones are timed by
//! submitting and awaiting, since browsers round timestamps or have none.

use burn::backend::DispatchDevice;
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use cubecl::client::Client;

use super::choice::{self, Choice, Trial, Variant};
use super::{Layout, launch, matmul};
use crate::device::{DeviceError, read};

/// Batch, m, k and n of the check: multiples of four that fill no tile.
const CHECKED: [usize; 4] = [2, 68, 36, 52];
/// What a right kernel may be away from the CPU, as in the device's self-test.
const TOLERANCE: f32 = 1e-3;
/// Sides of the square products of each round, and how many: a GPU's products are over sooner than
/// a browser's clock ticks, an emulator's first takes milliseconds.
const ROUNDS: [(usize, usize); 5] = [(128, 1), (256, 1), (512, 1), (512, 8), (512, 64)];
/// The fastest time of so many counts.
const REPEATS: usize = 2;
/// No round is begun that would take longer, seconds.
const LONGEST: f64 = 0.03;

/// What was chosen for a device; `None` where nothing was, as on the CPU.
pub fn chosen(device: &Device) -> Option<Choice> {
    match device.as_dispatch() {
        DispatchDevice::Cube(device) => choice::of(device),
        _ => None,
    }
}

/// Chooses among `variants` for each layout, and remembers it for the device's products. Where
/// none is right, the one for all sizes remains. The CPU has nothing to choose.
///
/// # Errors
/// The device was lost.
pub async fn choose(device: &Device, variants: &[Variant]) -> Result<(), DeviceError> {
    let DispatchDevice::Cube(gpu) = device.as_dispatch() else {
        return Ok(());
    };
    let expected = expected().await?;
    let mut trials: [Vec<Trial>; 3] = Default::default();
    for &variant in variants {
        // A variant a submission: in a browser, a kernel that doesn't compile spoils all of it.
        let found = right(device, variant, &expected).await;
        for (trials, right) in trials.iter_mut().zip(found) {
            trials.push(Trial { variant, right, secs: f64::INFINITY });
        }
    }
    let client = gpu.client();
    let mut choice = [None; 3];
    for ((layout, trials), choice) in Layout::ALL.into_iter().zip(&mut trials).zip(&mut choice) {
        if trials.iter().filter(|trial| trial.right).count() > 1 {
            race(device, &client, layout, trials).await?;
        }
        *choice = choice::best(trials);
    }
    choice::remember(gpu, choice);
    Ok(())
}

/// The CPU's products, in the order of [`Layout::ALL`].
async fn expected() -> Result<Vec<Vec<f32>>, DeviceError> {
    let mut expected = Vec::new();
    for layout in Layout::ALL {
        let [a, b] = operands(layout, &Device::flex());
        expected.push(read(matmul(a, b, layout)).await?);
    }
    Ok(expected)
}

/// Whether a kernel gives the CPU's results, for each layout.
async fn right(device: &Device, variant: Variant, expected: &[Vec<f32>]) -> [bool; 3] {
    let mut reading = Transaction::default();
    for layout in Layout::ALL {
        let [a, b] = operands(layout, device);
        let Some(out) = launch::by(variant, a, b, layout) else {
            return [false; 3];
        };
        reading = reading.register(out);
    }
    // A kernel that failed to compile shows here, natively.
    let Ok(found) = reading.execute_async().await else {
        return [false; 3];
    };
    let mut right = [false; 3];
    for ((right, expected), found) in right.iter_mut().zip(expected).zip(&found) {
        let found: Vec<f32> = found.iter::<f32>().collect();
        *right = found.len() == expected.len()
            && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < TOLERANCE);
    }
    right
}

fn operands(layout: Layout, device: &Device) -> [Tensor<3>; 2] {
    let shapes = layout.shapes(CHECKED);
    [(shapes[0], 0.7), (shapes[1], 0.3)].map(|(shape, seed): ([usize; 3], f32)| {
        let count = shape.iter().product::<usize>();
        let values: Vec<f32> = (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    })
}

/// Times the right ones on more and more work, as long as it is soon done.
async fn race(
    device: &Device,
    client: &Client,
    layout: Layout,
    trials: &mut [Trial],
) -> Result<(), DeviceError> {
    let mut done: Option<(f64, f64)> = None;
    for (side, count) in ROUNDS {
        let work = side.pow(3) as f64 * count as f64;
        // What awaiting nothing takes says nothing of the work.
        if done.is_some_and(|(before, secs)| secs * work / before > LONGEST) {
            break;
        }
        let [a, b] = layout.shapes([1, side, side, side]).map(|shape| {
            let ones = vec![1.0_f32; shape.iter().product()];
            Tensor::<3>::from_data(TensorData::new(ones, shape), device)
        });
        let mut idle = f64::INFINITY;
        trials.iter_mut().for_each(|trial| trial.secs = f64::INFINITY);
        for _ in 0..REPEATS {
            for trial in trials.iter_mut().filter(|trial| trial.right) {
                idle = idle.min(timed(client, || {}).await?);
                let launches = || {
                    for _ in 0..count {
                        drop(launch::by(trial.variant, a.clone(), b.clone(), layout));
                    }
                };
                let secs = timed(client, launches).await?;
                trial.secs = trial.secs.min(secs);
            }
        }
        let secs = trials.iter().filter(|trial| trial.right).map(|trial| trial.secs - idle);
        done = Some((work, secs.map(|secs| secs.max(0.0)).sum()));
    }
    Ok(())
}

/// Seconds from sending work to its end, on a device that had none.
async fn timed(client: &Client, work: impl Fn()) -> Result<f64, DeviceError> {
    wait(client).await?;
    let began = now();
    work();
    wait(client).await?;
    Ok(now() - began)
}

async fn wait(client: &Client) -> Result<(), DeviceError> {
    client.sync().await.map_err(|error| DeviceError::Lost(format!("{error:?}")))
}

/// Seconds, of which only differences mean something.
#[cfg(not(target_arch = "wasm32"))]
#[allow(clippy::disallowed_methods, reason = "a browser has the other one")]
fn now() -> f64 {
    static BEGAN: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    BEGAN.elapsed().as_secs_f64()
}

/// Seconds, of which only differences mean something.
#[cfg(target_arch = "wasm32")]
fn now() -> f64 {
    use js_sys::wasm_bindgen::JsCast as _;

    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let millis = scope.performance().map_or_else(js_sys::Date::now, |clock| clock.now());
    millis / 1000.0
}

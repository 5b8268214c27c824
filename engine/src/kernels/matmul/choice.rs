//! Which kernel computes products on which device.
//!
//! Operations of a backend see tensors only, so what [`super::measure`] found stands in a static:
//! the engine's one state that outlives a call, and it describes hardware, not a run.

use std::sync::{PoisonError, RwLock};

use burn_cubecl::CubeDevice;

use super::{Layout, tiles, wgsl};

/// A kernel for products on a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Registers alone: for adapters that emulate a GPU.
    Registers,
    /// Tiles in workgroup memory: for GPUs that have some.
    Tiles,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Registers, Self::Tiles];

    /// Its text for a layout.
    pub fn source(self, layout: Layout) -> String {
        match self {
            Self::Registers => wgsl::source(layout),
            Self::Tiles => tiles::source(layout),
        }
    }

    /// Columns and rows of the result that a workgroup computes.
    pub fn tile(self) -> [u32; 2] {
        match self {
            Self::Registers => [wgsl::COLUMNS * wgsl::GROUP, wgsl::ROWS * wgsl::GROUP],
            Self::Tiles => [tiles::SIDE; 2],
        }
    }

    /// Threads of a workgroup along both.
    pub fn threads(self) -> [u32; 2] {
        match self {
            Self::Registers => [wgsl::GROUP; 2],
            Self::Tiles => tiles::THREADS,
        }
    }
}

/// What computes each layout, in the order of [`Layout::ALL`]; `None` is the kernel for all sizes.
pub type Choice = [Option<Variant>; 3];

/// Of a device that wasn't measured.
const UNMEASURED: Choice = [Some(Variant::Registers); 3];

/// A list, because there are one or two.
static CHOSEN: RwLock<Vec<(CubeDevice, Choice)>> = RwLock::new(Vec::new());

/// What was chosen for a device, if anything was.
pub fn of(device: &CubeDevice) -> Option<Choice> {
    let chosen = CHOSEN.read().unwrap_or_else(PoisonError::into_inner);
    chosen.iter().find(|(known, _)| known == device).map(|(_, choice)| *choice)
}

/// What computes a layout on a device.
pub fn variant(device: &CubeDevice, layout: Layout) -> Option<Variant> {
    of(device).unwrap_or(UNMEASURED)[layout as usize]
}

/// From now on, `choice` computes on `device`.
pub fn remember(device: &CubeDevice, choice: Choice) {
    let mut chosen = CHOSEN.write().unwrap_or_else(PoisonError::into_inner);
    chosen.retain(|(known, _)| known != device);
    chosen.push((device.clone(), choice));
}

/// How a kernel did on a layout.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Which.
    pub variant: Variant,
    /// Whether its results were the CPU's.
    pub right: bool,
    /// How long it took; infinite where that wasn't measured.
    pub secs: f64,
}

/// The fastest of those that are right, the first of equals.
pub fn best(trials: &[Trial]) -> Option<Variant> {
    let right = trials.iter().filter(|trial| trial.right);
    right.min_by(|a, b| a.secs.total_cmp(&b.secs)).map(|trial| trial.variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(registers: (bool, f64), tiles: (bool, f64)) -> [Trial; 2] {
        let [first, second] = Variant::ALL;
        [(first, registers), (second, tiles)].map(|(variant, (right, secs))| Trial {
            variant,
            right,
            secs,
        })
    }

    #[test]
    fn the_fastest_right_one_is_chosen() {
        let never = f64::INFINITY;
        let cases = [
            ((true, 2.0), (true, 1.0), Some(Variant::Tiles)),
            ((true, 1.0), (true, 2.0), Some(Variant::Registers)),
            ((true, 1.0), (true, 1.0), Some(Variant::Registers)),
            ((false, 1.0), (true, 2.0), Some(Variant::Tiles)),
            ((true, never), (false, 1.0), Some(Variant::Registers)),
            ((true, never), (false, never), Some(Variant::Registers)),
            ((true, f64::NAN), (true, 2.0), Some(Variant::Tiles)),
            ((false, 1.0), (false, 2.0), None),
        ];
        for (registers, tiles, expected) in cases {
            assert_eq!(best(&trials(registers, tiles)), expected, "{registers:?} {tiles:?}");
        }
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn an_unmeasured_device_has_the_register_kernel() {
        let device = CubeDevice::Cpu(Default::default());
        assert_eq!(of(&device), None);
        assert_eq!(variant(&device, Layout::Plain), Some(Variant::Registers));
        remember(&device, [None, Some(Variant::Registers), None]);
        remember(&device, [None, Some(Variant::Tiles), None]);
        assert_eq!(variant(&device, Layout::RightTransposed), Some(Variant::Tiles));
        assert_eq!(variant(&device, Layout::LeftTransposed), None);
    }
}

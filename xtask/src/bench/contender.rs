//! Who takes part in what, where, and for how many steps a turn.

use How::{Native, Page, Python};
use Place::{Chromium, Firefox, Machine};
use Work::{Dpo, Generate, Step};

use super::work::Work;

/// Everyone, by kind of work and place; ours stand before those they are compared with. The first
/// step of a turn is warm-up, so each takes at least three.
#[rustfmt::skip]
pub const CONTENDERS: &[Contender] = &[
    row(Step,     "Temper, WebGPU",     Chromium, Page("temper", "webgpu"), 5),
    row(Step,     "Temper, CPU (wasm)", Chromium, Page("temper", "cpu"),    12),
    row(Step,     "jax-js, WebGPU",     Chromium, Page("jaxjs", "webgpu"),  5),
    row(Step,     "tfjs, WebGPU",       Chromium, Page("tfjs", "webgpu"),   4),
    row(Step,     "Temper, Firefox",    Firefox,  Page("temper", "webgpu"), 5),
    row(Step,     "jax-js, Firefox",    Firefox,  Page("jaxjs", "webgpu"),  5),
    row(Step,     "Temper, CPU",        Machine,  Native("cpu"),            20),
    row(Step,     "Temper, wgpu",       Machine,  Native("wgpu"),           8),
    row(Step,     "torch, CPU",         Machine,  Python("step.py"),        20),
    row(Dpo,      "Temper, WebGPU",     Chromium, Page("temper", "webgpu"), 3),
    row(Dpo,      "Temper, CPU (wasm)", Chromium, Page("temper", "cpu"),    3),
    row(Dpo,      "Temper, CPU",        Machine,  Native("cpu"),            4),
    row(Dpo,      "Temper, wgpu",       Machine,  Native("wgpu"),           4),
    row(Dpo,      "TRL and peft, CPU",  Machine,  Python("dpo.py"),         4),
    row(Generate, "Temper, CPU",        Machine,  Native("cpu"),            3),
    row(Generate, "Temper, wgpu",       Machine,  Native("wgpu"),           3),
    row(Generate, "transformers, CPU",  Machine,  Python("generate.py"),    3),
];

/// One of them.
#[derive(Debug)]
pub struct Contender {
    /// What it does.
    pub work: Work,
    /// Who does it, on what.
    pub name: &'static str,
    /// Where; ratios are taken within a place.
    pub place: Place,
    /// By which program.
    pub how: How,
    /// Steps of a turn, the warm-up's included.
    pub steps: u32,
}

const fn row(work: Work, name: &'static str, place: Place, how: How, steps: u32) -> Contender {
    Contender { work, name, place, how, steps }
}

/// Where something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a tab of Chromium.
    Chromium,
    /// In a tab of Firefox.
    Firefox,
    /// As a program of its own.
    Machine,
}

impl Place {
    /// The table's words.
    pub const fn title(self) -> &'static str {
        match self {
            Chromium => "in Chromium",
            Firefox => "in Firefox",
            Machine => "natively",
        }
    }
}

/// The program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The workbench `bench`, on a device.
    Native(&'static str),
    /// A script of `bench/browser`, on a device.
    Page(&'static str, &'static str),
    /// A script of `bench/python`.
    Python(&'static str),
}

/// What can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The built page and browsers.
    Browser,
    /// torch and all that stands on it.
    Torch,
    /// Our own step on a GPU, natively.
    Wgpu,
}

impl Contender {
    /// Whether it is one of ours.
    pub fn is_ours(&self) -> bool {
        !matches!(self.how, Python(_) | Page("jaxjs" | "tfjs", _))
    }

    /// Whether it can't take part without this.
    pub fn needs(&self, part: Part) -> bool {
        match part {
            Part::Browser => self.place != Machine,
            Part::Torch => matches!(self.how, Python(_)),
            Part::Wgpu => self.how == Native("wgpu"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn scripts_are_there_and_everyone_warms_up() {
        let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench");
        for contender in CONTENDERS {
            assert!(contender.steps >= 3, "{contender:?}");
            let script = match contender.how {
                Native(_) => continue,
                Page(name, _) => bench.join("browser").join(format!("{name}.js")),
                Python(name) => bench.join("python").join(name),
            };
            assert!(script.is_file(), "{}", script.display());
        }
    }

    #[test]
    fn each_peer_has_one_of_ours_beside_it() {
        for peer in CONTENDERS.iter().filter(|contender| !contender.is_ours()) {
            let beside = |one: &&Contender| one.work == peer.work && one.place == peer.place;
            assert!(CONTENDERS.iter().filter(beside).any(Contender::is_ours), "{peer:?}");
            assert!(!peer.name.contains("Temper"), "{peer:?}");
        }
    }
}

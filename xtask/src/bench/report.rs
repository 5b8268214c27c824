//! What all turns of a kind of work come to: medians, ratios, and whether all did the same.

use serde_json::{Value, json};

use super::contender::Contender;
use super::least::least;
use super::numbers::{median, processors, spread};
use super::outcome::Outcome;
use super::work::Work;

/// Losses are compared over so many steps: rounding drives them apart after that.
const COMPARED: usize = 4;
/// Losses of the same work are nearer than this.
const SAME_LOSS: f64 = 1e-2;
/// More of the tokens are the same than this; where two are nearly as likely, rounding chooses.
const SAME_TOKENS: f64 = 0.9;

/// One contender's turns.
#[derive(Debug)]
pub struct Entry {
    /// Who.
    pub contender: &'static Contender,
    /// Every round's.
    pub turns: Vec<Outcome>,
    /// Why it has no turn any more.
    pub left_out: Option<String>,
}

/// All turns of one kind of work.
#[derive(Debug)]
pub struct Report {
    /// Which.
    pub work: Work,
    /// Everyone's, in the order of the table.
    pub entries: Vec<Entry>,
}

/// One of ours against a peer.
#[derive(Debug, PartialEq)]
pub struct Ratio {
    /// Ours.
    pub ours: &'static str,
    /// The peer.
    pub theirs: &'static str,
    /// Our median over theirs: below 1 we are faster.
    pub ratio: f64,
    /// The smallest and the largest of the rounds.
    pub rounds: [f64; 2],
}

/// How near a contender comes to the first of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Likeness {
    /// The largest difference of losses.
    Losses(f64),
    /// The share of equal tokens.
    Tokens(f64),
}

impl Likeness {
    /// Whether both did the same work.
    pub fn is_same(self) -> bool {
        match self {
            Self::Losses(apart) => apart <= SAME_LOSS,
            Self::Tokens(share) => share >= SAME_TOKENS,
        }
    }
}

impl Entry {
    /// Before its first turn.
    pub fn new(contender: &'static Contender) -> Self {
        Self { contender, turns: Vec::new(), left_out: None }
    }

    /// Takes in a turn, or the reason that there was none.
    pub fn take(&mut self, outcome: Outcome) {
        match outcome.left_out {
            Some(why) => self.left_out = Some(why),
            None => self.turns.push(outcome),
        }
    }

    /// The first step of each turn.
    pub fn first(&self) -> Vec<f64> {
        self.turns.iter().filter_map(|turn| turn.secs.first().copied()).collect()
    }

    /// All other steps.
    pub fn settled(&self) -> Vec<f64> {
        self.turns.iter().flat_map(Outcome::settled).copied().collect()
    }

    /// Of the settled steps.
    pub fn median(&self) -> Option<f64> {
        median(&self.settled())
    }

    /// The most memory that the process had in any turn.
    pub fn host_bytes(&self) -> Option<f64> {
        self.turns.iter().filter_map(|turn| turn.host_bytes).reduce(f64::max)
    }

    /// Whether it did what another did.
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        let (own, others) = (self.turns.first()?, other.turns.first()?);
        if self.contender.work == Work::Generate {
            let pairs: Vec<_> = own.ids.iter().flatten().zip(others.ids.iter().flatten()).collect();
            let equal = pairs.iter().filter(|(a, b)| a == b).count();
            return (!pairs.is_empty())
                .then(|| Likeness::Tokens(equal as f64 / pairs.len() as f64));
        }
        // Adapters start from other random numbers, which show after the first update.
        let steps = if self.contender.work == Work::Dpo { 1 } else { COMPARED };
        let losses = own.losses.iter().zip(&others.losses).take(steps);
        losses.map(|(a, b)| (a - b).abs()).reduce(f64::max).map(Likeness::Losses)
    }
}

impl Report {
    /// Each of ours over each peer of the same place.
    pub fn ratios(&self) -> Vec<Ratio> {
        let (ours, peers): (Vec<&Entry>, Vec<&Entry>) =
            self.entries.iter().partition(|entry| entry.contender.is_ours());
        let beside = |peer: &Entry| {
            let place = peer.contender.place;
            let ours = ours.iter().filter(move |entry| entry.contender.place == place);
            ours.filter_map(|entry| ratio(entry, peer)).collect::<Vec<_>>()
        };
        peers.into_iter().flat_map(beside).collect()
    }

    /// How near everyone comes to the first who had a turn.
    pub fn likenesses(&self) -> Vec<(&'static str, Likeness)> {
        let mut present = self.entries.iter().filter(|entry| !entry.turns.is_empty());
        let Some(first) = present.next() else { return Vec::new() };
        let each = |entry: &Entry| Some((entry.contender.name, entry.likeness(first)?));
        present.filter_map(each).collect()
    }
}

fn ratio(ours: &Entry, theirs: &Entry) -> Option<Ratio> {
    let rounds: Vec<f64> = ours
        .turns
        .iter()
        .zip(&theirs.turns)
        .filter_map(|(a, b)| Some(median(a.settled())? / median(b.settled())?))
        .collect();
    Some(Ratio {
        ours: ours.contender.name,
        theirs: theirs.contender.name,
        ratio: ours.median()? / theirs.median()?,
        rounds: spread(&rounds)?,
    })
}

/// Everything as one JSON value.
pub fn json(reports: &[Report], load: Option<f64>) -> Value {
    let machine = json!({
        "system": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "processors": processors(),
        "load": load,
    });
    json!({ "machine": machine, "works": reports.iter().map(work_json).collect::<Vec<_>>() })
}

fn work_json(report: &Report) -> Value {
    let least = least(report.work);
    let ratio = |ratio: Ratio| {
        let Ratio { ours, theirs, ratio, rounds } = ratio;
        json!({ "ours": ours, "theirs": theirs, "ratio": ratio, "rounds": rounds })
    };
    json!({
        "work": report.work.name(),
        "title": report.work.title(),
        "least": {
            "flops": least.flops,
            "dispatches": least.dispatches,
            "readbacks": least.readbacks,
            "bytes": least.bytes,
            "device_bytes": least.device_bytes,
        },
        "contenders": report.entries.iter().map(entry_json).collect::<Vec<_>>(),
        "ratios": report.ratios().into_iter().map(ratio).collect::<Vec<_>>(),
        "same_work": report.likenesses().iter().all(|(_, likeness)| likeness.is_same()),
    })
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "name": entry.contender.name,
        "place": entry.contender.place.title(),
        "ours": entry.contender.is_ours(),
        "first_secs": entry.first(),
        "median_secs": entry.median(),
        "spread_secs": spread(&entry.settled()),
        "turns": entry.turns,
        "left_out": entry.left_out,
    })
}

#[cfg(test)]
impl Report {
    /// The reference step by us on WebGPU and by jax-js, two rounds each, for tests.
    pub fn sample() -> Self {
        use super::contender::{CONTENDERS, How};

        let entry = |script: &'static str, rounds: [[f64; 3]; 2], loss: f64| {
            let how = How::Page(script, "webgpu");
            let find = |one: &&Contender| one.work == Work::Step && one.how == how;
            let mut entry = Entry::new(CONTENDERS.iter().find(find).expect("in the table"));
            for secs in rounds {
                let losses = vec![7.652, loss];
                entry.take(Outcome { secs: secs.to_vec(), losses, ..Outcome::default() });
            }
            entry
        };
        let ours = entry("temper", [[9.0, 1.0, 1.0], [9.0, 1.2, 1.2]], 7.364);
        let theirs = entry("jaxjs", [[20.0, 2.0, 2.0], [20.0, 2.0, 2.0]], 7.3641);
        Self { work: Work::Step, entries: vec![ours, theirs] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_medians_without_the_first_step() {
        let ratios = Report::sample().ratios();
        assert_eq!(ratios.len(), 1);
        assert_eq!((ratios[0].ours, ratios[0].theirs), ("Temper, WebGPU", "jax-js, WebGPU"));
        let found = [ratios[0].ratio, ratios[0].rounds[0], ratios[0].rounds[1]];
        for (found, expected) in found.into_iter().zip([0.55, 0.5, 0.6]) {
            assert!((found - expected).abs() < 1e-12, "{ratios:?}");
        }
    }

    #[test]
    fn other_losses_are_other_work() {
        let mut report = Report::sample();
        let likenesses = report.likenesses();
        assert_eq!(likenesses.len(), 1);
        assert_eq!(likenesses[0].0, "jax-js, WebGPU");
        assert!(likenesses[0].1.is_same(), "{likenesses:?}");
        report.entries[1].turns[0].losses[1] = 7.5;
        assert!(!report.likenesses()[0].1.is_same());
        assert_eq!(work_json(&report)["same_work"], json!(false));
    }

    #[test]
    fn who_has_no_turn_has_no_ratio() {
        let mut report = Report::sample();
        report.entries[1].turns.clear();
        report.entries[1].take(Outcome::left_out("no npm"));
        assert!(report.ratios().is_empty());
        let value = json(&[report], Some(0.1));
        assert_eq!(value["works"][0]["contenders"][1]["left_out"], json!("no npm"));
        assert_eq!(value["works"][0]["contenders"][1]["median_secs"], Value::Null);
    }
}

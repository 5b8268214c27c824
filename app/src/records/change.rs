//! What any tab may add to a run's record, and how the record that a tab has meets the one that is
//! on the disk by then: what the run itself did is as the tab says that has the run, and what was
//! added is kept, whoever added it.

use serde::Deserialize;

use super::record::{Measured, RunRecord, WinRate};

/// What is added to a record, by a person or a measurement.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Another name.
    Name(String),
    /// What it won.
    Won(WinRate),
    /// What it writes.
    Measured(Measured),
}

impl Change {
    /// Adds it.
    pub fn apply(&self, record: &mut RunRecord) {
        match self {
            Self::Name(name) => record.name.clone_from(name),
            Self::Won(rate) => record.win_rates.push(rate.clone()),
            Self::Measured(measured) => record.measured = Some(*measured),
        }
    }
}

/// The part of a record that is added to.
#[derive(Deserialize)]
struct Added {
    name: String,
    #[serde(default)]
    win_rates: Vec<WinRate>,
    #[serde(default)]
    measured: Option<Measured>,
}

/// What is to stand on the disk. `mine` has the changes already, which the disk hasn't; `held`
/// tells whether this tab has the run. What can't be read there is replaced.
pub fn united(mine: RunRecord, disk: &str, held: bool, changes: &[Change]) -> RunRecord {
    let with = |Added { name, win_rates, measured }| RunRecord {
        name,
        win_rates,
        measured,
        ..mine.clone()
    };
    let theirs = match held {
        // Only this part of a long record is worth reading.
        true => serde_json::from_str(disk).ok().map(with),
        false => serde_json::from_str(disk).ok(),
    };
    let Some(mut united) = theirs else { return mine };
    for change in changes {
        change.apply(&mut united);
    }
    united
}

#[cfg(test)]
mod tests {
    use temper_protocol::{Method, Referee};

    use super::super::record::Outcome;
    use super::*;
    use crate::compare::Tally;

    fn record(name: &str, checkpoints: &[u32]) -> RunRecord {
        RunRecord {
            id: 7,
            name: name.into(),
            checkpoints: checkpoints.into(),
            ..RunRecord::empty(Method::Dpo)
        }
    }

    fn won(at: f64) -> WinRate {
        WinRate { against: None, by: Referee::Gold, tally: Tally::default(), at }
    }

    fn written(record: &RunRecord) -> String {
        serde_json::to_string(record).unwrap()
    }

    #[test]
    fn a_run_that_goes_on_here_keeps_its_own_steps_and_another_tabs_name() {
        let mut disk = record("renamed", &[20]);
        disk.win_rates = vec![won(1.0)];
        let united = united(record("DPO 1", &[20, 40]), &written(&disk), true, &[]);
        assert_eq!((united.name.as_str(), &united.checkpoints[..]), ("renamed", &[20, 40][..]));
        assert_eq!(united.win_rates, [won(1.0)]);
    }

    #[test]
    fn a_run_that_another_tab_has_written_on_keeps_that() {
        let mut disk = record("DPO 1", &[20, 40]);
        disk.outcome = Outcome::Done;
        let mine = record("renamed", &[20]);
        let united = united(mine, &written(&disk), false, &[Change::Name("renamed".into())]);
        assert_eq!(united, RunRecord { name: "renamed".into(), ..disk });
    }

    #[test]
    fn both_tabs_results_are_kept_and_each_once() {
        let mut disk = record("DPO 1", &[]);
        disk.win_rates = vec![won(1.0), won(2.0)];
        let mut mine = record("DPO 1", &[]);
        mine.win_rates = vec![won(1.0), won(3.0)];
        for held in [true, false] {
            let added = [Change::Won(won(3.0))];
            let united = united(mine.clone(), &written(&disk), held, &added);
            assert_eq!(united.win_rates, [won(1.0), won(2.0), won(3.0)], "held: {held}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_replaced() {
        let mine = record("DPO 1", &[20]);
        for held in [true, false] {
            assert_eq!(united(mine.clone(), "{\"id\": 7", held, &[]), mine);
        }
    }
}

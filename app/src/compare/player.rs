//! Who writes: a run, or the model as it came.

use temper_protocol::RunId;

use crate::records::{RunRecord, find};

/// Somebody whose text is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Player {
    /// The model without any run's weights.
    #[default]
    AsItCame,
    /// The model with this run's.
    Run(RunId),
}

impl Player {
    /// As a form's value says it: a run's number, or nothing.
    pub fn of(value: &str) -> Self {
        value.parse().map_or(Self::AsItCame, Self::Run)
    }

    /// For a form.
    pub fn value(self) -> String {
        self.run().map_or(String::new(), |run| run.to_string())
    }

    /// The run, where it is one.
    pub fn run(self) -> Option<RunId> {
        match self {
            Self::AsItCame => None,
            Self::Run(run) => Some(run),
        }
    }

    /// For people.
    pub fn name(self, all: &[RunRecord]) -> String {
        let Some(run) = self.run() else { return "the model as it came".into() };
        match find(all, run) {
            Some(record) => record.name.clone(),
            None => "a run that was forgotten".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::Method;

    use super::*;

    #[test]
    fn a_value_is_read_as_it_is_written() {
        for player in [Player::AsItCame, Player::Run(7)] {
            assert_eq!(Player::of(&player.value()), player);
        }
        let all = [RunRecord { id: 7, name: "DPO 1".into(), ..RunRecord::empty(Method::Dpo) }];
        assert_eq!(Player::Run(7).name(&all), "DPO 1");
        assert_eq!(Player::Run(8).name(&all), "a run that was forgotten");
    }
}

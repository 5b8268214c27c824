//! The table of runs: its figures, and how it is sorted.

use std::cmp::Ordering;

use temper_protocol::RunId;

use crate::format::{number, percent};
use crate::records::{Outcome, RunRecord};

/// One figure of a run: the last that it logged under one of these names.
pub struct FigureColumn {
    /// The column's head.
    pub title: &'static str,
    keys: &'static [&'static str],
    /// Shown in percent.
    share: bool,
}

const fn figure(title: &'static str, keys: &'static [&'static str], share: bool) -> FigureColumn {
    FigureColumn { title, keys, share }
}

/// All figures; those that no run has are left out of the table.
pub const FIGURES: &[FigureColumn] = &[
    figure("Loss", &["loss"], false),
    figure("Margin", &["rewards/margins", "margin"], false),
    figure("Accuracy", &["rewards/accuracies", "accuracy"], true),
    figure("Score", &["objective/scores"], false),
    figure("Held-out loss", &["eval_loss"], false),
    figure("Held-out margin", &["eval_rewards/margins", "eval_margin"], false),
    figure("Held-out accuracy", &["eval_rewards/accuracies", "eval_accuracy"], true),
    figure("Held-out score", &["eval_objective/scores"], false),
];

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// The run.
    pub id: RunId,
    /// Its name.
    pub name: String,
    /// Milliseconds since 1970.
    pub began: f64,
    /// Steps done.
    pub steps: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// As [`FIGURES`] has them.
    pub figures: Vec<Option<f64>>,
    /// Wall-clock of the run, of its logged steps where it didn't end.
    pub secs: Option<f64>,
}

impl RunRow {
    fn of(record: &RunRecord) -> Self {
        let lines = record.log.lines();
        let last = |keys: &[&str]| {
            lines.iter().rev().find_map(|line| keys.iter().find_map(|key| line.metrics().get(key)))
        };
        let logged: f64 = lines.iter().map(|line| line.metrics().secs).sum();
        // The summary of a run that went on tells of its last part alone.
        let told = record.summary.as_ref().map(|summary| summary.secs.max(logged));
        Self {
            id: record.id,
            name: record.name.clone(),
            began: record.began,
            steps: record.steps(),
            outcome: record.outcome,
            figures: FIGURES.iter().map(|figure| last(figure.keys)).collect(),
            secs: told.or_else(|| (!lines.is_empty()).then_some(logged)),
        }
    }
}

/// A figure as text: a share in percent, a dash where there is none.
pub fn shown(figure: &FigureColumn, value: Option<f64>) -> String {
    match value {
        None => "–".into(),
        Some(value) if figure.share => percent(value),
        Some(value) => number(value),
    }
}

/// What the table is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The name.
    Name,
    /// When it began.
    Began,
    /// Steps done.
    Steps,
    /// How it ended.
    Outcome,
    /// One of [`FIGURES`].
    Figure(usize),
    /// How long it took.
    Duration,
}

/// A column, and which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: Column,
    /// Whether the largest comes first.
    pub down: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { column: Column::Began, down: true }
    }
}

impl Order {
    /// By another column; by the same once more, the other way round.
    pub fn by(self, column: Column) -> Self {
        Self { column, down: column == self.column && !self.down }
    }

    fn compare(self, a: &RunRow, b: &RunRow) -> Ordering {
        let ordering = match self.column {
            Column::Name => a.name.to_lowercase().cmp(&b.name.to_lowercase()),
            Column::Began => a.began.total_cmp(&b.began),
            Column::Steps => a.steps.cmp(&b.steps),
            Column::Outcome => a.outcome.cmp(&b.outcome),
            Column::Duration => return self.known_first(a.secs, b.secs),
            Column::Figure(at) => {
                let figure = |row: &RunRow| row.figures.get(at).copied().flatten();
                return self.known_first(figure(a), figure(b));
            }
        };
        self.turned(ordering)
    }

    /// A run without the figure comes last, whichever way the others go.
    fn known_first(self, a: Option<f64>, b: Option<f64>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) => self.turned(a.total_cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }

    fn turned(self, ordering: Ordering) -> Ordering {
        if self.down { ordering.reverse() } else { ordering }
    }
}

/// The table's rows in order; what is alike stays in the order of the records.
pub fn rows(all: &[RunRecord], order: Order) -> Vec<RunRow> {
    let mut rows: Vec<RunRow> = all.iter().map(RunRow::of).collect();
    rows.sort_by(|a, b| order.compare(a, b));
    rows
}

#[cfg(test)]
mod tests {
    use temper_protocol::{Method, StepMetrics};

    use super::*;
    use crate::metrics::{Logged, MetricsLog};

    fn record(id: RunId, losses: &[f64]) -> RunRecord {
        let step = |(at, loss): (usize, &f64)| {
            let values = vec![("loss".to_string(), *loss)];
            Logged::Step(StepMetrics { step: at as u32 + 1, epoch: 0.0, values, secs: 2.0 })
        };
        let log = MetricsLog::from(losses.iter().enumerate().map(step).collect::<Vec<_>>());
        RunRecord { id, began: f64::from(id), log, ..RunRecord::empty(Method::Dpo) }
    }

    #[test]
    fn a_row_has_the_last_figures() {
        let rows = rows(&[record(1, &[0.7, 0.25])], Order::default());
        assert_eq!((rows[0].figures[0], rows[0].figures[1]), (Some(0.25), None));
        assert_eq!((rows[0].steps, rows[0].secs), (2, Some(4.0)));
        assert_eq!(shown(&FIGURES[0], rows[0].figures[0]), "0.2500");
        assert_eq!(shown(&FIGURES[2], Some(0.875)), "88 %");
        assert_eq!(shown(&FIGURES[2], None), "–");
    }

    #[test]
    fn what_is_unknown_comes_last_both_ways() {
        let all = [record(1, &[]), record(2, &[0.5]), record(3, &[0.25])];
        let ids = |order: Order| rows(&all, order).iter().map(|row| row.id).collect::<Vec<_>>();
        let order = Order::default();
        assert_eq!(ids(order), [3, 2, 1]);
        let order = order.by(Column::Figure(0));
        assert_eq!(ids(order), [3, 2, 1]);
        assert_eq!(ids(order.by(Column::Figure(0))), [2, 3, 1]);
        assert_eq!(ids(order.by(Column::Duration)), [2, 3, 1]);
    }
}

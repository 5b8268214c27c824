//! A class of 30 minutes in steps: what the teacher says, what the class does and sees.

use std::collections::BTreeSet;

use temper_protocol::Method;

use super::{Deed, Experiment, Visit};
use crate::route::Page;

/// Its name in the address.
pub const SLUG: &str = "class";
/// Its heading.
pub const TITLE: &str = "A class of 30 minutes";
/// What it is about, in a line.
pub const LINE: &str = "Nine steps with what to say, what to do and what to see.";

/// One step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// What it is remembered by.
    pub id: &'static str,
    /// The minutes at which it begins and ends.
    pub minutes: [u32; 2],
    /// Its heading.
    pub title: &'static str,
    /// What the teacher says.
    pub say: &'static str,
    /// What to do.
    pub deeds: &'static [Deed],
    /// What the class should see in the end.
    pub see: &'static str,
}

/// The steps that are done, as text to be kept.
pub fn kept(done: &BTreeSet<&'static str>) -> String {
    done.iter().copied().collect::<Vec<_>>().join(",")
}

/// The steps that a kept text names.
pub fn recalled(text: &str) -> BTreeSet<&'static str> {
    let is_named = |step: &&Step| text.split(',').any(|name| name == step.id);
    STEPS.iter().filter(is_named).map(|step| step.id).collect()
}

/// The class, in order.
pub const STEPS: &[Step] = &[
    Step {
        id: "before",
        minutes: [0, 2],
        title: "The model as it is",
        say: "This model writes reviews and nothing else. It read as many pleased ones as \
              displeased ones, so it writes both: it has no taste yet.",
        deeds: &[Deed::Visit(Visit {
            title: "Ask it",
            page: Page::Train,
            topic: None,
            expect: "Under “Ask before and after” ask for a few reviews at temperature 1.",
        })],
        see: "Sensible English, about half of it displeased.",
    },
    Step {
        id: "first",
        minutes: [2, 6],
        title: "The first run",
        say: "We give it pairs of reviews and say which one we like. DPO makes the one likelier \
              than the other, and holds the model near what it was.",
        deeds: &[Deed::Run(Experiment {
            title: "Run DPO",
            method: Method::Dpo,
            changes: &[],
            expect: "Let it run to the end, and read a sample aloud every ten steps.",
        })],
        see: "The same prompts, answered displeased at first and pleased at the end.",
    },
    Step {
        id: "curves",
        minutes: [6, 10],
        title: "Margin and accuracy",
        say: "The margin is how much further apart the two answers are than before training, times \
              β. Accuracy is the share of pairs that moved the right way. The dashed line is of \
              pairs that it never learned from.",
        deeds: &[
            Deed::Visit(Visit {
                title: "Look at the curves",
                page: Page::Train,
                topic: None,
                expect: "Point at a step: all charts show their value there.",
            }),
            Deed::Visit(Visit {
                title: "How to read them",
                page: Page::Learn,
                topic: Some("reading"),
                expect: "The same in words, with what can deceive.",
            }),
        ],
        see: "Loss from 0.69 down, margin from 0 up, both lines close together: it learned \
              something general.",
    },
    Step {
        id: "loose",
        minutes: [10, 13],
        title: "β ten times smaller: what breaks",
        say: "β is the leash. What will happen if we let go? Ask for a guess before you start.",
        deeds: &[Deed::Run(Experiment {
            title: "Run DPO with β 0.1",
            method: Method::Dpo,
            changes: &[("dpo.beta", "0.1")],
            expect: "Watch the likelihood of the preferred answers, and the samples.",
        })],
        see: "Reviews that are pleased and no longer English, while loss and accuracy look fine. \
              That is over-optimisation.",
    },
    Step {
        id: "glass",
        minutes: [13, 15],
        title: "The loss under glass",
        say: "This is the whole loss of one pair, with its numbers. A pair that is clearly right \
              pulls no more; β says how soon.",
        deeds: &[Deed::Visit(Visit {
            title: "Take a pair under glass",
            page: Page::Train,
            topic: None,
            expect: "In “The loss under glass” pick a row, then change β in the form and watch the \
                     point on the curve move.",
        })],
        see: "The weight of the pull fall towards 0 as the margin grows, later for a smaller β.",
    },
    Step {
        id: "noise",
        minutes: [15, 20],
        title: "Wrong labels",
        say: "People err. What does a method do with labels that are wrong, and can it be told to \
              expect them?",
        deeds: &[
            Deed::SwapLabels { expect: "A fifth of the training labels are wrong now." },
            Deed::Run(Experiment {
                title: "Run DPO on them",
                method: Method::Dpo,
                changes: &[("loop.max_steps", "40")],
                expect: "Read the held-out margin at the end.",
            }),
            Deed::Run(Experiment {
                title: "The same with label_smoothing 0.2",
                method: Method::Dpo,
                changes: &[("loop.max_steps", "40"), ("dpo.label_smoothing", "0.2")],
                expect: "For one half of the class.",
            }),
            Deed::Run(Experiment {
                title: "The same with IPO",
                method: Method::Dpo,
                changes: &[("loop.max_steps", "40"), ("dpo.loss_type", "ipo"), ("dpo.beta", "3")],
                expect: "For the other half. Then swap the labels back.",
            }),
        ],
        see: "DPO's training accuracy stuck near four in five while held-out accuracy is higher: \
              the wrong labels don't fit the rest. The other two settle at smaller margins.",
    },
    Step {
        id: "ppo",
        minutes: [20, 25],
        title: "PPO against the gold rule",
        say: "Now there are no pairs. The model writes, a rule counts how pleased the review is, \
              and every nat of distance costs something.",
        deeds: &[Deed::Run(Experiment {
            title: "Run PPO, 20 rollouts",
            method: Method::Ppo,
            changes: &[("loop.max_steps", "20")],
            expect: "Watch score and distance side by side. Without a GPU, begin it while you \
                     explain.",
        })],
        see: "The score climbs with little distance: the model learned from its own answers, so it \
              had no need to go far.",
    },
    Step {
        id: "blind",
        minutes: [25, 28],
        title: "Which is better? A blind comparison",
        say: "Curves are claims. Let us judge without knowing which run wrote what.",
        deeds: &[Deed::Visit(Visit {
            title: "Compare two runs blind",
            page: Page::Compare,
            topic: None,
            expect: "Take the run with β 1 against the one with β 0.1, and vote by hands.",
        })],
        see: "The looser run loses, although its loss and accuracy looked fine.",
    },
    Step {
        id: "home",
        minutes: [28, 30],
        title: "Take it home",
        say: "What was learned is a small file, an adapter. It never left this tab, and it works \
              in Python on the same model.",
        deeds: &[Deed::Visit(Visit {
            title: "Download the adapter",
            page: Page::Train,
            topic: None,
            expect: "Under “Keep what it learned”.",
        })],
        see: "A zip file of a few hundred kilobytes or less, in PEFT's format.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_fills_half_an_hour_without_gaps() {
        let mut now = 0;
        for step in STEPS {
            assert_eq!(step.minutes[0], now, "{}", step.id);
            assert!(step.minutes[1] > now && !step.deeds.is_empty(), "{}", step.id);
            now = step.minutes[1];
        }
        assert_eq!(now, 30);
        assert_eq!(STEPS.len(), 9, "the line above names their number");
    }

    #[test]
    fn what_is_done_is_remembered_and_the_rest_forgotten() {
        let done = BTreeSet::from(["ppo", "before"]);
        assert_eq!(kept(&done), "before,ppo");
        assert_eq!(recalled("before,ppo"), done);
        assert_eq!(recalled("ppo,no step,"), BTreeSet::from(["ppo"]));
        assert_eq!(recalled(""), BTreeSet::new());
    }

    #[test]
    fn ids_are_told_apart() {
        let ids: BTreeSet<&str> = STEPS.iter().map(|step| step.id).collect();
        assert_eq!(ids.len(), STEPS.len());
    }
}

//! Settings worth trying: of each method a few, each with the reason in a sentence. A preset is
//! what it changes in the method's example.

use temper_protocol::Method;

use crate::form::Values;

/// A few changes with a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// What its button says.
    pub title: &'static str,
    /// Why to try it, in a sentence.
    pub why: &'static str,
    /// `table.key` of fields, and what is typed there.
    pub changes: &'static [(&'static str, &'static str)],
}

impl Preset {
    /// The example with the changes in it.
    pub fn applied(&self, example: &Values) -> Values {
        let mut values = example.clone();
        for (key, value) in self.changes {
            values.set(key, (*value).to_string());
        }
        values
    }
}

const fn preset(
    title: &'static str,
    why: &'static str,
    changes: &'static [(&'static str, &'static str)],
) -> Preset {
    Preset { title, why, changes }
}

const LONGER: Preset = preset(
    "Longer (200 steps)",
    "Shows what comes after the first gains: do held-out rows follow, and does it still read well?",
    &[("loop.max_steps", "200")],
);

const AGAINST_REWARD_MODEL: Preset = preset(
    "Against your reward model",
    "Climbs the marks of the newest reward model that you trained here: the classic pipeline.",
    &[("score.by", "reward_model")],
);

/// A method's presets, in order.
pub fn of(method: Method) -> &'static [Preset] {
    match method {
        Method::Sft => SFT,
        Method::Reward => REWARD,
        Method::Ppo => PPO,
        Method::Rloo => RLOO,
        Method::OnlineDpo => ONLINE_DPO,
        Method::Dpo => DPO,
        Method::Cpo => CPO,
        Method::Simpo => SIMPO,
        Method::Orpo => ORPO,
        Method::Slic => SLIC,
        Method::Spin => SPIN,
        Method::Sppo => SPPO,
        Method::Kto => KTO,
    }
}

const SFT: &[Preset] = &[
    preset(
        "Prompts too",
        "Learns to write the prompts as well, as plain language modelling would.",
        &[("sft.completion_only_loss", "false")],
    ),
    preset(
        "Gentle (2e-4)",
        "A tenth of the pace: the loss falls slowly, and little is forgotten.",
        &[("optimizer.learning_rate", "2e-4")],
    ),
    LONGER,
];

const REWARD: &[Preset] = &[
    preset(
        "Uncentred",
        "Only differences count in the loss, so the marks may drift away from zero.",
        &[("reward.center_rewards_coefficient", "")],
    ),
    preset(
        "Raw marks",
        "Leaves the marks on the scale that training gave them.",
        &[("reward.normalize_samples", "0")],
    ),
    LONGER,
];

const PPO: &[Preset] = &[
    preset(
        "Free (KL 0)",
        "Nothing holds it, so the score climbs by whatever works; read the samples.",
        &[("ppo.kl_coef", "0")],
    ),
    preset(
        "Tight (KL 0.5)",
        "Each nat away from the old model costs ten times as much as in the example.",
        &[("ppo.kl_coef", "0.5")],
    ),
    preset(
        "Steady distance",
        "The price of KL moves by itself, to hold the distance at six nats.",
        &[("ppo.adap_kl_ctrl", "true"), ("ppo.target", "6")],
    ),
    preset(
        "Score by length",
        "The score is nothing but the number of words, and twenty are best.",
        &[("score.by", "length"), ("score.length", "20")],
    ),
    AGAINST_REWARD_MODEL,
];

const RLOO: &[Preset] = &[
    preset(
        "Eight answers",
        "Each answer is measured against seven others instead of three, which is steadier.",
        &[("rloo.num_generations", "8")],
    ),
    preset(
        "Two answers",
        "The fewest there can be: each answer is measured against one other, which is noisy.",
        &[("rloo.num_generations", "2")],
    ),
    preset(
        "Free (β 0)",
        "Nothing holds it, so the score climbs by whatever works; read the samples.",
        &[("rloo.beta", "0")],
    ),
    preset(
        "Normalised",
        "Advantages are brought to one scale, so that close scores count like distant ones.",
        &[("rloo.normalize_advantages", "true")],
    ),
    AGAINST_REWARD_MODEL,
];

const ONLINE_DPO: &[Preset] = &[
    preset(
        "As published (β 0.1)",
        "The paper's value: it is held less than in the example, and moves further.",
        &[("online_dpo.beta", "0.1")],
    ),
    preset(
        "IPO",
        "Aims at a fixed margin instead of an ever larger one.",
        &[("online_dpo.loss_type", "ipo")],
    ),
    preset(
        "Cool samples (0.5)",
        "Safer answers, which are alike more often; pairs of the same answer are left out.",
        &[("online_dpo.temperature", "0.5")],
    ),
    preset(
        "By a judge",
        "The language model that is open as the judge prefers one answer of each pair.",
        &[("score.by", "judge")],
    ),
];

const DPO: &[Preset] = &[
    preset(
        "As published (β 0.1)",
        "The paper's value, usual for large models; a small one drifts far with it.",
        &[("dpo.beta", "0.1")],
    ),
    preset(
        "Looser (β 0.01)",
        "Barely held to what it was: the margin grows fast, and the writing pays for it.",
        &[("dpo.beta", "0.01")],
    ),
    preset(
        "Stricter (β 5)",
        "Held five times as hard as in the example: a small change settles a pair.",
        &[("dpo.beta", "5")],
    ),
    preset(
        "IPO",
        "Aims at a fixed margin, so that labels without doubt can't push it to extremes.",
        &[("dpo.loss_type", "ipo")],
    ),
    preset(
        "Robust to wrong labels",
        "Allows for one label in ten being wrong, so that no pair is trusted all the way.",
        &[("dpo.loss_type", "robust"), ("dpo.label_smoothing", "0.1")],
    ),
    LONGER,
];

const CPO: &[Preset] = &[
    preset(
        "No imitation (α 0)",
        "Only the comparison is left, and nothing keeps the preferred answers likely.",
        &[("cpo.cpo_alpha", "0")],
    ),
    preset(
        "Steeper (β 0.5)",
        "Each nat between the two answers counts five times as much as in the example.",
        &[("cpo.beta", "0.5")],
    ),
    preset(
        "Robust to wrong labels",
        "Allows for one label in ten being wrong, so that no pair is trusted all the way.",
        &[("cpo.label_smoothing", "0.1")],
    ),
];

const SIMPO: &[Preset] = &[
    preset(
        "Wide margin (γ 1.6)",
        "Asks for three times the example's distance before a pair counts as learnt.",
        &[("simpo.simpo_gamma", "1.6")],
    ),
    preset(
        "No margin (γ 0)",
        "A pair counts as learnt once the preferred answer is the likelier one a token.",
        &[("simpo.simpo_gamma", "0")],
    ),
    preset(
        "Steeper (β 10)",
        "Small differences a token count much, as in the authors' later recipes.",
        &[("simpo.beta", "10")],
    ),
];

const ORPO: &[Preset] = &[
    preset(
        "As published (λ 0.1)",
        "The paper's weight: mostly imitation, with a light push against the other answer.",
        &[("orpo.beta", "0.1")],
    ),
    preset(
        "Strong (λ 2)",
        "The odds ratio weighs four times as much as in the example.",
        &[("orpo.beta", "2")],
    ),
    LONGER,
];

const SLIC: &[Preset] = &[
    preset(
        "Narrow (δ 1)",
        "Lets go of a pair once the preferred answer is one nat ahead.",
        &[("slic.delta", "1")],
    ),
    preset(
        "Wide (δ 20)",
        "Keeps pulling until the preferred answer is twenty nats ahead.",
        &[("slic.delta", "20")],
    ),
    preset(
        "No anchor (λ 0)",
        "Without imitation only the distance counts, and both answers may become unlikely.",
        &[("slic.lambda_coef", "0")],
    ),
];

const SPIN: &[Preset] = &[
    preset(
        "As published (β 0.1)",
        "The paper's value: it is held less than in the example, and moves further.",
        &[("spin.beta", "0.1")],
    ),
    preset(
        "Firm at the end",
        "Loose in the first two rounds and held hard in the last, as the authors did it.",
        &[("spin.beta", "0.1, 0.1, 5")],
    ),
    preset(
        "Hinge",
        "Stops pulling at a margin of 1/β instead of going ever further.",
        &[("spin.loss_type", "hinge")],
    ),
    preset(
        "One round",
        "What the later rounds add shows against this one.",
        &[("spin.iterations", "1")],
    ),
];

const SPPO: &[Preset] = &[
    preset(
        "As published (0.001)",
        "Asks each winner to gain hundreds of nats: a direction rather than a goal.",
        &[("sppo.beta", "0.001")],
    ),
    preset(
        "Eight answers",
        "Winner and loser of each prompt are found among twice as many.",
        &[("sppo.num_generations", "8")],
    ),
    preset(
        "One round",
        "What the later rounds add shows against this one.",
        &[("sppo.iterations", "1")],
    ),
];

const KTO: &[Preset] = &[
    preset(
        "As published (β 0.1)",
        "The paper's value: it is held less than in the example, and moves further.",
        &[("kto.beta", "0.1")],
    ),
    preset(
        "APO-zero",
        "Measures each answer against zero, not against how far the whole model has moved.",
        &[("kto.loss_type", "apo_zero_unpaired")],
    ),
    preset(
        "Dislikes count more",
        "What wasn't liked weighs half as much again as what was.",
        &[("kto.undesirable_weight", "1.5")],
    ),
    LONGER,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Facts;

    #[test]
    fn every_preset_of_every_method_changes_the_example_to_a_run() {
        for method in Method::ALL {
            let example = Values::of(method);
            for preset in of(method) {
                let values = preset.applied(&example);
                let changes = values.changes();
                assert_eq!(changes.len(), preset.changes.len(), "{method:?}: {}", preset.title);
                for (key, value) in preset.changes {
                    assert_eq!(values.text(key), *value, "{method:?}: {}", preset.title);
                }
                let judge = Some("judge".into());
                let facts =
                    Facts { heldout: true, reward_model: Some(7), judge, ..Facts::default() };
                values.config(&facts).unwrap().resolve().unwrap();
            }
        }
    }

    #[test]
    fn each_method_has_a_few_each_with_one_sentence() {
        for method in Method::ALL {
            assert!((3..=6).contains(&of(method).len()), "{method:?}");
            for Preset { why, .. } in of(method) {
                assert!(why.ends_with(['.', '?']) && !why.contains(". "), "{why}");
            }
        }
    }
}

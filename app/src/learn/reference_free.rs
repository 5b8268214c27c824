//! Learning from pairs without a reference: CPO, SimPO, ORPO and SLiC, and what each holds the
//! model by instead.

use temper_protocol::Method;

use super::{
    Deed, Experiment, Formula, LENGTHS, LOGISTIC, NLL, PAIR, POLICY, Topic, paper, symbol,
};

/// DPO against nothing, with imitation.
pub const CPO: Topic = Topic {
    slug: "cpo",
    title: "CPO: contrastive preference optimisation",
    line: "Contrast and imitation, without a reference.",
    idea: &[
        "A reference costs a second pass over every row. CPO leaves it out, as if it found all \
         answers equally likely: the policy's own log-probabilities of the two answers are pushed \
         apart by DPO's loss. Nothing then says where the model came from, so the likelihood of \
         the preferred answers is added, which is SFT's loss.",
        "It was made for translation, where even human references can fall short of the best \
         output, and learning what to avoid matters as much as what to copy. The weight α of the \
         imitation is what holds the model now; with α 0 nothing does.",
    ],
    formulas: &[Formula {
        caption: "",
        source: "L = −log σ(β(log π_θ(y_w|x) − log π_θ(y_l|x))) + α N",
        words: "the loss is minus log sigma of beta times the difference of the answers' log \
                probabilities, plus alpha times N",
    }],
    legend: &[
        POLICY,
        PAIR,
        LOGISTIC,
        symbol("β", "beta", "how steeply a difference counts"),
        symbol("α", "alpha", "`cpo_alpha`, the weight of imitation"),
        NLL,
    ],
    watch: &[
        "`loss` doesn't start at 0.69, nor `rewards/margins` at 0: the answers differ in \
         likelihood from the beginning, and N is in the loss. Look at how they move.",
        "`rewards/accuracies` starts at the share of pairs that the model's own likelihoods rank \
         right, by length and wording.",
        "`nll_loss` should fall or stand still. Where it rises, good answers become unlikely, and \
         the English goes.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Contrast with imitation",
            method: Method::Cpo,
            changes: &[],
            expect: "Accuracy climbs, `nll_loss` stays in check, and the samples turn pleased.",
        }),
        Deed::Run(Experiment {
            title: "Contrast alone (α 0)",
            method: Method::Cpo,
            changes: &[("cpo.cpo_alpha", "0")],
            expect: "The margin grows as before or faster, while `nll_loss` rises and the samples \
                     grow strange.",
        }),
    ],
    papers: &[paper("Xu et al. 2024, Contrastive preference optimization", "2401.08417")],
};

/// Likelihood by the token, and a margin.
pub const SIMPO: Topic = Topic {
    slug: "simpo",
    title: "SimPO: simple preference optimisation",
    line: "Likelihood by the token, and a margin to win by.",
    idea: &[
        "A long answer has a small probability, for every token costs some. Methods that sum over \
         tokens therefore mix length into the comparison, and what they reward isn't what \
         generation goes by. SimPO's reward is the mean log-probability of a token, and the \
         preferred answer must win by a margin γ.",
        "There is neither a reference nor imitation, so nothing but a low learning rate and an \
         early end keeps the model near what it was. That makes it quick and, on a small model, \
         easy to break: of all the methods here, with the settings that they come with, it drifts \
         the farthest.",
    ],
    formulas: &[Formula {
        caption: "",
        source: r"L = −log σ(\frac{β}{n_w} log π_θ(y_w|x) − \frac{β}{n_l} log π_θ(y_l|x) − γ)",
        words: "the loss is minus log sigma of beta over n w times the log probability of the \
                preferred answer, less beta over n l times that of the other, less gamma",
    }],
    legend: &[
        POLICY,
        PAIR,
        LENGTHS,
        symbol("β", "beta", "how steeply a difference counts; 2 or 2.5 in the authors' first runs"),
        symbol("γ", "gamma", "`simpo_gamma`, the margin asked for"),
    ],
    watch: &[
        "`rewards/margins` should pass γ. It may start below 0.",
        "`logps/chosen` is here a mean over tokens, and often falls. `nll_loss` is nearly the same \
         with the other sign: far above its start, the samples are broken.",
        "Samples, early and often: the curves go on looking good when the text no longer does.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Nothing holds it",
            method: Method::Simpo,
            changes: &[],
            expect: "The margin soars and `nll_loss` with it: pleased words, and less and less of \
                     a sentence.",
        }),
        Deed::Run(Experiment {
            title: "Steeper, so sooner content (β 10)",
            method: Method::Simpo,
            changes: &[("simpo.beta", "10")],
            expect: "A pair is won at a fifth of the distance: the samples hold together for \
                     longer.",
        }),
        Deed::Run(Experiment {
            title: "A third of the learning rate",
            method: Method::Simpo,
            changes: &[("optimizer.learning_rate", "3e-4")],
            expect: "A lower learning rate is a leash too: the same way, less far.",
        }),
    ],
    papers: &[paper(
        "Meng et al. 2024, SimPO: simple preference optimization with a reference-free reward",
        "2405.14734",
    )],
};

/// Imitation and contrast in one stage.
pub const ORPO: Topic = Topic {
    slug: "orpo",
    title: "ORPO: odds ratio preference optimisation",
    line: "Fine-tuning and preference in one stage.",
    idea: &[
        "Fine-tuning on good answers also makes bad ones of the same manner likelier, and a second \
         stage has to undo that. ORPO does both at once: SFT's loss on the preferred answer, and \
         beside it a penalty that fades as the odds of the preferred answer come to exceed those \
         of the other.",
        "Odds p/(1 − p) are taken of the mean probability of a token, a geometric mean. Their \
         ratio contrasts more gently than one of probabilities would, so that imitation can go on \
         meanwhile; it is imitation that holds the model, and no reference is needed.",
    ],
    formulas: &[
        Formula {
            caption: "The loss",
            source: r"L = N − β log σ(log \frac{O(y_w)}{O(y_l)})",
            words: "the loss is N minus beta times log sigma of the log of the odds of the \
                    preferred answer over those of the other",
        },
        Formula {
            caption: "The odds",
            source: r"O(y) = \frac{p}{1 − p}, p = π_θ(y|x)^{1/n}",
            words: "the odds of y are p over 1 minus p, with p the policy's probability of y to \
                    the power of 1 over its length",
        },
    ],
    legend: &[
        NLL,
        POLICY,
        symbol("n", "n", "the answer's length in tokens"),
        symbol("β", "beta", "the weight of the contrast; the paper's λ"),
    ],
    watch: &[
        "`nll_loss` falls as in SFT. The rest of `loss` is the contrast.",
        "`rewards/accuracies` climbs from the share of pairs that the model's own likelihoods rank \
         right. `rewards/margins` is small, for it is of means over tokens, times β.",
        "`logps/chosen` should rise while `logps/rejected` stays behind or falls.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Imitate and contrast",
            method: Method::Orpo,
            changes: &[],
            expect: "Pleased samples in whole sentences, and a likelihood of the preferred answers \
                     that rises.",
        }),
        Deed::Run(Experiment {
            title: "Hardly any contrast (β 0.05)",
            method: Method::Orpo,
            changes: &[("orpo.beta", "0.05")],
            expect: "Close to plain SFT: fewer samples turn pleased.",
        }),
        Deed::Run(Experiment {
            title: "More contrast (β 2)",
            method: Method::Orpo,
            changes: &[("orpo.beta", "2")],
            expect: "The two likelihoods part sooner, and the model moves further from what it \
                     was.",
        }),
    ],
    papers: &[paper(
        "Hong et al. 2024, ORPO: monolithic preference optimization without reference model",
        "2403.07691",
    )],
};

/// A margin in nats, then peace.
pub const SLIC: Topic = Topic {
    slug: "slic",
    title: "SLiC: sequence likelihood calibration",
    line: "Ahead by a margin, then let go.",
    idea: &[
        "A model's likelihoods should be in the order of quality: of two answers, the better one \
         the likelier. SLiC asks just that, with room to spare. As long as the preferred answer \
         isn't δ nats ahead of the other, the pair pulls, always with the same strength; once it \
         is, the pair is at peace.",
        "A second term holds the model to texts worth writing: the likelihood of the preferred \
         answer, weighted by λ. It is summed over tokens, not averaged, so long answers count for \
         more. There is no reference, and nothing is sampled here. It is the oldest of these four \
         losses. DPO's `hinge` is the same idea against a reference.",
    ],
    formulas: &[Formula {
        caption: "",
        source: "L = max(0, δ − log π_θ(y_w|x) + log π_θ(y_l|x)) − λ log π_θ(y_w|x)",
        words: "the loss is the larger of 0 and delta less the log probability of the preferred \
                answer plus that of the other, minus lambda times the log probability of the \
                preferred answer",
    }],
    legend: &[
        POLICY,
        PAIR,
        symbol("δ", "delta", "`delta`, the margin in nats at which a pair lets go"),
        symbol("λ", "lambda", "`lambda_coef`, the weight of the likelihood"),
    ],
    watch: &[
        "`rewards/margins` is in nats here (there is no β) and should pass δ, then flatten.",
        "`nll_loss` should not rise. `loss` holds the sum over tokens times λ, so it stays well \
         above 0.",
        "`rewards/accuracies` counts any lead, `rewards/margins` tells how large it is.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Five nats ahead",
            method: Method::Slic,
            changes: &[],
            expect: "The margin climbs past 5 and slows down; the samples turn pleased.",
        }),
        Deed::Run(Experiment {
            title: "One nat will do",
            method: Method::Slic,
            changes: &[("slic.delta", "1")],
            expect: "Most pairs let go early, and imitation does the rest.",
        }),
        Deed::Run(Experiment {
            title: "Without imitation (λ 0)",
            method: Method::Slic,
            changes: &[("slic.lambda_coef", "0")],
            expect: "`loss` can reach 0 now. Watch `nll_loss`: nothing keeps it down.",
        }),
    ],
    papers: &[
        paper(
            "Zhao et al. 2022, Calibrating sequence likelihood improves conditional language \
             generation",
            "2210.00045",
        ),
        paper(
            "Zhao et al. 2023, SLiC-HF: sequence likelihood calibration with human feedback",
            "2305.10425",
        ),
    ],
};

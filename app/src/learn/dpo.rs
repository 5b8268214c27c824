//! Learning from pairs against a reference: DPO, IPO, and the other losses on the same two
//! log-ratios.

use temper_protocol::Method;

use super::{
    Deed, Experiment, Formula, LENGTHS, LOGISTIC, PAIR, POLICY, Paper, REFERENCE, Symbol, Topic,
    paper, symbol,
};

const BETA: Symbol =
    symbol("β", "beta", "how firmly the policy is held to the reference: high holds it near");
const RATIOS: Symbol = symbol(
    r"a = log \frac{π_θ(y_w|x)}{π_ref(y_w|x)}, b = log \frac{π_θ(y_l|x)}{π_ref(y_l|x)}",
    "a and b, the logs of pi theta over pi ref of both answers",
    "how much likelier each answer has become, in nats; `rewards/chosen` is β a, \
     `rewards/rejected` is β b (with `ipo` both by the token)",
);

/// The method that the page opens with.
pub const DPO: Topic = Topic {
    slug: "dpo",
    title: "DPO: direct preference optimisation",
    line: "Pairs train the policy itself; no reward model, no sampling.",
    idea: &[
        "PPO takes a reward model, a critic and sampling. DPO saves all three by a piece of \
         algebra: the best policy for a reward under a price of distance can be written down, so \
         every policy is the best one for some reward, namely β times its log-ratio to the \
         reference, up to a term that both answers to a prompt share. Put that into Bradley and \
         Terry's model, and comparisons train the policy directly.",
        "A pair pulls with weight β σ(−β h): hard while the model has it wrong, hardly at all once \
         it is clearly right. β says how firmly the policy is held: a small one allows it to go \
         far.",
    ],
    formulas: &[
        Formula {
            caption: "The loss",
            source: "L = −E[log σ(β h)]",
            words: "the loss is minus the expected log of sigma of beta h",
        },
        Formula {
            caption: "The margin",
            source: r"h = log \frac{π_θ(y_w|x)}{π_ref(y_w|x)} − log \frac{π_θ(y_l|x)}{π_ref(y_l|x)}",
            words: "the margin h is the log of policy over reference for the preferred answer less \
                    the same for the other answer",
        },
    ],
    legend: &[POLICY, REFERENCE, PAIR, BETA, LOGISTIC],
    watch: &[
        "`loss` starts at 0.69 = ln 2, as policy and reference are the same, and falls.",
        "`rewards/margins` (β h) rises from 0 and `rewards/accuracies` goes towards 100 %. The \
         held-out lines say whether that is more than learning by heart.",
        "`rewards/chosen` often falls as well, only less than `rewards/rejected`. That is usual, \
         for only the difference is trained. But `logps/chosen` lower by tens of nats means as a \
         rule that the English goes: raise β, or lower the learning rate.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "The default run (β 1)",
            method: Method::Dpo,
            changes: &[],
            expect: "Loss down from 0.69, margin up, accuracy near 100 %, pleased samples in good \
                     English.",
        }),
        Deed::Run(Experiment {
            title: "Ten times looser (β 0.1)",
            method: Method::Dpo,
            changes: &[("dpo.beta", "0.1")],
            expect: "Samples turn pleased and then odd: words repeat, sentences break. \
                     `logps/chosen` falls far below the first run's.",
        }),
        Deed::Run(Experiment {
            title: "Three times firmer (β 3)",
            method: Method::Dpo,
            changes: &[("dpo.beta", "3")],
            expect: "The English is as before, and more reviews stay displeased.",
        }),
    ],
    papers: &[
        paper(
            "Rafailov et al. 2023, Direct preference optimization: your language model is secretly \
             a reward model",
            "2305.18290",
        ),
        paper(
            "Razin et al. 2024, Unintentional unalignment: likelihood displacement in DPO",
            "2410.08847",
        ),
    ],
};

/// The loss that stops, and what it stops.
pub const IPO: Topic = Topic {
    slug: "ipo",
    title: "IPO, and over-optimisation",
    line: "A margin to reach and not to pass.",
    idea: &[
        "Over-optimisation: we train on a stand-in for what we want, a reward model or a set of \
         labels. As the policy moves on, the stand-in keeps improving, while what we want improves \
         at first and then gets worse. DPO is open to this where labels are certain. If one answer \
         always wins, the logistic loss is content with no finite margin, and β no longer holds \
         the policy.",
        "IPO squares the distance to a target instead: the margin is pulled to 1/(2β), and pulled \
         back from beyond. As its authors advise, log-ratios are means over tokens here, so that \
         length is no merit. Its β is therefore not DPO's.",
    ],
    formulas: &[Formula {
        caption: "",
        source: r"L = E[(\frac{a}{n_w} − \frac{b}{n_l} − \frac{1}{2β})^2]",
        words: "the loss is the expected square of a over n w, less b over n l, less 1 over 2 beta",
    }],
    legend: &[RATIOS, LENGTHS, BETA],
    watch: &[
        "`loss` starts at 1/(4β²): 0.028 with β 3, and 25 with β 0.1. Never compare it with DPO's.",
        "`rewards/margins` heads for 0.5, whatever β is, and settles there: that is β times the \
         target. Overshoot comes back.",
        "A low β sets the target far away, and IPO goes there as readily as DPO would. Stopping \
         helps only where the place to stop is near.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "IPO with a near target (β 3)",
            method: Method::Dpo,
            changes: &[("dpo.loss_type", "ipo"), ("dpo.beta", "3")],
            expect: "The margin rises towards 0.5 and flattens; nearly all samples turn pleased \
                     and read as before.",
        }),
        Deed::Run(Experiment {
            title: "IPO with a far target (β 0.3)",
            method: Method::Dpo,
            changes: &[("dpo.loss_type", "ipo"), ("dpo.beta", "0.3")],
            expect: "The target is 1.7 nats for each token, farther than English goes: the samples \
                     fall apart.",
        }),
    ],
    papers: &[
        paper(
            "Azar et al. 2023, A general theoretical paradigm to understand learning from human \
             preferences",
            "2310.12036",
        ),
        paper("Gao et al. 2022, Scaling laws for reward model overoptimization", "2210.10760"),
        paper(
            "Rafailov et al. 2024, Scaling laws for reward model overoptimization in direct \
             alignment algorithms",
            "2406.02900",
        ),
    ],
};

/// Every other value of `dpo.loss_type`.
pub const LOSSES: Topic = Topic {
    slug: "losses",
    title: "Other losses for DPO",
    line: "The same two log-ratios, pulled in other ways.",
    idea: &[
        "All of these read what DPO reads, and are chosen by `dpo.loss_type`. They differ in three \
         things. When does the pull end: never, or at a margin? What of wrong labels: trusted, or \
         expected? And does only the difference count, or each answer by itself, which can keep \
         the preferred one from becoming less likely? Several can be added up.",
        "`sigmoid` is DPO. With `label_smoothing` ε it takes a share ε of the labels for wrong and \
         stops at a finite margin. `aot` and `aot_unpaired` compare whole batches, sorted. `aot` \
         asks that the policy's margins lie above the reference's, rank by rank; `aot_unpaired` \
         asks that the values of a lie above those of b.",
    ],
    formulas: LOSS_FORMULAS,
    legend: &[
        RATIOS,
        symbol("z = β(a − b)", "z, beta times a less b", "β times the margin"),
        symbol("ε", "epsilon", "`label_smoothing`, the share of labels taken to be wrong"),
        symbol(
            "δ",
            "delta",
            "rank by rank, the policy's sorted margins less the reference's; with `aot_unpaired` \
             the sorted a less the sorted b",
        ),
        LENGTHS,
    ],
    watch: &[
        "A loss's value says nothing beside another loss: `hinge` and `apo_zero` start at 1, \
         `nca_pair` and `bco_pair` at 1.39. Compare margins, held-out accuracy and samples.",
        "With `label_smoothing` 0.2 a pair is content at z = 1.39 (ln 4), with 0.1 at 2.2 (ln 9). \
         `robust` corrects for wrong labels too, and never stops.",
        "With wrong labels in the data, watch the held-out lines: their labels are right.",
    ],
    deeds: &[
        Deed::SwapLabels {
            expect: "A fifth of the training labels are now wrong; held-out rows stay right. Run \
                     DPO on them, then the runs below, and compare the held-out margin.",
        },
        Deed::Run(Experiment {
            title: "Expect a fifth to be wrong",
            method: Method::Dpo,
            changes: &[("dpo.label_smoothing", "0.2")],
            expect: "The loss can't fall below 0.50 and the margin stays small: the model doesn't \
                     run after each wrong label.",
        }),
        Deed::Run(Experiment {
            title: "Let go at a margin (hinge)",
            method: Method::Dpo,
            changes: &[("dpo.loss_type", "hinge")],
            expect: "The loss starts at 1. A pair past a margin of 1 pulls no more, so the mean \
                     margin grows slowly beyond it.",
        }),
    ],
    papers: LOSS_PAPERS,
};

const LOSS_FORMULAS: &[Formula] = &[
    Formula {
        caption: "`sigmoid` with `label_smoothing`: conservative DPO",
        source: "L = −(1 − ε) log σ(z) − ε log σ(−z)",
        words: "minus 1 minus epsilon times log sigma of z, minus epsilon times log sigma of minus \
                z",
    },
    Formula {
        caption: "`robust`: right on average if a share ε is flipped",
        source: r"L = \frac{−(1 − ε) log σ(z) + ε log σ(−z)}{1 − 2ε}",
        words: "minus 1 minus epsilon times log sigma of z, plus epsilon times log sigma of minus \
                z, all over 1 minus 2 epsilon",
    },
    Formula {
        caption: "`hinge`: lets go at a margin of 1/β",
        source: "L = max(0, 1 − z)",
        words: "the larger of 0 and 1 minus z",
    },
    Formula {
        caption: "`sigmoid_norm`: by the token, so that length is no merit",
        source: r"L = −log σ(β(\frac{a}{n_w} − \frac{b}{n_l}))",
        words: "minus log sigma of beta times a over n w less b over n l",
    },
    Formula {
        caption: "`exo_pair`: the KL divergence the other way round",
        source: r"L = σ(z) log \frac{σ(z)}{1 − ε} + σ(−z) log \frac{σ(−z)}{ε}",
        words: "sigma of z times the log of sigma of z over 1 minus epsilon, plus sigma of minus z \
                times the log of sigma of minus z over epsilon",
    },
    Formula {
        caption: "`nca_pair`: each answer told from noise, the preferred one held up",
        source: r"L = −log σ(β a) − \frac{1}{2} log σ(−β a) − \frac{1}{2} log σ(−β b)",
        words: "minus log sigma of beta a, minus half the log sigma of minus beta a, minus half \
                the log sigma of minus beta b",
    },
    Formula {
        caption: "`bco_pair`: a classifier of good and bad",
        source: "L = −log σ(β a) − log σ(−β b)",
        words: "minus log sigma of beta a, minus log sigma of minus beta b",
    },
    Formula {
        caption: "`sppo_hard`: a target for each answer",
        source: r"L = (a − \frac{1}{2β})^2 + (b + \frac{1}{2β})^2",
        words: "the square of a less 1 over 2 beta, plus the square of b plus 1 over 2 beta",
    },
    Formula {
        caption: "`apo_zero`: one up, the other down, for data better than the model",
        source: "L = 1 − σ(β a) + σ(β b)",
        words: "1 minus sigma of beta a, plus sigma of beta b",
    },
    Formula {
        caption: "`apo_down`: both down, the other more, for data worse than the model",
        source: "L = σ(β a) + 1 − σ(z)",
        words: "sigma of beta a, plus 1 minus sigma of z",
    },
    Formula {
        caption: "`discopop`: a blend found by a language model, m = σ(z/τ)",
        source: "L = −(1 − m) log σ(z) + m e^{−z}",
        words: "minus 1 minus m times log sigma of z, plus m times e to the minus z",
    },
    Formula {
        caption: "`aot`, `aot_unpaired`: distributions compared rank by rank",
        source: "L = −(1 − ε) log σ(β δ) − ε log σ(−β δ)",
        words: "minus 1 minus epsilon times log sigma of beta delta, minus epsilon times log sigma \
                of minus beta delta",
    },
    Formula {
        caption: "`sft`: the preferred answer's likelihood, to add to another (RPO)",
        source: r"L = −\frac{∑ log π_θ(y_w|x)}{∑ n_w}",
        words: "minus the sum of the log probabilities of the batch's preferred answers, over the \
                sum of their lengths",
    },
];

const LOSS_PAPERS: &[Paper] = &[
    Paper {
        cited: "Mitchell 2023, A note on DPO with noisy preferences and relationship to IPO",
        arxiv: None,
    },
    paper(
        "Chowdhury et al. 2024, Provably robust DPO: aligning language models with noisy feedback",
        "2403.00409",
    ),
    paper("Liu et al. 2023, Statistical rejection sampling (RSO, hinge)", "2309.06657"),
    paper("Lambert et al. 2024, Tülu 3 (length-normalised)", "2411.15124"),
    paper(
        "Ji et al. 2024, Towards efficient exact optimization of language model alignment (EXO)",
        "2402.00856",
    ),
    paper("Chen et al. 2024, Noise contrastive alignment of language models (NCA)", "2402.05369"),
    paper("Jung et al. 2024, Binary classifier optimization (BCO)", "2404.04656"),
    paper("Wu et al. 2024, Self-play preference optimization (SPPO)", "2405.00675"),
    paper("D'Oosterlinck et al. 2024, Anchored preference optimization (APO)", "2408.06266"),
    paper("Lu et al. 2024, Discovering preference optimization algorithms", "2406.08414"),
    paper(
        "Melnyk et al. 2024, Distributional preference alignment of LLMs via optimal transport \
         (AOT)",
        "2406.05882",
    ),
    paper("Pang et al. 2024, Iterative reasoning preference optimization (RPO)", "2404.19733"),
];

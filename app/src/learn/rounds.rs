//! Learning from what the model writes itself, as pairs: online DPO, SPIN and SPPO.

use temper_protocol::Method;

use super::{Deed, Experiment, Formula, LOGISTIC, POLICY, REFERENCE, Symbol, Topic, paper, symbol};

const OPPONENT: Symbol =
    symbol("π_t", "pi t", "the model as it was when round t began: opponent and reference in one");

/// Fresh pairs at each step.
pub const ONLINE_DPO: Topic = Topic {
    slug: "online_dpo",
    title: "Online DPO",
    line: "Fresh pairs at every step, scored as they come.",
    idea: &[
        "Pairs in a file age. Some other model wrote them, and as the policy moves on they become \
         texts that it would never write, about which there is little left to learn. Online DPO \
         writes two answers to each prompt, has them scored or judged, and takes one step of DPO \
         with the better one as preferred.",
        "It needs no critic, and of the scores only their order: a judge that says “this one” is \
         enough. In exchange, each step waits for answers to be written.",
    ],
    formulas: &[
        Formula {
            caption: "The pair",
            source: r#"y_1, y_2 ∼ π_θ(·|x), y_w = y_1 " if " s(y_1) ≥ s(y_2)"#,
            words: "two answers are sampled from the policy; the first is preferred if its score \
                    is at least that of the second",
        },
        Formula {
            caption: "The loss, as DPO's",
            source: r"L = −log σ(β(log \frac{π_θ(y_w|x)}{π_ref(y_w|x)} − log \frac{π_θ(y_l|x)}{π_ref(y_l|x)}))",
            words: "minus log sigma of beta times the log of policy over reference for the better \
                    answer less the same for the other",
        },
    ],
    legend: &[
        POLICY,
        REFERENCE,
        symbol("s", "s", "the score of an answer"),
        symbol("β", "beta", "how firmly the policy is held to the reference"),
        LOGISTIC,
    ],
    watch: &[
        "`objective/scores` is the number that counts, and should rise.",
        "`loss` and `rewards/accuracies` are of pairs that are new at each step. They aren't meant \
         to reach 0 and 100 %: two answers of one model differ by little, and the more alike they \
         become, the nearer to a coin the choice is.",
        "`pairs/dropped` counts prompts whose two answers were the same, and which therefore teach \
         nothing. Where it grows, variety runs out: raise the temperature.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Two answers, the more pleased preferred",
            method: Method::OnlineDpo,
            changes: &[("loop.max_steps", "30")],
            expect: "The score climbs, while accuracy hovers far from 100 %.",
        }),
        Deed::Run(Experiment {
            title: "Looser (β 0.1)",
            method: Method::OnlineDpo,
            changes: &[("online_dpo.beta", "0.1"), ("loop.max_steps", "30")],
            expect: "The score climbs faster and goes further.",
        }),
    ],
    papers: &[paper(
        "Guo et al. 2024, Direct language model alignment from online AI feedback",
        "2402.04792",
    )],
};

/// Examples against one's own answers.
pub const SPIN: Topic = Topic {
    slug: "spin",
    title: "SPIN: self-play fine-tuning",
    line: "Tell the examples from what you wrote a round ago.",
    idea: &[
        "No comparisons at all, only good examples. At the start of a round the model answers \
         every prompt; that is the opponent. Then it learns by DPO's loss to prefer the real \
         example over the opponent's answer, with the opponent as the reference. The next round \
         begins with what came of it, and learns from the last round's pairs too.",
        "The game ends when its answers can't be told from the examples: the distribution of the \
         data is the fixed point. So SPIN can get more out of the examples than SFT does, but not \
         beyond them.",
    ],
    formulas: &[Formula {
        caption: "Round t",
        source: r"L = −E[log σ(β(log \frac{π_θ(y|x)}{π_t(y|x)} − log \frac{π_θ(y^′|x)}{π_t(y^′|x)}))]",
        words: "minus the expected log sigma of beta times the log of policy over opponent for the \
                real answer less the same for the opponent's answer",
    }],
    legend: &[
        POLICY,
        OPPONENT,
        symbol("y", "y", "the real answer of the data"),
        symbol("y^′ ∼ π_t(·|x)", "y prime, drawn from pi t", "the opponent's answer"),
        symbol("β", "beta", "how firmly a round is held to its start; one value a round"),
    ],
    watch: &[
        "`rewards/margins` begins each round (`iteration`) at 0 and should rise less in each.",
        "`rewards/accuracies`: how often real and own answers are told apart. Near 50 % there is \
         nothing left to tell, and the run ends with that round.",
        "`spin/identical` is the share of own answers that are the real ones word by word. High, \
         it means learning by heart.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Three rounds",
            method: Method::Spin,
            changes: &[],
            expect: "Three waves in the margin, each lower; more samples turn pleased after each \
                     round.",
        }),
        Deed::Run(Experiment {
            title: "One round of the same steps",
            method: Method::Spin,
            changes: &[("spin.iterations", "1"), ("loop.max_steps", "90")],
            expect: "The same steps against an opponent that never learns. Compare the samples of \
                     both.",
        }),
    ],
    papers: &[paper(
        "Chen et al. 2024, Self-play fine-tuning converts weak language models to strong language \
         models",
        "2401.01335",
    )],
};

/// Own answers against one another.
pub const SPPO: Topic = Topic {
    slug: "sppo",
    title: "SPPO: self-play preference optimisation",
    line: "Rank your own answers, and step towards the winners.",
    idea: &[
        "People's preferences can go in circles: A over B, B over C, C over A. No score has such \
         an order, but a game has an answer to it, the policy that no other beats on average. SPPO \
         plays towards it: each round the model writes several answers to each prompt, and each \
         one's chance to beat the others is estimated, here from their scores.",
        "The best and the worst then become a pair with two targets. An answer that wins more than \
         half of its games should become likelier by as much as it wins more, the other less \
         likely. The targets are for each answer by itself, not only for their difference, so the \
         winner's likelihood isn't left to fall along with the loser's.",
    ],
    formulas: &[Formula {
        caption: "Round t",
        source: r"L = \frac{1}{2}(a − \frac{P_w − ½}{β})^2 + \frac{1}{2}(b − \frac{P_l − ½}{β})^2",
        words: "half the square of a less P w minus a half over beta, plus half the square of b \
                less P l minus a half over beta",
    }],
    legend: &[
        POLICY,
        OPPONENT,
        symbol(
            r"a = log \frac{π_θ(y_w|x)}{π_t(y_w|x)}, b = log \frac{π_θ(y_l|x)}{π_t(y_l|x)}",
            "a and b, the logs of pi theta over pi t of winner and loser",
            "how much likelier winner and loser have become in this round",
        ),
        symbol(
            "P_w, P_l",
            "P w, P l",
            "each answer's mean chance to beat the others of its prompt",
        ),
        symbol("β", "beta", "1/η of the paper: lower asks for larger steps"),
    ],
    watch: &[
        "`objective/scores` is logged once a round, of the answers that the round begins with; it \
         should rise from round to round.",
        "`loss` falls within a round and starts anew in the next (`iteration`). With a low β it is \
         large, for the targets are far away.",
        "`rewards/chosen` should end above 0 and `rewards/rejected` below.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Three rounds",
            method: Method::Sppo,
            changes: &[],
            expect: "Three points of the score, each higher than the one before.",
        }),
        Deed::Run(Experiment {
            title: "Small steps (β 0.2)",
            method: Method::Sppo,
            changes: &[("sppo.beta", "0.2")],
            expect: "Targets a quarter as far: the score rises less, and the text moves less.",
        }),
    ],
    papers: &[paper(
        "Wu et al. 2024, Self-play preference optimization for language model alignment",
        "2405.00675",
    )],
};

//! Learning from scores of one's own answers: PPO and RLOO, and where scores come from when a
//! language model judges.

use temper_protocol::Method;

use super::{Deed, Experiment, Formula, Paper, REFERENCE, Topic, Visit, paper, symbol};
use crate::route::Page;

/// The second half of the classic pipeline. Without a reward model the page says what to do first.
pub(super) const AGAINST_REWARD_MODEL: Experiment = Experiment {
    title: "Against your reward model",
    method: Method::Ppo,
    changes: &[("score.by", "reward_model"), ("loop.max_steps", "20")],
    expect: "Takes the newest reward model that you trained in this browser; train one first. Its \
             marks have mean 0 before, so the score starts near 0 and climbs. Compare then tells \
             whether the rule finds the reviews more pleased too.",
};

/// Scores, a critic, small steps.
pub const PPO: Topic = Topic {
    slug: "ppo",
    title: "PPO: reinforcement learning from human feedback",
    line: "Write, be scored, and climb the score in small steps.",
    idea: &[
        "The model writes answers (a rollout), something scores them, and tokens that led to more \
         than was expected become likelier. What was expected is said by a critic, an adapter and \
         a head of its own on the same model, trained beside the policy; the difference is the \
         advantage. A rollout serves for a few updates. Clipping ends a token's pull once its \
         probability has moved by a fifth the way it pulls, so that one lucky score can't carry \
         the model away.",
        "The price of leaving the reference is taken off the reward token by token. Without it the \
         policy tends to find texts that please the score and nobody else. Here the score can be a \
         rule: `gold`, how pleased a review is by the grammar that the page's reviews were written \
         with; `words`, how many of your words it holds; or `length`. With `reward_model` it is \
         what a reward model says that you trained in this browser before, which is the classic \
         pipeline, and with `judge` a language model's mark.",
    ],
    formulas: &[
        Formula {
            caption: "The policy's loss",
            source: "L = −E[min(ρ_t A_t, clip(ρ_t, 1 − ε, 1 + ε) A_t)]",
            words: "the loss is minus the expected minimum of rho t times the advantage and rho t \
                    clipped to within epsilon of 1 times the advantage",
        },
        Formula {
            caption: "What a token earns; the last one earns the score as well",
            source: r"r_t = −β log \frac{π_old(y_t|…)}{π_ref(y_t|…)}",
            words: "the reward of token t is minus beta times the log of its probability under \
                    the policy over that under the reference",
        },
    ],
    legend: &[
        symbol(
            r"ρ_t = \frac{π_θ(y_t|…)}{π_old(y_t|…)}",
            "rho t, pi theta over pi old",
            "how much likelier the token is now than when it was written",
        ),
        symbol(
            "A_t",
            "A t",
            "the advantage: how much better it went than the critic expected (GAE)",
        ),
        symbol(
            "ε",
            "epsilon",
            "`cliprange`, how far from 1 a token's ratio may move before it stops pulling",
        ),
        symbol("β", "beta", "`kl_coef`, the price of a nat of distance"),
        REFERENCE,
    ],
    watch: &[
        "`objective/scores` should rise. `objective/rlhf_reward` is the score less the price of \
         distance: that is what is climbed. If it falls while scores rise, the distance costs more \
         than it brings.",
        "`objective/kl` grows, then settles. If it runs away, raise `kl_coef` or lower the \
         learning rate.",
        "`policy/clipfrac_avg` of a few percent up to a fifth is healthy, and `val/ratio` stays \
         near 1; far above either, the steps are too large.",
        "`policy/entropy_avg` near 0 means that one answer is left. `loss/value_avg` should fall: \
         the critic learns.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Twenty rollouts against the gold rule",
            method: Method::Ppo,
            changes: &[("loop.max_steps", "20")],
            expect: "The score climbs while the distance stays at about a nat, and the reviews \
                     still read like reviews.",
        }),
        Deed::Run(Experiment {
            title: "A tight leash",
            method: Method::Ppo,
            changes: &[("ppo.kl_coef", "0.5"), ("loop.max_steps", "20")],
            expect: "Ten times the price: the distance stays well below a nat, and the score rises \
                     far less.",
        }),
        Deed::Run(Experiment {
            title: "A leash that adapts",
            method: Method::Ppo,
            changes: &[("ppo.adap_kl_ctrl", "true"), ("ppo.target", "1"), ("ppo.horizon", "80")],
            expect: "`objective/kl_coef` moves by itself, up while the distance is above 1 nat and \
                     down while it is below.",
        }),
        Deed::Run(AGAINST_REWARD_MODEL),
    ],
    papers: &[
        paper("Schulman et al. 2017, Proximal policy optimization algorithms", "1707.06347"),
        paper(
            "Schulman et al. 2015, High-dimensional continuous control using generalized advantage \
             estimation (GAE)",
            "1506.02438",
        ),
        paper(
            "Ziegler et al. 2019, Fine-tuning language models from human preferences",
            "1909.08593",
        ),
        paper("Huang et al. 2024, The N+ implementation details of RLHF with PPO", "2403.17031"),
    ],
};

/// Scores without a critic.
pub const RLOO: Topic = Topic {
    slug: "rloo",
    title: "RLOO: REINFORCE leave-one-out",
    line: "PPO without the critic: other answers are the yardstick.",
    idea: &[
        "PPO's critic is one more model to train and to tune. RLOO does without. It samples \
         several answers to the same prompt and measures each against the mean score of the \
         others. What the others earn doesn't depend on the answer itself, so the yardstick adds \
         no bias; the more answers, the less noise.",
        "The whole answer is one action: all its tokens share one advantage, and the price of \
         distance is part of its reward. That is coarser than PPO's token by token, and for \
         answers that are scored as a whole it is as a rule enough. GRPO, a close relative, \
         measures against the mean of the whole group and divides by its standard deviation.",
    ],
    formulas: &[
        Formula {
            caption: "The advantage",
            source: r"A_i = R_i − \frac{1}{k − 1} ∑_{j≠i} R_j",
            words: "the advantage of answer i is its reward less the mean reward of the other k \
                    minus 1 answers",
        },
        Formula {
            caption: "The reward",
            source: r"R_i = s(x, y_i) − β log \frac{π_old(y_i|x)}{π_ref(y_i|x)}",
            words: "the reward of answer i is its score less beta times the log of its probability \
                    under the policy that wrote it over that under the reference",
        },
    ],
    legend: &[
        symbol("k", "k", "`num_generations`, the answers to each prompt"),
        symbol("s", "s", "the score of an answer"),
        symbol("β", "beta", "the price of a nat of distance"),
        REFERENCE,
    ],
    watch: &[
        "`objective/scores` should rise, `objective/kl` grow slowly and settle.",
        "Where all answers to a prompt score alike, only the price of distance tells them apart, \
         and nothing is learned about the score: at the end, when nearly all are good, and at the \
         start of a task that is too hard.",
        "`completions/mean_length` that creeps up or down without need is a sign that the score \
         likes a length.",
        "`objective/entropy` that drops to almost nothing: the answers to a prompt become one.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Four answers a prompt",
            method: Method::Rloo,
            changes: &[("loop.max_steps", "30")],
            expect: "The score climbs as with PPO, without a critic, at about a nat of distance.",
        }),
        Deed::Run(Experiment {
            title: "Two answers a prompt",
            method: Method::Rloo,
            changes: &[("rloo.num_generations", "2"), ("loop.max_steps", "30")],
            expect: "Each answer has only one other to be measured against, so its advantage is \
                     noisier. In exchange a step takes in twice as many prompts. Compare the two \
                     curves.",
        }),
        Deed::Run(Experiment {
            title: "Distance for free",
            method: Method::Rloo,
            changes: &[("rloo.beta", "0"), ("loop.max_steps", "30")],
            expect: "The score ends a little higher, and the distance grows on instead of \
                     settling.",
        }),
    ],
    papers: &[
        paper(
            "Ahmadian et al. 2024, Back to basics: revisiting REINFORCE style optimization",
            "2402.14740",
        ),
        Paper {
            cited: "Kool et al. 2019, Buy 4 REINFORCE samples, get a baseline for free!",
            arxiv: None,
        },
        paper("Shao et al. 2024, DeepSeekMath (GRPO)", "2402.03300"),
    ],
};

/// Judges and their habits.
pub const AI_FEEDBACK: Topic = Topic {
    slug: "ai_feedback",
    title: "AI feedback (RLAIF)",
    line: "Let a language model judge, and mind its habits.",
    idea: &[
        "Instead of people, a larger language model is shown a prompt with two answers and asked \
         which is better. Its preference is read off the probabilities of the tokens “1” and “2”. \
         That is a soft label: 0.9 is a clear case, 0.55 nearly a coin. Such labels serve as \
         people's do, for a reward model or for DPO. A judge can also score what the policy writes \
         while it learns (`score.by`, `judge`): online DPO has it compare two answers, the others \
         ask for a mark from 1 to 10.",
        "Judges have habits. Many prefer an answer for the place where it stands, very small ones \
         nearly always. So each pair is shown in both orders and the two probabilities are \
         averaged; a judge that goes by the place alone then says one half. Many prefer the longer \
         answer, which no averaging cures.",
    ],
    formulas: &[
        Formula {
            caption: "Both orders",
            source: r#"P = \frac{1}{2}(p("“1”" | x, y_1, y_2) + p("“2”" | x, y_2, y_1))"#,
            words: "P is the mean of the judge's probability of answering 1 when y 1 stands first \
                    and of answering 2 when y 1 stands second",
        },
        Formula {
            caption: "A reward model's loss with soft labels",
            source: "L = −P log σ(Δ) − (1 − P) log σ(−Δ)",
            words: "the loss is minus P times log sigma of delta, minus 1 minus P times log sigma \
                    of minus delta",
        },
    ],
    legend: &[
        symbol("P", "P", "the judge's probability that the first answer is better"),
        symbol(
            "Δ",
            "delta",
            "the reward model's score of the first answer less that of the second",
        ),
    ],
    watch: &[
        "Same position: how often a judge picks the same place in both orders. Lee et al. saw 18 % \
         with a large judge and 56 % with a small one; near 100 % it goes by the place alone.",
        "Agreement with labels that you trust. 50 % is a coin.",
        "`accuracy` of a reward model trained on such labels is agreement with the judge, not with \
         people.",
    ],
    deeds: &[
        Deed::Visit(Visit {
            title: "Ask a judge",
            page: Page::Data,
            topic: None,
            expect: "Under “AI judge” choose a language model, bring its files, have it judge the \
                     open pairs, and read its agreement and its bias to a position.",
        }),
        Deed::Run(Experiment {
            title: "A reward model from the open pairs",
            method: Method::Reward,
            changes: &[],
            expect: "With the judge's pairs open, `accuracy` tells how well its taste can be \
                     learned.",
        }),
        Deed::Run(Experiment {
            title: "Online, by the open judge",
            method: Method::OnlineDpo,
            changes: &[("score.by", "judge"), ("loop.max_steps", "10")],
            expect: "The judge picks the better of each two answers as they are written, which \
                     takes its time. Open one first, as above.",
        }),
    ],
    papers: &[
        paper("Bai et al. 2022, Constitutional AI: harmlessness from AI feedback", "2212.08073"),
        paper(
            "Lee et al. 2023, RLAIF vs. RLHF: scaling reinforcement learning from human feedback \
             with AI feedback",
            "2309.00267",
        ),
        paper(
            "Zheng et al. 2023, Judging LLM-as-a-judge with MT-bench and chatbot arena (position \
             bias)",
            "2306.05685",
        ),
    ],
};

//! Where all begins: what preference tuning is, supervised fine-tuning, and reward models.

use temper_protocol::Method;

use super::policy::AGAINST_REWARD_MODEL;
use super::{
    Deed, Experiment, Formula, LOGISTIC, PAIR, POLICY, Paper, REFERENCE, Topic, Visit, paper,
    symbol,
};
use crate::route::Page;

/// The field in two paragraphs.
pub const START: Topic = Topic {
    slug: "start",
    title: "What preference tuning is",
    line: "From a model that can write to one that writes what you like.",
    idea: &[
        "A language model gives each possible next token a probability. Trained on plain text, it \
         writes what such texts usually say, good or bad. Preference tuning moves these \
         probabilities towards answers that people prefer. The preference may be a written \
         example, a choice between two answers, a thumb up or down, or a score.",
        "Most methods pull two ways: towards what is preferred, and back to the model as it came, \
         which is called the reference. Without the first pull nothing is learned. Without the \
         second the model may forget how to write, for odd texts can please a score too. Some \
         methods have no reference: imitation of good answers takes its place, or nothing does. \
         The field takes two steps: supervised fine-tuning first, then alignment from feedback.",
    ],
    formulas: &[
        Formula {
            caption: "What is wanted",
            source: "max_π E_{x∼D}[E_{y∼π(·|x)}[r(x, y)] − β KL(π(·|x) ‖ π_ref(·|x))]",
            words: "maximise over policies pi, for prompts x of the data, the expected reward of \
                    the policy's answers less beta times the KL divergence of the policy from the \
                    reference",
        },
        Formula {
            caption: "The policy that has it",
            source: r"π^∗(y|x) = \frac{1}{Z(x)} π_ref(y|x) e^{r(x, y)/β}",
            words: "the best policy of y given x is the reference's probability times e to the \
                    reward over beta, divided by a normaliser Z of x",
        },
    ],
    legend: &[
        REFERENCE,
        symbol("r(x, y)", "r of x and y", "the reward: how good answer y to prompt x is"),
        symbol("β", "beta", "the price of distance: high holds the model near, low lets it go"),
        symbol(
            "KL",
            "KL",
            "the Kullback-Leibler divergence: how far the policy is from the reference",
        ),
    ],
    watch: &[
        "The margin (`rewards/margins`) or the score (`objective/scores`) shows the first pull: it \
         should rise, then level off.",
        "The distance shows the second: `objective/kl` with PPO and RLOO, the estimate `kl` with \
         KTO; of other runs the Compare page measures it. At two or three nats an answer the \
         page's model writes about as well as before; at ten and more much of its English is gone, \
         at forty nearly all.",
        "Read the samples. No curve shows that a text has become dull, odd or false.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "The default run",
            method: Method::Dpo,
            changes: &[],
            expect: "The loss falls from 0.69, the margin rises, and the samples turn from \
                     displeased to pleased.",
        }),
        Deed::Visit(Visit {
            title: "A class of 30 minutes",
            page: Page::Learn,
            topic: Some("class"),
            expect: "All of this in nine steps, for a group or for yourself.",
        }),
    ],
    papers: &[
        paper(
            "Christiano et al. 2017, Deep reinforcement learning from human preferences",
            "1706.03741",
        ),
        paper(
            "Ziegler et al. 2019, Fine-tuning language models from human preferences",
            "1909.08593",
        ),
        paper(
            "Ouyang et al. 2022, Training language models to follow instructions with human \
             feedback",
            "2203.02155",
        ),
    ],
};

/// Imitation.
pub const SFT: Topic = Topic {
    slug: "sft",
    title: "SFT: supervised fine-tuning",
    line: "Imitate good answers, token by token.",
    idea: &[
        "Show the model good answers and make each of their tokens a little likelier, given the \
         prompt and the tokens before it. This is the loss that it was first trained with, now on \
         better text; only the answer's tokens count, for the prompt is given. It is the first \
         step of nearly every recipe: it teaches the form and manner of answers, and its result is \
         the reference that the other methods then start from.",
        "What it can't do: it never sees a bad answer, so it doesn't learn what to avoid. And \
         every token of an example counts alike, whether it carries the preference or not.",
    ],
    formulas: &[Formula {
        caption: "",
        source: r"L = −\frac{1}{T} ∑_{t=1}^T log π_θ(y_t | x, y_{<t})",
        words: "the loss is minus the mean over tokens t of the log of the policy's probability of \
                the token, given the prompt and the tokens before",
    }],
    legend: &[
        POLICY,
        symbol("y_t", "y t", "the answer's token at place t"),
        symbol("y_{<t}", "y before t", "the tokens before it"),
        symbol("T", "T", "how many answer tokens the batch has"),
    ],
    watch: &[
        "`loss` is the mean surprise of a token in nats, and should fall. Its exponential is the \
         perplexity: the model is as unsure as if it guessed evenly among so many tokens.",
        "`mean_token_accuracy` rises, and stays far from 100 % where there are many good ways to \
         go on.",
        "A held-out loss (the dashed line) that turns up while the other falls means that examples \
         are learned by heart: stop earlier.",
        "`entropy` falls as the model grows surer. Near 0 it would say one thing only.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Imitate the preferred answers",
            method: Method::Sft,
            changes: &[],
            expect: "The loss falls slowly, and more of its reviews turn pleased, but fewer than \
                     with DPO in as many steps: imitation alone takes patience.",
        }),
        Deed::Run(Experiment {
            title: "Twice as long",
            method: Method::Sft,
            changes: &[("loop.max_steps", "120")],
            expect: "More pleased reviews, still written like the old ones. Watch whether the \
                     held-out loss stops falling before the end.",
        }),
    ],
    papers: &[
        paper("Wei et al. 2021, Finetuned language models are zero-shot learners", "2109.01652"),
        paper(
            "Ouyang et al. 2022, Training language models to follow instructions with human \
             feedback",
            "2203.02155",
        ),
    ],
};

/// Comparisons into a score.
pub const REWARD: Topic = Topic {
    slug: "reward",
    title: "Reward models (Bradley and Terry)",
    line: "Turn comparisons into a score.",
    idea: &[
        "People agree more easily on which of two answers is better than on a mark for one. \
         Bradley and Terry's model makes numbers of such choices: each answer has a hidden score, \
         and its chance to win is the logistic function of the difference. A reward model is a \
         language model with a new last layer that gives the whole answer one number, trained so \
         that preferred answers win. Policy optimisation can then climb it: here PPO, RLOO, online \
         DPO and SPPO are scored by a reward model of this browser where `score.by` is \
         `reward_model`.",
        "Two limits. Only differences are learned, so adding 5 to every score changes nothing. And \
         the score can be trusted only near the texts that it was trained on, which is why a \
         policy that moves far from them can find high scores for bad answers.",
    ],
    formulas: &[
        Formula {
            caption: "Who wins",
            source: "P(y_w ≻ y_l | x) = σ(r(x, y_w) − r(x, y_l))",
            words: "the probability that y w is preferred to y l is sigma of the difference of \
                    their rewards",
        },
        Formula {
            caption: "The loss",
            source: "L = −E[log σ(r(x, y_w) − r(x, y_l))]",
            words: "the loss is minus the expected log of sigma of the difference of rewards",
        },
    ],
    legend: &[PAIR, symbol("r", "r", "the reward model's score of an answer"), LOGISTIC],
    watch: &[
        "`accuracy`: the share of pairs that it ranks as people did. 50 % is a coin; the held-out \
         line counts. On people's labels 65 to 80 % is usual, for people disagree.",
        "`loss` starts near 0.69, a coin's. A held-out loss that turns up means overconfidence.",
        "`margin` is the mean difference of the scores. Where it grows on while held-out accuracy \
         stands still, that is the same overconfidence.",
        "`mean_reward` should stay near 0 with `center_rewards_coefficient`; nothing else in the \
         loss holds it.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Learn to mark reviews",
            method: Method::Reward,
            changes: &[],
            expect: "Accuracy climbs from about half to nearly all pairs: whether a review is \
                     pleased is easy to tell.",
        }),
        Deed::Run(Experiment {
            title: "Without centring",
            method: Method::Reward,
            changes: &[("reward.center_rewards_coefficient", "0")],
            expect: "Accuracy and margin fare as before, but `mean_reward` is free to drift: \
                     comparisons leave the zero open.",
        }),
        Deed::Run(AGAINST_REWARD_MODEL),
    ],
    papers: &[
        Paper {
            cited: "Bradley and Terry 1952, Rank analysis of incomplete block designs, Biometrika \
                    39",
            arxiv: None,
        },
        paper("Stiennon et al. 2020, Learning to summarize from human feedback", "2009.01325"),
        paper(
            "Touvron et al. 2023, Llama 2: open foundation and fine-tuned chat models (margins)",
            "2307.09288",
        ),
        paper("Eisenstein et al. 2023, Helping or herding? (centring)", "2312.09244"),
    ],
};

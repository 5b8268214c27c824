//! How to read the curves, and what they don't show.

use temper_protocol::Method;

use super::{Deed, Experiment, Formula, POLICY, REFERENCE, Topic, paper, symbol};

/// Loss, rewards, margin, accuracy, KL; reward hacking and length.
pub const READING: Topic = Topic {
    slug: "reading",
    title: "How to read the curves",
    line: "Rewards, margins, accuracy and KL, and how each can deceive.",
    idea: &[
        "An implicit reward is not a mark for quality: it says how much likelier an answer has \
         become, times β (without a reference, how likely it is). The margin is the difference of \
         two such rewards, the accuracy the share of pairs where it is above 0. All three are of \
         the rows that you gave, so read them together with their held-out lines. KL is how far \
         the model has moved, on what it writes itself.",
        "Reward hacking is a score that rises without the thing it stands for: a rule that looks \
         for words gets those words. Length bias is a common form of it: people and judges tend to \
         prefer longer answers, and sums over tokens let length weigh in. The remedies: hold the \
         model nearer, stop earlier, compare by the token, and read.",
    ],
    formulas: &[
        Formula {
            caption: "An implicit reward",
            source: r"r = β log \frac{π_θ(y|x)}{π_ref(y|x)}",
            words: "r is beta times the log of the policy's probability of the answer over the \
                    reference's",
        },
        Formula {
            caption: "KL, from n answers that the policy wrote",
            source: r"KL ≈ \frac{1}{n} ∑_{i=1}^n log \frac{π_θ(y_i|x_i)}{π_ref(y_i|x_i)}",
            words: "KL is about the mean over n answers of the log of policy over reference",
        },
    ],
    legend: &[
        POLICY,
        REFERENCE,
        symbol(
            "β",
            "beta",
            "the method's own β; `rewards/…` of two runs with unlike β don't compare",
        ),
    ],
    watch: &[
        "Good: the margin rises, accuracy is high on both lines, rewards part, KL levels off, \
         samples improve.",
        "Learned by heart: training's margin rises, held-out stays or falls. Fewer steps.",
        "Likelihood lost: `rewards/chosen` and `rewards/rejected` both far below 0. Higher β, a \
         lower learning rate, or `sft` beside the loss.",
        "Too fast: the loss jumps, `grad_norm` with it. Too slow: the loss sticks at its first \
         value. Change the learning rate.",
        "Hacked: the score rises, and so do KL and something silly, a word or a length \
         (`completions/mean_length`).",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "A learning rate that is too low",
            method: Method::Dpo,
            changes: &[("optimizer.learning_rate", "1e-5")],
            expect: "The loss hardly leaves 0.69: nothing is wrong with data or method.",
        }),
        Deed::Run(Experiment {
            title: "A score that is easy to please",
            method: Method::Ppo,
            changes: &[("score.by", "length"), ("score.length", "20"), ("ppo.kl_coef", "0")],
            expect: "Twenty words are all that is asked, and distance is free: the score rises, \
                     reviews get that length, and pleased or sensible they need not be.",
        }),
        Deed::Run(Experiment {
            title: "Loose, with imitation beside it",
            method: Method::Dpo,
            changes: &[("dpo.loss_type", "sigmoid, sft"), ("dpo.beta", "0.1")],
            expect: "Beside β 0.1 alone: `logps/chosen` is held up, and the samples keep more of \
                     their English.",
        }),
    ],
    papers: &[
        paper("Gao et al. 2022, Scaling laws for reward model overoptimization", "2210.10760"),
        paper(
            "Singhal et al. 2023, A long way to go: investigating length correlations in RLHF",
            "2310.03716",
        ),
        paper(
            "Park et al. 2024, Disentangling length from quality in direct preference optimization",
            "2403.19159",
        ),
        paper(
            "Razin et al. 2024, Unintentional unalignment: likelihood displacement in direct \
             preference optimization",
            "2410.08847",
        ),
    ],
};

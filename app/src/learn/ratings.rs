//! Learning from single answers that were liked or not: KTO.

use temper_protocol::Method;

use super::{Deed, Experiment, Formula, LOGISTIC, POLICY, REFERENCE, Topic, Visit, paper, symbol};
use crate::route::Page;

/// Thumbs up and down.
pub const KTO: Topic = Topic {
    slug: "kto",
    title: "KTO: liked or not",
    line: "A thumb up or down on single answers is enough.",
    idea: &[
        "Products collect thumbs, not comparisons: one answer, liked or not. KTO learns from \
         these. Its shape comes from Kahneman and Tversky's prospect theory, by which people feel \
         gains and losses from a point of reference, and each further step counts less. A liked \
         answer should lie above the point, a disliked one below; an answer far on its right side \
         no longer pulls, and neither does one that is hopelessly wrong, which makes KTO patient \
         with wrong labels.",
        "The point is how far the policy has moved on the whole, estimated on prompts joined with \
         the answers to others. An answer counts as a gain only if it became likelier than answers \
         in general did.",
    ],
    formulas: &[
        Formula {
            caption: "A liked answer",
            source: "L = λ_D(1 − σ(β(h − z_0)))",
            words: "lambda D times 1 minus sigma of beta times h less z zero",
        },
        Formula {
            caption: "A disliked answer",
            source: "L = λ_U(1 − σ(β(z_0 − h)))",
            words: "lambda U times 1 minus sigma of beta times z zero less h",
        },
    ],
    legend: &[
        symbol(
            r"h = log \frac{π_θ(y|x)}{π_ref(y|x)}",
            "h, the log of pi theta over pi ref",
            "how much likelier the answer has become",
        ),
        symbol(
            "z_0",
            "z zero",
            "the point of reference, an estimate of the policy's KL from the reference, at least 0 \
             (`kl`)",
        ),
        POLICY,
        REFERENCE,
        LOGISTIC,
        symbol("β", "beta", "how firmly the policy is held, and how soon an answer ceases to pull"),
        symbol(
            "λ_D, λ_U",
            "lambda D, lambda U",
            "`desirable_weight` and `undesirable_weight`, to balance unequal numbers",
        ),
    ],
    watch: &[
        "`loss` starts at 0.5 and falls.",
        "`rewards/chosen` (liked) should end above `rewards/rejected` (not liked); the gap is \
         `rewards/margins`.",
        "`kl` is the point of reference. Small is healthy; where it grows on and on, all answers \
         move, not only those that should.",
        "With one kind of thumb alone there is nothing to tell apart. With many more of one kind, \
         raise the other's weight.",
    ],
    deeds: &[
        Deed::Run(Experiment {
            title: "Thumbs from the pairs",
            method: Method::Kto,
            changes: &[],
            expect: "Each pair gives one thumb up and one down. The loss falls from 0.5, and the \
                     two rewards part.",
        }),
        Deed::Run(Experiment {
            title: "A fixed point (APO-zero)",
            method: Method::Kto,
            changes: &[("kto.loss_type", "apo_zero_unpaired")],
            expect: "The point of reference stays at 0 and isn't logged, and a step needs fewer \
                     passes: much the same picture, in less time.",
        }),
        Deed::Visit(Visit {
            title: "Give your own thumbs",
            page: Page::Data,
            topic: None,
            expect: "Under “Rate” give thumbs to what the model writes, then train on them.",
        }),
    ],
    papers: &[
        paper(
            "Ethayarajh et al. 2024, KTO: model alignment as prospect theoretic optimization",
            "2402.01306",
        ),
        paper("D'Oosterlinck et al. 2024, Anchored preference optimization (APO)", "2408.06266"),
    ],
};

//! Pairwise objectives: one prompt, a chosen and a rejected completion.
//!
//! All raise the policy's log-ratio on the chosen completion over that on the rejected one; they
//! differ in how hard they pull and where they stop. In the formulas `a` and `b` are the log-ratios
//! of chosen and rejected, `h = a − b` the margin and ε is `label_smoothing`.

use burn::tensor::{Tensor, activation::log_sigmoid};

use super::{exp, logistic, sorted};

mod divergence;

pub use divergence::Divergence;

/// Which objective, with the options that it alone reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PairLoss {
    /// [`sigmoid`]
    Sigmoid {
        /// Strength of the pull to the reference.
        beta: f64,
        /// Share of labels taken to be wrong.
        label_smoothing: f64,
    },
    /// [`robust`]
    Robust {
        /// Strength of the pull to the reference.
        beta: f64,
        /// Share of labels taken to be flipped, below ½.
        label_smoothing: f64,
    },
    /// [`hinge`]
    Hinge {
        /// Strength of the pull to the reference.
        beta: f64,
    },
    /// [`ipo`]
    Ipo {
        /// τ of the paper: the margin stops at 1/(2β).
        beta: f64,
        /// Log-ratios per token, as the authors ran it; else summed.
        length_normalize: bool,
    },
    /// [`sigmoid`] of log-ratios per token.
    SigmoidNorm {
        /// Strength of the pull to the reference.
        beta: f64,
    },
    /// [`exo_pair`]
    ExoPair {
        /// Strength of the pull to the reference.
        beta: f64,
        /// Share of labels taken to be wrong, above 0.
        label_smoothing: f64,
    },
    /// [`nca_pair`]
    NcaPair {
        /// Strength of the pull to the reference.
        beta: f64,
    },
    /// [`bco_pair`]
    BcoPair {
        /// Strength of the pull to the reference.
        beta: f64,
    },
    /// [`sppo_hard`]
    SppoHard {
        /// Strength of the pull to the reference.
        beta: f64,
    },
    /// [`sppo`]
    Sppo {
        /// Strength of the pull to the reference, 1/η of the paper.
        beta: f64,
    },
    /// [`apo_zero`]; reads log-ratios whatever the divergence.
    ApoZero {
        /// Strength of the pull to the reference.
        beta: f64,
    },
    /// [`apo_down`]
    ApoDown {
        /// Strength of the pull to the reference.
        beta: f64,
    },
    /// [`discopop`]
    Discopop {
        /// Strength of the pull to the reference.
        beta: f64,
        /// Width of the blend between its two parts.
        tau: f64,
    },
    /// [`aot`]; reads log-probabilities whatever the divergence.
    Aot {
        /// Strength of the pull to the reference.
        beta: f64,
        /// Share of labels taken to be wrong.
        label_smoothing: f64,
    },
    /// [`aot_unpaired`]; reads log-ratios whatever the divergence.
    AotUnpaired {
        /// Strength of the pull to the reference.
        beta: f64,
        /// Share of labels taken to be wrong.
        label_smoothing: f64,
    },
    /// [`sft`]
    Sft,
}

impl PairLoss {
    /// Per-pair losses, unreduced. `[pairs]`
    pub fn losses(&self, logps: &PairLogps, divergence: Divergence) -> Tensor<1> {
        let ratios = logps.ratios();
        let scores = divergence.scores(&ratios);
        match *self {
            Self::Sigmoid { beta, label_smoothing } => sigmoid(&scores, beta, label_smoothing),
            Self::Robust { beta, label_smoothing } => robust(&scores, beta, label_smoothing),
            Self::Hinge { beta } => hinge(&scores, beta),
            Self::Ipo { beta, length_normalize: true } => ipo(&logps.per_token(scores), beta),
            Self::Ipo { beta, length_normalize: false } => ipo(&scores, beta),
            Self::SigmoidNorm { beta } => sigmoid(&logps.per_token(scores), beta, 0.0),
            Self::ExoPair { beta, label_smoothing } => exo_pair(&scores, beta, label_smoothing),
            Self::NcaPair { beta } => nca_pair(&scores, beta),
            Self::BcoPair { beta } => bco_pair(&scores, beta),
            Self::SppoHard { beta } => sppo_hard(&scores, beta),
            Self::Sppo { beta } => sppo(&scores, &logps.win_probabilities(), beta),
            Self::ApoZero { beta } => apo_zero(&ratios, beta),
            Self::ApoDown { beta } => apo_down(&scores, beta),
            Self::Discopop { beta, tau } => discopop(&scores, beta, tau),
            Self::Aot { beta, label_smoothing } => aot(logps, beta, label_smoothing),
            Self::AotUnpaired { beta, label_smoothing } => {
                aot_unpaired(&ratios, beta, label_smoothing)
            }
            Self::Sft => {
                let chosen = logps.policy_chosen_unweighted.as_ref();
                sft(chosen.unwrap_or(&logps.policy_chosen), &logps.chosen_lengths)
            }
        }
    }
}

/// What a pair loss reads: log-probabilities summed over counted tokens, nats. Each `[pairs]`.
#[derive(Clone, Debug)]
pub struct PairLogps {
    /// The policy's, of the preferred completion.
    pub policy_chosen: Tensor<1>,
    /// The same with each token counted once, where LD-DPO weighs them otherwise.
    pub policy_chosen_unweighted: Option<Tensor<1>>,
    /// The policy's, of the other.
    pub policy_rejected: Tensor<1>,
    /// The reference's, of the preferred completion.
    pub reference_chosen: Tensor<1>,
    /// The reference's, of the other.
    pub reference_rejected: Tensor<1>,
    /// Counted tokens of the preferred completion, at least 1.
    pub chosen_lengths: Tensor<1>,
    /// Counted tokens of the other, at least 1.
    pub rejected_lengths: Tensor<1>,
    /// Mean probability with which chosen and rejected win against the others of their prompt;
    /// none where only their order is known.
    pub wins: Option<[Tensor<1>; 2]>,
}

impl PairLogps {
    /// The policy's log-probabilities over the reference's.
    pub fn ratios(&self) -> PairLogratios {
        PairLogratios {
            chosen: self.policy_chosen.clone() - self.reference_chosen.clone(),
            rejected: self.policy_rejected.clone() - self.reference_rejected.clone(),
        }
    }

    fn per_token(&self, ratios: PairLogratios) -> PairLogratios {
        PairLogratios {
            chosen: ratios.chosen / self.chosen_lengths.clone().clamp_min(1.0),
            rejected: ratios.rejected / self.rejected_lengths.clone().clamp_min(1.0),
        }
    }

    fn win_probabilities(&self) -> [Tensor<1>; 2] {
        let lengths = &self.chosen_lengths;
        self.wins.clone().unwrap_or_else(|| [lengths.ones_like(), lengths.zeros_like()])
    }
}

/// `log π − log π_ref` of both completions, summed over tokens, nats. Each `[pairs]`.
#[derive(Clone, Debug)]
pub struct PairLogratios {
    /// Of the preferred completion.
    pub chosen: Tensor<1>,
    /// Of the other.
    pub rejected: Tensor<1>,
}

impl PairLogratios {
    /// How much more than the reference the policy prefers the chosen completion. `[pairs]`
    pub fn margin(&self) -> Tensor<1> {
        self.chosen.clone() - self.rejected.clone()
    }

    /// `βa` and `βb`, the implicit rewards. Each `[pairs]`.
    fn rewards(&self, beta: f64) -> [Tensor<1>; 2] {
        [self.chosen.clone() * beta, self.rejected.clone() * beta]
    }
}

/// DPO: `−(1−ε) log σ(βh) − ε log σ(−βh)`. With ε = 0 a pair pulls with weight β·σ(−βh), so wrong
/// pairs pull hardest; ε > 0 is conservative DPO, which stops at a finite margin.
/// Rafailov et al. 2023, eq. 7; Mitchell 2023, eq. 3. `[pairs]`
pub fn sigmoid(ratios: &PairLogratios, beta: f64, label_smoothing: f64) -> Tensor<1> {
    smoothed(ratios.margin() * beta, label_smoothing)
}

fn smoothed(z: Tensor<1>, label_smoothing: f64) -> Tensor<1> {
    let loss = -log_sigmoid(z.clone()) * (1.0 - label_smoothing); // eq. 7
    if label_smoothing == 0.0 {
        return loss;
    }
    loss - log_sigmoid(-z) * label_smoothing // eq. 3
}

/// Robust DPO: `[−(1−ε) log σ(βh) + ε log σ(−βh)] / (1−2ε)`. Where a share ε of the labels is
/// flipped, its mean is DPO's mean on the true labels. Chowdhury et al. 2024. `[pairs]`
pub fn robust(ratios: &PairLogratios, beta: f64, label_smoothing: f64) -> Tensor<1> {
    let z = ratios.margin() * beta;
    let flipped = log_sigmoid(-z.clone()) * label_smoothing;
    (flipped - log_sigmoid(z) * (1.0 - label_smoothing)) / (1.0 - 2.0 * label_smoothing)
}

/// Hinge: `max(0, 1 − βh)`. It pulls evenly until βh reaches 1 and then lets go.
/// Liu et al. 2023 (RSO), hinge-norm; the form is SLiC's, Zhao et al. 2023. `[pairs]`
pub fn hinge(ratios: &PairLogratios, beta: f64) -> Tensor<1> {
    (ratios.margin() * -beta + 1.0).clamp_min(0.0)
}

/// IPO: `(h − 1/(2β))²`. It stops at a finite margin, so certain labels can't collapse it.
/// Azar et al. 2023, eq. 17; per token or summed, see [`PairLoss::Ipo`]. `[pairs]`
pub fn ipo(ratios: &PairLogratios, beta: f64) -> Tensor<1> {
    (ratios.margin() - 1.0 / (2.0 * beta)).square() // eq. 17
}

/// EXO: `σ(z)[log σ(z) − log(1−ε)] + σ(−z)[log σ(−z) − log ε]`, `z = βh`: the KL divergence from
/// the smoothed label to the policy's preference, taken in the direction that seeks one mode. It
/// needs ε > 0. Ji et al. 2024, eq. 16. `[pairs]`
pub fn exo_pair(ratios: &PairLogratios, beta: f64, label_smoothing: f64) -> Tensor<1> {
    let z = ratios.margin() * beta;
    let side = |z: Tensor<1>, label: f64| logistic(z.clone()) * (log_sigmoid(z) - label.ln());
    side(z.clone(), 1.0 - label_smoothing) + side(-z, label_smoothing) // eq. 16
}

/// NCA: `−log σ(βa) − ½ log σ(−βa) − ½ log σ(−βb)`. Each completion is told from noise on its own,
/// which keeps the chosen one's likelihood from falling along with the rejected one's.
/// Chen et al. 2024, for two completions. `[pairs]`
pub fn nca_pair(ratios: &PairLogratios, beta: f64) -> Tensor<1> {
    let [chosen, rejected] = ratios.rewards(beta);
    let noise = log_sigmoid(-chosen.clone()) + log_sigmoid(-rejected);
    -log_sigmoid(chosen) - noise * 0.5
}

/// BCO: `−log σ(βa) − log σ(−βb)`, a binary classifier whose logit is the implicit reward. The
/// paper's reward shift, a running mean, is left out: a loss here has no memory.
/// Jung et al. 2024. `[pairs]`
pub fn bco_pair(ratios: &PairLogratios, beta: f64) -> Tensor<1> {
    let [chosen, rejected] = ratios.rewards(beta);
    -log_sigmoid(chosen) - log_sigmoid(-rejected)
}

/// SPPO with certain wins, as TRL has it: `(a − ½/β)² + (b + ½/β)²`. Each log-ratio has a target
/// of its own, not only their difference. Wu et al. 2024, eq. 4.7 with P of 1 and 0; not halved, as
/// [`sppo`] is. `[pairs]`
pub fn sppo_hard(ratios: &PairLogratios, beta: f64) -> Tensor<1> {
    let chosen = ratios.chosen.clone() - 0.5 / beta;
    let rejected = ratios.rejected.clone() + 0.5 / beta;
    chosen.square() + rejected.square() // eq. 4.7
}

/// SPPO: `½[(a − (P_w−½)/β)² + (b − (P_l−½)/β)²]`, a step of multiplicative weights towards the
/// policy that no other beats. `wins` holds P_w and P_l, each completion's mean probability to win.
/// Wu et al. 2024, eq. 4.7, halved as in its authors' code. `[pairs]`
pub fn sppo(ratios: &PairLogratios, wins: &[Tensor<1>; 2], beta: f64) -> Tensor<1> {
    let [win_chosen, win_rejected] = wins.clone();
    let chosen = ratios.chosen.clone() - (win_chosen - 0.5) / beta;
    let rejected = ratios.rejected.clone() - (win_rejected - 0.5) / beta;
    (chosen.square() + rejected.square()) * 0.5 // eq. 4.7
}

/// APO-zero: `1 − σ(βa) + σ(βb)`. Lifts the chosen and sinks the rejected completion, for data
/// better than the policy; both pulls fade far from the reference.
/// D'Oosterlinck et al. 2024, eq. 7. `[pairs]`
pub fn apo_zero(ratios: &PairLogratios, beta: f64) -> Tensor<1> {
    let [chosen, rejected] = ratios.rewards(beta);
    logistic(-chosen) + logistic(rejected) // eq. 7
}

/// APO-down: `σ(βa) + 1 − σ(βh)`. Sinks both completions, the rejected one more, for data worse
/// than the policy. D'Oosterlinck et al. 2024, eq. 8. `[pairs]`
pub fn apo_down(ratios: &PairLogratios, beta: f64) -> Tensor<1> {
    logistic(ratios.chosen.clone() * beta) + logistic(-ratios.margin() * beta) // eq. 8
}

/// DiscoPOP: `(1−m)(−log σ(z)) + m·e^−z`, `z = βh`, `m = σ(z/τ)`: DPO's loss on wrong pairs, an
/// exponential on right ones, found by a language model. Lu et al. 2024, eq. 5. `[pairs]`
pub fn discopop(ratios: &PairLogratios, beta: f64, tau: f64) -> Tensor<1> {
    let z = ratios.margin() * beta;
    let blend = z.clone() / tau;
    // One exponent for m·e^−z: of a very wrong pair the two factors would be 0 and ∞.
    let exponential = exp(log_sigmoid(blend.clone()) - z.clone());
    exponential - logistic(-blend) * log_sigmoid(z) // eq. 5
}

/// AOT: `−(1−ε) log σ(βδ) − ε log σ(−βδ)`, δ the policy's margins less the reference's, each
/// sorted over the micro-batch. The policy's margins shall be larger as a distribution, quantile
/// by quantile. Melnyk et al. 2024, paired. By rank, not by pair: `[pairs]`
pub fn aot(logps: &PairLogps, beta: f64, label_smoothing: f64) -> Tensor<1> {
    let policy = logps.policy_chosen.clone() - logps.policy_rejected.clone();
    let reference = logps.reference_chosen.clone() - logps.reference_rejected.clone();
    let delta = sorted::ascending(&policy) - sorted::ascending(&reference);
    smoothed(delta * beta, label_smoothing)
}

/// AOT without pairs: as [`aot`], δ the sorted `a` less the sorted `b`, so that chosen and rejected
/// completions needn't share prompts. Melnyk et al. 2024, unpaired. By rank, not by pair: `[pairs]`
pub fn aot_unpaired(ratios: &PairLogratios, beta: f64, label_smoothing: f64) -> Tensor<1> {
    let delta = sorted::ascending(&ratios.chosen) - sorted::ascending(&ratios.rejected);
    smoothed(delta * beta, label_smoothing)
}

/// The negative log-likelihood of the chosen completions per token, `−Σ log π(y_w) / Σ n_w`, over
/// the whole micro-batch and so the same for each pair. With [`sigmoid`] it is RPO, which keeps the
/// chosen likelihood from falling. Pang et al. 2024. `[pairs]`
pub fn sft(policy_chosen: &Tensor<1>, chosen_lengths: &Tensor<1>) -> Tensor<1> {
    let [pairs] = policy_chosen.dims();
    let nll = -policy_chosen.clone().sum() / chosen_lengths.clone().sum();
    nll.repeat_dim(0, pairs)
}

#[cfg(test)]
mod tests;

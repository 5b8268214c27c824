//! PPO and RLOO: a step is a rollout and the updates on it.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use temper_protocol::{
    Event, Failure, FailureKind, KlEstimator, Method, PpoConfig, RlooConfig, Warning,
};

use super::experience::{Experience, Gauge, Measured, experiences, measure};
use super::rollout::{Draws, Rollout};
use super::update::{Lesson, Objective, Skipped, UpdateOptions, Updated, update};
use super::{Host, Session};
use crate::objective::ppo::{self, Scaling};
use crate::objective::rloo;

/// Seeds of draws and shuffles must not meet.
const SHUFFLES: u64 = 1 << 63;

impl Session<'_> {
    /// One rollout with its updates.
    pub(super) async fn policy_step(
        &mut self,
        learning_rate: f64,
        host: &mut dyn Host,
    ) -> Result<(), Failure> {
        let rollouts = match self.run.config.method {
            Method::Rloo => self.rloo_step(learning_rate, host).await?,
            _ => self.ppo_step(learning_rate, host).await?,
        };
        self.episodes += rollouts.len() as u64;
        self.tokens_seen +=
            rollouts.iter().map(|rollout| rollout.sequence.ids.len() as u64).sum::<u64>();
        let ended = rollouts.iter().filter(|rollout| rollout.ended).count();
        let length: usize =
            rollouts.iter().map(|r| r.sequence.ids.len() - r.sequence.prompt_len).sum();
        self.window.add("completions/mean_length", length as f64, rollouts.len() as f64);
        self.window.add("val/num_eos_tokens", ended as f64, 1.0);
        self.window.add("learning_rate", learning_rate, 1.0);
        Ok(())
    }

    async fn ppo_step(
        &mut self,
        learning_rate: f64,
        host: &mut dyn Host,
    ) -> Result<Vec<Rollout>, Failure> {
        let config = self.run.ppo();
        let draws = self.draws(1, config.response_length, config.temperature);
        let penalty = config.missing_eos_penalty;
        let (temperature, estimator) = (config.temperature, config.kl_estimator);
        let gauge = Gauge { temperature, critic: true, estimator };
        let (rollouts, mut measured) =
            self.measured_rollouts(&draws, penalty, &gauge, host).await?;
        let scores: f64 = measured.iter().map(|m| m.score).sum();
        self.window.add("objective/scores", scores, measured.len() as f64);
        self.scale_scores(&mut measured, &config);
        let experiences = experiences(measured, &config, self.kl_coef);
        let kl: Vec<f64> = experiences.iter().map(|e| e.measured.kl()).collect();
        self.log_objective(&experiences, &kl);
        let lessons: Vec<Lesson> = experiences.iter().map(lesson).collect();
        let options = self.update_options(learning_rate, temperature, ppo_objective(&config));
        let options = UpdateOptions {
            target_kl: config.target_kl,
            ratio_threshold: config.ratio_threshold,
            ..options
        };
        let mini = self.mini_batch_rows();
        self.updates(&lessons, config.num_ppo_epochs, mini, &options, host).await?;
        if config.adap_kl_ctrl {
            let kl = mean(kl.into_iter());
            let (target, horizon) =
                (config.target.unwrap_or(6.0), config.horizon.unwrap_or(10_000.0));
            self.kl_coef = ppo::adaptive_kl(self.kl_coef, kl, target, horizon, lessons.len());
        }
        Ok(rollouts)
    }

    /// Answers to this step's prompts, and what they are under policy, reference and critic.
    async fn measured_rollouts(
        &mut self,
        draws: &Draws,
        missing_eos_penalty: Option<f64>,
        gauge: &Gauge,
        host: &mut dyn Host,
    ) -> Result<(Vec<Rollout>, Vec<Measured>), Failure> {
        let prompts = self.step_prompts();
        let rollouts = self.roll_out(&prompts, draws, missing_eos_penalty, host).await?;
        let size = self.run.config.run_loop.batch_size as usize;
        let measured = measure(self.open, &self.reference, &rollouts, gauge, size).await?;
        Ok((rollouts, measured))
    }

    async fn rloo_step(
        &mut self,
        learning_rate: f64,
        host: &mut dyn Host,
    ) -> Result<Vec<Rollout>, Failure> {
        let config = self.run.rloo();
        let (generations, length) = (config.num_generations, config.max_completion_length);
        let draws = self.draws(generations, length, config.temperature);
        let penalty = config.missing_eos_penalty;
        let (temperature, estimator) = (config.temperature, KlEstimator::K1);
        let gauge = Gauge { temperature, critic: false, estimator };
        let (rollouts, measured) = self.measured_rollouts(&draws, penalty, &gauge, host).await?;
        let lessons = self.rloo_lessons(measured, &config);
        let objective = Objective::Rloo { epsilon: config.epsilon };
        let options = self.update_options(learning_rate, temperature, objective);
        let all = lessons.len();
        self.updates(&lessons, config.num_iterations, all, &options, host).await?;
        Ok(rollouts)
    }

    /// Rewards with the KL in them, each against the mean of its prompt's others.
    fn rloo_lessons(&mut self, measured: Vec<Measured>, config: &RlooConfig) -> Vec<Lesson> {
        let kl: Vec<f64> = measured.iter().map(Measured::kl).collect();
        let rewards: Vec<f64> =
            measured.iter().zip(&kl).map(|(m, kl)| m.score - config.beta * kl).collect();
        let mut advantages = rloo::advantages(&rewards, config.num_generations as usize);
        if config.normalize_advantages {
            advantages = rloo::normalized(&advantages);
        }
        let count = measured.len() as f64;
        self.window.add("objective/kl", kl.iter().sum(), count);
        self.window.add("objective/scores", measured.iter().map(|m| m.score).sum(), count);
        self.window.add("objective/rlhf_reward", rewards.iter().sum(), count);
        self.window.add("objective/entropy", measured.iter().map(|m| m.entropy).sum(), count);
        let lesson = |(m, advantage): (Measured, f64)| Lesson {
            sequence: m.sequence,
            old_logps: m.old_logps,
            advantages: vec![advantage as f32],
            old_values: Vec::new(),
            returns: Vec::new(),
        };
        measured.into_iter().zip(advantages).map(lesson).collect()
    }

    /// Brings scores to the scale that the options ask for.
    fn scale_scores(&mut self, measured: &mut [Measured], config: &PpoConfig) {
        let scaling = Scaling {
            scale: config.use_score_scaling,
            norm: config.use_score_norm,
            clip: config.score_clip,
        };
        let scores: Vec<f64> = measured.iter().map(|m| m.score).collect();
        self.scores.hear(&scores);
        measured.iter_mut().for_each(|m| m.score = scaling.apply(m.score, &self.scores));
    }

    /// TRL's `objective/*`: means over completions of sums over their tokens.
    fn log_objective(&mut self, experiences: &[Experience], kl: &[f64]) {
        let count = experiences.len() as f64;
        let non_score: f64 = experiences.iter().map(|e| e.non_score_reward).sum();
        let scores: f64 = experiences.iter().map(|e| e.measured.score).sum();
        let entropy: f64 = experiences.iter().map(|e| e.measured.entropy).sum();
        for (key, sum) in [
            ("objective/kl", kl.iter().sum()),
            ("objective/entropy", entropy),
            ("objective/non_score_reward", non_score),
            ("objective/rlhf_reward", scores + non_score),
        ] {
            self.window.add(key, sum, count);
        }
        self.window.add("objective/kl_coef", self.kl_coef, 1.0);
    }

    fn update_options(
        &self,
        learning_rate: f64,
        temperature: f64,
        objective: Objective,
    ) -> UpdateOptions {
        UpdateOptions {
            objective,
            temperature,
            batch_size: self.run.config.run_loop.batch_size as usize,
            learning_rate,
            max_grad_norm: self.run.config.optimizer.max_grad_norm,
            target_kl: None,
            ratio_threshold: f64::INFINITY,
            gradient_checkpointing: self.run.config.run_loop.gradient_checkpointing,
        }
    }

    fn mini_batch_rows(&self) -> usize {
        let run_loop = &self.run.config.run_loop;
        (run_loop.batch_size * run_loop.accumulation) as usize
    }

    /// Passes over the lessons, reshuffled each time, in mini-batches.
    async fn updates(
        &mut self,
        lessons: &[Lesson],
        epochs: u32,
        mini_batch: usize,
        options: &UpdateOptions,
        host: &mut dyn Host,
    ) -> Result<(), Failure> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.step_seed() ^ SHUFFLES);
        let mut taken: Vec<Updated> = Vec::new();
        'passes: for _ in 0..epochs {
            let mut order: Vec<usize> = (0..lessons.len()).collect();
            order.shuffle(&mut rng);
            for rows in order.chunks(mini_batch.max(1)) {
                let batch: Vec<&Lesson> = rows.iter().map(|&row| &lessons[row]).collect();
                let updated = update(self.open, &mut self.optimizer, &batch, options).await?;
                host.breathe().await;
                match updated.skipped {
                    Some(Skipped::NonFinite) => return Err(self.diverged()),
                    Some(Skipped::TargetKl) => {
                        let (step, updates) = (self.step as u32 + 1, taken.len() as u32);
                        if !std::mem::replace(&mut self.heard_early_stop, true) {
                            host.emit(Event::Warning(Warning::EarlyStop { step, updates }));
                        }
                        break 'passes;
                    }
                    Some(Skipped::Ratio) | None => taken.push(updated),
                }
            }
        }
        self.log_updates(&taken);
        Ok(())
    }

    fn log_updates(&mut self, taken: &[Updated]) {
        if taken.is_empty() {
            return;
        }
        let critic = self.run.config.method == Method::Ppo;
        let of = |value: fn(&Updated) -> f64| mean(taken.iter().map(value));
        let ratio = of(|u| u.ratio);
        let spread = taken.iter().map(|u| (u.ratio - ratio).powi(2)).sum::<f64>();
        let variance = spread / (taken.len() as f64 - 1.0).max(1.0);
        let mut values = vec![
            ("loss", of(|u| u.policy_loss)),
            ("policy/approxkl_avg", of(|u| u.approxkl)),
            ("policy/clipfrac_avg", of(|u| u.clipfrac)),
            ("policy/entropy_avg", of(|u| u.entropy)),
            ("loss/policy_avg", of(|u| u.policy_loss)),
            ("val/ratio", ratio),
            ("val/ratio_var", variance),
            ("grad_norm", of(|u| u.grad_norm)),
        ];
        if critic {
            let vf_coef = self.run.ppo().vf_coef;
            values[0].1 += vf_coef * of(|u| u.value_loss);
            values.push(("loss/value_avg", of(|u| u.value_loss)));
            values.push(("val/clipfrac_avg", of(|u| u.value_clipfrac)));
        }
        for (key, value) in values {
            self.window.add(key, value, 1.0);
        }
    }

    fn diverged(&self) -> Failure {
        let step = self.step as u32 + 1;
        let message = format!("step {step}: the loss or its gradient is no longer a number");
        Failure::new(FailureKind::NonFinite { step, rows: Vec::new() }, message)
            .with_hint("lower the learning rate")
    }
}

/// PPO's objective as the config has it.
pub fn ppo_objective(config: &PpoConfig) -> Objective {
    Objective::Ppo {
        cliprange: config.cliprange,
        cliprange_value: config.cliprange_value,
        vf_coef: config.vf_coef,
    }
}

/// What PPO learns from an experience.
pub fn lesson(experience: &Experience) -> Lesson {
    let floats = |numbers: &[f64]| numbers.iter().map(|&number| number as f32).collect();
    Lesson {
        sequence: experience.measured.sequence.clone(),
        old_logps: experience.measured.old_logps.clone(),
        advantages: floats(&experience.advantages),
        old_values: experience.measured.values.clone(),
        returns: floats(&experience.returns),
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

//! Beginning with the weights of another run's checkpoint, and with nothing else of it.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use temper_protocol::{Failure, FailureKind, LoraConfig, RunConfig};

use super::checkpoint;
use crate::model::Decoder;
use crate::model::flat::{self, FlatWeight};
use crate::storage::Store;
use crate::weights::Weights;

/// What is a method's own: another method begins without it, and it lies beside the weights.
const OWN: [&str; 5] = ["critic.", "value.", "score.", "reference.", "optimizer."];

/// A checkpoint of another run.
#[derive(Clone)]
pub struct Origin {
    /// What messages call it.
    pub name: String,
    /// The other run's folder.
    pub store: Rc<dyn Store>,
    /// Of which step.
    pub step: u32,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("name", &self.name)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

impl Origin {
    /// Gives the weights that train the checkpoint's values. A critic and heads are taken over
    /// where the other run had them too, else they stay as they are.
    ///
    /// # Errors
    /// A checkpoint that is gone, or of other weights.
    pub(super) async fn put_on(
        &self,
        model: &mut Decoder,
        lora: Option<&LoraConfig>,
    ) -> Result<(), Failure> {
        let gone = || {
            let message = format!("{} of step {} is gone", self.name, self.step);
            Failure::new(FailureKind::Storage, message)
        };
        let state = checkpoint::of_step(&*self.store, self.step).await?.ok_or_else(gone)?;
        let saved = checkpoint::weights(&*self.store, self.step).await?;
        let trained = flat::trainable(model);
        let unlike = scales(&state.config, lora).or_else(|| shapes(&saved, &trained));
        if let Some(why) = unlike {
            return Err(self.of_other_weights(&why));
        }
        let device = model.device();
        let mut values = Vec::with_capacity(trained.len());
        for weight in trained {
            values.push(match saved.has(&weight.name) {
                true => checkpoint::read_flat(&saved, &weight.name, &weight.shape, &device).await?,
                false => weight.value,
            });
        }
        flat::put(model, values);
        Ok(())
    }

    fn of_other_weights(&self, why: &str) -> Failure {
        Failure::bad_input(format!("{} has other weights: {why}", self.name))
            .with_hint("begin with the same model and the same [lora]")
    }
}

/// Weights' shapes by their names.
type Shapes<'a> = BTreeMap<&'a str, &'a [usize]>;

fn shapes(saved: &Weights, trained: &[FlatWeight]) -> Option<String> {
    let found: Shapes = saved.names().filter_map(|name| Some((name, saved.shape(name)?))).collect();
    let wanted: Shapes =
        trained.iter().map(|weight| (weight.name.as_str(), weight.shape.as_slice())).collect();
    difference(&found, &wanted)
}

/// What keeps a checkpoint's weights from being those that train here; `None` where nothing does.
fn difference<'a>(found: &Shapes<'a>, wanted: &Shapes<'a>) -> Option<String> {
    let own = |name: &str| OWN.iter().any(|prefix| name.starts_with(prefix));
    for (name, shape) in wanted {
        match found.get(name) {
            Some(other) if other != shape => {
                return Some(format!("{name} has shape {other:?} there and {shape:?} here"));
            }
            None if !own(name) => return Some(format!("it has no {name}")),
            _ => {}
        }
    }
    let foreign = found.keys().find(|name| !own(name) && !wanted.contains_key(*name))?;
    Some(format!("it has {foreign}, which doesn't train here"))
}

/// An adapter of another scale would be another adapter, though all its numbers are the same.
fn scales(config: &str, lora: Option<&LoraConfig>) -> Option<String> {
    let there = RunConfig::from_toml("run.toml", config, &[]).ok()?.lora?;
    let here = lora?;
    let scale = |lora: &LoraConfig| lora.alpha / f64::from(lora.r);
    let apart = there.r == here.r && scale(&there) != scale(here);
    apart.then(|| format!("lora.alpha is {} there and {} here", there.alpha, here.alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: (&str, &[usize]) = ("q.lora_A.weight", &[4, 64]);
    const B: (&str, &[usize]) = ("q.lora_B.weight", &[64, 4]);
    const MEANS: (&str, &[usize]) = ("optimizer.0", &[512]);
    const CRITIC: (&str, &[usize]) = ("critic.q.lora_A.weight", &[4, 64]);
    const MORE: (&str, &[usize]) = ("v.lora_A.weight", &[4, 64]);
    const WIDE: (&str, &[usize]) = ("q.lora_A.weight", &[8, 64]);

    fn told(found: &[(&'static str, &'static [usize])]) -> Option<String> {
        difference(&found.iter().copied().collect(), &[A, B].into_iter().collect())
    }

    #[test]
    fn the_same_weights_are_taken_whatever_lies_beside_them() {
        assert_eq!(told(&[A, B, MEANS, CRITIC]), None);
        // And a critic that the other run had not begins anew.
        let wanted = [A, B, CRITIC].into_iter().collect();
        assert_eq!(difference(&[A, B, MEANS].into_iter().collect(), &wanted), None);
    }

    #[test]
    fn other_weights_are_named() {
        assert_eq!(told(&[A]), Some("it has no q.lora_B.weight".into()));
        let more = told(&[A, B, MORE]);
        assert_eq!(more, Some("it has v.lora_A.weight, which doesn't train here".into()));
        let wide = told(&[WIDE, B]);
        let expected = "q.lora_A.weight has shape [8, 64] there and [4, 64] here";
        assert_eq!(wide, Some(expected.into()));
    }

    #[test]
    fn an_adapter_of_another_scale_is_another() {
        let lora = |alpha: f64| LoraConfig { r: 4, alpha, ..LoraConfig::default() };
        let config = "method = \"dpo\"\n[model]\npath = \"m\"\n[data]\ntrain = \"t\"\n\
                      [lora]\nr = 4\nalpha = 8.0\n";
        assert_eq!(scales(config, Some(&lora(8.0))), None);
        assert_eq!(scales(config, None), None);
        let expected = "lora.alpha is 8 there and 16 here";
        assert_eq!(scales(config, Some(&lora(16.0))), Some(expected.into()));
    }
}

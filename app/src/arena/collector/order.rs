//! One draw: answers to a prompt that something can be said of.

use temper_protocol::Failure;

use crate::arena::draw::Draw;
use crate::arena::row::Kind;
use crate::arena::sampling::{Recipe, Sampling};
use crate::controller::Controller;

/// How often answers of which nothing can be said are sampled once more.
const REDRAWS: usize = 3;

/// What to sample.
pub struct Order {
    /// How.
    pub recipe: Recipe,
    /// The prompt.
    pub prompt: String,
    /// Whether in place of what was on show.
    pub again: bool,
}

impl Order {
    /// The answers; after a few tries, whatever came.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn draw(
        &self,
        controller: Controller,
        sampling: Sampling,
        kind: Kind,
    ) -> Result<Draw, Failure> {
        let mut draw = self.attempt(controller, sampling, kind).await?;
        for _ in 0..REDRAWS {
            // The likeliest answer comes out the same every time.
            if draw.flaw().is_none() || self.recipe.temperature == 0.0 {
                break;
            }
            draw = self.attempt(controller, sampling, kind).await?;
        }
        Ok(draw)
    }

    async fn attempt(
        &self,
        controller: Controller,
        sampling: Sampling,
        kind: Kind,
    ) -> Result<Draw, Failure> {
        let ask = async |count: usize, reference: bool| {
            let prompts = vec![self.prompt.clone(); count];
            self.recipe.ask(controller, prompts, sampling.next_seed(), reference).await
        };
        let (answers, reference) = match kind {
            Kind::Ratings => (ask(1, false).await?, None),
            Kind::Pairs if !self.recipe.against => (ask(2, false).await?, None),
            Kind::Pairs => {
                let policy = ask(1, false).await?;
                let reference = ask(1, true).await?;
                // Nobody is to know which side is whose.
                match js_sys::Math::random() < 0.5 {
                    true => ([reference, policy].concat(), Some(0)),
                    false => ([policy, reference].concat(), Some(1)),
                }
            }
        };
        Ok(Draw { prompt: self.prompt.clone(), answers, reference })
    }
}

//! From a question to token ids, and which ids its answers have.
//!
//! What follows a text depends on the tokenizer: "1" may be a token of its own, or grow together
//! with what is before it. So a question is encoded with and without each answer, and what the
//! longer one has more is the answer.

use serde_json::{Map, json};
use temper_protocol::Failure;

use super::Judge;
use super::prompts::Question;
use crate::data::{ChatMessage, Content, encode_prompt};

impl Judge {
    /// The ids of a question, up to where its answer begins.
    pub(super) fn prompt_ids(&self, question: &Question) -> Result<Vec<u32>, Failure> {
        self.ids(&self.written(question)?)
    }

    /// The token of each answer.
    ///
    /// # Errors
    /// An answer that isn't one token, or the same as another: of an unknown token nobody can
    /// tell which answer it is.
    pub(super) fn tokens(
        &self,
        question: &Question,
        answers: &[&str],
    ) -> Result<Vec<u32>, Failure> {
        let mut tokens = Vec::with_capacity(answers.len());
        for answer in answers {
            match self.following(question, answer)?.as_slice() {
                [id] if !tokens.contains(id) => tokens.push(*id),
                _ => return Err(self.cannot_write(question, answer)),
            }
        }
        Ok(tokens)
    }

    /// The ids that an answer adds to its question.
    ///
    /// # Errors
    /// A tokenizer that joins the answer to what is before it.
    pub(super) fn following(&self, question: &Question, answer: &str) -> Result<Vec<u32>, Failure> {
        let written = self.written(question)?;
        let (before, after) = (self.ids(&written)?, self.ids(&format!("{written}{answer}"))?);
        match added(&before, &after) {
            Some(ids) => Ok(ids.to_vec()),
            None => Err(self.cannot_write(question, answer)),
        }
    }

    pub(super) fn cannot_write(&self, question: &Question, answer: &str) -> Failure {
        let (name, opening) = (&self.open.name, question.opening);
        Failure::bad_input(format!(
            "{name}: can't be a judge: its tokenizer has no token of its own for the answer \
             {answer:?} after {opening:?}"
        ))
    }

    /// One user turn and the beginning of the answer where the model chats, else plain text.
    fn written(&self, question: &Question) -> Result<String, Failure> {
        let Question { instruction, opening } = question;
        let text = self.open.text()?;
        if !text.has_template() {
            return Ok(format!("{instruction}\n\n{opening}"));
        }
        let mut extra = Map::new();
        // Templates of models that think aloud first would leave no room for an answer here.
        extra.insert("chat_template_kwargs".into(), json!({ "enable_thinking": false }));
        let turn = ChatMessage::new("user", instruction.as_str());
        Ok(text.render(&[turn], true, &extra)? + question.opening)
    }

    fn ids(&self, written: &str) -> Result<Vec<u32>, Failure> {
        let text = self.open.text()?;
        match text.has_template() {
            // The template writes the special tokens itself: adding them would double them.
            true => Ok(text.encode(written, false)?),
            false => Ok(encode_prompt(&Content::Text(written.to_string()), Some(text))?),
        }
    }
}

/// What `after` has more than `before`; `None` where it doesn't begin with it or has nothing more.
fn added<'a>(before: &[u32], after: &'a [u32]) -> Option<&'a [u32]> {
    after.strip_prefix(before).filter(|added| !added.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_what_its_text_adds() {
        assert_eq!(added(&[7, 31], &[7, 31, 19]), Some(&[19][..]));
        assert_eq!(added(&[7, 31], &[7, 31, 19, 18]), Some(&[19, 18][..]));
        // "=1" as one token.
        assert_eq!(added(&[7, 31], &[7, 40]), None);
        // An answer of no token.
        assert_eq!(added(&[7, 31], &[7, 31]), None);
    }
}

//! Questions of the models that are open, of text, and of files.

use temper_engine::data;
use temper_engine::look::{self, referee};
use temper_protocol::{
    Comparison, Failure, Finding, Preference, Question, Referee, RowKind, RowProblem,
};
use web_sys::File;

use super::{Room, missing, read_all, turn};
use crate::files::WebFile;

impl Room {
    /// Asks the model as it is, while no run goes on.
    ///
    /// # Errors
    /// No model, or a prompt or row that it can't take.
    pub async fn ask(&self, question: &Question) -> Result<Finding, Failure> {
        let model = self.model.as_ref().ok_or_else(|| missing("model"))?;
        look::find(model, None, question, async || turn().await).await
    }

    /// Which of two responses a referee finds better.
    ///
    /// # Errors
    /// No judge, or one that never answers.
    pub async fn compare(
        &self,
        by: Referee,
        comparisons: &[Comparison],
    ) -> Result<Vec<Preference>, Failure> {
        match by {
            Referee::Gold => Ok(referee::by_gold(comparisons)),
            Referee::Judge => {
                let judge = self.judge.as_ref().ok_or_else(|| missing("judge"))?;
                referee::by_judge(judge, comparisons, async || turn().await).await
            }
        }
    }

    /// Every row of a file that can't be used.
    ///
    /// # Errors
    /// There is no file, or it can't be read.
    pub async fn check_rows(
        &self,
        files: Vec<File>,
        kind: RowKind,
    ) -> Result<Vec<RowProblem>, Failure> {
        let file = files.into_iter().next().ok_or_else(|| missing("data file"))?;
        Ok(data::check(&read_all(&WebFile::new(file)).await?, kind))
    }
}

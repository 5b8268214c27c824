//! Asking the engine about the model as it is, about text, and about a run to come.

use leptos::prelude::*;
use temper_protocol::{
    Command, Comparison, Failure, Finding, GenerateRequest, Generated, InspectedCompletion,
    ModelInfo, Preference, Question, Referee, Reply, RowKind, RowProblem, RunConfig, RunEstimate,
    RunId,
};
use web_sys::File;

use super::{Controller, unexpected};
use crate::state::Status;

impl Controller {
    /// Completions of prompts, one each. While a run goes on, between two of its steps.
    ///
    /// # Errors
    /// No model, or a prompt that it can't take.
    pub async fn generate(self, request: GenerateRequest) -> Result<Vec<Generated>, Failure> {
        match self.find(Question::Generate(request)).await? {
            Finding::Generated(all) => Ok(all),
            other => Err(unexpected(&Reply::Found(other))),
        }
    }

    /// How likely policy and reference find a row's completions, token by token: of a pair the
    /// chosen one, then the rejected. While a run goes on, between two of its steps.
    ///
    /// # Errors
    /// A row that the model can't take.
    pub async fn inspect(self, row: String) -> Result<Vec<InspectedCompletion>, Failure> {
        match self.find(Question::Inspect { row }).await? {
            Finding::Inspected(all) => Ok(all),
            other => Err(unexpected(&Reply::Found(other))),
        }
    }

    async fn find(self, question: Question) -> Result<Finding, Failure> {
        match self.call(Command::Ask(question), &[]).await?.reply {
            Reply::Found(finding) => Ok(finding),
            other => Err(unexpected(&other)),
        }
    }

    /// Which of two responses a referee finds better.
    ///
    /// # Errors
    /// A run that goes on, no judge, or one that never answers.
    pub async fn compare(
        self,
        by: Referee,
        comparisons: Vec<Comparison>,
    ) -> Result<Vec<Preference>, Failure> {
        match self.call(Command::Compare { by, comparisons }, &[]).await?.reply {
            Reply::Compared(all) => Ok(all),
            other => Err(unexpected(&other)),
        }
    }

    /// How pleased reviews are by the rule that the default model's were written by: prompt and
    /// completion of each, from -1 to 1.
    ///
    /// # Errors
    /// A run that goes on.
    pub async fn score(self, items: Vec<[String; 2]>) -> Result<Vec<f64>, Failure> {
        match self.call(Command::Score { items }, &[]).await?.reply {
            Reply::Scored(all) => Ok(all),
            other => Err(unexpected(&other)),
        }
    }

    /// Every row of a file that can't be used, and why.
    ///
    /// # Errors
    /// A file that can't be read at all.
    pub async fn check_rows(self, file: &File, rows: RowKind) -> Result<Vec<RowProblem>, Failure> {
        let files = std::slice::from_ref(file);
        match self.call(Command::CheckRows { rows }, files).await?.reply {
            Reply::Checked(all) => Ok(all),
            other => Err(unexpected(&other)),
        }
    }

    /// What a run would take.
    ///
    /// # Errors
    /// Settings or data that can't be used.
    pub async fn estimate(self, config: RunConfig) -> Result<RunEstimate, Failure> {
        let command = Command::Estimate { config: Box::new(config) };
        match self.call(command, &[]).await?.reply {
            Reply::Estimated(estimate) => Ok(estimate),
            other => Err(unexpected(&other)),
        }
    }

    /// Opens a second model that judges.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub async fn open_judge(self, files: Vec<File>) -> Result<ModelInfo, Failure> {
        match self.call(Command::OpenJudge, &files).await?.reply {
            Reply::Judge(info) => {
                self.desk.update_value(|desk| desk.judge = files);
                Ok(info)
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Puts a finished run's weights on the open model; without a run, it is as it came.
    ///
    /// # Errors
    /// A run whose weights are gone.
    pub async fn wear(self, run: Option<RunId>) -> Result<(), Failure> {
        match self.call(Command::Wear { run }, &[]).await?.reply {
            Reply::Worn => {
                self.runs.worn.set(run);
                Ok(())
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Whether the model can be asked: it is open, and nothing is being read.
    pub fn can_ask(self) -> bool {
        self.state.status.get() != Status::Loading && self.state.model.with(Option::is_some)
    }

    /// Whether the open model is asked through a chat template, so that rows are to be messages.
    pub fn is_chat(self) -> bool {
        let model = self.state.model;
        model.with_untracked(|model| model.as_ref().is_some_and(|model| model.chat_template))
    }

    /// Whether the open model is the page's own.
    pub fn is_default_model(self) -> bool {
        !self.state.own_model.get()
    }
}

//! Runs on what is open: what one would take, and one from its beginning to its end.

use temper_engine::data::Rows;
use temper_engine::train::branch::Origin;
use temper_engine::train::prepare::Inputs;
use temper_engine::train::{Session, estimate};
use temper_protocol::{
    Branch, Failure, FailureKind, ResolvedRun, RowKind, RunConfig, RunEstimate, RunId, Summary,
};

use super::{Data, Room, missing, read_rows, scoring};
use crate::host::{self, WorkerHost};
use crate::storage::RunFiles;

/// What a run begins with.
pub enum Beginning {
    /// The model as it came, or the weights of another run's checkpoint.
    New(Option<Branch>),
    /// Its own last checkpoint.
    Resumed,
}

impl Room {
    /// Whether a run can start.
    ///
    /// # Errors
    /// A setting out of range, or something that isn't open.
    pub fn check(&self, config: &RunConfig) -> Result<ResolvedRun, Failure> {
        let run = config.resolve().map_err(|error| Failure::bad_input(error.to_string()))?;
        self.model.as_ref().ok_or_else(|| missing("model"))?;
        self.train.as_ref().ok_or_else(|| missing("training data"))?;
        self.check_score(&run)?;
        Ok(run)
    }

    /// What a run would take.
    ///
    /// # Errors
    /// Settings or data that can't be used.
    pub async fn estimate(&mut self, config: &RunConfig) -> Result<RunEstimate, Failure> {
        let run = self.check(config)?;
        let inputs = self.inputs(&run).await?;
        let available = host::memory_bytes(self.on_cpu());
        let model = self.model.as_mut().ok_or_else(|| missing("model"))?;
        estimate(model, &run, inputs, available)
    }

    /// Trains to the end, or until stopped.
    ///
    /// # Errors
    /// Data that the model can't take, a loss that isn't a number, a lost device, a full disk.
    pub async fn train(
        &mut self,
        run: RunId,
        config: ResolvedRun,
        beginning: Beginning,
    ) -> Result<Summary, Failure> {
        self.reopen_changed().await?;
        let mut inputs = self.inputs(&config).await?;
        match beginning {
            Beginning::Resumed => inputs.resume = true,
            Beginning::New(Some(branch)) => inputs.from = Some(self.origin(branch).await?),
            Beginning::New(None) => {}
        }
        let resume = inputs.resume;
        if let Some(scorer) = scoring::reward_model(&config) {
            self.storage().await.renew(scorer).await;
        }
        let store = self.storage().await.begin(run, resume).await?;
        let mut host = WorkerHost::new(self.controls.clone(), self.on_cpu());
        let model = self.model.as_mut().ok_or_else(|| missing("model"))?;
        let store: &dyn RunFiles = store.as_ref();
        let mut session = Session::prepare(model, config, inputs, &mut host, store).await?;
        if resume && session.step() == 0 {
            let message = "The checkpoints are gone: they were lost with the engine.";
            return Err(Failure::new(FailureKind::Storage, message).with_hint("start anew"));
        }
        session.run(&mut host, store).await
    }

    async fn inputs(&mut self, config: &ResolvedRun) -> Result<Inputs, Failure> {
        let scoring = self.scoring(config).await?;
        let kind = config.config.method.row_kind();
        let train = self.train.as_ref().ok_or_else(|| missing("training data"))?;
        let train = train.read_as(kind).await?;
        let eval = match (&self.heldout, &config.config.data.eval) {
            (Some(data), Some(_)) => Some(data.read_as(kind).await?),
            _ => None,
        };
        Ok(Inputs { train, eval, adapter: None, scoring, resume: false, from: None })
    }

    /// Where a branch begins.
    async fn origin(&mut self, branch: Branch) -> Result<Origin, Failure> {
        let Branch { run, step } = branch;
        let name = format!("run {run}'s checkpoint");
        match self.storage().await.find(run).await? {
            Some(store) => Ok(Origin { name, store, step }),
            None => {
                let message = format!("{name} of step {step} is gone");
                Err(Failure::new(FailureKind::Storage, message))
            }
        }
    }
}

impl Data {
    /// A resumed run's method may be another than the one that the file was read for.
    async fn read_as(&self, kind: RowKind) -> Result<Rows, Failure> {
        match kind == self.kind {
            true => Ok(self.rows.clone()),
            false => Ok(read_rows(&self.file, kind).await?.0),
        }
    }
}

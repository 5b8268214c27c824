//! What the page does when something is clicked, dropped or heard.
//!
//! One road for all files: the page's own model and data are fetched as `File`s and handed to
//! the worker as the user's are. The page keeps those handles, so that another worker can be
//! given the same after a crash.

mod address;
mod experiments;
mod files;
mod helm;
mod leaving;
mod looks;
mod recovery;
mod run;
mod sheets;
mod tabs;

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{
    Command, DataReport, DeviceChoice, Failure, FailureKind, Level, ModelInfo, PROTOCOL_VERSION,
    Reply, RunConfig, RunId,
};
use web_sys::File;

use crate::arena::Arena;
use crate::engine_client::{Answer, EngineClient, Incoming};
use crate::form::{Facts, Form};
use crate::glass::Glass;
use crate::hub::Hub;
use crate::insight::Insight;
use crate::records::Runs;
use crate::route::Route;
use crate::settings::Settings;
use crate::sheet::Sheet;
use crate::state::{State, Status};
use crate::{assets, methods, offline};

use helm::Helm;

pub use address::read_ahead;

/// The page's one actor; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Controller {
    /// What is shown.
    pub state: State,
    /// What is typed.
    pub form: Form,
    /// Which page is shown.
    pub route: Route,
    /// Rows to learn from.
    pub sheet: Sheet,
    /// Held-out rows.
    pub heldout: Sheet,
    /// Preferences and ratings that a person gives.
    pub arena: Arena,
    /// Models from the hub.
    pub hub: Hub,
    /// What the Train page remembers.
    pub insight: Insight,
    /// The row under glass.
    pub glass: Glass,
    /// Past runs.
    pub runs: Runs,
    desk: StoredValue<Desk, LocalStorage>,
}

/// What the controller keeps at hand and nobody sees.
struct Desk {
    client: EngineClient,
    device: DeviceChoice,
    /// Whether the page ever got its model and data.
    opened: bool,
    /// The last run that was started, for a resume must not change it.
    started: Option<RunConfig>,
    model: Vec<File>,
    judge: Vec<File>,
    train: Option<File>,
    heldout: Option<File>,
    own_train: bool,
    own_heldout: bool,
    run: RunId,
    /// The number that the run's next event must have.
    next_seq: u32,
    /// How what is asked of the run reaches it.
    helm: Helm,
    reviving: bool,
}

impl Desk {
    fn new(client: EngineClient) -> Self {
        Self {
            client,
            device: DeviceChoice::Auto,
            opened: false,
            started: None,
            model: Vec::new(),
            judge: Vec::new(),
            train: None,
            heldout: None,
            own_train: false,
            own_heldout: false,
            run: 0,
            next_seq: 0,
            helm: Helm::default(),
            reviving: false,
        }
    }
}

impl Controller {
    /// A controller whose engine isn't started yet.
    pub fn new() -> Self {
        let client = EngineClient::new();
        let desk = StoredValue::new_local(Desk::new(client.clone()));
        let form = Form::new(methods::DEFAULT);
        let controller = Self {
            state: State::new(methods::DEFAULT),
            form,
            route: Route::new(),
            sheet: Sheet::new(),
            heldout: Sheet::new(),
            arena: Arena::new(),
            hub: Hub::new(),
            insight: Insight::new(),
            glass: Glass::new(),
            runs: Runs::new(),
            desk,
        };
        client.listen(move |incoming| controller.hear(incoming));
        controller.watch_silence();
        controller.keep_address();
        controller.watch_tabs();
        controller.guard_leaving();
        controller
    }

    /// Opens the page: engine, default model and data, and the run where the address asks for it.
    pub fn boot(self, settings: Settings) {
        self.desk.update_value(|desk| desk.device = settings.device);
        // Before anything is read: which rows are wanted depends on the method.
        self.open_address(settings.wishes());
        self.state.error.set(None);
        self.state.status.set(Status::Loading);
        self.state.note.set("Fetching the engine and a small model…".into());
        spawn_local(async move {
            if let Err(failure) = self.open_defaults().await {
                return self.fail(failure);
            }
            self.fill_sheets().await;
            self.settle();
            self.runs.load().await;
            // Not before: what the first minute needs comes first.
            spawn_local(offline::keep());
            if settings.autostart
                && let Err(failure) = self.start_now(None).await
            {
                self.fail(failure);
            }
        });
    }

    /// Changes to another device: another engine, given the same files.
    pub fn choose_device(self, device: DeviceChoice) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        // Where the page never opened, the defaults are still to come.
        if self.desk.with_value(|desk| !desk.opened) {
            return self.boot(Settings { device, ..Settings::default() });
        }
        let before = self.desk.with_value(|desk| desk.device);
        self.desk.update_value(|desk| desk.device = device);
        self.while_loading("Opening the device…", async move {
            let Err(failure) = self.reopen().await else { return Ok(()) };
            // Back to the device that worked; why the other didn't is what there is to say.
            self.desk.update_value(|desk| desk.device = before);
            self.reopen().await?;
            Err(failure)
        });
    }

    async fn open_defaults(self) -> Result<(), Failure> {
        let (defaults, ()) = futures::future::try_join(assets::fetch(), self.greet()).await?;
        self.state.note.set("Opening the model…".into());
        self.send_model(&defaults.model).await?;
        self.send_data(Some(&defaults.train), false).await?;
        self.send_data(Some(&defaults.heldout), true).await?;
        self.desk.update_value(|desk| {
            desk.opened = true;
            desk.model = defaults.model;
            desk.train = Some(defaults.train);
            desk.heldout = Some(defaults.heldout);
        });
        Ok(())
    }

    /// Starts an engine and opens its device.
    async fn greet(self) -> Result<(), Failure> {
        let (client, device) = self.desk.with_value(|desk| (desk.client.clone(), desk.device));
        self.state.device.set(None);
        // Only the engine that ended a run knows where its weights are.
        self.state.kept.set(None);
        self.runs.worn.set(None);
        client.restart()?;
        let hello = Command::Hello { version: PROTOCOL_VERSION, device };
        match client.call(hello, &[]).await?.reply {
            Reply::Hello(info) => self.state.device.set(Some(info)),
            other => return Err(unexpected(&other)),
        }
        Ok(())
    }

    async fn call(self, command: Command, files: &[File]) -> Result<Answer, Failure> {
        let client = self.desk.with_value(|desk| desk.client.clone());
        client.call(command, files).await
    }

    /// The run that the form describes.
    ///
    /// # Errors
    /// The first field that can't be used.
    pub fn config(self) -> Result<RunConfig, Failure> {
        let mut config = self.form.config(&untrack(|| self.facts()))?;
        // Messages name the files that are open.
        let file = |report: &Option<DataReport>| report.as_ref().map(|report| report.file.clone());
        config.data.train = self.state.train.with_untracked(file).unwrap_or_default();
        config.data.eval = self.state.heldout.with_untracked(file);
        Ok(config)
    }

    /// What is open, for the form.
    fn facts(self) -> Facts {
        let name = |judge: &ModelInfo| judge.name.clone();
        Facts {
            heldout: self.state.heldout.with(Option::is_some),
            own_data: self.desk.with_value(|desk| desk.own_train),
            reward_model: self.newest_reward_model(),
            judge: self.arena.judge.model.with(|judge| judge.as_ref().map(name)),
        }
    }

    /// Shows "loading" while the work goes on; where it fails, all stays as it was.
    fn while_loading(self, note: &str, work: impl Future<Output = Result<(), Failure>> + 'static) {
        let before = self.state.status.get_untracked();
        self.state.error.set(None);
        self.state.status.set(Status::Loading);
        self.state.note.set(note.into());
        spawn_local(async move {
            match work.await {
                // The work may have been to start a run.
                Ok(()) if self.state.status.get_untracked() != Status::Loading => {}
                Ok(()) => self.settle(),
                // The engine died: recovery is at work and has its own words.
                Err(failure) if failure.kind == FailureKind::Cancelled => {}
                Err(failure) => {
                    self.state.note.set(String::new());
                    self.state.error.set(Some(failure));
                    self.state.status.set(before);
                }
            }
        });
    }

    fn settle(self) {
        let ready = untrack(|| self.state.has_all());
        self.state.note.set(String::new());
        self.state.status.set(if ready { Status::Ready } else { Status::Idle });
    }

    fn fail(self, failure: Failure) {
        if failure.kind != FailureKind::Cancelled {
            self.state.note.set(String::new());
            self.state.error.set(Some(failure));
            self.state.status.set(Status::Failed);
        }
    }

    /// Says what went wrong; of an engine that died, recovery has its own words.
    fn tell(self, failure: Failure) {
        if failure.kind != FailureKind::Cancelled {
            self.state.error.set(Some(failure));
        }
    }

    fn hear(self, incoming: Incoming) {
        if self.state.quiet_secs.get_untracked() > 0 {
            self.state.quiet_secs.set(0);
        }
        match incoming {
            Incoming::Event { run, seq, event } => self.hear_event(run, seq, event),
            Incoming::Log { level: Level::Info, text } => leptos::logging::log!("{text}"),
            Incoming::Log { level: Level::Warn, text } => leptos::logging::warn!("{text}"),
            Incoming::Log { level: Level::Error, text } => leptos::logging::error!("{text}"),
            Incoming::Alive => {}
            Incoming::Died(failure) => self.revive(failure),
        }
    }
}

fn unexpected(reply: &Reply) -> Failure {
    let kind = FailureKind::Bug;
    Failure::new(kind, format!("The engine answered something else than was asked: {reply:?}."))
}

//! From a command to its answer. No `_` in the match: a new command must find its place here.

use temper_engine::look::referee;
use temper_protocol::{
    Command, DeviceChoice, DeviceInfo, Event, Failure, FailureKind, PROTOCOL_VERSION, Reply,
    RequestId, RunConfig, RunId,
};

use crate::room::{Beginning, Room};
use crate::wire::{self, Parcel};

/// Does what one request asks for and answers it.
pub async fn dispatch(room: &mut Room, parcel: Parcel) {
    let Parcel { request, files } = parcel;
    let id = request.id;
    wire::begin_request(id);
    let result = match request.command {
        Command::Start { run, config, resume, from } => {
            let beginning = if resume { Beginning::Resumed } else { Beginning::New(from) };
            return start(room, id, (run, &config), beginning).await;
        }
        Command::Export { run } => return export(room, id, run).await,
        Command::Hello { version, device } => hello(room, version, device).await.map(Reply::Hello),
        Command::OpenModel => room.open_model(files).await.map(Reply::Model),
        Command::OpenJudge => room.open_judge(files).await.map(Reply::Judge),
        Command::ImportData { eval, rows } => room.import(files, eval, rows).await.map(Reply::Data),
        Command::CheckRows { rows } => room.check_rows(files, rows).await.map(Reply::Checked),
        Command::Control { run, .. } => Err(no_run(run)),
        Command::Ask(question) => room.ask(&question).await.map(Reply::Found),
        Command::Estimate { config } => room.estimate(&config).await.map(Reply::Estimated),
        Command::Compare { by, comparisons } => {
            room.compare(by, &comparisons).await.map(Reply::Compared)
        }
        Command::Score { items } => {
            let score = |[_, review]: &[String; 2]| referee::gold_score(review);
            Ok(Reply::Scored(items.iter().map(score).collect()))
        }
        Command::Wear { run } => room.wear(run).await.map(|()| Reply::Worn),
        Command::Forget { run } => room.forget(run).await.map(|()| Reply::Forgotten),
    };
    wire::answer(id, result);
}

async fn hello(room: &mut Room, version: u32, device: DeviceChoice) -> Result<DeviceInfo, Failure> {
    check(version)?;
    room.open_device(device).await
}

fn check(page: u32) -> Result<(), Failure> {
    let worker = PROTOCOL_VERSION;
    if page == worker {
        return Ok(());
    }
    let message = "The page and its engine are of different versions.";
    Err(Failure::new(FailureKind::Version { page, worker }, message)
        .with_hint("Reload the page without its cache: hold Shift while reloading."))
}

async fn start(
    room: &mut Room,
    id: RequestId,
    (run, config): (RunId, &RunConfig),
    beginning: Beginning,
) {
    let ready = match room.check(config) {
        Ok(ready) => ready,
        Err(failure) => {
            wire::forgo_run();
            wire::answer(id, Err(failure));
            return answer_left(room).await;
        }
    };
    wire::begin_run(run);
    wire::answer(id, Ok(Reply::Started));
    let end = match room.train(run, ready, beginning).await {
        Ok(summary) => Event::Finished(summary),
        Err(failure) => Event::Failed(failure),
    };
    wire::event(end);
    answer_left(room).await;
}

/// From here on nothing reaches the run; what came too late for it finds its end.
async fn answer_left(room: &mut Room) {
    for (id, question) in room.questions_left() {
        wire::begin_request(id);
        wire::answer(id, room.ask(&question).await.map(Reply::Found));
    }
}

async fn export(room: &mut Room, id: RequestId, run: RunId) {
    match room.export(run).await {
        Ok((names, blobs)) => wire::answer_with(id, Ok(Reply::Files(names)), blobs),
        Err(failure) => wire::answer(id, Err(failure)),
    }
}

fn no_run(run: RunId) -> Failure {
    Failure::bad_input(format!("Run {run} isn't going on."))
}

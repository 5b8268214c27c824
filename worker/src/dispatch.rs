//! From a command to its answer. No `_` in the match: a new command must find its place here.

use temper_protocol::{
    Command, Event, Failure, FailureKind, PROTOCOL_VERSION, Reply, RequestId, RunConfig, RunId,
};

use crate::room::Room;
use crate::wire::{self, Parcel};

/// Does what one request asks for and answers it.
pub async fn dispatch(room: &mut Room, parcel: Parcel) {
    let Parcel { request, files } = parcel;
    let id = request.id;
    wire::begin_request(id);
    match request.command {
        Command::Hello { version, device } => {
            let info = match check(version) {
                Ok(()) => room.open_device(device).await,
                Err(failure) => Err(failure),
            };
            wire::answer(id, info.map(Reply::Hello));
        }
        Command::OpenModel => wire::answer(id, room.open_model(files).await.map(Reply::Model)),
        Command::ImportData { eval, rows } => {
            wire::answer(id, room.import(files, eval, rows).await.map(Reply::Data));
        }
        Command::Start { run, config, resume } => start(room, id, run, &config, resume).await,
        Command::Control { run, .. } => wire::answer(id, Err(no_run(run))),
        Command::Generate(request) => {
            wire::answer(id, room.generate(&request).await.map(Reply::Generated));
        }
        Command::Export { run } => match room.export(run).await {
            Ok((names, blobs)) => wire::answer_with(id, Ok(Reply::Files(names)), blobs),
            Err(failure) => wire::answer(id, Err(failure)),
        },
    }
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

async fn start(room: &mut Room, id: RequestId, run: RunId, config: &RunConfig, resume: bool) {
    let ready = match room.check(config) {
        Ok(ready) => ready,
        Err(failure) => return wire::answer(id, Err(failure)),
    };
    // What was asked of an earlier run; from here on, all is for this one.
    room.forget_controls();
    wire::begin_run(run);
    wire::answer(id, Ok(Reply::Started));
    let end = match room.train(run, ready, resume).await {
        Ok(summary) => Event::Finished(summary),
        Err(failure) => Event::Failed(failure),
    };
    wire::event(end);
}

fn no_run(run: RunId) -> Failure {
    Failure::bad_input(format!("Run {run} isn't going on."))
}

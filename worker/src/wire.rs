//! The worker's end of the wire: `{ json, files }` in, `{ json, blobs }` out.
//!
//! What is under way is kept in cells, so that even a panic can say which request and which run
//! it ended.

use std::cell::Cell;
use std::panic::PanicHookInfo;

use futures::channel::mpsc::UnboundedSender;
use js_sys::{Array, Object, Reflect, Uint8Array};
use temper_engine::train::Asked;
use temper_protocol::{
    Command, Event, Failure, FailureKind, Level, Message, Reply, Request, RequestId, RunId,
};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::controls::Controls;

/// How often a busy worker says that it is alive, milliseconds.
const ALIVE_EVERY: f64 = 1000.0;

thread_local! {
    /// The request that is being answered.
    static ASKED: Cell<Option<RequestId>> = const { Cell::new(None) };
    /// The run that is going on, and the number of its next event.
    static RUN: Cell<Option<(RunId, u32)>> = const { Cell::new(None) };
    /// The run whose start waits in the inbox.
    static DUE: Cell<Option<RunId>> = const { Cell::new(None) };
    /// When the page last heard something.
    static SPOKE: Cell<f64> = const { Cell::new(0.0) };
}

/// A request with the files beside it.
pub struct Parcel {
    /// The request.
    pub request: Request,
    /// The files.
    pub files: Vec<File>,
}

/// The worker's global object.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Puts what the page sends into the inbox; what concerns a run goes to its controls at once.
pub fn listen(inbox: UnboundedSender<Parcel>, controls: Controls) {
    let hear = move |event: MessageEvent| match open(&event.data()) {
        Ok(parcel) => sort(parcel, &inbox, &controls),
        Err(failure) => log(Level::Error, failure.message),
    };
    let hear = Closure::<dyn FnMut(MessageEvent)>::new(hear);
    scope().set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // The worker listens as long as it lives.
    hear.forget();
}

fn open(data: &JsValue) -> Result<Parcel, Failure> {
    let field = |name: &str| Reflect::get(data, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let json = field("json").as_string().unwrap_or_default();
    let request = serde_json::from_str(&json).map_err(|error| {
        Failure::new(FailureKind::Bug, format!("A request can't be understood: {error}."))
    })?;
    let files = field("files");
    let files = match Array::is_array(&files) {
        true => Array::from(&files).iter().filter_map(|file| file.dyn_into().ok()).collect(),
        false => Vec::new(),
    };
    Ok(Parcel { request, files })
}

/// While a run goes on, or is about to, only controls and questions are heard: all else would wait
/// without an answer.
fn sort(parcel: Parcel, inbox: &UnboundedSender<Parcel>, controls: &Controls) {
    let id = parcel.request.id;
    let Some(run) = RUN.get().map(|(run, _)| run).or(DUE.get()) else {
        if let Command::Start { run, .. } = parcel.request.command {
            DUE.set(Some(run));
        }
        // The receiver lives as long as the worker.
        _ = inbox.unbounded_send(parcel);
        return;
    };
    match parcel.request.command {
        Command::Control { run: meant, action } if meant == run => {
            controls.push(action.into());
            answer(id, Ok(Reply::Controlled));
        }
        Command::Ask(question) => {
            controls.push(Asked::Look { id, question: Box::new(question) });
        }
        _ => {
            let failure = Failure::bad_input("A run is going on.").with_hint("Stop it first.");
            answer(id, Err(failure));
        }
    }
}

/// Notes which request is worked on.
pub fn begin_request(id: RequestId) {
    ASKED.set(Some(id));
}

/// The one answer to a request.
pub fn answer(to: RequestId, result: Result<Reply, Failure>) {
    answer_with(to, result, Vec::new());
}

/// The one answer to a request, with bytes beside it.
pub fn answer_with(to: RequestId, result: Result<Reply, Failure>, blobs: Vec<Uint8Array>) {
    if ASKED.get() == Some(to) {
        ASKED.set(None);
    }
    post(&Message::Answer { to, result }, blobs);
}

/// Notes that a run goes on.
pub fn begin_run(run: RunId) {
    DUE.set(None);
    RUN.set(Some((run, 0)));
}

/// The run that was due can't start.
pub fn forgo_run() {
    DUE.set(None);
}

/// An event of the run that is going on. After the last one there is no run, so the page may ask
/// for something else as soon as it hears it.
pub fn event(event: Event) {
    let Some((run, seq)) = RUN.get() else { return };
    let is_last = matches!(event, Event::Finished(_) | Event::Failed(_));
    RUN.set((!is_last).then_some((run, seq + 1)));
    post(&Message::Event { run, seq, event }, Vec::new());
}

/// A line for the page's console.
pub fn log(level: Level, text: String) {
    post(&Message::Log { level, text }, Vec::new());
}

/// Says that the worker is there.
pub fn alive() {
    post(&Message::Alive, Vec::new());
}

/// Says so if the page has heard nothing for a while.
pub fn sign_of_life() {
    if js_sys::Date::now() - SPOKE.get() >= ALIVE_EVERY {
        alive();
    }
}

/// The last words of an instance.
pub fn report_panic(panic: &PanicHookInfo<'_>) {
    let words = panic.payload_as_str().unwrap_or("a panic without a message");
    let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
    let message = format!("The engine broke: {words}{}.", place.unwrap_or_default());
    let failure = Failure::new(FailureKind::Bug, message);
    if let Some(id) = ASKED.get() {
        answer(id, Err(failure.clone()));
    }
    event(Event::Failed(failure));
}

fn post(message: &Message, blobs: Vec<Uint8Array>) {
    SPOKE.set(js_sys::Date::now());
    // Every message is made of strings, numbers and lists of them: writing it can't fail.
    let json = serde_json::to_string(message).unwrap_or_default();
    let (list, transfer) = (Array::new(), Array::new());
    for blob in &blobs {
        list.push(blob.as_ref());
        transfer.push(blob.buffer().as_ref());
    }
    let parcel = Object::new();
    for (key, value) in [("json", JsValue::from_str(&json)), ("blobs", JsValue::from(list))] {
        // Setting a property of a plain object can't fail.
        _ = Reflect::set(parcel.as_ref(), &key.into(), &value);
    }
    if let Err(thrown) = scope().post_message_with_transfer(parcel.as_ref(), transfer.as_ref()) {
        web_sys::console::error_1(&thrown);
    }
}

//! The page's end of the wire: starts the worker, asks, and hands on what it says.
//!
//! A request travels as `{ json, files }`, an answer as `{ json, blobs }`: what serde can say as
//! text, files and bytes beside it as the browser's own objects.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use js_sys::{Array, Object, Reflect, Uint8Array};
use temper_protocol::{
    Command, Event, Failure, FailureKind, Level, Message, Reply, Request, RequestId, RunId,
};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, File, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::js;

/// Trunk's name for the loader of the binary `temper-worker`; a worker's files are never hashed.
const SCRIPT: &str = "./temper-worker_loader.js";

/// What a command came to, with the bytes beside it.
pub struct Answer {
    /// The answer.
    pub reply: Reply,
    /// Contents of the files that the answer names.
    pub blobs: Vec<Uint8Array>,
}

/// What the worker says unasked.
pub enum Incoming {
    /// Something happened in a run.
    Event {
        /// The run.
        run: RunId,
        /// Counts from 0.
        seq: u32,
        /// What happened.
        event: Event,
    },
    /// A line for the console.
    Log {
        /// How loud.
        level: Level,
        /// The line.
        text: String,
    },
    /// It is there.
    Alive,
    /// It can't go on; all requests under way have failed as [`FailureKind::Cancelled`].
    Died(Failure),
}

type Pending = BTreeMap<RequestId, oneshot::Sender<Result<Answer, Failure>>>;

/// A handle on the one worker; a copy speaks to the same.
#[derive(Clone)]
pub struct EngineClient(Rc<Wire>);

struct Wire {
    listener: OnceCell<Box<dyn Fn(Incoming)>>,
    link: RefCell<Option<Link>>,
    pending: RefCell<Pending>,
    next: Cell<RequestId>,
}

/// One worker's life.
struct Link {
    worker: Worker,
    /// What waits for its first word: before that, its inbox isn't there yet and loses messages.
    unsent: Option<Vec<JsValue>>,
    // Both live as long as the worker may call them.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl EngineClient {
    /// A client without a worker; [`Self::restart`] starts the first.
    pub fn new() -> Self {
        Self(Rc::new(Wire {
            listener: OnceCell::new(),
            link: RefCell::new(None),
            pending: RefCell::new(Pending::new()),
            next: Cell::new(0),
        }))
    }

    /// Has the listener hear all that comes unasked; the first one stays.
    pub fn listen(&self, listener: impl Fn(Incoming) + 'static) {
        _ = self.0.listener.set(Box::new(listener));
    }

    /// Ends the worker, if there is one, and starts another.
    ///
    /// # Errors
    /// Where the browser refuses to start one.
    pub fn restart(&self) -> Result<(), Failure> {
        if let Some(old) = self.0.link.take() {
            old.worker.set_onmessage(None);
            old.worker.set_onerror(None);
            old.worker.terminate();
        }
        self.0.pending.take();
        let link = Link::open(&self.0).map_err(|thrown| {
            let message = format!("The engine can't be started: {}.", js::words(&thrown));
            Failure::new(FailureKind::Bug, message)
        })?;
        self.0.link.replace(Some(link));
        Ok(())
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// The worker's own, or [`FailureKind::Cancelled`] where it ended first.
    pub async fn call(&self, command: Command, files: &[File]) -> Result<Answer, Failure> {
        let id = self.0.next.get();
        self.0.next.set(id.wrapping_add(1));
        let parcel = encode(&Request { id, command }, files)?;
        let (sender, receiver) = oneshot::channel();
        self.0.pending.borrow_mut().insert(id, sender);
        self.0.send(parcel)?;
        receiver.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Wire {
    fn send(&self, parcel: JsValue) -> Result<(), Failure> {
        let mut link = self.link.borrow_mut();
        let link = link.as_mut().ok_or_else(ended)?;
        match &mut link.unsent {
            Some(unsent) => unsent.push(parcel),
            None => link.post(&parcel)?,
        }
        Ok(())
    }

    fn receive(&self, data: &JsValue) {
        self.release_unsent();
        let text = js::text_of(data, "json");
        let message = text.and_then(|text| serde_json::from_str::<Message>(&text).ok());
        match message {
            Some(message) => self.deliver(message, data),
            None => self.die("The engine said something that this page doesn't understand.".into()),
        }
    }

    fn deliver(&self, message: Message, data: &JsValue) {
        match message {
            Message::Answer { to, result } => {
                let broken = result.as_ref().err().and_then(bug);
                let answer = result.map(|reply| Answer { reply, blobs: blobs(data) });
                let sender = self.pending.borrow_mut().remove(&to);
                if let Some(sender) = sender {
                    // Whoever asked may have gone: then nobody minds.
                    _ = sender.send(answer);
                }
                self.tell(Incoming::Alive);
                if let Some(message) = broken {
                    self.die(message);
                }
            }
            Message::Event { run, seq, event } => {
                let broken = match &event {
                    Event::Failed(failure) => bug(failure),
                    _ => None,
                };
                self.tell(Incoming::Event { run, seq, event });
                if let Some(message) = broken {
                    self.die(message);
                }
            }
            Message::Log { level, text } => self.tell(Incoming::Log { level, text }),
            Message::Alive => self.tell(Incoming::Alive),
        }
    }

    fn release_unsent(&self) {
        let mut link = self.link.borrow_mut();
        let Some(link) = link.as_mut() else { return };
        for parcel in link.unsent.take().into_iter().flatten() {
            // A parcel that can't be posted fails its request when the worker ends.
            _ = link.post(&parcel);
        }
    }

    fn tell(&self, incoming: Incoming) {
        if let Some(listener) = self.listener.get() {
            listener(incoming);
        }
    }

    fn die(&self, message: String) {
        self.pending.take();
        self.tell(Incoming::Died(Failure::new(FailureKind::Bug, message)));
    }
}

impl Link {
    fn open(wire: &Rc<Wire>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(SCRIPT, &options)?;
        let listener: Weak<Wire> = Rc::downgrade(wire);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(wire) = listener.upgrade() {
                wire.receive(&event.data());
            }
        });
        let listener: Weak<Wire> = Rc::downgrade(wire);
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            if let Some(wire) = listener.upgrade() {
                wire.die(sentence(&event));
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let unsent = Some(Vec::new());
        Ok(Self { worker, unsent, _on_message: on_message, _on_error: on_error })
    }

    fn post(&self, parcel: &JsValue) -> Result<(), Failure> {
        self.worker.post_message(parcel).map_err(|thrown| {
            let message = format!("The browser can't pass this on: {}.", js::words(&thrown));
            Failure::new(FailureKind::Bug, message)
        })
    }
}

fn encode(request: &Request, files: &[File]) -> Result<JsValue, Failure> {
    let json = serde_json::to_string(request).map_err(|error| {
        Failure::new(FailureKind::Bug, format!("A request can't be written: {error}."))
    })?;
    let list = Array::new();
    for file in files {
        list.push(file.as_ref());
    }
    let parcel = Object::new();
    for (key, value) in [("json", JsValue::from_str(&json)), ("files", JsValue::from(list))] {
        // Setting a property of a plain object can't fail.
        _ = Reflect::set(parcel.as_ref(), &key.into(), &value);
    }
    Ok(parcel.into())
}

fn blobs(data: &JsValue) -> Vec<Uint8Array> {
    let list = Reflect::get(data, &"blobs".into()).unwrap_or(JsValue::UNDEFINED);
    if !Array::is_array(&list) {
        return Vec::new();
    }
    Array::from(&list).iter().filter_map(|blob| blob.dyn_into().ok()).collect()
}

/// The message of a failure that leaves the worker unusable.
fn bug(failure: &Failure) -> Option<String> {
    (failure.kind == FailureKind::Bug).then(|| failure.message.clone())
}

fn ended() -> Failure {
    Failure::new(FailureKind::Cancelled, "The engine ended before it answered.")
}

/// A script that can't be fetched gives an event without a message.
fn sentence(event: &ErrorEvent) -> String {
    let message = js::text_of(event.as_ref(), "message");
    match message.filter(|message| !message.is_empty()) {
        Some(message) => format!("The engine stopped: {message}."),
        None => "The engine could not be loaded.".into(),
    }
}

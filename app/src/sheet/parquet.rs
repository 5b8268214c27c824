//! Parquet to JSON lines, by a reader in a worker of its own: what reads it comes over the network
//! when such a file is opened, and goes with its memory once the rows are here.
//!
//! Its wire: `{ file, mostBytes }` there, `{ lines }` back, or `{ why, hint }`.

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver};
use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use temper_protocol::Failure;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::js;

/// What every such file begins with.
const MAGIC: &[u8] = b"PAR1";
/// Trunk's name for the loader of the binary `parquet-reader`; a worker's files are never hashed.
const SCRIPT: &str = "./parquet-reader_loader.js";
/// What can be done where the reader said nothing of its own.
const AGAIN: &str = "Choose the file once more; where that doesn't help, use the command line.";

/// Whether a file is one, by its first bytes.
pub fn is_parquet(file: &ArrayBuffer) -> bool {
    let start = file.slice_with_end(0, 4);
    Uint8Array::new(start.as_ref()).to_vec() == MAGIC
}

/// Whether a file is called as such files are.
pub fn is_called_parquet(name: &str) -> bool {
    let name = name.to_lowercase();
    [".parquet", ".parq", ".pq"].iter().any(|end| name.ends_with(end))
}

/// The rows of a file as JSON, a line each. The file's bytes are gone afterwards.
///
/// # Errors
/// What its reader says against it, or that there is no reader.
pub async fn lines(name: &str, file: &ArrayBuffer, most_bytes: f64) -> Result<Vec<u8>, Failure> {
    read(file, most_bytes).await.map_err(|Refusal { why, hint }| {
        Failure::bad_input(format!("{name} can't be read: {why}.")).with_hint(hint)
    })
}

async fn read(file: &ArrayBuffer, most_bytes: f64) -> Result<Vec<u8>, Refusal> {
    let mut reader = Reader::start()?;
    // Before its first word its inbox isn't there yet, and loses messages.
    reader.hear().await?;
    reader.ask(file, most_bytes)?;
    let answer = reader.hear().await?;
    let lines: ArrayBuffer = Reflect::get(&answer, &"lines".into())?.dyn_into()?;
    Ok(Uint8Array::new(lines.as_ref()).to_vec())
}

/// Why there are no rows, as a clause, and what to do about it.
struct Refusal {
    why: String,
    hint: String,
}

impl Refusal {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hint: AGAIN.into() }
    }
}

impl From<JsValue> for Refusal {
    fn from(thrown: JsValue) -> Self {
        Self::new(js::words(&thrown))
    }
}

/// What it says: an object, or why it can't go on.
type Said = Result<JsValue, Refusal>;

/// The worker; it ends when this is dropped.
struct Reader {
    worker: Worker,
    said: UnboundedReceiver<Said>,
    // Both live as long as the worker may call them.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Reader {
    fn start() -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(SCRIPT, &options)?;
        let (speak, said) = mpsc::unbounded();
        let speaker = speak.clone();
        // Whoever asked may have gone: then nobody minds.
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            _ = speaker.unbounded_send(told(event.data()));
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            _ = speak.unbounded_send(Err(ended(&event)));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, said, _on_message: on_message, _on_error: on_error })
    }

    /// Hands the file over, which is then no longer here.
    fn ask(&self, file: &ArrayBuffer, most_bytes: f64) -> Result<(), JsValue> {
        let (request, transfer) = (Object::new(), Array::new());
        transfer.push(file.as_ref());
        Reflect::set(request.as_ref(), &"file".into(), file.as_ref())?;
        Reflect::set(request.as_ref(), &"mostBytes".into(), &most_bytes.into())?;
        self.worker.post_message_with_transfer(request.as_ref(), transfer.as_ref())
    }

    async fn hear(&mut self) -> Said {
        // The listeners that speak live as long as this does.
        self.said.next().await.unwrap_or_else(|| Err(Refusal::new("its reader is gone")))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn told(message: JsValue) -> Said {
    match ["why", "hint"].map(|key| js::text_of(&message, key)) {
        [Some(why), Some(hint)] => Err(Refusal { why, hint }),
        _ => Ok(message),
    }
}

/// A script that can't be fetched gives an event without a message.
fn ended(event: &ErrorEvent) -> Refusal {
    let message = js::text_of(event.as_ref(), "message");
    match message.filter(|message| !message.is_empty()) {
        Some(message) => Refusal::new(format!("its reader stopped ({message})")),
        None => Refusal::new("its reader could not be loaded"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names_too() {
        assert!(is_called_parquet("train-00000-of-00001.parquet") && is_called_parquet("x.PQ"));
        assert!(!is_called_parquet("parquet.jsonl") && !is_called_parquet("parquet"));
    }
}

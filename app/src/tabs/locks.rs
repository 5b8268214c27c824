//! The browser's locks, which all tabs of a page share (the Web Locks API). One tab at a time has
//! a lock, and a tab that is closed or crashes has none. Old browsers and insecure pages have no
//! locks: there every call fails.
//!
//! web-sys has them only behind a flag of the compiler's, so they are called by their names.

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::js::{call, settle, text_of};

/// A lock that this tab has, until it is dropped. The default one is of nothing, for where there
/// are no locks.
#[derive(Default)]
pub struct Lock {
    /// Settles the promise for which the browser waits.
    release: Option<Function>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            // Settling a promise can't fail.
            _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Takes a lock that is free; none where somebody has it.
///
/// # Errors
/// There are no locks here.
pub async fn take(name: &str) -> Result<Option<Lock>, JsValue> {
    request(name, true).await
}

/// Waits for a lock.
///
/// # Errors
/// There are no locks here.
pub async fn wait(name: &str) -> Result<Option<Lock>, JsValue> {
    request(name, false).await
}

/// The names of all locks that some tab has, this one too.
///
/// # Errors
/// There are no locks here.
pub async fn names() -> Result<Vec<String>, JsValue> {
    let answer: Promise = call(&manager()?, "query", &[])?.unchecked_into();
    let all: JsValue = settle(answer).await?;
    let held = Reflect::get(&all, &"held".into())?;
    Ok(Array::from(&held).iter().filter_map(|lock| text_of(&lock, "name")).collect())
}

async fn request(name: &str, only_if_free: bool) -> Result<Option<Lock>, JsValue> {
    let options = Object::new();
    Reflect::set(options.as_ref(), &"ifAvailable".into(), &only_if_free.into())?;
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let (sender, answered) = oneshot::channel();
    // The browser calls this with the lock, or with null where it isn't free.
    let granted = Closure::<dyn FnMut(JsValue) -> JsValue>::once_into_js(move |lock: JsValue| {
        let is_granted = !lock.is_null();
        match sender.send(is_granted) {
            Ok(()) if is_granted => held.into(),
            // The lock is free again at once.
            _ => JsValue::UNDEFINED,
        }
    });
    let arguments: [&JsValue; 3] = [&JsValue::from_str(name), options.as_ref(), &granted];
    let asked: Promise = call(&manager()?, "request", &arguments)?.unchecked_into();
    // The second ends first where the browser refuses; else with the lock, long after.
    match select(answered, JsFuture::from(asked)).await {
        Either::Left((Ok(true), _)) => Ok(Some(Lock { release })),
        Either::Right((Err(thrown), _)) => Err(thrown),
        Either::Left(_) | Either::Right(_) => Ok(None),
    }
}

fn manager() -> Result<JsValue, JsValue> {
    Reflect::get(window().navigator().as_ref(), &"locks".into())
}

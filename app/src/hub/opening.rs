//! Opening a model under a name, for a folder's files don't know what they are called.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use crate::assets;
use crate::controller::Controller;
use crate::js::pause;
use crate::state::Status;

/// How often an opening is looked after.
const LOOK_MS: i32 = 50;

/// Opens files that the user brought.
pub fn open_files(controller: Controller, files: Vec<File>) {
    open_as(controller, None, files);
}

/// Opens a model's files; `name` is what it is called from then on.
pub fn open_as(controller: Controller, name: Option<String>, files: Vec<File>) {
    if files.is_empty() || is_busy(controller) {
        return;
    }
    controller.open_model(files);
    spawn_local(async move {
        if has_opened(controller).await {
            controller.hub.opened.set(name);
        }
    });
}

/// Goes back to the page's own model.
pub fn open_default(controller: Controller) {
    if is_busy(controller) {
        return;
    }
    spawn_local(async move {
        let model = match assets::fetch().await {
            Ok(defaults) => defaults.model,
            Err(failure) => return controller.state.error.set(Some(failure)),
        };
        if is_busy(controller) {
            return;
        }
        controller.open_model(model);
        if has_opened(controller).await {
            controller.hub.opened.set(None);
            controller.state.own_model.set(false);
        }
    });
}

fn is_busy(controller: Controller) -> bool {
    controller.state.status.get_untracked().is_busy()
}

/// The controller tells of an opening's end by its status alone.
async fn has_opened(controller: Controller) -> bool {
    while controller.state.status.get_untracked() == Status::Loading {
        pause(LOOK_MS).await;
    }
    controller.state.error.with_untracked(Option::is_none)
}

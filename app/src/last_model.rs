//! Which model of the user's was open last. Its files can't be kept, only its name.

use crate::disk;

/// Where the browser keeps the name.
const KEY: &str = "temper-model";

/// A model of the user's is open.
pub fn remember(name: &str) {
    disk::remember(KEY, name);
}

/// The page's own is, or nobody wants to hear of the other any more.
pub fn forget() {
    disk::remember(KEY, "");
}

/// The model that was open when the page was closed or reloaded, where it was the user's.
pub fn recall() -> Option<String> {
    disk::recall(KEY).filter(|name| !name.is_empty())
}

//! What the command line and the tests that cross crates share: files and folders on disk.

pub mod files;
pub mod folder_store;

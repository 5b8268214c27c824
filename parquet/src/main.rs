//! The page's reader of Parquet: a worker of its own that lives for one file, so that only who
//! opens such a file downloads what reads it.
//!
//! Natively there is nothing to run: the command line has the library.

#[cfg(target_arch = "wasm32")]
mod wire;

fn main() {
    #[cfg(target_arch = "wasm32")]
    wire::listen();
}

//! The allocator, which keeps the memory of a step for the next one.
//!
//! glibc's hands the large tensors back to the system each time, and every page of them is faulted
//! in anew; so does mimalloc after 10 ms, which is less than a step of most models takes.

use libmimalloc_sys::{mi_option_set_default, mi_option_t};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of `mimalloc.h`, to which the crate gives no name.
const PURGE_DELAY: mi_option_t = 15;

/// Milliseconds for which freed memory is kept.
const KEPT: std::ffi::c_long = 2000;

/// Keeps what is freed for a while, unless `MIMALLOC_PURGE_DELAY` says for how long. To be called
/// before any thread is started.
#[expect(unsafe_code, reason = "the allocator's options are C's")]
pub fn keep() {
    // SAFETY: it only writes a number that the allocator reads, and no other thread runs yet.
    unsafe { mi_option_set_default(PURGE_DELAY, KEPT) }
}

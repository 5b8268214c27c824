//! Running the module's constructors once.
//!
//! cubecl registers its types through `inventory`, that is by constructors. Where nothing in a
//! module calls them, the linker takes it for a command and puts a call of all of them before every
//! export: before each object that goes to or comes from JavaScript, thousands of times a step.

/// To be called once, before anything else.
#[expect(unsafe_code, reason = "the linker's own function has no safe name")]
pub fn run() {
    unsafe extern "C" {
        safe fn __wasm_call_ctors();
    }
    __wasm_call_ctors();
}

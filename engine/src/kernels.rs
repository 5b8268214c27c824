//! What burn does too slowly here. Each kernel keeps its plain version and is checked against it.

mod cpu;
mod gpu;

pub mod adamw;
pub mod attention;
pub mod head;
pub mod matmul;
pub mod rms_norm;
mod rows;
pub mod softmax_stats;
pub mod swiglu;

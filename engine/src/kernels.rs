//! What burn does too slowly here. Each kernel keeps its plain version and is checked against it.

pub mod matmul;

//! A small world with a known truth: short reviews of places, food and films.
//!
//! A grammar writes them in some 450 words of good English, pleased or displeased. Because every
//! phrase with a feeling comes from the grammar, the feeling of any text can be counted:
//! [`pleased`] is the *gold reward* by which experiments are judged, where the world outside has
//! only opinions. [`reads_well`] says whether a text is still one that the grammar could write, so
//! that a model which learned to shout "lovely" is found out.
//!
//! | file | holds |
//! |---|---|
//! | `words` | adjectives and lists |
//! | `kinds` | what is reviewed and its parts |
//! | `templates` | the sentences |
//! | `grammar` | slots and the ways to fill them |
//! | `subjects`, `write` | drawing subjects and reviews |
//! | `read`, `gold` | judging a text |

mod gold;
mod grammar;
mod kinds;
mod read;
mod subjects;
mod templates;
mod words;
mod write;

pub use gold::pleased;
pub use read::{reads_well, reads_well_about};
pub use subjects::{Family, Split, Subject, prompt, subjects};
pub use write::{Review, review, review_of};

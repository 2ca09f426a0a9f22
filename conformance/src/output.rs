//! What is made of the record of a run: files, and texts for a terminal. Nothing is printed and nothing judged here.

pub mod explain;
pub mod html;
pub mod junit;
pub mod list;
mod story;
pub mod summary;
pub mod text;
pub mod write;

pub use text::Look;
pub use write::{Files, OutputError, write_all};

//! The course notebook's models, one file each.

mod sequential_cnn;

pub use sequential_cnn::sequential_cnn;

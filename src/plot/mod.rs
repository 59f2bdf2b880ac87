//! Pictures for people: curves, confusion matrices, kernels and what they find, as PNG files.
//!
//! Each function here draws one [`Picture`]; [`course`] holds the figures of a course on
//! convolutions and recurrence.
//!
//! ```
//! use flambeau::plot;
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("curves.png");
//! let picture = plot::training_curves(&[1900.5, 1600.2, 1500.9], &[0.41, 0.47, 0.51]);
//! picture.save(&path)?;
//! # Ok::<(), flambeau::Error>(())
//! ```

mod axes;
mod confusion_matrix;
pub mod course;
mod curves;
mod learning_rates;
mod maps;
mod picture;
mod training_curves;

pub use confusion_matrix::confusion_matrix;
pub use curves::curves;
pub use learning_rates::learning_rates;
pub use maps::{feature_maps, filters, hidden_values, response};
pub use picture::{Picture, check_writable};
pub use training_curves::training_curves;

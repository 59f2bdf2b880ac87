//! The one error type.
//!
//! Whatever a user can cause comes back as an [`Error`]: it names the file, the argument or the
//! entry that is wrong, and says what to do next. Nobody is expected to match on the reasons
//! inside; the variants tell apart what a program could act on.

use std::path::{Path, PathBuf};

/// What a user can cause to go wrong. Its text names the thing and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder that cannot be read or written, or is not what it should be.
    #[error("{}: {problem}; {remedy}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to do next.
        remedy: String,
    },

    /// A download that failed.
    #[error("{what} could not be downloaded: {reason}; {remedy}")]
    Download {
        /// What was to be had.
        what: String,
        /// What was tried, and why each try failed.
        reason: String,
        /// What to do next.
        remedy: String,
    },

    /// An argument outside of what is allowed.
    #[error("{name}: {problem}")]
    Argument {
        /// The argument's name.
        name: String,
        /// What is wrong with it, and what would do.
        problem: String,
    },

    /// A state dictionary that does not fit the module it was given to; its text is PyTorch's.
    #[error("{0}")]
    StateDict(String),

    /// A sample that could not be made ready.
    #[error("sample {index}: {source}")]
    Sample {
        /// Its number in the dataset.
        index: usize,
        /// Why not.
        source: Box<Error>,
    },

    /// Ranks that did not come together, or a rank that is not there any more: the text says which.
    #[error("{0}")]
    Distributed(String),

    /// What libtorch said, without its C++ frames.
    #[error("{0}")]
    Torch(String),
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A file that is not what it should be: what is wrong with it, and what to do.
    pub fn file(path: impl AsRef<Path>, problem: impl ToString, remedy: impl ToString) -> Self {
        Self::File {
            path: path.as_ref().to_path_buf(),
            problem: problem.to_string(),
            remedy: remedy.to_string(),
        }
    }

    /// An argument outside of what is allowed.
    pub fn argument(name: impl ToString, problem: impl ToString) -> Self {
        Self::Argument { name: name.to_string(), problem: problem.to_string() }
    }
}

//! [`Problem`]: why a file is not read.

use std::path::Path;

use crate::Error;

/// What is wrong with a file, or too much in it.
#[derive(Debug)]
pub(super) enum Problem {
    /// It is damaged, or was never whole.
    Damaged(String),
    /// It says more than is read of a file.
    Bound(String),
}

impl Problem {
    pub fn of(self, path: &Path) -> Error {
        match self {
            Self::Damaged(what) => {
                let problem = format!("is no whole .pt file ({what})");
                Error::file(path, problem, "fetch or copy it again, or name another")
            }
            Self::Bound(what) => {
                let problem = format!("may be whole, but {what}, and is not read for that");
                let remedy = "if you trust it, open it in Python, and save what you need of it";
                Error::file(path, problem, remedy)
            }
        }
    }
}

impl From<String> for Problem {
    fn from(what: String) -> Self {
        Self::Damaged(what)
    }
}

impl From<&str> for Problem {
    fn from(what: &str) -> Self {
        Self::Damaged(what.into())
    }
}

//! An object of a pickle, as far as the files of a CIFAR have them.

use std::borrow::Cow;

/// The number of an object in [`super::Machine::objects`].
pub(super) type Id = usize;

/// The objects a file consists of.
pub(super) enum Object<'a> {
    None,
    Int(i64),
    /// Python 2's text, too.
    Bytes(Cow<'a, [u8]>),
    Text(&'a str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    /// numpy's type of unsigned bytes, the only one there is here.
    Dtype,
    /// An array of bytes, and those once they are known.
    Array(Option<Id>),
}

/// The functions and classes a file may name.
#[derive(Clone, Copy)]
pub(super) enum Global {
    Reconstruct,
    FromBuffer,
    Ndarray,
    Dtype,
    Encode,
}

impl Object<'_> {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Int(_) => "a number",
            Self::Bytes(_) => "bytes",
            Self::Text(_) => "text",
            Self::Tuple(_) => "a tuple",
            Self::List(_) => "a list",
            Self::Dict(_) => "a dictionary",
            Self::Global(_) => "a function or class",
            Self::Dtype => "a dtype",
            Self::Array(_) => "an array",
        }
    }
}

impl Global {
    pub(super) fn named(module: &str, name: &str) -> Result<Self, String> {
        match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
                Ok(Self::Reconstruct)
            }
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Ok(Self::FromBuffer),
            ("numpy", "ndarray") => Ok(Self::Ndarray),
            ("numpy", "dtype") => Ok(Self::Dtype),
            ("_codecs", "encode") => Ok(Self::Encode),
            _ => Err(format!(
                "refused: it asks for {}.{}, which no file of a CIFAR needs",
                shown(module),
                shown(name)
            )),
        }
    }
}

/// A name from the file, fit to be shown: escaped, and not longer than a line.
pub(super) fn shown(name: &str) -> String {
    name.escape_debug().take(60).collect()
}

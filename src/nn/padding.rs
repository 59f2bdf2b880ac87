//! What is put around an input.

use std::fmt;

use tch::Tensor;

/// What padding holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaddingMode {
    /// Zeros.
    #[default]
    Zeros,
    /// The input mirrored at its border, without the border itself.
    Reflect,
    /// The border's own values on and on.
    Replicate,
    /// The input's other end.
    Circular,
}

impl From<&str> for PaddingMode {
    fn from(name: &str) -> Self {
        match name {
            "zeros" => Self::Zeros,
            "reflect" => Self::Reflect,
            "replicate" => Self::Replicate,
            "circular" => Self::Circular,
            _ => panic!(
                "padding_mode must be one of {{'zeros', 'reflect', 'replicate', 'circular'}}, \
                 but got padding_mode='{name}'"
            ),
        }
    }
}

impl fmt::Display for PaddingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zeros => "zeros",
            Self::Reflect => "reflect",
            Self::Replicate => "replicate",
            Self::Circular => "circular",
        })
    }
}

impl PaddingMode {
    /// Pads the last sides of `input`, each by so many cells before it and behind it.
    pub(super) fn pad(self, input: &Tensor, around: &[(i64, i64)]) -> Tensor {
        // libtorch counts from the last side backwards.
        let cells: Vec<i64> = around.iter().rev().flat_map(|&(a, b)| [a, b]).collect();
        match self {
            Self::Zeros => input.pad(cells, "constant", None),
            other => input.pad(cells, &other.to_string(), None),
        }
    }
}

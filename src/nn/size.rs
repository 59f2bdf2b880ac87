//! [`Size`]: an argument that is one number for all sides of an input, or one for each.

use std::fmt;

/// One number for all of N sides, or one for each: what PyTorch calls `_size_1_t` to `_size_3_t`.
///
/// ```
/// use flambeau::nn::Size;
///
/// assert_eq!(Size::<2>::from(3).array(), [3, 3]);
/// assert_eq!(Size::<2>::from((3, 5)).to_string(), "(3, 5)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size<const N: usize> {
    /// The same for all sides.
    All(i64),
    /// Side by side: depth, height, width.
    Each([i64; N]),
}

/// The length of a signal.
pub type Size1 = Size<1>;
/// Height and width of an image.
pub type Size2 = Size<2>;
/// Depth, height and width of a volume.
pub type Size3 = Size<3>;

impl<const N: usize> Size<N> {
    /// Side by side: depth, height, width.
    pub fn array(self) -> [i64; N] {
        match self {
            Self::All(size) => [size; N],
            Self::Each(sizes) => sizes,
        }
    }

    /// The sides as Python prints a tuple: `(3, 5)`, and `(3,)` where there is one.
    pub(crate) fn tuple(self) -> String {
        tuple(&self.array())
    }
}

/// Numbers as Python prints a tuple.
pub(crate) fn tuple(numbers: &[impl fmt::Display]) -> String {
    match numbers {
        [one] => format!("({one},)"),
        _ => {
            format!("({})", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

impl<const N: usize> From<i64> for Size<N> {
    fn from(size: i64) -> Self {
        Self::All(size)
    }
}

impl<const N: usize> From<[i64; N]> for Size<N> {
    fn from(sizes: [i64; N]) -> Self {
        Self::Each(sizes)
    }
}

impl From<(i64,)> for Size<1> {
    fn from((length,): (i64,)) -> Self {
        Self::Each([length])
    }
}

impl From<(i64, i64)> for Size<2> {
    fn from((height, width): (i64, i64)) -> Self {
        Self::Each([height, width])
    }
}

impl From<(i64, i64, i64)> for Size<3> {
    fn from((depth, height, width): (i64, i64, i64)) -> Self {
        Self::Each([depth, height, width])
    }
}

/// Prints it as it was given, which is what Python does.
impl<const N: usize> fmt::Display for Size<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(size) => write!(f, "{size}"),
            Self::Each(_) => f.write_str(&self.tuple()),
        }
    }
}

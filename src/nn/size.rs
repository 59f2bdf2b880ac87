//! [`Size`]: an argument that is one number for all sides of an input, or one for each; and
//! [`MaybeSize`], which may be `None`.

use std::fmt;

use crate::repr::python_tuple;
use crate::torch::Integer;

/// One number for all of N sides, or one for each: what PyTorch calls `_size_1_t` to `_size_3_t`.
///
/// ```
/// use flambeau::nn::Size;
///
/// assert_eq!(Size::<2>::from(3).array(), [3, 3]);
/// assert_eq!(Size::<2>::from((3, 5)).to_string(), "(3, 5)");
/// assert_eq!(Size::<2>::from([3, 5]).to_string(), "[3, 5]");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Size<const N: usize> {
    /// The same for all sides.
    All(i64),
    /// Side by side: depth, height, width.
    Each([i64; N]),
    /// The same, given as an array, which is printed as Python prints a list.
    List([i64; N]),
}

/// A [`Size`], or `None` for that which stands in its place: a pool's stride, which is its window
/// then.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([1, 3, 8, 8]);
/// assert_eq!(F::max_pool2d_options(&x, 2).stride(None).call(), F::max_pool2d(&x, 2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaybeSize<const N: usize>(pub(super) Option<Size<N>>);

impl<const N: usize> MaybeSize<N> {
    /// The size, or this one in its place.
    pub(super) fn or(self, size: Size<N>) -> Size<N> {
        self.0.unwrap_or(size)
    }
}

impl<const N: usize, S: Into<Size<N>>> From<S> for MaybeSize<N> {
    fn from(size: S) -> Self {
        Self(Some(size.into()))
    }
}

impl<const N: usize> From<Option<Size<N>>> for MaybeSize<N> {
    fn from(size: Option<Size<N>>) -> Self {
        Self(size)
    }
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
            Self::Each(sizes) | Self::List(sizes) => sizes,
        }
    }

    /// The sides as Python prints a tuple: `(3, 5)`, and `(3,)` where there is one.
    pub(crate) fn tuple(self) -> String {
        python_tuple(&self.array())
    }
}

/// The same numbers are the same size, however they were given.
impl<const N: usize> PartialEq for Size<N> {
    fn eq(&self, other: &Self) -> bool {
        self.array() == other.array()
    }
}

impl<const N: usize> Eq for Size<N> {}

impl<const N: usize, I: Integer> From<I> for Size<N> {
    fn from(size: I) -> Self {
        Self::All(size.to_i64())
    }
}

impl<const N: usize, I: Integer> From<[I; N]> for Size<N> {
    fn from(sizes: [I; N]) -> Self {
        Self::List(sizes.map(I::to_i64))
    }
}

impl<L: Integer> From<(L,)> for Size<1> {
    fn from((length,): (L,)) -> Self {
        Self::Each([length.to_i64()])
    }
}

impl<H: Integer, W: Integer> From<(H, W)> for Size<2> {
    fn from((height, width): (H, W)) -> Self {
        Self::Each([height.to_i64(), width.to_i64()])
    }
}

impl<D: Integer, H: Integer, W: Integer> From<(D, H, W)> for Size<3> {
    fn from((depth, height, width): (D, H, W)) -> Self {
        Self::Each([depth.to_i64(), height.to_i64(), width.to_i64()])
    }
}

/// Prints it as it was given, which is what Python does.
impl<const N: usize> fmt::Display for Size<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(size) => write!(f, "{size}"),
            Self::Each(_) => f.write_str(&self.tuple()),
            Self::List(sizes) => write!(f, "{sizes:?}"),
        }
    }
}

//! [`Shape`]: the sizes of some dimensions.

/// The sizes of as many dimensions as one likes: a number for one dimension, or an array, a tuple, a
/// slice or a `Vec`.
///
/// ```
/// use flambeau::nn::Shape;
///
/// assert_eq!(*Shape::from(48), [48]);
/// assert_eq!(*Shape::from((2, 3)), *Shape::from([2, 3]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape(Vec<i64>);

impl std::ops::Deref for Shape {
    type Target = [i64];
    fn deref(&self) -> &[i64] {
        &self.0
    }
}

impl From<i64> for Shape {
    fn from(size: i64) -> Self {
        Self(vec![size])
    }
}

impl<const N: usize> From<[i64; N]> for Shape {
    fn from(sizes: [i64; N]) -> Self {
        Self(sizes.to_vec())
    }
}

impl<const N: usize> From<&[i64; N]> for Shape {
    fn from(sizes: &[i64; N]) -> Self {
        Self(sizes.to_vec())
    }
}

impl From<&[i64]> for Shape {
    fn from(sizes: &[i64]) -> Self {
        Self(sizes.to_vec())
    }
}

impl From<Vec<i64>> for Shape {
    fn from(sizes: Vec<i64>) -> Self {
        Self(sizes)
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Self {
        shape.clone()
    }
}

impl From<(i64,)> for Shape {
    fn from((a,): (i64,)) -> Self {
        [a].into()
    }
}

impl From<(i64, i64)> for Shape {
    fn from((a, b): (i64, i64)) -> Self {
        [a, b].into()
    }
}

impl From<(i64, i64, i64)> for Shape {
    fn from((a, b, c): (i64, i64, i64)) -> Self {
        [a, b, c].into()
    }
}

impl From<(i64, i64, i64, i64)> for Shape {
    fn from((a, b, c, d): (i64, i64, i64, i64)) -> Self {
        [a, b, c, d].into()
    }
}

impl From<(i64, i64, i64, i64, i64)> for Shape {
    fn from((a, b, c, d, e): (i64, i64, i64, i64, i64)) -> Self {
        [a, b, c, d, e].into()
    }
}

//! [`Size2`]: an argument that is one number for both sides of an image, or one for each.

use std::fmt;

/// One number for height and width, or one for each: PyTorch's `_size_2_t`.
///
/// ```
/// use flambeau::nn::Size2;
///
/// assert_eq!(Size2::from(3).pair(), [3, 3]);
/// assert_eq!(Size2::from((3, 5)).to_string(), "(3, 5)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size2 {
    /// The same for height and width.
    Both(i64),
    /// Height, then width.
    Each(i64, i64),
}

impl Size2 {
    /// Height, then width.
    pub fn pair(self) -> [i64; 2] {
        match self {
            Self::Both(size) => [size, size],
            Self::Each(height, width) => [height, width],
        }
    }

    /// The pair as Python prints a tuple: `(3, 5)`.
    pub(crate) fn tuple(self) -> String {
        let [height, width] = self.pair();
        format!("({height}, {width})")
    }
}

impl From<i64> for Size2 {
    fn from(size: i64) -> Self {
        Self::Both(size)
    }
}

impl From<(i64, i64)> for Size2 {
    fn from((height, width): (i64, i64)) -> Self {
        Self::Each(height, width)
    }
}

impl From<[i64; 2]> for Size2 {
    fn from([height, width]: [i64; 2]) -> Self {
        Self::Each(height, width)
    }
}

/// Prints it as it was given, which is what Python does.
impl fmt::Display for Size2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Both(size) => write!(f, "{size}"),
            Self::Each(..) => f.write_str(&self.tuple()),
        }
    }
}

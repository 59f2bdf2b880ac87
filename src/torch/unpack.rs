//! [`Unpack`]: Python's `a, b, c = items`.

/// The items of a list one by one: Python's `q, k, v = x.chunk(3)`.
///
/// It is a method of a `Vec`, and of a slice of what is [`Copy`]. A shape has one of its own,
/// [`Size::unpack`](super::Size::unpack).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::arange(6);
/// let [q, k, v] = torch::chunk(&x, 3).unpack();
/// assert_eq!((q, k, v), (torch::tensor([0, 1]), torch::tensor([2, 3]), torch::tensor([4, 5])));
///
/// let [height, width] = torch::zeros([8, 3, 32, 24]).shape()[-2..].unpack(); // h, w = x.shape[-2:]
/// assert_eq!((height, width), (32, 24));
/// ```
pub trait Unpack<T> {
    /// The items, as many as the pattern names.
    ///
    /// # Panics
    /// When there are more or fewer, in Python's words.
    fn unpack<const N: usize>(self) -> [T; N];
}

impl<T> Unpack<T> for Vec<T> {
    #[track_caller]
    fn unpack<const N: usize>(self) -> [T; N] {
        self.try_into().unwrap_or_else(|items: Self| refuse(items.len(), N))
    }
}

impl<T: Copy> Unpack<T> for &[T] {
    #[track_caller]
    fn unpack<const N: usize>(self) -> [T; N] {
        self.try_into().unwrap_or_else(|_| refuse(self.len(), N))
    }
}

#[track_caller]
fn refuse(n: usize, wanted: usize) -> ! {
    match n < wanted {
        true => panic!("not enough values to unpack (expected {wanted}, got {n})"),
        false => panic!("too many values to unpack (expected {wanted})"),
    }
}

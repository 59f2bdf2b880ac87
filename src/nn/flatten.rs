//! Between images and vectors.

use std::fmt;

use tch::Tensor;

use super::{Forward, Module};
use crate::repr::python_tuple;
use crate::torch::{Integer, Size};

/// Lays dimensions out as one: [`torch.nn.Flatten`]. A convolution gives images, a
/// [`Linear`](super::Linear) takes vectors; this stands between them.
///
/// # Shapes
/// Input (N, ∗), output (N, the product of ∗), unless other dimensions are given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Flatten::new().forward(&torch::zeros([4, 16, 5, 5]));
/// assert_eq!(output.size(), [4, 400]);
/// assert_eq!(nn::Flatten::new().to_string(), "Flatten(start_dim=1, end_dim=-1)");
/// ```
///
/// [`torch.nn.Flatten`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html
#[derive(Debug, Module)]
#[module(extra_repr = format!("start_dim={}, end_dim={}", self.start_dim, self.end_dim))]
pub struct Flatten {
    #[module(skip)]
    start_dim: i64,
    #[module(skip)]
    end_dim: i64,
}

#[bon::bon]
impl Flatten {
    /// Everything but the batch: dimensions 1 to the last.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = FlattenOptions, vis = "pub")
    )]
    fn with(
        /// The first dimension that is flattened.
        #[builder(default = 1)]
        start_dim: i64,
        /// The last one; -1 is the input's last.
        #[builder(default = -1)]
        end_dim: i64,
    ) -> Self {
        Self { start_dim, end_dim }
    }
}

impl Default for Flatten {
    fn default() -> Self {
        Self::new()
    }
}

impl Forward for Flatten {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.flatten(self.start_dim, self.end_dim)
    }
}

/// Lays one dimension out as several: [`torch.nn.Unflatten`], a [`Flatten`] backwards.
///
/// # Shapes
/// Input (∗, S, ∗) with S at dimension `dim`; output (∗, `unflattened_size`, ∗), whose product
/// is S. One of the sizes may be -1.
///
/// # Panics
/// In `forward`, when the sizes do not multiply to S, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let unflatten = nn::Unflatten::new(1, (2, 5, 5));
/// let output = unflatten.forward(&torch::zeros([4, 50]));
/// assert_eq!(output.size(), [4, 2, 5, 5]);
/// assert_eq!(unflatten.to_string(), "Unflatten(dim=1, unflattened_size=(2, 5, 5))");
/// ```
///
/// [`torch.nn.Unflatten`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct Unflatten {
    #[module(skip)]
    dim: i64,
    #[module(skip)]
    unflattened_size: UnflattenedSize,
}

/// What [`Unflatten`] makes of a dimension. It is printed as it was given: `(2, 3)`, `[2, 3]` or
/// `torch.Size([2, 3])`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnflattenedSize {
    /// A tuple of sizes.
    Tuple(Size),
    /// An array, a slice or a `Vec`, which is Python's list.
    List(Size),
    /// A tensor's shape.
    Shape(Size),
}

impl UnflattenedSize {
    fn sizes(&self) -> &[i64] {
        let (Self::Tuple(sizes) | Self::List(sizes) | Self::Shape(sizes)) = self;
        sizes
    }
}

macro_rules! sizes {
    ($($variant:ident: [$($generics:tt)*] $given:ty;)+) => {
        $(impl<$($generics)*> From<$given> for UnflattenedSize {
            fn from(sizes: $given) -> Self {
                Self::$variant(sizes.into())
            }
        })+
    };
}
sizes! {
    Tuple: [A: Integer] (A,);
    Tuple: [A: Integer, B: Integer] (A, B);
    Tuple: [A: Integer, B: Integer, C: Integer] (A, B, C);
    Tuple: [A: Integer, B: Integer, C: Integer, D: Integer] (A, B, C, D);
    Tuple: [A: Integer, B: Integer, C: Integer, D: Integer, E: Integer] (A, B, C, D, E);
    List: [I: Integer, const N: usize] [I; N];
    List: [I: Integer, const N: usize] &[I; N];
    List: [I: Integer] &[I];
    List: [I: Integer] Vec<I>;
    Shape: [] Size;
    Shape: [] &Size;
}

impl fmt::Display for UnflattenedSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tuple(sizes) => f.write_str(&python_tuple(sizes)),
            Self::List(sizes) => write!(f, "{:?}", &sizes[..]),
            Self::Shape(sizes) => sizes.fmt(f),
        }
    }
}

impl Unflatten {
    /// Dimension `dim` becomes these sizes.
    pub fn new(dim: i64, unflattened_size: impl Into<UnflattenedSize>) -> Self {
        Self { dim, unflattened_size: unflattened_size.into() }
    }

    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!("dim={}, unflattened_size={}", self.dim, self.unflattened_size)
    }
}

impl Forward for Unflatten {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.unflatten(self.dim, self.unflattened_size.sizes())
    }
}

//! Pools to a given size.

use tch::Tensor;

use crate::nn::{Forward, Module, functional as F, guard};
use crate::refusal::refuse;
use crate::repr::python_tuple;
use crate::torch::Integer;

/// The sides that an adaptive pool brings its input to: a number for all or one a side, and `None`
/// where a side of an image or a volume stays as it is.
///
/// ```
/// use flambeau::prelude::*;
///
/// let pool = nn::AdaptiveAvgPool2d::new((None, 7));
/// let image = torch::zeros([1, 3, 9, 9]);
/// assert_eq!(pool.forward(&image).size(), [1, 3, 9, 7]);
/// assert_eq!(nn::AdaptiveAvgPool2d::new((None, None)).forward(&image), image);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputSize<const N: usize> {
    /// The same for all sides.
    All(i64),
    /// Side by side; none keeps the input's.
    Each([Option<i64>; N]),
    /// The same, given as an array, which is printed as Python prints a list.
    List([Option<i64>; N]),
}

impl<const N: usize> OutputSize<N> {
    fn repr(self) -> String {
        let printed = |sides: [Option<i64>; N]| {
            sides.map(|side| side.map_or("None".to_string(), |n| n.to_string()))
        };
        let sides = match self {
            Self::All(side) => side.to_string(),
            Self::Each(sides) => python_tuple(&printed(sides)),
            Self::List(sides) => format!("[{}]", printed(sides).join(", ")),
        };
        format!("output_size={sides}")
    }
}

impl<const N: usize, I: Integer> From<I> for OutputSize<N> {
    fn from(side: I) -> Self {
        Self::All(side.to_i64())
    }
}

/// A part of a shape, `&x.shape()[2..]`.
///
/// # Panics
/// When it has another number of sides.
impl<const N: usize, I: Integer> From<&[I]> for OutputSize<N> {
    #[track_caller]
    fn from(sides: &[I]) -> Self {
        let sides: Vec<_> = sides.iter().map(|side| Some(side.to_i64())).collect();
        let given = sides.len();
        Self::Each(
            sides.try_into().unwrap_or_else(|_| {
                refuse(format!("an output size of {N} sides was given {given}"))
            }),
        )
    }
}

impl<const N: usize, S: Into<Side>> From<[S; N]> for OutputSize<N> {
    fn from(sides: [S; N]) -> Self {
        Self::List(sides.map(|side| side.into().0))
    }
}

/// One side of an [`OutputSize`]: a number, or none where the side stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side(Option<i64>);

impl<I: Integer> From<I> for Side {
    fn from(side: I) -> Self {
        Self(Some(side.to_i64()))
    }
}

impl From<Option<i64>> for Side {
    fn from(side: Option<i64>) -> Self {
        Self(side)
    }
}

impl<L: Into<Side>> From<(L,)> for OutputSize<1> {
    fn from((length,): (L,)) -> Self {
        Self::Each([length.into().0])
    }
}

impl<H: Into<Side>, W: Into<Side>> From<(H, W)> for OutputSize<2> {
    fn from((height, width): (H, W)) -> Self {
        Self::Each([height.into().0, width.into().0])
    }
}

impl<D: Into<Side>, H: Into<Side>, W: Into<Side>> From<(D, H, W)> for OutputSize<3> {
    fn from((depth, height, width): (D, H, W)) -> Self {
        Self::Each([depth.into().0, height.into().0, width.into().0])
    }
}

/// What [`AdaptiveAvgPool1d`], [`AdaptiveAvgPool2d`] and [`AdaptiveAvgPool3d`] have in common: as many
/// windows as the output has cells, and the mean of each. Window i of a side goes from
/// ⌊i·L / L′⌋ to ⌈(i + 1)·L / L′⌉.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output (N, C, `output_size`).
#[derive(Debug, Module)]
#[module(class = ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"][N - 1], extra_repr = self.output_size.repr())]
pub struct AdaptiveAvgPool<const N: usize> {
    #[module(skip)]
    output_size: OutputSize<N>,
}

/// A signal, (N, C, L), to so many means: [`torch.nn.AdaptiveAvgPool1d`]. Shapes stand at
/// [`AdaptiveAvgPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0, 3.0, 4.0, 5.0]).view([1, 5]);
/// let output = nn::AdaptiveAvgPool1d::new(2).forward(&signal);
/// assert_eq!(output, torch::tensor([2.0, 4.0]).view([1, 2]));
/// ```
///
/// [`torch.nn.AdaptiveAvgPool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html
pub type AdaptiveAvgPool1d = AdaptiveAvgPool<1>;

/// An image, (N, C, H, W), to so many means: [`torch.nn.AdaptiveAvgPool2d`]. Shapes stand at
/// [`AdaptiveAvgPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = torch::randn([1, 64, 10, 9]);
/// assert_eq!(nn::AdaptiveAvgPool2d::new((5, 7)).forward(&image).size(), [1, 64, 5, 7]);
/// assert_eq!(nn::AdaptiveAvgPool2d::new([None, Some(7)]).forward(&image).size(), [1, 64, 10, 7]);
/// assert_eq!(nn::AdaptiveAvgPool2d::new(1).to_string(), "AdaptiveAvgPool2d(output_size=1)");
/// ```
///
/// [`torch.nn.AdaptiveAvgPool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
pub type AdaptiveAvgPool2d = AdaptiveAvgPool<2>;

/// A volume, (N, C, D, H, W), to so many means: [`torch.nn.AdaptiveAvgPool3d`]. Shapes stand at
/// [`AdaptiveAvgPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volume = torch::randn([1, 8, 8, 9, 10]);
/// assert_eq!(nn::AdaptiveAvgPool3d::new((5, 7, 9)).forward(&volume).size(), [1, 8, 5, 7, 9]);
/// ```
///
/// [`torch.nn.AdaptiveAvgPool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html
pub type AdaptiveAvgPool3d = AdaptiveAvgPool<3>;

impl<const N: usize> AdaptiveAvgPool<N> {
    /// A layer whose output has these sides.
    pub fn new(output_size: impl Into<OutputSize<N>>) -> Self {
        Self { output_size: output_size.into() }
    }
}

impl<const N: usize> Forward for AdaptiveAvgPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::adaptive_avg_pool(input, self.output_size)
    }
}

/// What [`AdaptiveMaxPool1d`], [`AdaptiveMaxPool2d`] and [`AdaptiveMaxPool3d`] have in common: as many
/// windows as the output has cells, and the largest value of each. The windows are those of
/// [`AdaptiveAvgPool`].
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output (N, C, `output_size`).
#[derive(Debug, Module)]
#[module(class = ["AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d"][N - 1], extra_repr = self.output_size.repr())]
pub struct AdaptiveMaxPool<const N: usize> {
    #[module(skip)]
    output_size: OutputSize<N>,
}

/// A signal, (N, C, L), to so many largest values: [`torch.nn.AdaptiveMaxPool1d`]. Shapes stand at
/// [`AdaptiveMaxPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0, 3.0, 4.0, 5.0]).view([1, 5]);
/// let output = nn::AdaptiveMaxPool1d::new(2).forward(&signal);
/// assert_eq!(output, torch::tensor([3.0, 5.0]).view([1, 2]));
/// ```
///
/// [`torch.nn.AdaptiveMaxPool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html
pub type AdaptiveMaxPool1d = AdaptiveMaxPool<1>;

/// An image, (N, C, H, W), to so many largest values: [`torch.nn.AdaptiveMaxPool2d`]. Shapes stand
/// at [`AdaptiveMaxPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = torch::randn([1, 64, 10, 9]);
/// assert_eq!(nn::AdaptiveMaxPool2d::new((5, 7)).forward(&image).size(), [1, 64, 5, 7]);
/// ```
///
/// [`torch.nn.AdaptiveMaxPool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
pub type AdaptiveMaxPool2d = AdaptiveMaxPool<2>;

/// A volume, (N, C, D, H, W), to so many largest values: [`torch.nn.AdaptiveMaxPool3d`]. Shapes
/// stand at [`AdaptiveMaxPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volume = torch::randn([1, 8, 8, 9, 10]);
/// assert_eq!(nn::AdaptiveMaxPool3d::new((5, 7, 9)).forward(&volume).size(), [1, 8, 5, 7, 9]);
/// ```
///
/// [`torch.nn.AdaptiveMaxPool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html
pub type AdaptiveMaxPool3d = AdaptiveMaxPool<3>;

impl<const N: usize> AdaptiveMaxPool<N> {
    /// A layer whose output has these sides.
    pub fn new(output_size: impl Into<OutputSize<N>>) -> Self {
        Self { output_size: output_size.into() }
    }

    /// The largest values and where in the input they stood, counted over its sides:
    /// `return_indices=True` in Python.
    #[track_caller]
    pub fn forward_with_indices(&self, input: &Tensor) -> (Tensor, Tensor) {
        guard(self, &[input], || F::adaptive_max_pool(input, self.output_size))
    }
}

impl<const N: usize> Forward for AdaptiveMaxPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::adaptive_max_pool(input, self.output_size).0
    }
}

//! Upsampling, and what its arguments are.

use std::fmt;

use tch::Tensor;

use super::{Forward, Module, functional as F};
use crate::repr::{python_float, python_tuple};
use crate::torch::{Integer, Number};

/// One number for all sides of an input, however many there are, or one for each.
///
/// ```
/// use flambeau::nn::PerSide;
///
/// let size: PerSide<i64> = 5.into();
/// assert_eq!(size, PerSide::All(5));
/// let scale: PerSide<f64> = (2.0, 3.0).into();
/// assert_eq!(scale, PerSide::Each(vec![2.0, 3.0]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum PerSide<T> {
    /// The same for all sides.
    All(T),
    /// Side by side: depth, height, width.
    Each(Vec<T>),
    /// The same, given as an array, which is printed as Python prints a list.
    List(Vec<T>),
}

impl<T: Copy> PerSide<T> {
    /// The numbers for so many sides; those that were given where they are more or fewer.
    pub(super) fn of(&self, sides: usize) -> Result<Vec<T>, &[T]> {
        match self {
            Self::All(one) => Ok(vec![*one; sides]),
            Self::Each(each) | Self::List(each) if each.len() == sides => Ok(each.clone()),
            Self::Each(each) | Self::List(each) => Err(each),
        }
    }
}

impl<I: Integer> From<I> for PerSide<i64> {
    fn from(size: I) -> Self {
        Self::All(size.to_i64())
    }
}

impl<L: Integer> From<(L,)> for PerSide<i64> {
    fn from((length,): (L,)) -> Self {
        Self::Each(vec![length.to_i64()])
    }
}

impl<H: Integer, W: Integer> From<(H, W)> for PerSide<i64> {
    fn from((height, width): (H, W)) -> Self {
        Self::Each(vec![height.to_i64(), width.to_i64()])
    }
}

impl<D: Integer, H: Integer, W: Integer> From<(D, H, W)> for PerSide<i64> {
    fn from((depth, height, width): (D, H, W)) -> Self {
        Self::Each(vec![depth.to_i64(), height.to_i64(), width.to_i64()])
    }
}

/// A part of a shape, `&x.shape()[2..]`.
impl<I: Integer> From<&[I]> for PerSide<i64> {
    fn from(sizes: &[I]) -> Self {
        Self::Each(sizes.iter().map(|size| size.to_i64()).collect())
    }
}

impl<I: Integer, const N: usize> From<[I; N]> for PerSide<i64> {
    fn from(sizes: [I; N]) -> Self {
        Self::List(sizes.map(I::to_i64).to_vec())
    }
}

impl<T: Into<Number>> From<T> for PerSide<f64> {
    fn from(factor: T) -> Self {
        Self::All(factor.into().to_f64())
    }
}

impl<L: Into<Number>> From<(L,)> for PerSide<f64> {
    fn from((length,): (L,)) -> Self {
        Self::Each(vec![length.into().to_f64()])
    }
}

impl<H: Into<Number>, W: Into<Number>> From<(H, W)> for PerSide<f64> {
    fn from((height, width): (H, W)) -> Self {
        Self::Each(vec![height.into().to_f64(), width.into().to_f64()])
    }
}

impl<D: Into<Number>, H: Into<Number>, W: Into<Number>> From<(D, H, W)> for PerSide<f64> {
    fn from((depth, height, width): (D, H, W)) -> Self {
        Self::Each(vec![depth.into().to_f64(), height.into().to_f64(), width.into().to_f64()])
    }
}

impl<T: Into<Number>, const N: usize> From<[T; N]> for PerSide<f64> {
    fn from(factors: [T; N]) -> Self {
        Self::Each(factors.map(|factor| factor.into().to_f64()).to_vec())
    }
}

/// How [`Upsample`] and [`interpolate`](fn@crate::nn::functional::interpolate) find the values between
/// cells. Each has Python's name: `"nearest-exact"` and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InterpolateMode {
    /// The cell before; for any sides.
    #[default]
    Nearest,
    /// The cell whose middle is nearest, as Pillow finds it; for any sides.
    NearestExact,
    /// The mean of the cells under each: adaptive average pooling; for any sides.
    Area,
    /// A straight line between two cells; for signals.
    Linear,
    /// Straight lines between four cells; for images.
    Bilinear,
    /// Straight lines between eight cells; for volumes.
    Trilinear,
    /// Cubic curves through sixteen cells; for images.
    Bicubic,
    /// Pillow's Lanczos filter; for images, with `antialias`.
    Lanczos,
}

impl InterpolateMode {
    const NAMES: [(&str, Self); 8] = [
        ("nearest", Self::Nearest),
        ("nearest-exact", Self::NearestExact),
        ("area", Self::Area),
        ("linear", Self::Linear),
        ("bilinear", Self::Bilinear),
        ("trilinear", Self::Trilinear),
        ("bicubic", Self::Bicubic),
        ("lanczos", Self::Lanczos),
    ];
}

impl From<&str> for InterpolateMode {
    /// # Panics
    /// When there is no such mode.
    fn from(name: &str) -> Self {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("there is no mode '{name}' of interpolation")).1
    }
}

impl fmt::Display for InterpolateMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = Self::NAMES.iter().find(|(_, mode)| mode == self).expect("each has a name");
        f.write_str(name)
    }
}

/// The input with larger sides, or smaller ones: [`torch.nn.Upsample`].
///
/// PyTorch's UpsamplingNearest2d and UpsamplingBilinear2d, which it deprecates, are the modes
/// `"nearest"`, and `"bilinear"` with `align_corners(true)`.
///
/// # Shapes
/// Input (N, C, L), (N, C, H, W) or (N, C, D, H, W); output the same with the sides `size`, or
/// ⌊side · `scale_factor`⌋.
///
/// # Panics
/// In `forward`, when neither or both of `size` and `scale_factor` are given, or the mode is not for
/// an input of this many sides.
///
/// ```
/// use flambeau::prelude::*;
///
/// let images = torch::randn([1, 3, 4, 5]);
/// let upsample = nn::Upsample::options().scale_factor(2).mode("bilinear").build();
/// assert_eq!(upsample.forward(&images).size(), [1, 3, 8, 10]);
/// assert_eq!(upsample.to_string(), "Upsample(scale_factor=2.0, mode='bilinear')");
/// assert_eq!(nn::Upsample::new((7, 9)).forward(&images).size(), [1, 3, 7, 9]);
/// ```
///
/// [`torch.nn.Upsample`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct Upsample {
    #[module(skip)]
    size: Option<PerSide<i64>>,
    #[module(skip)]
    scale_factor: Option<PerSide<f64>>,
    #[module(skip)]
    mode: InterpolateMode,
    #[module(skip)]
    align_corners: Option<bool>,
    #[module(skip)]
    recompute_scale_factor: bool,
}

#[bon::bon]
impl Upsample {
    /// A layer to this size, by the nearest cell.
    pub fn new(size: impl Into<PerSide<i64>>) -> Self {
        Self::options().size(size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = UpsampleOptions, vis = "pub")
    )]
    fn with(
        /// The output's sides.
        #[builder(into)]
        size: Option<PerSide<i64>>,
        /// By what the sides grow.
        #[builder(into)]
        scale_factor: Option<PerSide<f64>>,
        /// How values between cells are found.
        #[builder(default, into)]
        mode: InterpolateMode,
        /// Whether the middles of the corner cells stay where they are, rather than the corners: for
        /// the linear and cubic modes.
        align_corners: Option<bool>,
        /// Whether the scale is computed anew from the output's whole sides.
        #[builder(default)]
        recompute_scale_factor: bool,
    ) -> Self {
        Self { size, scale_factor, mode, align_corners, recompute_scale_factor }
    }
}

impl Upsample {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        let sides = match (&self.scale_factor, &self.size) {
            (Some(PerSide::All(factor)), _) => format!("scale_factor={}", python_float(*factor)),
            // Python takes no list of factors.
            (Some(PerSide::Each(factors) | PerSide::List(factors)), _) => {
                let factors: Vec<_> = factors.iter().map(|factor| python_float(*factor)).collect();
                format!("scale_factor={}", python_tuple(&factors))
            }
            (None, Some(PerSide::All(size))) => format!("size={size}"),
            (None, Some(PerSide::Each(sizes))) => format!("size={}", python_tuple(sizes)),
            (None, Some(PerSide::List(sizes))) => format!("size={sizes:?}"),
            (None, None) => "size=None".into(),
        };
        format!("{sides}, mode='{}'", self.mode)
    }
}

impl Forward for Upsample {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::interpolate_options(input)
            .maybe_size(self.size.clone())
            .maybe_scale_factor(self.scale_factor.clone())
            .mode(self.mode)
            .maybe_align_corners(self.align_corners)
            .recompute_scale_factor(self.recompute_scale_factor)
            .call()
    }
}

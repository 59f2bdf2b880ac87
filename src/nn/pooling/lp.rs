//! Power-average pooling.

use tch::Tensor;

use crate::nn::{Forward, MaybeSize, Module, Size, functional as F};
use crate::repr::python_bool;
use crate::torch::Number;

/// What [`LPPool1d`], [`LPPool2d`] and [`LPPool3d`] have in common: the p-norm of each window,
/// (Σ x^p)^(1/p). With p = 1 it is the sum, and with p = ∞ the largest magnitude.
///
/// # Shapes
/// As [`AvgPool`](crate::nn::AvgPool)'s without padding.
#[derive(Debug, Module)]
#[module(class = ["LPPool1d", "LPPool2d", "LPPool3d"][N - 1], extra_repr = self.arguments())]
pub struct LPPool<const N: usize> {
    #[module(skip)]
    norm_type: Number,
    #[module(skip)]
    kernel_size: Size<N>,
    #[module(skip)]
    stride: Option<Size<N>>,
    #[module(skip)]
    ceil_mode: bool,
}

/// The p-norm of each window of a signal, (N, C, L): [`torch.nn.LPPool1d`]. Shapes stand at
/// [`LPPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([3.0, 4.0, 0.0, 1.0]).view([1, 4]);
/// let output = nn::LPPool1d::new(2.0, 2).forward(&signal);
/// assert_eq!(output, torch::tensor([5.0, 1.0]).view([1, 2]));
/// ```
///
/// [`torch.nn.LPPool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool1d.html
pub type LPPool1d = LPPool<1>;

/// The p-norm of each window of an image, (N, C, H, W): [`torch.nn.LPPool2d`]. Shapes stand at
/// [`LPPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let pool = nn::LPPool2d::options(1.2, (3, 2)).stride((2, 1)).build();
/// let output = pool.forward(&torch::rand([2, 4, 20, 10]));
/// assert_eq!(output.size(), [2, 4, 9, 9]);
/// ```
///
/// [`torch.nn.LPPool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html
pub type LPPool2d = LPPool<2>;

/// The p-norm of each window of a volume, (N, C, D, H, W): [`torch.nn.LPPool3d`]. Shapes stand at
/// [`LPPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let pool = nn::LPPool3d::new(2.0, 2);
/// let output = pool.forward(&torch::rand([2, 4, 6, 4, 8]));
/// assert_eq!(output.size(), [2, 4, 3, 2, 4]);
/// ```
///
/// [`torch.nn.LPPool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool3d.html
pub type LPPool3d = LPPool<3>;

#[bon::bon]
impl<const N: usize> LPPool<N> {
    /// A layer whose windows lie side by side.
    pub fn new(norm_type: impl Into<Number>, kernel_size: impl Into<Size<N>>) -> Self {
        Self::options(norm_type, kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = LPPoolOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] norm_type: Number,
        #[builder(start_fn, into)] kernel_size: Size<N>,
        /// How far the window moves from one output to the next; `kernel_size` if not given.
        #[builder(into, default)]
        stride: MaybeSize<N>,
        /// Whether a window that reaches over the edge counts.
        #[builder(default)]
        ceil_mode: bool,
    ) -> Self {
        Self { norm_type, kernel_size, stride: stride.0, ceil_mode }
    }
}

impl<const N: usize> LPPool<N> {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "norm_type={}, kernel_size={}, stride={}, ceil_mode={}",
            self.norm_type,
            self.kernel_size,
            self.stride.map_or("None".to_string(), |stride| stride.to_string()),
            python_bool(self.ceil_mode),
        )
    }
}

impl<const N: usize> Forward for LPPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::lp_pool(input, self.norm_type.to_f64(), self.kernel_size, self.stride, self.ceil_mode)
    }
}

//! Maximum pooling.

use tch::Tensor;

use crate::nn::{Forward, MaybeSize, Module, Size, functional as F, guard};
use crate::repr::python_bool;

/// What [`MaxPool1d`], [`MaxPool2d`] and [`MaxPool3d`] have in common: the largest value under each
/// window. It selects values and does not change them; only the sides shrink.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗), where ∗ is one to three sides; output (N, C, ∗′), each side L
/// becoming L′ = ⌊(L + 2·padding - dilation·(kernel - 1) - 1) / stride⌋ + 1. With `ceil_mode` it is
/// rounded up, unless the last window would begin past the edge.
///
/// # Panics
/// In `forward`, when the padding is more than half of the window, in libtorch's words.
#[derive(Debug, Module)]
#[module(class = ["MaxPool1d", "MaxPool2d", "MaxPool3d"][N - 1], extra_repr = self.arguments())]
pub struct MaxPool<const N: usize> {
    #[module(skip)]
    kernel_size: Size<N>,
    #[module(skip)]
    stride: Size<N>,
    #[module(skip)]
    padding: Size<N>,
    #[module(skip)]
    dilation: Size<N>,
    #[module(skip)]
    ceil_mode: bool,
}

/// The largest value under each window of a signal, (N, C, L): [`torch.nn.MaxPool1d`]. Shapes
/// stand at [`MaxPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 5.0, 2.0, 2.0, 3.0]).view([1, 5]);
/// let output = nn::MaxPool1d::options(3).stride(2).build().forward(&signal);
/// assert_eq!(output, torch::tensor([5.0, 3.0]).view([1, 2]));
/// ```
///
/// [`torch.nn.MaxPool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html
pub type MaxPool1d = MaxPool<1>;

/// The largest value under each window of an image, (N, C, H, W): [`torch.nn.MaxPool2d`]. Shapes
/// stand at [`MaxPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let pool = nn::MaxPool2d::new(2);
/// let output = pool.forward(&torch::randn([20, 16, 50, 32]));
/// assert_eq!(output.size(), [20, 16, 25, 16]);
/// assert_eq!(
///     pool.to_string(),
///     "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
/// );
/// ```
///
/// [`torch.nn.MaxPool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
pub type MaxPool2d = MaxPool<2>;

/// The largest value under each window of a volume, (N, C, D, H, W): [`torch.nn.MaxPool3d`].
/// Shapes stand at [`MaxPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let pool = nn::MaxPool3d::options((3, 2, 2)).stride((2, 1, 2)).build();
/// let output = pool.forward(&torch::randn([2, 4, 20, 10, 8]));
/// assert_eq!(output.size(), [2, 4, 9, 9, 4]);
/// ```
///
/// [`torch.nn.MaxPool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html
pub type MaxPool3d = MaxPool<3>;

#[bon::bon]
impl<const N: usize> MaxPool<N> {
    /// A layer whose windows lie side by side.
    pub fn new(kernel_size: impl Into<Size<N>>) -> Self {
        Self::options(kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = MaxPoolOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] kernel_size: Size<N>,
        /// How far the window moves from one output to the next; `kernel_size` if not given.
        #[builder(into, default)]
        stride: MaybeSize<N>,
        /// How many cells of minus infinity are put around the input.
        #[builder(into, default = 0)]
        padding: Size<N>,
        /// How far the window's cells lie apart.
        #[builder(into, default = 1)]
        dilation: Size<N>,
        /// Whether a window that reaches over the edge counts.
        #[builder(default)]
        ceil_mode: bool,
    ) -> Self {
        let stride = stride.or(kernel_size);
        Self { kernel_size, stride, padding, dilation, ceil_mode }
    }

    /// The largest values and where in the input they stood, counted over its sides:
    /// `return_indices=True` in Python. [`MaxUnpool`](crate::nn::MaxUnpool) takes both.
    #[track_caller]
    pub fn forward_with_indices(&self, input: &Tensor) -> (Tensor, Tensor) {
        guard(self, &[input], || {
            let (kernel, stride) = (self.kernel_size, self.stride);
            let (padding, dilation, ceil) = (self.padding, self.dilation, self.ceil_mode);
            F::max_pool_with_indices(input, kernel, stride, padding, dilation, ceil)
        })
    }
}

impl<const N: usize> MaxPool<N> {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}",
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            python_bool(self.ceil_mode),
        )
    }
}

impl<const N: usize> Forward for MaxPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let (kernel, stride) = (self.kernel_size, self.stride);
        F::max_pool(input, kernel, stride, self.padding, self.dilation, self.ceil_mode)
    }
}

//! Average pooling.

use tch::Tensor;

use crate::nn::{Forward, MaybeSize, Module, Size, functional as F};

/// What [`AvgPool1d`], [`AvgPool2d`] and [`AvgPool3d`] have in common: the mean of each window.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output (N, C, ∗′), each side L becoming
/// L′ = ⌊(L + 2·padding - kernel) / stride⌋ + 1. With `ceil_mode` it is rounded up, unless the last
/// window would begin past the edge.
///
/// # Panics
/// In `forward`, when the padding is more than half of the window, in libtorch's words.
#[derive(Debug, Module)]
#[module(class = ["AvgPool1d", "AvgPool2d", "AvgPool3d"][N - 1], extra_repr = self.arguments())]
pub struct AvgPool<const N: usize> {
    #[module(skip)]
    kernel_size: Size<N>,
    #[module(skip)]
    stride: Size<N>,
    #[module(skip)]
    padding: Size<N>,
    #[module(skip)]
    ceil_mode: bool,
    #[module(skip)]
    count_include_pad: bool,
    #[module(skip)]
    divisor_override: Option<i64>,
}

/// The mean of each window of a signal, (N, C, L): [`torch.nn.AvgPool1d`]. Shapes stand at
/// [`AvgPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).view([1, 6]);
/// let output = nn::AvgPool1d::options(3).stride(2).build().forward(&signal);
/// assert_eq!(output, torch::tensor([2.0, 4.0]).view([1, 2]));
/// ```
///
/// [`torch.nn.AvgPool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html
pub type AvgPool1d = AvgPool<1>;

/// The mean of each window of an image, (N, C, H, W): [`torch.nn.AvgPool2d`]. Shapes stand at
/// [`AvgPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let pool = nn::AvgPool2d::options((3, 2)).stride((2, 1)).build();
/// let output = pool.forward(&torch::randn([20, 16, 50, 32]));
/// assert_eq!(output.size(), [20, 16, 24, 31]);
/// ```
///
/// [`torch.nn.AvgPool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
pub type AvgPool2d = AvgPool<2>;

/// The mean of each window of a volume, (N, C, D, H, W): [`torch.nn.AvgPool3d`]. Shapes stand at
/// [`AvgPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let pool = nn::AvgPool3d::new((3, 2, 2));
/// let output = pool.forward(&torch::randn([2, 4, 9, 10, 8]));
/// assert_eq!(output.size(), [2, 4, 3, 5, 4]);
/// ```
///
/// [`torch.nn.AvgPool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html
pub type AvgPool3d = AvgPool<3>;

#[bon::bon]
impl<const N: usize> AvgPool<N> {
    /// A layer whose windows lie side by side.
    pub fn new(kernel_size: impl Into<Size<N>>) -> Self {
        Self::options(kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = AvgPoolOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] kernel_size: Size<N>,
        /// How far the window moves from one output to the next; `kernel_size` if not given.
        #[builder(into, default)]
        stride: MaybeSize<N>,
        /// How many zeros are put around the input.
        #[builder(into, default = 0)]
        padding: Size<N>,
        /// Whether a window that reaches over the edge counts.
        #[builder(default)]
        ceil_mode: bool,
        /// Whether the zeros around the input count in the mean.
        #[builder(default = true)]
        count_include_pad: bool,
        /// What each sum is divided by, instead of the cells of its window; not for signals,
        /// whose PyTorch layer has no such argument.
        divisor_override: Option<i64>,
    ) -> Self {
        assert!(N > 1 || divisor_override.is_none(), "AvgPool1d has no divisor_override");
        let stride = stride.or(kernel_size);
        Self { kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override }
    }
}

impl<const N: usize> AvgPool<N> {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        // Python keeps a signal's numbers as tuples of one, and the others' as they were given.
        let [kernel, stride, padding] = [self.kernel_size, self.stride, self.padding]
            .map(|size| if N == 1 { size.tuple() } else { size.to_string() });
        format!("kernel_size={kernel}, stride={stride}, padding={padding}")
    }
}

impl<const N: usize> Forward for AvgPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let (ceil, count, divisor) =
            (self.ceil_mode, self.count_include_pad, self.divisor_override);
        F::avg_pool(input, self.kernel_size, self.stride, self.padding, ceil, count, divisor)
    }
}

//! Pooling over signals, images and volumes.

use tch::Tensor;

use super::call::check;
use super::module_macro::nd_module;
use super::repr::python_bool;
use super::{Forward, Size, guard};

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
#[derive(Clone, Debug)]
pub struct MaxPool<const N: usize> {
    kernel_size: Size<N>,
    stride: Size<N>,
    padding: Size<N>,
    dilation: Size<N>,
    ceil_mode: bool,
}

/// The largest value under each window of a signal, (N, C, L): [`torch.nn.MaxPool1d`]. Shapes
/// stand at [`MaxPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = Tensor::from_slice(&[1.0, 5.0, 2.0, 2.0, 3.0]).view([1, 5]);
/// let output = nn::MaxPool1d::options(3).stride(2).build().forward(&signal);
/// assert_eq!(output, Tensor::from_slice(&[5.0, 3.0]).view([1, 2]));
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
/// let output = pool.forward(&Tensor::randn([20, 16, 50, 32], (Kind::Float, Device::Cpu)));
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
/// let output = pool.forward(&Tensor::randn([2, 4, 20, 10, 8], (Kind::Float, Device::Cpu)));
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
        #[builder(into, default = kernel_size)]
        stride: Size<N>,
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
        Self { kernel_size, stride, padding, dilation, ceil_mode }
    }

    /// The largest values and where in the input they stood, counted over its sides:
    /// `return_indices=True` in Python. [`MaxUnpool`] takes both.
    #[track_caller]
    pub fn forward_with_indices(&self, input: &Tensor) -> (Tensor, Tensor) {
        guard(self, &[input], || self.compute_with_indices(input))
    }

    pub(super) fn compute_with_indices(&self, input: &Tensor) -> (Tensor, Tensor) {
        let [kernel, stride, padding, dilation] =
            [self.kernel_size, self.stride, self.padding, self.dilation].map(Size::array);
        match N {
            1 => input.max_pool1d_with_indices(kernel, stride, padding, dilation, self.ceil_mode),
            2 => input.max_pool2d_with_indices(kernel, stride, padding, dilation, self.ceil_mode),
            _ => input.max_pool3d_with_indices(kernel, stride, padding, dilation, self.ceil_mode),
        }
    }
}

nd_module!(MaxPool {} as ["MaxPool1d", "MaxPool2d", "MaxPool3d"], |pool| format!(
    "kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}",
    pool.kernel_size,
    pool.stride,
    pool.padding,
    pool.dilation,
    python_bool(pool.ceil_mode),
));

impl<const N: usize> Forward for MaxPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let [kernel, stride, padding, dilation] =
            [self.kernel_size, self.stride, self.padding, self.dilation].map(Size::array);
        match N {
            1 => input.max_pool1d(kernel, stride, padding, dilation, self.ceil_mode),
            2 => input.max_pool2d(kernel, stride, padding, dilation, self.ceil_mode),
            _ => input.max_pool3d(kernel, stride, padding, dilation, self.ceil_mode),
        }
    }
}

/// What [`MaxUnpool1d`], [`MaxUnpool2d`] and [`MaxUnpool3d`] have in common: a [`MaxPool`] backwards.
/// The largest values go back to where they stood, and zeros everywhere else.
///
/// # Shapes
/// Input and indices (N, C, ∗) or (C, ∗); output (N, C, ∗′), each side L becoming
/// L′ = (L - 1)·stride - 2·padding + kernel, unless it is said by `forward_to`.
#[derive(Clone, Debug)]
pub struct MaxUnpool<const N: usize> {
    kernel_size: Size<N>,
    stride: Size<N>,
    padding: Size<N>,
}

/// A [`MaxPool1d`] backwards: [`torch.nn.MaxUnpool1d`]. Shapes stand at [`MaxUnpool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = Tensor::from_slice(&[1.0, 2.0, 4.0, 3.0]).view([1, 4]);
/// let (output, indices) = nn::MaxPool1d::new(2).forward_with_indices(&signal);
/// let back = nn::MaxUnpool1d::new(2).forward(&output, &indices);
/// assert_eq!(back, Tensor::from_slice(&[0.0, 2.0, 4.0, 0.0]).view([1, 4]));
/// ```
///
/// [`torch.nn.MaxUnpool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html
pub type MaxUnpool1d = MaxUnpool<1>;

/// A [`MaxPool2d`] backwards: [`torch.nn.MaxUnpool2d`]. Shapes stand at [`MaxUnpool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let images = Tensor::randn([2, 3, 5, 5], (Kind::Float, Device::Cpu));
/// let (output, indices) = nn::MaxPool2d::new(2).forward_with_indices(&images);
/// let unpool = nn::MaxUnpool2d::new(2);
/// // 4 × 4 and 5 × 5 both come down to 2 × 2; without a size it is the smaller.
/// assert_eq!(unpool.forward_to(&output, &indices, [5, 5]).size(), images.size());
/// assert_eq!(unpool.to_string(), "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))");
/// ```
///
/// [`torch.nn.MaxUnpool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
pub type MaxUnpool2d = MaxUnpool<2>;

/// A [`MaxPool3d`] backwards: [`torch.nn.MaxUnpool3d`]. Shapes stand at [`MaxUnpool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volumes = Tensor::randn([2, 3, 4, 6, 8], (Kind::Float, Device::Cpu));
/// let (output, indices) = nn::MaxPool3d::new(2).forward_with_indices(&volumes);
/// assert_eq!(nn::MaxUnpool3d::new(2).forward(&output, &indices).size(), volumes.size());
/// ```
///
/// [`torch.nn.MaxUnpool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool3d.html
pub type MaxUnpool3d = MaxUnpool<3>;

#[bon::bon]
impl<const N: usize> MaxUnpool<N> {
    /// Undoes a pool whose windows lay side by side.
    pub fn new(kernel_size: impl Into<Size<N>>) -> Self {
        Self::options(kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = MaxUnpoolOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] kernel_size: Size<N>,
        /// The pool's stride; `kernel_size` if not given.
        #[builder(into, default = kernel_size)]
        stride: Size<N>,
        /// The pool's padding.
        #[builder(into, default = 0)]
        padding: Size<N>,
    ) -> Self {
        Self { kernel_size, stride, padding }
    }

    /// Puts the values back to where `indices` says.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, indices: &Tensor) -> Tensor {
        guard(self, &[input, indices], || self.compute(input, indices))
    }

    #[track_caller]
    pub(super) fn compute(&self, input: &Tensor, indices: &Tensor) -> Tensor {
        self.unpool(input, indices, self.usual(input))
    }

    /// The same, into an output of these sides: `output_size` in Python.
    ///
    /// # Panics
    /// When a pool of this kernel and stride does not lead from such sides to the input's.
    #[track_caller]
    pub fn forward_to(&self, input: &Tensor, indices: &Tensor, output_size: [i64; N]) -> Tensor {
        guard(self, &[input, indices], || {
            let (usual, stride) = (self.usual(input), self.stride.array());
            for side in 0..N {
                let (low, high) = (usual[side] - stride[side], usual[side] + stride[side]);
                check!(
                    low < output_size[side] && output_size[side] < high,
                    "invalid output_size \"{output_size:?}\" (dim {side} must be between {low} and {high})"
                );
            }
            self.unpool(input, indices, output_size)
        })
    }

    /// The sides of the output where they are not said.
    fn usual(&self, input: &Tensor) -> [i64; N] {
        let size = input.size();
        check!(size.len() > N, "input is {size:?}, which has no channels and {N} sides");
        let sides = &size[size.len() - N..];
        let [kernel, stride, padding] =
            [self.kernel_size, self.stride, self.padding].map(Size::array);
        std::array::from_fn(|i| (sides[i] - 1) * stride[i] + kernel[i] - 2 * padding[i])
    }

    fn unpool(&self, input: &Tensor, indices: &Tensor, size: [i64; N]) -> Tensor {
        match size[..] {
            [length] => {
                let image = input.unsqueeze(-1);
                image.max_unpool2d(&indices.unsqueeze(-1), [length, 1]).squeeze_dim(-1)
            }
            [_, _] => input.max_unpool2d(indices, size),
            _ => input.max_unpool3d(indices, size, self.stride.array(), self.padding.array()),
        }
    }
}

nd_module!(
    MaxUnpool {} as ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"],
    |pool| format!(
        "kernel_size={}, stride={}, padding={}",
        pool.kernel_size.tuple(),
        pool.stride.tuple(),
        pool.padding.tuple(),
    );
    without forward
);

/// What [`AvgPool1d`], [`AvgPool2d`] and [`AvgPool3d`] have in common: the mean of each window.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output (N, C, ∗′), each side L becoming
/// L′ = ⌊(L + 2·padding - kernel) / stride⌋ + 1. With `ceil_mode` it is rounded up, unless the last
/// window would begin past the edge.
///
/// # Panics
/// In `forward`, when the padding is more than half of the window, in libtorch's words.
#[derive(Clone, Debug)]
pub struct AvgPool<const N: usize> {
    kernel_size: Size<N>,
    stride: Size<N>,
    padding: Size<N>,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Option<i64>,
}

/// The mean of each window of a signal, (N, C, L): [`torch.nn.AvgPool1d`]. Shapes stand at
/// [`AvgPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).view([1, 6]);
/// let output = nn::AvgPool1d::options(3).stride(2).build().forward(&signal);
/// assert_eq!(output, Tensor::from_slice(&[2.0, 4.0]).view([1, 2]));
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
/// let output = pool.forward(&Tensor::randn([20, 16, 50, 32], (Kind::Float, Device::Cpu)));
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
/// let output = pool.forward(&Tensor::randn([2, 4, 9, 10, 8], (Kind::Float, Device::Cpu)));
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
        #[builder(into, default = kernel_size)]
        stride: Size<N>,
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
        Self { kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override }
    }
}

nd_module!(AvgPool {} as ["AvgPool1d", "AvgPool2d", "AvgPool3d"], |pool| {
    // Python keeps a signal's numbers as tuples of one, and the others' as they were given.
    let [kernel, stride, padding] = [pool.kernel_size, pool.stride, pool.padding]
        .map(|size| if N == 1 { size.tuple() } else { size.to_string() });
    format!("kernel_size={kernel}, stride={stride}, padding={padding}")
});

impl<const N: usize> Forward for AvgPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let [kernel, stride, padding] =
            [self.kernel_size, self.stride, self.padding].map(Size::array);
        let (ceil, count, divisor) =
            (self.ceil_mode, self.count_include_pad, self.divisor_override);
        match N {
            1 => input.avg_pool1d(kernel, stride, padding, ceil, count),
            2 => input.avg_pool2d(kernel, stride, padding, ceil, count, divisor),
            _ => input.avg_pool3d(kernel, stride, padding, ceil, count, divisor),
        }
    }
}

/// The sides that an adaptive pool brings its input to: a number for all or one a side, and none
/// where a side stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputSize<const N: usize> {
    /// The same for all sides.
    All(i64),
    /// Side by side; none keeps the input's.
    Each([Option<i64>; N]),
}

impl<const N: usize> OutputSize<N> {
    fn of(self, input: &Tensor) -> [i64; N] {
        let size = input.size();
        check!(size.len() > N, "input is {size:?}, which has no channels and {N} sides");
        let sides = &size[size.len() - N..];
        match self {
            Self::All(side) => [side; N],
            Self::Each(wanted) => std::array::from_fn(|i| wanted[i].unwrap_or(sides[i])),
        }
    }

    fn repr(self) -> String {
        match self {
            Self::All(side) => format!("output_size={side}"),
            Self::Each(sides) => {
                let sides = sides.map(|side| side.map_or("None".to_string(), |n| n.to_string()));
                match &sides[..] {
                    [one] => format!("output_size=({one},)"),
                    _ => format!("output_size=({})", sides.join(", ")),
                }
            }
        }
    }
}

impl<const N: usize> From<i64> for OutputSize<N> {
    fn from(side: i64) -> Self {
        Self::All(side)
    }
}

impl<const N: usize> From<[i64; N]> for OutputSize<N> {
    fn from(sides: [i64; N]) -> Self {
        Self::Each(sides.map(Some))
    }
}

impl<const N: usize> From<[Option<i64>; N]> for OutputSize<N> {
    fn from(sides: [Option<i64>; N]) -> Self {
        Self::Each(sides)
    }
}

impl From<(i64, i64)> for OutputSize<2> {
    fn from((height, width): (i64, i64)) -> Self {
        [height, width].into()
    }
}

impl From<(i64, i64, i64)> for OutputSize<3> {
    fn from((depth, height, width): (i64, i64, i64)) -> Self {
        [depth, height, width].into()
    }
}

/// What [`AdaptiveAvgPool1d`], [`AdaptiveAvgPool2d`] and [`AdaptiveAvgPool3d`] have in common: as many
/// windows as the output has cells, and the mean of each. Window i of a side goes from
/// ⌊i·L / L′⌋ to ⌈(i + 1)·L / L′⌉.
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output (N, C, `output_size`).
#[derive(Clone, Debug)]
pub struct AdaptiveAvgPool<const N: usize> {
    output_size: OutputSize<N>,
}

/// A signal, (N, C, L), to so many means: [`torch.nn.AdaptiveAvgPool1d`]. Shapes stand at
/// [`AdaptiveAvgPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0]).view([1, 5]);
/// let output = nn::AdaptiveAvgPool1d::new(2).forward(&signal);
/// assert_eq!(output, Tensor::from_slice(&[2.0, 4.0]).view([1, 2]));
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
/// let image = Tensor::randn([1, 64, 10, 9], (Kind::Float, Device::Cpu));
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
/// let volume = Tensor::randn([1, 8, 8, 9, 10], (Kind::Float, Device::Cpu));
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

nd_module!(
    AdaptiveAvgPool {}
        as ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"],
    |pool| pool.output_size.repr()
);

impl<const N: usize> Forward for AdaptiveAvgPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let size = self.output_size.of(input);
        match N {
            1 => input.adaptive_avg_pool1d(size),
            2 => input.adaptive_avg_pool2d(size),
            _ => input.adaptive_avg_pool3d(size),
        }
    }
}

/// What [`AdaptiveMaxPool1d`], [`AdaptiveMaxPool2d`] and [`AdaptiveMaxPool3d`] have in common: as many
/// windows as the output has cells, and the largest value of each. The windows are those of
/// [`AdaptiveAvgPool`].
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗); output (N, C, `output_size`).
#[derive(Clone, Debug)]
pub struct AdaptiveMaxPool<const N: usize> {
    output_size: OutputSize<N>,
}

/// A signal, (N, C, L), to so many largest values: [`torch.nn.AdaptiveMaxPool1d`]. Shapes stand at
/// [`AdaptiveMaxPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0]).view([1, 5]);
/// let output = nn::AdaptiveMaxPool1d::new(2).forward(&signal);
/// assert_eq!(output, Tensor::from_slice(&[3.0, 5.0]).view([1, 2]));
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
/// let image = Tensor::randn([1, 64, 10, 9], (Kind::Float, Device::Cpu));
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
/// let volume = Tensor::randn([1, 8, 8, 9, 10], (Kind::Float, Device::Cpu));
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
        guard(self, &[input], || self.compute_with_indices(input))
    }

    pub(super) fn compute_with_indices(&self, input: &Tensor) -> (Tensor, Tensor) {
        let size = self.output_size.of(input);
        match N {
            1 => input.adaptive_max_pool1d(size),
            2 => input.adaptive_max_pool2d(size),
            _ => input.adaptive_max_pool3d(size),
        }
    }
}

nd_module!(
    AdaptiveMaxPool {}
        as ["AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d"],
    |pool| pool.output_size.repr()
);

impl<const N: usize> Forward for AdaptiveMaxPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        self.compute_with_indices(input).0
    }
}

/// What [`LPPool1d`], [`LPPool2d`] and [`LPPool3d`] have in common: the p-norm of each window,
/// (Σ x^p)^(1/p). With p = 1 it is the sum, and with p = ∞ the largest magnitude.
///
/// # Shapes
/// As [`AvgPool`]'s without padding.
#[derive(Clone, Debug)]
pub struct LPPool<const N: usize> {
    norm_type: f64,
    kernel_size: Size<N>,
    stride: Option<Size<N>>,
    ceil_mode: bool,
}

/// The p-norm of each window of a signal, (N, C, L): [`torch.nn.LPPool1d`]. Shapes stand at
/// [`LPPool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = Tensor::from_slice(&[3.0, 4.0, 0.0, 1.0]).view([1, 4]);
/// let output = nn::LPPool1d::new(2.0, 2).forward(&signal);
/// assert_eq!(output, Tensor::from_slice(&[5.0, 1.0]).view([1, 2]));
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
/// let output = pool.forward(&Tensor::rand([2, 4, 20, 10], (Kind::Float, Device::Cpu)));
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
/// let output = pool.forward(&Tensor::rand([2, 4, 6, 4, 8], (Kind::Float, Device::Cpu)));
/// assert_eq!(output.size(), [2, 4, 3, 2, 4]);
/// ```
///
/// [`torch.nn.LPPool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool3d.html
pub type LPPool3d = LPPool<3>;

#[bon::bon]
impl<const N: usize> LPPool<N> {
    /// A layer whose windows lie side by side.
    pub fn new(norm_type: f64, kernel_size: impl Into<Size<N>>) -> Self {
        Self::options(norm_type, kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = LPPoolOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] norm_type: f64,
        #[builder(start_fn, into)] kernel_size: Size<N>,
        /// How far the window moves from one output to the next; `kernel_size` if not given.
        #[builder(into)]
        stride: Option<Size<N>>,
        /// Whether a window that reaches over the edge counts.
        #[builder(default)]
        ceil_mode: bool,
    ) -> Self {
        Self { norm_type, kernel_size, stride, ceil_mode }
    }
}

nd_module!(LPPool {} as ["LPPool1d", "LPPool2d", "LPPool3d"], |pool| format!(
    "norm_type={}, kernel_size={}, stride={}, ceil_mode={}",
    pool.norm_type,
    pool.kernel_size,
    pool.stride.map_or("None".to_string(), |stride| stride.to_string()),
    python_bool(pool.ceil_mode),
));

impl<const N: usize> Forward for LPPool<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let kernel = self.kernel_size.array();
        let stride = self.stride.map_or(kernel, Size::array);
        let largest = |x: &Tensor| {
            let pool = MaxPool::<N>::options(kernel).stride(stride).ceil_mode(self.ceil_mode);
            // Not by way of a call: it is this layer that is called.
            Forward::forward(&pool.build(), x)
        };
        if self.norm_type == f64::INFINITY {
            return largest(&input.abs());
        }
        if self.norm_type == f64::NEG_INFINITY {
            return -largest(&-input.abs());
        }
        // The sum of a window is its mean times its cells.
        let means = AvgPool::<N>::options(kernel).stride(stride).ceil_mode(self.ceil_mode).build();
        let means = Forward::forward(&means, &input.pow_tensor_scalar(self.norm_type));
        let positive = means.sign() * means.abs().relu();
        (positive * kernel.iter().product::<i64>()).pow_tensor_scalar(1.0 / self.norm_type)
    }
}

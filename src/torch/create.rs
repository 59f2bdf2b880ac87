//! Tensors that a shape or a range describes.

use flambeau_derive::function;
use tch::{Device, Kind, Tensor};

use super::Size;
use super::draws::drawn_as;
use super::number::Number;
use crate::random::{self, Generator};

/// Makes the functions of a shape alone, which differ in what they fill it with.
macro_rules! of_a_shape {
    ($($name:ident, $options:literal, $filled:literal, $make:path $(, $generator:ident)?;)+) => {
        $(
            #[doc = concat!(
                "A tensor of this shape ", $filled, ": [`torch.", stringify!($name), "`].\n\n",
                "```\nuse flambeau::prelude::*;\n\n",
                "let x = torch::", stringify!($name), "([2, 3]);\n",
                "assert_eq!((x.size(), x.kind()), (vec![2, 3], Kind::Float));\n",
                "let x = torch::", $options, "(5).dtype(Kind::Double).call();\n",
                "assert_eq!((x.size(), x.kind()), (vec![5], Kind::Double));\n```\n\n",
                "[`torch.", stringify!($name), "`]: https://docs.pytorch.org/docs/stable/generated/torch.",
                stringify!($name), ".html"
            )]
            #[function]
            pub fn $name(
                #[builder(into)] size: Size,
                /// The kind of the tensor.
                #[builder(default = Kind::Float)]
                dtype: Kind,
                /// Where the tensor lies.
                #[builder(default = Device::Cpu)]
                device: Device,
                /// Whether gradients are computed for it.
                #[builder(default)]
                requires_grad: bool,
                $(
                    /// What to draw from instead of the default generator.
                    $generator: Option<&Generator>,
                )?
            ) -> Tensor {
                $make(size, (dtype, device) $(, $generator)?).set_requires_grad(requires_grad)
            }
        )+
    };
}
of_a_shape! {
    zeros, "zeros_options", "filled with 0", Tensor::zeros;
    ones, "ones_options", "filled with 1", Tensor::ones;
    empty, "empty_options", "of which nothing is known", Tensor::empty;
    rand, "rand_options", "of draws between 0 and 1", uniform, generator;
    randn, "randn_options", "of draws from the normal distribution", normal, generator;
}

fn uniform(size: Size, options: (Kind, Device), generator: Option<&Generator>) -> Tensor {
    match random::source(generator, options.1) {
        Some(generator) => generator.uniform_(&Tensor::empty(size, options), 0.0, 1.0),
        None => Tensor::rand(size, options),
    }
}

fn normal(size: Size, options: (Kind, Device), generator: Option<&Generator>) -> Tensor {
    match random::source(generator, options.1) {
        Some(generator) => generator.normal_(&Tensor::empty(size, options), 0.0, 1.0),
        None => Tensor::randn(size, options),
    }
}

/// A tensor of this shape filled with a number: [`torch.full`].
///
/// As in Python it is of [`Kind::Int64`] for a whole number, of [`Kind::Bool`] for `true` and
/// `false`, else of [`Kind::Float`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::full([2], 7), torch::tensor([7, 7]));
/// assert_eq!(torch::full([2], 0.5), torch::tensor([0.5, 0.5]));
/// ```
///
/// [`torch.full`]: https://docs.pytorch.org/docs/stable/generated/torch.full.html
#[function]
pub fn full(
    #[builder(into)] size: Size,
    #[builder(into)] fill_value: Number,
    /// The kind of the tensor; if not given, what the number makes it.
    dtype: Option<Kind>,
    /// Where the tensor lies.
    #[builder(default = Device::Cpu)]
    device: Device,
    /// Whether gradients are computed for it.
    #[builder(default)]
    requires_grad: bool,
) -> Tensor {
    let dtype = dtype.unwrap_or(fill_value.kind());
    Tensor::full(size, fill_value, (dtype, device)).set_requires_grad(requires_grad)
}

/// Makes the functions of a tensor and a shape, which differ in what they fill it with.
macro_rules! like_another {
    ($($name:ident, $options:literal, $filled:literal, $make:path;)+) => {
        $(
            #[doc = concat!(
                "A tensor of this shape ", $filled, ", of the kind and on the device of `input`: \
                 [`torch.Tensor.", stringify!($name), "`].\n\n",
                "```\nuse flambeau::prelude::*;\n\n",
                "let x = torch::arange(4);\n",
                "let y = torch::", stringify!($name), "(&x, [2, 3]);\n",
                "assert_eq!((y.size(), y.kind()), (vec![2, 3], Kind::Int64));\n",
                "let y = torch::", $options, "(&x, 5).dtype(Kind::Double).call();\n",
                "assert_eq!((y.size(), y.kind()), (vec![5], Kind::Double));\n```\n\n",
                "[`torch.Tensor.", stringify!($name),
                "`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.",
                stringify!($name), ".html"
            )]
            #[function]
            pub fn $name(
                input: &Tensor,
                #[builder(into)] size: Size,
                /// The kind of the tensor; the input's if not given.
                dtype: Option<Kind>,
                /// Where the tensor lies; beside the input if not given.
                device: Option<Device>,
                /// Whether gradients are computed for it.
                #[builder(default)]
                requires_grad: bool,
            ) -> Tensor {
                let options = (dtype.unwrap_or(input.kind()), device.unwrap_or(input.device()));
                $make(size, options).set_requires_grad(requires_grad)
            }
        )+
    };
}
like_another! {
    new_zeros, "new_zeros_options", "filled with 0", Tensor::zeros;
    new_ones, "new_ones_options", "filled with 1", Tensor::ones;
    new_empty, "new_empty_options", "of which nothing is known", Tensor::empty;
}

/// A tensor of this shape filled with a number, of the kind and on the device of `input`:
/// [`torch.Tensor.new_full`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([0.5]);
/// assert_eq!(torch::new_full(&x, [2], 7), torch::tensor([7.0, 7.0]));
/// ```
///
/// [`torch.Tensor.new_full`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.new_full.html
#[function]
pub fn new_full(
    input: &Tensor,
    #[builder(into)] size: Size,
    #[builder(into)] fill_value: Number,
    /// The kind of the tensor; the input's if not given.
    dtype: Option<Kind>,
    /// Where the tensor lies; beside the input if not given.
    device: Option<Device>,
    /// Whether gradients are computed for it.
    #[builder(default)]
    requires_grad: bool,
) -> Tensor {
    let options = (dtype.unwrap_or(input.kind()), device.unwrap_or(input.device()));
    Tensor::full(size, fill_value, options).set_requires_grad(requires_grad)
}

/// Where [`arange`] begins, before what it ends, and how far it is from one number to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progression {
    start: Number,
    end: Number,
    step: Number,
}

macro_rules! progressions {
    ($($number:ty),+) => {
        $(
            impl From<$number> for Progression {
                fn from(end: $number) -> Self {
                    (Number::Integer(0), end).into()
                }
            }
        )+
    };
}
progressions!(i32, i64, usize, f32, f64);

impl<A: Into<Number>, B: Into<Number>> From<(A, B)> for Progression {
    fn from((start, end): (A, B)) -> Self {
        (start, end, 1).into()
    }
}

impl<A: Into<Number>, B: Into<Number>, C: Into<Number>> From<(A, B, C)> for Progression {
    fn from((start, end, step): (A, B, C)) -> Self {
        Self { start: start.into(), end: end.into(), step: step.into() }
    }
}

/// The numbers from 0 or a start to before an end: [`torch.arange`].
///
/// `range` is the end, `(start, end)` or `(start, end, step)`. As in Python the tensor is of
/// [`Kind::Int64`] if all are whole numbers, else of [`Kind::Float`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::arange(3), torch::tensor([0, 1, 2])); // torch.arange(3)
/// assert_eq!(torch::arange((1, 7, 2)), torch::tensor([1, 3, 5])); // torch.arange(1, 7, 2)
/// assert_eq!(torch::arange((0.0, 1.0, 0.5)), torch::tensor([0.0, 0.5]));
/// ```
///
/// [`torch.arange`]: https://docs.pytorch.org/docs/stable/generated/torch.arange.html
#[function]
pub fn arange(
    #[builder(into)] range: Progression,
    /// The kind of the tensor; if not given, what the numbers make it.
    dtype: Option<Kind>,
    /// Where the tensor lies.
    #[builder(default = Device::Cpu)]
    device: Device,
    /// Whether gradients are computed for it.
    #[builder(default)]
    requires_grad: bool,
) -> Tensor {
    let Progression { start, end, step } = range;
    let whole = [start, end, step].iter().all(|number| number.kind() != Kind::Float);
    let dtype = dtype.unwrap_or(if whole { Kind::Int64 } else { Kind::Float });
    let numbers = Tensor::arange_start_step(start, end, step, (dtype, device));
    numbers.set_requires_grad(requires_grad)
}

/// `steps` numbers evenly from `start` to `end`, both included: [`torch.linspace`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::linspace(0, 1, 3), torch::tensor([0.0, 0.5, 1.0]));
/// ```
///
/// [`torch.linspace`]: https://docs.pytorch.org/docs/stable/generated/torch.linspace.html
#[function]
pub fn linspace(
    #[builder(into)] start: Number,
    #[builder(into)] end: Number,
    steps: i64,
    /// The kind of the tensor.
    #[builder(default = Kind::Float)]
    dtype: Kind,
    /// Where the tensor lies.
    #[builder(default = Device::Cpu)]
    device: Device,
    /// Whether gradients are computed for it.
    #[builder(default)]
    requires_grad: bool,
) -> Tensor {
    let numbers = Tensor::linspace(tch::Scalar::from(start), end.into(), steps, (dtype, device));
    numbers.set_requires_grad(requires_grad)
}

/// `steps` numbers from `base` to the power of `start` to that of `end`, whose logarithms lie evenly:
/// [`torch.logspace`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::logspace(0, 2, 3), torch::tensor([1.0, 10.0, 100.0]));
/// let x = torch::logspace_options(0, 2, 3).base(2).call();
/// assert_eq!(x, torch::tensor([1.0, 2.0, 4.0]));
/// ```
///
/// [`torch.logspace`]: https://docs.pytorch.org/docs/stable/generated/torch.logspace.html
#[function]
pub fn logspace(
    #[builder(into)] start: Number,
    #[builder(into)] end: Number,
    steps: i64,
    /// What is raised to the powers.
    #[builder(default = 10.0)]
    base: f64,
    /// The kind of the tensor.
    #[builder(default = Kind::Float)]
    dtype: Kind,
    /// Where the tensor lies.
    #[builder(default = Device::Cpu)]
    device: Device,
    /// Whether gradients are computed for it.
    #[builder(default)]
    requires_grad: bool,
) -> Tensor {
    let options = (dtype, device);
    let numbers = Tensor::logspace(tch::Scalar::from(start), end.into(), steps, base, options);
    numbers.set_requires_grad(requires_grad)
}

/// Makes the functions of a triangle's places.
macro_rules! triangle {
    ($($name:ident, $which:literal, $example:literal;)+) => {
        $(
            #[doc = concat!(
                "The rows and the columns of the elements in the ", $which, " triangle of a matrix of \
                 `row` rows and `col` columns: [`torch.", stringify!($name), "`].\n\n",
                "```\nuse flambeau::prelude::*;\n\n",
                "let places = torch::", stringify!($name), "(2, 2);\n",
                "assert_eq!(places, torch::tensor(", $example, "));\n```\n\n",
                "[`torch.", stringify!($name), "`]: https://docs.pytorch.org/docs/stable/generated/torch.",
                stringify!($name), ".html"
            )]
            #[function]
            pub fn $name(
                row: i64,
                col: i64,
                /// Which diagonal bounds it: 0 is the main one, 1 that above it.
                #[builder(default)]
                offset: i64,
                /// The kind of the tensor.
                #[builder(default = Kind::Int64)]
                dtype: Kind,
                /// Where the tensor lies.
                #[builder(default = Device::Cpu)]
                device: Device,
            ) -> Tensor {
                Tensor::$name(row, col, offset, (dtype, device))
            }
        )+
    };
}
triangle! {
    tril_indices, "lower", "[[0, 1, 1], [0, 0, 1]]";
    triu_indices, "upper", "[[0, 0, 1], [0, 1, 1]]";
}

/// The identity matrix of n rows: [`torch.eye`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::eye(2), torch::tensor([[1.0, 0.0], [0.0, 1.0]]));
/// assert_eq!(torch::eye_options(2).m(3).call().shape(), [2, 3]);
/// ```
///
/// [`torch.eye`]: https://docs.pytorch.org/docs/stable/generated/torch.eye.html
#[function]
pub fn eye(
    n: i64,
    /// The number of columns; as many as rows if not given.
    m: Option<i64>,
    /// The kind of the tensor.
    #[builder(default = Kind::Float)]
    dtype: Kind,
    /// Where the tensor lies.
    #[builder(default = Device::Cpu)]
    device: Device,
    /// Whether gradients are computed for it.
    #[builder(default)]
    requires_grad: bool,
) -> Tensor {
    let matrix = Tensor::eye_m(n, m.unwrap_or(n), (dtype, device));
    matrix.set_requires_grad(requires_grad)
}

/// A tensor of this shape of drawn whole numbers below `high`: [`torch.randint`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let labels = torch::randint(10, [8]);
/// assert!(labels.lt(10).all().item() == 1.0 && labels.kind() == Kind::Int64);
/// assert_eq!(torch::randint_options(3, [2]).low(2).call(), torch::tensor([2, 2]));
/// ```
///
/// [`torch.randint`]: https://docs.pytorch.org/docs/stable/generated/torch.randint.html
#[function]
pub fn randint(
    high: i64,
    #[builder(into)] size: Size,
    /// The smallest number that is drawn.
    #[builder(default)]
    low: i64,
    /// The kind of the tensor.
    #[builder(default = Kind::Int64)]
    dtype: Kind,
    /// Where the tensor lies.
    #[builder(default = Device::Cpu)]
    device: Device,
    /// Whether gradients are computed for it, which needs a kind of floats.
    #[builder(default)]
    requires_grad: bool,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let numbers = match random::source(generator, device) {
        Some(generator) => generator.random_(&Tensor::empty(size, (dtype, device)), low, high),
        None => Tensor::randint_low(low, high, size, (dtype, device)),
    };
    numbers.set_requires_grad(requires_grad)
}

/// Makes the functions of a tensor alone, which differ in what is drawn.
macro_rules! drawn_like_another {
    ($($name:ident, $options:literal, $drawn:literal, $operator:literal;)+) => {
        $(
            #[doc = concat!(
                "A tensor ", $drawn, ", of the shape and the kind and on the device of `input`: [`torch.",
                stringify!($name), "`].\n\n",
                "The numbers are drawn in the order in which those of `input` lie, as in Python.\n\n",
                "```\nuse flambeau::prelude::*;\n\n",
                "let x = torch::zeros([2, 3]);\n",
                "let y = torch::", stringify!($name), "(&x);\n",
                "assert_eq!((y.size(), y.kind()), (vec![2, 3], Kind::Float));\n",
                "let y = torch::", $options, "(&x).dtype(Kind::Double).call();\n",
                "assert_eq!((y.size(), y.kind()), (vec![2, 3], Kind::Double));\n```\n\n",
                "# Panics\nWhen the kind is one of whole numbers, in libtorch's words.\n\n",
                "[`torch.", stringify!($name), "`]: https://docs.pytorch.org/docs/stable/generated/torch.",
                stringify!($name), ".html"
            )]
            #[function]
            #[track_caller]
            pub fn $name(
                input: &Tensor,
                /// The kind of the tensor; the input's if not given.
                dtype: Option<Kind>,
                /// Where the tensor lies; beside the input if not given.
                device: Option<Device>,
                /// Whether gradients are computed for it.
                #[builder(default)]
                requires_grad: bool,
                /// What to draw from instead of the default generator.
                generator: Option<&Generator>,
            ) -> Tensor {
                drawn_as($operator, c"generator", input, &[], dtype, device, generator)
                    .set_requires_grad(requires_grad)
            }
        )+
    };
}
drawn_like_another! {
    rand_like, "rand_like_options", "of draws between 0 and 1", c"aten::rand_like";
    randn_like, "randn_like_options", "of draws from the normal distribution", c"aten::randn_like";
}

/// A tensor of drawn whole numbers below `high`, of the shape and the kind and on the device of `input`:
/// [`torch.randint_like`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([2, 3]);
/// let y = torch::randint_like(&x, 10);
/// assert!(y.lt(10).all().item() == 1.0 && y.kind() == Kind::Float);
/// let y = torch::randint_like_options(&x, 3).low(2).dtype(Kind::Int64).call();
/// assert_eq!(y, torch::full([2, 3], 2));
/// ```
///
/// [`torch.randint_like`]: https://docs.pytorch.org/docs/stable/generated/torch.randint_like.html
#[function]
#[track_caller]
pub fn randint_like(
    input: &Tensor,
    high: i64,
    /// The smallest number that is drawn.
    #[builder(default)]
    low: i64,
    /// The kind of the tensor; the input's if not given.
    dtype: Option<Kind>,
    /// Where the tensor lies; beside the input if not given.
    device: Option<Device>,
    /// Whether gradients are computed for it, which needs a kind of floats.
    #[builder(default)]
    requires_grad: bool,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let bounds = [low.into(), high.into()];
    let overload = c"low_generator_dtype";
    drawn_as(c"aten::randint_like", overload, input, &bounds, dtype, device, generator)
        .set_requires_grad(requires_grad)
}

/// The numbers from 0 to n - 1 in a random order: [`torch.randperm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::sort(&torch::randperm(9)).0, torch::arange(9));
/// ```
///
/// [`torch.randperm`]: https://docs.pytorch.org/docs/stable/generated/torch.randperm.html
#[function]
pub fn randperm(
    n: i64,
    /// The kind of the tensor.
    #[builder(default = Kind::Int64)]
    dtype: Kind,
    /// Where the tensor lies.
    #[builder(default = Device::Cpu)]
    device: Device,
    /// Whether gradients are computed for it, which needs a kind of floats.
    #[builder(default)]
    requires_grad: bool,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let order = match (random::source(generator, device), usize::try_from(n)) {
        (Some(generator), Ok(n)) => {
            Tensor::from_slice(&generator.randperm(n)).to_dtype(dtype, false, false).to(device)
        }
        _ => Tensor::randperm(n, (dtype, device)),
    };
    order.set_requires_grad(requires_grad)
}

//! Tensors of random numbers, as other tensors say.

use std::ffi::CStr;

use flambeau_derive::function;
use tch::{Device, Kind, Tensor};

use super::number::TensorOrNumber;
use crate::ffi::{Argument, op};
use crate::random::{self, Generator};
use crate::refusal::refuse;

/// What an operator draws that takes a generator last: from the one that is given, that of
/// [`random::with_generator`], or the default one of the device where `input` lies.
#[track_caller]
pub(super) fn drawn(
    name: &CStr,
    overload: &CStr,
    input: &Tensor,
    arguments: &[Argument<'_>],
    generator: Option<&Generator>,
) -> Tensor {
    let source = random::source(generator, input.device());
    let generator = source.as_ref().map_or(Argument::None, Generator::argument);
    let [drawn] = op(name, overload, &[arguments, &[generator]].concat());
    drawn
}

/// What an operator draws as `input` lies, of this kind and on this device if they are given.
#[track_caller]
pub(super) fn drawn_as(
    name: &CStr,
    overload: &CStr,
    input: &Tensor,
    arguments: &[Argument<'_>],
    dtype: Option<Kind>,
    device: Option<Device>,
    generator: Option<&Generator>,
) -> Tensor {
    let source = random::source(generator, device.unwrap_or(input.device()));
    let generator = source.as_ref().map_or(Argument::None, Generator::argument);
    let device = device.map(|device| match device {
        Device::Cpu => "cpu".to_string(),
        Device::Cuda(index) => format!("cuda:{index}"),
        Device::Mps => "mps".to_string(),
        Device::Vulkan => "vulkan".to_string(),
    });
    let device = device.as_deref().map_or(Argument::None, Argument::Device);
    // Between them stand the layout, and behind them whether it is pinned and the memory format.
    let keywords =
        [generator, dtype.into(), Argument::None, device, Argument::None, Argument::None];
    // Nothing of it is a function of the input: of some of these operators libtorch does not know that.
    let input = input.detach();
    let [drawn] = op(name, overload, &[&[(&input).into()], arguments, &keywords].concat());
    drawn
}

/// 1 as often as the elements say, which are from 0 to 1, and else 0: [`torch.bernoulli`].
///
/// In place it is [`bernoulli_`](fn@super::bernoulli_).
///
/// ```
/// use flambeau::prelude::*;
///
/// let p = torch::tensor([0.0, 1.0]);
/// assert_eq!(torch::bernoulli(&p), p);
/// ```
///
/// [`torch.bernoulli`]: https://docs.pytorch.org/docs/stable/generated/torch.bernoulli.html
#[function]
pub fn bernoulli(
    input: &Tensor,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    drawn(c"aten::bernoulli", c"", input, &[input.into()], generator)
}

/// Draws from normal distributions, with the mean and the standard deviation of each element:
/// [`torch.normal`].
///
/// Where both are numbers, [`normal_`](fn@super::normal_) fills a tensor of a given size.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::normal(&torch::tensor([1.0, 2.0]), 0);
/// assert_eq!(x, torch::tensor([1.0, 2.0]));
/// ```
///
/// # Panics
/// When both are numbers.
///
/// [`torch.normal`]: https://docs.pytorch.org/docs/stable/generated/torch.normal.html
#[function]
pub fn normal<'a>(
    #[builder(into)] mean: TensorOrNumber<'a>,
    #[builder(into)] std: TensorOrNumber<'a>,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let (overload, input) = match (mean.told_apart(), std.told_apart()) {
        (Ok(mean), Ok(_)) => (c"Tensor_Tensor", mean),
        (Ok(mean), Err(_)) => (c"Tensor_float", mean),
        (Err(_), Ok(std)) => (c"float_Tensor", std),
        (Err(mean), Err(std)) => refuse(format!(
            "normal() of two numbers needs a size: write \
             torch::normal_in_place_options(&torch::empty(size)).mean({mean}).std({std}).call()"
        )),
    };
    let arguments = [&mean, &std].map(|value| match value.told_apart() {
        Ok(tensor) => tensor.into(),
        Err(number) => Argument::Number(number.to_f64()),
    });
    drawn(c"aten::normal", overload, input, &arguments, generator)
}

/// Draws from Poisson distributions, with the mean of each element: [`torch.poisson`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::poisson(&torch::zeros(2)), torch::zeros(2));
/// ```
///
/// [`torch.poisson`]: https://docs.pytorch.org/docs/stable/generated/torch.poisson.html
#[function]
pub fn poisson(
    input: &Tensor,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    drawn(c"aten::poisson", c"", input, &[input.into()], generator)
}

//! Element by element.

use std::ffi::CStr;

use flambeau_derive::function;
use tch::Tensor;

use super::number::{Number, TensorOrNumber};
use crate::ffi::{Argument, op};
use crate::refusal::{check, refuse};

/// The elements, where they are below `min` that, and where they are above `max` that:
/// [`torch.clamp`].
///
/// Either bound may be left out, but not both; each is a number, or both are tensors. Of numbers,
/// `x.clamp(0, 1)`, `x.clamp_min(0)` and `x.clamp_max(1)` are Python's.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([-1.0, 0.5, 2.0]);
/// assert_eq!(torch::clamp_options(&x).min(0).call(), torch::tensor([0.0, 0.5, 2.0]));
/// ```
///
/// [`torch.clamp`]: https://docs.pytorch.org/docs/stable/generated/torch.clamp.html
#[function]
pub fn clamp<'a>(
    input: &Tensor,
    /// The lower bound.
    #[builder(into)]
    min: Option<TensorOrNumber<'a>>,
    /// The upper bound.
    #[builder(into)]
    max: Option<TensorOrNumber<'a>>,
    /// Whether the input itself is written to: Python's `clamp_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let is_tensor =
        |bound: &Option<TensorOrNumber<'_>>| bound.as_ref().map(|b| b.told_apart().is_ok());
    let (of_min, of_max) = (is_tensor(&min), is_tensor(&max));
    check!(
        of_min.is_none() || of_max.is_none() || of_min == of_max,
        "clamp(): min and max are two numbers or two tensors"
    );
    let overload = if of_min.or(of_max) == Some(true) { c"Tensor" } else { c"" };
    let arguments = [input.into(), min.as_ref().into(), max.as_ref().into()];
    let [clamped] = op(named(inplace, c"aten::clamp", c"aten::clamp_"), overload, &arguments);
    clamped
}

/// The same as [`clamp`](fn@clamp), under its other name: [`torch.clip`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([-1.0, 0.5, 2.0]);
/// assert_eq!(torch::clip_options(&x).max(1).call(), torch::tensor([-1.0, 0.5, 1.0]));
/// ```
///
/// [`torch.clip`]: https://docs.pytorch.org/docs/stable/generated/torch.clip.html
#[function]
pub fn clip<'a>(
    input: &Tensor,
    /// The lower bound.
    #[builder(into)]
    min: Option<TensorOrNumber<'a>>,
    /// The upper bound.
    #[builder(into)]
    max: Option<TensorOrNumber<'a>>,
    /// Whether the input itself is written to: Python's `clip_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    clamp_options(input).maybe_min(min).maybe_max(max).inplace(inplace).call()
}

/// The nearest whole numbers, or the nearest with so many decimals: [`torch.round`].
///
/// What is halfway goes to the even one.
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::round(&torch::tensor([2.5, 3.5])), torch::tensor([2.0, 4.0]));
/// let x = torch::round_options(&torch::tensor([0.126])).decimals(2).call();
/// assert_eq!(x, torch::tensor([0.13]));
/// ```
///
/// [`torch.round`]: https://docs.pytorch.org/docs/stable/generated/torch.round.html
#[function]
pub fn round(
    input: &Tensor,
    /// How many decimals stay; negative numbers round before the point.
    #[builder(default)]
    decimals: i64,
) -> Tensor {
    match decimals {
        0 => input.round(),
        decimals => input.round_decimals(decimals),
    }
}

/// The elements, with numbers in place of NaN and the infinities: [`torch.nan_to_num`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([f64::NAN, f64::INFINITY, 1.0]);
/// let x = torch::nan_to_num_options(&x).posinf(9).call();
/// assert_eq!(x, torch::tensor([0.0, 9.0, 1.0]));
/// ```
///
/// [`torch.nan_to_num`]: https://docs.pytorch.org/docs/stable/generated/torch.nan_to_num.html
#[function]
pub fn nan_to_num(
    input: &Tensor,
    /// What stands for NaN.
    #[builder(default = 0.0)]
    nan: f64,
    /// What stands for infinity; the kind's largest number if not given.
    posinf: Option<f64>,
    /// What stands for minus infinity; the kind's smallest number if not given.
    neginf: Option<f64>,
) -> Tensor {
    input.nan_to_num(nan, posinf, neginf)
}

/// The sum of two tensors, or a tensor and a number, `other` multiplied first: [`torch.add`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([1.0]), torch::tensor([2.0]));
/// assert_eq!(torch::add_options(&x, &y).alpha(10).call(), torch::tensor([21.0]));
/// torch::add_options(&x, &y).alpha(10).inplace(true).call(); // x.add_(y, alpha=10)
/// assert_eq!(x, torch::tensor([21.0]));
/// ```
///
/// [`torch.add`]: https://docs.pytorch.org/docs/stable/generated/torch.add.html
#[function]
pub fn add<'a>(
    input: &Tensor,
    #[builder(into)] other: TensorOrNumber<'a>,
    /// What `other` is multiplied by.
    #[builder(default = Number::Integer(1), into)]
    alpha: Number,
    /// Whether the input itself is written to: Python's `add_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let name = named(inplace, c"aten::add", c"aten::add_");
    of_two(name, input, &other, alpha.into())
}

/// The difference of two tensors, or a tensor and a number, `other` multiplied first:
/// [`torch.sub`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([1.0]), torch::tensor([2.0]));
/// assert_eq!(torch::sub_options(&x, &y).alpha(10).call(), torch::tensor([-19.0]));
/// ```
///
/// [`torch.sub`]: https://docs.pytorch.org/docs/stable/generated/torch.sub.html
#[function]
pub fn sub<'a>(
    input: &Tensor,
    #[builder(into)] other: TensorOrNumber<'a>,
    /// What `other` is multiplied by.
    #[builder(default = Number::Integer(1), into)]
    alpha: Number,
    /// Whether the input itself is written to: Python's `sub_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let name = named(inplace, c"aten::sub", c"aten::sub_");
    of_two(name, input, &other, alpha.into())
}

/// The product of two tensors, or a tensor and a number: [`torch.mul`], Python's `x * y`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1.0, 2.0]);
/// assert_eq!(torch::mul(&x, 3), torch::tensor([3.0, 6.0]));
/// torch::mul_options(&x, true).inplace(true).call(); // x.mul_(True)
/// ```
///
/// [`torch.mul`]: https://docs.pytorch.org/docs/stable/generated/torch.mul.html
#[function]
pub fn mul<'a>(
    input: &Tensor,
    #[builder(into)] other: TensorOrNumber<'a>,
    /// Whether the input itself is written to: Python's `mul_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let overload = if other.told_apart().is_ok() { c"Tensor" } else { c"Scalar" };
    let arguments = [input.into(), (&other).into()];
    let [product] = op(named(inplace, c"aten::mul", c"aten::mul_"), overload, &arguments);
    product
}

/// `other` minus the tensor: `torch.rsub`, which is what Python does for `1.0 - x`.
///
/// tch's `1.0 - x` is -(x - 1), whose zeros have the other sign.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::rsub(&torch::tensor([1.0, 0.25]), 1.0);
/// assert_eq!(x, torch::tensor([0.0, 0.75]));
/// assert!(x.i(0).item().is_sign_positive());
/// ```
#[function]
pub fn rsub<'a>(
    input: &Tensor,
    #[builder(into)] other: TensorOrNumber<'a>,
    /// What the tensor is multiplied by first.
    #[builder(default = Number::Integer(1), into)]
    alpha: Number,
) -> Tensor {
    of_two(c"aten::rsub", input, &other, alpha.into())
}

/// The quotient of two tensors, or a tensor and a number: [`torch.div`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([7, -7]);
/// assert_eq!(torch::div(&x, 2), torch::tensor([3.5, -3.5]));
/// let floors = torch::div_options(&x, 2).rounding_mode("floor").call(); // x // 2
/// assert_eq!(floors, torch::tensor([3, -4]));
/// ```
///
/// [`torch.div`]: https://docs.pytorch.org/docs/stable/generated/torch.div.html
#[function]
pub fn div<'a>(
    input: &Tensor,
    #[builder(into)] other: TensorOrNumber<'a>,
    /// `"trunc"`, towards 0, or `"floor"`, downwards; not rounded if not given.
    rounding_mode: Option<&str>,
    /// Whether the input itself is written to: Python's `div_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let overload = match (other.told_apart().is_ok(), rounding_mode.is_some()) {
        (true, false) => c"Tensor",
        (true, true) => c"Tensor_mode",
        (false, false) => c"Scalar",
        (false, true) => c"Scalar_mode",
    };
    let arguments = [input.into(), (&other).into(), rounding_mode.into()];
    let given = 2 + usize::from(rounding_mode.is_some());
    let [quotient] = op(named(inplace, c"aten::div", c"aten::div_"), overload, &arguments[..given]);
    quotient
}

/// The quotient rounded downwards: [`torch.floor_divide`], Python's `x // y`.
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::floor_divide(&torch::tensor([7, -7]), 2), torch::tensor([3, -4]));
/// ```
///
/// [`torch.floor_divide`]: https://docs.pytorch.org/docs/stable/generated/torch.floor_divide.html
#[function]
pub fn floor_divide<'a>(input: &Tensor, #[builder(into)] other: TensorOrNumber<'a>) -> Tensor {
    let overload = if other.told_apart().is_ok() { c"" } else { c"Scalar" };
    let [quotient] = op(c"aten::floor_divide", overload, &[input.into(), (&other).into()]);
    quotient
}

/// What a division leaves, of the divisor's sign: [`torch.remainder`], Python's `x % y`, of tensors or
/// numbers of which one is a tensor.
///
/// # Panics
/// When both are numbers.
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::remainder(&torch::tensor([7, -7]), 3), torch::tensor([1, 2]));
/// assert_eq!(torch::remainder(7, &torch::tensor([4, 5])), torch::tensor([3, 2]));
/// ```
///
/// [`torch.remainder`]: https://docs.pytorch.org/docs/stable/generated/torch.remainder.html
#[function]
pub fn remainder<'a>(
    #[builder(into)] input: TensorOrNumber<'a>,
    #[builder(into)] other: TensorOrNumber<'a>,
) -> Tensor {
    let overload = match (input.told_apart(), other.told_apart()) {
        (Ok(_), Ok(_)) => c"Tensor",
        (Ok(_), Err(_)) => c"Scalar",
        (Err(_), Ok(_)) => c"Scalar_Tensor",
        (Err(_), Err(_)) => {
            refuse("remainder() takes a tensor and a number, or two tensors".into())
        }
    };
    let [remainder] = op(c"aten::remainder", overload, &[(&input).into(), (&other).into()]);
    remainder
}

/// Powers, of tensors or numbers of which one is a tensor: [`torch.pow`], Python's `x ** y`.
///
/// # Panics
/// When both are numbers.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([1, 2, 3]);
/// assert_eq!(torch::pow(&x, 2), torch::tensor([1, 4, 9]));
/// assert_eq!(torch::pow(2, &x), torch::tensor([2, 4, 8]));
/// ```
///
/// [`torch.pow`]: https://docs.pytorch.org/docs/stable/generated/torch.pow.html
#[function]
pub fn pow<'a>(
    #[builder(into)] input: TensorOrNumber<'a>,
    #[builder(into)] exponent: TensorOrNumber<'a>,
) -> Tensor {
    let overload = match (input.told_apart(), exponent.told_apart()) {
        (Ok(_), Ok(_)) => c"Tensor_Tensor",
        (Ok(_), Err(_)) => c"Tensor_Scalar",
        (Err(_), Ok(_)) => c"Scalar",
        (Err(_), Err(_)) => refuse("pow() takes a tensor and a number, or two tensors".into()),
    };
    let [power] = op(c"aten::pow", overload, &[(&input).into(), (&exponent).into()]);
    power
}

/// log(x / (1 - x)): [`torch.logit`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::logit(&torch::tensor([0.5])), torch::tensor([0.0]));
/// ```
///
/// [`torch.logit`]: https://docs.pytorch.org/docs/stable/generated/torch.logit.html
#[function]
pub fn logit(
    input: &Tensor,
    /// The elements are brought between this and 1 minus this first.
    eps: Option<f64>,
) -> Tensor {
    input.logit(eps)
}

/// `input` + `value` · `tensor1` · `tensor2`: [`torch.addcmul`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let [x, a, b] = [1.0, 2.0, 3.0].map(torch::tensor);
/// assert_eq!(torch::addcmul_options(&x, &a, &b).value(0.5).call(), torch::tensor(4.0));
/// ```
///
/// [`torch.addcmul`]: https://docs.pytorch.org/docs/stable/generated/torch.addcmul.html
#[function]
pub fn addcmul(
    input: &Tensor,
    tensor1: &Tensor,
    tensor2: &Tensor,
    /// What the product is multiplied by.
    #[builder(default = Number::Integer(1), into)]
    value: Number,
    /// Whether the input itself is written to: Python's `addcmul_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let arguments = [input.into(), tensor1.into(), tensor2.into(), value.into()];
    let [sum] = op(named(inplace, c"aten::addcmul", c"aten::addcmul_"), c"", &arguments);
    sum
}

/// `input` + `value` · `tensor1` / `tensor2`: [`torch.addcdiv`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let [x, a, b] = [1.0, 3.0, 2.0].map(torch::tensor);
/// assert_eq!(torch::addcdiv_options(&x, &a, &b).value(2).call(), torch::tensor(4.0));
/// ```
///
/// [`torch.addcdiv`]: https://docs.pytorch.org/docs/stable/generated/torch.addcdiv.html
#[function]
pub fn addcdiv(
    input: &Tensor,
    tensor1: &Tensor,
    tensor2: &Tensor,
    /// What the quotient is multiplied by.
    #[builder(default = Number::Integer(1), into)]
    value: Number,
    /// Whether the input itself is written to: Python's `addcdiv_`.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    let arguments = [input.into(), tensor1.into(), tensor2.into(), value.into()];
    let [sum] = op(named(inplace, c"aten::addcdiv", c"aten::addcdiv_"), c"", &arguments);
    sum
}

/// Which of an operator's two names it is: the one that makes a tensor, or that which writes over one.
fn named(inplace: bool, fresh: &'static CStr, over: &'static CStr) -> &'static CStr {
    if inplace { over } else { fresh }
}

/// An operator of a tensor and another or a number, with one number besides.
#[track_caller]
fn of_two(name: &CStr, input: &Tensor, other: &TensorOrNumber<'_>, number: Argument<'_>) -> Tensor {
    let overload = if other.told_apart().is_ok() { c"Tensor" } else { c"Scalar" };
    let [output] = op(name, overload, &[input.into(), other.into(), number]);
    output
}

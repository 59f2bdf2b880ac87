//! Any of libtorch's operators by its name, for those forms that tch leaves out.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use tch::{Kind, Tensor};
use torch_sys::C_tensor;

use super::{Generator, check};
use crate::Result;

/// An argument of an operator, of the kind that its schema names. A whole number is one of the
/// schema's `int` and `Scalar`, another of its `float` and `Scalar`.
#[derive(Clone, Copy)]
pub(crate) enum Argument<'a> {
    None,
    Tensor(&'a Tensor),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Text(&'a str),
    Integers(&'a [i64]),
    Kind(Kind),
    /// A device, as Python spells it.
    Device(&'a str),
    Numbers(&'a [f64]),
    Generator(&'a Generator),
}

impl<'a, T: Into<Argument<'a>>> From<Option<T>> for Argument<'a> {
    fn from(argument: Option<T>) -> Self {
        argument.map_or(Argument::None, T::into)
    }
}

macro_rules! arguments {
    ($($value:ty => $variant:ident),+) => {
        $(impl<'a> From<$value> for Argument<'a> {
            fn from(value: $value) -> Self {
                Argument::$variant(value)
            }
        })+
    };
}
arguments!(&'a Tensor => Tensor, i64 => Integer, bool => Boolean, &'a str => Text, &'a [i64] => Integers, Kind => Kind);

/// An [`Argument`] as `op.cpp` has it.
#[repr(C)]
struct CArgument {
    which: i32,
    integer: i64,
    number: f64,
    data: *const c_void,
    length: usize,
}

impl From<&Argument<'_>> for CArgument {
    fn from(argument: &Argument<'_>) -> Self {
        let of = |which| Self { which, integer: 0, number: 0.0, data: ptr::null(), length: 0 };
        match *argument {
            Argument::None => of(0),
            Argument::Tensor(tensor) => Self { data: tensor.as_ptr().cast(), ..of(1) },
            Argument::Integer(integer) => Self { integer, ..of(2) },
            Argument::Number(number) => Self { number, ..of(3) },
            Argument::Boolean(value) => Self { integer: value.into(), ..of(4) },
            Argument::Text(text) => {
                Self { data: text.as_ptr().cast(), length: text.len(), ..of(5) }
            }
            Argument::Device(text) => {
                Self { data: text.as_ptr().cast(), length: text.len(), ..of(7) }
            }
            Argument::Numbers(list) => {
                Self { data: list.as_ptr().cast(), length: list.len(), ..of(8) }
            }
            Argument::Generator(generator) => Self { data: generator.as_ptr().cast(), ..of(9) },
            Argument::Kind(kind) => Self { integer: scalar_type(kind), ..of(2) },
            Argument::Integers(list) => {
                Self { data: list.as_ptr().cast(), length: list.len(), ..of(6) }
            }
        }
    }
}

/// The kind as at::ScalarType counts it; tch keeps this to itself.
fn scalar_type(kind: Kind) -> i64 {
    match kind {
        Kind::Uint8 => 0,
        Kind::Int8 => 1,
        Kind::Int16 => 2,
        Kind::Int => 3,
        Kind::Int64 => 4,
        Kind::Half => 5,
        Kind::Float => 6,
        Kind::Double => 7,
        Kind::ComplexHalf => 8,
        Kind::ComplexFloat => 9,
        Kind::ComplexDouble => 10,
        Kind::Bool => 11,
        Kind::QInt8 => 12,
        Kind::QUInt8 => 13,
        Kind::QInt32 => 14,
        Kind::BFloat16 => 15,
        Kind::Float8e5m2 => 23,
        Kind::Float8e4m3fn => 24,
        Kind::Float8e5m2fnuz => 25,
        Kind::Float8e4m3fnuz => 26,
    }
}

unsafe extern "C" {
    fn flambeau_op(
        name: *const c_char,
        overload: *const c_char,
        arguments: *const CArgument,
        n: usize,
        out: *mut *mut C_tensor,
        results: usize,
    ) -> *mut c_char;
}

/// Calls the operator `name`, as `c"aten::histc"`, in the form that `overload` names; arguments
/// left out at the end have the schema's defaults. It returns N tensors.
///
/// # Panics
/// Where libtorch does, in its words.
#[track_caller]
pub(crate) fn op<const N: usize>(
    name: &CStr,
    overload: &CStr,
    arguments: &[Argument<'_>],
) -> [Tensor; N] {
    let called = try_op(name, overload, arguments);
    called.map_err(|error| tch::TchError::Torch(error.to_string())).unwrap()
}

/// [`op`] for arguments that come from a file.
///
/// # Errors
/// What libtorch said.
pub(crate) fn try_op<const N: usize>(
    name: &CStr,
    overload: &CStr,
    arguments: &[Argument<'_>],
) -> Result<[Tensor; N]> {
    let arguments: Vec<CArgument> = arguments.iter().map(CArgument::from).collect();
    let (name, overload) = (name.as_ptr(), overload.as_ptr());
    let mut out = [ptr::null_mut(); N];
    check(unsafe {
        flambeau_op(name, overload, arguments.as_ptr(), arguments.len(), out.as_mut_ptr(), N)
    })?;
    // SAFETY: the shim made these tensors for us.
    Ok(out.map(|tensor| unsafe { Tensor::from_ptr(tensor) }))
}

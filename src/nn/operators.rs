//! [`Parameter`] and [`Buffer`] where a tensor stands: beside operators, between brackets, and as an
//! argument that may be a tensor or something else.
//!
//! Where a `&Tensor` is asked for, a reference to either is one already, by `Deref`. That reaches
//! neither operators nor generic arguments, whose traits are found by the very type.

use std::borrow::Borrow;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use tch::Tensor;

use super::functional::Variance;
use super::{Buffer, Parameter};
use crate::torch::{self, IntoIndex, TensorIndex, TensorOrNumber};

/// For each member, and each of its operators: the function that it stands for, and that for a number
/// before the member, which tch's tensors compute with other last bits.
macro_rules! stands_where_a_tensor_stands {
    ($($member:ident)+) => {
        $(
            stands_where_a_tensor_stands!(@operators $member
                Add::add, AddAssign::add_assign, |number, x| torch::add(x, number);
                Sub::sub, SubAssign::sub_assign, |number, x| torch::rsub(x, number);
                Mul::mul, MulAssign::mul_assign, |number, x| torch::mul(x, number);
                Div::div, DivAssign::div_assign, |number, x| torch::mul(&x.reciprocal(), number);
            );

            impl Neg for &$member {
                type Output = Tensor;

                fn neg(self) -> Tensor {
                    -&**self
                }
            }

            impl Neg for $member {
                type Output = Tensor;

                fn neg(self) -> Tensor {
                    -&self
                }
            }

            impl Borrow<Tensor> for $member {
                fn borrow(&self) -> &Tensor {
                    self
                }
            }

            impl Borrow<Tensor> for &$member {
                fn borrow(&self) -> &Tensor {
                    self
                }
            }

            impl IntoIndex for &$member {
                fn into_index(self) -> TensorIndex {
                    (&**self).into_index()
                }
            }

            impl<'a> From<&'a $member> for TensorOrNumber<'a> {
                fn from(member: &'a $member) -> Self {
                    Self::Tensor(member)
                }
            }

            impl<'a> From<&'a $member> for Variance<'a> {
                fn from(member: &'a $member) -> Self {
                    Self::Each(member)
                }
            }
        )+
    };
    (@operators $member:ident $(
        $trait:ident::$method:ident, $assign:ident::$assigned:ident, |$number:ident, $x:ident| $swapped:expr;
    )+) => {
        $(
            /// With a tensor, a number or another member behind it.
            impl<'a, R: Into<TensorOrNumber<'a>>> $trait<R> for &'a $member {
                type Output = Tensor;

                #[track_caller]
                fn $method(self, other: R) -> Tensor {
                    torch::$method(self, other)
                }
            }

            impl $trait<&$member> for Tensor {
                type Output = Tensor;

                #[track_caller]
                fn $method(self, other: &$member) -> Tensor {
                    torch::$method(&self, other)
                }
            }

            impl $trait<&$member> for &Tensor {
                type Output = Tensor;

                #[track_caller]
                fn $method(self, other: &$member) -> Tensor {
                    torch::$method(self, other)
                }
            }

            // Without the `&` it is moved, as the compiler then says.
            impl $trait<$member> for Tensor {
                type Output = Tensor;

                #[track_caller]
                fn $method(self, other: $member) -> Tensor {
                    torch::$method(&self, &other)
                }
            }

            impl $trait<$member> for &Tensor {
                type Output = Tensor;

                #[track_caller]
                fn $method(self, other: $member) -> Tensor {
                    torch::$method(self, &other)
                }
            }

            stands_where_a_tensor_stands!(@moved $member $trait::$method $assign::$assigned;
                Tensor, &Tensor, &Parameter, &Buffer, i64, f64);

            impl $assign<&$member> for Tensor {
                fn $assigned(&mut self, other: &$member) {
                    $assign::$assigned(self, &**other);
                }
            }

            // Of two kinds of number alone the compiler knows which a literal is, so that a method may
            // follow: `(1.0 - &self.w).exp()`.
            stands_where_a_tensor_stands!(@numbers $member $trait::$method |$number, $x| $swapped;
                i64 f64);
        )+
    };
    (@moved $member:ident $trait:ident::$method:ident $assign:ident::$assigned:ident; $($type:ty),+) => {
        $(
            impl $trait<$type> for $member {
                type Output = Tensor;

                #[track_caller]
                fn $method(self, other: $type) -> Tensor {
                    $trait::$method(&self, other)
                }
            }

            /// In place, in the member's own memory.
            impl $assign<$type> for $member {
                #[track_caller]
                fn $assigned(&mut self, other: $type) {
                    $assign::$assigned(&mut self.shallow_clone(), other);
                }
            }
        )+
    };
    (@numbers $member:ident $trait:ident::$method:ident |$number:ident, $x:ident| $swapped:expr; $($type:ty)+) => {
        $(
            impl $trait<&$member> for $type {
                type Output = Tensor;

                #[track_caller]
                fn $method(self, other: &$member) -> Tensor {
                    let ($number, $x) = (self, &**other);
                    $swapped
                }
            }
        )+
    };
}
stands_where_a_tensor_stands!(Parameter Buffer);

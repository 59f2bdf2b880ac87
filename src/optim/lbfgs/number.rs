//! Numbers as Python has them where floats and tensors of one number meet.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Sub};

use tch::{Kind, Tensor};

use crate::object::Object;
use crate::optim::group::Entry;

/// A float of Python's, or a tensor of one number: what is computed with the latter is rounded to its
/// kind at each step, and is such a tensor again. L-BFGS's last bits depend on which it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub value: f64,
    /// The tensor's.
    kind: Option<Kind>,
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self { value, kind: None }
    }
}

impl From<Tensor> for Number {
    fn from(tensor: Tensor) -> Self {
        Self { value: tensor.double_value(&[]), kind: Some(tensor.kind()) }
    }
}

impl Number {
    fn rounded(value: f64, kind: Option<Kind>) -> Self {
        let round = |kind| Tensor::from(value).to_kind(kind).double_value(&[]);
        Self { value: kind.map_or(value, round), kind }
    }

    /// Both as they meet, and the kind of what comes of them.
    fn meet(self, other: Self) -> (f64, f64, Option<Kind>) {
        let kind = self.kind.or(other.kind);
        (Self::rounded(self.value, kind).value, Self::rounded(other.value, kind).value, kind)
    }

    /// Of a tensor libtorch's, whose last bit is not everywhere the processor's.
    pub fn sqrt(self) -> Self {
        match self.kind {
            None => self.value.sqrt().into(),
            Some(kind) => Tensor::from(self.value).to_kind(kind).sqrt().into(),
        }
    }

    pub fn abs(self) -> Self {
        Self { value: self.value.abs(), ..self }
    }

    /// Python's `max(self, other)`, which stays with the first of equals.
    pub fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    /// Python's `min(self, other)`.
    pub fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }
}

macro_rules! operators {
    ($($trait:ident $name:ident $op:tt,)*) => {
        $(impl<T: Into<Number>> $trait<T> for Number {
            type Output = Self;

            fn $name(self, other: T) -> Self {
                let (a, b, kind) = self.meet(other.into());
                Self::rounded(a $op b, kind)
            }
        })*
    };
}

operators!(Add add +, Sub sub -, Mul mul *,);

impl Div for Number {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        if let (None, Some(_)) = (self.kind, other.kind) {
            // Python divides a float by a tensor so.
            return Self::rounded(1.0 / other.value, other.kind) * self;
        }
        let (a, b, kind) = self.meet(other);
        Self::rounded(a / b, kind)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let (a, b, _) = self.meet(*other);
        a.partial_cmp(&b)
    }
}

impl Entry for Number {
    fn object(&self) -> Object {
        match self.kind {
            Some(kind) => Tensor::from(self.value).to_kind(kind).into(),
            None => self.value.into(),
        }
    }

    fn read(object: &Object) -> Option<Self> {
        let kind = object.as_tensor().map(Tensor::kind);
        Some(Self { value: f64::read(object)?, kind })
    }
}

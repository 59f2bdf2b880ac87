//! [`Dtype`]: PyTorch's kinds of numbers, those included that tch has no name for.

use std::fmt;

use tch::{Kind, Tensor};

use crate::ffi;

macro_rules! dtypes {
    ($($(#[$doc:meta])* $dtype:ident = $scalar_type:literal, $name:literal, $size:literal,
       $kind:expr;)*) => {
        /// A kind of numbers: `torch.dtype`.
        ///
        /// tch's [`Kind`] names those that Rust programs compute with. Files may hold others, of which
        /// `tensor.kind()` panics: this asks without.
        ///
        /// ```
        /// use flambeau::Dtype;
        /// use flambeau::prelude::*;
        ///
        /// let x = Tensor::zeros([2], (Kind::BFloat16, Device::Cpu));
        /// assert_eq!(Dtype::of(&x), Some(Dtype::BFloat16));
        /// assert_eq!(Dtype::BFloat16.to_string(), "torch.bfloat16");
        /// assert_eq!(Dtype::UInt16.kind(), None);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Dtype {
            $($(#[$doc])* #[doc = concat!("`torch.", $name, "`.")] $dtype = $scalar_type,)*
        }

        /// Each with its name, the size of a number in bytes, and its name in tch.
        const DTYPES: &[(Dtype, &str, usize, Option<Kind>)] =
            &[$((Dtype::$dtype, $name, $size, $kind),)*];
    };
}

dtypes! {
    Uint8 = 0, "uint8", 1, Some(Kind::Uint8);
    Int8 = 1, "int8", 1, Some(Kind::Int8);
    Int16 = 2, "int16", 2, Some(Kind::Int16);
    Int = 3, "int32", 4, Some(Kind::Int);
    Int64 = 4, "int64", 8, Some(Kind::Int64);
    Half = 5, "float16", 2, Some(Kind::Half);
    Float = 6, "float32", 4, Some(Kind::Float);
    Double = 7, "float64", 8, Some(Kind::Double);
    ComplexHalf = 8, "complex32", 4, Some(Kind::ComplexHalf);
    ComplexFloat = 9, "complex64", 8, Some(Kind::ComplexFloat);
    ComplexDouble = 10, "complex128", 16, Some(Kind::ComplexDouble);
    Bool = 11, "bool", 1, Some(Kind::Bool);
    QInt8 = 12, "qint8", 1, Some(Kind::QInt8);
    QUInt8 = 13, "quint8", 1, Some(Kind::QUInt8);
    QInt32 = 14, "qint32", 4, Some(Kind::QInt32);
    BFloat16 = 15, "bfloat16", 2, Some(Kind::BFloat16);
    QUInt4x2 = 16, "quint4x2", 1, None;
    QUInt2x4 = 17, "quint2x4", 1, None;
    Bits1x8 = 18, "bits1x8", 1, None;
    Bits2x4 = 19, "bits2x4", 1, None;
    Bits4x2 = 20, "bits4x2", 1, None;
    Bits8 = 21, "bits8", 1, None;
    Bits16 = 22, "bits16", 2, None;
    Float8e5m2 = 23, "float8_e5m2", 1, Some(Kind::Float8e5m2);
    Float8e4m3fn = 24, "float8_e4m3fn", 1, Some(Kind::Float8e4m3fn);
    Float8e5m2fnuz = 25, "float8_e5m2fnuz", 1, Some(Kind::Float8e5m2fnuz);
    Float8e4m3fnuz = 26, "float8_e4m3fnuz", 1, Some(Kind::Float8e4m3fnuz);
    UInt16 = 27, "uint16", 2, None;
    UInt32 = 28, "uint32", 4, None;
    UInt64 = 29, "uint64", 8, None;
    UInt1 = 30, "uint1", 1, None;
    UInt2 = 31, "uint2", 1, None;
    UInt3 = 32, "uint3", 1, None;
    UInt4 = 33, "uint4", 1, None;
    UInt5 = 34, "uint5", 1, None;
    UInt6 = 35, "uint6", 1, None;
    UInt7 = 36, "uint7", 1, None;
    Int1 = 37, "int1", 1, None;
    Int2 = 38, "int2", 1, None;
    Int3 = 39, "int3", 1, None;
    Int4 = 40, "int4", 1, None;
    Int5 = 41, "int5", 1, None;
    Int6 = 42, "int6", 1, None;
    Int7 = 43, "int7", 1, None;
    Float8e8m0fnu = 44, "float8_e8m0fnu", 1, None;
    Float4e2m1fnX2 = 45, "float4_e2m1fn_x2", 1, None;
}

impl Dtype {
    /// That of a tensor's numbers; none of a tensor that is not defined.
    pub fn of(tensor: &Tensor) -> Option<Self> {
        let number = ffi::scalar_type(tensor)?;
        DTYPES.get(usize::from(number)).map(|(dtype, ..)| *dtype)
    }

    /// The one that Python calls so under `torch`: `float32`, or `float`.
    pub fn named(name: &str) -> Option<Self> {
        let name = match name {
            "float" => "float32",
            "double" => "float64",
            "half" => "float16",
            "short" => "int16",
            "int" => "int32",
            "long" => "int64",
            "chalf" => "complex32",
            "cfloat" => "complex64",
            "cdouble" => "complex128",
            _ => name,
        };
        DTYPES.iter().find(|(_, known, ..)| *known == name).map(|(dtype, ..)| *dtype)
    }

    /// What tch calls it, if it does.
    pub fn kind(self) -> Option<Kind> {
        DTYPES[self as usize].3
    }

    /// How many bytes a number takes.
    pub fn itemsize(self) -> usize {
        DTYPES[self as usize].2
    }

    /// Its name, without `torch.`.
    pub(crate) fn name(self) -> &'static str {
        DTYPES[self as usize].1
    }

    /// Whether numbers of it are complex.
    pub(crate) fn is_complex(self) -> bool {
        matches!(self, Self::ComplexHalf | Self::ComplexFloat | Self::ComplexDouble)
    }

    /// Whether gradients may be had by numbers of it.
    pub(crate) fn is_differentiable(self) -> bool {
        self.is_complex() || self.name().starts_with("float") || self.name() == "bfloat16"
    }
}

impl From<Kind> for Dtype {
    fn from(kind: Kind) -> Self {
        let (dtype, ..) =
            DTYPES.iter().find(|entry| entry.3 == Some(kind)).expect("all are listed");
        *dtype
    }
}

/// As Python prints it.
impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "torch.{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_at_its_number() {
        for (i, (dtype, name, ..)) in DTYPES.iter().enumerate() {
            assert_eq!(*dtype as usize, i);
            assert_eq!(Dtype::named(name), Some(*dtype));
        }
    }

    #[test]
    fn kinds_are_dtypes() {
        for kind in [Kind::Half, Kind::ComplexDouble, Kind::Float8e4m3fnuz, Kind::Bool] {
            let x = Tensor::zeros([2], (Kind::Uint8, tch::Device::Cpu)).view_dtype(Kind::Uint8);
            let x = if kind == Kind::Bool {
                x.to_kind(kind)
            } else {
                x.to_kind(Kind::Float).to_kind(kind)
            };
            assert_eq!(Dtype::of(&x), Some(kind.into()));
            assert_eq!(Dtype::from(kind).kind(), Some(kind));
            assert_eq!(Dtype::from(kind).itemsize(), kind.elt_size_in_bytes());
        }
        assert_eq!(Dtype::of(&Tensor::new()), None);
    }
}

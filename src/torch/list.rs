//! A tensor's numbers as Rust's.

use tch::{Kind, Tensor};

use crate::refusal::{check, refuse};

/// What [`TensorExt::tolist`](super::TensorExt::tolist) makes of a tensor: a number of one without
/// dimensions, and a `Vec` for each dimension.
///
/// A number holds what the tensor does: floats are `f64`, or `f32` of a tensor of those; integers
/// are `i64`, or of the tensor's own type.
pub trait List: Sized {
    /// How many lists stand in one another.
    const DIMS: usize;

    /// The entries of a contiguous tensor on the CPU, of this many at a time.
    #[doc(hidden)]
    fn entries(tensor: &Tensor, lengths: &[i64]) -> Vec<Self>;
}

/// The whole tensor.
#[track_caller]
pub(super) fn tolist<L: List>(tensor: &Tensor) -> L {
    let lengths = tensor.size();
    let (dims, wanted) = (lengths.len(), L::DIMS);
    check!(dims == wanted, "tolist: a tensor of {dims} dimensions is no list of {wanted}");
    let on_cpu = tensor.detach().to_device(tch::Device::Cpu).contiguous();
    L::entries(&on_cpu, &lengths).pop().expect("a tensor is one list")
}

impl<L: List> List for Vec<L> {
    const DIMS: usize = L::DIMS + 1;

    fn entries(tensor: &Tensor, lengths: &[i64]) -> Vec<Self> {
        let (dims, length) =
            (lengths.len() - L::DIMS, lengths[lengths.len() - Self::DIMS] as usize);
        let lists = lengths[..dims - 1].iter().product::<i64>();
        let mut entries = L::entries(tensor, lengths).into_iter();
        (0..lists).map(|_| entries.by_ref().take(length).collect()).collect()
    }
}

macro_rules! numbers {
    ($($number:ty: $($kind:ident)+;)+) => {
        $(impl List for $number {
            const DIMS: usize = 0;

            #[track_caller]
            fn entries(tensor: &Tensor, _lengths: &[i64]) -> Vec<Self> {
                match tensor.kind() {
                    $(Kind::$kind)|+ => {}
                    other => refuse(format!(
                        "tolist: a tensor of {other:?} does not hold {}; convert it, or name another \
                         type",
                        stringify!($number)
                    )),
                }
                let own = <$number as tch::kind::Element>::KIND;
                Vec::try_from(tensor.to_kind(own).reshape([-1])).expect("a vector of that kind")
            }
        })+
    };
}
numbers! {
    f64: Double Float Half BFloat16;
    f32: Float;
    i64: Int64 Int Int16 Int8 Uint8;
    i32: Int;
    i16: Int16;
    i8: Int8;
    u8: Uint8;
    bool: Bool;
}

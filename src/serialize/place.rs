//! [`Place`]: where a tensor's numbers lie, and how they are read there.

use tch::Tensor;

use crate::Dtype;

/// What two handles of one tensor have in common.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Place {
    address: usize,
    dtype: Dtype,
    size: Vec<i64>,
    stride: Vec<i64>,
    /// Whether they are turned as they are read: into their conjugates, into their negatives.
    turned: (bool, bool),
}

impl Place {
    /// That of a tensor whose numbers lie in memory, one by one; none where there are no numbers.
    pub fn of(tensor: &Tensor) -> Option<Self> {
        let dtype = Dtype::of(tensor).filter(|_| tensor.numel() > 0)?;
        let turned = (tensor.is_conj(), tensor.is_neg());
        let (size, stride) = (tensor.size(), tensor.stride());
        Some(Self { address: tensor.data_ptr() as usize, dtype, size, stride, turned })
    }
}

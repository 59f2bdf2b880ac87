//! [`GradBucket`].

use std::fmt;

use tch::Tensor;

use crate::Result;
use crate::ffi::Bucket;

/// Gradients that go at once, as a hook sees them: [`torch.distributed.GradBucket`].
///
/// [`torch.distributed.GradBucket`]: https://pytorch.org/docs/stable/ddp_comm_hooks.html#torch.distributed.GradBucket
pub struct GradBucket<'a>(pub(super) &'a Bucket);

impl GradBucket<'_> {
    /// Which of the buckets it is, in the order in which they go.
    pub fn index(&self) -> usize {
        self.0.about().0
    }

    /// Is it the last of the backward pass?
    pub fn is_last(&self) -> bool {
        self.0.about().1
    }

    /// All gradients, one behind the other in one dimension.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn buffer(&self) -> Result<Tensor> {
        Ok(self.0.tensors(0)?.swap_remove(0))
    }

    /// The gradient of each parameter, which is a part of the buffer.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn gradients(&self) -> Result<Vec<Tensor>> {
        self.0.tensors(1)
    }

    /// The parameters, in the order of the gradients.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn parameters(&self) -> Result<Vec<Tensor>> {
        self.0.tensors(2)
    }
}

impl fmt::Debug for GradBucket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bucket = f.debug_struct("GradBucket");
        bucket.field("index", &self.index()).field("is_last", &self.is_last()).finish()
    }
}

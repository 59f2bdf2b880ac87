//! [`MemoryFormat`]: in which order a tensor's numbers lie in memory.

use tch::Tensor;

use crate::{Result, ffi};

/// In which order the numbers of images or volumes lie in memory: [`torch.memory_format`].
///
/// Shape and values stay as they are, only the strides change: an image (C, H, W) whose channels
/// come last lies in memory as (H, W, C). Convolutions, pools and normalisation of such images give
/// such images. On processors with AMX, and on GPUs, convolutions in bf16 are much faster so. See
/// [PyTorch's tutorial].
///
/// A model goes by [`Module::to`](crate::nn::Module::to):
///
/// ```
/// use flambeau::MemoryFormat::{ChannelsLast, Contiguous};
/// use flambeau::prelude::*;
///
/// let model = nn::Conv2d::new(3, 8, 3);
/// model.to(ChannelsLast)?; // model.to(memory_format=torch.channels_last)
///
/// let images = torch::randn([2, 3, 8, 8]);
/// let turned = ChannelsLast.to(&images); // images.to(memory_format=torch.channels_last)
/// assert_eq!(turned.stride(), [3 * 8 * 8, 1, 3 * 8, 3]);
/// assert_eq!(turned, images);
/// assert!(ChannelsLast.is_contiguous(&model.forward(&turned)));
/// assert_eq!(Contiguous.to(&turned).stride(), images.stride());
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.memory_format`]: https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch-memory-format
/// [PyTorch's tutorial]: https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryFormat {
    /// Dimension by dimension, the last one's numbers side by side: `torch.contiguous_format`.
    Contiguous,
    /// Of images, (N, C, H, W), the channels side by side: `torch.channels_last`.
    ChannelsLast,
    /// Of volumes, (N, C, D, H, W), the channels side by side: `torch.channels_last_3d`.
    ChannelsLast3d,
}

impl MemoryFormat {
    /// The tensor in this order: `x.to(memory_format=…)`. It is `x` itself if it lies so already.
    ///
    /// # Panics
    /// When `x` has not as many dimensions as the format, in PyTorch's words.
    #[track_caller]
    pub fn to(self, x: &Tensor) -> Tensor {
        self.try_to(x).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`to`](Self::to), with an error in the panic's place.
    pub(crate) fn try_to(self, x: &Tensor) -> Result<Tensor> {
        ffi::to_memory_format(x, self.number())
    }

    /// Does it lie in this order? `x.is_contiguous(memory_format=…)`.
    pub fn is_contiguous(self, x: &Tensor) -> bool {
        ffi::is_contiguous(x, self.number())
    }

    /// As at::MemoryFormat counts them.
    fn number(self) -> i32 {
        match self {
            Self::Contiguous => 0,
            Self::ChannelsLast => 2,
            Self::ChannelsLast3d => 3,
        }
    }
}

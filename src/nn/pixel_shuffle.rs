//! Channels as pixels, and back.

use tch::Tensor;

use super::{Forward, module};

/// Lays r² channels out as r × r pixels: [`torch.nn.PixelShuffle`]. It makes an image larger
/// without making anything up; see [Shi et al., 2016](https://arxiv.org/abs/1609.05158).
///
/// # Shapes
/// Input (∗, C·r², H, W), r = `upscale_factor`; output (∗, C, H·r, W·r).
///
/// # Panics
/// In `forward`, when r² does not divide the channels, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let shuffle = nn::PixelShuffle::new(3);
/// let output = shuffle.forward(&Tensor::randn([1, 9, 4, 4], (Kind::Float, Device::Cpu)));
/// assert_eq!(output.size(), [1, 1, 12, 12]);
/// ```
///
/// [`torch.nn.PixelShuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
#[derive(Debug)]
pub struct PixelShuffle {
    upscale_factor: i64,
}

impl PixelShuffle {
    /// Sides become so many times as long.
    pub fn new(upscale_factor: i64) -> Self {
        Self { upscale_factor }
    }
}

module!(PixelShuffle {}, |shuffle| format!("upscale_factor={}", shuffle.upscale_factor));

impl Forward for PixelShuffle {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.pixel_shuffle(self.upscale_factor)
    }
}

/// Lays r × r pixels out as r² channels: [`torch.nn.PixelUnshuffle`], a [`PixelShuffle`] backwards.
///
/// # Shapes
/// Input (∗, C, H·r, W·r), r = `downscale_factor`; output (∗, C·r², H, W).
///
/// # Panics
/// In `forward`, when r does not divide the sides, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let unshuffle = nn::PixelUnshuffle::new(3);
/// let output = unshuffle.forward(&Tensor::randn([1, 1, 12, 12], (Kind::Float, Device::Cpu)));
/// assert_eq!(output.size(), [1, 9, 4, 4]);
/// ```
///
/// [`torch.nn.PixelUnshuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html
#[derive(Debug)]
pub struct PixelUnshuffle {
    downscale_factor: i64,
}

impl PixelUnshuffle {
    /// Sides become so many times as short.
    pub fn new(downscale_factor: i64) -> Self {
        Self { downscale_factor }
    }
}

module!(PixelUnshuffle {}, |unshuffle| format!("downscale_factor={}", unshuffle.downscale_factor));

impl Forward for PixelUnshuffle {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.pixel_unshuffle(self.downscale_factor)
    }
}

//! Channels as pixels, and back; channels in another order.

use tch::Tensor;

use super::{Forward, Module};

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
/// let output = shuffle.forward(&torch::randn([1, 9, 4, 4]));
/// assert_eq!(output.size(), [1, 1, 12, 12]);
/// ```
///
/// [`torch.nn.PixelShuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
#[derive(Debug, Module)]
#[module(extra_repr = format!("upscale_factor={}", self.upscale_factor))]
pub struct PixelShuffle {
    #[module(skip)]
    upscale_factor: i64,
}

impl PixelShuffle {
    /// Sides become so many times as long.
    pub fn new(upscale_factor: i64) -> Self {
        Self { upscale_factor }
    }
}

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
/// let output = unshuffle.forward(&torch::randn([1, 1, 12, 12]));
/// assert_eq!(output.size(), [1, 9, 4, 4]);
/// ```
///
/// [`torch.nn.PixelUnshuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html
#[derive(Debug, Module)]
#[module(extra_repr = format!("downscale_factor={}", self.downscale_factor))]
pub struct PixelUnshuffle {
    #[module(skip)]
    downscale_factor: i64,
}

impl PixelUnshuffle {
    /// Sides become so many times as short.
    pub fn new(downscale_factor: i64) -> Self {
        Self { downscale_factor }
    }
}

impl Forward for PixelUnshuffle {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.pixel_unshuffle(self.downscale_factor)
    }
}

/// Deals the channels of `groups` groups out in turn, one of each: [`torch.nn.ChannelShuffle`]. What
/// one grouped convolution keeps apart, the next then sees together; see
/// [Zhang et al., 2017](https://arxiv.org/abs/1707.01083).
///
/// # Shapes
/// Input (N, C, ∗); output the same, channel g·C/`groups` + i at i·`groups` + g.
///
/// # Panics
/// In `forward`, when `groups` does not divide the channels, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let channels = torch::tensor([1.0, 2.0, 3.0, 4.0]).view([1, 4, 1]);
/// let output = nn::ChannelShuffle::new(2).forward(&channels);
/// assert_eq!(output.flatten(0, -1), torch::tensor([1.0, 3.0, 2.0, 4.0]));
/// ```
///
/// [`torch.nn.ChannelShuffle`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
#[derive(Debug, Module)]
#[module(extra_repr = format!("groups={}", self.groups))]
pub struct ChannelShuffle {
    #[module(skip)]
    groups: i64,
}

impl ChannelShuffle {
    /// Between so many groups.
    pub fn new(groups: i64) -> Self {
        Self { groups }
    }
}

impl Forward for ChannelShuffle {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.channel_shuffle(self.groups)
    }
}

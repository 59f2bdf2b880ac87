//! The notebook's second model: the same network as a module of its own, in the functional style.

use tch::Tensor;

use crate::nn::{Conv2d, Flatten, Forward, Linear, MaxPool2d, Module, call, functional as F};

/// Two convolutions and three fully connected layers, images (N, 3, 32, 32) to a score for each
/// of ten classes, (N, 10). The convolutions are of type `C`: [`Cnn`] has PyTorch's own,
/// [`MyCnn`](super::MyCnn) those made by hand.
///
/// In Python `super().__init__()` makes ready what registers each layer that is assigned to `self`.
/// Here `#[derive(Module)]` does this for every field, and `new` only makes the layers.
///
/// A pool of (2, 2) is a window two wide and two high, of which the largest value stays; nothing is
/// squared. `F::max_pool2d(&l1, 2)` is the same as a function.
///
/// Its last layer gives scores of any size and sign, so neither a ReLU nor a Softmax follows:
/// [`CrossEntropyLoss`](crate::nn::CrossEntropyLoss) takes them as they are.
#[derive(Debug, Module)]
#[module(class = "CNN")]
pub struct ConvNet<C> {
    /// Six kernels of 5 × 5 over the three colours.
    pub conv1: C,
    /// The largest of each 2 × 2.
    pub pool1: MaxPool2d,
    /// Sixteen kernels of 5 × 5 over the six maps.
    pub conv2: C,
    /// The largest of each 2 × 2.
    pub pool2: MaxPool2d,
    /// 400 values to 120.
    pub neur1: Linear,
    /// 120 values to 84.
    pub neur2: Linear,
    /// 84 values to ten scores.
    pub neur3: Linear,
}

/// The notebook's CNN.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = models::Cnn::new();
/// let images = torch::randn([4, 3, 32, 32]);
/// assert_eq!(model.forward(&images).size(), [4, 10]);
/// ```
pub type Cnn = ConvNet<Conv2d>;

impl Cnn {
    /// The model with weights newly drawn, layer by layer.
    pub fn new() -> Self {
        Self::with(Conv2d::new)
    }
}

impl Default for Cnn {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Forward> ConvNet<C> {
    /// The model with convolutions that `conv` makes, of `in_channels`, `out_channels` and
    /// `kernel_size`.
    pub(super) fn with(conv: impl Fn(i64, i64, i64) -> C) -> Self {
        Self {
            conv1: conv(3, 6, 5),
            pool1: MaxPool2d::new(2),
            conv2: conv(6, 16, 5),
            pool2: MaxPool2d::new(2),
            neur1: Linear::new(16 * 5 * 5, 120),
            neur2: Linear::new(120, 84),
            neur3: Linear::new(84, 10),
        }
    }

    /// What each of the two convolutions finds in the images, after its ReLU: (N, 6, 28, 28) and
    /// (N, 16, 10, 10).
    pub fn feature_maps(&self, x: &Tensor) -> [Tensor; 2] {
        let l1 = F::relu(&call(&self.conv1, x));
        let l3 = F::relu(&call(&self.conv2, &self.pool1.forward(&l1)));
        [l1, l3]
    }
}

impl<C: Forward> Forward for ConvNet<C> {
    fn forward(&self, x: &Tensor) -> Tensor {
        let l1 = F::relu(&call(&self.conv1, x));
        let l2 = self.pool1.forward(&l1);
        let l3 = F::relu(&call(&self.conv2, &l2));
        let l4 = self.pool2.forward(&l3);
        let l5 = Flatten::new().forward(&l4);
        let l6 = F::relu(&self.neur1.forward(&l5));
        let l7 = F::relu(&self.neur2.forward(&l6));
        self.neur3.forward(&l7)
    }
}

//! The notebook's second model: the same network as a module of its own, in the functional style.

use tch::Tensor;

use crate::nn::{Conv2d, Flatten, Forward, Linear, MaxPool2d, functional as F, module};

/// Two convolutions and three fully connected layers, images (N, 3, 32, 32) to a score for each
/// of ten classes, (N, 10).
///
/// In Python `super().__init__()` makes ready what registers each layer that is assigned to `self`.
/// Here [`module!`](crate::nn::module!) does this, from the list of the fields' names, and `new`
/// only makes the layers.
///
/// A pool of (2, 2) is a window two wide and two high, of which the largest value stays; nothing is
/// squared. `F::max_pool2d(&l1, 2)` is the same as a function.
///
/// Its last layer gives scores of any size and sign, so neither a ReLU nor a Softmax follows:
/// [`CrossEntropyLoss`](crate::nn::CrossEntropyLoss) takes them as they are.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = models::Cnn::new();
/// let images = Tensor::randn([4, 3, 32, 32], (Kind::Float, Device::Cpu));
/// assert_eq!(model.forward(&images).size(), [4, 10]);
/// ```
#[derive(Debug)]
pub struct Cnn {
    /// Six kernels of 5 × 5 over the three colours.
    pub conv1: Conv2d,
    /// The largest of each 2 × 2.
    pub pool1: MaxPool2d,
    /// Sixteen kernels of 5 × 5 over the six maps.
    pub conv2: Conv2d,
    /// The largest of each 2 × 2.
    pub pool2: MaxPool2d,
    /// 400 values to 120.
    pub neur1: Linear,
    /// 120 values to 84.
    pub neur2: Linear,
    /// 84 values to ten scores.
    pub neur3: Linear,
}
module!(Cnn as "CNN" { conv1, pool1, conv2, pool2, neur1, neur2, neur3 });

impl Cnn {
    /// The model with weights newly drawn, layer by layer.
    pub fn new() -> Self {
        Self {
            conv1: Conv2d::new(3, 6, 5),
            pool1: MaxPool2d::new(2),
            conv2: Conv2d::new(6, 16, 5),
            pool2: MaxPool2d::new(2),
            neur1: Linear::new(16 * 5 * 5, 120),
            neur2: Linear::new(120, 84),
            neur3: Linear::new(84, 10),
        }
    }

    /// What each of the two convolutions finds in the images, after its ReLU: (N, 6, 28, 28) and
    /// (N, 16, 10, 10).
    pub fn feature_maps(&self, x: &Tensor) -> [Tensor; 2] {
        let l1 = F::relu(&self.conv1.forward(x));
        let l3 = F::relu(&self.conv2.forward(&self.pool1.forward(&l1)));
        [l1, l3]
    }
}

impl Default for Cnn {
    fn default() -> Self {
        Self::new()
    }
}

impl Forward for Cnn {
    fn forward(&self, x: &Tensor) -> Tensor {
        let l1 = F::relu(&self.conv1.forward(x));
        let l2 = self.pool1.forward(&l1);
        let l3 = F::relu(&self.conv2.forward(&l2));
        let l4 = self.pool2.forward(&l3);
        let l5 = Flatten::new().forward(&l4);
        let l6 = F::relu(&self.neur1.forward(&l5));
        let l7 = F::relu(&self.neur2.forward(&l6));
        self.neur3.forward(&l7)
    }
}

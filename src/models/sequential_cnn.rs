//! The notebook's first model: a convolutional network as one `nn.Sequential`.

use crate::nn::{Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential, Softmax, sequential};

/// Two convolutions that look for ever larger patterns, then three fully connected layers that
/// weigh what was found: images (N, 3, 32, 32) to probabilities of ten classes, (N, 10).
///
/// What fixes its sizes is the image, three channels of 32 × 32: a kernel of five takes four off a
/// side, a pool halves it, and 16 maps of 5 × 5 are left, the 400 values of the first Linear. How
/// many images come at once is no part of a model; the notebook's `in_size = 1000` is used nowhere.
///
/// The Softmax at its end is the notebook's. Under
/// [`CrossEntropyLoss`](crate::nn::CrossEntropyLoss), which has one inside, it is one too many:
/// once the probabilities are near 0 and 1 their gradient is near 0, whether they are right or
/// wrong. At batch 64 the model learns all the same, to 58 % test accuracy after 20 epochs; at
/// the notebook's batch of 4 it reaches 36 % after one epoch and then falls back, to 10, 22 and 15 %
/// after 20 with seeds 0, 1 and 2, in Python as here.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = models::sequential_cnn();
/// let images = torch::randn([4, 3, 32, 32]);
/// assert_eq!(model.forward(&images).size(), [4, 10]);
/// ```
pub fn sequential_cnn() -> Sequential {
    sequential!(
        Conv2d::new(3, 6, 5), // (3, 32, 32) -> (6, 28, 28): six kernels, no padding
        ReLU::new(),
        MaxPool2d::new(2),     // (6, 14, 14): the largest of each 2 × 2
        Conv2d::new(6, 16, 5), // (16, 10, 10)
        ReLU::new(),
        MaxPool2d::new(2), // (16, 5, 5)
        Flatten::new(),    // (400): a Linear takes vectors, not images
        Linear::new(16 * 5 * 5, 120),
        ReLU::new(),
        Linear::new(120, 84),
        ReLU::new(),
        Linear::new(84, 10), // a score a class: below zero means something too, so no ReLU
        Softmax::new(1),     // the scores as probabilities
    )
}

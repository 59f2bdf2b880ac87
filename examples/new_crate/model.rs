//! The model: change it as you like.

use flambeau::prelude::*;

/// Two convolutions, and two fully connected layers: images (N, 3, 32, 32) to scores of ten classes,
/// (N, 10).
#[derive(Debug, Module)]
pub struct Net {
    conv1: nn::Conv2d,
    conv2: nn::Conv2d,
    pool: nn::MaxPool2d,
    fc1: nn::Linear,
    fc2: nn::Linear,
}

impl Net {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self {
            conv1: nn::Conv2d::options(3, 16, 3).padding(1).build(),
            conv2: nn::Conv2d::options(16, 32, 3).padding(1).build(),
            pool: nn::MaxPool2d::new(2),
            fc1: nn::Linear::new(32 * 8 * 8, 128),
            fc2: nn::Linear::new(128, 10),
        }
    }
}

impl Forward for Net {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.pool.forward(&F::relu(&self.conv1.forward(x)));
        let x = self.pool.forward(&F::relu(&self.conv2.forward(&x)));
        let x = F::relu(&self.fc1.forward(&x.flatten(1, -1)));
        self.fc2.forward(&x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_ten_scores_an_image() {
        let images = torch::zeros([4, 3, 32, 32]);
        assert_eq!(Net::new().forward(&images).size(), [4, 10]);
    }

    #[test]
    fn it_learns_a_few_images_by_heart() {
        random::manual_seed(0);
        let (images, labels) = (torch::randn([8, 3, 32, 32]), torch::arange(8));
        let model = Net::new();
        let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
        let mut loss = f64::INFINITY;
        for _ in 0..50 {
            optimizer.zero_grad();
            let output = F::cross_entropy(&model.forward(&images), &labels);
            output.backward();
            optimizer.step();
            loss = output.item();
        }
        assert!(loss < 0.1, "{loss}");
    }
}

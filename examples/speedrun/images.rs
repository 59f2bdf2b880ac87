//! The images, in memory in the order in which the network takes them, and what is done to them at
//! every look.

use anyhow::Result;
use flambeau::data::{DistributedSampler, Sampler};
use flambeau::prelude::*;

use super::ranks;

/// Images (N, H, W, C), which is as they lie in memory, with `border` pixels more on each side.
pub struct Images {
    pub pixels: Tensor,
    pub labels: Tensor,
    pub border: i64,
}

/// Mean and standard deviation of the training images' red, green and blue.
const MEAN: [f32; 3] = [0.4914, 0.4822, 0.4465];
const STD: [f32; 3] = [0.2470, 0.2435, 0.2616];

/// What is added to an image at most, in standard deviations, and the part by which it is made starker.
const BRIGHTNESS: f64 = 0.14;
const CONTRAST: f64 = 0.13;

impl Images {
    /// The first images of a data set, normalised, with a border that mirrors what lies inside.
    pub fn new(dataset: &Cifar10, limit: Option<usize>, border: i64, kind: Kind) -> Self {
        let n = limit.map_or(dataset.len(), |limit| limit.min(dataset.len()));
        let labels = Tensor::from_slice(&dataset.labels()[..n]).to_kind(Kind::Int64);
        let [mean, std] =
            [MEAN, STD].map(|numbers| Tensor::from_slice(&numbers).view([1, 3, 1, 1]));
        // A thousand at a time stay in the cache from one operation to the next.
        let parts = dataset.images()[..n * 3 * 32 * 32].chunks(1000 * 3 * 32 * 32).map(|bytes| {
            let images = Tensor::from_slice(bytes).view([-1, 3, 32, 32]).to_kind(Kind::Float);
            let images = (images / 255.0 - &mean) / &std;
            let images = F::pad_options(&images, [border; 4]).mode("reflect").call();
            images.permute([0, 2, 3, 1]).contiguous().to_kind(kind)
        });
        Self { pixels: Tensor::cat(&parts.collect::<Vec<_>>(), 0), labels, border }
    }

    /// The same on a device.
    pub fn to(self, device: Device) -> Self {
        let (pixels, labels) = (self.pixels.to_device(device), self.labels.to_device(device));
        Self { pixels, labels, ..self }
    }

    pub fn device(&self) -> Device {
        self.pixels.device()
    }

    /// How many they are.
    pub fn count(&self) -> i64 {
        self.labels.size()[0]
    }

    /// The windows of 32x32 pixels that begin so far below and right of the corners.
    pub fn window(&self, below: i64, right: i64) -> Tensor {
        self.pixels.narrow(1, below, 32).narrow(2, right, 32)
    }

    /// The images of these rows alone.
    pub fn select(&self, rows: &Tensor) -> Self {
        let [pixels, labels] = [&self.pixels, &self.labels].map(|all| all.index_select(0, rows));
        Self { pixels, labels, border: self.border }
    }

    /// The images of these rows with their labels, a batch for the network: each is moved by up to the
    /// border up or down and left or right, mirrored where `flip` says so, and made a little brighter
    /// or darker, starker or paler.
    pub fn augmented(&self, rows: &Tensor, flip: &Tensor) -> (Tensor, Tensor) {
        let (n, side, places) = (rows.size()[0], 32 + 2 * self.border, 2 * self.border + 1);
        let [below, right] =
            [0, 1].map(|_| Tensor::randint(places, [n, 1], (Kind::Int64, Device::Cpu)));
        let across = Tensor::arange(32, (Kind::Int64, Device::Cpu));
        let mirrored =
            across.flip([0]).where_self(&flip.index_select(0, rows).unsqueeze(1), &across);
        let (ys, xs) = ((below + &across).unsqueeze(2), (right + mirrored).unsqueeze(1));
        let at = (rows.view([-1, 1, 1]) * side + ys) * side + xs;
        let [at, rows] = [at.view(-1), rows.shallow_clone()].map(|x| x.to_device(self.device()));
        let pixels = self.pixels.view([-1, 3]).index_select(0, &at).view([n, 32, 32, 3]);
        let [brighter, starker] = [0, 1].map(|_| {
            let draws = Tensor::rand([n, 1, 1, 1], (Kind::Float, Device::Cpu));
            (draws * 2.0 - 1.0).to_device(self.device())
        });
        let pixels = (pixels + brighter * BRIGHTNESS) * (starker * CONTRAST + 1.0);
        (pixels.permute([0, 3, 1, 2]), self.labels.index_select(0, &rows))
    }
}

/// The order in which an epoch takes n images: of several ranks, each has its share of it.
pub fn shuffled(n: i64, seed: i64, epoch: usize) -> Result<Tensor> {
    let (rank, ranks) = ranks();
    if ranks == 1 {
        return Ok(Tensor::randperm(n, (Kind::Int64, Device::Cpu)));
    }
    let sampler = DistributedSampler::options(n as usize, ranks, rank).seed(seed).build()?;
    sampler.set_epoch(epoch as i64);
    Ok(Tensor::from_slice(&sampler.iter().map(|image| image as i64).collect::<Vec<_>>()))
}

/// Which images are mirrored in the first epoch: half of them. The next epoch mirrors the others,
/// so that two epochs show both sides of each.
pub fn first_flip(n: i64) -> Tensor {
    Tensor::rand([n], (Kind::Float, Device::Cpu)).lt(0.5)
}

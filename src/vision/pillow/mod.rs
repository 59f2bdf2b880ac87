//! Images of bytes as Pillow works on them, to the bit: what torchvision's transforms do to a Pillow
//! image.
//!
//! - `resample`: another size
//! - `affine`: turned about a point
//! - `color`: grey, brightness, contrast, saturation, hue

pub(super) mod affine;
pub(super) mod color;
pub(super) mod resample;

use tch::{Device, Kind, Tensor};

use crate::{Error, Result};

/// An image's bytes, plane by plane, each row by row.
#[derive(Debug)]
pub struct Image {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub bytes: Vec<u8>,
}

impl Image {
    /// Of a tensor of bytes, (C, H, W), on any device.
    pub fn of(tensor: &Tensor) -> Result<Self> {
        let size = tensor.size();
        let &[channels, height, width] = size.as_slice() else {
            return Err(Error::argument("image", format!("should be (C, H, W), but is {size:?}")));
        };
        if tensor.kind() != Kind::Uint8 || size.contains(&0) {
            let problem = format!("should be of bytes and not empty, but is {tensor:?}");
            return Err(Error::argument("image", problem));
        }
        let tensor = tensor.to_device(Device::Cpu).contiguous();
        let mut bytes = vec![0; tensor.numel()];
        tensor.copy_data(&mut bytes, tensor.numel());
        let [channels, height, width] = [channels, height, width].map(|side| side as usize);
        Ok(Self { channels, height, width, bytes })
    }

    /// As a tensor (C, H, W).
    pub fn tensor(&self, device: Device) -> Tensor {
        let size = [self.channels, self.height, self.width].map(|side| side as i64);
        Tensor::from_slice(&self.bytes).view(size).to_device(device)
    }

    pub fn planes(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(self.height * self.width)
    }

    /// The image with something done to each plane, which may give it another size.
    pub fn each_plane(&self, size: [usize; 2], work: impl Fn(usize, &[u8]) -> Vec<u8>) -> Self {
        let planes = self.planes().enumerate();
        let bytes = planes.flat_map(|(channel, plane)| work(channel, plane)).collect();
        Self { channels: self.channels, height: size[0], width: size[1], bytes }
    }

    /// Does `work`, which mixes pixels, to colours that count as much as they are opaque: where there
    /// is an alpha channel, the colours are multiplied by it before, and divided after.
    pub fn premultiplied(mut self, work: impl FnOnce(Self) -> Self) -> Self {
        if !matches!(self.channels, 2 | 4) {
            return work(self);
        }
        self.with_alpha(|color, alpha| {
            let product = u32::from(color) * u32::from(alpha) + 128;
            (((product >> 8) + product) >> 8) as u8
        });
        let mut image = work(self);
        image.with_alpha(|color, alpha| match alpha {
            0 | 255 => color,
            _ => (u32::from(color) * 255 / u32::from(alpha)).min(255) as u8,
        });
        image
    }

    /// Each colour as it becomes with its pixel's alpha, which is the last channel.
    fn with_alpha(&mut self, become_: impl Fn(u8, u8) -> u8) {
        let (colors, alpha) =
            self.bytes.split_at_mut((self.channels - 1) * self.height * self.width);
        for plane in colors.chunks_exact_mut(alpha.len()) {
            plane.iter_mut().zip(&*alpha).for_each(|(c, &a)| *c = become_(*c, a));
        }
    }
}

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

    /// Cuts out the part with this upper left corner, which may lie outside: what is not there is
    /// filled with a byte a channel.
    pub fn crop(
        &mut self,
        [top, left]: [i64; 2],
        [height, width]: [usize; 2],
        fill: &[u8],
    ) -> Result<()> {
        let mut cropped = Vec::new();
        let length = self.channels.saturating_mul(height).saturating_mul(width);
        cropped.try_reserve_exact(length).map_err(|_| {
            let problem = format!("({height}, {width}) is more than there is memory for");
            Error::argument("size", problem)
        })?;
        // The columns of the image that are seen, and what is filled on either side.
        let seen = |at: i64| at.clamp(0, self.width as i64) as usize;
        let (first, end) = (seen(left), seen(left + width as i64));
        let before = ((first as i64 - left).max(0) as usize).min(width);
        let after = width - before - (end - first);
        for (plane, &fill) in self.planes().zip(fill) {
            for y in top..top + height as i64 {
                let row = usize::try_from(y).ok().filter(|&y| y < self.height);
                match row {
                    Some(y) => {
                        cropped.resize(cropped.len() + before, fill);
                        cropped.extend_from_slice(&plane[y * self.width..][first..end]);
                        cropped.resize(cropped.len() + after, fill);
                    }
                    None => cropped.resize(cropped.len() + width, fill),
                }
            }
        }
        (self.height, self.width, self.bytes) = (height, width, cropped);
        Ok(())
    }

    /// Mirrors it from left to right.
    pub fn flip_rows(&mut self) {
        self.bytes.chunks_exact_mut(self.width).for_each(<[u8]>::reverse);
    }

    /// Turns it upside down.
    pub fn flip_columns(&mut self) {
        for plane in self.bytes.chunks_exact_mut(self.height * self.width) {
            for y in 0..self.height / 2 {
                let (upper, lower) = plane.split_at_mut((self.height - 1 - y) * self.width);
                upper[y * self.width..][..self.width].swap_with_slice(&mut lower[..self.width]);
            }
        }
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

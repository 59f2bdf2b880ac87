//! [`Picture`]: an image on its way from a file to a tensor, row by row.

use std::iter;

use image::DynamicImage;
use tch::{Device, Kind, Tensor};

/// The most memory that reading an image may take, for the file, the decoder and the tensor together:
/// what 178,956,970 pixels take that are decoded as RGB, from which size on Pillow speaks of a
/// decompression bomb.
pub const LIMIT: u64 = 1 << 30;

/// What the message about an image that would take more than [`LIMIT`] ends with.
pub const TOO_MUCH: &str = "an image may take";

/// How many bytes of rows are brought into the tensor at once.
const BAND: usize = 1 << 20;

/// Gives the next row: its pixels from left to right, the channels of each one behind the other.
type NextRow<'a> = Box<dyn FnMut(&mut [u8]) -> Result<(), String> + 'a>;

/// An image of bytes whose rows are had one after the other.
pub struct Picture<'a> {
    pub width: usize,
    pub height: usize,
    /// 1 grey, 2 grey and alpha, 3 red, green, blue, 4 these and alpha.
    pub channels: usize,
    /// How it is to be turned, a number of TIFF's and Exif's: 1 is as it stands.
    pub orientation: u64,
    pub next_row: NextRow<'a>,
}

/// Refuses an image without pixels, and one that would take more memory than [`LIMIT`]: `work` bytes to
/// decode it, a tensor of its channels or of three, and the row, the band of rows and its tensor that
/// stand between.
pub fn check_size(work: u64, [width, height]: [u64; 2], channels: u64) -> Result<(), String> {
    if width == 0 || height == 0 {
        return Err("it has no pixels".to_string());
    }
    let pixels = width.saturating_mul(height.saturating_add(3));
    let needed = pixels.saturating_mul(channels.max(3)).saturating_add(work);
    if needed > LIMIT {
        let [needed, limit] = [needed, LIMIT].map(|bytes| bytes.div_ceil(1 << 20));
        return Err(format!(
            "{width} × {height} pixels take {needed} MiB of memory, more than the {limit} MiB that \
             {TOO_MUCH}"
        ));
    }
    Ok(())
}

impl Picture<'_> {
    /// The tensor (C, H, W), with red, green and blue alone if `rgb`.
    pub fn tensor(mut self, rgb: bool) -> Result<Tensor, String> {
        let (width, height, from) = (self.width, self.height, self.channels);
        let channels = if rgb { 3 } else { from };
        let size = [channels, height, width].map(|side| side as i64);
        let pixels = Tensor::empty(size, (Kind::Uint8, Device::Cpu));
        let rows = (BAND / (width * channels)).clamp(1, height);
        let mut row = vec![0; width * from];
        let mut band = Vec::with_capacity(rows * width * channels);
        for first in (0..height).step_by(rows) {
            let count = rows.min(height - first);
            band.clear();
            for _ in 0..count {
                (self.next_row)(&mut row)?;
                if channels == from {
                    band.extend_from_slice(&row);
                } else {
                    row.chunks_exact(from).for_each(|pixel| band.extend(as_rgb(pixel)));
                }
            }
            let sides = [count, width, channels].map(|side| side as i64);
            let band = Tensor::from_slice(&band).view(sides).permute([2, 0, 1]);
            pixels.narrow(1, first as i64, count as i64).copy_(&band);
        }
        drop(self.next_row);
        Ok(turned(pixels, self.orientation))
    }
}

/// A pixel without its alpha, and grey three times.
fn as_rgb(pixel: &[u8]) -> [u8; 3] {
    match *pixel {
        [grey] | [grey, _] => [grey; 3],
        [red, green, blue, ..] => [red, green, blue],
        [] => unreachable!("a pixel has a channel"),
    }
}

/// An image as it is to be seen by a number of TIFF's and Exif's orientation.
fn turned(pixels: Tensor, orientation: u64) -> Tensor {
    let (rows, columns) = ([1], [2]);
    let turned = match orientation {
        2 => pixels.flip(columns),
        3 => pixels.flip([1, 2]),
        4 => pixels.flip(rows),
        5 => pixels.transpose(1, 2),
        6 => pixels.transpose(1, 2).flip(columns),
        7 => pixels.transpose(1, 2).flip([1, 2]),
        8 => pixels.transpose(1, 2).flip(rows),
        _ => return pixels,
    };
    turned.contiguous()
}

impl From<DynamicImage> for Picture<'static> {
    fn from(image: DynamicImage) -> Self {
        let [width, height] = [image.width(), image.height()].map(|side| side as usize);
        let channels = usize::from(image.color().channel_count());
        let bytes_per_pixel = usize::from(image.color().bytes_per_pixel());
        // Of 16 bits the high byte is taken.
        let wide = bytes_per_pixel == 2 * channels;
        let image = if wide || bytes_per_pixel == channels {
            image
        } else if image.color().has_alpha() {
            image.into_rgba8().into()
        } else {
            image.into_rgb8().into()
        };
        let mut at = 0;
        let next_row = Box::new(move |row: &mut [u8]| {
            let step = row.len() * (1 + usize::from(wide));
            let bytes = &image.as_bytes()[at..at + step];
            at += step;
            if wide {
                let pairs =
                    bytes.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]]));
                iter::zip(row, pairs).for_each(|(byte, pair)| *byte = (pair >> 8) as u8);
            } else {
                row.copy_from_slice(bytes);
            }
            Ok(())
        });
        Self { width, height, channels, orientation: 1, next_row }
    }
}

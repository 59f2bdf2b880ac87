//! Images of bytes brought to another size.
//!
//! Pillow weighs with integers and rounds to a byte after each of its two passes, along the rows
//! and then along the columns. Libraries that follow it weigh with fewer digits, and one pixel in
//! five comes out one brighter or darker.

use std::f64::consts::PI;

use super::Image;

/// What weighs the old pixels around a new one. A distance of 1 is one pixel or, where the image
/// shrinks, as many as become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filter {
    Nearest,
    Box,
    Bilinear,
    Hamming,
    Bicubic,
    Lanczos,
}

impl Filter {
    /// How far it reaches.
    fn support(self) -> f64 {
        match self {
            Self::Nearest | Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn weigh(self, distance: f64) -> f64 {
        let x = distance.abs();
        match self {
            // Of two that are equally far, the one on the right.
            Self::Nearest | Self::Box => f64::from(distance > -0.5 && distance <= 0.5),
            Self::Bilinear => (1.0 - x).max(0.0),
            Self::Hamming if x == 0.0 => 1.0,
            Self::Hamming if x >= 1.0 => 0.0,
            Self::Hamming => (x * PI).sin() / (x * PI) * (0.54 + 0.46 * (x * PI).cos()),
            // The cubic of Keys with a = -0.5.
            Self::Bicubic if x < 1.0 => ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5,
            Self::Bicubic => 0.0,
            Self::Lanczos if (-3.0..3.0).contains(&distance) => {
                sinc(distance) * sinc(distance / 3.0)
            }
            Self::Lanczos => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) }
}

/// The digits behind the binary point of a weight: with eight for the byte and two to spare they
/// fill an `i32`.
const PRECISION: u32 = 32 - 8 - 2;

/// The pixels that a new one is made of: the first of them, and what each weighs.
struct Window {
    first: usize,
    weights: Vec<i32>,
}

/// The windows of all new pixels along one side.
fn windows(old: usize, new: usize, filter: Filter) -> Vec<Window> {
    let scale = old as f64 / new as f64;
    let unit = scale.max(1.0);
    let reach = filter.support() * unit;
    let window = |i: usize| {
        let centre = (i as f64 + 0.5) * scale;
        let first = (centre - reach + 0.5).max(0.0) as usize;
        let end = ((centre + reach + 0.5) as usize).min(old);
        let weigh = |i: usize| filter.weigh((i as f64 - centre + 0.5) * (1.0 / unit));
        let weights: Vec<f64> = (first..end).map(weigh).collect();
        let sum: f64 = weights.iter().sum();
        let fixed = |weight: f64| {
            let weight = if sum == 0.0 { weight } else { weight / sum };
            (weight * f64::from(1 << PRECISION) + 0.5_f64.copysign(weight)) as i32
        };
        Window { first, weights: weights.into_iter().map(fixed).collect() }
    };
    (0..new).map(window).collect()
}

/// Resizes the rows of one plane: `pixels` holds rows of `width`, what comes back rows of `new`.
fn rows(pixels: &[u8], width: usize, new: usize, filter: Filter) -> Vec<u8> {
    if width == new {
        return pixels.to_vec();
    }
    let windows = windows(width, new, filter);
    let weighed = |row: &[u8], window: &Window| {
        let pairs = row[window.first..].iter().zip(&window.weights);
        let half = 1 << (PRECISION - 1);
        let sum = pairs.fold(half, |sum, (&pixel, &weight)| sum + i32::from(pixel) * weight);
        (sum >> PRECISION).clamp(0, 255) as u8
    };
    let row = |row| windows.iter().map(move |window| weighed(row, window));
    pixels.chunks_exact(width).flat_map(row).collect()
}

/// Rows become columns.
fn turned(pixels: &[u8], width: usize) -> Vec<u8> {
    (0..width).flat_map(|x| pixels.iter().skip(x).step_by(width)).copied().collect()
}

/// One plane, `height` rows of `width` bytes, brought to `new_height` rows of `new_width`.
fn plane(
    pixels: &[u8],
    [height, width]: [usize; 2],
    [new_height, new_width]: [usize; 2],
    filter: Filter,
) -> Vec<u8> {
    let (lost_height, lost_width) =
        (height as i64 - new_height as i64, width as i64 - new_width as i64);
    // Along the columns first where that leaves far less for the other pass: so Pillow does it
    // from version 13 on, and the order shows in the last bit.
    if lost_height > 0 && lost_height > 2 * lost_width {
        let low = turned(&rows(&turned(pixels, width), height, new_height, filter), new_height);
        rows(&low, width, new_width, filter)
    } else {
        let narrow = rows(pixels, width, new_width, filter);
        turned(&rows(&turned(&narrow, new_width), height, new_height, filter), new_height)
    }
}

/// For each new pixel along one side the old one that its middle falls into.
fn nearest(old: usize, new: usize) -> Vec<usize> {
    let scale = old as f64 / new as f64;
    // Added up as Pillow does, step by step.
    let middles = std::iter::successors(Some(scale * 0.5), |middle| Some(middle + scale));
    middles.take(new).map(|middle| (middle as usize).min(old - 1)).collect()
}

/// The image with this height and width: `image.resize((width, height), filter)`.
pub fn resize(image: Image, size: [usize; 2], filter: Filter) -> Image {
    let old = [image.height, image.width];
    if filter == Filter::Nearest {
        let (ys, xs) = (nearest(old[0], size[0]), nearest(old[1], size[1]));
        return image.each_plane(size, |_, plane| {
            let row = |&y: &usize| xs.iter().map(move |x| plane[y * old[1] + x]);
            ys.iter().flat_map(row).collect()
        });
    }
    image
        .premultiplied(|image| image.each_plane(size, |_, pixels| plane(pixels, old, size, filter)))
}

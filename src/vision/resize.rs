//! Images of bytes brought to another size: Pillow's algorithm, to the bit.
//!
//! Pillow weighs with integers and rounds to a byte after each of its two passes, along the rows
//! and then along the columns. Libraries that follow it weigh with fewer digits, and one pixel in
//! five comes out one brighter or darker.

/// The digits behind the binary point of a weight: with eight for the byte and two to spare they
/// fill an `i32`.
const PRECISION: u32 = 32 - 8 - 2;

/// The pixels that a new one is made of: the first of them, and what each weighs.
struct Window {
    first: usize,
    weights: Vec<i32>,
}

/// The windows of all new pixels along one side: bilinear, a triangle of the old pixel's width
/// or, where the side shrinks, of the new one's.
fn windows(old: usize, new: usize) -> Vec<Window> {
    let scale = old as f64 / new as f64;
    let reach = scale.max(1.0);
    let window = |i: usize| {
        let centre = (i as f64 + 0.5) * scale;
        let first = (centre - reach + 0.5).max(0.0) as usize;
        let end = ((centre + reach + 0.5) as usize).min(old);
        let weigh = |i: usize| {
            let distance = ((i as f64 - centre + 0.5) * (1.0 / reach)).abs();
            (1.0 - distance).max(0.0)
        };
        let weights: Vec<f64> = (first..end).map(weigh).collect();
        let sum: f64 = weights.iter().sum();
        let fixed = |weight| (weight / sum * f64::from(1 << PRECISION) + 0.5) as i32;
        Window { first, weights: weights.into_iter().map(fixed).collect() }
    };
    (0..new).map(window).collect()
}

/// Resizes the rows of one channel: `pixels` holds rows of `width`, what comes back rows of `new`.
fn rows(pixels: &[u8], width: usize, new: usize) -> Vec<u8> {
    let windows = windows(width, new);
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

/// One channel, `height` rows of `width` bytes, brought to `new_height` rows of `new_width`.
pub(super) fn channel(
    pixels: &[u8],
    [height, width]: [usize; 2],
    [new_height, new_width]: [usize; 2],
) -> Vec<u8> {
    let (lost_height, lost_width) =
        (height as i64 - new_height as i64, width as i64 - new_width as i64);
    // Along the columns first where that leaves far less for the other pass: so Pillow does it
    // from version 13 on, and the order shows in the last bit.
    if lost_height > 0 && lost_height > 2 * lost_width {
        let low = turned(&rows(&turned(pixels, width), height, new_height), new_height);
        rows(&low, width, new_width)
    } else {
        let narrow = rows(pixels, width, new_width);
        turned(&rows(&turned(&narrow, new_width), height, new_height), new_height)
    }
}

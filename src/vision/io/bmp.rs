//! BMP files: two things that Pillow does and the decoder does not.

use std::iter;

use image::ImageFormat;

use super::decoded;
use super::picture::Picture;

pub fn read(file: &mut Vec<u8>) -> Result<Picture<'static>, String> {
    fill_up(file);
    let bits = bits_of_channels(file);
    let mut picture = decoded(ImageFormat::Bmp, file, 0)?;
    if let Some(bits) = bits {
        // The decoder rounds five and six bits, Pillow cuts off.
        let channels = picture.channels;
        let mut next_row = picture.next_row;
        picture.next_row = Box::new(move |row| {
            next_row(row)?;
            for pixel in row.chunks_exact_mut(channels) {
                for (byte, bits) in iter::zip(pixel, bits) {
                    *byte = (u32::from(*byte >> (8 - bits)) * 255 / ((1 << bits) - 1)) as u8;
                }
            }
            Ok(())
        });
    }
    Ok(picture)
}

/// Where the numbers of a header of 40 bytes or more stand.
const OFFSET: usize = 10;
const WIDTH: usize = 18;
const HEIGHT: usize = 22;
const BITS: usize = 28;
const COMPRESSION: usize = 30;
const GREEN: usize = 58;

fn number(file: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?))
}

/// How many bits red, green and blue have where a pixel has 16.
fn bits_of_channels(file: &[u8]) -> Option<[u32; 3]> {
    let (header, bits) = (number(file, 14)?, number(file, BITS)? & 0xffff);
    if header < 40 || bits != 16 {
        return None;
    }
    match (number(file, COMPRESSION)?, number(file, GREEN)?) {
        (0, _) | (3, 0x3e0) => Some([5, 5, 5]),
        (3, 0x7e0) => Some([5, 6, 5]),
        _ => None,
    }
}

/// Adds the bytes behind the last row that bring it to a length of a multiple of four, where they
/// are missing: they mean nothing.
fn fill_up(file: &mut Vec<u8>) {
    let missing = || {
        let (width, height) = (number(file, WIDTH)? as i32, number(file, HEIGHT)? as i32);
        let raw = number(file, 14)? >= 40 && matches!(number(file, COMPRESSION)?, 0 | 3);
        let bits = u64::from(width.unsigned_abs()) * u64::from(number(file, BITS)? & 0xffff);
        let (row, used) = (bits.div_ceil(32) * 4, bits.div_ceil(8));
        let end = row.checked_mul(height.unsigned_abs().into())?;
        let end = end.checked_add(number(file, OFFSET)?.into())?;
        let missing = end.checked_sub(file.len() as u64)?;
        (raw && missing <= row - used).then_some(missing as usize)
    };
    let missing = missing().unwrap_or(0);
    file.resize(file.len() + missing, 0);
}

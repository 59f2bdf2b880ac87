//! PNG files. What stands behind the pixels may be missing or wrong, as it may for Pillow.

use std::io::{Cursor, ErrorKind};

use png::{BitDepth, DecodeOptions, Decoder, DecodingError, Limits, Transformations};

use super::picture::{LIMIT, Picture, check_size};

const SIGNATURE: usize = 8;
const IEND: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

pub fn read(file: &mut Vec<u8>) -> Result<Picture<'_>, String> {
    let text = |error: DecodingError| error.to_string();
    end_behind_the_pixels(file);
    let mut options = DecodeOptions::default();
    // The sum of each chunk is left aside, as in Pillow; that of all pixels is not.
    options.set_ignore_crc(true);
    options.set_ignore_adler32(false);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let length = file.len() as u64;
    let mut decoder = Decoder::new_with_options(Cursor::new(&file[..]), options);
    decoder.set_limits(Limits { bytes: LIMIT as usize });
    // Of 16 bits the high byte is left, of fewer than 8 as many shades.
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(text)?;
    let (color, depth) = reader.output_color_type();
    if depth != BitDepth::Eight {
        return Err(format!("{color:?} of {depth:?} bits is not known"));
    }
    let channels = color.samples();
    let (width, height) = reader.info().size();
    let size = [width, height].map(u64::from);
    // A file whose rows come in several passes is decoded whole.
    let interlaced = reader.info().interlaced;
    let pixels = size[0].saturating_mul(size[1]);
    let whole = if interlaced { pixels.saturating_mul(channels as u64) } else { 0 };
    // The decoder holds the row before, this one, and what it has of the next ones.
    let rows = 4 * reader.info().raw_row_length() as u64;
    check_size(whole.saturating_add(length).saturating_add(rows), size, channels as u64)?;

    let mut image = Vec::new();
    if interlaced {
        image = vec![0; whole as usize];
        reader.next_frame(&mut image).map_err(text)?;
    }
    let [width, height] = size.map(|side| side as usize);
    let mut y = 0;
    let next_row = Box::new(move |row: &mut [u8]| {
        if interlaced {
            row.copy_from_slice(&image[y * row.len()..][..row.len()]);
        } else {
            reader.read_row(row).map_err(text)?.ok_or("it has too few rows")?;
        }
        y += 1;
        if y == height && !interlaced {
            reader.read_row(row).map(drop).or_else(pardoned)?;
        }
        Ok(())
    });
    Ok(Picture { width, height, channels, orientation: 1, next_row })
}

/// After the last row the file may end.
fn pardoned(error: DecodingError) -> Result<(), String> {
    match error {
        DecodingError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(()),
        other => Err(other.to_string()),
    }
}

/// Puts a right end where the chunks of pixels end, whatever stands there.
fn end_behind_the_pixels(file: &mut Vec<u8>) {
    let mut at = SIGNATURE;
    let mut seen = false;
    while let Some(&[a, b, c, d, ref name @ ..]) = file.get(at..at + 8) {
        let pixels = name == b"IDAT";
        if seen && !pixels {
            file.truncate(at);
            file.extend_from_slice(IEND);
            return;
        }
        seen |= pixels;
        at = at.saturating_add(12).saturating_add(u32::from_be_bytes([a, b, c, d]) as usize);
    }
    // A part of the next chunk's beginning.
    if seen && at <= file.len() {
        file.truncate(at);
        file.extend_from_slice(IEND);
    }
}

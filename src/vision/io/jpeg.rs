//! JPEG files: what their headers say.

use image::ImageFormat;

use super::decoded;
use super::picture::Picture;

pub fn read(file: &[u8]) -> Result<Picture<'static>, String> {
    let frame = Frame::of(file).ok_or("the JPEG is cut off")?;
    // The decoder copies the file, and keeps the coefficients of a whole image that comes in several
    // scans: two bytes a sample, of blocks of eight.
    let [width, height] =
        [frame.width, frame.height].map(|side| u64::from(side).next_multiple_of(32));
    let samples = width * height * u64::from(frame.components);
    let work = if frame.scans > 1 { 2 * samples } else { 0 };
    decoded(ImageFormat::Jpeg, file, work + file.len() as u64)
}

/// An image within a JPEG that goes on to its end marker.
pub struct Frame {
    pub width: u16,
    pub height: u16,
    pub components: u8,
    scans: usize,
}

impl Frame {
    /// The first frame; none if the file is cut off: the decoder does not mind, and paints the rest
    /// grey.
    pub fn of(jpeg: &[u8]) -> Option<Self> {
        const START_OF_SCAN: u8 = 0xda;
        const END: u8 = 0xd9;
        let mut frame: Option<Self> = None;
        // Segments, each a marker and its length; a thumbnail within one has an end of its own.
        let mut at = 2;
        loop {
            let &[0xff, marker, ref rest @ ..] = jpeg.get(at..)? else { return None };
            match marker {
                // A marker may have more than one 0xff before it.
                0xff => at += 1,
                // These stand alone.
                0x01 | 0xd0..=0xd8 => at += 2,
                END => return frame,
                _ => {
                    let &[high, low, ref body @ ..] = rest else { return None };
                    if matches!(marker, 0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc)) {
                        let &[_, h, l, w, v, components, ..] = body else { return None };
                        let [height, width] = [[h, l], [w, v]].map(u16::from_be_bytes);
                        frame.get_or_insert(Self { width, height, components, scans: 0 });
                    }
                    at += 2 + usize::from(u16::from_be_bytes([high, low]));
                    if marker == START_OF_SCAN {
                        frame.as_mut()?.scans += 1;
                        at += end_of_scan(jpeg.get(at..)?)?;
                    }
                }
            }
        }
    }
}

/// Where the next marker stands behind a scan's codes: a 0xff before anything but a zero, or one of
/// eight that only say where to begin anew.
fn end_of_scan(codes: &[u8]) -> Option<usize> {
    codes.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff))
}

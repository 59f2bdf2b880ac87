//! PNM files, P1 to P6, as Pillow reads them: comments may stand anywhere in a text, and levels are
//! rounded to even.

use std::array;

use super::picture::{Picture, check_size};

/// What is at the beginning of the file.
struct Header {
    /// The level of white; none where pixels are bits.
    white: Option<u32>,
    plain: bool,
    /// What levels of a byte become.
    bytes: [u8; 256],
}

/// Whether a file is one of P1 to P6.
pub fn is_one(file: &[u8]) -> bool {
    matches!(file, [b'P', b'1'..=b'6', next, ..] if next.is_ascii_whitespace())
}

pub fn read(file: &[u8]) -> Result<Picture<'_>, String> {
    let kind = file[1] - b'0';
    let mut content = Content { bytes: &file[2..] };
    let [width, height] = [content.number()?, content.number()?];
    let white = if kind % 3 == 1 { None } else { Some(content.number()?) };
    if white.is_some_and(|white| !(1..=65535).contains(&white)) {
        return Err("its level of white is not from 1 to 65535".to_string());
    }
    let channels = if kind.is_multiple_of(3) { 3 } else { 1 };
    let bytes = array::from_fn(|level| scaled(level as u32, white.unwrap_or(1)));
    let header = Header { white, plain: kind <= 3, bytes };
    check_size(file.len() as u64, [width, height].map(u64::from), channels as u64)?;
    let [width, height] = [width, height].map(|side| side as usize);
    let next_row = Box::new(move |row: &mut [u8]| header.read_row(&mut content, row));
    Ok(Picture { width, height, channels, orientation: 1, next_row })
}

impl Header {
    fn read_row(&self, content: &mut Content, row: &mut [u8]) -> Result<(), String> {
        match (self.white, self.plain) {
            (None, true) => row.iter_mut().try_for_each(|byte| {
                *byte = content.bit()?;
                Ok(())
            }),
            (None, false) => {
                let bits = content.take(row.len().div_ceil(8))?;
                for (x, byte) in row.iter_mut().enumerate() {
                    *byte = if bits[x / 8] << (x % 8) & 0x80 == 0 { 255 } else { 0 };
                }
                Ok(())
            }
            (Some(white), true) => row.iter_mut().try_for_each(|byte| {
                let level = content.number()?;
                if level > white {
                    return Err(format!("{level} is above its white, which is {white}"));
                }
                *byte = scaled(level, white);
                Ok(())
            }),
            (Some(white), false) if white < 256 => {
                let levels = content.take(row.len())?;
                row.iter_mut()
                    .zip(levels)
                    .for_each(|(byte, &l)| *byte = self.bytes[usize::from(l)]);
                Ok(())
            }
            (Some(white), false) => {
                let levels = content.take(2 * row.len())?.chunks_exact(2);
                let levels = levels.map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                row.iter_mut().zip(levels).for_each(|(byte, l)| *byte = scaled(l.into(), white));
                Ok(())
            }
        }
    }
}

/// A level as one from 0 to 255: Python's `min(255, round(level / white * 255))`.
fn scaled(level: u32, white: u32) -> u8 {
    (f64::from(level) / f64::from(white) * 255.0).round_ties_even().min(255.0) as u8
}

/// What is left of the file.
struct Content<'a> {
    bytes: &'a [u8],
}

impl<'a> Content<'a> {
    /// The next character that is in no comment. A comment ends with its line, and the line's end is
    /// a part of it.
    fn character(&mut self) -> Option<u8> {
        loop {
            let (&first, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            if first != b'#' {
                return Some(first);
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            self.bytes = end.map_or(&[], |end| &rest[end + 1..]);
        }
    }

    /// The next number, and the one blank behind it.
    fn number(&mut self) -> Result<u32, String> {
        let mut number = None;
        loop {
            match (self.character(), number) {
                (Some(digit @ b'0'..=b'9'), _) => {
                    let next = number.unwrap_or(0_u32).checked_mul(10);
                    let next = next.and_then(|n| n.checked_add((digit - b'0').into()));
                    number = Some(next.ok_or("a number is too large")?);
                }
                (Some(blank), _) if !is_blank(blank) => {
                    return Err(format!("{:?} is no part of a number", char::from(blank)));
                }
                (Some(_) | None, Some(number)) => return Ok(number),
                (Some(_), None) => {}
                (None, None) => return Err("it is cut off".to_string()),
            }
        }
    }

    /// The next pixel of a text of zeros and ones, which need no blank between them.
    fn bit(&mut self) -> Result<u8, String> {
        loop {
            match self.character() {
                Some(b'0') => return Ok(255),
                Some(b'1') => return Ok(0),
                Some(blank) if is_blank(blank) => {}
                Some(other) => return Err(format!("{:?} is no 0 or 1", char::from(other))),
                None => return Err("it is cut off".to_string()),
            }
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or("it is cut off")?;
        self.bytes = rest;
        Ok(taken)
    }
}

/// Python's `bytes.isspace`.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

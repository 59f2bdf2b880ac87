//! TIFF files, as Pillow reads them.
//!
//! The crate `tiff` takes strips and tiles apart, whatever they are compressed by. What the samples
//! mean is told here: it is given a directory that calls them grey, as many as there are.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::iter;

use tiff::decoder::{BufferLayoutPreference, Decoder, DecodingResult, Limits};

use super::jpeg::Frame;
use super::picture::{LIMIT, Picture, check_size};

const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const STRIP_OFFSETS: u16 = 273;
const ORIENTATION: u16 = 274;
const SAMPLES: u16 = 277;
const ROWS_PER_STRIP: u16 = 278;
const STRIP_COUNTS: u16 = 279;
const PLANAR: u16 = 284;
const PREDICTOR: u16 = 317;
const COLOR_MAP: u16 = 320;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const TILE_OFFSETS: u16 = 324;
const TILE_COUNTS: u16 = 325;
const EXTRA_SAMPLES: u16 = 338;
const SAMPLE_FORMAT: u16 = 339;

/// So many bytes of numbers a tag may have, for the crate too.
const LONGEST: usize = 1 << 20;

const UNCOMPRESSED: u64 = 1;
const JPEG: u64 = 7;
/// LZW, and Deflate by its two numbers.
const PREDICTED: [u64; 3] = [5, 8, 32946];

pub fn read(file: &mut Vec<u8>) -> Result<Picture<'static>, String> {
    let mut directory = Directory::of(file).ok_or("the TIFF has no directory")?;
    let format = Format::of(&directory, file)?;
    let [width, height] = [directory.one(file, WIDTH, 0), directory.one(file, HEIGHT, 0)];
    let row = width.saturating_mul(format.samples).saturating_mul(format.bits).div_ceil(8);
    let chunk = directory.chunk(file, width, height);
    let chunk_row = chunk[0].saturating_mul(format.samples).saturating_mul(format.bits).div_ceil(8);
    let orientation = directory.one(file, ORIENTATION, 1);
    let turned = if (2..=8).contains(&orientation) {
        width.saturating_mul(height).saturating_mul(4)
    } else {
        0
    };
    // Tiles of planes are taken as whole: the crate forgets the planes where it cuts the last ones off.
    let padded = if format.planar && directory.entries.contains_key(&TILE_WIDTH) {
        height.checked_next_multiple_of(chunk[1]).ok_or("its tiles have no height")?
    } else {
        height
    };
    let work = [row.saturating_mul(padded), chunk_row, turned, file.len() as u64];
    let work = work.into_iter().fold(directory.jpegs(file, chunk, &format)?, u64::saturating_add);
    check_size(work, [width, height], format.channels() as u64)?;

    if directory.one(file, FILL_ORDER, 1) == 2 {
        directory.reverse_bits(file)?;
    }
    directory.call_it_grey(file, &format, [width, height]);
    directory.set(file, HEIGHT, &[padded]);
    let start = directory.append(file);
    file[directory.pointer..][..start.len()].copy_from_slice(&start);

    let text = |error: tiff::TiffError| error.to_string();
    let mut limits = Limits::default();
    limits.decoding_buffer_size = LIMIT as usize;
    limits.intermediate_buffer_size = LIMIT as usize;
    let mut decoder = Decoder::new(Cursor::new(&file[..])).map_err(text)?.with_limits(limits);
    let mut samples = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut samples).map_err(text)?;
    if samples.as_buffer(0).as_bytes().len() < layout.complete_len {
        return Err("it takes too much memory".to_string());
    }
    drop(decoder);
    file.clear();
    file.shrink_to_fit();
    Ok(picture(format, samples, &layout, [width, height].map(|side| side as usize), orientation))
}

/// The first directory of a file: what stands in it by tag.
struct Directory {
    little: bool,
    big: bool,
    /// Where the file says where it stands.
    pointer: usize,
    /// Kind, count, and the value or where it stands, as in the file.
    entries: BTreeMap<u16, (u16, u64, Vec<u8>)>,
}

impl Directory {
    fn of(file: &[u8]) -> Option<Self> {
        let little = file.starts_with(b"II");
        let mut directory = Self { little, big: false, pointer: 4, entries: BTreeMap::new() };
        directory.big = directory.number(file.get(2..4)?) == 43;
        let word = directory.word();
        directory.pointer = word;
        let at = usize::try_from(directory.number(file.get(word..2 * word)?)).ok()?;
        let counted = if directory.big { 8 } else { 2 };
        let count = directory.number(file.get(at..)?.get(..counted)?);
        let entries = file[at + counted..].chunks_exact(4 + 2 * word);
        for entry in entries.take(usize::try_from(count).ok()?) {
            let [tag, kind] = [0, 2].map(|at| directory.number(&entry[at..at + 2]) as u16);
            let count = directory.number(&entry[4..4 + word]);
            directory.entries.insert(tag, (kind, count, entry[4 + word..].to_vec()));
        }
        Some(directory)
    }

    /// The length of a pointer.
    fn word(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let add = |number, &byte: &u8| number << 8 | u64::from(byte);
        if self.little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    }

    fn bytes(&self, number: u64, count: usize) -> Vec<u8> {
        if self.little {
            number.to_le_bytes()[..count].to_vec()
        } else {
            number.to_be_bytes()[8 - count..].to_vec()
        }
    }

    /// The whole numbers of a tag; none if it is not there or holds something else.
    fn numbers(&self, file: &[u8], tag: u16) -> Option<Vec<u64>> {
        let (kind, count, value) = self.entries.get(&tag)?;
        let size = match kind {
            1 | 7 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            _ => return None,
        };
        let length = usize::try_from(count.checked_mul(size)?).ok()?;
        if length > LONGEST {
            return None;
        }
        let bytes = if length <= self.word() {
            value.get(..length)?
        } else {
            file.get(usize::try_from(self.number(value)).ok()?..)?.get(..length)?
        };
        Some(bytes.chunks_exact(size as usize).map(|bytes| self.number(bytes)).collect())
    }

    /// A tag's first number, or what it is where it is not said.
    fn one(&self, file: &[u8], tag: u16, unsaid: u64) -> u64 {
        self.numbers(file, tag).and_then(|numbers| numbers.first().copied()).unwrap_or(unsaid)
    }

    fn set(&mut self, file: &mut Vec<u8>, tag: u16, numbers: &[u64]) {
        let word = self.word();
        let mut value: Vec<u8> = numbers.iter().flat_map(|&n| self.bytes(n, word)).collect();
        if value.len() > word {
            let at = self.bytes(file.len() as u64, word);
            file.extend(value);
            value = at;
        }
        let kind = if self.big { 16 } else { 4 };
        self.entries.insert(tag, (kind, numbers.len() as u64, value));
    }

    /// Writes it behind the file, and gives the pointer to it.
    fn append(&self, file: &mut Vec<u8>) -> Vec<u8> {
        file.resize(file.len().next_multiple_of(2), 0);
        let start = self.bytes(file.len() as u64, self.word());
        file.extend(self.bytes(self.entries.len() as u64, if self.big { 8 } else { 2 }));
        for (&tag, (kind, count, value)) in &self.entries {
            file.extend(self.bytes(tag.into(), 2));
            file.extend(self.bytes((*kind).into(), 2));
            file.extend(self.bytes(*count, self.word()));
            file.extend(value);
        }
        file.extend(self.bytes(0, self.word()));
        start
    }

    /// The width and height of a strip or tile.
    fn chunk(&self, file: &[u8], width: u64, height: u64) -> [u64; 2] {
        if self.entries.contains_key(&TILE_WIDTH) {
            return [TILE_WIDTH, TILE_HEIGHT].map(|tag| self.one(file, tag, 0));
        }
        [width, self.one(file, ROWS_PER_STRIP, height).min(height)]
    }

    /// Where the strips or tiles stand.
    fn ranges(&self, file: &[u8]) -> BTreeSet<(usize, usize)> {
        let tags = [(STRIP_OFFSETS, STRIP_COUNTS), (TILE_OFFSETS, TILE_COUNTS)];
        let (offsets, counts) = tags[usize::from(self.entries.contains_key(&TILE_OFFSETS))];
        let [offsets, counts] =
            [offsets, counts].map(|tag| self.numbers(file, tag).unwrap_or_default());
        let clamp = |number: u64| number.min(file.len() as u64) as usize;
        let range = |(from, count): (u64, u64)| (clamp(from), clamp(from.saturating_add(count)));
        iter::zip(offsets, counts).map(range).collect()
    }

    /// What decoding its JPEGs takes: each is as large as it says itself, which has to be as large as a
    /// strip or tile.
    fn jpegs(&self, file: &[u8], chunk: [u64; 2], format: &Format) -> Result<u64, String> {
        if self.one(file, COMPRESSION, UNCOMPRESSED) != JPEG {
            return Ok(0);
        }
        let (mut most, mut all) = (0, 0);
        for (from, to) in self.ranges(file) {
            all += to - from;
            if all > 2 * file.len() {
                return Err("strips overlap in it".to_string());
            }
            let frame = Frame::of(&file[from..to]).ok_or("a JPEG in it is cut off")?;
            let components = if format.planar { 1 } else { format.samples };
            if u64::from(frame.components) != components {
                return Err("a JPEG in it has not as many components as samples".to_string());
            }
            // Their rows come out too long.
            if components == 2 {
                return Err("a JPEG in it is of grey and alpha".to_string());
            }
            let size = [frame.width, frame.height].map(u64::from);
            if iter::zip(size, chunk).any(|(jpeg, chunk)| jpeg > chunk.next_multiple_of(16)) {
                return Err("a JPEG in it is larger than its strip".to_string());
            }
            // Samples, and their coefficients of two bytes.
            most = most.max(12 * (size[0] + 32) * (size[1] + 32) + (to - from) as u64);
        }
        Ok(most)
    }

    /// Turns the bits of each byte of the strips or tiles round.
    fn reverse_bits(&self, file: &mut [u8]) -> Result<(), String> {
        let mut end = 0;
        for (from, to) in self.ranges(file) {
            if from < end {
                return Err("strips overlap in it".to_string());
            }
            end = to;
            file[from..to].iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        Ok(())
    }

    /// Leaves of the tags only what is needed to take the samples apart.
    fn call_it_grey(&mut self, file: &mut Vec<u8>, format: &Format, [width, height]: [u64; 2]) {
        self.set(file, PHOTOMETRIC, &[1]);
        self.set(file, BITS, &[format.bits]);
        self.set(file, SAMPLES, &[format.samples]);
        self.set(file, SAMPLE_FORMAT, &[format.kind]);
        self.entries.remove(&EXTRA_SAMPLES);
        // Only these compressions have one; elsewhere the tag means nothing.
        if !PREDICTED.contains(&format.compression) {
            self.entries.remove(&PREDICTOR);
        }
        let strips = self.entries.contains_key(&STRIP_OFFSETS);
        if strips && !self.entries.contains_key(&STRIP_COUNTS) && format.compression == UNCOMPRESSED
        {
            let rows = self.chunk(file, width, height)[1];
            let samples = if format.planar { 1 } else { format.samples };
            let row = (width * samples * format.bits).div_ceil(8);
            let count = self.numbers(file, STRIP_OFFSETS).map_or(0, |offsets| offsets.len());
            self.set(file, STRIP_COUNTS, &vec![row.saturating_mul(rows); count]);
        }
    }
}

/// How the samples of a pixel become bytes.
struct Format {
    color: Color,
    alpha: Alpha,
    bits: u64,
    samples: u64,
    /// 1 unsigned, 2 signed, 3 float.
    kind: u64,
    compression: u64,
    planar: bool,
}

enum Color {
    Grey { white_is_zero: bool },
    Rgb,
    Palette(Vec<[u8; 3]>),
    Cmyk,
    YCbCr,
    Lab,
}

#[derive(Clone, Copy, PartialEq)]
enum Alpha {
    None,
    Straight,
    /// The colours are multiplied by it.
    Premultiplied,
}

impl Format {
    fn of(directory: &Directory, file: &[u8]) -> Result<Self, String> {
        let compression = directory.one(file, COMPRESSION, UNCOMPRESSED);
        let photometric = directory.one(file, PHOTOMETRIC, 0);
        let samples = directory.one(file, SAMPLES, 1);
        let bits = directory.numbers(file, BITS).unwrap_or(vec![1]);
        let kinds = directory.numbers(file, SAMPLE_FORMAT).unwrap_or(vec![1]);
        let alike = |numbers: &[u64]| {
            let used = &numbers[..numbers.len().min(samples as usize)];
            used.first().copied().filter(|first| used.iter().all(|number| number == first))
        };
        let (Some(bits), Some(kind)) = (alike(&bits), alike(&kinds)) else {
            return Err("its samples are not alike".to_string());
        };
        let base = match photometric {
            2 | 8 => 3,
            5 => 4,
            6 if samples >= 3 => 3,
            _ => 1,
        };
        let unknown = || {
            format!(
                "{samples} samples of {bits} bits of kind {kind} with photometric interpretation \
                 {photometric} are not known"
            )
        };
        let known = match (photometric, bits, kind) {
            (0 | 1, 1 | 2 | 4, 1) => samples == 1,
            (0 | 1, 8, 1 | 2) => samples <= 2,
            (0 | 1, 16 | 32, 1 | 2) | (0 | 1, 32, 3) => samples == 1,
            (3, 1 | 2 | 4, 1) => samples == 1,
            (3, 8, 1) => samples <= 2,
            (2 | 5, 8 | 16, 1) => (base..=base + 3).contains(&samples),
            (6, 8, 1) => samples == 1 || samples == 3,
            (8, 8, 1) => samples == 3,
            _ => false,
        };
        if !known {
            return Err(unknown());
        }
        let extra = directory.numbers(file, EXTRA_SAMPLES).unwrap_or_default();
        let alpha = match extra.first() {
            _ if samples == base || matches!(photometric, 5) => Alpha::None,
            Some(1) if photometric != 3 => Alpha::Premultiplied,
            Some(2 | 999) => Alpha::Straight,
            Some(_) => Alpha::None,
            None if photometric == 2 && samples == 4 => Alpha::Straight,
            None => return Err(unknown()),
        };
        let color = match photometric {
            3 => Color::Palette(palette(directory, file)?),
            2 => Color::Rgb,
            5 => Color::Cmyk,
            6 if samples == 3 => Color::YCbCr,
            8 => Color::Lab,
            // Pillow turns no white round of more than 8 bits.
            _ => Color::Grey { white_is_zero: photometric == 0 && bits <= 8 },
        };
        let planar = directory.one(file, PLANAR, 1) == 2 && samples > 1;
        Ok(Self { color, alpha, bits, samples, kind, compression, planar })
    }

    fn channels(&self) -> usize {
        let colors = if matches!(self.color, Color::Grey { .. }) { 1 } else { 3 };
        colors + usize::from(self.alpha != Alpha::None)
    }

    /// Whether a pixel's samples are its bytes.
    fn is_plain(&self) -> bool {
        let color = matches!(self.color, Color::Rgb | Color::Grey { white_is_zero: false });
        color && self.alpha != Alpha::Premultiplied && self.samples == self.channels() as u64
    }

    /// A pixel's bytes from its samples.
    fn pixel(&self, samples: &[u8], pixel: &mut [u8]) {
        let grey = matches!(self.color, Color::Grey { .. });
        // How many samples the colour is made of, and the colour.
        let (base, color) = match (&self.color, samples) {
            (Color::Grey { white_is_zero: true }, &[grey, ..]) => (1, [!grey; 3]),
            (Color::Grey { .. }, &[grey, ..]) => (1, [grey; 3]),
            (Color::Palette(colors), &[index, ..]) => {
                (1, colors.get(usize::from(index)).copied().unwrap_or_default())
            }
            (Color::Rgb, &[r, g, b, ..]) => (3, [r, g, b]),
            (Color::YCbCr, &[y, cb, cr, ..]) => (3, ycbcr_to_rgb([y, cb, cr])),
            (Color::Lab, &[l, a, b, ..]) => (3, lab_to_rgb([l, a, b])),
            (Color::Cmyk, &[c, m, y, k, ..]) => (4, cmyk_to_rgb([c, m, y, k])),
            _ => unreachable!("`Format::of` counts the samples"),
        };
        let (colors, alpha) = pixel.split_at_mut(if grey { 1 } else { 3 });
        colors.copy_from_slice(&color[..colors.len()]);
        if self.alpha == Alpha::None {
            return;
        }
        alpha[0] = samples[base];
        if self.alpha == Alpha::Premultiplied {
            for color in colors {
                *color = match alpha[0] {
                    0 if grey => *color,
                    0 => 0,
                    alpha => (u32::from(*color) * 255 / u32::from(alpha)).min(255) as u8,
                };
            }
        }
    }
}

/// The colours of the map, of which the high bytes count.
fn palette(directory: &Directory, file: &[u8]) -> Result<Vec<[u8; 3]>, String> {
    let levels = directory.numbers(file, COLOR_MAP).ok_or("its palette is missing")?;
    let count = levels.len() / 3;
    let byte = |at: usize| (levels[at] >> 8) as u8;
    Ok((0..count.min(256)).map(|i| [byte(i), byte(count + i), byte(2 * count + i)]).collect())
}

fn picture(
    format: Format,
    samples: DecodingResult,
    layout: &BufferLayoutPreference,
    [width, height]: [usize; 2],
    orientation: u64,
) -> Picture<'static> {
    let count = format.samples as usize;
    let (planes, of_one) = if format.planar { (count, 1) } else { (1, count) };
    let bits = format.bits as usize;
    let row_stride = (width * of_one * bits).div_ceil(8);
    let plane_stride = layout.plane_stride.map_or(0, usize::from);
    let index = matches!(format.color, Color::Palette(_));
    let channels = format.channels();
    let mut y = 0;
    let mut bytes = vec![0; width * count];
    let next_row = Box::new(move |row: &mut [u8]| {
        for plane in 0..planes {
            let start = plane * plane_stride + y * row_stride;
            match &samples {
                DecodingResult::U8(all) if bits == 8 && planes == 1 => {
                    bytes.copy_from_slice(&all[start..start + width * count]);
                }
                samples => {
                    for at in 0..width * of_one {
                        bytes[at * planes + plane] = sample(samples, start, at, bits, index);
                    }
                }
            }
        }
        y += 1;
        if format.is_plain() {
            row.copy_from_slice(&bytes);
            return Ok(());
        }
        let pixels = row.chunks_exact_mut(channels);
        iter::zip(pixels, bytes.chunks_exact(count)).for_each(|(p, s)| format.pixel(s, p));
        Ok(())
    });
    Picture { width, height, channels, orientation, next_row }
}

/// A sample of a row that starts at this byte, as a byte: a level, or the number of a colour.
fn sample(samples: &DecodingResult, start: usize, at: usize, bits: usize, index: bool) -> u8 {
    match samples {
        DecodingResult::U8(all) if bits < 8 => {
            let byte = all[start + at * bits / 8];
            let most = (1_u8 << bits) - 1;
            let value = byte >> (8 - bits - at * bits % 8) & most;
            if index { value } else { value * (255 / most) }
        }
        DecodingResult::U8(all) => all[start + at],
        DecodingResult::I8(all) => all[start + at] as u8,
        DecodingResult::U16(all) => (all[start / 2 + at] >> 8) as u8,
        DecodingResult::I16(all) => all[start / 2 + at].clamp(0, 255) as u8,
        DecodingResult::I32(all) => all[start / 4 + at].clamp(0, 255) as u8,
        // Pillow takes them for signed ones.
        DecodingResult::U32(all) => (all[start / 4 + at] as i32).clamp(0, 255) as u8,
        DecodingResult::F32(all) => all[start / 4 + at] as u8,
        _ => unreachable!("`Format::of` knows no others"),
    }
}

/// The way back from JPEG's YCbCr.
fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let [y, cb, cr] = [f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0];
    let rgb = [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb];
    rgb.map(|color| color.round() as u8)
}

fn cmyk_to_rgb([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let light = u32::from(255 - k);
    [c, m, y].map(|ink| {
        let product = u32::from(ink) * light + 128;
        light.saturating_sub(((product >> 8) + product) >> 8) as u8
    })
}

/// CIE L*a*b* of D50 as sRGB.
fn lab_to_rgb([l, a, b]: [u8; 3]) -> [u8; 3] {
    let y = (f32::from(l) * 100.0 / 255.0 + 16.0) / 116.0;
    let [x, z] = [y + f32::from(a as i8) / 500.0, y - f32::from(b as i8) / 200.0];
    let part = |t: f32| {
        if t > 24.0 / 116.0 { t.powi(3) } else { (t - 16.0 / 116.0) * 108.0 / 841.0 }
    };
    let [x, y, z] = [0.9642 * part(x), part(y), 0.8249 * part(z)];
    let linear = [
        3.133_856 * x - 1.616_867 * y - 0.490_615 * z,
        -0.978_768 * x + 1.916_142 * y + 0.033_454 * z,
        0.071_945 * x - 0.228_991 * y + 1.405_243 * z,
    ];
    linear.map(|light| {
        let light = light.clamp(0.0, 1.0);
        let level = if light <= 0.003_130_8 {
            12.92 * light
        } else {
            1.055 * light.powf(1.0 / 2.4) - 0.055
        };
        (level * 255.0).round() as u8
    })
}

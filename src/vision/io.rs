//! Image files: [`torchvision.io`].
//!
//! [`torchvision.io`]: https://docs.pytorch.org/vision/stable/io.html

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use flambeau_derive::function;
use image::{DynamicImage, ExtendedColorType, ImageFormat, ImageReader};
use tch::{Device, Kind, Tensor};

use crate::file::write_whole;
use crate::refusal::refuse;
use crate::{Error, Result};

/// Which channels an image is read with: [`torchvision.io.ImageReadMode`].
///
/// [`torchvision.io.ImageReadMode`]: https://docs.pytorch.org/vision/stable/generated/torchvision.io.ImageReadMode.html
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImageReadMode {
    /// Those of the file: grey, grey and alpha, red green blue, or these and alpha.
    #[default]
    Unchanged,
    /// Red, green, blue. Grey becomes three times the same, and alpha is left away, as Pillow's
    /// `convert("RGB")` does.
    Rgb,
}

impl From<&str> for ImageReadMode {
    /// # Panics
    /// When there is no such name.
    fn from(name: &str) -> Self {
        match name.to_uppercase().as_str() {
            "UNCHANGED" => Self::Unchanged,
            "RGB" => Self::Rgb,
            _ => refuse(format!("mode must be one of 'UNCHANGED', 'RGB', but is '{name}'")),
        }
    }
}

/// Reads an image as bytes from 0 to 255, (C, H, W): [`torchvision.io.read_image`].
///
/// PNG, JPEG, GIF, BMP, WebP, TIFF and PNM (`.ppm`, `.pgm`), told apart by their content. Of an
/// animation the first picture is read. A camera's note how to turn the picture is not followed, as
/// Pillow does not by itself.
///
/// The bytes are Pillow's, but for three: of 16 bits a channel the 8 that are left are scaled, where
/// Pillow cuts grey ones off at 255; in a PNM whose white is not 255, a half is rounded up, where
/// Pillow rounds it to even; and a JPEG is decoded by another decoder, which rounds otherwise and
/// puts colours between pixels otherwise, so that smooth parts differ by a few levels.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::io::{read_image, read_image_options, write_image};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("grey.png");
/// let image = Tensor::full([1, 2, 3], 100, (Kind::Uint8, Device::Cpu));
/// write_image(&image, &path)?;
/// assert_eq!(read_image(&path)?, image);
/// assert_eq!(read_image_options(&path).mode("RGB").call()?.size(), [3, 2, 3]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read, is no such image or is damaged, or would take more than half a
/// GB of memory.
///
/// [`torchvision.io.read_image`]: https://docs.pytorch.org/vision/stable/generated/torchvision.io.read_image.html
#[function]
pub fn read_image(
    #[builder(into)] path: PathBuf,
    /// Which channels the tensor is to have.
    #[builder(default = ImageReadMode::Unchanged, into)]
    mode: ImageReadMode,
) -> Result<Tensor> {
    let path = &path;
    let bytes = fs::read(path)
        .map_err(|e| Error::file(path, e, "check the path and that it may be read"))?;
    let no_image = |problem: String| {
        let remedy = "name a whole PNG, JPEG, GIF, BMP, WebP, TIFF or PNM file";
        Error::file(path, format!("is no image that can be read: {problem}"), remedy)
    };
    // The content decides, never the name.
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format();
    let reader = reader.map_err(|e| no_image(e.to_string()))?;
    let Some(format) = reader.format() else {
        return Err(no_image("its content is of no format that is known".to_string()));
    };
    if format == ImageFormat::Jpeg && !has_an_end(&bytes) {
        return Err(no_image("the JPEG is cut off".to_string()));
    }
    let image = reader.decode().map_err(|e| no_image(e.to_string()))?;
    drop(bytes);
    let image = match mode {
        ImageReadMode::Rgb => image.into_rgb8().into(),
        // A GIF is read with alpha, also where nothing shines through.
        ImageReadMode::Unchanged if format == ImageFormat::Gif && is_opaque(&image) => {
            image.into_rgb8().into()
        }
        ImageReadMode::Unchanged => image,
    };
    let (width, height, channels) = (image.width(), image.height(), image.color().channel_count());
    let bytes = match channels {
        1 => image.into_luma8().into_raw(),
        2 => image.into_luma_alpha8().into_raw(),
        3 => image.into_rgb8().into_raw(),
        _ => image.into_rgba8().into_raw(),
    };
    let pixels = Tensor::from_slice(&bytes);
    let pixels = pixels.view([i64::from(height), i64::from(width), i64::from(channels)]);
    Ok(pixels.permute([2, 0, 1]).contiguous())
}

/// Whether a JPEG goes on to its end marker. The decoder does not mind when it is missing, and
/// paints the rest grey.
fn has_an_end(jpeg: &[u8]) -> bool {
    const END: [u8; 2] = [0xff, 0xd9];
    const SCAN: u8 = 0xda;
    // Segments, each a marker and its length, stand before the first scan; a thumbnail within one
    // has an end of its own.
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = jpeg.get(at..at + 4) {
        if marker == SCAN {
            return jpeg[at..].windows(2).any(|pair| pair == END);
        }
        // A marker may have more than one 0xff before it.
        at += if marker == 0xff { 1 } else { 2 + usize::from(u16::from_be_bytes([high, low])) };
    }
    false
}

fn is_opaque(image: &DynamicImage) -> bool {
    image.as_rgba8().is_some_and(|image| image.pixels().all(|pixel| pixel.0[3] == 255))
}

/// Writes an image of bytes, (C, H, W) with one to four channels, as PNG or JPEG by the ending of
/// `path`; the file appears whole or not at all.
///
/// A JPEG has no alpha: it is left away.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::io::write_image;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("black.png");
/// write_image(&Tensor::zeros([3, 8, 8], (Kind::Uint8, Device::Cpu)), &path)?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the ending is another, or the file cannot be written.
///
/// # Panics
/// When the tensor is no such image.
pub fn write_image(image: &Tensor, path: impl AsRef<Path>) -> Result<()> {
    write_image_as(image, path.as_ref(), None)
}

/// [`write_image`] in a format of this name, whatever the path's ending is.
pub(super) fn write_image_as(image: &Tensor, path: &Path, format: Option<&str>) -> Result<()> {
    let format = match format.map(str::to_lowercase).as_deref() {
        None => format_of(path)?,
        Some("png") => ImageFormat::Png,
        Some("jpeg" | "jpg") => ImageFormat::Jpeg,
        Some(other) => {
            return Err(Error::argument(
                "format",
                format!("there is png and jpeg, but no {other}"),
            ));
        }
    };
    let size = image.size();
    assert!(
        image.kind() == Kind::Uint8 && size.len() == 3 && (1..=4).contains(&size[0]),
        "an image is of bytes, (1 to 4, H, W), but this is {image:?}"
    );
    // Of grey and alpha, and of red, green, blue and alpha, the alpha is the last.
    let image = match (format, size[0]) {
        (ImageFormat::Jpeg, channels @ (2 | 4)) => image.narrow(0, 0, channels - 1),
        _ => image.shallow_clone(),
    };
    let color = match image.size()[0] {
        1 => ExtendedColorType::L8,
        2 => ExtendedColorType::La8,
        3 => ExtendedColorType::Rgb8,
        _ => ExtendedColorType::Rgba8,
    };
    let pixels = image.to_device(Device::Cpu).permute([1, 2, 0]).contiguous();
    let mut bytes = vec![0; pixels.numel()];
    pixels.copy_data(&mut bytes, pixels.numel());
    let mut encoded = Cursor::new(Vec::new());
    let (height, width) = (size[1] as u32, size[2] as u32);
    image::write_buffer_with_format(&mut encoded, &bytes, width, height, color, format)
        .map_err(|e| Error::file(path, e, "choose another format or size"))?;
    write_whole(path, encoded.get_ref())
}

/// Checks that an image can be written to `path`, before the work that makes it.
///
/// # Errors
/// When the ending is none that [`write_image`] knows, or no file can be made there.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    format_of(path.as_ref())?;
    crate::file::check_writable(path)
}

fn format_of(path: &Path) -> Result<ImageFormat> {
    match ImageFormat::from_path(path) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => Ok(format),
        _ => Err(Error::file(path, "has an ending of no format", "end it in .png or .jpg")),
    }
}

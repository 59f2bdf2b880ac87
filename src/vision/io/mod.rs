//! Image files: [`torchvision.io`].
//!
//! [`torchvision.io`]: https://docs.pytorch.org/vision/stable/io.html

mod bmp;
mod jpeg;
mod picture;
mod png;
mod pnm;
mod tiff;

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use flambeau_derive::function;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    RgbaImage,
};
use tch::{Device, Kind, Tensor};

use self::picture::{LIMIT, Picture, TOO_MUCH, check_size};
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
/// PNG, JPEG, GIF, BMP, WebP, TIFF and PNM (`.ppm`, `.pgm`, `.pbm`), told apart by their content. Of
/// an animation or a file of several pages the first picture is read. The image is turned as a TIFF's
/// tag of orientation says, but not as a camera's note in another format does: both are what Pillow
/// does when it opens a file.
///
/// The bytes are those of Pillow's `convert("RGB")`, or `convert("L")` for grey, but for these:
///
/// - A JPEG is decoded by another decoder, which rounds otherwise and puts colours between pixels
///   otherwise, so that smooth parts differ by a few levels; so is a TIFF with a JPEG in it.
/// - Grey of more than 8 bits a pixel is brought down to 8, where Pillow cuts it off at 255: of 16
///   bits the high byte is left, as both do with colours. Of 32-bit integers and floats only what is
///   from 0 to 255 can be told apart, as in Pillow.
/// - Colours of a TIFF in YCbCr may differ by a level, and those in LAB by two where sRGB has the
///   colour and by more where it has not.
/// - Transparent colours and palettes become an alpha channel, palettes, CMYK, YCbCr and LAB red,
///   green, blue; a BMP always has three channels or four.
/// - What a PNG says of a colour profile is left aside, as Pillow does.
/// - A TIFF with a palette that lies on its side, by an orientation of 5 to 8, is turned as any other;
///   Pillow turns it after its rows were mixed up.
/// - A TIFF whose colours lie apart, in planes, is read as one where they lie together; Pillow mixes up
///   those of 16 bits that are not compressed, and LAB.
///
/// Not read, unlike in Pillow: a BMP of run lengths without its end; TIFF with 12 bits a sample, with
/// subsampled YCbCr that is no JPEG, of grey and alpha as a JPEG, or compressed by CCITT RLE, CCITT group
/// 3, LZMA, Zstandard, WebP or the JPEG of before 1995; PFM; and the formats that are not named above.
///
/// Read, unlike in Pillow: a BMP of 32 bits with its colours in any order; PAM; and a TIFF of grey and an
/// alpha that it is multiplied by, or of 32-bit unsigned integers with the highest byte first.
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
/// When the file cannot be read, is no such image or is damaged, is larger than 512 MiB, or when reading
/// it would take more than 1 GiB of memory: the file, the decoder and the tensor together. Of a file of
/// another kind only the beginning is read.
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
    let unreadable = |e| Error::file(path, e, "check the path and that it may be read");
    let no_image = |problem: String| {
        if problem.ends_with(TOO_MUCH) {
            let remedy = "scale it down, or cut it up, with another program";
            return Error::file(path, format!("is too large: {problem}"), remedy);
        }
        let remedy = "name a whole PNG, JPEG, GIF, BMP, WebP, TIFF or PNM file";
        Error::file(path, format!("is no image that can be read: {problem}"), remedy)
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    // The content decides, never the name; and the beginning, whether there is more to be read.
    let mut bytes = Vec::new();
    file.by_ref().take(BEGINNING).read_to_end(&mut bytes).map_err(unreadable)?;
    let format = format_in(&bytes).map_err(no_image)?;
    if length > LARGEST {
        let problem = format!("its {length} bytes are more than the {LARGEST} that {TOO_MUCH}");
        return Err(no_image(problem));
    }
    // A pipe does not say how much it holds.
    bytes.reserve_exact(length as usize);
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    read(bytes, format, mode).map_err(no_image)
}

/// The image in the bytes of a file: [`torchvision.io.decode_image`], which takes them as a tensor. All
/// else is as in [`read_image`].
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::io::{decode_image_options, encode_png};
///
/// let grey = Tensor::full([1, 2, 3], 100, (Kind::Uint8, Device::Cpu));
/// let image = decode_image_options(encode_png(&grey)?).mode("RGB").call()?;
/// assert_eq!(image, grey.expand([3, 2, 3], false));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When it is no such image or is damaged, or when reading it would take more than 1 GiB of memory.
///
/// [`torchvision.io.decode_image`]: https://docs.pytorch.org/vision/stable/generated/torchvision.io.decode_image.html
#[function]
pub fn decode_image(
    #[builder(into)] input: Vec<u8>,
    /// Which channels the tensor is to have.
    #[builder(default = ImageReadMode::Unchanged, into)]
    mode: ImageReadMode,
) -> Result<Tensor> {
    format_in(&input)
        .and_then(|format| read(input, format, mode))
        .map_err(|problem| Error::argument("image", format!("cannot be read: {problem}")))
}

/// The format that a file's beginning tells.
fn format_in(bytes: &[u8]) -> Result<ImageFormat, String> {
    if bytes.starts_with(b"II+\0") || bytes.starts_with(b"MM\0+") {
        return Ok(ImageFormat::Tiff);
    }
    image::guess_format(bytes).map_err(|_| {
        "its content is of no format that is known: PNG, JPEG, GIF, WebP, TIFF, BMP, PNM".into()
    })
}

fn read(mut bytes: Vec<u8>, format: ImageFormat, mode: ImageReadMode) -> Result<Tensor, String> {
    let picture = match format {
        ImageFormat::Tiff => tiff::read(&mut bytes),
        ImageFormat::Png => png::read(&mut bytes),
        ImageFormat::Pnm if pnm::is_one(&bytes) => pnm::read(&bytes),
        ImageFormat::Bmp => bmp::read(&mut bytes),
        ImageFormat::Jpeg => jpeg::read(&bytes),
        ImageFormat::Gif | ImageFormat::WebP | ImageFormat::Pnm => decoded(format, &bytes, 0),
        other => Err(format!("{other:?} is not among the formats that are read")),
    };
    picture.and_then(|picture| picture.tensor(mode == ImageReadMode::Rgb))
}

/// How many bytes tell a format.
const BEGINNING: u64 = 64;

/// A file takes at most half of the memory; what it becomes takes the rest.
const LARGEST: u64 = LIMIT / 2;

/// An image of a format that is decoded by the crate `image`, which takes `work` bytes of memory beside
/// what is known here.
fn decoded(format: ImageFormat, file: &[u8], work: u64) -> Result<Picture<'static>, String> {
    let text = |error: ImageError| error.to_string();
    let reader = || ImageReader::with_format(Cursor::new(file), format);
    let decoder = reader().into_decoder().map_err(text)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // A canvas and a frame with alpha, or planes.
    let more = if matches!(format, ImageFormat::Gif | ImageFormat::WebP) { 8 * pixels } else { 0 };
    let work = [file.len() as u64, decoder.total_bytes(), more]
        .into_iter()
        .fold(work, u64::saturating_add);
    check_size(work, [width, height].map(u64::from), decoder.color_type().channel_count().into())?;
    drop(decoder);
    let mut reader = reader();
    let mut limits = Limits::no_limits();
    // Also for frames that are larger than the image that they are a part of.
    limits.max_alloc = Some(LIMIT - more);
    reader.limits(limits);
    let image = reader.decode().map_err(text)?;
    // A GIF is read with alpha, also where nothing shines through.
    let opaque = |image: &RgbaImage| image.pixels().all(|pixel| pixel.0[3] == 255);
    if format == ImageFormat::Gif && image.as_rgba8().is_some_and(opaque) {
        return Ok(DynamicImage::from(image.into_rgb8()).into());
    }
    Ok(image.into())
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
    let bytes = encoded(image, format);
    let bytes = bytes.map_err(|e| Error::file(path, e, "choose another format or size"))?;
    write_whole(path, &bytes)
}

/// An image as the bytes of a PNG file: [`torchvision.io.encode_png`], which gives them as a tensor. It is
/// an image as [`write_image`] takes it.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::io::encode_png;
///
/// let png = encode_png(&Tensor::zeros([3, 8, 8], (Kind::Uint8, Device::Cpu)))?;
/// assert!(png.starts_with(b"\x89PNG"));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When it is larger than the format allows.
///
/// # Panics
/// When the tensor is no such image.
///
/// [`torchvision.io.encode_png`]: https://docs.pytorch.org/vision/stable/generated/torchvision.io.encode_png.html
pub fn encode_png(image: &Tensor) -> Result<Vec<u8>> {
    encoded(image, ImageFormat::Png).map_err(|error| Error::argument("image", error))
}

fn encoded(image: &Tensor, format: ImageFormat) -> image::ImageResult<Vec<u8>> {
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
    image::write_buffer_with_format(&mut encoded, &bytes, width, height, color, format)?;
    Ok(encoded.into_inner())
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

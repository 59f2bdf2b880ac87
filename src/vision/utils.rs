//! Images side by side, and in a file: [`torchvision.utils`].
//!
//! [`torchvision.utils`]: https://docs.pytorch.org/vision/stable/utils.html

use std::path::PathBuf;

use flambeau_derive::function;
use tch::{Kind, Tensor};

use super::io::write_image_as;
use crate::{Error, Result};

/// No border is wider.
const MOST: usize = u16::MAX as usize;

/// Images in rows, as one image: [`torchvision.utils.make_grid`].
///
/// Of (N, C, H, W), (C, H, W) or (H, W); grey ones become red, green and blue. A single image stays
/// without a border.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::utils::make_grid_options;
///
/// let images = torch::rand([10, 3, 32, 32]);
/// let grid = make_grid_options(&images).nrow(5).call()?;
/// assert_eq!(grid.size(), [3, 2 * 34 + 2, 5 * 34 + 2]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When `tensor` has another number of dimensions or is empty, `nrow` is 0 or `padding` beyond any
/// image, or whole numbers are to be normalized.
///
/// [`torchvision.utils.make_grid`]: https://docs.pytorch.org/vision/stable/generated/torchvision.utils.make_grid.html
#[function]
pub fn make_grid(
    tensor: &Tensor,
    /// How many images a row has.
    #[builder(default = 8)]
    nrow: usize,
    /// How many pixels lie between two images, and around all.
    #[builder(default = 2)]
    padding: usize,
    /// Whether the numbers are brought to the range from 0 to 1.
    #[builder(default)]
    normalize: bool,
    /// What becomes 0 and 1; the least and the largest number there is if not given.
    value_range: Option<(f64, f64)>,
    /// Whether each image is brought to the range by itself.
    #[builder(default)]
    scale_each: bool,
    /// What the pixels between the images are.
    #[builder(default = 0.0)]
    pad_value: f64,
) -> Result<Tensor> {
    let size = tensor.size();
    if !(2..=4).contains(&size.len()) || tensor.numel() == 0 || nrow == 0 {
        let problem = format!("a grid is of (N, C, H, W), none of them 0, not of {size:?}");
        return Err(Error::argument("tensor", problem));
    }
    let mut images = tensor.detach();
    while images.dim() < 4 {
        images = images.unsqueeze(0);
    }
    if images.size()[1] == 1 {
        images = images.repeat([1, 3, 1, 1]);
    }
    if padding > MOST {
        return Err(Error::argument("padding", format!("{padding} pixels are too many")));
    }
    if normalize && !images.is_floating_point() {
        let problem = format!("numbers are brought to 0 to 1 of floats only, not of {images:?}");
        return Err(Error::argument("normalize", problem));
    }
    if normalize {
        images = images.copy();
        let normalize = |part: &Tensor| {
            let least_and_largest = || [part.min(), part.max()].map(|t| t.double_value(&[]));
            let [low, high] = value_range.map_or_else(least_and_largest, |(low, high)| [low, high]);
            let mut part = part.shallow_clone();
            let _ = part.clamp_(low, high);
            let _ = part.g_sub_scalar_(low).g_div_scalar_((high - low).max(1e-5));
        };
        if scale_each {
            (0..images.size()[0]).for_each(|i| normalize(&images.get(i)));
        } else {
            normalize(&images);
        }
    }
    let &[n, channels, height, width] = images.size().as_slice() else { unreachable!("four") };
    if n == 1 {
        return Ok(images.squeeze_dim(0));
    }
    let (columns, padding) = (nrow.min(n as usize) as i64, padding as i64);
    let rows = (n + columns - 1) / columns;
    let (cell_height, cell_width) = (height + padding, width + padding);
    let size = [channels, cell_height * rows + padding, cell_width * columns + padding];
    let grid = images.new_full(size, pad_value, (images.kind(), images.device()));
    for i in 0..n {
        let (top, left) = (i / columns * cell_height, i % columns * cell_width);
        let place = grid.narrow(1, top + padding, height).narrow(2, left + padding, width);
        place.shallow_clone().copy_(&images.get(i));
    }
    Ok(grid)
}

/// Writes an image of floats from 0 to 1, or several as [`make_grid`] lays them out, as PNG or JPEG by
/// the ending of `fp`: [`torchvision.utils.save_image`]. The file appears whole or not at all.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::utils::save_image;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("noise.png");
/// save_image(&torch::rand([4, 3, 32, 32]), &path)?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`make_grid`], and when the ending is another, an image has not one, three or four channels, or
/// the file cannot be written.
///
/// [`torchvision.utils.save_image`]: https://docs.pytorch.org/vision/stable/generated/torchvision.utils.save_image.html
#[function]
pub fn save_image(
    tensor: &Tensor,
    #[builder(into)] fp: PathBuf,
    /// `"png"` or `"jpeg"`; that of the path's ending if not given.
    format: Option<&str>,
    /// How many images a row has.
    #[builder(default = 8)]
    nrow: usize,
    /// How many pixels lie between two images, and around all.
    #[builder(default = 2)]
    padding: usize,
    /// Whether the numbers are brought to the range from 0 to 1.
    #[builder(default)]
    normalize: bool,
    /// What becomes 0 and 1; the least and the largest number there is if not given.
    value_range: Option<(f64, f64)>,
    /// Whether each image is brought to the range by itself.
    #[builder(default)]
    scale_each: bool,
    /// What the pixels between the images are.
    #[builder(default = 0.0)]
    pad_value: f64,
) -> Result<()> {
    let grid = make_grid_options(tensor)
        .nrow(nrow)
        .padding(padding)
        .normalize(normalize)
        .maybe_value_range(value_range)
        .scale_each(scale_each)
        .pad_value(pad_value)
        .call()?;
    let channels = grid.size()[0];
    if !matches!(channels, 3 | 4) {
        let problem = format!("an image has 1, 3 or 4 channels, not {channels}");
        return Err(Error::argument("tensor", problem));
    }
    let bytes = ((grid * 255.0) + 0.5).clamp(0.0, 255.0).to_kind(Kind::Uint8);
    write_image_as(&bytes, &fp, format)
}

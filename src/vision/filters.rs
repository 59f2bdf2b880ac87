//! Image filters: a small kernel that slides over an image and blurs it, sharpens it or finds its
//! edges.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use tch::{Kind, Tensor};

use crate::{Error, Result};

/// One or two kernels, and how an image looks through them.
///
/// The kernels are slid as `conv2d` slides them, without a flip, over each channel by itself; at
/// the border the last row and column go on outside. Two kernels count as one vector at each
/// pixel, whose length is shown.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::filters::Filter;
///
/// // A dark half and a bright half: the edge between them lights up.
/// let halves = Tensor::from_slice(&[0_u8, 0, 0, 255, 255, 255]).expand([1, 4, 6], false);
/// let edges = Filter::sobel().apply(&halves);
/// assert_eq!(edges.get(0).get(1), Tensor::from_slice(&[0_u8, 0, 255, 255, 0, 0]));
/// ```
#[derive(Debug)]
pub struct Filter {
    kernels: Vec<Tensor>,
}

/// Kernels have no more rows or columns than this.
const LARGEST: usize = 255;

/// A kernel's numbers are smaller than this: with larger ones the sums would leave an `f32`.
const MOST: f64 = 1e30;

/// An image is filtered in bands of so many pixels, so that a large one takes little memory.
const BAND: i64 = 1 << 20;

impl Filter {
    /// Blurs: a bell whose weights fall off as exp(-d² / 2σ²) and add up to 1.
    ///
    /// Without `sigma` it is 0.3·((`size` - 1)/2 - 1) + 0.8 pixels, as in [`torchvision`].
    ///
    /// # Errors
    /// When `size` is even or 0 or above 255, or `sigma` is not above 0.
    ///
    /// [`torchvision`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.gaussian_blur.html
    pub fn gaussian(size: usize, sigma: Option<f64>) -> Result<Self> {
        check_size("size", size)?;
        let sigma = sigma.unwrap_or(0.3 * ((size as f64 - 1.0) / 2.0 - 1.0) + 0.8);
        if !(sigma > 0.0 && sigma.is_finite()) {
            return Err(Error::argument("sigma", format!("must be above 0, but is {sigma}")));
        }
        let middle = (size - 1) as f64 / 2.0;
        let weight = |i: usize| (-0.5 * ((i as f64 - middle) / sigma).powi(2)).exp();
        let side: Vec<f64> = (0..size).map(weight).collect();
        let sum: f64 = side.iter().sum();
        let cell = |y: usize, x: usize| side[y] * side[x] / (sum * sum);
        Ok(Self { kernels: vec![kernel(size, cell)] })
    }

    /// Blurs: the mean of `size` × `size` pixels.
    ///
    /// # Errors
    /// When `size` is even or 0 or above 255.
    pub fn box_blur(size: usize) -> Result<Self> {
        check_size("size", size)?;
        Ok(Self { kernels: vec![kernel(size, |_, _| 1.0 / (size * size) as f64)] })
    }

    /// Sharpens: adds to each pixel `amount` times what it differs by from its four neighbours.
    ///
    /// # Errors
    /// When `amount` is negative or no number.
    pub fn sharpen(amount: f64) -> Result<Self> {
        if !(0.0..MOST).contains(&amount) {
            let problem = format!("must be from 0 up, and below {MOST:e}, but is {amount:e}");
            return Err(Error::argument("amount", problem));
        }
        let a = amount;
        Ok(Self::of(&[&[0.0, -a, 0.0], &[-a, 1.0 + 4.0 * a, -a], &[0.0, -a, 0.0]]))
    }

    /// Finds edges: the steepness across and down, as one length. Divided by 4, so that a step
    /// from black to white is white.
    pub fn sobel() -> Self {
        let across = kernel(3, |y, x| [1.0, 2.0, 1.0][y] * (x as f64 - 1.0) / 4.0);
        let down = across.tr();
        Self { kernels: vec![across, down] }
    }

    /// Finds edges and points: what a pixel differs by from its four neighbours, bright for
    /// either sign.
    pub fn laplacian() -> Self {
        Self::of(&[&[0.0, 1.0, 0.0], &[1.0, -4.0, 1.0], &[0.0, 1.0, 0.0]])
    }

    /// Lights the image from the upper left, as if its brightness were a height.
    pub fn emboss() -> Self {
        Self::of(&[&[-2.0, -1.0, 0.0], &[-1.0, 1.0, 1.0], &[0.0, 1.0, 2.0]])
    }

    fn of(rows: &[&[f64]]) -> Self {
        let cells: Vec<f64> = rows.concat();
        let size = [rows.len() as i64, rows[0].len() as i64];
        Self { kernels: vec![Tensor::from_slice(&cells).view(size)] }
    }

    /// Reads a kernel from a text file: a line a row, numbers with blanks or commas between them.
    /// Empty lines and what stands behind `#` are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, a word is no number, the rows are not of one length, or a
    /// side is even (such a kernel has no middle) or above 255.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let wrong = |problem: String| Error::file(path, problem, "write one row of numbers a line");
        let mut text = String::new();
        let mut file = File::open(path)
            .map_err(|e| Error::file(path, e, "check the path and that it may be read"))?;
        // The largest kernel takes far less; a device may never end.
        let most = 4 << 20;
        let read = file.by_ref().take(most).read_to_string(&mut text);
        read.map_err(|e| match e.kind() {
            ErrorKind::InvalidData => wrong("is no text".to_string()),
            _ => Error::file(path, e, "check the path and that it may be read"),
        })?;
        if text.len() as u64 == most {
            return Err(wrong("is too long for a kernel".to_string()));
        }
        Self::parse(&text).map_err(wrong)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words = line.split([' ', '\t', ',', '\u{feff}']).filter(|word| !word.is_empty());
            let row: Vec<f64> = words
                .map(|word| match word.parse::<f64>() {
                    Ok(number) if number.abs() < MOST => Ok(number),
                    _ => Err(format!("line {}: {} is no number", i + 1, shortened(word))),
                })
                .collect::<Result<_, _>>()?;
            match rows.first() {
                _ if row.is_empty() => {}
                Some(first) if first.len() != row.len() => {
                    let (n, first) = (row.len(), first.len());
                    return Err(format!(
                        "line {} has {n} numbers, the first row has {first}",
                        i + 1
                    ));
                }
                _ => rows.push(row),
            }
        }
        if rows.is_empty() {
            return Err("holds no numbers".to_string());
        }
        for (what, size) in [("rows", rows.len()), ("columns", rows[0].len())] {
            check_size(what, size).map_err(|_| {
                format!(
                    "has {size} {what}: it must be an odd number, to have a middle, up to {LARGEST}"
                )
            })?;
        }
        let rows: Vec<_> = rows.iter().map(Vec::as_slice).collect();
        Ok(Self::of(&rows))
    }

    /// The kernels, each (kH, kW).
    pub fn kernels(&self) -> &[Tensor] {
        &self.kernels
    }

    /// The image, bytes (C, H, W), as it looks through the filter: what the kernels answer,
    /// rounded and kept between 0 and 255. Where their numbers add up to 0 they answer to changes
    /// alone, and it is the size of the answer that is shown. An alpha channel, the second of two
    /// or the fourth of four, stays as it is.
    pub fn apply(&self, image: &Tensor) -> Tensor {
        let size = image.size();
        let [channels, height, width] = size[..] else {
            panic!("an image is (C, H, W), but this is {size:?}")
        };
        let colours = if channels % 2 == 0 { channels - 1 } else { channels };
        let rows = (BAND / width.max(1)).clamp(1, height.max(1));
        let filtered = |channel| {
            let plane = image.get(channel);
            let starts = (0..height).step_by(rows as usize);
            let bands = starts.map(|from| self.band(&plane, from, (from + rows).min(height)));
            Tensor::cat(&bands.collect::<Vec<_>>(), 0)
        };
        let mut seen: Vec<Tensor> = (0..colours).map(filtered).collect();
        seen.extend((colours..channels).map(|alpha| image.get(alpha)));
        Tensor::stack(&seen, 0)
    }

    /// The rows of one channel from one to before another, (H, W), as they look.
    fn band(&self, plane: &Tensor, from: i64, to: i64) -> Tensor {
        let answers = self.kernels.iter().map(|kernel| {
            let (rows, columns) = kernel.size2().expect("kernels are (kH, kW)");
            let last = plane.size()[0] - 1;
            let around =
                Tensor::arange_start(from - rows / 2, to + rows / 2, (Kind::Int64, plane.device()));
            let band = plane.index_select(0, &around.clamp(0, last)).to_kind(Kind::Float);
            let band = band.unsqueeze(0).unsqueeze(0);
            let sides = [columns / 2, columns / 2, 0, 0];
            let weight = kernel.to_kind(Kind::Float).to_device(plane.device());
            let weight = weight.unsqueeze(0).unsqueeze(0);
            let answer = band.replication_pad2d(sides).conv2d(
                &weight,
                None::<Tensor>,
                [1, 1],
                [0, 0],
                [1, 1],
                1,
            );
            answer.squeeze_dim(0).squeeze_dim(0)
        });
        let answers: Vec<Tensor> = answers.collect();
        let of_changes = |kernel: &Tensor| {
            let (sum, size) = (kernel.sum(None), kernel.abs().sum(None));
            sum.double_value(&[]).abs() <= 1e-6 * size.double_value(&[])
        };
        let answer = match self.kernels.iter().all(of_changes) {
            true => answers.iter().map(Tensor::square).sum::<Tensor>().sqrt(),
            false => answers.iter().sum(),
        };
        answer.round().clamp(0, 255).to_kind(Kind::Uint8)
    }
}

fn kernel(size: usize, cell: impl Fn(usize, usize) -> f64) -> Tensor {
    let cells: Vec<f64> = (0..size * size).map(|i| cell(i / size, i % size)).collect();
    Tensor::from_slice(&cells).view([size as i64, size as i64])
}

fn check_size(name: &str, size: usize) -> Result<()> {
    if size % 2 == 1 && size <= LARGEST {
        return Ok(());
    }
    let problem =
        format!("must be an odd number, so that there is a middle, up to {LARGEST}, but is {size}");
    Err(Error::argument(name, problem))
}

/// A word as it is told: quoted, and not longer than a line.
fn shortened(word: &str) -> String {
    let begin: String = word.chars().take(20).collect();
    if begin.len() < word.len() { format!("{begin:?}…") } else { format!("{begin:?}") }
}

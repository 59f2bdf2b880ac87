//! Image filters: a small kernel that slides over an image and blurs it, sharpens it or finds its
//! edges.

use std::fs::File;
use std::io::Read;
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
        if !(0.0..f64::INFINITY).contains(&amount) {
            return Err(Error::argument("amount", format!("must be from 0 up, but is {amount}")));
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
        let wrong = |problem: String| Error::file(path, problem, "write a kernel a line a row");
        let mut text = String::new();
        let mut file = File::open(path)
            .map_err(|e| Error::file(path, e, "check the path and that it may be read"))?;
        // The largest kernel takes far less; a device may never end.
        let most = 4 << 20;
        let read = file.by_ref().take(most).read_to_string(&mut text);
        read.map_err(|e| wrong(format!("is no text: {e}")))?;
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
                    Ok(number) if number.abs() < 1e30 => Ok(number),
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

    /// What the kernels answer to an image of bytes, (C, H, W), in the same shape and in numbers
    /// of any size. Where their numbers add up to 0 they answer to changes alone, and it is the
    /// size of the answer that is given.
    pub fn response(&self, image: &Tensor) -> Tensor {
        let image = image.to_kind(Kind::Float).unsqueeze(1); // each channel an image of its own
        let answers = self.kernels.iter().map(|kernel| {
            let (rows, columns) = kernel.size2().expect("kernels are (kH, kW)");
            let border = [columns / 2, columns / 2, rows / 2, rows / 2];
            let weight = kernel.to_kind(Kind::Float).to_device(image.device());
            image.replication_pad2d(border).conv2d(
                &weight.unsqueeze(0).unsqueeze(0),
                None::<Tensor>,
                [1, 1],
                [0, 0],
                [1, 1],
                1,
            )
        });
        let answers: Vec<Tensor> = answers.collect();
        let of_changes = |kernel: &Tensor| {
            let (sum, size) = (kernel.sum(None), kernel.abs().sum(None));
            sum.double_value(&[]).abs() <= 1e-6 * size.double_value(&[])
        };
        let response = match self.kernels.iter().all(of_changes) {
            true => answers.iter().map(Tensor::square).sum::<Tensor>().sqrt(),
            false => answers.iter().sum(),
        };
        response.squeeze_dim(1)
    }

    /// The image, bytes (C, H, W), as it looks through the filter: its [`response`](Self::response),
    /// rounded and kept between 0 and 255. An alpha channel, the second of two or the fourth of
    /// four, stays as it is.
    pub fn apply(&self, image: &Tensor) -> Tensor {
        let channels = image.size()[0];
        let colours = if channels % 2 == 0 { channels - 1 } else { channels };
        let seen = self.response(&image.narrow(0, 0, colours)).round().clamp(0, 255);
        let alpha = image.narrow(0, colours, channels - colours);
        Tensor::cat(&[seen.to_kind(Kind::Uint8), alpha], 0)
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

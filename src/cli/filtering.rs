//! An image and a filter, as arguments.

use std::path::{Path, PathBuf};

use tch::Tensor;

use super::above_zero;
use crate::data::Dataset;
use crate::vision::datasets::Cifar10;
use crate::vision::filters::Filter;
use crate::vision::io::read_image;
use crate::{Error, Result};

/// The arguments that choose an image and a filter.
#[derive(Clone, Debug, clap::Args)]
pub struct FilterArgs {
    /// The image, a PNG or JPEG among others; by default CIFAR-10's first test image.
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,

    /// gaussian, box, sharpen, sobel, laplacian, emboss, or a text file of one row of numbers a
    /// line.
    #[arg(long, value_name = "NAME|FILE", default_value = "sobel")]
    pub kernel: String,

    /// How many pixels wide and high gaussian or box is, an odd number; 5 by default.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub size: Option<usize>,

    /// How far gaussian reaches, in pixels; by default as fits its size.
    #[arg(long, value_name = "X", value_parser = above_zero, allow_negative_numbers = true)]
    pub sigma: Option<f64>,

    /// How much sharpen adds; 1 by default.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub amount: Option<f64>,

    /// The folder of the data sets.
    #[arg(long, value_name = "FOLDER", default_value = Cifar10::DEFAULT_ROOT)]
    pub data: PathBuf,
}

impl FilterArgs {
    /// The filter that they name.
    ///
    /// # Errors
    /// When a parameter is outside its range or does not belong to the kernel, or the file is not
    /// there or holds no kernel.
    pub fn filter(&self) -> Result<Filter> {
        let kernel = self.kernel.as_str();
        for (name, given, kernels) in [
            ("size", self.size.is_some(), &["gaussian", "box"][..]),
            ("sigma", self.sigma.is_some(), &["gaussian"]),
            ("amount", self.amount.is_some(), &["sharpen"]),
        ] {
            if given && !kernels.contains(&kernel) {
                let problem = format!("is for --kernel {}, not {kernel}", kernels.join(" or "));
                return Err(Error::argument(name, problem));
            }
        }
        let size = self.size.unwrap_or(5);
        match kernel {
            "gaussian" => Filter::gaussian(size, self.sigma),
            "box" => Filter::box_blur(size),
            "sharpen" => Filter::sharpen(self.amount.unwrap_or(1.0)),
            "sobel" => Ok(Filter::sobel()),
            "laplacian" => Ok(Filter::laplacian()),
            "emboss" => Ok(Filter::emboss()),
            file if Path::new(file).exists() => Filter::read(file),
            other => {
                let names = "gaussian, box, sharpen, sobel, laplacian, emboss";
                let problem =
                    format!("{other:?} is neither one of {names} nor a file that is there");
                Err(Error::argument("kernel", problem))
            }
        }
    }

    /// The image, bytes (C, H, W).
    ///
    /// # Errors
    /// As [`read_image`], or as [`Cifar10::new`].
    pub fn image(&self) -> Result<Tensor> {
        match &self.image {
            Some(path) => read_image(path),
            None => Ok(Cifar10::options(&self.data).train(false).download(true).build()?.get(0)?.0),
        }
    }
}

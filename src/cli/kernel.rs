//! `--kernel`: a filter by name, with its parameters, or from a file.

use std::path::Path;

use super::{above_zero, positive};
use crate::vision::filters::Filter;
use crate::{Error, Result};

/// The arguments that choose a filter.
#[derive(Clone, Debug, clap::Args)]
pub struct KernelArgs {
    /// gaussian, box, sharpen, sobel, laplacian, emboss, or a text file with a line a row.
    #[arg(long, value_name = "NAME|FILE", default_value = "sobel")]
    pub kernel: String,

    /// How many pixels wide and high gaussian and box are; an odd number.
    #[arg(long, value_name = "N", default_value = "5", value_parser = positive)]
    pub size: usize,

    /// How far gaussian reaches, in pixels; by default as fits its size.
    #[arg(long, value_name = "X", value_parser = above_zero, allow_negative_numbers = true)]
    pub sigma: Option<f64>,

    /// How much sharpen adds.
    #[arg(long, value_name = "X", default_value = "1", value_parser = above_zero, allow_negative_numbers = true)]
    pub amount: f64,
}

impl KernelArgs {
    /// The filter that they name.
    ///
    /// # Errors
    /// When a parameter is outside its range, or the file is not there or holds no kernel.
    pub fn filter(&self) -> Result<Filter> {
        match self.kernel.as_str() {
            "gaussian" => Filter::gaussian(self.size, self.sigma),
            "box" => Filter::box_blur(self.size),
            "sharpen" => Filter::sharpen(self.amount),
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
}

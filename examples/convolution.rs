//! The notebook's convolution: the formula, the NumPy cell in plain loops, a filter on an image.
//!
//! `--image photo.jpg --kernel sobel --out edges.png` finds the edges of a picture of your own;
//! `--plot FOLDER` draws what the notebook leaves open, and the three figures of the course.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use flambeau::models::convolution::{convolve, cross_correlate, slide};
use flambeau::prelude::*;
use flambeau::vision::io::{self, write_image};
use flambeau::{cli, file, plot};
use ndarray::{Array3, ArrayD};

/// Convolves random numbers in plain loops, then filters an image
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    filter: cli::FilterArgs,

    /// Where to write the image as it looks through the kernel, .png or .jpg.
    #[arg(long, value_name = "FILE", default_value = "convolution.png")]
    out: PathBuf,

    /// Draw input, kernel and response, and the figures of the course, into this folder.
    #[arg(long, value_name = "FOLDER")]
    plot: Option<PathBuf>,
}

fn main() -> ExitCode {
    cli::run_once(convolve_and_filter)
}

fn convolve_and_filter(args: &Args) -> Result<()> {
    // What can be wrong with an argument is told first.
    let filter = args.filter.filter().context("reading the kernel")?;
    let image = args.filter.image().context("reading the image")?;
    io::check_writable(&args.out)?;
    args.plot.as_ref().map_or(Ok(()), file::make_folder)?;

    // The formula flips its kernel; what networks compute does not.
    let (f, g) = ([0.0, 1.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0]);
    println!(
        "{f:?} ⋆ {g:?} = {:?}, without the flip {:?}",
        convolve(&f, &g),
        cross_correlate(&f, &g)
    );

    // A random fake image, and our convolution kernel.
    random::manual_seed(0);
    let x = Tensor::randn([3, 32, 32], (Kind::Double, Device::Cpu));
    let weight = Tensor::randn([3, 5, 5], (Kind::Double, Device::Cpu));
    // Sliding the kernel across the matrix: by plain loops, and by libtorch.
    let y = Tensor::try_from(slide(&array(&x), &array(&weight), 2, 1)).expect("numbers");
    let theirs = F::conv2d_options(&x, &weight.unsqueeze(0)).padding(2).call();
    let difference = (&y - theirs).abs().max().item();
    println!("{:?} ⋆ {:?} = {:?}", x.size(), weight.size(), y.size());
    println!("largest difference from conv2d: {difference:.1e}");

    // The same on an image, with a kernel that means something.
    let seen = filter.apply(&image);
    write_image(&seen, &args.out).context("saving the filtered image")?;
    println!("saved to {}", args.out.display());

    let Some(folder) = &args.plot else { return Ok(()) };
    let kernels: Vec<_> = filter.kernels().iter().map(|kernel| kernel.unsqueeze(0)).collect();
    for (name, picture) in [
        ("random.png", plot::response(&x, &[weight], &y)),
        ("response.png", plot::response(&image, &kernels, &seen)),
        ("sliding_window.png", plot::course::sliding_window()),
        ("feature_map_stack.png", plot::course::feature_map_stack()),
        ("unrolled_rnn.png", plot::course::unrolled_rnn()),
    ] {
        picture.save(folder.join(name)).context("drawing")?;
        println!("drawn: {}", folder.join(name).display());
    }
    Ok(())
}

fn array(tensor: &Tensor) -> Array3<f64> {
    let array: ArrayD<f64> = tensor.try_into().expect("numbers");
    array.into_dimensionality().expect("three dimensions")
}

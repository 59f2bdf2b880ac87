//! The notebook's convolution: in plain loops on random numbers, then as a filter on an image.
//!
//! `--image photo.jpg --kernel sobel --out edges.png` finds the edges of a picture of your own;
//! `--plot FOLDER` draws what the notebook leaves open, and the three figures of the course.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use flambeau::models::convolution::slide;
use flambeau::prelude::*;
use flambeau::vision::io::{self, ImageReadMode, read_image, write_image};
use flambeau::{cli, file, plot};
use ndarray::{Array3, ArrayD};

/// Slides a kernel over an image
#[derive(Parser)]
struct Args {
    /// The image, a PNG or JPEG among others; by default CIFAR-10's first test image.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,

    #[command(flatten)]
    kernel: cli::KernelArgs,

    /// Where to write the image as it looks through the kernel, .png or .jpg.
    #[arg(long, value_name = "FILE", default_value = "convolution.png")]
    out: PathBuf,

    /// Draw input, kernel and response, and the figures of the course, into this folder.
    #[arg(long, value_name = "FOLDER")]
    plot: Option<PathBuf>,

    /// The folder of the data sets.
    #[arg(long, value_name = "FOLDER", default_value = Cifar10::DEFAULT_ROOT)]
    data: PathBuf,
}

fn main() -> ExitCode {
    cli::run_own(slide_and_filter)
}

fn slide_and_filter(args: &Args) -> Result<()> {
    io::check_writable(&args.out)?;
    let filter = args.kernel.filter()?;

    // A random fake image, and our convolution kernel.
    random::manual_seed(0);
    let x = Tensor::randn([3, 32, 32], (Kind::Double, Device::Cpu));
    let weight = Tensor::randn([3, 5, 5], (Kind::Double, Device::Cpu));
    // Sliding the kernel across the matrix: by plain loops, and by libtorch.
    let y = Tensor::try_from(slide(&array(&x), &array(&weight), 2, 1)).expect("numbers");
    let theirs = F::conv2d(&x, &weight.unsqueeze(0), None, 1, 2, 1, 1);
    let difference = (&y - theirs).abs().max().double_value(&[]);
    println!("{:?} ⋆ {:?} = {:?}", x.size(), weight.size(), y.size());
    println!("largest difference from conv2d: {difference:.1e}");

    // The same on an image, with a kernel that means something.
    let image = match &args.image {
        Some(path) => read_image(path, ImageReadMode::Unchanged)?,
        None => Cifar10::new(&args.data, false, true)?.get(0)?.0,
    };
    write_image(&filter.apply(&image), &args.out)?;
    println!("saved to {}", args.out.display());

    let Some(folder) = &args.plot else { return Ok(()) };
    file::make_folder(folder)?;
    let kernels: Vec<_> = filter.kernels().iter().map(|kernel| kernel.unsqueeze(0)).collect();
    for (name, picture) in [
        ("random.png", plot::response(&x, &[weight], &y)),
        ("response.png", plot::response(&image, &kernels, &filter.apply(&image))),
        ("sliding_window.png", plot::course::sliding_window()),
        ("feature_map_stack.png", plot::course::feature_map_stack()),
        ("unrolled_rnn.png", plot::course::unrolled_rnn()),
    ] {
        picture.save(folder.join(name))?;
        println!("drawn: {}", folder.join(name).display());
    }
    Ok(())
}

fn array(tensor: &Tensor) -> Array3<f64> {
    let array: ArrayD<f64> = tensor.try_into().expect("numbers");
    array.into_dimensionality().expect("three dimensions")
}

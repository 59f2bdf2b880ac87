//! `flambeau data`.

use std::io::{IsTerminal, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::vision::io::{check_writable, write_image};
use flambeau::vision::utils::make_grid_options;
use serde_json::json;

use crate::trained::Output;

/// Fetch CIFAR-10, hold it against its sums, and show some of it
#[derive(Args)]
pub struct Data {
    /// The folder of the data sets.
    #[arg(long, value_name = "FOLDER", default_value = Cifar10::DEFAULT_ROOT)]
    data: PathBuf,

    /// Write the first 64 training images into this file, .png or .jpg.
    #[arg(long, value_name = "FILE")]
    grid: Option<PathBuf>,
}

impl Data {
    /// Of several ranks, all see to the data of their host, and the first says how it went.
    pub fn run(self, output: Output) -> Result<()> {
        let is_another = cli::is_another_rank();
        flambeau::set_quiet(output.is_quiet() || is_another);
        self.grid.as_ref().map_or(Ok(()), check_writable)?;
        let [train, test] = [true, false].map(|train| {
            let dataset = Cifar10::options(&self.data).train(train).download(true);
            dataset.build().context("fetching CIFAR-10")
        });
        let (train, test) = (train?, test?);
        if is_another {
            return Ok(());
        }
        if let Some(path) = &self.grid {
            let grid = first_images(&train, 64, 8)?;
            write_image(&grid, path).context("saving the grid")?;
        } else if !output.is_quiet() && shows_colours() {
            print!("{}", half_blocks(&first_images(&train, 4, 4)?));
        }
        let folder = self.data.display();
        let (train, test) = (train.len(), test.len());
        let text = || {
            let classes = Cifar10::CLASSES.join(", ");
            format!("{folder}: whole; {train} training images and {test} test images of {classes}")
        };
        output.result(
            text,
            || json!({"folder": folder.to_string(), "train": train, "test": test, "classes": Cifar10::CLASSES}),
        );
        Ok(())
    }
}

/// The first images side by side, so many in a row.
fn first_images(images: &Cifar10, count: usize, in_a_row: usize) -> Result<Tensor> {
    let images = (0..count.min(images.len())).map(|i| Ok(images.get(i)?.0));
    let images = Tensor::stack(&images.collect::<Result<Vec<_>>>()?, 0);
    Ok(make_grid_options(&images).nrow(in_a_row).call()?)
}

/// Whether the output is a terminal that shows 16 million colours.
fn shows_colours() -> bool {
    let is = |name, value: &[&str]| std::env::var(name).is_ok_and(|v| value.contains(&&*v));
    stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && is("COLORTERM", &["truecolor", "24bit"])
}

/// An image of bytes as text, two pixels a letter, one above the other.
fn half_blocks(image: &Tensor) -> String {
    let size = image.size();
    let (height, width) = (size[1], size[2]);
    let pixels: Vec<i64> = image.permute([1, 2, 0]).reshape(-1).long().tolist();
    let colour = |y: i64, x: i64| {
        let at = ((y * width + x) * 3) as usize;
        format!("{};{};{}", pixels[at], pixels[at + 1], pixels[at + 2])
    };
    let mut text = String::new();
    for y in (0..height - 1).step_by(2) {
        for x in 0..width {
            let (above, below) = (colour(y, x), colour(y + 1, x));
            text.push_str(&format!("\x1b[38;2;{above}m\x1b[48;2;{below}m▀"));
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

//! The pictures: of the size they should be, with something in each part, whatever the numbers.

use flambeau::plot::{self, Picture, course};
use flambeau::prelude::*;
use image::RgbImage;

fn painted(picture: &Picture) -> RgbImage {
    image::load_from_memory(&picture.png()).unwrap().into_rgb8()
}

/// How many colours there are in a part of a picture: left, top, width, height.
fn colours(image: &RgbImage, [left, top, width, height]: [u32; 4]) -> usize {
    let mut colours: Vec<_> = (top..top + height)
        .flat_map(|y| (left..left + width).map(move |x| image.get_pixel(x, y).0))
        .collect();
    colours.sort_unstable();
    colours.dedup();
    colours.len()
}

#[test]
fn curves_have_two_panels_with_a_line_each() {
    let image = painted(&plot::training_curves(&[3.0, 2.5, 2.4], &[0.3, 0.4, 0.45]));
    assert_eq!(image.dimensions(), (1000, 400));
    let has = |part, colour| {
        let [left, top, width, height]: [u32; 4] = part;
        (top..top + height).any(|y| (left..left + width).any(|x| image.get_pixel(x, y).0 == colour))
    };
    let (blue, orange) = ([0x1f, 0x77, 0xb4], [0xe8, 0x71, 0x0a]);
    let (left, right) = ([90, 50, 380, 280], [590, 50, 380, 280]);
    assert!(has(left, blue) && !has(left, orange));
    assert!(has(right, orange) && !has(right, blue));
}

#[test]
fn curves_take_any_numbers() {
    for losses in [
        &[][..],
        &[2.0],
        &[0.0, 0.0],
        &[f64::NAN],
        &[1.0, f64::INFINITY, 2.0],
        &[1e300, -1e300],
        &[1e-300, 2e-300],
    ] {
        let image = painted(&plot::training_curves(losses, losses));
        assert!(colours(&image, [0, 0, 1000, 400]) > 3, "{losses:?}");
    }
}

#[test]
fn a_confusion_matrix_is_darkest_where_the_answers_are() {
    let classes = ["cat", "<dog>"].map(String::from);
    let image = painted(&plot::confusion_matrix(&classes, &[vec![9, 1], vec![0, 0]]));
    // The corners of the cells, beside the counts.
    let corner =
        |row: u32, column: u32| image.get_pixel(120 + 56 * column + 4, 96 + 56 * row + 4).0;
    assert!(corner(0, 0)[0] < 50 && corner(0, 1)[0] > 200);
    assert_eq!(corner(1, 0), [255; 3]);
}

#[test]
fn every_kernel_and_map_is_there() {
    let _generator = crate::seeded(0);
    let kernels = Tensor::randn([6, 3, 5, 5], (Kind::Float, Device::Cpu));
    let image = painted(&plot::filters(&kernels));
    for i in 0..6 {
        assert!(colours(&image, [26 + 144 * i, 58, 116, 116]) >= 24, "kernel {i}");
    }
    painted(&plot::filters(&kernels.zeros_like()));

    let picture = Tensor::randint(256, [3, 32, 32], (Kind::Uint8, Device::Cpu));
    let layers = [
        ("conv1", Tensor::rand([6, 28, 28], (Kind::Float, Device::Cpu))),
        ("conv2", Tensor::rand([16, 10, 10], (Kind::Float, Device::Cpu))),
    ];
    let image = painted(&plot::feature_maps(&picture, "noise", &layers));
    for (row, maps) in [(0, 6), (1, 8), (2, 8)] {
        for column in 0..maps {
            let top = [202, 366, 486][row];
            let part = [26 + 120 * column, top + 2, 106, 106];
            assert!(colours(&image, part) > 20, "map {column} in row {row}");
        }
    }
}

#[test]
fn input_kernel_and_response_stand_side_by_side() {
    let _generator = crate::seeded(0);
    let floats = (Kind::Double, Device::Cpu);
    for (input, kernels) in [([3, 32, 32], 1), ([1, 900, 500], 2), ([1, 1, 1], 1)] {
        let input = Tensor::rand(input, floats);
        let kernels: Vec<_> = (0..kernels).map(|_| Tensor::randn([1, 3, 3], floats)).collect();
        let image = painted(&plot::response(&input, &kernels, &input));
        assert_eq!(image.dimensions(), (1000, 400));
        for left in [24, 356, 688] {
            assert!(colours(&image, [left - 1, 51, 290, 290]) > 1);
        }
    }
}

#[test]
fn an_image_with_alpha_is_drawn_without_it() {
    let _generator = crate::seeded(0);
    let kernel = [Tensor::ones([1, 3, 3], (Kind::Double, Device::Cpu))];
    for (channels, drawn) in [(2, 1), (4, 3)] {
        let image = Tensor::randint(256, [channels, 9, 9], (Kind::Uint8, Device::Cpu));
        let without = image.narrow(0, 0, drawn);
        let picture = plot::response(&image, &kernel, &image);
        assert_eq!(painted(&picture), painted(&plot::response(&without, &kernel, &without)));
    }
}

#[test]
fn the_figures_of_the_course_are_drawn() {
    for (picture, size) in [
        (course::sliding_window(), (980, 444)),
        (course::feature_map_stack(), (1240, 430)),
        (course::unrolled_rnn(), (1000, 430)),
    ] {
        let image = painted(&picture);
        assert_eq!(image.dimensions(), size);
        // Each has something from its left to its right.
        for part in 0..4 {
            let width = size.0 / 4;
            assert!(colours(&image, [part * width, 60, width, 330]) > 4, "part {part}");
        }
    }
}

#[test]
fn a_picture_that_cannot_be_saved_is_told() {
    let error = course::unrolled_rnn().save("/proc/nowhere/rnn.png").unwrap_err().to_string();
    assert!(error.contains("/proc/nowhere/rnn.png: cannot be written"), "{error}");
}

//! The example `speedrun`: its parts, and a run on a few hundred images.

use std::process::Command;

use flambeau::prelude::*;

// The example itself, whose parts are tried one by one.
#[allow(dead_code, unused_imports)]
#[path = "../../examples/speedrun/main.rs"]
mod example;

use example::{Images, MatrixConv, Net, first_flip, of_views, whitening};

/// Images of n·36·36 pixels that tell where they come from: the image's, the row's and the column's
/// number.
fn places(n: i64) -> Images {
    let count = |n, shape: [i64; 3]| Tensor::arange(n, (Kind::Float, Device::Cpu)).view(shape);
    let side = [count(n, [n, 1, 1]), count(36, [1, 36, 1]), count(36, [1, 1, 36])];
    let side: Vec<_> = side.iter().map(|numbers| numbers.expand([n, 36, 36], false)).collect();
    let labels = Tensor::arange(n, (Kind::Int64, Device::Cpu));
    Images { pixels: Tensor::stack(&side, 3).contiguous(), labels, border: 2 }
}

#[test]
fn the_whitening_layer_gives_numbers_that_are_uncorrelated_and_of_variance_1() {
    let _generator = crate::seeded(0);
    // Neighbouring pixels and colours of these have much in common.
    let smooth = Tensor::randn([200, 1, 12, 12], (Kind::Float, Device::Cpu)).avg_pool2d(
        3,
        1,
        1,
        false,
        true,
        None::<i64>,
    );
    let images = smooth + Tensor::randn([200, 3, 12, 12], (Kind::Float, Device::Cpu)) * 0.1;
    let images = images.permute([0, 2, 3, 1]);
    let net = Net::new();
    net.whiten.weight.shallow_clone().set_data(&whitening(&images, 0.0));
    let output = net.whiten.forward(&images.permute([0, 3, 1, 2]));
    let output = output.permute([1, 0, 2, 3]).reshape([24, -1]);
    let covariance = output.narrow(0, 0, 12).cov(1, None::<&Tensor>, None::<&Tensor>);
    let identity = Tensor::eye(12, (Kind::Float, Device::Cpu));
    let off = (covariance - identity).abs().max().double_value(&[]);
    assert!(off < 1e-3, "{off}");
    assert_eq!(output.narrow(0, 12, 12), -output.narrow(0, 0, 12), "the other half is negated");
}

#[test]
fn a_convolution_begins_by_letting_its_input_through() {
    let _generator = crate::seeded(0);
    let conv = MatrixConv::new(4, 6, 1);
    let x = Tensor::randn([2, 4, 5, 5], (Kind::Float, Device::Cpu));
    assert_eq!(conv.forward(&x).narrow(1, 0, 4), x);
    assert_eq!(conv.weight.size(), [6, 36]);
}

#[test]
fn a_batch_is_moved_by_up_to_two_pixels_and_mirrored_as_told() {
    let _generator = crate::seeded(0);
    let images = places(500);
    let (rows, flip) = (Tensor::randperm(500, (Kind::Int64, Device::Cpu)), first_flip(500));
    let (batch, labels) = images.augmented(&rows, &flip);
    assert_eq!(labels, rows);
    assert_eq!((batch.size(), batch.stride()), (vec![500, 3, 32, 32], vec![3072, 1, 96, 3]));
    let mut seen = [[0; 5]; 5];
    for i in 0..500 {
        let pixel = |y, x| [0, 1, 2].map(|channel| batch.double_value(&[i, channel, y, x]));
        let ([image, top, left], [_, bottom, right]) = (pixel(0, 0), pixel(31, 31));
        assert_eq!(image, rows.double_value(&[i]));
        let mirrored = flip.int64_value(&[image as i64]) == 1;
        assert_eq!((bottom - top, right - left), (31.0, if mirrored { -31.0 } else { 31.0 }));
        seen[top as usize][left.min(right) as usize] += 1;
    }
    assert!(seen.iter().flatten().all(|&n| n > 5), "each of the 25 places is taken: {seen:?}");
}

#[test]
fn half_of_the_images_are_mirrored_first_and_the_others_next() {
    let _generator = crate::seeded(0);
    let images = places(400);
    let (rows, first) = (Tensor::arange(400, (Kind::Int64, Device::Cpu)), first_flip(400));
    let mirrored = |flip: &Tensor| {
        let (batch, _labels) = images.augmented(&rows, flip);
        let column = |x| batch.select(1, 2).select(1, 0).select(1, x);
        column(0).gt_tensor(&column(31))
    };
    let (odd, even) = (mirrored(&first), mirrored(&first.logical_not()));
    assert_eq!(odd, first);
    assert_eq!(even, odd.logical_not());
    let share = odd.to_kind(Kind::Float).mean(None).double_value(&[]);
    assert!((0.4..0.6).contains(&share), "{share}");
}

#[test]
fn ten_views_are_asked_for_and_averaged() {
    let images = places(3);
    let images =
        Images { border: 1, pixels: images.pixels.narrow(1, 0, 34).narrow(2, 0, 34), ..images };
    // The answer to a view: its first row and column, and whether it is a mirror image.
    let asked = std::cell::Cell::new(0);
    let scores = of_views(&images, |view| {
        asked.set(asked.get() + 1);
        let first = view.select(1, 0).select(1, 0);
        let mirrored = first.select(1, 2).gt_tensor(&view.select(1, 0).select(1, 31).select(1, 2));
        Tensor::stack(&[first.select(1, 1), mirrored.to_kind(Kind::Float)], 1)
    });
    assert_eq!(asked.get(), 10);
    // (1 + 0 + 0 + 2 + 2) / 5 rows, and half of the views mirrored.
    assert_eq!(scores, Tensor::from_slice2(&[[1.0_f32, 0.5]; 3]));
}

#[test]
fn a_short_run_ends_with_mean_deviation_and_time() {
    let me = std::env::current_exe().unwrap();
    let target = me.ancestors().nth(2).expect("…/target/debug/deps/integration-…");
    let run = |precision| {
        let output = Command::new(target.join("examples/speedrun"))
            .args(["--limit", "100", "--batch-size", "50", "--runs", "2", "--epochs", "2"])
            .args(["--threads", "1", "--device", "cpu", "--precision", precision])
            .output()
            .expect("cargo build --examples");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    for (precision, told) in [("bf16", "BFloat16"), ("f32", "Float")] {
        if precision == "bf16" && !example::multiplies_bf16() {
            eprintln!("bf16 not tried: this processor would take minutes to imitate it");
            continue;
        }
        let text = run(precision);
        assert!(
            text.starts_with(&format!("cpu, 1 thread; {told}, channels last; seed 0\n")),
            "{text}"
        );
        let losses: Vec<f64> = text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("seed 0, epoch ")?.split(&[' ', ','][..]).nth(2)?.parse().ok()
            })
            .collect();
        assert!(losses.len() == 2 && losses[1] < losses[0], "it learns: {text}");
        let last = text.lines().last().unwrap();
        let words: Vec<_> = last.split(' ').collect();
        assert_eq!(
            [&words[..2], &words[3..4], &words[5..6], &words[7..10], &words[11..]]
                .concat()
                .join(" "),
            "2 runs: ± %; s a run, s with the data's loading",
        );
        for number in [2, 4, 6, 10] {
            assert!(words[number].parse::<f64>().is_ok(), "{last}");
        }
    }
}

//! The example `speedrun`: its parts, and a run on a few hundred images.

use std::process::Command;

use flambeau::distributed as dist;
use flambeau::prelude::*;
use flambeau::train::Parallel;

// The example itself, whose parts are tried one by one.
#[allow(dead_code, unused_imports)]
#[path = "../../examples/speedrun/main.rs"]
mod example;

use example::{
    Block, Images, MatrixConv, Net, Optimizers, first_flip, of_views, shuffled, whitening,
    with_views,
};

use crate::distributed::on_ranks;

/// n images whose pixels tell where they come from: the image's, the row's and the column's number.
fn places(n: i64, border: i64) -> Images {
    let side = 32 + 2 * border;
    let count = |n, shape: [i64; 3]| Tensor::arange(n, (Kind::Float, Device::Cpu)).view(shape);
    let numbers = [count(n, [n, 1, 1]), count(side, [1, side, 1]), count(side, [1, 1, side])];
    let numbers = numbers.map(|numbers| numbers.expand([n, side, side], false));
    let labels = Tensor::arange(n, (Kind::Int64, Device::Cpu));
    Images { pixels: Tensor::stack(&numbers, 3).contiguous(), labels, border }
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
fn what_the_pool_throws_away_is_not_missed() {
    let _generator = crate::seeded(0);
    let block = Block::new(4, 6);
    let whole = MatrixConv::new(4, 6, 1);
    whole.weight.shallow_clone().set_data(&block.conv1.weight);
    for side in [31, 15, 7] {
        let x = Tensor::randn([2, 4, side, side], (Kind::Float, Device::Cpu));
        let pooled = F::max_pool2d(&whole.forward(&x), 2);
        let expected = pooled.apply(&block.norm1).silu();
        let expected = expected.apply(&block.conv2).apply(&block.norm2).silu();
        let off = (block.forward(&x) - expected).abs().max().double_value(&[]);
        assert!(off < 1e-5, "{side}: {off}");
    }
}

#[test]
fn filters_get_their_norms_back_in_every_eighth_step() {
    let _generator = crate::seeded(0);
    let net = Net::new();
    let mut optimizers = Optimizers::new(&net);
    let norms = || net.matrices().iter().map(|m| m.norm().double_value(&[])).collect::<Vec<_>>();
    let at_first = norms();
    // At the end all learn nothing, so that nothing else moves them.
    optimizers.schedule(8.0, 8);
    for _ in 0..7 {
        optimizers.step();
    }
    assert_eq!(norms(), at_first);
    optimizers.step();
    for (norm, matrix) in norms().into_iter().zip(net.matrices()) {
        assert!((norm - (matrix.size()[0] as f64).sqrt()).abs() < 1e-3, "{norm}");
    }
    assert!(norms()[0] - at_first[0] > 0.1, "the first of them did not begin with it");
}

#[test]
fn the_whitening_layers_bias_asks_for_no_gradient_after_a_fifth_of_an_epoch() {
    let _generator = crate::seeded(0);
    let net = Net::new();
    let mut optimizers = Optimizers::new(&net);
    for (done, learned) in [(0.0, true), (0.19, true), (0.2, false), (4.0, false)] {
        let was_learned = net.whiten_bias().requires_grad();
        assert_eq!(optimizers.schedule(done, 8), was_learned && !learned, "{done}");
        assert_eq!(net.whiten_bias().requires_grad(), learned, "{done}");
    }
}

#[test]
fn a_batch_is_moved_and_mirrored_and_made_brighter_and_starker() {
    let _generator = crate::seeded(0);
    let images = places(500, 2);
    let (rows, flip) = (Tensor::randperm(500, (Kind::Int64, Device::Cpu)), first_flip(500));
    let (batch, labels) = images.augmented(&rows, &flip);
    assert_eq!(labels, rows);
    assert_eq!((batch.size(), batch.stride()), (vec![500, 3, 32, 32], vec![3072, 1, 96, 3]));
    let (mut seen, mut brighter, mut starker) = ([[0; 5]; 5], Vec::new(), Vec::new());
    for i in 0..500 {
        let pixel = |y, x| [0, 1, 2].map(|channel| batch.double_value(&[i, channel, y, x]));
        let (first, last) = (pixel(0, 0), pixel(31, 31));
        // The rows' numbers tell by how much all was multiplied, and what is left was added before.
        let factor = (last[1] - first[1]) / 31.0;
        let added = first[1] / factor - (first[1] / factor).round();
        let plain = |pixel: [f64; 3]| {
            pixel.map(|value| {
                let number = value / factor - added;
                assert!((number - number.round()).abs() < 1e-3, "all of an image alike: {number}");
                number.round()
            })
        };
        let ([image, top, left], [_, bottom, right]) = (plain(first), plain(last));
        assert_eq!(image, rows.double_value(&[i]));
        let mirrored = flip.int64_value(&[image as i64]) == 1;
        assert_eq!((bottom - top, right - left), (31.0, if mirrored { -31.0 } else { 31.0 }));
        seen[top as usize][left.min(right) as usize] += 1;
        brighter.push(added);
        starker.push(factor - 1.0);
    }
    assert!(seen.iter().flatten().all(|&n| n > 5), "each of the 25 places is taken: {seen:?}");
    for (most, changes) in [(0.14, brighter), (0.13, starker)] {
        let ends = changes.iter().fold((0_f64, 0_f64), |(low, high), &x| (low.min(x), high.max(x)));
        assert!(-most - 1e-4 < ends.0 && ends.0 < -0.9 * most, "{ends:?}");
        assert!(0.9 * most < ends.1 && ends.1 < most + 1e-4, "{ends:?}");
    }
}

#[test]
fn half_of_the_images_are_mirrored_first_and_the_others_next() {
    let _generator = crate::seeded(0);
    let images = places(400, 2);
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
    let images = places(3, 1);
    // The answer to a view: its first row and column, and whether it is a mirror image.
    let asked = std::cell::Cell::new(0);
    let scores = of_views(&images, |view| {
        asked.set(asked.get() + 1);
        let first = view.select(1, 0).select(1, 0);
        let mirrored = first.select(1, 2).gt_tensor(&view.select(1, 0).select(1, 31).select(1, 2));
        Ok(Tensor::stack(&[first.select(1, 1), mirrored.to_kind(Kind::Float)], 1))
    });
    let scores = scores.unwrap();
    assert_eq!(asked.get(), 10);
    // (1 + 0 + 0 + 2 + 2) / 5 rows, and half of the views mirrored.
    assert_eq!(scores, Tensor::from_slice2(&[[1.0_f32, 0.5]; 3]));
}

#[test]
fn the_fifth_that_is_least_sure_is_looked_at_again() {
    let images = places(9, 1);
    let asked = std::cell::RefCell::new(Vec::new());
    // The first look's answer is a number that is higher with each image; later ones say -1.
    let scores = with_views(&images, |view| {
        let corner = view.select(1, 0).select(1, 0);
        asked.borrow_mut().push(Vec::<Vec<f64>>::try_from(&corner).unwrap());
        let image = corner.select(1, 0);
        let answer = if view.size()[0] == 9 { image } else { image.zeros_like() - 1.0 };
        Ok(Tensor::stack(&[answer.shallow_clone(), answer.zeros_like()], 1))
    });
    let scores = scores.unwrap();
    let asked = asked.into_inner();
    assert_eq!(asked[0], (0..9).map(|i| vec![f64::from(i), 1.0, 1.0]).collect::<Vec<_>>());
    let images = |view: &[Vec<f64>]| view.iter().map(|corner| corner[0]).collect::<Vec<_>>();
    assert!(asked.len() == 11 && asked[1..].iter().all(|view| images(view) == [0.0, 1.0]));
    let answers = Vec::<f64>::try_from(scores.select(1, 0)).unwrap();
    assert_eq!(answers, [-1.0, -1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
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

/// From other weights, and with a layer that is frozen on the way.
#[test]
fn two_ranks_come_to_the_same_weights() {
    on_ranks("speedrun::two_ranks_come_to_the_same_weights", 2, |rank| {
        let net = Net::new();
        let mut parallel = Parallel::of_model(&net).unwrap();
        let mut optimizers = Optimizers::new(&net);
        let first = net.head.weight.copy();
        let noise = Tensor::randn([9, 3, 32, 32], (Kind::Float, Device::Cpu));
        let mut frozen = 0;
        for step in 0..4 {
            if optimizers.schedule(f64::from(step) / 10.0, 1) {
                parallel = Parallel::of_model(&net).unwrap();
                frozen += 1;
            }
            let rows = shuffled(17, 3, step as usize).unwrap();
            // Each has its share, and one image comes twice.
            let all = dist::all_gather_object(&Vec::<i64>::try_from(&rows).unwrap()).unwrap();
            let mut all = all.concat();
            all.sort_unstable();
            all.dedup();
            assert_eq!((rows.size(), all), (vec![9], Vec::from_iter(0..17)));
            optimizers.zero_grad();
            let scores = parallel.f_forward(&noise).unwrap();
            parallel.backward(&F::cross_entropy(&scores, &rows.remainder(10))).unwrap();
            optimizers.step();
        }
        assert_eq!(frozen, 1);
        assert_ne!(net.head.weight.data(), first, "rank {rank}");
        // The statistics are each rank's own until they are the first one's.
        let bits = |net: &Net| {
            let state = net.state_dict();
            state.values().map(|tensor| tensor.sum(Kind::Double).item()).collect::<Vec<f64>>()
        };
        let parameters = |net: &Net| {
            net.parameters()
                .iter()
                .map(|p| Vec::<f32>::try_from(p.detach().flatten(0, -1)).unwrap())
                .collect::<Vec<_>>()
        };
        let all = dist::all_gather_object(&parameters(&net)).unwrap();
        assert_eq!(all[0], all[1]);
        let all = dist::all_gather_object(&bits(&net)).unwrap();
        assert_ne!(all[0], all[1]);
        parallel.broadcast_buffers().unwrap();
        let all = dist::all_gather_object(&bits(&net)).unwrap();
        assert_eq!(all[0], all[1]);
    });
}

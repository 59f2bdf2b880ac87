//! The notebook's models, and what the notebook says of them.

use std::panic;

use flambeau::models::convolution::{convolve, cross_correlate, slide};
use flambeau::prelude::*;

use crate::panic_of;
use ndarray::{Array3, ArrayD};

fn randn(size: &[i64], kind: Kind) -> Tensor {
    Tensor::randn(size, (kind, Device::Cpu)).set_requires_grad(true)
}

#[test]
fn a_function_does_what_its_module_does() {
    let _generator = crate::seeded(0);
    let layer = nn::Linear::new(100, 10);
    let activation = nn::ReLU::new();
    let inputs = Tensor::rand([32, 100], (Kind::Float, Device::Cpu));
    assert_eq!(F::relu(&layer.forward(&inputs)), activation.forward(&layer.forward(&inputs)));

    let images = randn(&[4, 16, 10, 10], Kind::Float);
    assert_eq!(F::max_pool2d(&images, 2), nn::MaxPool2d::new(2).forward(&images));
    assert_eq!(images.flatten(1, -1), nn::Flatten::new().forward(&images));
}

#[test]
fn the_cnn_prints_as_in_the_notebook() {
    let _generator = crate::seeded(0);
    assert_eq!(
        models::Cnn::new().to_string(),
        "\
CNN(
  (conv1): Conv2d(3, 6, kernel_size=(5, 5), stride=(1, 1))
  (pool1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (conv2): Conv2d(6, 16, kernel_size=(5, 5), stride=(1, 1))
  (pool2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (neur1): Linear(in_features=400, out_features=120, bias=True)
  (neur2): Linear(in_features=120, out_features=84, bias=True)
  (neur3): Linear(in_features=84, out_features=10, bias=True)
)"
    );
}

#[test]
fn the_three_cnns_begin_with_the_same_weights_and_give_the_same_scores() {
    let _generator = crate::seeded(0);
    let sequential = models::sequential_cnn();
    random::manual_seed(0);
    let cnn = models::Cnn::new();
    random::manual_seed(0);
    let mine = models::MyCnn::new();
    let x = randn(&[4, 3, 32, 32], Kind::Float);
    let scores = cnn.forward(&x);
    assert_eq!(F::softmax(&scores, 1), sequential.forward(&x));
    let difference = (mine.forward(&x) - &scores).abs().max().double_value(&[]);
    assert!(difference <= 1e-5 * scores.abs().max().double_value(&[]), "{difference:e}");
}

/// What one legal combination of MyConv2d's arguments differs by from conv2d, relative to the
/// largest value, in the output and all gradients.
fn differs(conv: &models::MyConv2d, x: &Tensor, options: [i64; 4]) -> f64 {
    let [kernel, dilation, padding, stride] = options;
    let weights = conv.weights.detach().to_kind(x.kind()).set_requires_grad(true);
    let bias = conv.bias.as_ref().map(|b| b.detach().to_kind(x.kind()).set_requires_grad(true));
    let (_, channels, _) = weights.size3().unwrap();
    let as_kernels = weights.view([-1, channels, kernel, kernel]);
    let built_in = F::conv2d_options(x, &as_kernels)
        .maybe_bias(bias.as_ref())
        .stride(stride)
        .padding(padding)
        .dilation(dilation)
        .call();
    let gradient = built_in.randn_like();
    let wanted: Vec<_> = [x, &weights].into_iter().chain(&bias).collect();
    let loss = |output: &Tensor| (output * &gradient).sum(x.kind());
    let theirs = Tensor::run_backward(&[loss(&built_in)], &wanted, false, false);

    let output = conv.forward(x);
    assert_eq!(output.size(), built_in.size());
    let own: Vec<&Tensor> = [&*conv.weights].into_iter().chain(conv.bias.as_deref()).collect();
    let wanted: Vec<_> = [x].into_iter().chain(own).collect();
    let ours = Tensor::run_backward(&[loss(&output)], &wanted, false, false);

    let pairs = [(&output, &built_in)].into_iter().chain(ours.iter().zip(&theirs));
    let relative = pairs.map(|(a, b)| {
        (a - b).abs().max().double_value(&[]) / b.abs().max().double_value(&[]).max(1e-30)
    });
    relative.fold(0.0, f64::max)
}

#[test]
fn my_conv2d_equals_conv2d_in_every_legal_combination() {
    let _generator = crate::seeded(0);
    let mut combinations = 0;
    let cases = |batches: &[i64]| {
        let mut cases = Vec::new();
        for &batch in batches {
            for channels in [1, 3] {
                for kernel in [1, 2, 3, 5] {
                    for dilation in [1, 2, 3] {
                        for padding in [0, 1, 2] {
                            for stride in [1, 2, 3] {
                                cases.push((batch, channels, [kernel, dilation, padding, stride]));
                            }
                        }
                    }
                }
            }
        }
        cases
    };
    for (batch, channels, options) in cases(&[1, 4, 7]) {
        for (kind, tolerance) in [(Kind::Double, 1e-10), (Kind::Float, 1e-5)] {
            let [kernel, dilation, padding, stride] = options;
            let conv = models::MyConv2d::options(channels, 2, kernel).dilation(dilation);
            let conv = conv.padding(padding).stride(stride).bias(batch == 4).build();
            to_kind(&conv, kind);
            // Not square, and large enough for a kernel of five, three apart: it reaches over 13.
            let x = randn(&[batch, channels, 13, 16], kind);
            let difference = differs(&conv, &x, options);
            assert!(
                difference <= tolerance,
                "batch {batch}, {channels} channels, {conv:?}, {kind:?}: {difference:e}"
            );
            combinations += 1;
        }
    }
    assert_eq!(combinations, 3 * 2 * 4 * 3 * 3 * 3 * 2);
}

fn to_kind(module: &dyn Module, kind: Kind) {
    for mut parameter in module.parameters() {
        parameter.set_data(&parameter.detach().to_kind(kind));
    }
}

#[test]
fn the_notebooks_own_check_finds_gradients() {
    let _generator = crate::seeded(0);
    let conv = models::MyConv2d::new(3, 1, 3);
    let x = randn(&[1, 3, 24, 24], Kind::Float);
    conv.forward(&x).mean(None).backward();
    assert_eq!(conv.weights.grad().size(), [1, 3, 9]);
    assert!(conv.weights.grad().abs().min().double_value(&[]) > 0.0);
    assert!(conv.bias.is_none());
}

#[test]
fn illegal_arguments_of_my_conv2d_are_named() {
    let conv = models::MyConv2d::options;
    for (name, build) in [
        ("n_channels", Box::new(|| drop(models::MyConv2d::new(0, 1, 3))) as Box<dyn Fn()>),
        ("out_channels", Box::new(|| drop(models::MyConv2d::new(1, -1, 3)))),
        ("kernel_size", Box::new(|| drop(models::MyConv2d::new(1, 1, 0)))),
        ("dilation", Box::new(move || drop(conv(1, 1, 3).dilation(0).build()))),
        ("padding", Box::new(move || drop(conv(1, 1, 3).padding(-1).build()))),
        ("stride", Box::new(move || drop(conv(1, 1, 3).stride(0).build()))),
    ] {
        let message = panic_of(build);
        assert!(message.starts_with(&format!("{name} must be at least")), "{message}");
    }
    let _generator = crate::seeded(0);
    let conv = models::MyConv2d::new(3, 1, 5);
    let message = panic_of(|| drop(conv.forward(&randn(&[1, 3, 4, 9], Kind::Float))));
    assert_eq!(message, "kernel_size: the kernel reaches over 5 pixels, the padded image has 4");
    let message = panic_of(|| drop(conv.forward(&randn(&[1, 2, 9, 9], Kind::Float))));
    assert_eq!(message, "n_channels is 3, but x has 2 channels: [1, 2, 9, 9]");
    for size in [&[9, 9][..], &[1, 1, 3, 9, 9]] {
        let message = panic_of(|| drop(conv.forward(&randn(size, Kind::Float))));
        assert_eq!(message, format!("x must be (N, C, H, W) or (C, H, W), but is {size:?}"));
    }
}

#[test]
fn a_recurrent_network_answers_otherwise_each_time_until_it_is_reset() {
    let _generator = crate::seeded(0);
    let network = models::RecurrentNetwork::new(4, 10, 5);
    let input = Tensor::ones([16, 4], (Kind::Float, Device::Cpu));
    let [first, second, third] = [(); 3].map(|()| network.forward(&input));
    assert_ne!(first, second);
    assert_ne!(second, third);
    assert_ne!(first, third);
    network.reset();
    assert_eq!(network.forward(&input), first);
}

#[test]
fn what_a_call_leaves_behind_is_detached() {
    let _generator = crate::seeded(0);
    let network = models::RecurrentNetwork::new(4, 10, 5);
    let before = randn(&[2, 4], Kind::Float);
    let _first = network.forward(&before);
    network.forward(&randn(&[2, 4], Kind::Float)).sum(Kind::Float).backward();
    assert!(!before.grad().defined());
}

#[test]
fn a_batch_of_another_size_is_told_to_reset() {
    let _generator = crate::seeded(0);
    let network = models::RecurrentNetwork::new(4, 10, 5);
    let _first = network.forward(&randn(&[16, 4], Kind::Float));
    let message = panic_of(|| drop(network.forward(&randn(&[8, 4], Kind::Float))));
    let told = "the batch has 8 inputs, the one that is remembered had 16: call reset()";
    assert_eq!(message, told);
    // It still remembers.
    let _second = network.forward(&randn(&[16, 4], Kind::Float));
    network.reset();
    assert_eq!(network.forward(&randn(&[8, 4], Kind::Float)).size(), [8, 5]);
}

#[test]
fn a_sequence_is_read_as_by_calls_one_after_the_other() {
    let _generator = crate::seeded(0);
    let network = models::RecurrentNetwork::new(4, 10, 5);
    let sequence = randn(&[7, 3, 4], Kind::Float);
    let calls: Vec<_> = sequence.unbind(0).iter().map(|x| network.forward(x)).collect();
    // One product over all steps may add up in another order than a product a step.
    let difference = (network.read(&sequence).0 - Tensor::stack(&calls, 0)).abs().max();
    assert!(difference.double_value(&[]) <= 1e-6, "{difference}");
}

#[test]
fn an_image_is_a_sequence_of_its_rows() {
    let images = Tensor::arange(2 * 3 * 4 * 5, (Kind::Int64, Device::Cpu)).view([2, 3, 4, 5]);
    let rows = models::rows(&images);
    assert_eq!(rows.size(), [4, 2, 15]);
    // Row 1 of image 1: five pixels of each channel in turn.
    let row: Vec<i64> = Vec::try_from(rows.get(1).get(1)).unwrap();
    assert_eq!(row, [65, 66, 67, 68, 69, 85, 86, 87, 88, 89, 105, 106, 107, 108, 109]);
}

#[test]
fn plain_loops_compute_what_conv2d_computes() {
    let _generator = crate::seeded(0);
    let floats = (Kind::Double, Device::Cpu);
    for (x, weight, pad, stride) in [
        ([3, 32, 32], [3, 5, 5], 2, 1), // the notebook's
        ([1, 7, 9], [1, 3, 2], 0, 1),
        ([2, 8, 5], [2, 3, 3], 1, 2),
        ([3, 4, 4], [3, 1, 4], 3, 3),
        ([1, 1, 1], [1, 1, 1], 0, 1),
        ([1, 2, 2], [1, 4, 4], 1, 1),
    ] {
        let (x, weight) = (Tensor::randn(x, floats), Tensor::randn(weight, floats));
        let y = Tensor::try_from(slide(&array(&x), &array(&weight), pad, stride)).unwrap();
        let (pad, stride) = (pad as i64, stride as i64);
        let built_in =
            F::conv2d_options(&x, &weight.unsqueeze(0)).stride(stride).padding(pad).call();
        assert_eq!(y.size(), built_in.size());
        let difference = (&y - &built_in).abs().max().double_value(&[]);
        assert!(difference <= 1e-10 * built_in.abs().max().double_value(&[]), "{difference:e}");
    }
}

fn array(tensor: &Tensor) -> Array3<f64> {
    let array: ArrayD<f64> = tensor.try_into().unwrap();
    array.into_dimensionality().unwrap()
}

#[test]
fn plain_loops_tell_what_does_not_fit() {
    let ones = |size| Array3::<f64>::ones(size);
    let message = panic_of(|| drop(slide(&ones((3, 5, 5)), &ones((1, 3, 3)), 0, 1)));
    assert_eq!(message, "x has 3 channels, weight has 1");
    let message = panic_of(|| drop(slide(&ones((1, 5, 5)), &ones((1, 6, 3)), 0, 1)));
    assert_eq!(message, "weight is 6 × 3, the padded image 5 × 5");
    let payload = panic::catch_unwind(|| slide(&ones((1, 5, 5)), &ones((1, 3, 3)), 0, 0));
    let message = *payload.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(message, "stride must be at least 1, but is 0");
}

/// What the formula says and what networks compute differ by a flip of the kernel.
#[test]
fn convolution_flips_its_kernel_and_cross_correlation_does_not() {
    let f = [1.0, 2.0, 3.0, 4.0, 5.0];
    let g = [1.0, 0.0, -1.0];
    // numpy.convolve(f, g, "same") and numpy.correlate(f, g, "same")
    assert_eq!(convolve(&f, &g), [2.0, 2.0, 2.0, 2.0, -4.0]);
    assert_eq!(cross_correlate(&f, &g), [-2.0, -2.0, -2.0, -2.0, 4.0]);

    let flipped: Vec<f64> = g.iter().rev().copied().collect();
    assert_eq!(convolve(&f, &flipped), cross_correlate(&f, &g));
    let even = [1.0, 2.0, 1.0];
    assert_eq!(convolve(&f, &even), cross_correlate(&f, &even));

    // libtorch's conv1d is the one without the flip.
    let signal = Tensor::from_slice(&f).view([1, 1, 5]);
    let kernel = Tensor::from_slice(&g).view([1, 1, 3]);
    let built_in = signal.conv1d(&kernel, None::<Tensor>, 1, 1, 1, 1).flatten(0, -1);
    assert_eq!(Vec::<f64>::try_from(built_in).unwrap(), cross_correlate(&f, &g));

    // A convolution does not care which of the two is called the kernel: both as long, here.
    let (a, b) = ([1.0, 2.0, 3.0], [0.0, 1.0, 0.5]);
    assert_eq!(convolve(&a, &b), convolve(&b, &a));
    assert_ne!(cross_correlate(&a, &b), cross_correlate(&b, &a));
    let message = panic_of(|| drop(convolve(&f, &[1.0, 2.0])));
    assert_eq!(message, "g has 2 values: an even number has no middle");
}

#[test]
fn an_answer_is_the_last_output_or_their_mean() {
    let outputs = Tensor::from_slice(&[1.0_f32, 2.0, 6.0]).view([3, 1]);
    assert_eq!(models::Answer::Last.of(&outputs), Tensor::from_slice(&[6.0_f32]));
    assert_eq!(models::Answer::Mean.of(&outputs), Tensor::from_slice(&[3.0_f32]));
}

#[test]
fn the_feature_maps_are_those_of_the_forward_pass() {
    let _generator = crate::seeded(0);
    let cnn = models::Cnn::new();
    let x = randn(&[2, 3, 32, 32], Kind::Float);
    let [first, second] = cnn.feature_maps(&x);
    assert_eq!(first.size(), [2, 6, 28, 28]);
    let flat = F::max_pool2d(&second, 2).flatten(1, -1);
    let hidden = F::relu(&cnn.neur2.forward(&F::relu(&cnn.neur1.forward(&flat))));
    assert_eq!(cnn.neur3.forward(&hidden), cnn.forward(&x));
}

//! Convolutions of few channels, which have kernels of our own, are libtorch's to the bit.

use std::env;
use std::process::Command;

use flambeau::amp::autocast;
use flambeau::prelude::*;

use crate::shortcuts::bits;

const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

type Conv2d = fn(&Tensor, &Tensor, Option<&Tensor>, [i64; 2]) -> Tensor;

fn ours(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, padding: [i64; 2]) -> Tensor {
    F::conv2d_options(x, weight).maybe_bias(bias).padding(padding).call()
}

fn libtorchs(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, padding: [i64; 2]) -> Tensor {
    x.conv2d(weight, bias, [1, 1], padding, [1, 1], 1)
}

/// Sizes of images and weights, and the padding.
type Case = ([i64; 4], [i64; 4], [i64; 2]);

/// The CNN's two layers, and all that blocks and vectors may leave over.
fn cases() -> Vec<Case> {
    let mut cases = vec![
        ([4, 3, 32, 32], [6, 3, 5, 5], [0, 0]),
        ([4, 6, 14, 14], [16, 6, 5, 5], [0, 0]),
        ([1, 3, 32, 32], [6, 3, 5, 5], [0, 0]),
        ([1, 1, 1, 1], [1, 1, 1, 1], [0, 0]),
        ([2, 3, 5, 9], [4, 3, 3, 2], [2, 1]),
        ([3, 2, 3, 3], [7, 2, 3, 3], [0, 0]),
        ([2, 1, 4, 40], [3, 1, 1, 7], [0, 6]),
        ([1, 5, 40, 4], [2, 5, 4, 4], [3, 3]),
        ([2, 4, 1, 1], [5, 4, 3, 3], [2, 2]),
        ([16, 8, 8, 8], [24, 8, 3, 3], [1, 1]),
        ([3, 20, 9, 9], [20, 20, 5, 5], [2, 2]),
        ([4, 40, 8, 8], [40, 40, 4, 4], [1, 1]),
        ([2, 1, 28, 28], [32, 1, 5, 5], [2, 2]),
    ];
    cases.extend((1..=20).map(|outs| ([2, 2, 8, 8], [outs, 2, 4, 5], [1, 1])));
    cases
}

/// Images, weights, bias.
fn random((image, weight, _): &Case) -> [Tensor; 3] {
    [&image[..], weight, &weight[..1]].map(|size| Tensor::randn(size, FLOAT))
}

/// Output and gradients of x, weight and bias, and the output where none is asked for. The first of
/// the output's gradients can be chosen.
fn computed(
    conv2d: Conv2d,
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    padding: [i64; 2],
    first_gradient: Option<f64>,
) -> Vec<Tensor> {
    let leaf = |x: &Tensor| x.copy().set_requires_grad(true);
    let alone = conv2d(x, weight, bias, padding);
    let (x, weight, bias) = (leaf(x), leaf(weight), bias.map(leaf));
    let y = conv2d(&x, &weight, bias.as_ref(), padding);
    let weights = (Tensor::arange(y.numel() as i64, FLOAT) * 0.7).sin();
    if let Some(first) = first_gradient {
        let _ = weights.get(0).fill_(first);
    }
    y.view([-1]).dot(&weights).backward();
    let leaves = [Some(x), Some(weight), bias];
    let gradients = leaves.into_iter().flatten().map(|leaf| leaf.grad());
    gradients.chain([alone, y.detach()]).collect()
}

/// The third of three times. A size is tried when it is met again, and those of the gradients are met
/// once the output is ours.
fn again<T>(work: impl Fn() -> T) -> T {
    work();
    work();
    work()
}

/// The bits, all NaNs as one: which of several comes out of a sum is nowhere said.
fn known(tensors: &[Tensor]) -> Vec<Vec<u32>> {
    let nan = |bits| if f32::from_bits(bits).is_nan() { f32::NAN.to_bits() } else { bits };
    tensors.iter().map(|tensor| bits(tensor).into_iter().map(nan).collect()).collect()
}

#[test]
fn a_convolution_is_libtorchs_to_the_bit() {
    let _generator = crate::seeded(0);
    for case in cases() {
        let [x, weight, bias] = random(&case);
        for bias in [Some(&bias), None] {
            let [ours, libtorchs] = [ours as Conv2d, libtorchs]
                .map(|conv2d| again(|| computed(conv2d, &x, &weight, bias, case.2, None)));
            assert_eq!(known(&ours), known(&libtorchs), "{case:?}");
        }
    }
}

#[test]
fn what_is_not_finite_goes_where_it_goes_in_libtorch() {
    let _generator = crate::seeded(0);
    for case in &cases()[..6] {
        for odd in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN].map(f64::from) {
            // In images, weights, bias, or the output's gradient.
            for which in 0..4 {
                let all = random(case);
                if which < 3 {
                    let _ = all[which].view([-1]).get(0).fill_(odd);
                }
                let gradient = (which == 3).then_some(odd);
                let [x, weight, bias] = &all;
                let [ours, libtorchs] = [ours as Conv2d, libtorchs].map(|conv2d| {
                    again(|| computed(conv2d, x, weight, Some(bias), case.2, gradient))
                });
                assert_eq!(known(&ours), known(&libtorchs), "{odd} in {which}, {case:?}");
            }
        }
    }
}

/// In which order libtorch sums a bias's gradient depends on how the output's lies in memory.
#[test]
fn gradients_may_lie_as_they_like() {
    let _generator = crate::seeded(0);
    let ways: [fn(&Tensor) -> Tensor; 4] = [
        |y| y.permute([0, 2, 3, 1]).contiguous(),
        |y| y.transpose(2, 3).contiguous(),
        |y| y.mean_dim([2, 3].as_slice(), false, None),
        |y| y.unfold(3, 1, 1).contiguous(),
    ];
    let cases = [cases(), vec![([2, 64, 8, 8], [32, 64, 1, 1], [0, 0])]].concat();
    for case in &cases {
        let all = random(case);
        for (i, way) in ways.iter().enumerate() {
            let gradients = |conv2d: Conv2d| {
                let leaves = all.each_ref().map(|x| x.copy().set_requires_grad(true));
                let y = way(&conv2d(&leaves[0], &leaves[1], Some(&leaves[2]), case.2));
                (y.cos() * &y).sum(Kind::Float).backward();
                let grads = leaves.each_ref().map(Tensor::grad);
                (grads.each_ref().map(Tensor::stride), known(&grads))
            };
            let [ours, libtorchs] =
                [ours as Conv2d, libtorchs].map(|conv| again(|| gradients(conv)));
            assert_eq!(ours, libtorchs, "{case:?}, way {i}");
        }
    }
}

#[test]
fn what_asks_for_no_gradient_gets_none() {
    let _generator = crate::seeded(0);
    let all = random(&cases()[4]);
    for asked in 1..8 {
        let gradients = |conv2d: Conv2d| {
            let asks = |i: usize| asked >> i & 1 == 1;
            let leaf = |i: usize| all[i].copy().set_requires_grad(asks(i));
            let leaves = [0, 1, 2].map(leaf);
            let [x, weight, bias] = &leaves;
            conv2d(x, weight, Some(bias), cases()[4].2).square().sum(Kind::Float).backward();
            let [asking, others]: [Vec<_>; 2] =
                [true, false].map(|yes| (0..3).filter(|&i| asks(i) == yes).collect());
            assert!(others.iter().all(|&i| !leaves[i].grad().defined()));
            known(&asking.iter().map(|&i| leaves[i].grad()).collect::<Vec<_>>())
        };
        assert_eq!(again(|| gradients(ours)), gradients(libtorchs), "{asked:03b}");
    }
}

/// What libtorch computes depends on the number of threads and on the processor: the tests above in
/// other processes, which have to be told so before they begin.
#[test]
fn so_it_is_with_other_threads_and_on_lesser_processors() {
    for (threads, isa) in [("1", "ALL"), ("1", "AVX2"), ("2", "AVX2"), ("3", "ALL"), ("1", "SSE41")]
    {
        let output = Command::new(env::current_exe().unwrap())
            .args(["a_convolution_is", "what_is_not_finite", "gradients_may_lie"])
            .envs([("OMP_NUM_THREADS", threads), ("ONEDNN_MAX_CPU_ISA", isa)])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("3 passed"), "{threads} threads, {isa}: {text}");
    }
}

#[test]
fn what_is_no_case_for_our_kernels_is_libtorchs() {
    let _generator = crate::seeded(0);
    let x = Tensor::randn([2, 4, 9, 9], FLOAT);
    let weight = Tensor::randn([4, 4, 3, 3], FLOAT);
    let narrow = Tensor::randn([4, 2, 3, 3], FLOAT);
    let last = |x: &Tensor| flambeau::MemoryFormat::ChannelsLast.to(x);
    let double = |x: &Tensor| x.to_kind(Kind::Double);
    for (x, weight, stride, padding, dilation, groups) in [
        (x.copy(), &weight, 2, 0, 1, 1),
        (x.copy(), &weight, 1, 0, 2, 1),
        (x.copy(), &narrow, 1, 0, 1, 2),
        (x.copy(), &weight, 1, 3, 1, 1),
        (x.get(0), &weight, 1, 0, 1, 1),
        (last(&x), &last(&weight), 1, 0, 1, 1),
        (x.transpose(2, 3), &weight, 1, 0, 1, 1),
        (double(&x), &double(&weight), 1, 0, 1, 1),
        (x.narrow(0, 0, 0), &weight, 1, 0, 1, 1),
        // Too much for it to pay.
        (x.repeat([64, 16, 1, 1]), &weight.repeat([8, 16, 1, 1]), 1, 1, 1, 1),
    ] {
        let [strides, paddings, dilations] = [stride, padding, dilation].map(|n| [n; 2]);
        let libtorchs = x.conv2d(weight, None::<&Tensor>, strides, paddings, dilations, groups);
        let ours = again(|| {
            F::conv2d_options(&x, weight)
                .stride(stride)
                .padding(padding)
                .dilation(dilation)
                .groups(groups)
                .call()
        });
        assert_eq!(ours, libtorchs);
        assert_eq!(ours.kind(), libtorchs.kind());
    }
    let _ = again(|| ours(&x, &weight, None, [0, 0]));
    let half = autocast(Device::Cpu, || again(|| ours(&x, &weight, None, [0, 0])));
    assert_eq!(half, autocast(Device::Cpu, || libtorchs(&x, &weight, None, [0, 0])));
}

/// With sides of 1 they lie in memory like any others, and libtorch still knows.
#[test]
fn channels_that_lie_last_stay_there() {
    let _generator = crate::seeded(0);
    let last = |x: &Tensor| flambeau::MemoryFormat::ChannelsLast.to(x);
    for (image, kernels) in [([2, 1, 9, 9], [4, 1, 3, 3]), ([4, 4, 9, 9], [4, 4, 1, 1])] {
        let [x, weight] = [image, kernels].map(|size| Tensor::randn(size, FLOAT));
        for (x, weight) in
            [(last(&x), last(&weight)), (last(&x), weight.copy()), (x.copy(), last(&weight))]
        {
            let computed = |conv2d: Conv2d| {
                let [x, weight] = [&x, &weight].map(|x| x.detach().set_requires_grad(true));
                let y = conv2d(&x, &weight, None, [0, 0]);
                y.square().sum(Kind::Float).backward();
                (y.stride(), known(&[y, x.grad(), weight.grad()]))
            };
            let all = [ours as Conv2d, libtorchs].map(|conv2d| again(|| computed(conv2d)));
            assert_eq!(all[0], all[1], "{image:?} {kernels:?}");
        }
    }
    let x = last(&Tensor::randn([2, 1, 8, 8], FLOAT));
    let pooled = x.max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false);
    assert_eq!(F::max_pool2d(&x, 2), pooled);
    assert_eq!(F::max_pool2d(&x, 2).stride(), pooled.stride());
}

#[test]
fn a_bias_may_change_before_the_gradients_are_asked_for() {
    let _generator = crate::seeded(0);
    let all = random(&cases()[1]);
    let gradients = |conv2d: Conv2d| {
        let [x, weight, bias] = all.each_ref().map(|x| x.copy().set_requires_grad(true));
        let y = conv2d(&x, &weight, Some(&bias), [0, 0]);
        let _ = no_grad(|| bias.shallow_clone().fill_(1.0));
        y.square().sum(Kind::Float).backward();
        known(&[x.grad(), weight.grad(), bias.grad()])
    };
    assert_eq!(again(|| gradients(ours)), gradients(libtorchs));
}

#[test]
fn same_padding_is_libtorchs_too() {
    let _generator = crate::seeded(0);
    let x = Tensor::randn([2, 3, 9, 8], FLOAT);
    for kernel in [[3, 5], [2, 4], [5, 5]] {
        let weight = Tensor::randn([4, 3, kernel[0], kernel[1]], FLOAT);
        let libtorchs = x.conv2d_padding(&weight, None::<&Tensor>, [1, 1], "same", [1, 1], 1);
        let ours = again(|| F::conv2d_options(&x, &weight).padding("same").call());
        assert_eq!(bits(&ours), bits(&libtorchs));
    }
}

#[test]
fn a_convolution_can_be_differentiated_twice() {
    let _generator = crate::seeded(0);
    let all = random(&cases()[1]);
    let twice = |conv2d: Conv2d| {
        let [x, weight, bias] = all.each_ref().map(|x| x.copy().set_requires_grad(true));
        let y = conv2d(&x, &weight, Some(&bias), [0, 0]).pow_tensor_scalar(3);
        let first = Tensor::run_backward(&[&y.sum(Kind::Float)], &[&x, &weight], true, true);
        let sum = first.iter().map(|g| g.square().sum(Kind::Float)).reduce(|a, b| a + b).unwrap();
        Tensor::run_backward(&[&sum], &[&x, &weight, &bias], false, false)
    };
    assert_eq!(known(&again(|| twice(ours))), known(&twice(libtorchs)));
}

#[test]
fn a_shape_that_does_not_fit_is_refused_in_pytorchs_words() {
    let message = |channels, kernel| {
        let thread = std::thread::spawn(move || {
            let x = Tensor::zeros([1, 3, 8, 8], FLOAT);
            let weight = Tensor::zeros([6, channels, kernel, kernel], FLOAT);
            ours(&x, &weight, None, [0, 0])
        });
        *thread.join().unwrap_err().downcast::<String>().unwrap()
    };
    assert!(message(4, 3).contains("expected input[1, 3, 8, 8] to have 4 channels"));
    assert!(message(3, 9).contains("Kernel size can't be greater than actual input size"));
}

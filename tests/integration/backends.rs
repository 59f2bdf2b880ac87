//! Kernels that round otherwise compute what libtorch's do, where they are asked for and nowhere else.

use flambeau::amp::autocast;
use flambeau::prelude::*;
use flambeau::{backends, tch};

const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

/// `work` with direct convolutions, on a thread of its own choice of kernels.
fn directly<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            backends::set_direct_conv2d(true);
            work()
        });
        thread.join().unwrap()
    })
}

/// Output and gradients of x, weight and bias.
fn computed(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, padding: [i64; 2]) -> Vec<Tensor> {
    let leaf = |x: &Tensor| x.copy().set_requires_grad(true);
    let (x, weight, bias) = (leaf(x), leaf(weight), bias.map(leaf));
    let y = F::conv2d(&x, &weight, bias.as_ref(), 1, padding, 1, 1);
    // All positive: a sum that comes to nearly nothing would leave but roundings to compare.
    let weights = (Tensor::arange(y.numel() as i64, FLOAT) * 0.7).sin() + 2.0;
    let weights = weights.to_kind(y.kind());
    (y.view([-1]) * weights).sum(y.kind()).backward();
    let leaves = [Some(x), Some(weight), bias];
    leaves.into_iter().flatten().map(|leaf| leaf.grad()).chain([y.detach()]).collect()
}

/// How far two tensors lie apart, in the largest value of the second.
fn distance(one: &Tensor, other: &Tensor) -> f64 {
    let other = other.to_kind(Kind::Double);
    assert_eq!(one.size(), other.size());
    let apart = (one.to_kind(Kind::Double) - &other).abs().max().double_value(&[]);
    apart / other.abs().max().double_value(&[])
}

/// Whether this processor has the loops: elsewhere all is libtorch's.
pub fn has_loops() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512f")
        || is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

fn seeded_case(case: &Case) -> [Tensor; 3] {
    let &Case { images, channels, outs, kernel: [kh, kw], size: [h, w], .. } = case;
    [vec![images, channels, h, w], vec![outs, channels, kh, kw], vec![outs]]
        .map(|size| Tensor::randn(size, FLOAT))
}

struct Case {
    images: i64,
    channels: i64,
    outs: i64,
    kernel: [i64; 2],
    size: [i64; 2],
    padding: [i64; 2],
}

/// The CNN's two layers, and all that blocks and vectors may leave over.
fn cases() -> Vec<Case> {
    let case = |images, channels, outs, kernel, size, padding| Case {
        images,
        channels,
        outs,
        kernel,
        size,
        padding,
    };
    let mut cases = vec![
        case(4, 3, 6, [5, 5], [32, 32], [0, 0]),
        case(4, 6, 16, [5, 5], [14, 14], [0, 0]),
        case(1, 1, 1, [1, 1], [1, 1], [0, 0]),
        case(2, 3, 4, [3, 2], [5, 9], [2, 1]),
        case(3, 2, 7, [3, 3], [3, 3], [0, 0]),
        case(2, 1, 3, [1, 7], [4, 40], [0, 6]),
        case(1, 5, 2, [4, 4], [40, 4], [3, 3]),
        case(2, 4, 5, [3, 3], [1, 1], [2, 2]),
    ];
    cases.extend((1..=20).map(|outs| case(2, 2, outs, [3, 3], [8, 8], [1, 1])));
    cases
}

#[test]
fn a_direct_convolution_is_libtorchs_up_to_rounding() {
    let _generator = crate::seeded(0);
    let mut others = 0;
    for case in cases() {
        let [x, weight, bias] = seeded_case(&case);
        let name = format!("{:?} {:?} padding {:?}", x.size(), weight.size(), case.padding);
        for bias in [Some(&bias), None] {
            let double = |x: &Tensor| x.to_kind(Kind::Double);
            let exact =
                computed(&double(&x), &double(&weight), bias.map(double).as_ref(), case.padding);
            let (x, weight, bias) =
                (x.shallow_clone(), weight.shallow_clone(), bias.map(Tensor::shallow_clone));
            let padding = case.padding;
            let libtorchs = computed(&x, &weight, bias.as_ref(), padding);
            let direct = directly(move || computed(&x, &weight, bias.as_ref(), padding));
            others += usize::from(direct != libtorchs);
            assert_eq!(direct.len(), exact.len());
            for (i, (direct, exact)) in direct.iter().zip(&exact).enumerate() {
                assert_eq!(direct.kind(), Kind::Float);
                let apart = distance(direct, exact);
                assert!(apart < 2e-6, "{name}: tensor {i} is {apart} apart");
            }
        }
    }
    // A few are so small that both come to the same bits; most would not, were they computed.
    assert!(!has_loops() || others > cases().len(), "{others} of {}", 2 * cases().len());
}

#[test]
fn direct_convolutions_are_computed_where_they_are_asked_for_alone() {
    let _generator = crate::seeded(0);
    let [x, weight, bias] = seeded_case(&cases()[1]);
    let libtorchs = computed(&x, &weight, Some(&bias), [0, 0]);
    let here = || [&x, &weight, &bias].map(Tensor::shallow_clone);
    let [x1, weight1, bias1] = here();
    let (direct, again) = directly(move || {
        assert!(backends::direct_conv2d());
        let one = || computed(&x1, &weight1, Some(&bias1), [0, 0]);
        let direct = one();
        backends::set_direct_conv2d(false);
        (direct, one())
    });
    assert!(!backends::direct_conv2d(), "another thread's choice");
    assert_eq!(again, libtorchs);
    // Where this fails the kernels have come to the very same bits, and the test tells nothing.
    assert_eq!(direct != libtorchs, has_loops());
}

#[test]
fn what_is_no_case_for_direct_convolution_is_libtorchs() {
    let _generator = crate::seeded(0);
    let x = Tensor::randn([2, 4, 9, 9], FLOAT);
    let weight = Tensor::randn([4, 4, 3, 3], FLOAT);
    let narrow = Tensor::randn([4, 2, 3, 3], FLOAT);
    let all = move || {
        let last = |x: &Tensor| flambeau::MemoryFormat::ChannelsLast.to(x);
        vec![
            F::conv2d(&x, &weight, None, 2, 0, 1, 1),
            F::conv2d(&x, &weight, None, 1, 0, 2, 1),
            F::conv2d(&x, &narrow, None, 1, 0, 1, 2),
            F::conv2d(&x, &weight, None, 1, 3, 1, 1),
            F::conv2d(&x.get(0), &weight, None, 1, 0, 1, 1),
            F::conv2d(&last(&x), &last(&weight), None, 1, 0, 1, 1),
            F::conv2d(&x.transpose(2, 3), &weight, None, 1, 0, 1, 1),
            F::conv2d(&x.to_kind(Kind::Double), &weight.to_kind(Kind::Double), None, 1, 0, 1, 1),
            F::conv2d(&x.narrow(0, 0, 0), &weight, None, 1, 0, 1, 1),
            autocast(Device::Cpu).run(|| F::conv2d(&x, &weight, None, 1, 0, 1, 1)),
            // Too much for it to pay.
            F::conv2d(&x.repeat([64, 16, 1, 1]), &weight.repeat([8, 16, 1, 1]), None, 1, 1, 1, 1),
        ]
    };
    let libtorchs = all();
    assert_eq!(directly(all), libtorchs);
}

#[test]
fn same_padding_is_direct_too() {
    let _generator = crate::seeded(0);
    let [x, weight] = [[2, 3, 9, 8], [4, 3, 3, 5]].map(|size| Tensor::randn(size, FLOAT));
    let even = Tensor::randn([4, 3, 2, 4], FLOAT);
    let all = move || {
        [&weight, &even].map(|weight| tch::no_grad(|| F::conv2d(&x, weight, None, 1, "same", 1, 1)))
    };
    let [odd, even] = all();
    let [direct_odd, direct_even] = directly(all);
    assert!(distance(&direct_odd, &odd) < 1e-6);
    assert_eq!(direct_odd != odd, has_loops());
    assert_eq!(direct_even, even);
}

#[test]
fn a_direct_convolution_can_be_differentiated_twice() {
    let _generator = crate::seeded(0);
    let [x, weight, bias] = seeded_case(&cases()[1]);
    let twice = move || {
        let [x, weight, bias] = [&x, &weight, &bias].map(|x| x.copy().set_requires_grad(true));
        let y = F::conv2d(&x, &weight, Some(&bias), 1, 0, 1, 1).pow_tensor_scalar(3);
        let first = Tensor::run_backward(&[&y.sum(Kind::Float)], &[&x, &weight], true, true);
        let sum = first.iter().map(|g| g.square().sum(Kind::Float)).reduce(|a, b| a + b).unwrap();
        Tensor::run_backward(&[&sum], &[&x, &weight, &bias], false, false)
    };
    let libtorchs = twice();
    for (direct, exact) in directly(twice).iter().zip(&libtorchs) {
        assert!(distance(direct, exact) < 1e-5);
    }
}

#[test]
fn a_shape_that_does_not_fit_is_refused_in_pytorchs_words() {
    let x = Tensor::zeros([1, 3, 8, 8], FLOAT);
    let message = |channels, kernel| {
        let x = x.shallow_clone();
        let thread = std::thread::spawn(move || {
            backends::set_direct_conv2d(true);
            let weight = Tensor::zeros([6, channels, kernel, kernel], FLOAT);
            F::conv2d(&x, &weight, None, 1, 0, 1, 1)
        });
        *thread.join().unwrap_err().downcast::<String>().unwrap()
    };
    assert!(message(4, 3).contains("expected input[1, 3, 8, 8] to have 4 channels"));
    assert!(message(3, 9).contains("Kernel size can't be greater than actual input size"));
}

//! What a layer says when it is used wrongly.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;

use flambeau::prelude::*;

use crate::panic_of;

#[derive(Debug, Module)]
struct Net {
    features: nn::Sequential,
    head: nn::Linear,
}

impl Forward for Net {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.features.forward(x);
        let x = nn::Flatten::new().forward(&x);
        self.head.forward(&x).view([-1, 2, 5])
    }
}

fn net(width: i64) -> Net {
    let features =
        nn::sequential!(nn::Conv2d::new(3, 6, 5), nn::Flatten::new(), nn::Linear::new(width, 8));
    Net { features, head: nn::Linear::new(8, 10) }
}

fn images(channels: i64, side: i64) -> Tensor {
    Tensor::zeros([4, channels, side, side], (Kind::Float, Device::Cpu))
}

#[test]
fn a_linear_of_the_wrong_width_names_its_path_and_both_shapes() {
    let _generator = crate::seeded(0);
    let net = net(100);
    assert_eq!(
        panic_of(|| drop(net.forward(&images(3, 8)))),
        "in features.2, a Linear(in_features=100, out_features=8, bias=True) of Net: \
         mat1 and mat2 shapes cannot be multiplied (4x96 and 100x8)"
    );
}

#[test]
fn the_same_is_said_when_tch_makes_the_call() {
    let _generator = crate::seeded(0);
    let net = net(100);
    let message = panic_of(|| drop(images(3, 8).apply(&net)));
    assert!(message.starts_with("in features.2, a Linear("), "{message}");
}

#[test]
fn a_convolution_of_the_wrong_depth_names_its_path() {
    let _generator = crate::seeded(0);
    let message = panic_of(|| drop(net(96).forward(&images(1, 8))));
    assert!(
        message.starts_with(
            "in features.0, a Conv2d(3, 6, kernel_size=(5, 5), stride=(1, 1)) of Net: "
        )
    );
    assert!(message.contains("to have 3 channels, but got 1 channels instead"), "{message}");
    assert!(
        !message.contains("Exception raised from") && !message.contains("frame #"),
        "{message}"
    );
}

#[test]
fn a_users_own_operation_is_named_by_the_model_it_stands_in() {
    let _generator = crate::seeded(0);
    let net = Net { features: nn::sequential!(), head: nn::Linear::new(192, 7) };
    let message = panic_of(|| drop(net.forward(&images(3, 8))));
    assert_eq!(message, "in Net: shape '[-1, 2, 5]' is invalid for input of size 28");
}

#[test]
fn a_layer_by_itself_and_a_loss_are_named_too() {
    let _generator = crate::seeded(0);
    let x = Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
    assert_eq!(
        panic_of(|| drop(nn::Linear::new(4, 5).forward(&x))),
        "in Linear(in_features=4, out_features=5, bias=True): mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"
    );
    let message = panic_of(|| {
        drop(nn::CrossEntropyLoss::new().forward(&x, &Tensor::from_slice(&[1_i64, 2, 0])))
    });
    assert_eq!(
        message,
        "in CrossEntropyLoss: Expected input batch_size (2) to match target batch_size (3)."
    );
}

/// A `forward` of its own shape, without `nn::guard`.
#[derive(Debug, Module)]
struct Scores {
    query: nn::Linear,
    key: nn::Linear,
}

impl Scores {
    fn forward(&self, x: &Tensor, y: &Tensor) -> (Tensor, Tensor) {
        let (queries, keys) = (self.query.forward(x), self.key.forward(y));
        (queries.matmul(&keys.mt()), keys)
    }
}

#[test]
fn without_a_guard_the_layer_is_told_and_nothing_of_cpp() {
    let _generator = crate::seeded(0);
    let scores = Scores { query: nn::Linear::new(4, 5), key: nn::Linear::new(4, 6) };
    let zeros = |columns: i64| torch::zeros([2, columns]);
    assert_eq!(
        panic_of(|| drop(scores.forward(&zeros(4), &zeros(3)))),
        "in Linear(in_features=4, out_features=6, bias=True): mat1 and mat2 shapes cannot be \
         multiplied (2x3 and 4x6)"
    );
    // This is tch's own panic, which no guard tells again.
    let message = panic_of(|| drop(scores.forward(&zeros(4), &zeros(4))));
    assert!(
        message.contains("mat1 and mat2 shapes cannot be multiplied (2x5 and 6x2)"),
        "{message}"
    );
    assert!(!message.contains("frame #"), "{message}");
}

#[test]
fn a_panic_that_is_not_libtorchs_passes_untouched() {
    let _generator = crate::seeded(0);
    #[derive(Debug, Module)]
    struct Picky;

    impl Forward for Picky {
        fn forward(&self, _: &Tensor) -> Tensor {
            panic!("no, thank you")
        }
    }
    let model = nn::sequential!(Picky);
    assert_eq!(panic_of(|| drop(model.forward(&images(3, 8)))), "no, thank you");
    // And what follows on the same thread is not taken for a call inside it.
    assert!(panic_of(|| drop(net(100).forward(&images(3, 8)))).starts_with("in features.2"));
}

/// Has no field, so no address of its own.
#[derive(Debug, Module)]
struct Pairs;

impl Forward for Pairs {
    fn forward(&self, x: &Tensor) -> Tensor {
        x.view([2, -1])
    }
}

#[test]
fn where_it_could_be_one_of_two_both_are_named() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(Pairs, nn::Softmax::new(0), Pairs);
    let message = panic_of(|| drop(model.forward(&Tensor::from_slice(&[1.0, 2.0, 3.0]))));
    assert!(message.starts_with("in 0 or 2, a Pairs() of Sequential: "), "{message}");
}

#[test]
fn a_failure_that_was_caught_is_not_taken_for_the_next() {
    #[derive(Debug, Module)]
    struct Tries {
        a: nn::Linear,
        b: nn::Linear,
    }

    impl Forward for Tries {
        fn forward(&self, x: &Tensor) -> Tensor {
            let _ = panic::catch_unwind(AssertUnwindSafe(|| self.a.forward(x)));
            self.b.forward(x)
        }
    }
    let _generator = crate::seeded(0);
    let model = Tries { a: nn::Linear::new(7, 1), b: nn::Linear::new(9, 1) };
    let x = Tensor::zeros([1, 2], (Kind::Float, Device::Cpu));
    let message = panic_of(|| drop(model.forward(&x)));
    assert!(message.starts_with("in b, a Linear(in_features=9"), "{message}");
}

#[test]
fn what_fails_after_a_failure_that_was_caught_is_named_by_itself() {
    #[derive(Debug)]
    struct Tries(nn::Linear);
    impl Tries {
        fn new() -> Self {
            Self(nn::Linear::new(9, 1))
        }
    }
    impl nn::Field for Tries {
        fn member(&self) -> Option<nn::Member<'_>> {
            Some(nn::Member::Child(self))
        }
        fn deepcopy(&self, copies: &mut nn::Copies) -> Self {
            Self(self.0.deepcopy(copies))
        }
    }
    impl Module for Tries {
        fn class_name(&self) -> &'static str {
            "Tries"
        }
        fn members(&self) -> Vec<(String, nn::Member<'_>)> {
            vec![("a".into(), nn::Member::Child(&self.0))]
        }
    }
    impl Forward for Tries {
        fn forward(&self, x: &Tensor) -> Tensor {
            let _ = panic::catch_unwind(AssertUnwindSafe(|| self.0.forward(x)));
            x.f_view([-1, 7]).expect("seven by seven")
        }
    }
    let _generator = crate::seeded(0);
    let x = Tensor::zeros([1, 2], (Kind::Float, Device::Cpu));
    assert_eq!(
        panic_of(|| drop(nn::call(&Tries::new(), &x))),
        "in Tries: seven by seven: shape '[-1, 7]' is invalid for input of size 2"
    );
}

#[test]
fn such_a_panic_is_printed_once_and_in_the_better_words() {
    let _generator = crate::seeded(0);
    // The hook that is in place when the first module is called prints; here, into a channel. The
    // hook is the process's, so this looks from a process of its own.
    if std::env::var_os("FLAMBEAU_TEST_HOOK").is_none() {
        let me = std::env::current_exe().unwrap();
        let name = "layers::such_a_panic_is_printed_once_and_in_the_better_words";
        let child = std::process::Command::new(me)
            .args(["--exact", name, "--nocapture"])
            .env("FLAMBEAU_TEST_HOOK", "1")
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        return;
    }
    let (sender, receiver) = mpsc::sync_channel(8);
    panic::set_hook(Box::new(move |info| {
        let line = info.location().unwrap().file().to_string();
        sender.send((line, info.to_string())).unwrap();
    }));
    panic_of(|| drop(net(100).forward(&images(3, 8))));
    let printed: Vec<_> = receiver.try_iter().collect();
    let [(file, text)] = printed.as_slice() else { panic!("{printed:?}") };
    assert!(file.ends_with("layers.rs"), "the line that is named is the caller's: {file}");
    assert!(text.contains("in features.2, a Linear("), "{text}");
}

#[test]
fn impossible_constants_are_refused_in_pytorchs_words() {
    let _generator = crate::seeded(0);
    let groups = |n| move || drop(nn::Conv2d::options(4, 6, 3).groups(n).build());
    assert_eq!(panic_of(groups(0)), "groups must be a positive integer");
    assert_eq!(panic_of(groups(3)), "in_channels must be divisible by groups");
    assert_eq!(panic_of(groups(4)), "out_channels must be divisible by groups");
    assert_eq!(
        panic_of(|| drop(nn::Linear::new(-1, 3))),
        "Trying to create tensor with negative dimension -1: [3, -1]"
    );
    // Nothing to draw is no mistake, and the bias is then zero.
    assert_eq!(
        nn::Linear::new(0, 3).bias.unwrap().copy(),
        Tensor::zeros([3], (Kind::Float, Device::Cpu))
    );
}

#[test]
fn a_recurrent_layer_tells_what_is_wrong_with_its_state() {
    let _generator = crate::seeded(0);
    let zeros = |size: &[i64]| Tensor::zeros(size, (Kind::Float, Device::Cpu));
    let rnn = nn::RNN::new(4, 6);
    let from = |x: &[i64], h: &[i64]| {
        let (x, h) = (zeros(x), zeros(h));
        panic_of(|| drop(rnn.forward_options(&x).hx(&h).call()))
    };
    assert_eq!(
        from(&[5, 3, 4], &[3, 6]),
        "in RNN(4, 6): For batched 3-D input, hx should also be 3-D but got 2-D tensor"
    );
    assert_eq!(
        from(&[5, 3, 4], &[1, 2, 6]),
        "in RNN(4, 6): Expected hidden size [1, 3, 6], got [1, 2, 6]"
    );
    let lstm = nn::LSTM::options(4, 6).proj_size(2).build();
    let state = (zeros(&[1, 3, 2]), zeros(&[1, 3, 5]));
    assert_eq!(
        panic_of(|| drop(lstm.forward_options(&zeros(&[5, 3, 4])).hx(&state).call())),
        "in LSTM(4, 6, proj_size=2): Expected hidden[1] size [1, 3, 6], got [1, 3, 5]"
    );
    assert_eq!(
        panic_of(|| drop(nn::LSTM::options(4, 6).proj_size(6).build())),
        "proj_size has to be smaller than hidden_size"
    );
    assert_eq!(
        panic_of(|| drop(nn::GRUCell::new(4, 6).forward(&zeros(&[2, 3, 4])))),
        "in GRUCell(4, 6): GRUCell: Expected input to be 1D or 2D, got 3D instead"
    );
}

#[test]
fn small_numbers_are_printed_as_python_prints_them() {
    let leaky = nn::LeakyReLU::options().negative_slope(1e-5).build();
    assert_eq!(leaky.to_string(), "LeakyReLU(negative_slope=1e-05)");
    let rnn = nn::RNN::options(2, 3).num_layers(2).dropout(2.5e-7).build();
    assert_eq!(rnn.to_string(), "RNN(2, 3, num_layers=2, dropout=2.5e-07)");
}

#[test]
fn a_copy_of_a_layer_shares_nothing_with_it() {
    let _generator = crate::seeded(0);
    let layer = nn::BatchNorm1d::new(3);
    layer.eval();
    let copy = nn::deepcopy(&layer);
    copy.train();
    let x = Tensor::randn([4, 3], (Kind::Float, Device::Cpu));
    let _ = copy.forward(&x);
    nn::init::zeros_(copy.weight.as_ref().unwrap());
    let zeros = Tensor::zeros([3], (Kind::Float, Device::Cpu));
    assert_eq!(layer.running_mean.as_ref().unwrap().copy(), zeros);
    assert_ne!(copy.running_mean.as_ref().unwrap().copy(), zeros);
    assert_eq!(layer.weight.as_ref().unwrap().copy(), zeros.ones_like());
    assert_ne!(layer.forward(&x), zeros);
}

#[test]
fn a_parametrized_layer_keeps_kind_and_frozenness() {
    use flambeau::nn::utils::parametrizations::{spectral_norm, weight_norm};

    let _generator = crate::seeded(0);
    let double = nn::Linear::new(3, 2);
    double.to(Kind::Double).unwrap();
    let x = Tensor::randn([4, 3], (Kind::Double, Device::Cpu));
    assert_eq!(spectral_norm(double).forward(&x).kind(), Kind::Double);

    let frozen = nn::Linear::new(3, 2);
    frozen.requires_grad_(false);
    let frozen = weight_norm(frozen);
    assert!(frozen.parameters().iter().all(|parameter| !parameter.requires_grad()));
}

#[test]
fn a_normed_weight_is_told_as_it_is_now() {
    use flambeau::nn::utils::{parametrizations, weight_norm, weight_norm_options};

    let _generator = crate::seeded(0);
    let plain = nn::Linear::new(3, 2);
    let (weight, bias) = (plain.weight.copy(), plain.bias.as_ref().unwrap().copy());
    let of_bias = weight_norm_options(nn::Linear::new(3, 2)).name("bias").dim(-1).call();
    let (old, new) = (weight_norm(plain), parametrizations::weight_norm(nn::Linear::new(3, 2)));
    assert!(old.weight().allclose(&weight, 1e-6, 1e-6, false));
    assert_eq!(old.bias().unwrap(), bias);
    new.load_state_dict(&old.state_dict()).unwrap();
    assert_eq!(old.weight(), new.weight());
    let _ = torch::no_grad(|| old.g().shallow_clone().g_mul_scalar_(2.0));
    assert!(old.weight().allclose(&(weight * 2.0), 1e-6, 1e-6, false));
    assert_eq!(of_bias.weight().size(), [2, 3]);
    assert_eq!(of_bias.bias().unwrap().size(), [2]);
}

#[test]
fn a_margin_that_is_not_positive_is_refused() {
    assert_eq!(
        panic_of(|| {
            let _ = nn::TripletMarginLoss::options().margin(0.0).build();
        }),
        "TripletMarginLoss: expected margin to be greater than 0, got 0.0 instead"
    );
}

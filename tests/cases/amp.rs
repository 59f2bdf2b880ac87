//! Computing in bf16, and images whose channels lie last in memory.
//!
//! bf16's last digit is the third, so another processor's sums would fail any tolerance worth
//! having: what is computed in it is compared live alone.

use flambeau::MemoryFormat::{self, ChannelsLast, ChannelsLast3d, Contiguous};
use flambeau::amp::{autocast, autocast_options};

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let cpu = || autocast_options(Device::Cpu);
    vec![
        ("autocast_cnn", network(Contiguous, move |work| autocast(Device::Cpu, work))),
        (
            "autocast_cnn_without_cache",
            network(Contiguous, move |work| {
                cpu().dtype(Kind::BFloat16).cache_enabled(false).call(work)
            }),
        ),
        ("autocast_cnn_disabled", network(Contiguous, move |work| cpu().enabled(false).call(work))),
        (
            "autocast_cnn_channels_last",
            network(ChannelsLast, move |work| cpu().dtype(Kind::BFloat16).call(work)),
        ),
        ("autocast_nested", Box::new(nested)),
        ("channels_last_cnn", Box::new(turned)),
        ("channels_last_3d", Box::new(volumes)),
    ]
}

#[derive(Debug, Module)]
struct Network {
    conv1: nn::Conv2d,
    norm: nn::BatchNorm2d,
    conv2: nn::Conv2d,
    head: nn::Linear,
}

impl Network {
    fn new() -> Self {
        Self {
            conv1: nn::Conv2d::options(3, 8, 3).padding(1).bias(false).build(),
            norm: nn::BatchNorm2d::new(8),
            conv2: nn::Conv2d::new(8, 16, 3),
            head: nn::Linear::new(16 * 3 * 3, 5),
        }
    }
}

impl Forward for Network {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = x.apply(&self.conv1).apply(&self.norm).gelu("none");
        let x = x.max_pool2d(2, 2, 0, 1, false).apply(&self.conv2).relu();
        x.flatten(1, -1).apply(&self.head)
    }
}

type Work<'a> = Box<dyn FnOnce() -> (Tensor, Tensor) + 'a>;

/// Three steps of a small CNN under autocast: what it says, its loss and gradients, its weights.
fn network(format: MemoryFormat, autocast: impl Fn(Work) -> (Tensor, Tensor) + 'static) -> Case {
    Box::new(move || {
        let model = Network::new();
        let mut sgd = optim::SGD::options(model.parameters()).lr(0.1).momentum(0.9).build();
        let images = Tensor::randn([6, 3, 10, 10], (Kind::Float, Device::Cpu));
        let labels = Tensor::randint(5, [6], (Kind::Int64, Device::Cpu));
        model.to(format).expect("it has images' weights");
        let images = format.to(&images);
        let mut result = StateDict::new();
        for step in 0..3 {
            sgd.zero_grad();
            let (output, loss) = autocast(Box::new(|| {
                let output = model.forward(&images);
                let loss = nn::CrossEntropyLoss::new().forward(&output, &labels);
                (output, loss)
            }));
            loss.backward();
            sgd.step();
            result.insert(
                format!("kinds.{step}"),
                kinds(&[&output, &loss, &model.conv1.weight.grad()]),
            );
            result.insert(format!("late.output.{step}"), output.detach().to_kind(Kind::Float));
            result.insert(format!("late.loss.{step}"), loss.detach());
        }
        for (name, parameter) in model.named_parameters() {
            result.insert(format!("late.{name}.grad"), parameter.grad());
        }
        let state = model.state_dict().into_iter();
        result.extend(state.map(|(name, tensor)| (format!("late.{name}"), tensor)));
        result
    })
}

/// An exception within, and what comes after it.
fn nested() -> StateDict {
    let linear = nn::Linear::new(40, 30);
    let x = Tensor::randn([8, 40], (Kind::Float, Device::Cpu));
    let (cast, exact, again) = autocast(Device::Cpu, || {
        let cast = linear.forward(&x);
        let exact = autocast_options(Device::Cpu).enabled(false).call(|| linear.forward(&x));
        (cast, exact, linear.forward(&x))
    });
    let outside = linear.forward(&x);
    StateDict::from([
        ("kinds".to_string(), kinds(&[&cast, &exact, &again, &outside])),
        ("exact".to_string(), exact.detach()),
        ("late.cast".to_string(), cast.detach().to_kind(Kind::Float)),
        ("late.again".to_string(), again.detach().to_kind(Kind::Float)),
    ])
}

/// A model and images whose channels come last: numbers, gradients and strides.
fn turned() -> StateDict {
    let model = Network::new();
    model.to(ChannelsLast).expect("it has images' weights");
    let x = Tensor::randn([6, 3, 10, 10], (Kind::Float, Device::Cpu));
    let x = ChannelsLast.to(&x).set_requires_grad(true);
    let middle = x.apply(&model.conv1).apply(&model.norm);
    let output = model.forward(&x);
    output.backward_with(&output.randn_like());
    let (weight, gradient) = (&*model.conv1.weight, model.conv1.weight.grad());
    let seen = [&x, &x.grad(), &middle, weight, &gradient, &model.head.weight];
    let back = Contiguous.to(&middle);
    let lie = [
        (&middle, Contiguous),
        (&middle, ChannelsLast),
        (&back, Contiguous),
        (&back, ChannelsLast),
    ]
    .map(|(tensor, format)| format.is_contiguous(tensor).to_string());
    let result = StateDict::from([
        ("output".to_string(), output.detach()),
        ("middle".to_string(), middle.detach()),
        ("strides".to_string(), strides(&seen)),
        ("lie".to_string(), text(&lie.join(" "))),
    ]);
    described(&model, &model.to_string(), &[x], result)
}

/// Volumes whose channels come last.
fn volumes() -> StateDict {
    let model = nn::Conv3d::options(2, 4, 3).padding(1).build();
    model.to(ChannelsLast3d).expect("it has volumes' weights");
    let x = Tensor::randn([2, 2, 4, 5, 6], (Kind::Float, Device::Cpu));
    let x = ChannelsLast3d.to(&x).set_requires_grad(true);
    let output = model.forward(&x);
    output.backward_with(&output.randn_like());
    let seen = [&x, &x.grad(), &output, &model.weight, &model.weight.grad()];
    let result = StateDict::from([
        ("output".to_string(), output.detach()),
        ("strides".to_string(), strides(&seen)),
    ]);
    described(&model, &model.to_string(), &[x], result)
}

/// The kinds in Python's words.
fn kinds(tensors: &[&Tensor]) -> Tensor {
    let name = |tensor: &&Tensor| match tensor.kind() {
        Kind::BFloat16 => "torch.bfloat16",
        Kind::Float => "torch.float32",
        _ => "another",
    };
    text(&tensors.iter().map(name).collect::<Vec<_>>().join(" "))
}

fn strides(tensors: &[&Tensor]) -> Tensor {
    let strides = tensors.iter().map(|tensor| format!("{:?}", tensor.stride()));
    text(&strides.collect::<Vec<_>>().join("\n"))
}

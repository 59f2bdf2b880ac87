//! Weights and modules that stand at two places, copies, and the ways in which a struct is made.

use flambeau::nn::{Buffer, Parameter, Shared};
use flambeau::object::Object;
use flambeau::optim::swa_utils::{AveragedModel, get_ema_multi_avg_fn_options};
use flambeau::serialize::pt;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("tied_as_gpt", tied(Gpt::new, false)),
        ("tied_as_bert", tied(Bert::new, false)),
        ("tied_saved_and_loaded", tied(Gpt::new, true)),
        ("tied_with_a_bias_saved_and_loaded", tied(Bert::new, true)),
        ("module_at_two_places", layer(chain, &[6, 5])),
        ("deepcopy", Box::new(copied)),
        ("deepcopy_of_views", Box::new(copied_views)),
        ("class_of_a_layer", layer(|| SamePad { conv: nn::Conv2d::new(3, 4, 3) }, &[2, 3, 5, 5])),
        ("attributes", layer(Attributes::new, &[5, 4])),
    ]
}

/// The embedding takes the head's weight.
#[derive(Debug, Module)]
struct Gpt {
    wte: nn::Embedding,
    hidden: nn::Linear,
    ln_f: nn::LayerNorm,
    lm_head: nn::Linear,
}

impl Gpt {
    fn new() -> Self {
        let mut model = Self {
            wte: nn::Embedding::new(11, 6),
            hidden: nn::Linear::new(6, 6),
            ln_f: nn::LayerNorm::new(6),
            lm_head: nn::Linear::options(6, 11).bias(false).build(),
        };
        model.wte.weight = model.lm_head.weight.tie();
        model
    }
}

impl Forward for Gpt {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = F::relu(&self.hidden.forward(&self.wte.forward(x)));
        self.lm_head.forward(&self.ln_f.forward(&x))
    }
}

/// The decoder takes the embedding's weight, and a bias that stands beside it.
#[derive(Debug, Module)]
struct Bert {
    embedding: nn::Embedding,
    hidden: nn::Linear,
    bias: Parameter,
    decoder: nn::Linear,
}

impl Bert {
    fn new() -> Self {
        let mut model = Self {
            embedding: nn::Embedding::new(11, 6),
            hidden: nn::Linear::new(6, 6),
            bias: Parameter::new(Tensor::zeros([11], (Kind::Float, Device::Cpu))),
            decoder: nn::Linear::new(6, 11),
        };
        model.decoder.weight = model.embedding.weight.tie();
        model.decoder.bias = Some(model.bias.tie());
        model
    }
}

impl Forward for Bert {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.hidden.forward(&self.embedding.forward(x)).gelu("none");
        self.decoder.forward(&x)
    }
}

/// What comes back from a file.
fn saved(state: Object) -> Object {
    let folder = tempfile::tempdir().expect("a folder for the file");
    let file = folder.path().join("checkpoint.pt");
    pt::save(&state, &file).expect("it is written");
    pt::load(&file).expect("it is read")
}

/// Adam, clipping and EMA; in the middle a new model may take over what was saved.
fn tied<M: Forward + std::fmt::Display>(build: fn() -> M, reload: bool) -> Case {
    Box::new(move || {
        let mut model = build();
        let mut adam = optim::Adam::new(model.parameters(), 1e-2);
        let ema = AveragedModel::options(&model)
            .avg_fn(get_ema_multi_avg_fn_options().decay(0.9).call())
            .build();
        let (mut losses, mut norms) = (Vec::new(), Vec::new());
        for step in 0..8 {
            if reload && step == 4 {
                let own = Object::from(&model.state_dict());
                let state = saved(Object::dict([("model", own), ("adam", adam.state_dict())]));
                model = build();
                adam = optim::Adam::new(model.parameters(), 1e-2);
                let weights = state.get("model").expect("it was saved").state_dict();
                model.load_state_dict(&weights.expect("tensors")).expect("the same model's");
                adam.load_state_dict(state.get("adam").expect("it was saved")).expect("the same");
            }
            let x = Tensor::randint(11, [5, 4], (Kind::Int64, Device::Cpu));
            adam.zero_grad();
            let output = nn::call(&model, &x).flatten(0, 1);
            let criterion = nn::CrossEntropyLoss::new();
            let loss = criterion.forward(&output, &x.roll([1], [1]).flatten(0, -1));
            loss.backward();
            norms.push(nn::utils::clip_grad_norm_(&model.parameters(), 0.5));
            adam.step();
            ema.update_parameters(&model);
            losses.push(loss.detach());
        }
        let names: Vec<_> = model.named_parameters().into_iter().map(|(name, _)| name).collect();
        let mut result = model.state_dict();
        let keys: Vec<_> = result.keys().cloned().collect();
        let averages = ema.state_dict().into_iter();
        result.extend(averages.map(|(name, value)| (format!("ema.{name}"), value)));
        for (i, state) in adam.state().into_iter().enumerate() {
            let values = state.iter().map(|(name, value)| (name, value.shallow_clone()));
            result.extend(values.map(|(name, value)| (format!("adam.{i}.{name}"), value)));
        }
        result.insert("losses".into(), Tensor::stack(&losses, 0));
        result.insert("norms".into(), Tensor::stack(&norms, 0));
        result.insert("print".into(), text(&model.to_string()));
        result.insert("keys".into(), text(&keys.join("\n")));
        result.insert("names".into(), text(&names.join("\n")));
        result
    })
}

/// One linear layer at two places.
fn chain() -> nn::Sequential {
    let linear = Shared::new(nn::Linear::new(5, 5));
    nn::sequential!(linear.clone(), nn::BatchNorm1d::new(5), nn::ReLU::new(), linear)
}

fn train(model: &nn::Sequential, steps: usize) {
    let mut sgd = optim::SGD::options(model.parameters()).lr(0.1).momentum(0.9).build();
    for _ in 0..steps {
        sgd.zero_grad();
        let x = Tensor::randn([6, 5], (Kind::Float, Device::Cpu));
        model.forward(&x).square().mean(None).backward();
        sgd.step();
    }
}

/// The copy goes on by itself; what is frozen stays so.
fn copied() -> StateDict {
    let model = chain();
    let _ = model.named_parameters()[2].1.set_requires_grad(false);
    train(&model, 3);
    let copy = nn::deepcopy(&model);
    let no_grads: Vec<_> = copy.parameters().iter().map(|p| !p.grad().defined()).collect();
    let mut result = StateDict::from([("no_grads".to_string(), Tensor::from_slice(&no_grads))]);
    train(&copy, 3);
    for (name, one) in [("model", &model), ("copy", &copy)] {
        let state = one.state_dict().into_iter();
        result.extend(state.map(|(key, value)| (format!("{name}.{key}"), value)));
        let names: Vec<_> = one.named_modules().into_iter().map(|(name, _)| name).collect();
        result.insert(format!("{name}.names"), text(&names.join("\n")));
    }
    result
}

/// Buffers that are views of one memory, and parameters that are.
#[derive(Debug, Module)]
struct Views {
    whole: Buffer,
    turned: Buffer,
    part: Buffer,
    wide: Buffer,
    weight: Parameter,
    same: Parameter,
}

/// In the copy they are views of one memory as well, with the same strides; parameters have each their
/// own.
fn copied_views() -> StateDict {
    let memory = torch::arange(12.0);
    let weight = torch::randn([3, 4]);
    let model = Views {
        whole: Buffer::new(memory.view([3, 4])),
        turned: Buffer::new(memory.view([3, 4]).tr()),
        part: Buffer::new(memory.i((2..).step(3))),
        wide: Buffer::new(torch::expand(&memory.i(..2), [3, 2])),
        weight: Parameter::new(weight.tr()),
        same: Parameter::new(weight.view(12)),
    };
    let copy = nn::deepcopy(&model);
    for x in [&copy.whole, &copy.turned, &copy.wide] {
        let _ = x.i(0).fill_(-1);
    }
    let _ = no_grad(|| copy.weight.i(0).fill_(-2));
    let mut result = StateDict::default();
    for (name, one) in [("model", &model), ("copy", &copy)] {
        for (key, value) in one.state_dict() {
            let strides = Tensor::from_slice(&value.stride());
            result.insert(format!("{name}.{key}.strides"), strides);
            result.insert(format!("{name}.{key}"), value);
        }
    }
    result
}

#[derive(Debug, Module)]
struct SamePad {
    #[module(flatten)]
    conv: nn::Conv2d,
}

impl Forward for SamePad {
    fn forward(&self, x: &Tensor) -> Tensor {
        self.conv.forward(&x.constant_pad_nd([1, 1, 1, 1]))
    }
}

/// Names that are none in Rust, buffers that are not saved, lists of parameters.
#[derive(Debug, Module)]
#[module(extra_repr = format!("width={}", self.width))]
struct Attributes {
    r#final: nn::Linear,
    #[module(name = "0")]
    numbered: nn::Linear,
    scales: Vec<Parameter>,
    #[module(persistent = false)]
    mask: Buffer,
    #[module(skip)]
    width: i64,
}

impl Attributes {
    fn new() -> Self {
        let full = |size: &[i64], value: f64| {
            Parameter::new(Tensor::full(size, value, (Kind::Float, Device::Cpu)))
        };
        Self {
            r#final: nn::Linear::new(4, 3),
            numbered: nn::Linear::new(3, 3),
            scales: vec![full(&[3], 2.0), full(&[1, 3], 3.0)],
            mask: Buffer::new(Tensor::from_slice(&[1.0_f32, 0.0, 1.0])),
            width: 3,
        }
    }
}

impl Forward for Attributes {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.numbered.forward(&(self.r#final.forward(x) * &self.mask));
        x * &self.scales[0] * &self.scales[1]
    }
}

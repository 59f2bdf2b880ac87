//! What follows from a module's members: names, states, modes, prints.

use flambeau::MemoryFormat::{ChannelsLast, ChannelsLast3d};
use flambeau::amp::{autocast, autocast_options, is_autocast_enabled};
use flambeau::nn::{Buffer, Parameter, StateDict, Training};
use flambeau::prelude::*;
use flambeau::serialize::{pt, safetensors};

/// A module with one member of each kind, its own tensors made after its layer.
#[derive(Debug, Module)]
struct Everything {
    inner: nn::Linear,
    running: Buffer,
    scale: Parameter,
    nothing: Option<Parameter>,
    training: Training,
}

impl Forward for Everything {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.inner.forward(x) * &*self.scale;
        if self.training.get() { x + &*self.running } else { x }
    }
}

fn everything() -> Everything {
    Everything {
        inner: nn::Linear::new(2, 3),
        running: Buffer::new(ones(&[3])),
        scale: Parameter::new(ones(&[3])),
        nothing: None,
        training: Training::default(),
    }
}

fn ones(size: &[i64]) -> Tensor {
    Tensor::ones(size, (Kind::Float, Device::Cpu))
}

fn keys(state: &StateDict) -> Vec<&str> {
    state.keys().map(String::as_str).collect()
}

#[test]
fn a_state_dict_has_own_parameters_then_own_buffers_then_the_childrens() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(nn::ReLU::new(), everything());
    assert_eq!(
        keys(&model.state_dict()),
        ["1.scale", "1.running", "1.inner.weight", "1.inner.bias"]
    );
    let names: Vec<_> = model.named_parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["1.scale", "1.inner.weight", "1.inner.bias"]);
    let modules: Vec<_> = model.named_modules().into_iter().map(|(name, _)| name).collect();
    assert_eq!(modules, ["", "0", "1", "1.inner"]);
    assert_eq!(model.named_buffers().len(), 1);
}

#[test]
fn train_and_eval_reach_every_module() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(everything());
    let x = ones(&[1, 2]);
    let trained = model.forward(&x);
    model.eval();
    assert_ne!(model.forward(&x), trained);
    model.train();
    assert_eq!(model.forward(&x), trained);
}

#[test]
fn a_state_that_fits_is_taken_over_whole() {
    let _generator = crate::seeded(0);
    let (a, b) = (everything(), everything());
    assert_ne!(a.inner.weight.copy(), b.inner.weight.copy());
    b.load_state_dict(&a.state_dict()).unwrap();
    assert_eq!(a.state_dict(), b.state_dict());
    assert!(b.inner.weight.requires_grad());
}

#[test]
fn a_state_that_does_not_fit_is_told_in_pytorchs_words_and_changes_nothing() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(nn::Linear::new(2, 3), nn::Linear::new(3, 1));
    let before: Vec<_> = model.parameters().iter().map(Tensor::copy).collect();
    let mut state: StateDict =
        model.state_dict().into_iter().map(|(name, tensor)| (name, tensor.ones_like())).collect();
    state.shift_remove("0.bias");
    state.insert("more".into(), ones(&[1]));
    state.insert("1.weight".into(), ones(&[2, 2]));

    let error = model.load_state_dict(&state).unwrap_err().to_string();
    assert_eq!(
        error,
        "Error(s) in loading state_dict for Sequential:\
         \n\tMissing key(s) in state_dict: \"0.bias\". \
         \n\tUnexpected key(s) in state_dict: \"more\". \
         \n\tsize mismatch for 1.weight: copying a param with shape torch.Size([2, 2]) from \
         checkpoint, the shape in current model is torch.Size([1, 3])."
    );
    assert!(
        model.load_state_dict_options(&state).strict(false).call().is_err(),
        "a wrong shape is never taken"
    );
    assert_eq!(model.parameters(), before);

    state.shift_remove("1.weight");
    let keys = model.load_state_dict_options(&state).strict(false).call().unwrap();
    assert_eq!(keys.missing_keys, ["0.bias", "1.weight"]);
    assert_eq!(keys.unexpected_keys, ["more"]);
    assert_eq!(model.parameters()[0], ones(&[3, 2]));
    assert_eq!(model.parameters()[1], before[1]);
}

#[test]
fn a_move_to_where_it_is_keeps_the_optimizers_hold_and_the_gradients() {
    let _generator = crate::seeded(0);
    let model = nn::Linear::new(2, 1);
    let mut optimizer = optim::SGD::new(model.parameters(), 1.0);
    model.forward(&ones(&[1, 2])).backward();
    model.to(Device::Cpu).unwrap();
    let before = model.weight.copy();
    optimizer.step();
    assert_eq!(&before - model.weight.copy(), ones(&[1, 2]));
    model.zero_grad();
    assert!(!model.weight.grad().defined());
}

#[test]
fn a_module_prints_as_in_python() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(
        nn::Conv2d::options(3, 6, 5).padding(2).groups(3).bias(false).build(),
        nn::sequential!(
            nn::MaxPool2d::options((3, 2)).ceil_mode(true).build(),
            nn::Softmax::new(1)
        ),
        nn::sequential!(),
    );
    assert_eq!(
        model.to_string(),
        "\
Sequential(
  (0): Conv2d(3, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2), groups=3, bias=False)
  (1): Sequential(
    (0): MaxPool2d(kernel_size=(3, 2), stride=(3, 2), padding=0, dilation=1, ceil_mode=True)
    (1): Softmax(dim=1)
  )
  (2): Sequential()
)"
    );
}

#[test]
fn a_module_is_also_one_of_tchs() {
    let _generator = crate::seeded(0);
    let relu = nn::ReLU::new();
    assert_eq!(Tensor::from(-1.0).apply(&relu), Tensor::from(0.0));
    let chain = tch::nn::seq().add(nn::Linear::new(2, 3)).add(relu);
    assert_eq!(ones(&[4, 2]).apply(&chain).size(), [4, 3]);
}

#[test]
fn unexpected_keys_are_told_in_pythons_order() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(nn::Linear::new(1, 1), nn::sequential!(nn::Linear::new(1, 1)));
    let mut state = model.state_dict();
    for key in ["1.0.x", "0.x.y", "1.x", "x", "0.x", "2.x"] {
        state.insert(key.into(), ones(&[1]));
    }
    let keys = model.load_state_dict_options(&state).strict(false).call().unwrap();
    assert_eq!(keys.unexpected_keys, ["x", "2.x", "0.x.y", "0.x", "1.x", "1.0.x"]);
}

#[test]
fn a_device_that_is_not_there_is_an_error_and_moves_nothing() {
    let _generator = crate::seeded(0);
    let model = nn::Linear::new(2, 1);
    let error = model.to(Device::Cuda(99)).unwrap_err().to_string();
    assert!(error.starts_with("device: ") && error.contains("CUDA device"), "{error}");
    assert_eq!(model.weight.device(), Device::Cpu);
}

#[test]
fn a_module_takes_another_kind_whole_numbers_aside_and_the_optimizer_keeps_its_hold() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(nn::Linear::new(2, 3), nn::BatchNorm1d::new(3));
    let mut optimizer = optim::SGD::new(model.parameters(), 1.0);
    model.forward(&ones(&[4, 2])).sum(None).backward();
    model.to(Kind::Double).unwrap();
    let kinds: Vec<_> = model.state_dict().values().map(Tensor::kind).collect();
    assert_eq!(kinds[..6], [Kind::Double; 6]);
    assert_eq!(kinds[6], Kind::Int64, "the count of batches");
    assert_eq!(model.parameters()[3].grad().kind(), Kind::Double);
    optimizer.step();
    assert_eq!(model.parameters()[3], Tensor::full([3], -4.0, (Kind::Double, Device::Cpu)));
    optimizer.zero_grad();
    let output = model.forward(&ones(&[4, 2]).to_kind(Kind::Double));
    output.sum(None).backward();
    assert_eq!(model.parameters()[0].grad().kind(), Kind::Double);

    model.to((Device::Cpu, Kind::Float)).unwrap();
    assert_eq!(model.forward(&ones(&[4, 2])).kind(), Kind::Float);
    let error = model.to(Kind::Int64).unwrap_err().to_string();
    assert!(error.starts_with("kind: "), "{error}");
    assert_eq!(model.parameters()[0].kind(), Kind::Float);
}

#[test]
fn a_module_lies_channels_last_and_the_optimizer_and_files_hold_it_still() {
    let _generator = crate::seeded(0);
    let build =
        || nn::sequential!(nn::Conv2d::new(3, 4, 3), nn::BatchNorm2d::new(4), nn::Flatten::new());
    let (model, images) = (build(), Tensor::randn([2, 3, 5, 5], (Kind::Float, Device::Cpu)));
    let mut optimizer = optim::SGD::options(model.parameters()).lr(0.1).momentum(0.9).build();
    model.forward(&images).square().sum(None).backward();
    model.to(ChannelsLast).unwrap();
    let weight = &model.parameters()[0];
    assert!(ChannelsLast.is_contiguous(weight) && ChannelsLast.is_contiguous(&weight.grad()));
    let before = weight.copy();
    optimizer.step();
    assert!(before != *weight && ChannelsLast.is_contiguous(weight));

    // A file holds the numbers, whatever their order, and a model keeps the order that it has.
    let folder = tempfile::tempdir().unwrap();
    let [safe, pt] = ["model.safetensors", "model.pt"].map(|name| folder.path().join(name));
    safetensors::save_file(&model.state_dict(), &safe).unwrap();
    pt::save(model.state_dict(), &pt).unwrap();
    for state in
        [safetensors::load_file(&safe).unwrap(), pt::load(&pt).unwrap().state_dict().unwrap()]
    {
        let other = build();
        other.to(ChannelsLast).unwrap();
        other.load_state_dict(&state).unwrap();
        assert_eq!(other.state_dict(), model.state_dict());
        assert!(ChannelsLast.is_contiguous(&other.parameters()[0]));
    }

    let volumes = nn::sequential!(nn::Linear::new(2, 2), nn::Conv3d::new(1, 2, 3));
    let error = volumes.to(ChannelsLast).unwrap_err().to_string();
    assert!(error.contains("required rank 4 tensor"), "{error}");
    volumes.to(ChannelsLast3d).unwrap();
    assert!(ChannelsLast3d.is_contiguous(&volumes.parameters()[2]));
}

#[test]
fn autocast_ends_with_its_work_by_a_panic_too_and_is_the_threads_own() {
    let x = ones(&[2, 2]);
    let kind = || x.matmul(&x).kind();
    let message = crate::panic_of(|| {
        autocast(Device::Cpu, || {
            assert_eq!(kind(), Kind::BFloat16);
            autocast_options(Device::Cpu).dtype(Kind::Half).call(|| assert_eq!(kind(), Kind::Half));
            assert_eq!(kind(), Kind::BFloat16);
            std::thread::spawn(|| assert!(!is_autocast_enabled(Device::Cpu))).join().unwrap();
            panic!("in the middle")
        })
    });
    assert_eq!((message.as_str(), kind()), ("in the middle", Kind::Float));

    let message = crate::panic_of(|| autocast_options(Device::Cpu).dtype(Kind::Double).call(|| ()));
    assert!(message.starts_with("autocast: the target dtype Double is not supported"), "{message}");
    autocast_options(Device::Cpu).dtype(Kind::Double).enabled(false).call(|| ());
    let message = crate::panic_of(|| autocast(Device::Vulkan, || ()));
    assert_eq!(message, "User specified an unsupported autocast device_type 'vulkan'");
    if !tch::Cuda::is_available() {
        assert!(!autocast(Device::Cuda(0), || is_autocast_enabled(Device::Cuda(0))));
    }
}

#[test]
fn apply_goes_through_children_first_and_modules_through_parents() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(
        nn::sequential!(nn::Linear::new(1, 1), nn::ReLU::new()),
        nn::Flatten::new()
    );
    let mut classes = Vec::new();
    model.apply(|module| classes.push(module.class_name()));
    assert_eq!(classes, ["Linear", "ReLU", "Sequential", "Flatten", "Sequential"]);
    let classes: Vec<_> = model.modules().iter().map(|module| module.class_name()).collect();
    assert_eq!(classes, ["Sequential", "Sequential", "Linear", "ReLU", "Flatten"]);
    let children: Vec<_> = model.children().iter().map(|module| module.class_name()).collect();
    assert_eq!(children, ["Sequential", "Flatten"]);
    let modules = model.modules();
    assert!(modules[2].downcast_ref::<nn::Linear>().is_some());
    assert!(modules[2].downcast_ref::<nn::ReLU>().is_none());
}

#[test]
fn frozen_parameters_get_no_gradient() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(nn::Linear::new(2, 2), nn::Linear::new(2, 1));
    model.requires_grad_(false);
    assert!(!model.forward(&ones(&[1, 2])).requires_grad());
    model.requires_grad_(true);
    model.forward(&ones(&[1, 2])).sum(None).backward();
    assert!(model.parameters().iter().all(|parameter| parameter.grad().defined()));
}

#[test]
fn containers_print_as_in_python() {
    let _generator = crate::seeded(0);
    let list: nn::ModuleList<dyn Forward> = nn::ModuleList::new(vec![
        Box::new(nn::Linear::new(2, 2)),
        Box::new(nn::Linear::new(2, 2)),
        Box::new(nn::sequential!(nn::ReLU::new())),
        Box::new(nn::Linear::new(2, 2)),
    ]);
    assert_eq!(
        list.to_string(),
        "\
ModuleList(
  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)
  (2): Sequential(
    (0): ReLU()
  )
  (3): Linear(in_features=2, out_features=2, bias=True)
)"
    );
    let dict: nn::ModuleDict<nn::ReLU> =
        [("b", nn::ReLU::new()), ("a", nn::ReLU::new())].into_iter().collect();
    assert_eq!(dict.to_string(), "ModuleDict(\n  (b): ReLU()\n  (a): ReLU()\n)");
    let empty: nn::ModuleList<nn::ReLU> = nn::ModuleList::new(vec![]);
    assert_eq!(empty.to_string(), "ModuleList()");
}

#[test]
fn containers_are_gone_through_backwards() {
    let widths = |found: Vec<&nn::Linear>| -> Vec<i64> {
        found.into_iter().map(|linear| linear.weight.size()[0]).collect()
    };
    let list: nn::ModuleList<nn::Linear> = (1..4).map(|n| nn::Linear::new(1, n)).collect();
    assert_eq!(widths(list.iter().rev().collect()), [3, 2, 1]);
    assert_eq!(list.iter().len(), 3);
    let dict: nn::ModuleDict<nn::Linear> =
        [("b", nn::Linear::new(1, 1)), ("a", nn::Linear::new(1, 2))].into_iter().collect();
    assert_eq!(dict.keys().rev().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(widths(dict.iter().rev().map(|(_, linear)| linear).collect()), [2, 1]);
    let layers = nn::sequential!(nn::ReLU::new(), nn::Tanh::new());
    assert_eq!(layers.iter().next_back().map(|layer| layer.class_name()), Some("Tanh"));
}

#[test]
#[should_panic(expected = "module name can't contain \".\", got: a.b")]
fn a_modules_name_has_no_dot() {
    let _ = nn::sequential!("a.b" => nn::ReLU::new());
}

/// As Python does of a dictionary without metadata: PyTorch's first batch norms did not count.
#[test]
fn a_state_from_before_batches_were_counted_is_taken() {
    let norm = nn::BatchNorm1d::new(2);
    let mut state: nn::StateDict =
        norm.state_dict().iter().map(|(name, tensor)| (name.clone(), tensor.copy())).collect();
    state.shift_remove("num_batches_tracked");
    state["running_mean"] = Tensor::from_slice(&[1.0_f32, 2.0]);
    assert_eq!(norm.load_state_dict(&state).unwrap(), nn::IncompatibleKeys::default());
    assert_eq!(norm.running_mean.as_ref().unwrap().copy(), state["running_mean"]);
    state.shift_remove("running_var");
    assert!(norm.load_state_dict(&state).unwrap_err().to_string().contains("running_var"));
}

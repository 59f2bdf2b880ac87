//! `#[derive(Module)]`: members that cannot be forgotten.

use std::cell::RefCell;
use std::rc::Rc;

use flambeau::nn::{Buffer, Parameter, Shared, Training};
use flambeau::prelude::*;

fn ones(size: &[i64]) -> Tensor {
    Tensor::ones(size, (Kind::Float, Device::Cpu))
}

fn parameter() -> Parameter {
    Parameter::new(ones(&[1]))
}

/// A struct with a field of every kind.
#[derive(Debug, Module)]
#[module(class = "All", extra_repr = format!("width={}", self.width))]
struct Every<M: Module, const N: usize> {
    scale: Parameter,
    absent: Option<Parameter>,
    present: Option<Parameter>,
    weights: Vec<Parameter>,
    none: Vec<nn::Linear>,
    running: Buffer,
    #[module(persistent = false)]
    mask: Buffer,
    #[module(persistent = false)]
    maybe: Option<Buffer>,
    training: Training,
    layer: nn::Linear,
    generic: M,
    optional: Option<nn::Linear>,
    left_out: Option<nn::Linear>,
    list: Vec<nn::Linear>,
    gaps: Vec<Option<nn::Linear>>,
    array: [nn::Linear; N],
    boxed: Box<nn::Linear>,
    any: Box<dyn Forward>,
    nested: Vec<Vec<Box<dyn Forward>>>,
    modules: nn::ModuleList<dyn Module>,
    named: nn::ModuleDict<nn::Linear>,
    chain: nn::Sequential,
    shared: Shared<nn::Linear>,
    r#final: nn::Linear,
    #[module(name = "0")]
    numbered: nn::Linear,
    pair: Pair,
    #[module(skip)]
    width: i64,
    #[module(skip, copy_with = copied)]
    remembered: RefCell<Option<Tensor>>,
}

/// A struct that prints itself, as a class of Python's with a `__repr__` of its own.
#[derive(Debug, Module)]
#[module(repr = format!("Graph ({} -> {})", self.inputs, self.outputs))]
struct Graph {
    #[module(skip)]
    inputs: i64,
    #[module(skip)]
    outputs: i64,
    layer: nn::Linear,
}

#[test]
fn a_print_of_its_own() {
    let graph = Graph { inputs: 2, outputs: 3, layer: linear() };
    assert_eq!(
        nn::ModuleList::new(vec![Box::new(graph)]).repr(),
        "ModuleList(\n  (0): Graph (2 -> 3)\n)"
    );
}

/// A struct without names for its fields.
#[derive(Debug, Module)]
struct Pair(nn::Linear, #[module(name = "second")] nn::Linear);

fn copied(remembered: &RefCell<Option<Tensor>>) -> RefCell<Option<Tensor>> {
    RefCell::new(remembered.borrow().as_ref().map(Tensor::copy))
}

fn linear() -> nn::Linear {
    nn::Linear::options(1, 1).bias(false).build()
}

fn every() -> Every<nn::Linear, 2> {
    let boxed = || -> Box<dyn Forward> { Box::new(linear()) };
    Every {
        scale: parameter(),
        absent: None,
        present: Some(parameter()),
        weights: vec![parameter(), parameter()],
        none: vec![],
        running: Buffer::new(ones(&[1])),
        mask: Buffer::new(ones(&[1])),
        maybe: Some(Buffer::new(ones(&[1]))),
        training: Training::default(),
        layer: linear(),
        generic: linear(),
        optional: Some(linear()),
        left_out: None,
        list: vec![linear(), linear()],
        gaps: vec![None, Some(linear())],
        array: [linear(), linear()],
        boxed: Box::new(linear()),
        any: boxed(),
        nested: vec![vec![boxed(), boxed()], vec![boxed()]],
        modules: nn::ModuleList::new(vec![Box::new(linear()), Box::new(nn::Softmax2d::new())]),
        named: [("a", linear())].into_iter().collect(),
        chain: nn::sequential!(linear(), nn::ReLU::new()),
        shared: Shared::new(linear()),
        r#final: linear(),
        numbered: linear(),
        pair: Pair(linear(), linear()),
        width: 3,
        remembered: RefCell::new(Some(ones(&[1]))),
    }
}

const KEYS: [&str; 26] = [
    "scale",
    "present",
    "running",
    "weights.0",
    "weights.1",
    "layer.weight",
    "generic.weight",
    "optional.weight",
    "list.0.weight",
    "list.1.weight",
    "gaps.1.weight",
    "array.0.weight",
    "array.1.weight",
    "boxed.weight",
    "any.weight",
    "nested.0.0.weight",
    "nested.0.1.weight",
    "nested.1.0.weight",
    "modules.0.weight",
    "named.a.weight",
    "chain.0.weight",
    "shared.weight",
    "final.weight",
    "0.weight",
    "pair.0.weight",
    "pair.second.weight",
];

#[test]
fn no_field_can_be_forgotten() {
    let model = every();
    let keys: Vec<_> = model.state_dict().into_keys().collect();
    assert_eq!(keys, KEYS);
    assert_eq!(model.parameters().len(), 25);
    let buffers: Vec<_> = model.named_buffers().into_iter().map(|(name, _)| name).collect();
    assert_eq!(buffers, ["running", "mask", "maybe"]);

    model.eval();
    assert!(!model.training.get());
    model.to(Kind::Double).unwrap();
    let kinds = model.parameters().into_iter().chain(model.buffers());
    assert!(kinds.into_iter().all(|tensor| tensor.kind() == Kind::Double));
}

#[test]
fn every_kind_of_field_is_printed_as_python_prints_it() {
    let text = every().to_string();
    let start = "\
All(
  width=3
  (weights): ParameterList(
      (0): Parameter containing: [torch.float32 of size 1]
      (1): Parameter containing: [torch.float32 of size 1]
  )
  (none): ModuleList()
  (layer): Linear(in_features=1, out_features=1, bias=False)
";
    assert!(text.starts_with(start), "{text}");
    let list = "
  (list): ModuleList(
    (0-1): 2 x Linear(in_features=1, out_features=1, bias=False)
  )
  (gaps): ModuleList(
    (0): None
    (1): Linear(in_features=1, out_features=1, bias=False)
  )
";
    assert!(text.contains(list), "{text}");
}

#[test]
fn a_copy_has_every_field_and_shares_none() {
    let model = every();
    model.requires_grad_(false);
    model.scale.tie().set_requires_grad(true).sum(Kind::Float).backward();
    model.eval();
    let copy = nn::deepcopy(&model);
    assert_eq!(copy.state_dict(), model.state_dict());
    assert_eq!(copy.to_string(), model.to_string());
    assert!(!copy.training.get());
    let grads: Vec<_> = copy.parameters().iter().map(Tensor::requires_grad).collect();
    assert!(grads[0] && !grads[1..].contains(&true));
    assert!(!copy.scale.grad().defined(), "gradients are not copied");

    let everything = |model: &Every<nn::Linear, 2>| -> Vec<Tensor> {
        let own = model.remembered.borrow().as_ref().map(Tensor::shallow_clone);
        model.parameters().into_iter().chain(model.buffers()).chain(own).collect()
    };
    let before: Vec<_> = everything(&model).iter().map(Tensor::copy).collect();
    no_grad(|| everything(&copy).iter_mut().for_each(|tensor| _ = tensor.fill_(7.0)));
    assert_eq!(everything(&model), before);
}

/// Its `forward` takes two tensors and gives two.
#[derive(Debug, Module)]
struct Halves {
    layer: nn::Linear,
}

impl Halves {
    fn forward(&self, a: &Tensor, b: &Tensor) -> (Tensor, Tensor) {
        nn::guard(self, &[a, b], || {
            let (a, b) = (a.shallow_clone(), b.shallow_clone());
            (self.layer.forward(&a), self.layer.forward(&b))
        })
    }
}

#[derive(Debug, Module)]
struct Outer {
    halves: Halves,
}

impl Forward for Outer {
    fn forward(&self, x: &Tensor) -> Tensor {
        let (a, b) = self.halves.forward(x, x);
        a + b
    }
}

#[test]
fn a_forward_of_another_shape_keeps_its_path_inside_guard() {
    let outer = Outer { halves: Halves { layer: nn::Linear::new(2, 3) } };
    assert_eq!(outer.forward(&ones(&[4, 2])).size(), [4, 3]);
    let message = crate::panic_of(|| drop(outer.forward(&ones(&[4, 5]))));
    assert!(message.starts_with("in halves.layer, a Linear("), "{message}");
    let message = crate::panic_of(|| drop(outer.halves.forward(&ones(&[4, 5]), &ones(&[4, 2]))));
    assert!(message.starts_with("in layer, a Linear("), "{message}");
    assert!(message.contains(" of Halves: mat1 and mat2 shapes"), "{message}");
}

#[test]
fn one_parameter_in_two_places_is_one() {
    let embedding = nn::Embedding::new(5, 3);
    let mut decoder = nn::Linear::options(3, 5).bias(false).build();
    decoder.weight = embedding.weight.tie();
    let model = nn::sequential!("encoder" => embedding, "decoder" => decoder);
    let keys: Vec<_> = model.state_dict().into_keys().collect();
    assert_eq!(keys, ["encoder.weight", "decoder.weight"]);
    assert_eq!(model.parameters().len(), 1);

    // In a copy too.
    let copy = nn::deepcopy(&model);
    assert_eq!(copy.parameters().len(), 1);
    let state = copy.state_dict();
    let _ = no_grad(|| copy.parameters()[0].fill_(2.0));
    assert!(state.values().all(|tensor| tensor.double_value(&[0, 0]) == 2.0));
    assert_ne!(model.parameters()[0].double_value(&[0, 0]), 2.0);

    // Another kind leaves it one.
    model.to(Kind::Double).unwrap();
    assert_eq!(model.parameters().len(), 1);
    assert!(model.state_dict().values().all(|tensor| tensor.kind() == Kind::Double));
}

#[test]
fn a_parameter_made_of_another_is_the_same() {
    let first = nn::Linear::new(2, 2);
    let second = Parameter::new(first.weight.shallow_clone());
    let twice = [Pair(first, linear())];
    let both = [&second, &twice[0].0.weight];
    both.into_iter().for_each(|weight| weight.sum(Kind::Float).backward());
    assert_eq!(second.grad(), Tensor::full([2, 2], 2.0, (Kind::Float, Device::Cpu)));
    // What was computed, or asks for no gradient, is only shared.
    let data = ones(&[2]);
    let own = Parameter::new(data.shallow_clone());
    assert!(own.requires_grad() && !data.requires_grad());
    assert!(Parameter::new(&*own * 2).is_leaf());
}

#[test]
fn a_parameter_made_of_a_frozen_one_is_the_same_and_frozen() {
    let frozen = nn::Linear::new(2, 2);
    frozen.requires_grad_(false);
    for source in [&frozen, &nn::deepcopy(&frozen)] {
        let tied = Parameter::new(source.weight.shallow_clone());
        assert!(!tied.requires_grad());
        source.requires_grad_(true);
        tied.sum(Kind::Float).backward();
        assert_eq!(source.weight.grad(), ones(&[2, 2]));
    }
    // Neither a view nor a copy of it is it.
    for tensor in [frozen.weight.detach(), frozen.weight.detach().copy()] {
        let other = Parameter::new(tensor);
        assert!(other.requires_grad() && !other.grad().defined());
    }
}

#[test]
fn a_parameter_of_whole_numbers_is_refused_in_words() {
    let words = crate::panic_of(|| drop(Parameter::new(torch::tensor([1, 2]))));
    assert_eq!(words, "Only Tensors of floating point and complex dtype can require gradients");
}

#[derive(Debug, Module)]
struct Doubled {
    #[module(flatten)]
    base: nn::Linear,
    weight: Parameter,
}

#[test]
fn a_name_that_the_flattened_field_has_too_is_refused_in_words() {
    let doubled = Doubled { base: linear(), weight: parameter() };
    let words = crate::panic_of(|| drop(doubled.state_dict()));
    assert!(words.starts_with("Doubled has two members named 'weight'"), "{words}");
}

/// A struct with others of its kind inside.
#[derive(Debug, Module)]
struct Tree<M: Module> {
    value: M,
    branches: Vec<Tree<M>>,
    first: Option<Box<Tree<M>>>,
}

#[test]
fn a_generic_struct_may_hold_its_own_kind() {
    let leaf = || Tree { value: linear(), branches: Vec::new(), first: None };
    let tree = Tree { value: linear(), branches: vec![leaf()], first: Some(Box::new(leaf())) };
    let keys: Vec<_> = nn::deepcopy(&tree).state_dict().into_keys().collect();
    assert_eq!(keys, ["value.weight", "branches.0.value.weight", "first.value.weight"]);
}

/// Two that hold each other.
#[derive(Debug, Module)]
#[module(bound = "M: Module, T: Clone")]
struct Even<M: Module, T: std::fmt::Debug + Send + Sync + 'static> {
    value: M,
    odd: Option<Box<Odd<M, T>>>,
    #[module(skip)]
    label: T,
}

#[derive(Debug, Module)]
#[module(class = "Odd", bound = "M: Module, T: Clone")]
struct Odd<M: Module, T: std::fmt::Debug + Send + Sync + 'static> {
    even: Vec<Even<M, T>>,
}

#[test]
fn generic_structs_may_hold_each_other() {
    let even = |odd| Even { value: linear(), odd, label: "leaf" };
    let root = even(Some(Box::new(Odd { even: vec![even(None), even(None)] })));
    let copy = nn::deepcopy(&root);
    let keys: Vec<_> = copy.state_dict().into_keys().collect();
    assert_eq!(keys, ["value.weight", "odd.even.0.value.weight", "odd.even.1.value.weight"]);
    assert_eq!(copy.odd.unwrap().even[1].label, "leaf");
}

#[test]
fn a_module_in_two_places_is_one() {
    let layer = Shared::new(nn::Linear::new(2, 2));
    let model = nn::sequential!(layer.clone(), nn::ReLU::new(), layer.clone());
    let names: Vec<_> = model.named_modules().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["", "0", "1"]);
    assert_eq!(model.children().len(), 2);
    assert_eq!(
        model.to_string(),
        "\
Sequential(
  (0): Linear(in_features=2, out_features=2, bias=True)
  (1): ReLU()
  (2): Linear(in_features=2, out_features=2, bias=True)
)"
    );
    // A hook is called at each place, once.
    let calls = Rc::new(RefCell::new(0));
    let count = calls.clone();
    let handle = layer.register_forward_hook(move |module, _, _| {
        assert!(module.downcast_ref::<nn::Linear>().is_some());
        *count.borrow_mut() += 1;
        None
    });
    let _ = model.forward(&ones(&[1, 2]));
    let _ = layer.forward(&ones(&[1, 2]));
    handle.remove();
    assert_eq!(*calls.borrow(), 3);
    // Its path is the first.
    let message = crate::panic_of(|| drop(model.forward(&ones(&[1, 3]))));
    assert!(message.starts_with("in 0, a Linear(in_features=2"), "{message}");

    let copy = nn::deepcopy(&model);
    assert_eq!((copy.parameters().len(), copy.named_modules().len()), (2, 3));
    assert_eq!(copy.state_dict(), model.state_dict());
    let _ = no_grad(|| copy.parameters()[0].zero_());
    assert_eq!(copy.state_dict()["2.weight"], Tensor::zeros([2, 2], (Kind::Float, Device::Cpu)));
    assert_ne!(copy.state_dict()["0.weight"], model.state_dict()["0.weight"]);
}

#[test]
fn a_shared_module_says_so_on_another_thread() {
    let layer = Shared::new(nn::Linear::new(2, 2));
    let moved = layer.clone();
    let thread = std::thread::spawn(move || {
        let message = crate::panic_of(|| drop(moved.parameters()));
        // Dropping it here would count where another thread counts.
        std::mem::forget(moved);
        message
    });
    let message = thread.join().unwrap();
    assert!(
        message.starts_with("an nn::Shared module stays on the thread that made it"),
        "{message}"
    );
}

#[test]
fn what_was_computed_is_not_copied() {
    let computed = Buffer::new(&*parameter() * 2);
    let words = crate::panic_of(|| drop(nn::deepcopy(&Holder { computed })));
    assert!(
        words.starts_with("Only Tensors created explicitly by the user (graph leaves)"),
        "{words}"
    );
}

#[derive(Debug, Module)]
struct Holder {
    computed: Buffer,
}

#[derive(Debug, Module)]
#[allow(clippy::redundant_allocation)]
struct Boxed {
    twice: Box<Box<nn::Linear>>,
    weight: Box<Parameter>,
    #[allow(clippy::vec_box)]
    layers: Vec<Box<Option<nn::Linear>>>,
}

#[test]
fn a_box_is_what_it_holds() {
    let layer = || nn::Linear::options(2, 2).bias(false).build();
    let model = Boxed {
        twice: Box::new(Box::new(layer())),
        weight: Box::new(parameter()),
        layers: vec![Box::new(None), Box::new(Some(layer()))],
    };
    let keys = ["weight", "twice.weight", "layers.1.weight"];
    assert_eq!(model.state_dict().keys().collect::<Vec<_>>(), keys);
    assert_eq!(nn::deepcopy(&model).state_dict(), model.state_dict());
}

#[derive(Debug, Module)]
struct Several {
    layers: Vec<Option<nn::Linear>>,
}

#[test]
fn a_list_prints_none_as_python_does() {
    let layer = || Some(nn::Linear::new(2, 2));
    let model = Several { layers: vec![layer(), None, None, layer()] };
    let linear = "Linear(in_features=2, out_features=2, bias=True)";
    assert_eq!(
        model.to_string(),
        format!(
            "Several(\n  (layers): ModuleList(\n    (0): {linear}\n    (1-2): 2 x None\n    (3): \
             {linear}\n  )\n)"
        )
    );
}

#[test]
fn a_module_behind_forward_prints_itself() {
    let layer: Box<dyn nn::Forward> = Box::new(nn::Linear::new(2, 2));
    assert_eq!(layer.to_string(), nn::Linear::new(2, 2).to_string());
}

#[derive(Debug, Module)]
struct Masks {
    masks: Vec<Buffer>,
    one: Option<Buffer>,
}

#[test]
fn a_buffer_says_itself_that_it_is_not_saved() {
    let mask = || Buffer::options(torch::ones(2)).persistent(false).build();
    let model = Masks { masks: vec![Buffer::new(torch::ones(2)), mask()], one: Some(mask()) };
    let keys = |model: &Masks| model.state_dict().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&model), ["masks.0"]);
    assert_eq!(keys(&nn::deepcopy(&model)), ["masks.0"]);
    assert_eq!(model.buffers().len(), 3);
    let tied = Masks { masks: vec![model.masks[1].tie()], one: None };
    assert!(keys(&tied).is_empty());
}

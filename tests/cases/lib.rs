//! The cases that this crate is compared with PyTorch in: the twin of `scripts/cases`, file by
//! file. The same names, the same constructors, the same inputs. A crate of its own, since the
//! tests and `scripts/parity` both link it.
//!
//! `cargo test` compares what [`run`] gives with the recorded fixture, within a tolerance;
//! `scripts/parity` with a living Python, bit for bit.
// Python's `1:-1` is `1..-1` here, which clippy takes for a mistake.
#![allow(clippy::reversed_empty_ranges)]

mod activation;
mod amp;
mod attention;
mod container;
mod convolution;
mod data;
mod distance;
mod dropout;
mod embedding;
mod functional;
mod grad_scaler;
mod index;
mod init;
mod keywords;
mod linear;
mod loss;
mod models;
mod norm;
mod optimizer;
mod padding;
pub mod pairs;
pub mod planted;
mod pooling;
mod recurrent;
mod scheduler;
mod shape;
mod sharing;
mod swa;
mod tensor;
mod transforms;
mod utils;

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use flambeau::nn::{Forward, Module, StateDict};
use flambeau::prelude::*;

/// What a case computes, by name.
pub type Case = Box<dyn Fn() -> StateDict>;

/// All cases, by family.
pub fn families() -> Vec<(&'static str, Vec<(&'static str, Case)>)> {
    vec![
        ("linear layers", linear::cases()),
        ("convolutions", convolution::cases()),
        ("pooling", pooling::cases()),
        ("activations", activation::cases()),
        ("normalisation", norm::cases()),
        ("dropout", dropout::cases()),
        ("padding", padding::cases()),
        ("shapes", shape::cases()),
        ("embeddings", embedding::cases()),
        ("containers", container::cases()),
        ("shared weights and copies", sharing::cases()),
        ("losses", loss::cases()),
        ("distances", distance::cases()),
        ("recurrent layers", recurrent::cases()),
        ("attention and transformers", attention::cases()),
        ("initial values", init::cases()),
        ("functions", functional::cases()),
        ("keywords of functions", keywords::cases()),
        ("indexing", index::cases()),
        ("functions of tensors", tensor::cases()),
        ("from Python to Rust", pairs::cases()),
        ("models", models::cases()),
        ("optimizers", optimizer::cases()),
        ("schedulers", scheduler::cases()),
        ("averaged models", swa::cases()),
        ("utilities", utils::cases()),
        ("samplers and loaders", data::cases()),
        ("transforms", transforms::cases()),
        ("bf16 and channels last", amp::cases()),
        ("gradient scaling", grad_scaler::cases()),
    ]
}

/// All cases in the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    families().into_iter().flat_map(|(_family, cases)| cases).collect()
}

/// Runs a case after `manual_seed(0)`; the generator's state at the end is part of the result.
pub fn run(case: &Case) -> StateDict {
    random::manual_seed(0);
    let mut result = case();
    result.insert("rng_state".into(), random::get_rng_state());
    result
}

/// The message of the panic that `work` ends in, if it does: none is printed.
fn panic_of(work: impl FnOnce()) -> Option<String> {
    thread_local! {
        static QUIET: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                print(info);
            }
        }));
    });
    QUIET.set(true);
    let ended = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    let payload = ended.err()?;
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| payload.downcast::<String>().ok().map(|text| *text))
}

fn text(string: &str) -> Tensor {
    Tensor::from_slice(string.as_bytes())
}

fn randn(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, Device::Cpu)).set_requires_grad(true)
}

/// A layer of one input: its initial weights, print, keys, output and all gradients.
fn layer<M: Forward + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [randn(shape)];
        let output = nn::call(&module, &inputs[0]);
        results(&module, &module.to_string(), &inputs, output)
    })
}

/// A layer that acts otherwise in evaluation: what `layer` tells, and its output there.
fn both_modes<M: Forward + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [randn(shape)];
        let output = nn::call(&module, &inputs[0]);
        let mut result = results(&module, &module.to_string(), &inputs, output);
        module.eval();
        result.insert("evaluated".into(), nn::call(&module, &inputs[0]).detach());
        result
    })
}

/// A function of `nn::functional`: its output and its gradient.
fn function(compute: impl Fn(&Tensor) -> Tensor + 'static, shape: &'static [i64]) -> Case {
    Box::new(move || {
        let input = randn(shape);
        let output = compute(&input);
        output.backward_with(&output.randn_like());
        StateDict::from([
            ("input.0".to_string(), input.detach()),
            ("input.0.grad".to_string(), input.grad()),
            ("output".to_string(), output.detach()),
        ])
    })
}

/// A layer or a loss that is called in a way of its own: what `layer` tells.
fn function_of<M: Module + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    compute: impl Fn(&M, &Tensor) -> Tensor + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [randn(shape)];
        let output = compute(&module, &inputs[0]);
        results(&module, &module.to_string(), &inputs, output)
    })
}

/// A layer that overwrites its input: what `layer` tells, of an input that it has overwritten.
fn overwriting<M: Forward + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    shape: &'static [i64],
) -> Case {
    let compute = |module: &M, x: &Tensor| {
        let overwritten = x * 2;
        let _ = nn::call(module, &overwritten);
        overwritten
    };
    function_of(build, compute, shape)
}

/// A layer without options, on numbers of twice the length.
fn double<M: Forward + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [Tensor::randn(shape, (Kind::Double, Device::Cpu)).set_requires_grad(true)];
        let output = nn::call(&module, &inputs[0]);
        results(&module, &module.to_string(), &inputs, output)
    })
}

fn ones(shape: &[i64]) -> Tensor {
    Tensor::ones(shape, (Kind::Float, Device::Cpu))
}

fn results(module: &dyn Module, print: &str, inputs: &[Tensor], output: Tensor) -> StateDict {
    output.backward_with(&output.randn_like());
    let result = StateDict::from([("output".to_string(), output.detach())]);
    described(module, print, inputs, result)
}

/// The result with the module's inputs, weights, all gradients, print and keys.
fn described(
    module: &dyn Module,
    print: &str,
    inputs: &[Tensor],
    mut result: StateDict,
) -> StateDict {
    for (i, input) in inputs.iter().enumerate() {
        result.insert(format!("input.{i}"), input.detach());
        if input.requires_grad() {
            result.insert(format!("input.{i}.grad"), input.grad());
        }
    }
    for (name, parameter) in module.named_parameters() {
        result.insert(format!("{name}.grad"), parameter.grad());
    }
    let state = module.state_dict();
    let keys: Vec<_> = state.keys().map(String::as_str).collect();
    result.insert("keys".into(), text(&keys.join("\n")));
    result.insert("print".into(), text(print));
    result.extend(state);
    result
}

/// Python's `output.backward(gradient)`, which tch lacks: the gradient of their product's sum.
trait BackwardWith {
    fn backward_with(&self, gradient: &Tensor);
}

impl BackwardWith for Tensor {
    fn backward_with(&self, gradient: &Tensor) {
        (self * gradient).sum(self.kind()).backward();
    }
}

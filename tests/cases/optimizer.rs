//! Optimizers.

use flambeau::optim::{Adam, Optimizer, Sgd};

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("sgd", optimizer(|p| Sgd::new(p, 0.1))),
        ("sgd_momentum", optimizer(|p| Sgd::options(p).lr(0.1).momentum(0.9).build())),
        (
            "sgd_dampening",
            optimizer(|p| Sgd::options(p).lr(0.1).momentum(0.9).dampening(0.5).build()),
        ),
        (
            "sgd_nesterov",
            optimizer(|p| Sgd::options(p).lr(0.1).momentum(0.9).nesterov(true).build()),
        ),
        ("sgd_weight_decay", optimizer(|p| Sgd::options(p).lr(0.1).weight_decay(0.1).build())),
        ("sgd_maximize", optimizer(|p| Sgd::options(p).lr(0.01).maximize(true).build())),
        (
            "sgd_all",
            optimizer(|p| {
                let sgd = Sgd::options(p).lr(0.01).momentum(0.9).weight_decay(0.1);
                sgd.nesterov(true).maximize(true).build()
            }),
        ),
        ("sgd_fused", optimizer(|p| Sgd::options(p).lr(0.1).fused(true).build())),
        (
            "sgd_fused_all",
            optimizer(|p| {
                let sgd = Sgd::options(p).lr(0.1).momentum(0.9).weight_decay(0.1);
                sgd.nesterov(true).fused(true).build()
            }),
        ),
        ("adam", optimizer(|p| Adam::new(p, 1e-2))),
        (
            "adam_betas_eps",
            optimizer(|p| Adam::options(p).lr(1e-2).betas((0.8, 0.9)).eps(1e-3).build()),
        ),
        ("adam_weight_decay", optimizer(|p| Adam::options(p).lr(1e-2).weight_decay(0.1).build())),
        ("adam_amsgrad", optimizer(|p| Adam::options(p).lr(1e-2).amsgrad(true).build())),
        ("adam_maximize", optimizer(|p| Adam::options(p).lr(1e-2).maximize(true).build())),
        (
            "adam_all",
            optimizer(|p| {
                let adam = Adam::options(p).lr(1e-2).betas((0.8, 0.9)).weight_decay(0.1);
                adam.amsgrad(true).maximize(true).build()
            }),
        ),
        ("adam_fused", optimizer(|p| Adam::options(p).lr(1e-2).fused(true).build())),
        (
            "adam_fused_all",
            optimizer(|p| {
                let adam = Adam::options(p).lr(1e-2).betas((0.8, 0.9)).weight_decay(0.1);
                adam.amsgrad(true).fused(true).build()
            }),
        ),
    ]
}

/// What an optimizer keeps of its parameters, under Python's names.
trait Kept: Optimizer {
    fn kept(&self) -> StateDict;
}

impl Kept for Sgd {
    fn kept(&self) -> StateDict {
        let buffers = self.momentum_buffers().into_iter().enumerate();
        let named = |(i, buffer): (usize, Option<&Tensor>)| {
            Some((format!("state.{i}.momentum_buffer"), buffer?.shallow_clone()))
        };
        buffers.filter_map(named).collect()
    }
}

impl Kept for Adam {
    fn kept(&self) -> StateDict {
        let mut kept = StateDict::new();
        for (i, state) in self.state().iter().enumerate() {
            let state = state.as_ref().expect("every parameter has had a gradient");
            let mut keep = |name, tensor: &Tensor| {
                kept.insert(format!("state.{i}.{name}"), tensor.shallow_clone());
            };
            keep("step", &state.step);
            keep("exp_avg", &state.exp_avg);
            keep("exp_avg_sq", &state.exp_avg_sq);
            if let Some(max) = &state.max_exp_avg_sq {
                keep("max_exp_avg_sq", max);
            }
        }
        kept
    }
}

/// An optimizer: the weights, and what it keeps of them, after ten steps.
fn optimizer<O: Kept>(build: impl Fn(Vec<Tensor>) -> O + 'static) -> Case {
    Box::new(move || {
        let model = nn::sequential!(nn::Linear::new(6, 5), nn::ReLU::new(), nn::Linear::new(5, 3));
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        let mut algorithm = build(model.parameters());
        for _ in 0..10 {
            algorithm.zero_grad();
            model.forward(&x).square().mean(None).backward();
            algorithm.step();
        }
        let mut result = model.state_dict();
        result.extend(algorithm.kept());
        result
    })
}

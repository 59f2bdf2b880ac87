//! Optimizers, each over fifty steps.

use flambeau::object::{Key, Object};
use flambeau::optim::*;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("sgd", optimizer(|p| SGD::options(p).lr(0.1).build())),
        ("sgd_momentum", optimizer(|p| SGD::options(p).lr(0.1).momentum(0.9).build())),
        (
            "sgd_dampening",
            optimizer(|p| SGD::options(p).lr(0.1).momentum(0.9).dampening(0.5).build()),
        ),
        (
            "sgd_nesterov",
            optimizer(|p| SGD::options(p).lr(0.1).momentum(0.9).nesterov(true).build()),
        ),
        ("sgd_weight_decay", optimizer(|p| SGD::options(p).lr(0.1).weight_decay(0.1).build())),
        ("sgd_maximize", optimizer(|p| SGD::options(p).lr(0.001).maximize(true).build())),
        (
            "sgd_all",
            optimizer(|p| {
                SGD::options(p)
                    .lr(0.001)
                    .momentum(0.9)
                    .weight_decay(0.1)
                    .nesterov(true)
                    .maximize(true)
                    .build()
            }),
        ),
        ("sgd_fused", optimizer(|p| SGD::options(p).lr(0.1).fused(true).build())),
        (
            "sgd_fused_momentum",
            optimizer(|p| SGD::options(p).lr(0.1).momentum(0.9).dampening(0.5).fused(true).build()),
        ),
        (
            "sgd_fused_all",
            optimizer(|p| {
                SGD::options(p)
                    .lr(0.001)
                    .momentum(0.9)
                    .weight_decay(0.1)
                    .nesterov(true)
                    .maximize(true)
                    .fused(true)
                    .build()
            }),
        ),
        ("adam", optimizer(|p| Adam::options(p).lr(0.01).build())),
        ("adam_betas", late(optimizer(|p| Adam::options(p).lr(0.01).betas((0.8, 0.9)).build()))),
        (
            "adam_beta_of_a_half",
            optimizer(|p| Adam::options(p).lr(0.01).betas((0.5, 0.999)).build()),
        ),
        (
            "adam_beta_of_nearly_one",
            late(optimizer(|p| Adam::options(p).lr(0.01).betas((0.99, 0.5)).build())),
        ),
        ("adam_eps", optimizer(|p| Adam::options(p).lr(0.01).eps(1e-3).build())),
        ("adam_weight_decay", optimizer(|p| Adam::options(p).lr(0.01).weight_decay(0.1).build())),
        ("adam_amsgrad", optimizer(|p| Adam::options(p).lr(0.01).amsgrad(true).build())),
        ("adam_maximize", optimizer(|p| Adam::options(p).lr(0.01).maximize(true).build())),
        (
            "adam_all",
            optimizer(|p| {
                Adam::options(p)
                    .lr(0.01)
                    .betas((0.8, 0.9))
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .amsgrad(true)
                    .maximize(true)
                    .build()
            }),
        ),
        ("adam_fused", optimizer(|p| Adam::options(p).lr(0.01).fused(true).build())),
        (
            "adam_fused_amsgrad",
            optimizer(|p| Adam::options(p).lr(0.01).amsgrad(true).fused(true).build()),
        ),
        (
            "adam_fused_all",
            optimizer(|p| {
                Adam::options(p)
                    .lr(0.01)
                    .betas((0.8, 0.9))
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .amsgrad(true)
                    .maximize(true)
                    .fused(true)
                    .build()
            }),
        ),
        ("adamw", optimizer(|p| AdamW::options(p).lr(0.01).build())),
        ("adamw_betas", optimizer(|p| AdamW::options(p).lr(0.01).betas((0.8, 0.9)).build())),
        ("adamw_eps", optimizer(|p| AdamW::options(p).lr(0.01).eps(1e-3).build())),
        ("adamw_weight_decay", optimizer(|p| AdamW::options(p).lr(0.01).weight_decay(0.1).build())),
        ("adamw_amsgrad", optimizer(|p| AdamW::options(p).lr(0.01).amsgrad(true).build())),
        ("adamw_maximize", optimizer(|p| AdamW::options(p).lr(0.01).maximize(true).build())),
        (
            "adamw_all",
            optimizer(|p| {
                AdamW::options(p)
                    .lr(0.01)
                    .betas((0.8, 0.9))
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .amsgrad(true)
                    .maximize(true)
                    .build()
            }),
        ),
        ("adamw_fused", optimizer(|p| AdamW::options(p).lr(0.01).fused(true).build())),
        (
            "adamw_fused_amsgrad",
            optimizer(|p| AdamW::options(p).lr(0.01).amsgrad(true).fused(true).build()),
        ),
        (
            "adamw_fused_all",
            optimizer(|p| {
                AdamW::options(p)
                    .lr(0.01)
                    .betas((0.8, 0.9))
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .amsgrad(true)
                    .maximize(true)
                    .fused(true)
                    .build()
            }),
        ),
        (
            "adam_decoupled",
            optimizer(|p| {
                Adam::options(p).lr(0.01).weight_decay(0.1).decoupled_weight_decay(true).build()
            }),
        ),
        (
            "adam_fused_decoupled",
            optimizer(|p| {
                Adam::options(p)
                    .lr(0.01)
                    .weight_decay(0.1)
                    .decoupled_weight_decay(true)
                    .fused(true)
                    .build()
            }),
        ),
        ("adamax", optimizer(|p| Adamax::options(p).lr(0.01).build())),
        (
            "adamax_betas",
            late(optimizer(|p| Adamax::options(p).lr(0.01).betas((0.8, 0.9)).build())),
        ),
        ("adamax_eps", optimizer(|p| Adamax::options(p).lr(0.01).eps(1e-3).build())),
        (
            "adamax_weight_decay",
            optimizer(|p| Adamax::options(p).lr(0.01).weight_decay(0.1).build()),
        ),
        ("adamax_maximize", optimizer(|p| Adamax::options(p).lr(0.01).maximize(true).build())),
        (
            "adamax_all",
            optimizer(|p| {
                Adamax::options(p)
                    .lr(0.01)
                    .betas((0.8, 0.9))
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .maximize(true)
                    .build()
            }),
        ),
        ("nadam", optimizer(|p| NAdam::options(p).lr(0.01).build())),
        ("nadam_betas", late(optimizer(|p| NAdam::options(p).lr(0.01).betas((0.8, 0.9)).build()))),
        ("nadam_eps", optimizer(|p| NAdam::options(p).lr(0.01).eps(1e-3).build())),
        ("nadam_weight_decay", optimizer(|p| NAdam::options(p).lr(0.01).weight_decay(0.1).build())),
        (
            "nadam_momentum_decay",
            optimizer(|p| NAdam::options(p).lr(0.01).momentum_decay(0.1).build()),
        ),
        (
            "nadam_decoupled",
            optimizer(|p| {
                NAdam::options(p).lr(0.01).weight_decay(0.1).decoupled_weight_decay(true).build()
            }),
        ),
        ("nadam_maximize", optimizer(|p| NAdam::options(p).lr(0.01).maximize(true).build())),
        (
            "nadam_all",
            optimizer(|p| {
                NAdam::options(p)
                    .lr(0.01)
                    .betas((0.8, 0.9))
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .momentum_decay(0.1)
                    .decoupled_weight_decay(true)
                    .maximize(true)
                    .build()
            }),
        ),
        ("radam", optimizer(|p| RAdam::options(p).lr(0.01).build())),
        ("radam_betas", optimizer(|p| RAdam::options(p).lr(0.01).betas((0.8, 0.9)).build())),
        ("radam_eps", optimizer(|p| RAdam::options(p).lr(0.01).eps(1e-3).build())),
        ("radam_weight_decay", optimizer(|p| RAdam::options(p).lr(0.01).weight_decay(0.1).build())),
        (
            "radam_decoupled",
            optimizer(|p| {
                RAdam::options(p).lr(0.01).weight_decay(0.1).decoupled_weight_decay(true).build()
            }),
        ),
        ("radam_maximize", optimizer(|p| RAdam::options(p).lr(0.01).maximize(true).build())),
        (
            "radam_all",
            optimizer(|p| {
                RAdam::options(p)
                    .lr(0.01)
                    .betas((0.8, 0.9))
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .decoupled_weight_decay(true)
                    .maximize(true)
                    .build()
            }),
        ),
        ("rmsprop", optimizer(|p| RMSprop::options(p).lr(0.001).build())),
        ("rmsprop_alpha", optimizer(|p| RMSprop::options(p).lr(0.001).alpha(0.9).build())),
        ("rmsprop_eps", optimizer(|p| RMSprop::options(p).lr(0.001).eps(1e-3).build())),
        (
            "rmsprop_weight_decay",
            optimizer(|p| RMSprop::options(p).lr(0.001).weight_decay(0.1).build()),
        ),
        ("rmsprop_momentum", optimizer(|p| RMSprop::options(p).lr(0.001).momentum(0.9).build())),
        ("rmsprop_centered", optimizer(|p| RMSprop::options(p).lr(0.001).centered(true).build())),
        ("rmsprop_maximize", optimizer(|p| RMSprop::options(p).lr(0.001).maximize(true).build())),
        (
            "rmsprop_all",
            optimizer(|p| {
                RMSprop::options(p)
                    .lr(0.001)
                    .alpha(0.9)
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .momentum(0.9)
                    .centered(true)
                    .maximize(true)
                    .build()
            }),
        ),
        ("adagrad", optimizer(|p| Adagrad::options(p).lr(0.1).build())),
        ("adagrad_lr_decay", optimizer(|p| Adagrad::options(p).lr(0.1).lr_decay(0.1).build())),
        (
            "adagrad_weight_decay",
            optimizer(|p| Adagrad::options(p).lr(0.1).weight_decay(0.1).build()),
        ),
        (
            "adagrad_accumulator",
            optimizer(|p| Adagrad::options(p).lr(0.1).initial_accumulator_value(0.5).build()),
        ),
        ("adagrad_eps", optimizer(|p| Adagrad::options(p).lr(0.1).eps(1e-3).build())),
        ("adagrad_maximize", optimizer(|p| Adagrad::options(p).lr(0.1).maximize(true).build())),
        (
            "adagrad_all",
            optimizer(|p| {
                Adagrad::options(p)
                    .lr(0.1)
                    .lr_decay(0.1)
                    .weight_decay(0.1)
                    .initial_accumulator_value(0.5)
                    .eps(1e-3)
                    .maximize(true)
                    .build()
            }),
        ),
        ("adagrad_fused", optimizer(|p| Adagrad::options(p).lr(0.1).fused(true).build())),
        (
            "adagrad_fused_all",
            optimizer(|p| {
                Adagrad::options(p)
                    .lr(0.1)
                    .lr_decay(0.1)
                    .weight_decay(0.1)
                    .initial_accumulator_value(0.5)
                    .eps(1e-3)
                    .maximize(true)
                    .fused(true)
                    .build()
            }),
        ),
        ("adadelta", optimizer(|p| Adadelta::options(p).lr(0.5).build())),
        ("adadelta_rho", optimizer(|p| Adadelta::options(p).lr(0.5).rho(0.5).build())),
        ("adadelta_eps", optimizer(|p| Adadelta::options(p).lr(0.5).eps(1e-3).build())),
        (
            "adadelta_weight_decay",
            optimizer(|p| Adadelta::options(p).lr(0.5).weight_decay(0.1).build()),
        ),
        ("adadelta_maximize", optimizer(|p| Adadelta::options(p).lr(0.5).maximize(true).build())),
        (
            "adadelta_all",
            optimizer(|p| {
                Adadelta::options(p)
                    .lr(0.5)
                    .rho(0.5)
                    .eps(1e-3)
                    .weight_decay(0.1)
                    .maximize(true)
                    .build()
            }),
        ),
        (
            "sgd_resumed",
            resumed(|p, lr| SGD::options(p).lr(lr.unwrap_or(0.1)).momentum(0.9).build()),
        ),
        (
            "adam_resumed",
            resumed(|p, lr| Adam::options(p).lr(lr.unwrap_or(0.01)).amsgrad(true).build()),
        ),
        (
            "adamw_fused_resumed",
            resumed(|p, lr| AdamW::options(p).lr(lr.unwrap_or(0.01)).fused(true).build()),
        ),
        ("nadam_resumed", resumed(|p, lr| NAdam::new(p, lr.unwrap_or(0.01)))),
        (
            "rmsprop_resumed",
            late(resumed(|p, lr| {
                let rmsprop = RMSprop::options(p).lr(lr.unwrap_or(0.01));
                rmsprop.momentum(0.9).centered(true).build()
            })),
        ),
        ("adagrad_resumed", resumed(|p, lr| Adagrad::new(p, lr.unwrap_or(0.1)))),
        (
            "sgd_groups",
            grouped(|first, second| {
                let mut sgd = SGD::options(first).lr(0.1).momentum(0.9).build();
                sgd.add_param_group(second, |group| {
                    group.lr = 0.01;
                    group.momentum = 0.5;
                });
                sgd
            }),
        ),
        (
            "adam_groups",
            grouped(|first, second| {
                let mut adam = Adam::new(first, 0.01);
                adam.add_param_group(second, |group| group.betas = (0.5, 0.9));
                adam
            }),
        ),
        ("muon", late(matrices(|p| Muon::new(p, 0.02)))),
        (
            "muon_plain",
            late(matrices(|p| {
                let muon = Muon::options(p).lr(0.02).momentum(0.8);
                muon.nesterov(false).weight_decay(0.0).build()
            })),
        ),
        (
            "muon_all",
            matrices(|p| {
                let muon = Muon::options(p).lr(0.02).weight_decay(0.2).momentum(0.9);
                let muon = muon.ns_coefficients((3.0, -4.0, 2.0)).eps(1e-3).ns_steps(3);
                muon.adjust_lr_fn("match_rms_adamw").build()
            }),
        ),
        ("lbfgs", lbfgs(Kind::Float, false, |p| LBFGS::options(p).max_iter(2).build())),
        (
            "lbfgs_slow",
            lbfgs(Kind::Float, false, |p| {
                LBFGS::options(p).lr(0.1).max_iter(4).history_size(5).build()
            }),
        ),
        (
            "lbfgs_tolerances",
            late(lbfgs(Kind::Float, false, |p| {
                LBFGS::options(p).tolerance_grad(1e-2).tolerance_change(1e-4).build()
            })),
        ),
        (
            "lbfgs_double",
            lbfgs(Kind::Double, false, |p| LBFGS::options(p).lr(0.7).max_iter(3).build()),
        ),
        (
            "lbfgs_resumed",
            lbfgs(Kind::Float, true, |p| LBFGS::options(p).lr(0.5).max_iter(3).build()),
        ),
        (
            "lbfgs_wolfe",
            lbfgs(Kind::Float, false, |p| {
                LBFGS::options(p).max_iter(4).line_search_fn("strong_wolfe").build()
            }),
        ),
        (
            "lbfgs_wolfe_all",
            lbfgs(Kind::Float, false, |p| {
                let lbfgs = LBFGS::options(p).lr(0.8).max_iter(5).max_eval(9).tolerance_grad(1e-6);
                let lbfgs = lbfgs.tolerance_change(1e-8).history_size(3);
                lbfgs.line_search_fn("strong_wolfe").build()
            }),
        ),
        (
            "lbfgs_wolfe_double",
            lbfgs(Kind::Double, false, |p| {
                LBFGS::options(p).max_iter(4).line_search_fn("strong_wolfe").build()
            }),
        ),
        (
            "lbfgs_wolfe_resumed",
            lbfgs(Kind::Float, true, |p| {
                LBFGS::options(p).max_iter(3).line_search_fn("strong_wolfe").build()
            }),
        ),
        ("lbfgs_valley", valley(|p| LBFGS::options(p).lr(0.1).build())),
        (
            "lbfgs_valley_wolfe",
            valley(|p| LBFGS::options(p).max_iter(2).line_search_fn("strong_wolfe").build()),
        ),
        (
            "lbfgs_valley_wolfe_far",
            valley(|p| {
                let lbfgs = LBFGS::options(p).lr(20.0).max_iter(1).max_eval(30);
                lbfgs.line_search_fn("strong_wolfe").build()
            }),
        ),
        ("sgd_sparse", rows(|p| SGD::new(p, 0.1))),
        ("adagrad_sparse", rows(|p| Adagrad::new(p, 0.1))),
        ("sgd_sparse_momentum", rows(|p| SGD::options(p).lr(0.01).momentum(0.9).build())),
        (
            "sgd_sparse_nesterov",
            rows(|p| {
                let sgd = SGD::options(p).lr(0.001).momentum(0.9).nesterov(true);
                sgd.maximize(true).build()
            }),
        ),
        (
            "adagrad_sparse_all",
            rows(|p| {
                let adagrad = Adagrad::options(p).lr(0.1).lr_decay(0.1).eps(1e-3);
                adagrad.initial_accumulator_value(0.5).maximize(true).build()
            }),
        ),
        ("sgd_twice", twice(|p| SGD::new(p, 0.1))),
        ("sgd_momentum_twice", twice(|p| SGD::options(p).lr(0.1).momentum(0.9).build())),
        (
            "sgd_all_twice",
            twice(|p| {
                let sgd = SGD::options(p).lr(0.01).momentum(0.9).weight_decay(0.1);
                sgd.nesterov(true).build()
            }),
        ),
        (
            "sgd_dampening_twice",
            twice(|p| SGD::options(p).lr(0.1).momentum(0.9).dampening(0.5).build()),
        ),
        (
            "sgd_fused_twice",
            twice(|p| SGD::options(p).lr(0.1).momentum(0.9).weight_decay(0.1).fused(true).build()),
        ),
        ("adam_twice", twice(|p| Adam::options(p).lr(0.01).weight_decay(0.1).build())),
        ("adam_amsgrad_twice", twice(|p| Adam::options(p).lr(0.01).amsgrad(true).build())),
        (
            "adam_fused_twice",
            twice(|p| Adam::options(p).lr(0.01).amsgrad(true).fused(true).build()),
        ),
        ("adamw_twice", twice(|p| AdamW::new(p, 0.01))),
        ("adamw_fused_twice", twice(|p| AdamW::options(p).lr(0.01).fused(true).build())),
        ("adamax_twice", twice(|p| Adamax::options(p).lr(0.01).weight_decay(0.1).build())),
        ("nadam_twice", twice(|p| NAdam::options(p).lr(0.01).weight_decay(0.1).build())),
        ("radam_twice", twice(|p| RAdam::options(p).lr(0.01).betas((0.8, 0.9)).build())),
        ("rmsprop_twice", twice(|p| RMSprop::new(p, 0.001))),
        (
            "rmsprop_all_twice",
            twice(|p| {
                let rmsprop = RMSprop::options(p).lr(0.001).weight_decay(0.1);
                rmsprop.momentum(0.9).centered(true).build()
            }),
        ),
        ("adagrad_twice", twice(|p| Adagrad::options(p).lr(0.1).lr_decay(0.1).build())),
        ("adagrad_fused_twice", twice(|p| Adagrad::options(p).lr(0.1).fused(true).build())),
        ("adadelta_twice", twice(|p| Adadelta::options(p).lr(0.5).weight_decay(0.1).build())),
        ("muon_twice", late(twice_of(|p| p.dim() == 2, |p| Muon::new(p, 0.02)))),
        ("lbfgs_twice", lbfgs_twice(|p| LBFGS::options(p).lr(0.5).max_iter(3).build())),
        (
            "lbfgs_wolfe_twice",
            lbfgs_twice(|p| LBFGS::options(p).max_iter(3).line_search_fn("strong_wolfe").build()),
        ),
        ("adam_twice_from_once", taken_over(&[0, 1, 2], &[0, 0, 2])),
        ("adam_once_from_twice", taken_over(&[0, 2, 0], &[0, 1, 2])),
        ("adam_twice_from_twice_elsewhere", taken_over(&[0, 1, 1], &[2, 1, 2])),
    ]
}

pub fn network() -> nn::Sequential {
    nn::sequential!(nn::Linear::new(6, 5), nn::ReLU::new(), nn::Linear::new(5, 3))
}

fn train(model: &nn::Sequential, x: &Tensor, algorithms: &mut [&mut dyn Optimizer], steps: usize) {
    for _ in 0..steps {
        algorithms.iter_mut().for_each(|algorithm| algorithm.zero_grad());
        model.forward(x).square().mean(None).backward();
        algorithms.iter_mut().for_each(|algorithm| algorithm.step());
    }
}

/// An option as numbers: of a text its bytes.
pub fn numbers(option: &Object) -> Vec<f64> {
    match option {
        Object::None => vec![],
        Object::Str(text) => text.bytes().map(f64::from).collect(),
        Object::Bool(truth) => vec![f64::from(*truth)],
        Object::List(values) | Object::Tuple(values) => values.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().expect("a number")],
    }
}

/// What an optimizer keeps of its parameters, and the options of its groups.
pub fn kept(algorithm: &dyn Optimizer, name: &str) -> StateDict {
    let state = algorithm.state_dict();
    let mut result = StateDict::new();
    for (i, state) in state.get("state").and_then(Object::as_dict).unwrap() {
        for (key, value) in state.as_dict().unwrap() {
            let (Key::Int(i), Key::Str(key)) = (i, key) else { panic!("{i} {key}") };
            let value = value.as_tensor().unwrap();
            let dense =
                if value.is_sparse() { value.to_dense(None, false) } else { value.detach() };
            result.insert(format!("{name}.{i}.{key}"), dense);
        }
    }
    result.extend(kept_of_groups(algorithm, name));
    result
}

fn kept_of_groups(algorithm: &dyn Optimizer, name: &str) -> StateDict {
    let state = algorithm.state_dict();
    let mut result = StateDict::new();
    let groups = state.get("param_groups").and_then(Object::as_slice).unwrap();
    for (i, group) in groups.iter().enumerate() {
        let mut entries: Vec<_> = group.as_dict().unwrap().iter().collect();
        entries.retain(|(key, _)| **key != Key::from("foreach"));
        let keys: Vec<_> =
            entries.iter().map(|(key, _)| key.to_string().replace('\'', "")).collect();
        entries.sort_by_key(|(key, _)| key.to_string());
        let values = entries.iter().flat_map(|(key, value)| match (key, value) {
            // None leaves the choice of the kernel to Python, which takes the loop.
            (Key::Str(name), Object::None) if &**name == "fused" => vec![0.0],
            (_, value) => numbers(value),
        });
        let values: Vec<_> = values.collect();
        result.insert(format!("{name}.group.{i}.keys"), text(&keys.join("\n")));
        result.insert(format!("{name}.group.{i}.values"), Tensor::from_slice(&values));
    }
    result
}

/// An optimizer: the weights, and what it keeps of them, after some steps.
fn optimizer<O: Optimizer>(build: impl Fn(Vec<Tensor>) -> O + 'static) -> Case {
    Box::new(move || {
        let model = network();
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        let mut algorithm = build(model.parameters());
        train(&model, &x, &mut [&mut algorithm], 50);
        let mut result = model.state_dict();
        result.extend(kept(&algorithm, "state"));
        result
    })
}

/// A training at whose end another processor's last bits, in Python too, have grown past the
/// reference's tolerance: from AVX-512 to AVX2 by up to a tenth. All but its options is late.
fn late(case: Case) -> Case {
    Box::new(move || {
        let stays = |key: &str| key.starts_with("late.") || key.contains(".group.");
        let name = |key: String| if stays(&key) { key } else { format!("late.{key}") };
        case().into_iter().map(|(key, value)| (name(key), value)).collect()
    })
}

/// Twenty-five steps, and as many by another optimizer that takes the first one's state over.
fn resumed<O: Optimizer>(build: impl Fn(Vec<Tensor>, Option<f64>) -> O + 'static) -> Case {
    Box::new(move || {
        let model = network();
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        let mut algorithm = build(model.parameters(), None);
        train(&model, &x, &mut [&mut algorithm], 25);
        let mut again = build(model.parameters(), Some(0.5));
        again.load_state_dict(&algorithm.state_dict()).expect("a state of the same optimizer");
        train(&model, &x, &mut [&mut again], 25);
        let mut result = model.state_dict();
        result.extend(kept(&again, "state"));
        result
    })
}

/// Two groups, the second with options of its own.
fn grouped<O: Optimizer>(build: impl Fn(Vec<Tensor>, Vec<Tensor>) -> O + 'static) -> Case {
    Box::new(move || {
        let model = network();
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        let mut first = model.parameters();
        let second = first.split_off(2);
        let mut algorithm = build(first, second);
        train(&model, &x, &mut [&mut algorithm], 50);
        let mut result = model.state_dict();
        result.extend(kept(&algorithm, "state"));
        result
    })
}

/// Muon for the matrices, AdamW for the rest.
fn matrices(build: impl Fn(Vec<Tensor>) -> Muon + 'static) -> Case {
    Box::new(move || {
        let model = network();
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        let (matrices, rest) = model.parameters().into_iter().partition(|p| p.dim() == 2);
        let (mut muon, mut adam) = (build(matrices), AdamW::new(rest, 1e-2));
        train(&model, &x, &mut [&mut muon, &mut adam], 50);
        let mut result = model.state_dict();
        result.extend(kept(&muon, "muon"));
        result.extend(kept(&adam, "adam"));
        result
    })
}

/// The first parameter and the last one given twice: ten steps, and as many by another optimizer that
/// takes the state over.
fn twice<O: Optimizer>(build: impl Fn(Vec<Tensor>) -> O + 'static) -> Case {
    twice_of(|_| true, build)
}

fn twice_of<O: Optimizer>(
    which: fn(&Tensor) -> bool,
    build: impl Fn(Vec<Tensor>) -> O + 'static,
) -> Case {
    Box::new(move || {
        let model = network();
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        let params: Vec<_> = model.parameters().into_iter().filter(which).collect();
        let mut algorithm = build(given_twice(&params));
        train(&model, &x, &mut [&mut algorithm], 10);
        let mut result = kept(&algorithm, "middle");
        let mut again = build(given_twice(&params));
        again.load_state_dict(&algorithm.state_dict()).expect("a state of the same optimizer");
        train(&model, &x, &mut [&mut again], 10);
        result.extend(model.state_dict());
        result.extend(kept(&again, "state"));
        copied(result)
    })
}

fn given_twice(params: &[Tensor]) -> Vec<Tensor> {
    let (first, last) = (&params[0], &params[params.len() - 1]);
    params.iter().chain([first, last]).map(Tensor::shallow_clone).collect()
}

fn copied(result: StateDict) -> StateDict {
    result.into_iter().map(|(key, value)| (key, value.detach().copy())).collect()
}

/// L-BFGS on parameters that are given twice.
fn lbfgs_twice(build: impl Fn(Vec<Tensor>) -> LBFGS + 'static) -> Case {
    Box::new(move || {
        let p = Tensor::randn([4], (Kind::Float, Device::Cpu)).set_requires_grad(true);
        let q = Tensor::randn([2], (Kind::Float, Device::Cpu)).set_requires_grad(true);
        let params = || given_twice(&[p.shallow_clone(), q.shallow_clone()]);
        let mut algorithm = build(params());
        let mut losses = vec![];
        for step in 0..6 {
            if step == 3 {
                let state = algorithm.state_dict();
                algorithm = build(params());
                algorithm.load_state_dict(&state).expect("a state of the same optimizer");
            }
            losses.push(algorithm.step(|| {
                p.shallow_clone().zero_grad();
                q.shallow_clone().zero_grad();
                let loss = (&p - 1.0).square().sum(None) * 0.1 + (&q + 1.0).square().sum(None);
                loss.backward();
                loss
            }));
        }
        let mut result = kept_of_groups(&algorithm, "state");
        let state = algorithm.state_dict();
        let numbers = state["state"].as_dict().unwrap().keys().map(Key::to_string);
        result.insert("numbers".into(), text(&numbers.collect::<Vec<_>>().join(" ")));
        result.insert("losses".into(), Tensor::from_slice(&losses));
        result.extend([("p".to_string(), p.detach()), ("q".to_string(), q.detach())]);
        result
    })
}

/// Adam's state of some of three parameters, by their places, in an Adam of others of them.
fn taken_over(from: &'static [usize], to: &'static [usize]) -> Case {
    Box::new(move || {
        let draw = |_| Tensor::randn([3], (Kind::Float, Device::Cpu)).set_requires_grad(true);
        let params: [Tensor; 3] = std::array::from_fn(draw);
        let of = |places: &[usize]| {
            Adam::new(places.iter().map(|&i| params[i].shallow_clone()).collect(), 0.01)
        };
        let step = |adam: &mut Adam| {
            adam.zero_grad();
            for p in &params {
                p.square().sum(None).backward();
            }
            adam.step();
        };
        let (mut first, mut second) = (of(from), of(to));
        step(&mut first);
        step(&mut first);
        second.load_state_dict(&first.state_dict()).expect("as many parameters");
        let mut result = copied(kept(&second, "loaded"));
        step(&mut second);
        result.extend(kept(&second, "state"));
        result.extend(params.iter().enumerate().map(|(i, p)| (format!("param.{i}"), p.detach())));
        result
    })
}

/// An embedding, whose gradient is sparse.
fn rows<O: Optimizer>(build: impl Fn(Vec<Tensor>) -> O + 'static) -> Case {
    Box::new(move || {
        let table = nn::Embedding::options(8, 3).sparse(true).build();
        let mut algorithm = build(table.parameters());
        for _ in 0..50 {
            algorithm.zero_grad();
            let indices = Tensor::randint(8, [4], (Kind::Int64, Device::Cpu));
            table.forward(&indices).square().sum(None).backward();
            algorithm.step();
        }
        let mut result = table.state_dict();
        result.extend(kept(&algorithm, "state"));
        result
    })
}

/// All numbers of a state's entry in a row.
fn numbers_in(value: &Object) -> Vec<f64> {
    match value {
        Object::List(values) => values.iter().flat_map(numbers_in).collect(),
        Object::Tensor(tensor) => Vec::try_from(tensor.to_kind(Kind::Double).view([-1])).unwrap(),
        number => numbers(number),
    }
}

/// L-BFGS: the weights after its first step; late, the losses, the weights, and what it keeps, but for
/// its scratch.
fn lbfgs(kind: Kind, resumed: bool, build: impl Fn(Vec<Tensor>) -> LBFGS + 'static) -> Case {
    Box::new(move || {
        let model = nn::sequential!(nn::Linear::new(6, 5), nn::Tanh::new(), nn::Linear::new(5, 3));
        model.to(kind).expect("a kind of real numbers");
        let x = Tensor::randn([64, 6], (Kind::Float, Device::Cpu)).to_kind(kind);
        let y = Tensor::randn([64, 3], (Kind::Float, Device::Cpu)).to_kind(kind);
        let mut algorithm = build(model.parameters());
        let weights = |when: &str| {
            let state = model.state_dict().into_iter();
            state.map(|(key, value)| (format!("{when}.{key}"), value.copy())).collect::<StateDict>()
        };
        let (mut losses, mut result) = (vec![], StateDict::new());
        for step in 0..50 {
            if resumed && step == 25 {
                let state = algorithm.state_dict();
                algorithm = LBFGS::new(model.parameters(), 0.5);
                algorithm.load_state_dict(&state).expect("a state of the same optimizer");
            }
            let loss = algorithm.step(|| {
                model.zero_grad();
                let loss = (model.forward(&x) - &y).square().mean(None);
                loss.backward();
                loss
            });
            losses.push(loss);
            if step == 0 {
                result = weights("begun");
            }
        }
        result.extend(weights("late"));
        let state = algorithm.state_dict();
        for (key, value) in state["state"].get(0).and_then(Object::as_dict).unwrap() {
            let Key::Str(key) = key else { panic!("{key}") };
            result.insert(format!("late.state.{key}"), Tensor::from_slice(&numbers_in(value)));
        }
        result.insert("late.losses".into(), Tensor::from_slice(&losses));
        result.extend(kept_of_groups(&algorithm, "state"));
        result
    })
}

/// L-BFGS along Rosenbrock's valley, which bends its line searches.
fn valley(build: impl Fn(Vec<Tensor>) -> LBFGS + 'static) -> Case {
    Box::new(move || {
        let p = Tensor::from_slice(&[-1.5_f32, 2.0]).set_requires_grad(true);
        let mut algorithm = build(vec![p.shallow_clone()]);
        let mut path = vec![];
        for _ in 0..50 {
            algorithm.step(|| {
                p.shallow_clone().zero_grad();
                let (x, y) = (p.get(0), p.get(1));
                let loss = (y - &x * &x).square() * 100.0 + (x - 1.0).square();
                loss.backward();
                path.push(p.detach().copy());
                loss
            });
        }
        let (begun, late) = (Tensor::stack(&path[..10], 0), Tensor::stack(&path, 0));
        StateDict::from([("begun".to_string(), begun), ("late.path".to_string(), late)])
    })
}

//! Gradient scaling: torch.amp.GradScaler with each optimizer.

use flambeau::amp::{GradScaler, GradScalerOptions, NewScale, autocast_options};
use flambeau::optim::*;

use super::optimizer::{kept, network, numbers};
use super::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
/// A scale that is no power of two shows in the last bits whether gradients are divided by it, or
/// multiplied by what.
const ODD: f64 = 1000.0 / 3.0;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let twice = Of {
        spoiled: &[(0, INF), (3, NAN)],
        scaler: || cpu().init_scale(ODD).build(),
        ..Of::default()
    };
    vec![
        (
            "scaler_growth",
            scaled(sgd, Of { scaler: || cpu().growth_interval(3).build(), ..Of::default() }),
        ),
        (
            "scaler_backoff",
            scaled(
                sgd,
                Of {
                    spoiled: &[(2, INF), (3, INF), (5, -INF)],
                    scaler: || cpu().init_scale(1024).build(),
                    ..Of::default()
                },
            ),
        ),
        (
            "scaler_nan",
            scaled(
                sgd,
                Of {
                    spoiled: &[(0, NAN), (6, NAN)],
                    scaler: || cpu().growth_interval(2).build(),
                    ..Of::default()
                },
            ),
        ),
        (
            "scaler_odd_factors",
            scaled(
                sgd,
                Of {
                    spoiled: &[(3, INF)],
                    scaler: || {
                        cpu()
                            .init_scale(ODD)
                            .growth_factor(1.7)
                            .backoff_factor(0.3)
                            .growth_interval(2)
                            .build()
                    },
                    ..Of::default()
                },
            ),
        ),
        (
            "scaler_growth_interval_1",
            scaled(
                sgd,
                Of {
                    spoiled: &[(4, NAN)],
                    scaler: || cpu().growth_interval(1).build(),
                    ..Of::default()
                },
            ),
        ),
        (
            "scaler_grows_to_the_largest",
            scaled(
                sgd,
                Of {
                    scaler: || {
                        let scaler = cpu().init_scale(2_f64.powi(125)).growth_interval(1);
                        scaler.growth_factor(1.9).build()
                    },
                    ..Of::default()
                },
            ),
        ),
        (
            "scaler_below_1",
            scaled(
                sgd,
                Of {
                    spoiled: &[
                        (0, INF),
                        (1, INF),
                        (2, INF),
                        (3, INF),
                        (4, INF),
                        (5, INF),
                        (6, INF),
                        (7, INF),
                    ],
                    scaler: || cpu().init_scale(2).build(),
                    ..Of::default()
                },
            ),
        ),
        (
            "scaler_disabled",
            scaled(
                sgd,
                Of { scaler: || cpu().enabled(false).growth_factor(0.5).build(), ..Of::default() },
            ),
        ),
        (
            "scaler_clipped",
            scaled(
                sgd,
                Of { clip: Some(0.1), scaler: || cpu().init_scale(ODD).build(), ..Of::default() },
            ),
        ),
        ("scaler_clipped_inf", scaled(sgd, Of { spoiled: &[(1, INF)], clip: Some(0.1), ..twice })),
        ("scaler_double", scaled(sgd, Of { spoiled: &[(1, INF)], kind: Kind::Double, ..twice })),
        ("scaler_new_scale", Box::new(new_scales)),
        ("scaler_resumed", Box::new(|| resumed(false))),
        ("scaler_resumed_after_its_first", Box::new(|| resumed(true))),
        ("scaler_two_optimizers", Box::new(|| two_optimizers(false))),
        ("scaler_two_optimizers_fused", Box::new(|| two_optimizers(true))),
        ("scaler_setters", Box::new(setters)),
        ("scaler_accumulated", Box::new(accumulated)),
        ("scaler_sparse", Box::new(sparse)),
        ("scaler_several_kinds", Box::new(several_kinds)),
        ("scaler_kinds_of_outputs", Box::new(kinds_of_outputs)),
        ("scaler_half", Box::new(half)),
        ("scaler_sgd_momentum", scaled(|p| SGD::options(p).lr(0.1).momentum(0.9).build(), twice)),
        ("scaler_sgd_fused", scaled(|p| SGD::options(p).lr(0.1).fused(true).build(), twice)),
        (
            "scaler_sgd_fused_momentum",
            scaled(
                |p| {
                    SGD::options(p)
                        .lr(0.1)
                        .momentum(0.9)
                        .nesterov(true)
                        .weight_decay(0.1)
                        .fused(true)
                        .build()
                },
                Of { spoiled: &[(2, INF), (3, NAN)], ..twice },
            ),
        ),
        ("scaler_adam", scaled(|p| Adam::new(p, 0.01), twice)),
        ("scaler_adam_fused", scaled(|p| Adam::options(p).lr(0.01).fused(true).build(), twice)),
        (
            "scaler_adam_fused_all",
            scaled(
                |p| {
                    Adam::options(p)
                        .lr(0.01)
                        .weight_decay(0.1)
                        .amsgrad(true)
                        .maximize(true)
                        .fused(true)
                        .build()
                },
                Of {
                    spoiled: &[(2, -INF)],
                    scaler: || cpu().init_scale(ODD).growth_interval(2).build(),
                    ..Of::default()
                },
            ),
        ),
        (
            "scaler_adam_fused_clipped",
            scaled(
                |p| Adam::options(p).lr(0.01).fused(true).build(),
                Of { spoiled: &[(2, INF)], clip: Some(0.1), ..twice },
            ),
        ),
        ("scaler_adamw", scaled(|p| AdamW::new(p, 0.01), twice)),
        ("scaler_adamw_fused", scaled(|p| AdamW::options(p).lr(0.01).fused(true).build(), twice)),
        ("scaler_adagrad", scaled(|p| Adagrad::new(p, 0.1), twice)),
        (
            "scaler_adagrad_fused",
            scaled(|p| Adagrad::options(p).lr(0.1).lr_decay(0.1).fused(true).build(), twice),
        ),
        ("scaler_adadelta", scaled(|p| Adadelta::new(p, 0.5), twice)),
        ("scaler_adamax", scaled(|p| Adamax::new(p, 0.01), twice)),
        ("scaler_nadam", scaled(|p| NAdam::new(p, 0.01), twice)),
        ("scaler_radam", scaled(|p| RAdam::new(p, 0.01), twice)),
        ("scaler_rmsprop", scaled(|p| RMSprop::new(p, 0.001), twice)),
        (
            "scaler_muon",
            scaled(
                |p| Muon::new(p.into_iter().filter(|p| p.dim() == 2).collect(), 0.02),
                Of { steps: 4, spoiled: &[(0, INF), (2, NAN)], ..twice },
            ),
        ),
    ]
}

fn cpu() -> GradScalerOptions {
    GradScaler::options(Device::Cpu)
}

fn sgd(params: Vec<Tensor>) -> SGD {
    SGD::new(params, 0.1)
}

/// What `scaled` goes by.
#[derive(Clone, Copy)]
struct Of {
    steps: i32,
    /// In which step a gradient comes to be what.
    spoiled: &'static [(i32, f64)],
    clip: Option<f64>,
    kind: Kind,
    scaler: fn() -> GradScaler,
}

impl Default for Of {
    fn default() -> Self {
        let scaler = || GradScaler::new(Device::Cpu);
        Self { steps: 8, spoiled: &[], clip: None, kind: Kind::Float, scaler }
    }
}

/// The scaler's state, and its keys.
fn state(scaler: &GradScaler, name: &str) -> StateDict {
    let state = scaler.state_dict();
    let entries = || state.as_dict().unwrap().iter();
    let keys: Vec<_> = entries().map(|(key, _)| key.as_str().unwrap()).collect();
    let values: Vec<_> = entries().flat_map(|(_, value)| numbers(value)).collect();
    StateDict::from([
        (format!("{name}.keys"), text(&keys.join("\n"))),
        (format!("{name}.values"), Tensor::from_slice(&values)),
        (format!("{name}.scale"), Tensor::from(scaler.get_scale())),
    ])
}

/// Sets one number of a gradient.
fn spoil(param: &Tensor, at: &[i64], value: f64) {
    let number = at.iter().fold(param.grad(), |part, &i| part.get(i));
    let _ = no_grad(|| number.shallow_clone().fill_(value));
}

/// The first layer's weight, of a network in a row.
fn first_weight(model: &nn::Sequential) -> Tensor {
    model.parameters().swap_remove(0)
}

/// One, in which a gradient comes to be what `spoiled` says.
fn iteration(
    model: &nn::Sequential,
    x: &Tensor,
    algorithm: &mut dyn Optimizer,
    scaler: &mut GradScaler,
    spoiled: Option<f64>,
    clip: Option<f64>,
) {
    algorithm.zero_grad();
    scaler.scale(&model.forward(x).square().mean(None)).backward();
    if let Some(value) = spoiled {
        spoil(&first_weight(model), &[1, 2], value);
    }
    if let Some(max_norm) = clip {
        scaler.unscale_(algorithm);
        let _ = nn::utils::clip_grad_norm_(&model.parameters(), max_norm);
    }
    scaler.step(algorithm);
}

/// Some iterations, in which `spoiled` says what a gradient comes to be: the scale after each, the
/// weights, and what the optimizer and the scaler keep.
fn scaled<O: Optimizer>(build: impl Fn(Vec<Tensor>) -> O + 'static, of: Of) -> Case {
    Box::new(move || {
        let model = network();
        model.to(of.kind).unwrap();
        let x = Tensor::randn([8, 6], (of.kind, Device::Cpu));
        let mut algorithm = build(model.parameters());
        let mut scaler = (of.scaler)();
        let mut scales = vec![];
        for step in 0..of.steps {
            let spoiled = of.spoiled.iter().find(|(at, _)| *at == step).map(|(_, value)| *value);
            iteration(&model, &x, &mut algorithm, &mut scaler, spoiled, of.clip);
            scaler.update();
            scales.push(scaler.get_scale());
        }
        let mut result = StateDict::from([("scales".to_string(), Tensor::from_slice(&scales))]);
        for (name, parameter) in model.named_parameters() {
            result.insert(format!("{name}.grad"), parameter.grad());
        }
        result.extend(model.state_dict());
        result.extend(kept(&algorithm, "state"));
        result.extend(state(&scaler, "scaler"));
        result
    })
}

/// The scale is set from outside: by a number, and by a tensor.
fn new_scales() -> StateDict {
    let model = network();
    let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
    let mut sgd = sgd(model.parameters());
    let mut scaler = cpu().growth_interval(2).build();
    let mut scales = vec![];
    let tensor = Tensor::from(3.25_f64);
    let (none, number, tensor) = (|| None, Some(77.7.into()), Some(NewScale::from(&tensor)));
    for new_scale in [none(), number, none(), none(), tensor, none(), none(), none()] {
        iteration(&model, &x, &mut sgd, &mut scaler, None, None);
        scaler.update_options().maybe_new_scale(new_scale).call();
        scales.push(scaler.get_scale());
    }
    let mut result = StateDict::from([("scales".to_string(), Tensor::from_slice(&scales))]);
    result.extend(model.state_dict());
    result.extend(state(&scaler, "scaler"));
    result
}

/// A scaler takes another's state over in the middle, before its own first scale or after.
fn resumed(began: bool) -> StateDict {
    let model = network();
    let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
    let mut adam = Adam::new(model.parameters(), 0.01);
    let mut first =
        cpu().init_scale(ODD).growth_factor(1.7).backoff_factor(0.3).growth_interval(4).build();
    let mut result = state(&first, "untouched");
    for step in 0..6 {
        iteration(&model, &x, &mut adam, &mut first, (step == 2).then_some(INF), None);
        first.update();
    }
    let mut second = GradScaler::new(Device::Cpu);
    if began {
        let _ = second.scale(&ones(&[]));
    }
    second.load_state_dict(&first.state_dict()).unwrap();
    result.extend(state(&second, "loaded"));
    for _ in 0..6 {
        iteration(&model, &x, &mut adam, &mut second, None, None);
        second.update();
    }
    result.extend(model.state_dict());
    result.extend(kept(&adam, "state"));
    result.extend(state(&second, "scaler"));
    result
}

/// Two optimizers, of which the first alone leaves a step out.
fn two_optimizers(fused: bool) -> StateDict {
    let model = network();
    let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
    let mut params = model.parameters();
    let rest = params.split_off(2);
    let bias = params[1].shallow_clone();
    let mut first = Adam::options(params).lr(0.01).fused(fused).build();
    let mut second = SGD::options(rest).lr(0.1).momentum(0.9).build();
    let mut scaler = cpu().init_scale(ODD).growth_interval(2).build();
    let mut result = StateDict::new();
    for step in 0..6 {
        first.zero_grad();
        second.zero_grad();
        let losses = [model.forward(&x).square().mean(None), model.forward(&x).abs().mean(None)];
        let [a, b] = scaler.scale([&losses[0], &losses[1]]);
        (a + b).backward();
        if step == 2 {
            spoil(&bias, &[3], NAN);
        }
        scaler.step(&mut first);
        scaler.step(&mut second);
        scaler.update();
        result.extend(state(&scaler, &format!("scaler.{step}")));
    }
    result.extend(model.state_dict());
    result.extend(kept(&first, "first"));
    result.extend(kept(&second, "second"));
    result
}

/// Factors and interval are set in the middle.
fn setters() -> StateDict {
    let model = network();
    let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
    let mut sgd = sgd(model.parameters());
    let mut scaler = cpu().init_scale(ODD).build();
    let mut result = StateDict::new();
    for step in 0..6 {
        if step == 2 {
            scaler.set_growth_factor(1.3);
            scaler.set_backoff_factor(0.7);
            scaler.set_growth_interval(3);
        }
        iteration(&model, &x, &mut sgd, &mut scaler, (step == 3).then_some(INF), None);
        scaler.update();
        result.extend(state(&scaler, &format!("scaler.{step}")));
    }
    let interval = scaler.get_growth_interval() as f64;
    let told = [scaler.get_growth_factor(), scaler.get_backoff_factor(), interval];
    result.extend(model.state_dict());
    result.insert("told".into(), Tensor::from_slice(&told));
    result
}

/// Two backward passes a step, by one scale.
fn accumulated() -> StateDict {
    let model = network();
    let x = Tensor::randn([2, 8, 6], (Kind::Float, Device::Cpu));
    let mut adam = AdamW::new(model.parameters(), 0.01);
    let mut scaler = cpu().init_scale(ODD).growth_interval(2).build();
    for step in 0..6 {
        adam.zero_grad();
        for part in [x.get(0), x.get(1)] {
            scaler.scale(&(model.forward(&part).square().mean(None) / 2)).backward();
        }
        if step == 3 {
            spoil(&model.parameters()[2], &[0, 0], -INF);
        }
        scaler.step(&mut adam);
        scaler.update();
    }
    let mut result = model.state_dict();
    result.extend(kept(&adam, "state"));
    result.extend(state(&scaler, "scaler"));
    result
}

/// The gradient of an embedding has but some rows, one of them twice.
fn sparse() -> StateDict {
    let embedding = nn::Embedding::options(6, 3).sparse(true).build();
    let mut sgd = sgd(embedding.parameters());
    let mut scaler = cpu().init_scale(ODD).growth_interval(2).build();
    let rows = Tensor::from_slice(&[1_i64, 4, 1, 0]);
    for step in 0..5 {
        sgd.zero_grad();
        let factor = if step == 2 { INF } else { 1.0 };
        let loss = (embedding.forward(&rows) * factor).square().mean(None);
        scaler.scale(&loss).backward();
        scaler.unscale_(&mut sgd);
        scaler.step(&mut sgd);
        scaler.update();
    }
    let mut result = StateDict::from([
        ("weight".to_string(), embedding.weight.detach()),
        ("grad".to_string(), embedding.weight.grad().to_dense(None, false)),
    ]);
    result.extend(state(&scaler, "scaler"));
    result
}

/// Parameters in single and in double precision.
fn several_kinds() -> StateDict {
    let (single, double) = (nn::Linear::new(4, 3), nn::Linear::new(4, 3));
    double.to(Kind::Double).unwrap();
    let x = Tensor::randn([5, 4], (Kind::Float, Device::Cpu));
    let params = || [single.parameters(), double.parameters()].into_iter().flatten().collect();
    let mut adam = Adam::options(params()).lr(0.01).fused(true).build();
    let mut sgd = SGD::new(params(), 0.01);
    let mut scaler = cpu().init_scale(ODD).build();
    let mut last = Tensor::new();
    for by_adam in [true, false, true, false] {
        adam.zero_grad();
        let other = double.forward(&x.to_kind(Kind::Double)).square().mean(None);
        let loss = single.forward(&x).square().mean(None) + other;
        scaler.scale(&loss).backward();
        scaler.step(if by_adam { &mut adam } else { &mut sgd });
        scaler.update();
        last = loss;
    }
    let mut result = StateDict::from([("loss".to_string(), last.detach())]);
    for (prefix, layer) in [("single", &single), ("double", &double)] {
        let weights = layer.state_dict().into_iter();
        result.extend(weights.map(|(name, weight)| (format!("{prefix}.{name}"), weight)));
    }
    result.extend(kept(&adam, "state"));
    result.extend(state(&scaler, "scaler"));
    result
}

/// What a scale makes of each kind of numbers.
fn kinds_of_outputs() -> StateDict {
    let mut scaler = cpu().init_scale(ODD).build();
    let kinds = [Kind::Half, Kind::BFloat16, Kind::Float, Kind::Double, Kind::Int64];
    let outputs = kinds.map(|kind| {
        [Tensor::from(1_i64), Tensor::from_slice(&[1_i64, 2])].map(|output| output.to_kind(kind))
    });
    let scaled = outputs.as_flattened().iter().map(|output| scaler.scale(output));
    scaled.enumerate().map(|(i, output)| (i.to_string(), output)).collect()
}

/// Autocast to half precision, whose gradients overflow at first.
fn half() -> StateDict {
    let model = network();
    let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
    let mut sgd = sgd(model.parameters());
    let mut scaler = cpu().init_scale(2_f64.powi(24)).growth_interval(3).build();
    let mut result = StateDict::new();
    for step in 0..16 {
        sgd.zero_grad();
        let loss = autocast_options(Device::Cpu)
            .dtype(Kind::Half)
            .call(|| F::mse_loss(&model.forward(&x), &x.narrow(1, 0, 3)));
        scaler.scale(&loss).backward();
        scaler.step(&mut sgd);
        scaler.update();
        result.extend(state(&scaler, &format!("scaler.{step}")));
    }
    let weights = model.state_dict().into_iter();
    result.extend(weights.map(|(name, weight)| (format!("late.{name}"), weight)));
    result
}

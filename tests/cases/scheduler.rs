//! Schedulers, each over a hundred steps, with a save and a load in the middle.

use flambeau::object::Object;
use flambeau::optim::lr_scheduler::*;
use flambeau::optim::{Adam, Optimizer, SGD};

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("step_lr", schedule(|o| StepLR::new(o, 30))),
        ("step_lr_gamma", schedule(|o| StepLR::options(o, 7).gamma(0.9).build())),
        ("multi_step_lr", schedule(|o| MultiStepLR::new(o, [30, 80]))),
        (
            "multi_step_lr_twice",
            schedule(|o| MultiStepLR::options(o, [5, 40, 40, 60]).gamma(0.7).build()),
        ),
        ("constant_lr", schedule(|o| ConstantLR::new(o))),
        (
            "constant_lr_all",
            schedule(|o| ConstantLR::options(o).factor(0.7).total_iters(60).build()),
        ),
        ("linear_lr", schedule(|o| LinearLR::new(o))),
        (
            "linear_lr_all",
            schedule(|o| {
                LinearLR::options(o).start_factor(0.9).end_factor(0.1).total_iters(77).build()
            }),
        ),
        ("exponential_lr", schedule(|o| ExponentialLR::new(o, 0.95))),
        ("exponential_lr_slow", schedule(|o| ExponentialLR::new(o, 0.999))),
        ("polynomial_lr", schedule(|o| PolynomialLR::new(o))),
        (
            "polynomial_lr_all",
            schedule(|o| PolynomialLR::options(o).total_iters(90).power(0.9).build()),
        ),
        ("cosine_annealing_lr", schedule(|o| CosineAnnealingLR::new(o, 100))),
        (
            "cosine_annealing_lr_rounds",
            schedule(|o| CosineAnnealingLR::options(o, 13).eta_min(0.001).build()),
        ),
        ("warm_restarts", schedule(|o| CosineAnnealingWarmRestarts::new(o, 30))),
        (
            "warm_restarts_all",
            schedule(|o| {
                CosineAnnealingWarmRestarts::options(o, 7).T_mult(2).eta_min(0.001).build()
            }),
        ),
        ("lambda_lr", schedule(|o| LambdaLR::new(o, |step| 0.95_f64.powf(step as f64)))),
        (
            "lambda_lr_each",
            schedule(|o| {
                let first = |step| 1.0 / (1 + step) as f64;
                let second = |step| (step as f64 / 10.0).min(1.0);
                LambdaLR::of_each(o, vec![Box::new(first), Box::new(second)])
            }),
        ),
        ("multiplicative_lr", schedule(|o| MultiplicativeLR::new(o, |_step| 0.97))),
        (
            "multiplicative_lr_each",
            schedule(|o| {
                let second = |step| 1.0 - 1.0 / (2 + step) as f64;
                MultiplicativeLR::of_each(o, vec![Box::new(|_step| 0.99), Box::new(second)])
            }),
        ),
        (
            "sequential_lr",
            schedule(|o| {
                let warm = LinearLR::options(o).start_factor(0.1).build();
                let cosine = CosineAnnealingLR::new(o, 95);
                SequentialLR::new(o, vec![Box::new(warm), Box::new(cosine)], vec![5])
            }),
        ),
        (
            "sequential_lr_three",
            schedule(|o| {
                let constant = ConstantLR::options(o).factor(0.1).total_iters(20).build();
                let decay = ExponentialLR::new(o, 0.9);
                let restarts = CosineAnnealingWarmRestarts::new(o, 9);
                SequentialLR::new(
                    o,
                    vec![Box::new(constant), Box::new(decay), Box::new(restarts)],
                    vec![20, 60],
                )
            }),
        ),
        (
            "sequential_lr_nested",
            schedule(|o| {
                let warm = LinearLR::options(o).start_factor(0.1).total_iters(10).build();
                let steps = StepLR::options(o, 7).gamma(0.9).build();
                let chain = ChainedScheduler::new(o, vec![Box::new(warm), Box::new(steps)]);
                let decay = ExponentialLR::new(o, 0.97);
                SequentialLR::new(o, vec![Box::new(chain), Box::new(decay)], vec![20])
            }),
        ),
        (
            "chained_scheduler",
            schedule(|o| {
                let constant = ConstantLR::options(o).factor(0.1).total_iters(20).build();
                let decay = ExponentialLR::new(o, 0.9);
                ChainedScheduler::new(o, vec![Box::new(constant), Box::new(decay)])
            }),
        ),
        (
            "chained_scheduler_three",
            schedule(|o| {
                let warm = LinearLR::new(o);
                let steps = MultiStepLR::new(o, [30]);
                let polynomial = PolynomialLR::options(o).total_iters(120).power(2.0).build();
                ChainedScheduler::new(
                    o,
                    vec![Box::new(warm), Box::new(steps), Box::new(polynomial)],
                )
            }),
        ),
        ("cyclic_lr", schedule(|o| CyclicLR::options(o, 0.01, 0.1).step_size_up(20).build())),
        (
            "cyclic_lr_down",
            schedule(|o| {
                let cyclic = CyclicLR::options(o, [0.01, 0.02], [0.1, 0.3]);
                cyclic.step_size_up(10).step_size_down(7).build()
            }),
        ),
        (
            "cyclic_lr_triangular2",
            schedule(|o| {
                let cyclic = CyclicLR::options(o, 0.01, 0.1).step_size_up(9);
                cyclic.mode("triangular2").base_momentum(0.7).max_momentum(0.95).build()
            }),
        ),
        (
            "cyclic_lr_exp_range",
            schedule(|o| {
                let cyclic = CyclicLR::options(o, 0.01, 0.1).step_size_up(9);
                cyclic.mode("exp_range").gamma(0.99).cycle_momentum(false).build()
            }),
        ),
        (
            "cyclic_lr_adam",
            schedule_of(adam, 100, |o| CyclicLR::options(o, 0.01, 0.1).step_size_up(20).build()),
        ),
        (
            "cyclic_lr_function",
            schedule(|o| {
                let cyclic = CyclicLR::options(o, 0.01, 0.1).step_size_up(9);
                cyclic.mode("exp_range").scale_fn(|x| 1.0 / (x as f64 + 0.5)).build()
            }),
        ),
        (
            "cyclic_lr_function_of_steps",
            schedule(|o| {
                let cyclic = CyclicLR::options(o, 0.01, 0.1).step_size_up(9);
                cyclic.scale_fn(|x| (x as f64).sqrt() / 10.0).scale_mode("iterations").build()
            }),
        ),
        ("one_cycle_lr", schedule(|o| OneCycleLR::new(o, 0.1, 100))),
        (
            "one_cycle_lr_linear",
            schedule(|o| {
                let cycle = OneCycleLR::options(o, [0.1, 0.2]).total_steps(120).pct_start(0.4);
                let cycle = cycle.anneal_strategy("linear").div_factor(10.0);
                cycle.final_div_factor(100.0).build()
            }),
        ),
        (
            "one_cycle_lr_three_phase",
            schedule(|o| {
                let cycle = OneCycleLR::options(o, 0.1).total_steps(100).three_phase(true);
                cycle.cycle_momentum(false).build()
            }),
        ),
        (
            "one_cycle_lr_adam",
            schedule_of(adam, 100, |o| {
                let cycle = OneCycleLR::options(o, 0.1).epochs(10).steps_per_epoch(11);
                cycle.base_momentum(0.8).max_momentum(0.9).build()
            }),
        ),
        ("reduce_lr_on_plateau", plateau(ReduceLROnPlateau::new, falling)),
        (
            "reduce_lr_on_plateau_all",
            plateau(
                |o| {
                    let plateau = ReduceLROnPlateau::options(o).factor(0.5).patience(3);
                    let plateau = plateau.threshold(0.01).threshold_mode("abs").cooldown(2);
                    plateau.min_lr([0.001, 0.002]).eps(1e-4).build()
                },
                falling,
            ),
        ),
        (
            "reduce_lr_on_plateau_max",
            plateau(
                |o| ReduceLROnPlateau::options(o).mode("max").patience(4).threshold(0.1).build(),
                |step| (step as f64).sqrt(),
            ),
        ),
        (
            "reduce_lr_on_plateau_max_abs",
            plateau(
                |o| {
                    let plateau = ReduceLROnPlateau::options(o).mode("max").patience(4);
                    plateau.threshold(0.1).threshold_mode("abs").build()
                },
                |step| -falling(step),
            ),
        ),
        ("swalr", schedule(|o| SWALR::new(o, 0.05))),
        (
            "swalr_linear",
            schedule(|o| {
                let swa = SWALR::options(o, [0.2, 0.01]).anneal_epochs(70);
                swa.anneal_strategy("linear").build()
            }),
        ),
        (
            "swalr_cos",
            schedule_of(adam, 100, |o| {
                SWALR::options(o, 0.001).anneal_epochs(60).anneal_strategy("cos").build()
            }),
        ),
        ("swalr_at_once", schedule(|o| SWALR::options(o, 0.05).anneal_epochs(0).build())),
        (
            "step_lr_continued",
            continued(sgd, |o, last| StepLR::options(o, 30).last_epoch(last).build()),
        ),
        (
            "cyclic_lr_continued",
            continued(sgd, |o, last| {
                let cyclic = CyclicLR::options(o, 0.01, 0.1).step_size_up(20);
                cyclic.last_epoch(last).build()
            }),
        ),
        (
            "one_cycle_lr_continued",
            continued(adam, |o, last| {
                OneCycleLR::options(o, 0.1).total_steps(100).last_epoch(last).build()
            }),
        ),
        (
            "swalr_continued",
            continued(sgd, |o, last| {
                SWALR::options(o, 0.05).anneal_epochs(70).last_epoch(last).build()
            }),
        ),
        (
            "swalr_after_another",
            schedule(|o| {
                let decay = ExponentialLR::new(o, 0.97);
                let swa = SWALR::options(o, 0.2).anneal_epochs(30).build();
                SequentialLR::new(o, vec![Box::new(decay), Box::new(swa)], vec![40])
            }),
        ),
        (
            "lambda_lr_continued",
            continued(sgd, |o, last| {
                let factor = |step| 0.95_f64.powf(step as f64);
                LambdaLR::options(o, factor).last_epoch(last).build()
            }),
        ),
        (
            "multiplicative_lr_continued",
            continued(sgd, |o, last| {
                let factors: Vec<Box<dyn Fn(i64) -> f64 + Send>> =
                    vec![Box::new(|_step| 0.97), Box::new(|_step| 0.99)];
                MultiplicativeLR::options_of_each(o, factors).last_epoch(last).build()
            }),
        ),
        (
            "one_cycle_lr_momentums",
            schedule(|o| {
                let cycle = OneCycleLR::options(o, [0.1, 0.2]).total_steps(100);
                cycle.base_momentum([0.7, 0.8]).max_momentum([0.9, 1.0]).build()
            }),
        ),
        (
            "cyclic_lr_momentums",
            schedule(|o| {
                let cyclic = CyclicLR::options(o, 0.01, 1).step_size_up(20);
                cyclic.base_momentum([0.7, 0.8]).max_momentum([0.9, 1.0]).build()
            }),
        ),
        ("late_step_lr", late(|o| StepLR::options(o, 3).gamma(0.5).build())),
        ("late_multi_step_lr", late(|o| MultiStepLR::options(o, [2, 5, 5, 9]).gamma(0.7).build())),
        ("late_constant_lr", late(|o| ConstantLR::options(o).factor(0.7).total_iters(6).build())),
        ("late_linear_lr", late(|o| LinearLR::options(o).start_factor(0.1).total_iters(8).build())),
        ("late_exponential_lr", late(|o| ExponentialLR::new(o, 0.9))),
        (
            "late_polynomial_lr",
            late(|o| PolynomialLR::options(o).total_iters(10).power(0.9).build()),
        ),
        (
            "late_cosine_annealing_lr",
            late(|o| CosineAnnealingLR::options(o, 6).eta_min(0.001).build()),
        ),
        (
            "late_warm_restarts",
            late(|o| CosineAnnealingWarmRestarts::options(o, 3).T_mult(2).build()),
        ),
        ("late_lambda_lr", late(|o| LambdaLR::new(o, |step| 0.95_f64.powf(step as f64)))),
        (
            "late_lambda_lr_each",
            late(|o| {
                let functions = each(o);
                LambdaLR::of_each(o, functions)
            }),
        ),
        ("late_multiplicative_lr", late(|o| MultiplicativeLR::new(o, |_step| 0.97))),
        (
            "late_multiplicative_lr_each",
            late(|o| {
                let functions = each(o);
                MultiplicativeLR::of_each(o, functions)
            }),
        ),
        ("late_cyclic_lr", late(|o| CyclicLR::options(o, 0.01, 0.1).step_size_up(4).build())),
        (
            "late_cyclic_lr_without_momentum",
            late(|o| {
                let cyclic = CyclicLR::options(o, 0.01, 0.1).step_size_up(4);
                cyclic.mode("exp_range").gamma(0.9).cycle_momentum(false).build()
            }),
        ),
        ("late_one_cycle_lr", late(|o| OneCycleLR::new(o, 0.1, 12))),
        (
            "late_one_cycle_lr_early",
            late(|o| OneCycleLR::options(o, 0.1).total_steps(30).pct_start(0.9).build()),
        ),
        (
            "late_one_cycle_lr_without_momentum",
            late(|o| {
                let cycle = OneCycleLR::options(o, 0.1).total_steps(14).three_phase(true);
                cycle.cycle_momentum(false).build()
            }),
        ),
        ("late_swalr", late(|o| SWALR::options(o, 0.05).anneal_epochs(6).build())),
        (
            "late_sequential_lr",
            late(|o| {
                let warm = LinearLR::options(o).start_factor(0.1).build();
                let cosine = CosineAnnealingLR::new(o, 6);
                SequentialLR::new(o, vec![Box::new(warm), Box::new(cosine)], vec![5])
            }),
        ),
        (
            "late_sequential_lr_three",
            late(|o| {
                let constant = ConstantLR::options(o).factor(0.1).total_iters(3).build();
                let lambda = LambdaLR::new(o, |step| 0.9_f64.powf(step as f64));
                let multiplicative = MultiplicativeLR::new(o, |_step| 0.9);
                SequentialLR::new(
                    o,
                    vec![Box::new(constant), Box::new(lambda), Box::new(multiplicative)],
                    vec![4, 7],
                )
            }),
        ),
        (
            "late_sequential_lr_cycles",
            late(|o| {
                let restarts = CosineAnnealingWarmRestarts::new(o, 3);
                let cyclic = CyclicLR::options(o, 0.01, 0.1).step_size_up(3).build();
                let decay = ExponentialLR::new(o, 0.9);
                SequentialLR::new(
                    o,
                    vec![Box::new(restarts), Box::new(cyclic), Box::new(decay)],
                    vec![5, 9],
                )
            }),
        ),
        (
            "late_chained_scheduler",
            late(|o| {
                let constant = ConstantLR::options(o).factor(0.1).total_iters(6).build();
                let decay = ExponentialLR::new(o, 0.9);
                ChainedScheduler::new(o, vec![Box::new(constant), Box::new(decay)])
            }),
        ),
        (
            "late_chained_scheduler_that_fails",
            late(|o| {
                let decay = ExponentialLR::new(o, 0.9);
                let lambda = LambdaLR::new(o, |step| 0.9_f64.powf(step as f64));
                let steps = StepLR::new(o, 4);
                ChainedScheduler::new(o, vec![Box::new(decay), Box::new(lambda), Box::new(steps)])
            }),
        ),
        (
            "late_reduce_lr_on_plateau",
            late_plateau(|o| ReduceLROnPlateau::options(o).factor(0.5).patience(1).build()),
        ),
        (
            "late_reduce_lr_on_plateau_min",
            late_plateau(|o| ReduceLROnPlateau::options(o).patience(1).min_lr(0.02).build()),
        ),
        (
            "late_reduce_lr_on_plateau_list",
            late_plateau(|o| {
                let least = vec![0.02; o.param_groups().len()];
                ReduceLROnPlateau::options(o).patience(1).min_lr(least).build()
            }),
        ),
        ("late_making", Box::new(made_late)),
    ]
}

/// All that a state holds, by the path to it.
fn flat(value: &Object, path: &str, found: &mut Vec<(String, f64)>) {
    match value {
        Object::Dict(dict) | Object::Counter(dict) => {
            let mut entries: Vec<_> = dict
                .iter()
                .map(|(key, value)| (key.to_string().replace('\'', ""), value))
                .collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            for (key, value) in entries {
                flat(value, &format!("{path}.{key}"), found);
            }
        }
        Object::List(values) | Object::Tuple(values) => {
            for (i, value) in values.iter().enumerate() {
                flat(value, &format!("{path}.{i}"), found);
            }
        }
        Object::Str(text) => found.push((format!("{path}={text}"), 0.0)),
        Object::None => found.push((path.into(), -1.0)),
        Object::Bool(truth) => found.push((path.into(), f64::from(*truth))),
        Object::Float(number) if number.is_infinite() => {
            found.push((format!("{path}={number}"), 0.0));
        }
        number => found.push((path.into(), number.as_f64().expect("a number"))),
    }
}

fn weight() -> Vec<Tensor> {
    vec![Tensor::zeros([1], (Kind::Float, Device::Cpu)).set_requires_grad(true)]
}

fn sgd() -> Box<dyn Optimizer> {
    let mut sgd = SGD::options(weight()).lr(0.1).momentum(0.9).build();
    sgd.add_param_group(weight(), |group| group.lr = 0.03);
    Box::new(sgd)
}

fn adam() -> Box<dyn Optimizer> {
    let mut adam = Adam::new(weight(), 0.1);
    adam.add_param_group(weight(), |group| group.lr = 0.03);
    Box::new(adam)
}

/// What both groups go by at a step.
fn note(algorithm: &dyn Optimizer, rates: &mut Vec<f64>) {
    for group in algorithm.param_groups() {
        let momentum = group.get("momentum").and_then(|momentum| momentum.as_f64());
        let beta1 = || group.get("betas").unwrap().as_slice().unwrap()[0].as_f64().unwrap();
        rates.extend([group.lr(), momentum.unwrap_or_else(beta1)]);
    }
}

fn noted(rates: &[f64], last: &[f64], state: &Object) -> StateDict {
    let mut found = Vec::new();
    flat(state, "", &mut found);
    let (keys, values): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    StateDict::from([
        ("rates".to_string(), Tensor::from_slice(rates)),
        ("last".to_string(), Tensor::from_slice(last)),
        ("state.keys".to_string(), text(&keys.join("\n"))),
        ("state.values".to_string(), Tensor::from_slice(&values)),
    ])
}

/// The learning rates and momentums of both groups at every step, and the state at the end.
fn schedule<S: LRScheduler>(build: impl Fn(&mut dyn Optimizer) -> S + 'static) -> Case {
    schedule_of(sgd, 100, build)
}

fn schedule_of<S: LRScheduler>(
    optimizer: fn() -> Box<dyn Optimizer>,
    steps: usize,
    build: impl Fn(&mut dyn Optimizer) -> S + 'static,
) -> Case {
    Box::new(move || {
        let mut algorithm = optimizer();
        let mut scheduler = build(&mut *algorithm);
        let mut rates = vec![];
        for step in 0..steps {
            if step == steps / 2 {
                let saved = (algorithm.state_dict(), scheduler.state_dict());
                algorithm = optimizer();
                scheduler = build(&mut *algorithm);
                algorithm.load_state_dict(&saved.0).expect("the same optimizer's");
                scheduler.load_state_dict(&saved.1).expect("the same scheduler's");
            }
            note(&*algorithm, &mut rates);
            algorithm.step();
            scheduler.step(&mut *algorithm);
        }
        noted(&rates, &scheduler.get_last_lr(), &scheduler.state_dict())
    })
}

/// The same of a scheduler that is made anew in the middle, for the groups as they are.
fn continued<S: LRScheduler>(
    optimizer: fn() -> Box<dyn Optimizer>,
    build: impl Fn(&mut dyn Optimizer, i64) -> S + 'static,
) -> Case {
    Box::new(move || {
        let mut algorithm = optimizer();
        let mut scheduler = build(&mut *algorithm, -1);
        let mut rates = vec![];
        for step in 0..100 {
            if step == 50 {
                scheduler = build(&mut *algorithm, 49);
            }
            note(&*algorithm, &mut rates);
            algorithm.step();
            scheduler.step(&mut *algorithm);
        }
        noted(&rates, &scheduler.get_last_lr(), &scheduler.state_dict())
    })
}

/// A function for each group.
fn each(algorithm: &dyn Optimizer) -> Vec<Box<dyn Fn(i64) -> f64 + Send>> {
    let function = move |i| -> Box<dyn Fn(i64) -> f64 + Send> {
        Box::new(move |step| 0.9_f64.powf((step + i) as f64))
    };
    (0..algorithm.param_groups().len() as i64).map(function).collect()
}

fn late<S: LRScheduler>(build: impl Fn(&mut dyn Optimizer) -> S + 'static) -> Case {
    let step = |scheduler: &mut S, algorithm: &mut SGD, _step| scheduler.step(algorithm);
    Box::new(move || added_late(&build, step, S::get_last_lr, S::state_dict, S::load_state_dict))
}

fn late_plateau(build: impl Fn(&mut dyn Optimizer) -> ReduceLROnPlateau + 'static) -> Case {
    use ReduceLROnPlateau as S;
    let step = |s: &mut S, algorithm: &mut SGD, step| s.step(algorithm, falling(step));
    Box::new(move || added_late(&build, step, S::get_last_lr, S::state_dict, S::load_state_dict))
}

/// An optimizer that gets its second group after the scheduler was made: how the groups stand after
/// each step, and Python's words where a step fails. In the middle the states go over to an optimizer
/// and a scheduler that are made for two groups from the beginning.
fn added_late<S>(
    build: &dyn Fn(&mut dyn Optimizer) -> S,
    step_by: impl Fn(&mut S, &mut SGD, usize),
    last_lr: impl Fn(&S) -> Vec<f64>,
    state_dict: impl Fn(&S) -> Object,
    load_state_dict: impl Fn(&mut S, &Object) -> flambeau::Result<()>,
) -> StateDict {
    let mut algorithm = SGD::options(weight()).lr(0.1).momentum(0.9).build();
    let mut scheduler = build(&mut algorithm);
    let (mut rates, mut said) = (vec![], vec![]);
    for step in 0..16 {
        if step == 3 {
            algorithm.add_param_group(weight(), |group| group.lr = 0.03);
        }
        if step == 10 {
            let saved = (algorithm.state_dict(), state_dict(&scheduler));
            algorithm = SGD::options(weight()).lr(0.1).momentum(0.9).build();
            algorithm.add_param_group(weight(), |_| {});
            scheduler = build(&mut algorithm);
            algorithm.load_state_dict(&saved.0).expect("the same optimizer's");
            load_state_dict(&mut scheduler, &saved.1).expect("the same scheduler's");
        }
        algorithm.step();
        said.push(refusal(|| step_by(&mut scheduler, &mut algorithm, step)));
        note(&algorithm, &mut rates);
        rates.extend(last_lr(&scheduler));
    }
    let mut result = noted(&rates, &last_lr(&scheduler), &state_dict(&scheduler));
    result.insert("said".into(), text(&said.join("\n")));
    result
}

/// Python's words in the panic that `work` ends in, without what it says of this one scheduler.
fn refusal(work: impl FnOnce()) -> String {
    let message = panic_of(work).unwrap_or_default();
    let begin = ["zip()", "KeyError"].iter().find_map(|words| message.find(words));
    let words = &message[begin.unwrap_or(0)..];
    let end = [" (", ". "].iter().filter_map(|end| words.find(end)).min();
    words[..end.unwrap_or(words.len())].to_string()
}

/// Schedulers that are made when some were made already, for fewer groups.
fn made_late() -> StateDict {
    let mut algorithm = SGD::options(weight()).lr(0.1).momentum(0.9).build();
    let decay = ExponentialLR::new(&mut algorithm, 0.9);
    let warm = LinearLR::new(&mut algorithm);
    algorithm.add_param_group(weight(), |group| group.lr = 0.03);
    let (mut rates, mut said) = (vec![], vec![]);
    note(&algorithm, &mut rates);
    said.push(refusal(|| {
        drop(SequentialLR::new(&mut algorithm, vec![Box::new(decay), Box::new(warm)], vec![2]));
    }));
    note(&algorithm, &mut rates);
    let mut decay = ExponentialLR::new(&mut algorithm, 0.9);
    decay.step(&mut algorithm);
    note(&algorithm, &mut rates);
    let mut result = noted(&rates, &decay.get_last_lr(), &decay.state_dict());
    result.insert("said".into(), text(&said.join("\n")));
    result
}

/// The same of a scheduler that looks at a number.
fn plateau(
    build: impl Fn(&mut dyn Optimizer) -> ReduceLROnPlateau + 'static,
    metric: impl Fn(usize) -> f64 + 'static,
) -> Case {
    Box::new(move || {
        let mut algorithm = sgd();
        let mut scheduler = build(&mut *algorithm);
        let mut rates = vec![];
        for step in 0..100 {
            if step == 50 {
                let saved = (algorithm.state_dict(), scheduler.state_dict());
                algorithm = sgd();
                scheduler = build(&mut *algorithm);
                algorithm.load_state_dict(&saved.0).expect("the same optimizer's");
                scheduler.load_state_dict(&saved.1).expect("the same scheduler's");
            }
            note(&*algorithm, &mut rates);
            algorithm.step();
            scheduler.step(&mut *algorithm, metric(step));
        }
        noted(&rates, &scheduler.get_last_lr(), &scheduler.state_dict())
    })
}

/// A loss that falls, slower and slower, and wavers.
fn falling(step: usize) -> f64 {
    1.0 / (1 + step) as f64 + 0.05 * (step % 3) as f64
}

//! What optimizers do beside computing (which `reference` compares).

use std::panic;

use flambeau::prelude::*;

fn parameter(value: f32) -> Tensor {
    Tensor::from_slice(&[value]).set_requires_grad(true)
}

#[test]
fn a_parameter_without_a_gradient_is_left_alone_and_has_no_state() {
    let _generator = crate::seeded(0);
    for fused in [false, true] {
        let (used, unused) = (parameter(1.0), parameter(1.0));
        let params = vec![used.shallow_clone(), unused.shallow_clone()];
        let mut optimizer = optim::Adam::options(params).weight_decay(0.1).fused(fused).build();
        (&used * 2.0).backward();
        optimizer.step();
        assert_ne!(used, parameter(1.0));
        assert_eq!(unused, parameter(1.0));
        assert!(optimizer.state()[0].is_some() && optimizer.state()[1].is_none());
    }
}

#[test]
fn momentum_begins_with_a_parameters_first_gradient_in_both_twins() {
    let _generator = crate::seeded(0);
    let moved = |fused| {
        let (a, b) = (parameter(1.0), parameter(1.0));
        let params = vec![a.shallow_clone(), b.shallow_clone()];
        let mut optimizer = optim::Sgd::options(params).lr(0.1).momentum(0.9).fused(fused).build();
        (&a * 2.0).backward();
        optimizer.step();
        (&b * 3.0).backward();
        optimizer.step();
        (a.double_value(&[0]), b.double_value(&[0]))
    };
    assert_eq!(moved(true), moved(false));
    assert_eq!(moved(true).1, f64::from(1.0_f32 - 0.1 * 3.0));
}

#[test]
fn zero_grad_sets_gradients_to_none() {
    let _generator = crate::seeded(0);
    let p = parameter(1.0);
    let mut optimizer = optim::Sgd::new(vec![p.shallow_clone()], 0.1);
    (&p * 2.0).backward();
    assert!(p.grad().defined());
    optimizer.zero_grad();
    assert!(!p.grad().defined());
    optimizer.step();
    assert_eq!(p, parameter(1.0));
}

#[test]
fn a_changed_learning_rate_holds_from_the_next_step() {
    let _generator = crate::seeded(0);
    let p = parameter(1.0);
    let mut optimizer = optim::Sgd::new(vec![p.shallow_clone()], 0.5);
    (&p * 1.0).backward();
    optimizer.step();
    assert_eq!(p, parameter(0.5));
    optimizer.set_lr(0.25);
    assert_eq!(optimizer.lr(), 0.25);
    optimizer.step();
    assert_eq!(p, parameter(0.25));
}

#[test]
fn both_twins_take_parameters_of_several_kinds() {
    let _generator = crate::seeded(0);
    for fused in [false, true] {
        let (single, double) = (parameter(1.0), parameter(1.0).to_kind(Kind::Double).detach());
        let double = double.set_requires_grad(true);
        let params = vec![single.shallow_clone(), double.shallow_clone()];
        let mut optimizer = optim::Adam::options(params).lr(0.1).fused(fused).build();
        (single.to_kind(Kind::Double) * &double).backward();
        optimizer.step();
        assert!((single.double_value(&[0]) - 0.9).abs() < 1e-6);
        assert!((double.double_value(&[0]) - 0.9).abs() < 1e-6);
    }
}

#[test]
fn options_outside_their_range_are_refused_in_pytorchs_words() {
    let _generator = crate::seeded(0);
    let message = |build: fn(Vec<Tensor>)| {
        let payload = panic::catch_unwind(|| build(vec![parameter(1.0)])).unwrap_err();
        match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => payload.downcast_ref::<&str>().unwrap().to_string(),
        }
    };
    assert_eq!(message(|p| drop(optim::Adam::new(p, -1.0))), "Invalid learning rate: -1.0");
    assert_eq!(
        message(|p| drop(optim::Adam::options(p).betas((0.9, 1.0)).build())),
        "Invalid beta parameter at index 1: 1.0"
    );
    assert_eq!(
        message(|p| drop(optim::Adam::options(p).eps(f64::NAN).build())),
        "Invalid epsilon value: NaN"
    );
    assert_eq!(
        message(|p| drop(optim::Sgd::options(p).nesterov(true).build())),
        "Nesterov momentum requires a momentum and zero dampening"
    );
    assert_eq!(
        message(|_| drop(optim::Sgd::new(Vec::new(), 0.1))),
        "optimizer got an empty parameter list"
    );
}

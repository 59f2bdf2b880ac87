//! What a gradient scaler does beside computing (which `reference` compares).

use flambeau::amp::GradScaler;
use flambeau::object::{Key, Object};
use flambeau::prelude::*;
use flambeau::serialize::pt;

use crate::panic_of;

fn parameter() -> Tensor {
    Tensor::ones([3], (Kind::Float, Device::Cpu)).set_requires_grad(true)
}

/// A parameter with a gradient, the optimizer that has it, and a scaler that has scaled.
fn begun() -> (Tensor, optim::SGD, GradScaler) {
    let p = parameter();
    let sgd = optim::SGD::new(vec![p.shallow_clone()], 0.1);
    let mut scaler = GradScaler::options(Device::Cpu).init_scale(4).build();
    scaler.scale(&p.sum(None)).backward();
    (p, sgd, scaler)
}

#[test]
fn calls_in_another_order_are_refused_in_pytorchs_words() {
    let unscaled = " but _scale is None.  This may indicate your script did not use \
                    scaler.scale(loss or outputs) earlier in the iteration.";
    let (_p, mut sgd, _) = begun();
    let mut scaler = GradScaler::new(Device::Cpu);
    let words = panic_of(|| scaler.unscale_(&mut sgd));
    assert_eq!(words, format!("Attempted unscale_{unscaled}"));
    assert_eq!(panic_of(|| scaler.step(&mut sgd)), format!("Attempted step{unscaled}"));
    assert_eq!(panic_of(|| scaler.update()), format!("Attempted update{unscaled}"));

    let (p, mut sgd, mut scaler) = begun();
    let words = panic_of(|| scaler.update());
    assert_eq!(words, "No inf checks were recorded prior to update.");
    scaler.unscale_(&mut sgd);
    let words = panic_of(|| scaler.unscale_(&mut sgd));
    assert_eq!(
        words,
        "unscale_() has already been called on this optimizer since the last update()."
    );
    assert_eq!(p.grad(), Tensor::ones([3], (Kind::Float, Device::Cpu)), "unscaled once");
    scaler.step(&mut sgd);
    let words = panic_of(|| scaler.unscale_(&mut sgd));
    assert_eq!(words, "unscale_() is being called after step().");
    let words = panic_of(|| scaler.step(&mut sgd));
    assert_eq!(words, "step() has already been called since the last update().");
    scaler.update();
    scaler.step(&mut sgd);
}

#[test]
fn gradients_that_no_scaler_takes_are_refused_in_pytorchs_words() {
    let (p, mut sgd, mut scaler) = begun();
    sgd.zero_grad();
    let words = panic_of(|| scaler.step(&mut sgd));
    assert_eq!(words, "No inf checks were recorded for this optimizer.");
    assert_eq!(p, parameter());

    let half = parameter().detach().to_kind(Kind::Half).set_requires_grad(true);
    let mut sgd = optim::SGD::new(vec![half.shallow_clone()], 0.1);
    let mut scaler = GradScaler::new(Device::Cpu);
    scaler.scale(&half.sum(Kind::Float)).backward();
    let words = panic_of(|| scaler.unscale_(&mut sgd));
    assert_eq!(words, "Attempting to unscale FP16 gradients.");

    let complex = Tensor::ones([2], (Kind::ComplexFloat, Device::Cpu)).set_requires_grad(true);
    let mut sgd = optim::SGD::new(vec![complex.shallow_clone()], 0.1);
    scaler.scale(&complex.abs().sum(None)).backward();
    let words = panic_of(|| scaler.step(&mut sgd));
    assert!(words.contains("not implemented for 'ComplexFloat'"), "{words}");
}

#[test]
fn factors_and_scales_that_make_no_sense_are_refused_in_pytorchs_words() {
    let options = || GradScaler::options(Device::Cpu);
    for factor in [1.0, f64::NAN] {
        let words = panic_of(|| drop(options().growth_factor(factor).build()));
        assert_eq!(words, "The growth factor must be > 1.0.");
        let words = panic_of(|| drop(options().backoff_factor(factor).build()));
        assert_eq!(words, "The backoff factor must be < 1.0.");
    }
    let (_p, _sgd, mut scaler) = begun();
    let reason = "new_scale should be a float or a 1-element torch.cuda.FloatTensor or \
                  torch.FloatTensor with requires_grad=False.";
    for tensor in [parameter().detach(), parameter().get(0)] {
        let update = || scaler.update_options().new_scale(&tensor).call();
        assert_eq!(panic_of(update), reason);
    }
    assert_eq!(scaler.get_scale(), 4.0);
}

#[test]
fn an_optimizer_is_the_same_wherever_it_is_moved_to_and_whatever_is_added_to_it() {
    let (_p, mut sgd, mut scaler) = begun();
    scaler.unscale_(&mut sgd);
    let mut moved = Box::new(sgd);
    moved.add_param_group(vec![parameter()], |_| {});
    let words = panic_of(|| scaler.unscale_(&mut *moved));
    assert!(words.starts_with("unscale_() has already been called"), "{words}");
}

#[test]
fn momentum_begins_with_the_first_step_that_is_one() {
    // Python's fused kernel leaves out the step, but not the buffer, which then holds what was in
    // the memory before.
    for fused in [false, true] {
        let p = parameter();
        let options = optim::SGD::options(vec![p.shallow_clone()]).lr(0.5).momentum(0.9);
        let mut sgd = options.fused(fused).build();
        let mut scaler = GradScaler::options(Device::Cpu).init_scale(4).build();
        for factor in [f64::INFINITY, 1.0] {
            sgd.zero_grad();
            scaler.scale(&(p.sum(None) * factor)).backward();
            scaler.step(&mut sgd);
            scaler.update();
            assert_eq!(sgd.state()[0].contains_key("momentum_buffer"), factor == 1.0);
        }
        assert_eq!(p.detach(), parameter().detach() - 0.5);
        assert_eq!(sgd.state()[0]["momentum_buffer"], parameter().detach());
    }
}

#[test]
fn a_fused_optimizer_with_a_group_that_is_not_is_scaled_all_the_same() {
    let (a, b) = (parameter(), parameter());
    let mut adam = optim::Adam::options(vec![a.shallow_clone()]).lr(0.5).fused(true).build();
    adam.add_param_group(vec![b.shallow_clone()], |group| group.fused = false);
    let mut scaler = GradScaler::options(Device::Cpu).init_scale(4).build();
    for factor in [1.0, f64::INFINITY] {
        adam.zero_grad();
        scaler.scale(&((a.sum(None) + b.sum(None)) * factor)).backward();
        scaler.step(&mut adam);
        scaler.update();
    }
    for state in adam.state() {
        assert_eq!(state["step"].double_value(&[]), 1.0);
        assert!((state["exp_avg"].double_value(&[0]) - 0.1).abs() < 1e-6);
    }
    assert!((a - b).abs().max().double_value(&[]) < 1e-6);
}

#[test]
fn a_state_that_does_not_fit_changes_nothing() {
    let good = |name: &str, value: Object| {
        let mut state = GradScaler::new(Device::Cpu).state_dict();
        state.as_dict_mut().unwrap().insert(name.into(), value);
        state
    };
    let without = |name: &str| {
        let mut state = good("scale", 8.0.into());
        state.as_dict_mut().unwrap().shift_remove(&Key::from(name));
        state
    };
    let disabled = GradScaler::options(Device::Cpu).enabled(false).build().state_dict();
    let (_p, _sgd, mut scaler) = begun();
    for (state, words) in [
        (disabled, "The source state dict is empty, possibly because it was saved from a disabled"),
        (Object::None, "is no dictionary"),
        (without("_growth_tracker"), "has no '_growth_tracker'"),
        (good("scale", "large".into()), "'scale' cannot be 'large'"),
        (good("growth_interval", 1.5.into()), "'growth_interval' cannot be 1.5"),
        (good("_growth_tracker", (1 << 31).into()), "'_growth_tracker' cannot be 2147483648"),
    ] {
        let error = scaler.load_state_dict(&state).unwrap_err().to_string();
        assert!(error.starts_with("scaler state: ") && error.contains(words), "{error}");
        assert_eq!((scaler.get_scale(), scaler.get_growth_interval()), (4.0, 2000));
    }
    // Python may have been given whole numbers.
    scaler.load_state_dict(&good("scale", 8_i64.into())).unwrap();
    assert_eq!(scaler.get_scale(), 8.0);
    let mut off = GradScaler::options(Device::Cpu).enabled(false).build();
    off.load_state_dict(&Object::None).unwrap();
    assert_eq!(off.get_scale(), 1.0);
}

#[test]
fn a_state_goes_through_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scaler.pt");
    let (_p, mut sgd, mut scaler) = begun();
    scaler.step(&mut sgd);
    scaler.update();
    pt::save(scaler.state_dict(), &path).unwrap();
    let mut again = GradScaler::new(Device::Cpu);
    again.load_state_dict(&pt::load(&path).unwrap()).unwrap();
    assert_eq!(again.state_dict(), scaler.state_dict());
    assert_eq!(
        again.state_dict().to_string(),
        "{'scale': 4.0, 'growth_factor': 2.0, 'backoff_factor': 0.5, 'growth_interval': 2000, \
         '_growth_tracker': 1}"
    );
}

/// Python finds that later, when something is scaled.
#[test]
fn a_scale_that_no_float_holds_is_refused() {
    let (_p, _sgd, begun) = begun();
    for mut scaler in [begun, GradScaler::options(Device::Cpu).init_scale(4).build()] {
        let mut state = scaler.state_dict();
        for (scale, fits) in
            [(1e300, false), (-1e39, false), (3.4e38, true), (f64::INFINITY, true), (-2.0, true)]
        {
            state.as_dict_mut().unwrap().insert(Key::from("scale"), scale.into());
            let before = scaler.get_scale();
            let loaded = scaler.load_state_dict(&state);
            assert_eq!(loaded.is_ok(), fits, "{scale}");
            let expected = if fits { f64::from(scale as f32) } else { before };
            assert_eq!(f64::from(scaler.get_scale() as f32), expected);
        }
    }
}

//! What schedulers say of a wrong call (what they compute, `reference` compares).

use flambeau::optim::lr_scheduler::*;
use flambeau::prelude::*;

use crate::panic_of;

fn weight() -> Vec<Tensor> {
    vec![Tensor::zeros([1], (Kind::Float, Device::Cpu)).set_requires_grad(true)]
}

/// What a step panics with after a second group was added, and both groups' rates then.
fn step_after_a_group<S: LRScheduler>(build: impl Fn(&mut optim::SGD) -> S) -> (String, [f64; 2]) {
    let mut sgd = optim::SGD::new(weight(), 1);
    let mut scheduler = build(&mut sgd);
    sgd.add_param_group(weight(), |group| group.lr = 0.5);
    let words = panic_of(|| scheduler.step(&mut sgd));
    (words, [sgd.groups()[0].options.lr, sgd.groups()[1].options.lr])
}

#[test]
fn a_step_for_more_groups_fails_in_pythons_words() {
    let (words, rates) = step_after_a_group(|sgd| LambdaLR::new(sgd, |_step| 0.25));
    assert_eq!(
        words,
        "LambdaLR: zip() argument 2 is shorter than argument 1 (param groups: 2, learning rates: \
         1). The scheduler was made for another number of param groups"
    );
    assert_eq!(rates, [0.25, 0.5]);
    let (words, rates) = step_after_a_group(|sgd| MultiplicativeLR::new(sgd, |_step| 0.25));
    assert!(words.starts_with("MultiplicativeLR: zip() argument 2 is longer than"), "{words}");
    assert_eq!(rates, [1.0, 0.5]);
    let (words, rates) = step_after_a_group(|sgd| SWALR::new(sgd, 0.1));
    assert_eq!(
        words,
        "SWALR: KeyError: 'swa_lr'. A param group does not have it: the group was added after the \
         scheduler was made, or the optimizer's state was not loaded"
    );
    assert_eq!(rates, [1.0, 0.5]);
}

/// In Python it is a dictionary's entry, here too.
#[test]
fn a_group_can_be_given_what_a_scheduler_looks_for() {
    let mut sgd = optim::SGD::new(weight(), 1.0);
    let mut swa = SWALR::options(&mut sgd, 0.0).anneal_epochs(2).anneal_strategy("linear").build();
    sgd.add_param_group(weight(), |group| group.lr = 0.5);
    sgd.param_groups_mut()[1].set("swa_lr", 0.25.into()).unwrap();
    swa.step(&mut sgd);
    assert_eq!(swa.get_last_lr(), [0.5, 0.375]);
}

#[test]
fn a_list_has_a_number_for_each_group() {
    let mut sgd = optim::SGD::options(weight()).lr(1).momentum(0.9).build();
    sgd.add_param_group(weight(), |_| {});
    let words = panic_of(|| drop(CyclicLR::new(&mut sgd, [0.1], 1)));
    assert_eq!(
        words,
        "base_lr must have the same length as optimizer.param_groups. base_lr has 1 values, \
         param_groups has 2."
    );
    let three = [0.1, 0.2, 0.3];
    let words = panic_of(|| drop(ReduceLROnPlateau::options(&mut sgd).min_lr(three).build()));
    assert_eq!(words, "expected 2 min_lrs, got 3");
    let words = panic_of(|| drop(LambdaLR::of_each(&mut sgd, vec![Box::new(|_| 1.0)])));
    assert_eq!(words, "Expected 2 lr_lambdas, but got 1");
    let words = panic_of(|| drop(OneCycleLR::options(&mut sgd, 0.1).epochs(3).build()));
    assert_eq!(words, "You must define either total_steps OR (epochs AND steps_per_epoch)");
    let mut cycle = OneCycleLR::options(&mut sgd, [0.1, 0.2]).epochs(3).steps_per_epoch(4).build();
    assert_eq!(cycle.state_dict().get("total_steps").unwrap().as_i64(), Some(12));
    cycle.step(&mut sgd);
}

#[test]
fn min_lrs_are_lengthened_by_hand_as_in_python() {
    let mut sgd = optim::SGD::new(weight(), 1.0);
    let mut plateau = ReduceLROnPlateau::options(&mut sgd).patience(0).min_lr([0.5]).build();
    sgd.add_param_group(weight(), |_| {});
    plateau.step(&mut sgd, 1.0);
    let words = panic_of(|| plateau.step(&mut sgd, 1.0));
    assert_eq!(
        words,
        "The number of param groups in the `optimizer` (2) differs from when `ReduceLROnPlateau` \
         was initialized (1), usually due to a new param group being added to the optimizer. \
         Please modify the `min_lrs` field to match the length of the `optimizer` param groups."
    );
    plateau.min_lrs.push(0.25);
    plateau.step(&mut sgd, 1.0);
    assert_eq!(plateau.get_last_lr(), [0.5, 0.25]);
}

#[test]
fn rates_are_whole_numbers_as_well() {
    let rates = |build: &dyn Fn(&mut optim::SGD) -> CyclicLR| {
        let mut sgd = optim::SGD::options(weight()).lr(1).momentum(0.9).build();
        let mut scheduler = build(&mut sgd);
        let mut rates = vec![sgd.lr()];
        for _ in 0..3 {
            scheduler.step(&mut sgd);
            rates.push(sgd.lr());
        }
        rates
    };
    let expected = rates(&|sgd| CyclicLR::options(sgd, 0.0, 1.0).step_size_up(2).build());
    assert_eq!(expected, [0.0, 0.5, 1.0, 0.5]);
    assert_eq!(rates(&|sgd| CyclicLR::options(sgd, 0, 1).step_size_up(2).build()), expected);
    assert_eq!(
        rates(&|sgd| CyclicLR::options(sgd, [0], vec![1]).step_size_up(2).build()),
        expected
    );
    assert_eq!(rates(&|sgd| CyclicLR::options(sgd, [0.0], [1]).step_size_up(2).build()), expected);
}

//! Seeds, states and generators draw what Python's draw. The numbers are Python's own:
//! `torch.manual_seed(7); torch.rand(3)` and the like.

use flambeau::prelude::*;
use flambeau::random::{self, Generator};

fn rand() -> Vec<f32> {
    Vec::try_from(Tensor::rand([3], (Kind::Float, Device::Cpu))).unwrap()
}

#[test]
fn a_seed_gives_pythons_numbers() {
    let _generator = crate::seeded(7);
    assert_eq!(rand(), [0.534_922_54, 0.198_803_19, 0.659_211_7]);
}

#[test]
fn a_state_put_back_gives_the_same_numbers_again() {
    let _generator = crate::seeded(1);
    let state = random::get_rng_state();
    let numbers = rand();
    assert_ne!(rand(), numbers);
    random::set_rng_state(&state).unwrap();
    assert_eq!(rand(), numbers);
}

#[test]
fn what_is_no_state_is_refused_and_changes_nothing() {
    let _generator = crate::seeded(1);
    let before = random::get_rng_state();
    let error = random::set_rng_state(&Tensor::from_slice(&[1_u8, 2, 3])).unwrap_err();
    assert!(error.to_string().contains("but found the input RNG state size to be 3"), "{error}");
    assert_eq!(random::get_rng_state(), before);
}

#[test]
fn a_generator_draws_pythons_permutations() {
    let generator = Generator::new();
    assert_eq!(generator.randperm(5), [0, 1, 4, 3, 2]);
    generator.manual_seed(3);
    let state = generator.get_state();
    assert_eq!(generator.randperm(10), [6, 0, 3, 7, 8, 5, 1, 9, 2, 4]);
    assert_eq!(generator.clone().randperm(10), [9, 8, 5, 3, 0, 6, 7, 2, 1, 4]);
    generator.set_state(&state).unwrap();
    assert_eq!(generator.randperm(10), [6, 0, 3, 7, 8, 5, 1, 9, 2, 4]);
    generator.manual_seed(-1);
    assert_eq!(generator.randperm(10), [1, 4, 6, 2, 0, 5, 8, 7, 9, 3]);
}

#[test]
fn a_generator_leaves_the_default_one_alone() {
    let _generator = crate::seeded(1);
    let before = random::get_rng_state();
    Generator::new().randperm(100);
    assert_eq!(random::get_rng_state(), before);
}

//! `summary(input size)`: sizes, parameters, multiply-adds, and that nothing is changed by it.

use flambeau::nn::Summary;
use flambeau::prelude::*;

#[test]
fn the_notebooks_cnn_is_counted_by_hand() {
    let _generator = crate::seeded(0);
    let summary = models::Cnn::new().summary([4, 3, 32, 32]);
    assert_eq!(
        summary.to_string(),
        "\
Layer               Output size      Parameters  Multiply-adds
──────────────────────────────────────────────────────────────
CNN                 [4, 10]                   -              -
  conv1: Conv2d     [4, 6, 28, 28]          456      1,411,200
  pool1: MaxPool2d  [4, 6, 14, 14]            -              -
  conv2: Conv2d     [4, 16, 10, 10]       2,416        960,000
  pool2: MaxPool2d  [4, 16, 5, 5]             -              -
  neur1: Linear     [4, 120]             48,120        192,000
  neur2: Linear     [4, 84]              10,164         40,320
  neur3: Linear     [4, 10]                 850          3,360
──────────────────────────────────────────────────────────────
Parameters: 62,006 (0.25 MB)
Multiply-adds: 2,606,880
Outputs of all layers: 0.13 MB"
    );
}

#[test]
fn what_is_nested_is_indented_and_what_is_frozen_is_told() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(
        nn::sequential!(nn::ConvTranspose2d::new(2, 3, 2), nn::BatchNorm2d::new(3)),
        nn::Flatten::new(),
        nn::Linear::new(27, 4)
    );
    let _ = model.parameters()[0].set_requires_grad(false);
    let summary = model.summary([5, 2, 2, 2]);
    let depths: Vec<_> = summary.rows.iter().map(|row| row.depth).collect();
    assert_eq!(depths, [0, 1, 2, 2, 1, 1]);
    // Each of the 5 · 2 · 2 · 2 inputs goes with the 3 · 2 · 2 weights of its channel.
    assert_eq!(summary.rows[2].multiply_adds, 40 * 12);
    assert_eq!(summary.rows[5].multiply_adds, 5 * 27 * 4);
    assert_eq!(summary.parameters, 2 * 3 * 4 + 3 + 3 + 3 + 27 * 4 + 4);
    assert_eq!(summary.trainable_parameters, summary.parameters - 24);
    assert!(summary.to_string().contains(", 24 of them frozen"), "{summary}");
    assert!(summary.to_string().contains("\n    1: BatchNorm2d "), "{summary}");
}

#[test]
fn recurrent_layers_and_attention_are_counted() {
    let _generator = crate::seeded(0);
    let reader = models::RowReader::<nn::LongShortTerm>::new(128, models::Answer::Last);
    let summary = reader.summary([4, 3, 32, 32]);
    assert_eq!(summary.rows[1].outputs, [vec![32, 4, 128], vec![1, 4, 128], vec![1, 4, 128]]);
    assert_eq!(summary.rows[1].multiply_adds, 32 * 4 * (4 * 128) * (96 + 128));

    // By hand: three matrices, each once a step.
    let network = models::RecurrentNetwork::new(5, 7, 3);
    let summary = network.summary([4, 5]);
    assert_eq!(summary.rows[0].multiply_adds, 4 * (7 * 5 + 7 * 7 + 3 * 7));
    let projected = nn::LSTM::options(5, 7).proj_size(2).build();
    let x = Tensor::zeros([6, 4, 5], (Kind::Float, Device::Cpu));
    assert_eq!(projected.multiply_adds(&[&x], &[&x]), 6 * 4 * (28 * (5 + 2) + 2 * 7));

    let layer = nn::TransformerEncoderLayer::options(8, 2).dim_feedforward(16).build();
    let summary = layer.summary([5, 3, 8]);
    let row = |name| summary.rows.iter().find(|row| row.name == name).unwrap();
    // Four projections, and the products of queries with keys and of weights with values.
    assert_eq!(row("self_attn").multiply_adds, 15 * 4 * 64 + 2 * 3 * 5 * 5 * 8);
    assert_eq!(row("linear1").multiply_adds, 15 * 8 * 16);
}

#[test]
fn whole_numbers_are_given_as_a_tensor() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(nn::Embedding::new(10, 4), nn::Linear::new(4, 2));
    let summary = Summary::of(&model, &Tensor::zeros([3, 7], (Kind::Int64, Device::Cpu)));
    assert_eq!(summary.rows[1].outputs, [[3, 7, 4]]);
    assert_eq!((summary.rows[1].multiply_adds, summary.rows[2].multiply_adds), (0, 3 * 7 * 8));
}

#[test]
fn nothing_is_changed() {
    let _generator = crate::seeded(0);
    let model =
        nn::sequential!(nn::BatchNorm1d::new(3), nn::Dropout::default(), nn::Linear::new(3, 2));
    let before: Vec<_> = model.state_dict().values().map(Tensor::copy).collect();
    let generator = random::get_rng_state();
    let _ = model.summary([4, 3]);
    assert_eq!(model.state_dict().values().map(Tensor::copy).collect::<Vec<_>>(), before);
    assert_eq!(random::get_rng_state(), generator);
    // It is in training still: half of what goes in is left out.
    let ones = Tensor::ones([1000], (Kind::Float, Device::Cpu));
    assert!(nn::call(&model[1], &ones).min().double_value(&[]) == 0.0);
}

//! Recurrent layers and their cells.

use flambeau::nn::utils::rnn::{
    PackedSequence, pack_padded_sequence_options, pack_sequence_options,
    pad_packed_sequence_options, pad_sequence_options, unpack_sequence, unpad_sequence_options,
};
use flambeau::nn::{Recurrence, RnnNonlinearity::ReLU, State};

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("rnn", sequence(|| nn::RNN::new(4, 6), &[5, 3, 4])),
        (
            "rnn_layers",
            sequence(
                || nn::RNN::options(4, 6).num_layers(2).bidirectional(true).build(),
                &[5, 3, 4],
            ),
        ),
        (
            "rnn_no_bias",
            sequence(|| nn::RNN::options(4, 6).bias(false).batch_first(true).build(), &[3, 5, 4]),
        ),
        ("rnn_one_sequence", sequence(|| nn::RNN::new(4, 6), &[5, 4])),
        ("lstm", sequence(|| nn::LSTM::new(4, 6), &[5, 3, 4])),
        (
            "lstm_layers",
            sequence(
                || {
                    let lstm = nn::LSTM::options(4, 6).num_layers(2).batch_first(true);
                    lstm.dropout(0.5).bidirectional(true).build()
                },
                &[3, 5, 4],
            ),
        ),
        (
            "lstm_one_sequence",
            sequence(|| nn::LSTM::options(4, 6).batch_first(true).build(), &[5, 4]),
        ),
        ("gru", sequence(|| nn::GRU::new(4, 6), &[5, 3, 4])),
        (
            "gru_layers",
            sequence(|| nn::GRU::options(4, 6).num_layers(3).dropout(0.25).build(), &[5, 3, 4]),
        ),
        (
            "gru_no_bias",
            sequence(|| nn::GRU::options(4, 6).bias(false).bidirectional(true).build(), &[5, 3, 4]),
        ),
        ("rnn_cell", cell(|| nn::RNNCell::new(4, 6), &[3, 4])),
        ("lstm_cell", cell(|| nn::LSTMCell::new(4, 6), &[3, 4])),
        ("lstm_cell_no_bias", cell(|| nn::LSTMCell::options(4, 6).bias(false).build(), &[3, 4])),
        ("gru_cell", cell(|| nn::GRUCell::new(4, 6), &[3, 4])),
        ("gru_cell_one", cell(|| nn::GRUCell::new(4, 6), &[4])),
        ("rnn_relu", sequence(|| nn::RNN::options(4, 6).nonlinearity(ReLU).build(), &[5, 3, 4])),
        (
            "rnn_relu_layers",
            sequence(
                || {
                    let rnn = nn::RNN::options(4, 6).num_layers(2).nonlinearity(ReLU);
                    rnn.batch_first(true).dropout(0.5).bidirectional(true).build()
                },
                &[3, 5, 4],
            ),
        ),
        ("rnn_packed", packed(|| nn::RNN::new(4, 6), &[5, 3, 2], true)),
        (
            "rnn_relu_packed",
            packed(
                || nn::RNN::options(4, 6).nonlinearity(ReLU).num_layers(2).build(),
                &[2, 5, 3],
                false,
            ),
        ),
        ("lstm_projection", sequence(|| nn::LSTM::options(4, 6).proj_size(3).build(), &[5, 3, 4])),
        (
            "lstm_projection_layers",
            sequence(
                || {
                    let lstm = nn::LSTM::options(4, 6).num_layers(2).bias(false);
                    lstm.bidirectional(true).proj_size(2).build()
                },
                &[5, 3, 4],
            ),
        ),
        ("lstm_packed", packed(|| nn::LSTM::new(4, 6), &[5, 5, 1], true)),
        (
            "lstm_packed_layers",
            packed(
                || {
                    let lstm = nn::LSTM::options(4, 6).num_layers(2);
                    lstm.dropout(0.5).bidirectional(true).build()
                },
                &[1, 4, 5],
                false,
            ),
        ),
        (
            "lstm_packed_projection",
            packed(|| nn::LSTM::options(4, 6).proj_size(3).build(), &[3, 4, 5], false),
        ),
        (
            "gru_batch_first",
            sequence(|| nn::GRU::options(4, 6).batch_first(true).build(), &[3, 5, 4]),
        ),
        ("gru_packed", packed(|| nn::GRU::new(4, 6), &[4, 3, 1], true)),
        (
            "gru_packed_layers",
            packed(
                || {
                    let gru = nn::GRU::options(4, 6).num_layers(2);
                    gru.bias(false).bidirectional(true).build()
                },
                &[2, 5, 5],
                false,
            ),
        ),
        ("rnn_cell_relu", cell(|| nn::RNNCell::options(4, 6).nonlinearity(ReLU).build(), &[3, 4])),
        ("rnn_cell_no_bias", cell(|| nn::RNNCell::options(4, 6).bias(false).build(), &[4])),
        ("gru_cell_no_bias", cell(|| nn::GRUCell::options(4, 6).bias(false).build(), &[3, 4])),
        ("padded_and_packed", Box::new(padded_and_packed)),
    ]
}

/// A recurrent layer: its output, its state, and all gradients, in training and evaluation.
fn sequence<R: Recurrence>(
    build: impl Fn() -> nn::Recurrent<R> + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let input = randn(shape);
        let (output, state) = module.forward(&input);
        let mut result = results(&module, &module.to_string(), &[input.shallow_clone()], output);
        insert_state(&mut result, &state);
        module.eval();
        let (output, _) = module.forward_options(&input).hx(&state).call();
        result.insert("output in evaluation".into(), output.detach());
        result
    })
}

/// A recurrent layer on packed sequences, from the state zero and from the one that it gave.
fn packed<R: Recurrence>(
    build: impl Fn() -> nn::Recurrent<R> + 'static,
    lengths: &'static [i64],
    enforce_sorted: bool,
) -> Case {
    Box::new(move || {
        let module = build();
        let input = randn(&[5, 3, 4]);
        let sequences = pack_padded_sequence_options(&input, lengths);
        let sequences = sequences.enforce_sorted(enforce_sorted).call();
        let (output, state): (PackedSequence, _) = module.forward(&sequences);
        let (again, _) = module.forward_options(&sequences).hx(&state).call();
        let (padded, lengths) =
            pad_packed_sequence_options(&again).padding_value(-1).total_length(6).call();
        let mut result =
            results(&module, &module.to_string(), &[input], output.data().shallow_clone());
        insert_state(&mut result, &state);
        result.insert("padded".into(), padded.detach());
        result.insert("lengths".into(), lengths);
        result
    })
}

/// Sequences padded on the left, packed and unpacked, padded and taken apart again.
fn padded_and_packed() -> StateDict {
    let sequences = [2, 4, 1].map(|length| Tensor::randn([length, 2], (Kind::Float, Device::Cpu)));
    let mut result = StateDict::new();
    let mut insert = |name: String, tensor: &Tensor| result.insert(name, tensor.copy());
    let left = pad_sequence_options(&sequences).padding_value(0.5).padding_side("left").call();
    insert("left".into(), &left);
    let packed = pack_sequence_options(&sequences).enforce_sorted(false).call();
    for (i, sequence) in unpack_sequence(&packed).iter().enumerate() {
        insert(format!("unpacked.{i}"), sequence);
    }
    let (padded, lengths) = pad_packed_sequence_options(&packed).batch_first(true).call();
    let unpadded = unpad_sequence_options(&padded, &lengths).batch_first(true).call();
    for (i, sequence) in unpadded.iter().enumerate() {
        insert(format!("unpadded.{i}"), sequence);
    }
    insert("data".into(), packed.data());
    insert("batch_sizes".into(), packed.batch_sizes());
    insert("sorted".into(), packed.sorted_indices().expect("they were sorted"));
    insert("unsorted".into(), packed.unsorted_indices().expect("they were sorted"));
    result
}

/// A recurrent cell: two steps, and all gradients.
fn cell<R: Recurrence>(
    build: impl Fn() -> nn::RecurrentCell<R> + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let input = randn(shape);
        let state = module.forward_options(&input).hx(&module.forward(&input)).call();
        let sums = state.tensors().into_iter().map(|s| s.sum(Kind::Float));
        sums.reduce(|a, b| a + b).expect("a state").backward();
        let mut result = StateDict::new();
        insert_state(&mut result, &state);
        described(&module, &module.to_string(), &[input], result)
    })
}

fn insert_state(result: &mut StateDict, state: &impl State) {
    for (i, tensor) in state.tensors().into_iter().enumerate() {
        result.insert(format!("state.{i}"), tensor.detach());
    }
}

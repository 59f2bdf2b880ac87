//! Recurrent layers and their cells.

use flambeau::nn::Recurrence;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("rnn", sequence(|| nn::Rnn::new(4, 6), &[5, 3, 4])),
        (
            "rnn_layers",
            sequence(
                || nn::Rnn::options(4, 6).num_layers(2).bidirectional(true).build(),
                &[5, 3, 4],
            ),
        ),
        (
            "rnn_no_bias",
            sequence(|| nn::Rnn::options(4, 6).bias(false).batch_first(true).build(), &[3, 5, 4]),
        ),
        ("rnn_one_sequence", sequence(|| nn::Rnn::new(4, 6), &[5, 4])),
        ("lstm", sequence(|| nn::Lstm::new(4, 6), &[5, 3, 4])),
        (
            "lstm_layers",
            sequence(
                || {
                    let lstm = nn::Lstm::options(4, 6).num_layers(2).batch_first(true);
                    lstm.dropout(0.5).bidirectional(true).build()
                },
                &[3, 5, 4],
            ),
        ),
        (
            "lstm_one_sequence",
            sequence(|| nn::Lstm::options(4, 6).batch_first(true).build(), &[5, 4]),
        ),
        ("gru", sequence(|| nn::Gru::new(4, 6), &[5, 3, 4])),
        (
            "gru_layers",
            sequence(|| nn::Gru::options(4, 6).num_layers(3).dropout(0.25).build(), &[5, 3, 4]),
        ),
        (
            "gru_no_bias",
            sequence(|| nn::Gru::options(4, 6).bias(false).bidirectional(true).build(), &[5, 3, 4]),
        ),
        ("rnn_cell", cell(|| nn::RnnCell::new(4, 6), &[3, 4])),
        ("lstm_cell", cell(|| nn::LstmCell::new(4, 6), &[3, 4])),
        ("lstm_cell_no_bias", cell(|| nn::LstmCell::options(4, 6).bias(false).build(), &[3, 4])),
        ("gru_cell", cell(|| nn::GruCell::new(4, 6), &[3, 4])),
        ("gru_cell_one", cell(|| nn::GruCell::new(4, 6), &[4])),
    ]
}

/// The tensors of a recurrent layer's state.
trait State {
    fn tensors(&self) -> Vec<&Tensor>;
}

impl State for Tensor {
    fn tensors(&self) -> Vec<&Tensor> {
        vec![self]
    }
}

impl State for (Tensor, Tensor) {
    fn tensors(&self) -> Vec<&Tensor> {
        vec![&self.0, &self.1]
    }
}

/// A recurrent layer: its output, its state, and all gradients, in training and evaluation.
fn sequence<R: Recurrence<State: State>>(
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
        let (output, _) = module.forward_from(&input, &state);
        result.insert("output in evaluation".into(), output.detach());
        result
    })
}

/// A recurrent cell: two steps, and all gradients.
fn cell<R: Recurrence<State: State>>(
    build: impl Fn() -> nn::RecurrentCell<R> + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let input = randn(shape);
        let state = module.forward_from(&input, &module.forward(&input));
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

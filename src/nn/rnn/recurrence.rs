//! The three recurrences, what they carry from step to step, and what they read.

use std::fmt::Debug;

use tch::Tensor;

use super::{Recurrent, RecurrentCell};
use crate::nn::call::check;
use crate::nn::utils::rnn::PackedSequence;
use crate::nn::{Member, Parameter, init};

/// One of the three recurrences: [`Elman`], [`LongShortTerm`] or [`Gated`]. A value holds what
/// this recurrence alone can be told.
pub trait Recurrence: Clone + Debug + Default + Send + 'static {
    /// The layer's class, as Python prints it.
    const CLASS: &'static str;
    /// The cell's class.
    const CELL: &'static str;
    /// How many values are computed from the input for each hidden one.
    const CHUNKS: i64;
    /// What is carried from step to step: h, or (h, c).
    type State: State;

    /// How wide h is: narrower than the layer with a projection.
    #[doc(hidden)]
    fn output_size(&self, hidden_size: i64) -> i64 {
        hidden_size
    }
    /// What the layer's print says of `self`.
    #[doc(hidden)]
    fn layer_repr(&self) -> String {
        String::new()
    }
    /// What the cell's print says of `self`.
    #[doc(hidden)]
    fn cell_repr(&self) -> String {
        String::new()
    }
    /// Checks the options that this recurrence alone has.
    #[doc(hidden)]
    fn check(&self, _hidden_size: i64) {}
    /// Runs a layer over (T, N, input), or with `batch_first` over (N, T, input).
    #[doc(hidden)]
    fn run(layer: &Recurrent<Self>, input: &Tensor, state: &Self::State) -> (Tensor, Self::State);
    /// Runs a layer over packed sequences.
    #[doc(hidden)]
    fn run_packed(
        layer: &Recurrent<Self>,
        data: &Tensor,
        batch_sizes: &Tensor,
        state: &Self::State,
    ) -> (Tensor, Self::State);
    /// Takes a cell's step on (N, input).
    #[doc(hidden)]
    fn step(cell: &RecurrentCell<Self>, input: &Tensor, state: &Self::State) -> Self::State;
}

/// What follows the sum in an [`RNN`](super::RNN).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RnnNonlinearity {
    /// tanh(x).
    #[default]
    Tanh,
    /// max(0, x).
    ReLU,
}

impl From<&str> for RnnNonlinearity {
    /// # Panics
    /// When there is no such name.
    fn from(name: &str) -> Self {
        match name {
            "tanh" => Self::Tanh,
            "relu" => Self::ReLU,
            _ => panic!("nonlinearity must be one of 'tanh', 'relu', but is '{name}'"),
        }
    }
}

/// hₜ = f(W_ih·xₜ + b_ih + W_hh·hₜ₋₁ + b_hh), f = tanh or ReLU; the state is h.
#[derive(Clone, Debug, Default)]
pub struct Elman {
    pub(super) nonlinearity: RnnNonlinearity,
}

/// The LSTM: i, f, o = σ(…), g = tanh(…), each of W_i·x + b_i + W_h·h + b_h; cₜ = f·cₜ₋₁ + i·g,
/// hₜ = o·tanh(cₜ), with a projection W_hr·(o·tanh(cₜ)); the state is (h, c).
#[derive(Clone, Debug, Default)]
pub struct LongShortTerm {
    pub(super) proj_size: i64,
}

/// The GRU: r, z = σ(…), n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn)),
/// hₜ = (1 - z)·n + z·hₜ₋₁; the state is h.
#[derive(Clone, Debug, Default)]
pub struct Gated {}

/// What a recurrence carries from step to step: a tensor h, or the two of (h, c).
pub trait State: Sized + 'static {
    /// Its tensors, h first.
    fn tensors(&self) -> Vec<&Tensor>;
    /// The state of which `f` gives the tensor of this index.
    #[doc(hidden)]
    fn build(f: impl FnMut(usize) -> Tensor) -> Self;

    /// Does the same to each tensor.
    #[doc(hidden)]
    fn map(&self, f: impl Fn(&Tensor) -> Tensor) -> Self {
        let tensors = self.tensors();
        Self::build(|i| f(tensors[i]))
    }
}

impl State for Tensor {
    fn tensors(&self) -> Vec<&Tensor> {
        vec![self]
    }

    fn build(mut f: impl FnMut(usize) -> Tensor) -> Self {
        f(0)
    }
}

impl State for (Tensor, Tensor) {
    fn tensors(&self) -> Vec<&Tensor> {
        vec![&self.0, &self.1]
    }

    fn build(mut f: impl FnMut(usize) -> Tensor) -> Self {
        (f(0), f(1))
    }
}

/// What a recurrent layer reads, and gives: a tensor, or a [`PackedSequence`].
pub trait Sequence: Sized + 'static {
    /// The numbers alone.
    #[doc(hidden)]
    fn data(&self) -> &Tensor;
    /// What is wrong with the number of dimensions, if anything is.
    #[doc(hidden)]
    fn complaint(&self, class: &str) -> Option<String>;
    /// How many sequences there are; `None` for one alone, without a dimension for it.
    #[doc(hidden)]
    fn batch(&self, batch_first: bool) -> Option<i64>;
    /// Runs the layer from the state `hx`.
    #[doc(hidden)]
    fn read<R: Recurrence>(&self, layer: &Recurrent<R>, hx: &R::State) -> (Self, R::State);
}

impl Sequence for Tensor {
    fn data(&self) -> &Tensor {
        self
    }

    fn complaint(&self, class: &str) -> Option<String> {
        let dim = self.dim();
        let wrong = dim != 2 && dim != 3;
        wrong.then(|| format!("{class}: Expected input to be 2D or 3D, got {dim}D instead"))
    }

    fn batch(&self, batch_first: bool) -> Option<i64> {
        match self.size()[..] {
            [first, second, _] => Some(if batch_first { first } else { second }),
            _ => None,
        }
    }

    fn read<R: Recurrence>(&self, layer: &Recurrent<R>, hx: &R::State) -> (Tensor, R::State) {
        if self.dim() == 3 {
            return R::run(layer, self, hx);
        }
        let batch = if layer.batch_first { 0 } else { 1 };
        let (output, state) =
            R::run(layer, &self.unsqueeze(batch), &hx.map(|state| state.unsqueeze(1)));
        (output.squeeze_dim(batch), state.map(|state| state.squeeze_dim(1)))
    }
}

impl Sequence for PackedSequence {
    fn data(&self) -> &Tensor {
        self.data()
    }

    fn complaint(&self, _class: &str) -> Option<String> {
        let dim = self.data().dim();
        (dim != 2).then(|| format!("input must have 2 dimensions, got {dim}"))
    }

    fn batch(&self, _batch_first: bool) -> Option<i64> {
        Some(self.batch_sizes().int64_value(&[0]))
    }

    fn read<R: Recurrence>(&self, layer: &Recurrent<R>, hx: &R::State) -> (Self, R::State) {
        // The states are the caller's, in the caller's order; the sequences are sorted by length.
        let reordered = |state: R::State, order: Option<&Tensor>| match order {
            Some(order) => state.map(|tensor| tensor.index_select(1, order)),
            None => state,
        };
        let hx = reordered(hx.map(Tensor::shallow_clone), self.sorted_indices());
        let (output, state) = R::run_packed(layer, self.data(), self.batch_sizes(), &hx);
        (self.with_data(output), reordered(state, self.unsorted_indices()))
    }
}

/// Weights from U(±1/√hidden), of these names and sizes, in PyTorch's order.
pub(super) fn parameters(sizes: Vec<(String, Vec<i64>)>, hidden: i64) -> Vec<(String, Parameter)> {
    let bound = 1.0 / (hidden as f64).sqrt();
    let draw = |(name, size): (String, Vec<i64>)| {
        let parameter = Parameter::empty(&size);
        init::uniform_options(&parameter).a(-bound).b(bound).call();
        (name, parameter)
    };
    sizes.into_iter().map(draw).collect()
}

pub(super) fn named(weights: &[(String, Parameter)]) -> impl Iterator<Item = (String, Member<'_>)> {
    weights.iter().map(|(name, weight)| (name.clone(), Member::Parameter(weight)))
}

/// Each tensor of the state has the size that is expected of it.
pub(super) fn check_sizes<S: State>(state: &S, expected: &S) {
    let dim = expected.tensors()[0].dim();
    let dims: Vec<_> = state.tensors().iter().map(|tensor| tensor.dim()).collect();
    let input = if dim == 3 { "batched 3-D" } else { "unbatched 2-D" };
    match dims[..] {
        [h] => {
            check!(h == dim, "For {input} input, hx should also be {dim}-D but got {h}-D tensor")
        }
        _ => check!(
            dims.iter().all(|given| *given == dim),
            "For {input} input, hx and cx should also be {dim}-D but got ({}-D, {}-D) tensors",
            dims[0],
            dims[1]
        ),
    }
    let several = dims.len() > 1;
    for (i, (given, expected)) in state.tensors().iter().zip(expected.tensors()).enumerate() {
        let which = if several { format!("hidden[{i}]") } else { "hidden".into() };
        let (given, expected) = (given.size(), expected.size());
        check!(given == expected, "Expected {which} size {expected:?}, got {given:?}");
    }
}

impl Recurrence for Elman {
    const CLASS: &'static str = "RNN";
    const CELL: &'static str = "RNNCell";
    const CHUNKS: i64 = 1;
    type State = Tensor;

    fn cell_repr(&self) -> String {
        match self.nonlinearity {
            RnnNonlinearity::Tanh => String::new(),
            RnnNonlinearity::ReLU => ", nonlinearity=relu".into(),
        }
    }

    fn run(l: &Recurrent<Self>, input: &Tensor, h: &Tensor) -> (Tensor, Tensor) {
        let run = match l.recurrence.nonlinearity {
            RnnNonlinearity::Tanh => Tensor::rnn_tanh::<&Tensor>,
            RnnNonlinearity::ReLU => Tensor::rnn_relu::<&Tensor>,
        };
        let (weights, train) = (l.flat_weights(), l.training.get());
        let (layers, both) = (l.num_layers, l.bidirectional);
        run(input, h, &weights, l.bias, layers, l.dropout, train, both, l.batch_first)
    }

    fn run_packed(
        l: &Recurrent<Self>,
        data: &Tensor,
        batch_sizes: &Tensor,
        h: &Tensor,
    ) -> (Tensor, Tensor) {
        let run = match l.recurrence.nonlinearity {
            RnnNonlinearity::Tanh => Tensor::rnn_tanh_data::<&Tensor>,
            RnnNonlinearity::ReLU => Tensor::rnn_relu_data::<&Tensor>,
        };
        let (weights, train) = (l.flat_weights(), l.training.get());
        let (layers, both) = (l.num_layers, l.bidirectional);
        run(data, batch_sizes, h, &weights, l.bias, layers, l.dropout, train, both)
    }

    fn step(cell: &RecurrentCell<Self>, input: &Tensor, h: &Tensor) -> Tensor {
        let (w_ih, w_hh, b_ih, b_hh) = cell.parts();
        match cell.recurrence.nonlinearity {
            RnnNonlinearity::Tanh => input.rnn_tanh_cell(h, w_ih, w_hh, b_ih, b_hh),
            RnnNonlinearity::ReLU => input.rnn_relu_cell(h, w_ih, w_hh, b_ih, b_hh),
        }
    }
}

impl Recurrence for LongShortTerm {
    const CLASS: &'static str = "LSTM";
    const CELL: &'static str = "LSTMCell";
    const CHUNKS: i64 = 4;
    type State = (Tensor, Tensor);

    fn output_size(&self, hidden_size: i64) -> i64 {
        if self.proj_size > 0 { self.proj_size } else { hidden_size }
    }

    fn layer_repr(&self) -> String {
        match self.proj_size {
            0 => String::new(),
            proj_size => format!(", proj_size={proj_size}"),
        }
    }

    fn check(&self, hidden_size: i64) {
        assert!(
            self.proj_size >= 0,
            "proj_size should be a positive integer or zero to disable projections"
        );
        assert!(self.proj_size < hidden_size, "proj_size has to be smaller than hidden_size");
    }

    fn run(
        l: &Recurrent<Self>,
        input: &Tensor,
        (h, c): &(Tensor, Tensor),
    ) -> (Tensor, (Tensor, Tensor)) {
        let (weights, train) = (l.flat_weights(), l.training.get());
        let (state, layers, both) = ([h, c], l.num_layers, l.bidirectional);
        let (output, h, c) =
            input.lstm(&state, &weights, l.bias, layers, l.dropout, train, both, l.batch_first);
        (output, (h, c))
    }

    fn run_packed(
        l: &Recurrent<Self>,
        data: &Tensor,
        batch_sizes: &Tensor,
        (h, c): &(Tensor, Tensor),
    ) -> (Tensor, (Tensor, Tensor)) {
        let (weights, train) = (l.flat_weights(), l.training.get());
        let (state, layers, both) = ([h, c], l.num_layers, l.bidirectional);
        let (output, h, c) = Tensor::lstm_data(
            data,
            batch_sizes,
            &state,
            &weights,
            l.bias,
            layers,
            l.dropout,
            train,
            both,
        );
        (output, (h, c))
    }

    fn step(
        cell: &RecurrentCell<Self>,
        input: &Tensor,
        (h, c): &(Tensor, Tensor),
    ) -> (Tensor, Tensor) {
        let (w_ih, w_hh, b_ih, b_hh) = cell.parts();
        input.lstm_cell(&[h, c], w_ih, w_hh, b_ih, b_hh)
    }
}

impl Recurrence for Gated {
    const CLASS: &'static str = "GRU";
    const CELL: &'static str = "GRUCell";
    const CHUNKS: i64 = 3;
    type State = Tensor;

    fn run(l: &Recurrent<Self>, input: &Tensor, h: &Tensor) -> (Tensor, Tensor) {
        let (weights, train) = (l.flat_weights(), l.training.get());
        let (layers, both) = (l.num_layers, l.bidirectional);
        input.gru(h, &weights, l.bias, layers, l.dropout, train, both, l.batch_first)
    }

    fn run_packed(
        l: &Recurrent<Self>,
        data: &Tensor,
        batch_sizes: &Tensor,
        h: &Tensor,
    ) -> (Tensor, Tensor) {
        let (weights, train) = (l.flat_weights(), l.training.get());
        let (layers, both) = (l.num_layers, l.bidirectional);
        Tensor::gru_data(data, batch_sizes, h, &weights, l.bias, layers, l.dropout, train, both)
    }

    fn step(cell: &RecurrentCell<Self>, input: &Tensor, h: &Tensor) -> Tensor {
        let (w_ih, w_hh, b_ih, b_hh) = cell.parts();
        input.gru_cell(h, w_ih, w_hh, b_ih, b_hh)
    }
}

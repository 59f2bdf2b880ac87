//! Recurrent layers, and the cells that take one step of them.

use std::fmt::{self, Debug, Write};
use std::marker::PhantomData;

use tch::Tensor;

use super::call::check;
use super::repr::python_float;
use super::{Member, Module, Parameter, Training, guard, init};

/// One of the three recurrences: [`Elman`], [`LongShortTerm`] or [`Gated`].
pub trait Recurrence: Debug + Send + Sized + 'static {
    /// The layer's class, as Python prints it.
    const CLASS: &'static str;
    /// The cell's class.
    const CELL: &'static str;
    /// How many values are computed from the input for each hidden one.
    const CHUNKS: i64;
    /// What is carried from step to step.
    type State;

    /// The state before the first step.
    #[doc(hidden)]
    fn zeros(size: &[i64], like: &Tensor) -> Self::State;
    /// Does the same to each tensor of a state.
    #[doc(hidden)]
    fn map(state: &Self::State, f: impl Fn(&Tensor) -> Tensor) -> Self::State;
    /// Runs a layer on (T, N, input), or with `batch_first` (N, T, input).
    #[doc(hidden)]
    fn run(layer: &Recurrent<Self>, input: &Tensor, state: &Self::State) -> (Tensor, Self::State);
    /// Takes a cell's step on (N, input).
    #[doc(hidden)]
    fn step(cell: &RecurrentCell<Self>, input: &Tensor, state: &Self::State) -> Self::State;
}

/// hₜ = tanh(W_ih·xₜ + b_ih + W_hh·hₜ₋₁ + b_hh); the state is h.
#[derive(Debug)]
pub struct Elman {}

/// The LSTM: i, f, o = σ(…), g = tanh(…), each of W_i·x + b_i + W_h·h + b_h; cₜ = f·cₜ₋₁ + i·g,
/// hₜ = o·tanh(cₜ); the state is (h, c).
#[derive(Debug)]
pub struct LongShortTerm {}

/// The GRU: r, z = σ(…), n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn)),
/// hₜ = (1 - z)·n + z·hₜ₋₁; the state is h.
#[derive(Debug)]
pub struct Gated {}

/// What [`Rnn`], [`Lstm`] and [`Gru`] have in common: layers of one recurrence over a sequence.
///
/// # Shapes
/// T steps, N sequences, D = 2 if bidirectional, else 1.
/// - Input (T, N, `input_size`), with `batch_first` (N, T, `input_size`), or (T, `input_size`).
/// - Output (T, N, D·`hidden_size`), in the input's layout: h of the last layer at every step.
/// - Each tensor of the state (D·`num_layers`, N, `hidden_size`), without N for a sequence alone.
///
/// # Parameters
/// For layer k, once more with `_reverse` if bidirectional, each from U(±1/√`hidden_size`):
/// `weight_ih_lk` (chunks·`hidden_size`, input), `weight_hh_lk` (chunks·`hidden_size`,
/// `hidden_size`), `bias_ih_lk` and `bias_hh_lk` (chunks·`hidden_size`), absent with
/// `bias(false)`. There are 1 chunk in Rnn, 4 in Lstm (i, f, g, o), 3 in Gru (r, z, n); the input
/// of the layers after the first is D·`hidden_size` wide.
///
/// # Panics
/// When `hidden_size` or `num_layers` is not positive, or `dropout` is not from 0 to 1; and in
/// `forward` when the input has another width, in PyTorch's words.
#[derive(Debug)]
pub struct Recurrent<R: Recurrence> {
    input_size: i64,
    hidden_size: i64,
    num_layers: i64,
    bias: bool,
    batch_first: bool,
    dropout: f64,
    bidirectional: bool,
    weights: Vec<(String, Parameter)>,
    training: Training,
    recurrence: PhantomData<R>,
}

/// Elman's recurrent layer: [`torch.nn.RNN`]. Shapes and parameters stand at [`Recurrent`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let rnn = nn::Rnn::options(10, 20).num_layers(2).build();
/// let (output, h) = rnn.forward(&Tensor::randn([5, 3, 10], (Kind::Float, Device::Cpu)));
/// assert_eq!((output.size(), h.size()), (vec![5, 3, 20], vec![2, 3, 20]));
/// assert_eq!(rnn.to_string(), "RNN(10, 20, num_layers=2)");
/// ```
///
/// [`torch.nn.RNN`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
pub type Rnn = Recurrent<Elman>;

/// Long short-term memory: [`torch.nn.LSTM`]. Shapes and parameters stand at [`Recurrent`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let lstm = nn::Lstm::options(10, 20).batch_first(true).bidirectional(true).build();
/// let (output, (h, c)) = lstm.forward(&Tensor::randn([3, 5, 10], (Kind::Float, Device::Cpu)));
/// assert_eq!(output.size(), [3, 5, 40]);
/// assert_eq!((h.size(), c.size()), (vec![2, 3, 20], vec![2, 3, 20]));
/// ```
///
/// [`torch.nn.LSTM`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
pub type Lstm = Recurrent<LongShortTerm>;

/// Gated recurrent units: [`torch.nn.GRU`]. Shapes and parameters stand at [`Recurrent`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (output, h) = nn::Gru::new(10, 20).forward(&Tensor::zeros([5, 10], (Kind::Float, Device::Cpu)));
/// assert_eq!((output.size(), h.size()), (vec![5, 20], vec![1, 20]));
/// ```
///
/// [`torch.nn.GRU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
pub type Gru = Recurrent<Gated>;

#[bon::bon]
impl<R: Recurrence> Recurrent<R> {
    /// One layer, forwards, time first.
    pub fn new(input_size: i64, hidden_size: i64) -> Self {
        Self::options(input_size, hidden_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RecurrentOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] input_size: i64,
        #[builder(start_fn)] hidden_size: i64,
        /// How many layers, each reading the outputs of the one before.
        #[builder(default = 1)]
        num_layers: i64,
        /// Whether b_ih and b_hh are added.
        #[builder(default = true)]
        bias: bool,
        /// Whether input and output are (N, T, …) rather than (T, N, …).
        #[builder(default)]
        batch_first: bool,
        /// The share of the outputs of each layer but the last that is set to zero in training.
        #[builder(default = 0.0)]
        dropout: f64,
        /// Whether each layer reads backwards too.
        #[builder(default)]
        bidirectional: bool,
    ) -> Self {
        assert!(hidden_size > 0, "hidden_size must be greater than zero");
        assert!(num_layers > 0, "num_layers must be greater than zero");
        assert!(
            (0.0..=1.0).contains(&dropout),
            "dropout should be a number in range [0, 1] representing the probability of an \
             element being zeroed"
        );
        let directions: &[&str] = if bidirectional { &["", "_reverse"] } else { &[""] };
        let mut weights = Vec::new();
        for layer in 0..num_layers {
            for direction in directions {
                let input =
                    if layer == 0 { input_size } else { hidden_size * directions.len() as i64 };
                let suffix = format!("_l{layer}{direction}");
                weights.extend(parameters::<R>(input, hidden_size, bias, &suffix));
            }
        }
        Self {
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            weights,
            training: Training::default(),
            recurrence: PhantomData,
        }
    }

    /// Reads a sequence from the state zero. Returns the output at every step, and the state
    /// after the last.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> (Tensor, R::State) {
        let directions = if self.bidirectional { 2 } else { 1 };
        let mut size = vec![directions * self.num_layers, self.hidden_size];
        if let [first, second, _] = input.size()[..] {
            size.insert(1, if self.batch_first { first } else { second });
        }
        self.forward_from(input, &R::zeros(&size, input))
    }

    /// Reads a sequence from the state `hx`: `rnn(input, hx)` in Python.
    #[track_caller]
    pub fn forward_from(&self, input: &Tensor, hx: &R::State) -> (Tensor, R::State) {
        guard(self, &[input], || {
            let dim = input.dim();
            check!(
                dim == 2 || dim == 3,
                "{}: Expected input to be 2D or 3D, got {dim}D instead",
                R::CLASS
            );
            let width = input.size()[dim - 1];
            check!(
                width == self.input_size,
                "input.size(-1) must be equal to input_size. Expected {}, got {width}",
                self.input_size
            );
            if dim == 3 {
                return R::run(self, input, hx);
            }
            let batch = if self.batch_first { 0 } else { 1 };
            let hx = R::map(hx, |h| h.unsqueeze(1));
            let (output, state) = R::run(self, &input.unsqueeze(batch), &hx);
            (output.squeeze_dim(batch), R::map(&state, |h| h.squeeze_dim(1)))
        })
    }

    fn flat_weights(&self) -> Vec<&Tensor> {
        self.weights.iter().map(|(_, weight)| &**weight).collect()
    }
}

/// The weights of one layer in one direction, drawn in PyTorch's order.
fn parameters<R: Recurrence>(
    input: i64,
    hidden: i64,
    bias: bool,
    suffix: &str,
) -> Vec<(String, Parameter)> {
    let (rows, bound) = (R::CHUNKS * hidden, 1.0 / (hidden as f64).sqrt());
    let mut sizes = vec![("weight_ih", vec![rows, input]), ("weight_hh", vec![rows, hidden])];
    if bias {
        sizes.extend([("bias_ih", vec![rows]), ("bias_hh", vec![rows])]);
    }
    let draw = |(name, size): (&str, Vec<i64>)| {
        let parameter = Parameter::empty(&size);
        init::uniform_(&parameter, -bound, bound);
        (format!("{name}{suffix}"), parameter)
    };
    sizes.into_iter().map(draw).collect()
}

fn named(weights: &[(String, Parameter)]) -> impl Iterator<Item = (String, Member<'_>)> {
    weights.iter().map(|(name, weight)| (name.clone(), Member::Parameter(weight)))
}

/// By hand, since how many members there are depends on the number of layers.
impl<R: Recurrence> Module for Recurrent<R> {
    fn class_name(&self) -> &'static str {
        R::CLASS
    }

    fn extra_repr(&self) -> String {
        let mut repr = format!("{}, {}", self.input_size, self.hidden_size);
        if self.num_layers != 1 {
            let _ = write!(repr, ", num_layers={}", self.num_layers);
        }
        if !self.bias {
            repr.push_str(", bias=False");
        }
        if self.batch_first {
            repr.push_str(", batch_first=True");
        }
        if self.dropout != 0.0 {
            let _ = write!(repr, ", dropout={}", python_float(self.dropout));
        }
        if self.bidirectional {
            repr.push_str(", bidirectional=True");
        }
        repr
    }

    fn multiply_adds(&self, inputs: &[&Tensor], _outputs: &[&Tensor]) -> i64 {
        super::summary::at_every_step(&self.weights, inputs)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let training = ("training".to_string(), Member::Training(&self.training));
        named(&self.weights).chain([training]).collect()
    }
}

impl<R: Recurrence> fmt::Display for Recurrent<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print(self, f)
    }
}

/// What [`RnnCell`], [`LstmCell`] and [`GruCell`] have in common: one step of a recurrence.
///
/// # Shapes
/// Input (N, `input_size`); each tensor of the state (N, `hidden_size`).
///
/// # Parameters
/// `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, of the shapes and values of a layer of
/// [`Recurrent`].
#[derive(Debug)]
pub struct RecurrentCell<R: Recurrence> {
    input_size: i64,
    hidden_size: i64,
    weights: Vec<(String, Parameter)>,
    recurrence: PhantomData<R>,
}

/// One step of an [`Rnn`]: [`torch.nn.RNNCell`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let cell = nn::RnnCell::new(10, 20);
/// let mut h = Tensor::zeros([3, 20], (Kind::Float, Device::Cpu));
/// for x in Tensor::randn([6, 3, 10], (Kind::Float, Device::Cpu)).unbind(0) {
///     h = cell.forward_from(&x, &h);
/// }
/// assert_eq!(h.size(), [3, 20]);
/// ```
///
/// [`torch.nn.RNNCell`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html
pub type RnnCell = RecurrentCell<Elman>;

/// One step of an [`Lstm`]: [`torch.nn.LSTMCell`].
///
/// [`torch.nn.LSTMCell`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
pub type LstmCell = RecurrentCell<LongShortTerm>;

/// One step of a [`Gru`]: [`torch.nn.GRUCell`].
///
/// [`torch.nn.GRUCell`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html
pub type GruCell = RecurrentCell<Gated>;

#[bon::bon]
impl<R: Recurrence> RecurrentCell<R> {
    /// A cell with biases.
    pub fn new(input_size: i64, hidden_size: i64) -> Self {
        Self::options(input_size, hidden_size).build()
    }

    /// Begins a cell whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RecurrentCellOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] input_size: i64,
        #[builder(start_fn)] hidden_size: i64,
        /// Whether b_ih and b_hh are added.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        assert!(hidden_size > 0, "hidden_size must be greater than zero");
        let weights = parameters::<R>(input_size, hidden_size, bias, "");
        Self { input_size, hidden_size, weights, recurrence: PhantomData }
    }

    /// Takes a step from the state zero.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> R::State {
        let mut size = input.size();
        size.pop();
        size.push(self.hidden_size);
        self.forward_from(input, &R::zeros(&size, input))
    }

    /// Takes a step from the state `hx`: `cell(input, hx)` in Python.
    #[track_caller]
    pub fn forward_from(&self, input: &Tensor, hx: &R::State) -> R::State {
        guard(self, &[input], || match input.dim() {
            1 => {
                let hx = R::map(hx, |h| h.unsqueeze(0));
                let state = R::step(self, &input.unsqueeze(0), &hx);
                R::map(&state, |h| h.squeeze_dim(0))
            }
            _ => R::step(self, input, hx),
        })
    }

    /// W_ih, W_hh, and if there are any b_ih, b_hh.
    fn parts(&self) -> (&Tensor, &Tensor, Option<&Tensor>, Option<&Tensor>) {
        let part = |i: usize| self.weights.get(i).map(|(_, weight)| &**weight);
        let [Some(ih), Some(hh)] = [part(0), part(1)] else {
            unreachable!("there are two weights")
        };
        (ih, hh, part(2), part(3))
    }
}

impl<R: Recurrence> Module for RecurrentCell<R> {
    fn class_name(&self) -> &'static str {
        R::CELL
    }

    fn extra_repr(&self) -> String {
        let bias = if self.weights.len() == 2 { ", bias=False" } else { "" };
        format!("{}, {}{bias}", self.input_size, self.hidden_size)
    }

    fn multiply_adds(&self, inputs: &[&Tensor], _outputs: &[&Tensor]) -> i64 {
        super::summary::at_every_step(&self.weights, inputs)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        named(&self.weights).collect()
    }
}

impl<R: Recurrence> fmt::Display for RecurrentCell<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print(self, f)
    }
}

fn zeros(size: &[i64], like: &Tensor) -> Tensor {
    Tensor::zeros(size, (like.kind(), like.device()))
}

impl Recurrence for Elman {
    const CLASS: &'static str = "RNN";
    const CELL: &'static str = "RNNCell";
    const CHUNKS: i64 = 1;
    type State = Tensor;

    fn zeros(size: &[i64], like: &Tensor) -> Tensor {
        zeros(size, like)
    }

    fn map(h: &Tensor, f: impl Fn(&Tensor) -> Tensor) -> Tensor {
        f(h)
    }

    fn run(l: &Recurrent<Self>, input: &Tensor, h: &Tensor) -> (Tensor, Tensor) {
        let (weights, train) = (l.flat_weights(), l.training.get());
        input.rnn_tanh(
            h,
            &weights,
            l.bias,
            l.num_layers,
            l.dropout,
            train,
            l.bidirectional,
            l.batch_first,
        )
    }

    fn step(cell: &RecurrentCell<Self>, input: &Tensor, h: &Tensor) -> Tensor {
        let (w_ih, w_hh, b_ih, b_hh) = cell.parts();
        input.rnn_tanh_cell(h, w_ih, w_hh, b_ih, b_hh)
    }
}

impl Recurrence for LongShortTerm {
    const CLASS: &'static str = "LSTM";
    const CELL: &'static str = "LSTMCell";
    const CHUNKS: i64 = 4;
    type State = (Tensor, Tensor);

    fn zeros(size: &[i64], like: &Tensor) -> (Tensor, Tensor) {
        (zeros(size, like), zeros(size, like))
    }

    fn map((h, c): &(Tensor, Tensor), f: impl Fn(&Tensor) -> Tensor) -> (Tensor, Tensor) {
        (f(h), f(c))
    }

    fn run(
        l: &Recurrent<Self>,
        input: &Tensor,
        (h, c): &(Tensor, Tensor),
    ) -> (Tensor, (Tensor, Tensor)) {
        let (weights, train) = (l.flat_weights(), l.training.get());
        let (output, h, c) = input.lstm(
            &[h, c],
            &weights,
            l.bias,
            l.num_layers,
            l.dropout,
            train,
            l.bidirectional,
            l.batch_first,
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

    fn zeros(size: &[i64], like: &Tensor) -> Tensor {
        zeros(size, like)
    }

    fn map(h: &Tensor, f: impl Fn(&Tensor) -> Tensor) -> Tensor {
        f(h)
    }

    fn run(l: &Recurrent<Self>, input: &Tensor, h: &Tensor) -> (Tensor, Tensor) {
        let (weights, train) = (l.flat_weights(), l.training.get());
        input.gru(
            h,
            &weights,
            l.bias,
            l.num_layers,
            l.dropout,
            train,
            l.bidirectional,
            l.batch_first,
        )
    }

    fn step(cell: &RecurrentCell<Self>, input: &Tensor, h: &Tensor) -> Tensor {
        let (w_ih, w_hh, b_ih, b_hh) = cell.parts();
        input.gru_cell(h, w_ih, w_hh, b_ih, b_hh)
    }
}

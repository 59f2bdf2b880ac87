//! Recurrent layers, which read whole sequences.

use std::fmt::Write;

use tch::Tensor;

use super::recurrence::check_sizes;
use super::weights::Weights;
use super::{Elman, Gated, LongShortTerm, Recurrence, RnnNonlinearity, Sequence, State};
use crate::nn::call::{check, refuse};
use crate::nn::{Module, Training, guard};
use crate::repr::python_float;

/// What [`RNN`], [`LSTM`] and [`GRU`] have in common: layers of one recurrence over a sequence.
///
/// # Shapes
/// T steps, N sequences, D = 2 if bidirectional, else 1; H = `hidden_size`, or in an LSTM with a
/// projection `proj_size`.
/// - Input (T, N, `input_size`), with `batch_first` (N, T, `input_size`), or (T, `input_size`); or a
///   [`PackedSequence`](crate::nn::utils::rnn::PackedSequence).
/// - Output (T, N, D·H), in the input's layout: h of the last layer at every step.
/// - h of the state (D·`num_layers`, N, H), an LSTM's c (D·`num_layers`, N, `hidden_size`), without
///   N for a sequence alone.
///
/// # Parameters
/// For layer k, once more with `_reverse` if bidirectional, each from U(±1/√`hidden_size`):
/// `weight_ih_lk` (chunks·`hidden_size`, input), `weight_hh_lk` (chunks·`hidden_size`, H),
/// `bias_ih_lk` and `bias_hh_lk` (chunks·`hidden_size`), absent with `bias(false)`, and with a
/// projection `weight_hr_lk` (`proj_size`, `hidden_size`). There are 1 chunk in RNN, 4 in LSTM
/// (i, f, g, o), 3 in GRU (r, z, n); the input of the layers after the first is D·H wide.
///
/// # Panics
/// When `input_size`, `hidden_size` or `num_layers` is not positive, `dropout` is not from 0 to 1,
/// or `proj_size` is not below `hidden_size`; and in `forward` when the input or the state has
/// another size, in PyTorch's words.
#[derive(Debug, Module)]
#[module(class = R::CLASS, extra_repr = self.arguments())]
pub struct Recurrent<R: Recurrence> {
    #[module(skip)]
    input_size: i64,
    #[module(skip)]
    hidden_size: i64,
    #[module(skip)]
    pub(super) num_layers: i64,
    #[module(skip)]
    pub(super) bias: bool,
    #[module(skip)]
    pub(super) batch_first: bool,
    #[module(skip)]
    pub(super) dropout: f64,
    #[module(skip)]
    pub(super) bidirectional: bool,
    #[module(flatten)]
    weights: Weights,
    pub(super) training: Training,
    #[module(skip)]
    pub(super) recurrence: R,
}

/// Elman's recurrent layer, hₜ = f(W_ih·xₜ + b_ih + W_hh·hₜ₋₁ + b_hh): [`torch.nn.RNN`]. Shapes and
/// parameters stand at [`Recurrent`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let rnn = nn::RNN::options(10, 20).num_layers(2).build();
/// let (output, h) = rnn.forward(&torch::randn([5, 3, 10]));
/// assert_eq!((output.size(), h.size()), (vec![5, 3, 20], vec![2, 3, 20]));
/// assert_eq!(rnn.to_string(), "RNN(10, 20, num_layers=2)");
///
/// let rnn = nn::RNN::options(10, 20).nonlinearity("relu").build();
/// let (output, _) = rnn.forward(&torch::randn([5, 10]));
/// assert!(output.min().item() >= 0.0);
/// ```
///
/// [`torch.nn.RNN`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
pub type RNN = Recurrent<Elman>;

/// Long short-term memory: [`torch.nn.LSTM`]. The formula stands at [`LongShortTerm`], shapes and
/// parameters at [`Recurrent`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let lstm = nn::LSTM::options(10, 20).batch_first(true).bidirectional(true).build();
/// let (output, (h, c)) = lstm.forward(&torch::randn([3, 5, 10]));
/// assert_eq!(output.size(), [3, 5, 40]);
/// assert_eq!((h.size(), c.size()), (vec![2, 3, 20], vec![2, 3, 20]));
///
/// // Its weights have Python's names.
/// let parameters: std::collections::HashMap<_, _> = lstm.named_parameters().into_iter().collect();
/// assert_eq!(parameters["weight_ih_l0_reverse"].size(), [80, 10]);
///
/// let lstm = nn::LSTM::options(10, 20).proj_size(4).build();
/// let (output, (h, c)) = lstm.forward(&torch::randn([5, 3, 10]));
/// assert_eq!(output.size(), [5, 3, 4]);
/// assert_eq!((h.size(), c.size()), (vec![1, 3, 4], vec![1, 3, 20]));
/// ```
///
/// [`torch.nn.LSTM`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
pub type LSTM = Recurrent<LongShortTerm>;

/// Gated recurrent units: [`torch.nn.GRU`]. The formula stands at [`Gated`], shapes and parameters
/// at [`Recurrent`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let (output, h) = nn::GRU::new(10, 20).forward(&torch::zeros([5, 10]));
/// assert_eq!((output.size(), h.size()), (vec![5, 20], vec![1, 20]));
/// ```
///
/// [`torch.nn.GRU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
pub type GRU = Recurrent<Gated>;

impl<S: recurrent_options::State> RecurrentOptions<Elman, S> {
    /// What follows the sum: `"tanh"`, if not given, or `"relu"`.
    pub fn nonlinearity(mut self, nonlinearity: impl Into<RnnNonlinearity>) -> Self {
        self.recurrence.nonlinearity = nonlinearity.into();
        self
    }
}

impl<S: recurrent_options::State> RecurrentOptions<LongShortTerm, S> {
    /// The width that h is projected to by W_hr; 0, which is the default, for none.
    pub fn proj_size(mut self, proj_size: i64) -> Self {
        self.recurrence.proj_size = proj_size;
        self
    }
}

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
        builder_type(name = RecurrentOptions, vis = "pub"),
        state_mod(name = recurrent_options, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] input_size: i64,
        #[builder(start_fn)] hidden_size: i64,
        #[builder(field)] recurrence: R,
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
        #[builder(default = 0.0, into)]
        dropout: f64,
        /// Whether each layer reads backwards too.
        #[builder(default)]
        bidirectional: bool,
    ) -> Self {
        assert!(
            (0.0..=1.0).contains(&dropout),
            "dropout should be a number in range [0, 1] representing the probability of an \
             element being zeroed"
        );
        assert!(input_size > 0, "input_size must be greater than zero");
        assert!(hidden_size > 0, "hidden_size must be greater than zero");
        assert!(num_layers > 0, "num_layers must be greater than zero");
        recurrence.check(hidden_size);

        let directions: &[&str] = if bidirectional { &["", "_reverse"] } else { &[""] };
        let (rows, output_size) = (R::CHUNKS * hidden_size, recurrence.output_size(hidden_size));
        let mut sizes = Vec::new();
        for layer in 0..num_layers {
            for direction in directions {
                let input =
                    if layer == 0 { input_size } else { output_size * directions.len() as i64 };
                let mut add = |name: &str, size: &[i64]| {
                    sizes.push((format!("{name}_l{layer}{direction}"), size.to_vec()));
                };
                add("weight_ih", &[rows, input]);
                add("weight_hh", &[rows, output_size]);
                if bias {
                    add("bias_ih", &[rows]);
                    add("bias_hh", &[rows]);
                }
                if output_size != hidden_size {
                    add("weight_hr", &[output_size, hidden_size]);
                }
            }
        }
        let weights = Weights::draw(sizes, hidden_size);
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
            recurrence,
        }
    }

    /// Reads a sequence from the state zero. Returns the output at every step, and the state
    /// after the last.
    #[track_caller]
    pub fn forward<S: Sequence>(&self, input: &S) -> (S, R::State) {
        self.forward_options(input).call()
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = RecurrentCall, vis = "pub"))]
    #[track_caller]
    fn forward_with<S: Sequence>(
        &self,
        #[builder(start_fn)] input: &S,
        /// The state before the first step.
        hx: Option<&R::State>,
    ) -> (S, R::State) {
        let states = hx.map(State::tensors).unwrap_or_default();
        let inputs: Vec<_> = [input.data()].into_iter().chain(states).collect();
        guard(self, &inputs, || {
            self.check_input(input);
            let zeros = self.zeros(input);
            if let Some(hx) = hx {
                check_sizes(hx, &zeros);
            }
            input.read(self, hx.unwrap_or(&zeros))
        })
    }

    fn check_input(&self, input: &impl Sequence) {
        let data = input.data();
        if let Some(complaint) = input.complaint(R::CLASS) {
            refuse(complaint);
        }
        let weight = &self.weights[0];
        check!(
            data.kind() == weight.kind(),
            "RNN input dtype ({:?}) does not match weight dtype ({:?})",
            data.kind(),
            weight.kind()
        );
        let width = data.size().last().copied().unwrap_or(0);
        check!(
            width == self.input_size,
            "input.size(-1) must be equal to input_size. Expected {}, got {width}",
            self.input_size
        );
    }

    /// The state before the first step.
    fn zeros(&self, input: &impl Sequence) -> R::State {
        let directions = if self.bidirectional { 2 } else { 1 };
        R::State::build(|i| {
            let width = match i {
                0 => self.recurrence.output_size(self.hidden_size),
                _ => self.hidden_size,
            };
            let mut size = vec![directions * self.num_layers, width];
            if let Some(batch) = input.batch(self.batch_first) {
                size.insert(1, batch);
            }
            Tensor::zeros(size, (input.data().kind(), input.data().device()))
        })
    }

    pub(super) fn flat_weights(&self) -> Vec<&Tensor> {
        self.weights.iter().collect()
    }

    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        let mut repr = format!("{}, {}", self.input_size, self.hidden_size);
        repr.push_str(&self.recurrence.layer_repr());
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
}

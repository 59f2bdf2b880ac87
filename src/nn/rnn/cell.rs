//! Cells, which take one step of a recurrence.

use tch::Tensor;

use super::weights::Weights;
use super::{Elman, Gated, LongShortTerm, Recurrence, RnnNonlinearity, State};
use crate::nn::call::check;
use crate::nn::{Module, guard};

/// What [`RNNCell`], [`LSTMCell`] and [`GRUCell`] have in common: one step of a recurrence.
///
/// # Shapes
/// Input (N, `input_size`); each tensor of the state (N, `hidden_size`). Both go without N for one
/// sequence alone.
///
/// # Parameters
/// `weight_ih` (chunks·`hidden_size`, `input_size`), `weight_hh` (chunks·`hidden_size`,
/// `hidden_size`), `bias_ih` and `bias_hh` (chunks·`hidden_size`), absent with `bias(false)`; each
/// from U(±1/√`hidden_size`). There are 1 chunk in RNNCell, 4 in LSTMCell (i, f, g, o), 3 in GRUCell
/// (r, z, n).
///
/// # Panics
/// When `hidden_size` is not positive; and in `forward` when input or state has another width or
/// another number of dimensions, in PyTorch's words.
#[derive(Debug, Module)]
#[module(class = R::CELL, extra_repr = self.arguments())]
pub struct RecurrentCell<R: Recurrence> {
    #[module(skip)]
    input_size: i64,
    #[module(skip)]
    hidden_size: i64,
    #[module(flatten)]
    weights: Weights,
    #[module(skip)]
    pub(super) recurrence: R,
}

/// One step of an [`RNN`](super::RNN), h' = f(W_ih·x + b_ih + W_hh·h + b_hh): [`torch.nn.RNNCell`].
/// Shapes and parameters stand at [`RecurrentCell`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let cell = nn::RNNCell::new(10, 20);
/// let mut h = torch::zeros([3, 20]);
/// for x in torch::randn([6, 3, 10]).unbind(0) {
///     h = cell.forward_options(&x).hx(&h).call();
/// }
/// assert_eq!(h.size(), [3, 20]);
///
/// let cell = nn::RNNCell::options(10, 20).nonlinearity("relu").build();
/// assert_eq!(cell.to_string(), "RNNCell(10, 20, nonlinearity=relu)");
/// ```
///
/// [`torch.nn.RNNCell`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html
pub type RNNCell = RecurrentCell<Elman>;

/// One step of an [`LSTM`](super::LSTM): [`torch.nn.LSTMCell`]. Shapes and parameters stand at
/// [`RecurrentCell`], the formula at [`LongShortTerm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let cell = nn::LSTMCell::new(10, 20);
/// let x = torch::randn([3, 10]);
/// let state = cell.forward(&x);
/// let (h, c) = cell.forward_options(&x).hx(&state).call();
/// assert_eq!((h.size(), c.size()), (vec![3, 20], vec![3, 20]));
/// ```
///
/// [`torch.nn.LSTMCell`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
pub type LSTMCell = RecurrentCell<LongShortTerm>;

/// One step of a [`GRU`](super::GRU): [`torch.nn.GRUCell`]. Shapes and parameters stand at
/// [`RecurrentCell`], the formula at [`Gated`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let cell = nn::GRUCell::options(10, 20).bias(false).build();
/// let h = cell.forward(&torch::randn([3, 10]));
/// assert_eq!(h.size(), [3, 20]);
/// assert_eq!(cell.to_string(), "GRUCell(10, 20, bias=False)");
/// ```
///
/// [`torch.nn.GRUCell`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html
pub type GRUCell = RecurrentCell<Gated>;

impl<S: recurrent_cell_options::State> RecurrentCellOptions<Elman, S> {
    /// What follows the sum: `"tanh"`, if not given, or `"relu"`.
    pub fn nonlinearity(mut self, nonlinearity: impl Into<RnnNonlinearity>) -> Self {
        self.recurrence.nonlinearity = nonlinearity.into();
        self
    }
}

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
        builder_type(name = RecurrentCellOptions, vis = "pub"),
        state_mod(name = recurrent_cell_options, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] input_size: i64,
        #[builder(start_fn)] hidden_size: i64,
        #[builder(field)] recurrence: R,
        /// Whether b_ih and b_hh are added.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        assert!(hidden_size > 0, "hidden_size must be greater than zero");
        let rows = R::CHUNKS * hidden_size;
        let mut sizes =
            vec![("weight_ih", vec![rows, input_size]), ("weight_hh", vec![rows, hidden_size])];
        if bias {
            sizes.extend([("bias_ih", vec![rows]), ("bias_hh", vec![rows])]);
        }
        let sizes = sizes.into_iter().map(|(name, size)| (name.to_string(), size)).collect();
        let weights = Weights::draw(sizes, hidden_size);
        Self { input_size, hidden_size, weights, recurrence }
    }

    /// Takes a step from the state zero.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> R::State {
        self.forward_options(input).call()
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = RecurrentCellCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] input: &Tensor,
        /// The state before the step.
        hx: Option<&R::State>,
    ) -> R::State {
        let states = hx.map(State::tensors).unwrap_or_default();
        let inputs: Vec<_> = [input].into_iter().chain(states).collect();
        guard(self, &inputs, || match hx {
            Some(hx) => self.step(input, hx),
            None => {
                let mut size = input.size();
                size.pop();
                size.push(self.hidden_size);
                let zeros = |_| Tensor::zeros(&size, (input.kind(), input.device()));
                self.step(input, &R::State::build(zeros))
            }
        })
    }

    fn step(&self, input: &Tensor, hx: &R::State) -> R::State {
        let dim = input.dim();
        check!(
            dim == 1 || dim == 2,
            "{}: Expected input to be 1D or 2D, got {dim}D instead",
            R::CELL
        );
        for (i, hidden) in hx.tensors().iter().enumerate() {
            let which = if hx.tensors().len() > 1 { format!("hx[{i}]") } else { "hidden".into() };
            let dim = hidden.dim();
            check!(
                dim == 1 || dim == 2,
                "{}: Expected {which} to be 1D or 2D, got {dim}D instead",
                R::CELL
            );
        }
        if dim == 2 {
            return R::step(self, input, hx);
        }
        let state = R::step(self, &input.unsqueeze(0), &hx.map(|hidden| hidden.unsqueeze(0)));
        state.map(|hidden| hidden.squeeze_dim(0))
    }

    /// W_ih, W_hh, and if there are any b_ih, b_hh.
    pub(super) fn parts(&self) -> (&Tensor, &Tensor, Option<&Tensor>, Option<&Tensor>) {
        let part = |i: usize| self.weights.iter().nth(i);
        (&self.weights[0], &self.weights[1], part(2), part(3))
    }

    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        let bias = if self.weights.len() == 2 { ", bias=False" } else { "" };
        format!("{}, {}{bias}{}", self.input_size, self.hidden_size, self.recurrence.cell_repr())
    }
}

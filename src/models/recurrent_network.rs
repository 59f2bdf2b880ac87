//! The notebook's recurrent network, by hand.

use std::cell::RefCell;

use tch::Tensor;

use crate::nn::{Forward, Module, Parameter, guard, init};

/// A recurrent network of one layer that answers at every step:
///
/// - hₜ = tanh(W_hh·hₜ₋₁ + W_xh·xₜ + B_h), h₋₁ = 0
/// - yₜ = W_hy·hₜ + B_y
///
/// It remembers: `forward` takes one step from where the last call left off, so the same input
/// gives another output each time, until [`reset`](Self::reset). What it remembers is detached, so
/// a gradient ends at the step; [`read`](Self::read) takes a whole sequence, and there the
/// gradient goes back through time.
///
/// # Shapes
/// - `forward`: input (N, `input`), output (N, `output`).
/// - `read`: input (T, N, `input`), outputs (T, N, `output`) and hidden states (T, N, `hidden`).
///
/// # Parameters
/// Drawn in this order, each from U(±1/√`hidden`): `w_xh` (`hidden`, `input`), `w_hh` (`hidden`,
/// `hidden`), `b_h` (`hidden`), `w_hy` (`output`, `hidden`), `b_y` (`output`).
///
/// # Panics
/// When `hidden` is not positive, and in `forward` when the batch has another size than the one
/// that is remembered.
///
/// ```
/// use flambeau::prelude::*;
///
/// let network = models::RecurrentNetwork::new(4, 10, 5);
/// let input = torch::ones([16, 4]);
/// let first = network.forward(&input);
/// assert_ne!(network.forward(&input), first);
/// network.reset();
/// assert_eq!(network.forward(&input), first);
/// ```
#[derive(Debug, Module)]
pub struct RecurrentNetwork {
    #[module(skip)]
    hidden: i64,
    /// From the input to the hidden state.
    pub w_xh: Parameter,
    /// From the hidden state to the next.
    pub w_hh: Parameter,
    /// What is added to the hidden state.
    pub b_h: Parameter,
    /// From the hidden state to the output.
    pub w_hy: Parameter,
    /// What is added to the output.
    pub b_y: Parameter,
    /// h after the last call; none before the first.
    #[module(skip, copy_with = copied)]
    state: RefCell<Option<Tensor>>,
}

impl RecurrentNetwork {
    /// A network of so many inputs, hidden values and outputs, that remembers nothing yet.
    pub fn new(input: i64, hidden: i64, output: i64) -> Self {
        assert!(hidden > 0, "hidden must be at least 1, but is {hidden}");
        let bound = 1.0 / (hidden as f64).sqrt();
        let draw = |size: &[i64]| {
            let parameter = Parameter::empty(size);
            init::uniform_options(&parameter).a(-bound).b(bound).call();
            parameter
        };
        Self {
            hidden,
            w_xh: draw(&[hidden, input]),
            w_hh: draw(&[hidden, hidden]),
            b_h: draw(&[hidden]),
            w_hy: draw(&[output, hidden]),
            b_y: draw(&[output]),
            state: RefCell::new(None),
        }
    }

    /// Forgets: the next call begins from h = 0.
    pub fn reset(&self) {
        self.state.replace(None);
    }

    /// Reads a sequence, (T, N, `input`), from h = 0. Returns the outputs y of all steps,
    /// (T, N, `output`), and the hidden states h, (T, N, `hidden`). What `forward` remembers is
    /// neither used nor changed.
    ///
    /// What does not wait for the step before, W_xh·x + B_h and W_hy·h + B_y, is one matrix product
    /// each over all steps; so the numbers are those of `forward`, step by step, to rounding.
    #[track_caller]
    pub fn read(&self, sequence: &Tensor) -> (Tensor, Tensor) {
        guard(self, &[sequence], || {
            let mut h = self.nothing(sequence.size()[1], sequence);
            let mut hidden = Vec::new();
            for entering in self.enter(sequence).unbind(0) {
                h = self.step(&h, &entering);
                hidden.push(h.shallow_clone());
            }
            let hidden = Tensor::stack(&hidden, 0);
            (self.output(&hidden), hidden)
        })
    }

    fn nothing(&self, batch: i64, like: &Tensor) -> Tensor {
        Tensor::zeros([batch, self.hidden], (like.kind(), like.device()))
    }

    /// What enters the hidden state, W_xh·x + B_h: at one step, or at all.
    fn enter(&self, x: &Tensor) -> Tensor {
        x.linear(&self.w_xh, Some(&self.b_h))
    }

    /// The next h: in place, since a tanh's gradient needs its output alone.
    fn step(&self, h: &Tensor, entering: &Tensor) -> Tensor {
        entering.addmm(h, &self.w_hh.tr()).tanh_()
    }

    /// y, of one step's h or of all.
    fn output(&self, h: &Tensor) -> Tensor {
        h.linear(&self.w_hy, Some(&self.b_y))
    }
}

impl Forward for RecurrentNetwork {
    fn forward(&self, x: &Tensor) -> Tensor {
        let batch = x.size()[0];
        let remembered = self.state.borrow().as_ref().map(Tensor::shallow_clone);
        let h = remembered.unwrap_or_else(|| self.nothing(batch, x));
        let remembered = h.size()[0];
        assert!(
            batch == remembered,
            "the batch has {batch} inputs, the one that is remembered had {remembered}: call reset()"
        );
        let h = self.step(&h, &self.enter(x));
        let output = self.output(&h);
        self.state.replace(Some(h.detach()));
        output
    }
}

/// What a copy of the network remembers.
fn copied(state: &RefCell<Option<Tensor>>) -> RefCell<Option<Tensor>> {
    RefCell::new(state.borrow().as_ref().map(Tensor::copy))
}

/// What a reader of sequences answers, of its outputs after each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// The last: it has seen everything, but has to remember the first steps until then.
    #[default]
    Last,
    /// The mean: each step has its say, and each its own short way back for the gradient.
    Mean,
}

impl Answer {
    /// The answer to steps along the first dimension, (T, …), without that dimension.
    pub fn of(self, outputs: &Tensor) -> Tensor {
        match self {
            Self::Last => outputs.select(0, -1),
            Self::Mean => outputs.mean_dim(0, false, None),
        }
    }
}

/// An image batch, (N, C, H, W), as a sequence of its rows, (H, N, C·W): what a recurrent network
/// [`read`](RecurrentNetwork::read)s.
///
/// ```
/// use flambeau::prelude::*;
///
/// let images = torch::zeros([64, 3, 32, 32]);
/// assert_eq!(models::rows(&images).size(), [32, 64, 96]);
/// ```
pub fn rows(images: &Tensor) -> Tensor {
    images.permute([2, 0, 1, 3]).flatten(2, 3)
}

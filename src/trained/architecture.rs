//! [`Architecture`]: the course's models by their names.

use std::fmt::Display;

use clap::ValueEnum;
use flambeau::models::{Answer, Cnn, MyCnn, RecurrentNetwork, RowReader, rows, sequential_cnn};
use flambeau::nn::{Elman, Gated, LongShortTerm};
use flambeau::prelude::*;

/// The models that can be trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Architecture {
    /// The CNN as one nn.Sequential, with a Softmax at its end.
    SequentialCnn,
    /// The CNN as a module, with functions in its forward.
    FunctionalCnn,
    /// The CNN on a convolution by unfold and matmul.
    MyConv2d,
    /// A recurrent network by hand that reads an image row by row.
    RecurrentNetwork,
    /// The same with nn.RNN.
    Rnn,
    /// The same with nn.LSTM.
    Lstm,
    /// The same with nn.GRU.
    Gru,
}

/// What is done with a model, whichever it is.
pub trait Work {
    type Outcome;

    fn of<M: Forward + Display + 'static>(self, model: M) -> Self::Outcome;
}

/// How many values a recurrent model remembers.
const HIDDEN: i64 = 128;

impl Architecture {
    /// Makes the model, which draws its weights, and does this with it.
    pub fn make<W: Work>(self, answer: Answer, work: W) -> W::Outcome {
        match self {
            Self::SequentialCnn => work.of(sequential_cnn()),
            Self::FunctionalCnn => work.of(Cnn::new()),
            Self::MyConv2d => work.of(MyCnn::new()),
            Self::RecurrentNetwork => {
                work.of(ByHand { network: RecurrentNetwork::new(3 * 32, HIDDEN, 10), answer })
            }
            Self::Rnn => work.of(RowReader::<Elman>::new(HIDDEN, answer)),
            Self::Lstm => work.of(RowReader::<LongShortTerm>::new(HIDDEN, answer)),
            Self::Gru => work.of(RowReader::<Gated>::new(HIDDEN, answer)),
        }
    }

    /// Makes the model.
    pub fn boxed(self, answer: Answer) -> Box<dyn Forward> {
        struct Boxed;
        impl Work for Boxed {
            type Outcome = Box<dyn Forward>;

            fn of<M: Forward + Display + 'static>(self, model: M) -> Self::Outcome {
                Box::new(model)
            }
        }
        self.make(answer, Boxed)
    }

    /// Its name, as `--model` takes it.
    pub fn name(self) -> String {
        let value = self.to_possible_value().expect("none is hidden");
        value.get_name().to_string()
    }

    /// Whether it reads an image row by row.
    pub fn is_recurrent(self) -> bool {
        matches!(self, Self::RecurrentNetwork | Self::Rnn | Self::Lstm | Self::Gru)
    }

    /// Whether its output is probabilities, and not scores.
    pub fn ends_in_softmax(self) -> bool {
        self == Self::SequentialCnn
    }
}

/// The recurrent network by hand as a classifier of images.
#[derive(Debug, Module)]
struct ByHand {
    #[module(flatten)]
    network: RecurrentNetwork,
    #[module(skip)]
    answer: Answer,
}

impl Forward for ByHand {
    fn forward(&self, images: &Tensor) -> Tensor {
        self.answer.of(&self.network.read(&rows(images)).0)
    }
}

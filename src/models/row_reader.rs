//! A recurrent classifier of images on PyTorch's own layers.

use tch::Tensor;

use super::{Answer, rows};
use crate::nn::{Forward, Linear, Module, Recurrence, Recurrent};

/// Reads an image row by row with an [`RNN`](crate::nn::RNN), [`LSTM`](crate::nn::LSTM) or
/// [`GRU`](crate::nn::GRU); a linear layer gives the scores after the last row, or with
/// [`Answer::Mean`] the mean of those after each. Images
/// (N, 3, 32, 32) to scores of ten classes, (N, 10).
///
/// What [`RecurrentNetwork`](super::RecurrentNetwork) does by hand, "pre-coded" as the notebook
/// says.
///
/// ```
/// use flambeau::prelude::*;
///
/// let reader = models::RowReader::<nn::LongShortTerm>::new(128, models::Answer::Last);
/// let images = torch::zeros([4, 3, 32, 32]);
/// assert_eq!(reader.forward(&images).size(), [4, 10]);
/// ```
#[derive(Debug, Module)]
pub struct RowReader<R: Recurrence> {
    rnn: Recurrent<R>,
    output: Linear,
    #[module(skip)]
    answer: Answer,
}

impl<R: Recurrence> RowReader<R> {
    /// A reader with so many hidden values.
    pub fn new(hidden: i64, answer: Answer) -> Self {
        Self { rnn: Recurrent::new(3 * 32, hidden), output: Linear::new(hidden, 10), answer }
    }
}

impl<R: Recurrence> Forward for RowReader<R> {
    fn forward(&self, images: &Tensor) -> Tensor {
        let (outputs, _state) = self.rnn.forward(&rows(images));
        // The layer is linear: the scores of the mean are the mean of the scores.
        self.output.forward(&self.answer.of(&outputs))
    }
}

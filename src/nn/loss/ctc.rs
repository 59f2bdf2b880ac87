//! Losses of sequences whose alignment is not known.

use tch::Tensor;

use super::{Reduction, loss};
use crate::nn::functional as F;

loss!(
    /// The negative log likelihood of a label sequence, over all its alignments with the input: [`torch.nn.CTCLoss`].
    ///
    /// With [`Reduction::Mean`] each is divided by its target's length first. See
    /// [Graves et al., 2006](https://www.cs.toronto.edu/~graves/icml_2006.pdf).
    ///
    /// # Shapes
    /// Log probabilities (T, N, C) or (T, C); targets (N, S), or all one after the other; the lengths of
    /// input and target, (N). Output a number, or (N) with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::randn([50, 2, 20]).log_softmax(2, None);
    /// let targets = torch::randint_options(20, [2, 30]).low(1).call();
    /// let (long, short) = (torch::tensor([50, 50]), torch::tensor([30, 25]));
    /// let loss = nn::CTCLoss::new().forward(&x, &targets, &long, &short);
    /// assert!(loss.item() > 0.0);
    /// ```
    ///
    /// [`torch.nn.CTCLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html
    CTCLoss / CTCLossOptions {
        /// The label that stands for none.
        blank: i64 = 0,
        /// Whether an infinite loss, of an input shorter than its target, becomes 0.
        zero_infinity: bool = false,
    }
    (loss, log_probs, targets, input_lengths, target_lengths) {
        F::ctc_loss_options(log_probs, targets, input_lengths, target_lengths)
            .blank(loss.blank)
            .reduction(loss.reduction)
            .zero_infinity(loss.zero_infinity)
            .call()
    }
);

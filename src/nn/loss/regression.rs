//! Losses of numbers.

use tch::Tensor;

use super::{Reduction, loss};
use crate::nn::functional as F;

loss!(
    /// The mean of |x - y|: [`torch.nn.L1Loss`].
    ///
    /// # Shapes
    /// Input and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let loss = nn::L1Loss::new().forward(&torch::tensor([1.0, 2.0]), &torch::tensor([1.0, 4.0]));
    /// assert!((loss.item() - 1.0).abs() < 1e-4);
    /// ```
    ///
    /// [`torch.nn.L1Loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html
    L1Loss / L1LossOptions {
    }
    (loss, input, target) {
        F::l1_loss_options(input, target).reduction(loss.reduction).call()
    }
);

loss!(
    /// The mean of (x - y)²: [`torch.nn.MSELoss`].
    ///
    /// # Shapes
    /// Input and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let loss = nn::MSELoss::new().forward(&torch::tensor([1.0, 2.0]), &torch::tensor([1.0, 4.0]));
    /// assert!((loss.item() - 2.0).abs() < 1e-4);
    /// ```
    ///
    /// [`torch.nn.MSELoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
    MSELoss / MSELossOptions {
    }
    (loss, input, target) {
        F::mse_loss_options(input, target).reduction(loss.reduction).call()
    }
);

loss!(
    /// The mean of (x - y)² / 2β where |x - y| < β, of |x - y| - β/2 elsewhere: [`torch.nn.SmoothL1Loss`].
    ///
    /// See [Girshick, 2015](https://arxiv.org/abs/1504.08083). A negative β panics in `forward`.
    ///
    /// # Shapes
    /// Input and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let loss = nn::SmoothL1Loss::new().forward(&torch::tensor([1.0, 2.0]), &torch::tensor([1.5, 4.0]));
    /// assert!((loss.item() - 0.8125).abs() < 1e-4);
    /// ```
    ///
    /// [`torch.nn.SmoothL1Loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html
    SmoothL1Loss / SmoothL1LossOptions {
        /// β: where the parabola goes over into the straight line.
        beta: f64 = 1.0,
    }
    (loss, input, target) {
        F::smooth_l1_loss_options(input, target).beta(loss.beta).reduction(loss.reduction).call()
    }
);

loss!(
    /// The mean of (x - y)²/2 where |x - y| ≤ δ, of δ·(|x - y| - δ/2) elsewhere: [`torch.nn.HuberLoss`].
    ///
    /// A δ that is not above 0 panics in `forward`.
    ///
    /// # Shapes
    /// Input and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let loss = nn::HuberLoss::options().delta(2.0).build().forward(&torch::tensor([1.0, 2.0]), &torch::tensor([2.0, 5.0]));
    /// assert!((loss.item() - 2.25).abs() < 1e-4);
    /// ```
    ///
    /// [`torch.nn.HuberLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
    HuberLoss / HuberLossOptions {
        /// δ: where the parabola goes over into the straight line.
        delta: f64 = 1.0,
    }
    (loss, input, target) {
        F::huber_loss_options(input, target).delta(loss.delta).reduction(loss.reduction).call()
    }
);

loss!(
    /// The mean of exp(x) - y·x, the negative log likelihood of counts y whose expected number is exp(x): [`torch.nn.PoissonNLLLoss`].
    ///
    /// # Shapes
    /// Input and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let loss = nn::PoissonNLLLoss::new().forward(&torch::tensor([0.0, 1.0]), &torch::tensor([2.0, 1.0]));
    /// assert!((loss.item() - 1.3591).abs() < 1e-4);
    /// ```
    ///
    /// [`torch.nn.PoissonNLLLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html
    PoissonNLLLoss / PoissonNLLLossOptions {
        /// Whether the input is the logarithm of the expected number, x; without it, x - y·log(x + ε).
        log_input: bool = true,
        /// Whether log(y!) is added, by Stirling's formula.
        full: bool = false,
        /// ε, to be safe from log(0).
        eps: f64 = 1e-8,
    }
    (loss, input, target) {
        F::poisson_nll_loss_options(input, target)
            .log_input(loss.log_input)
            .full(loss.full)
            .eps(loss.eps)
            .reduction(loss.reduction)
            .call()
    }
);

loss!(
    /// The mean of (log v + (x - y)²/v) / 2, the negative log likelihood of y under N(x, v): [`torch.nn.GaussianNLLLoss`].
    ///
    /// # Shapes
    /// Input, target and variance of one shape; the variance may lack the last dimension, or have one of
    /// 1 there. Output a number, or the input's shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::tensor([1.0, 2.0]);
    /// let loss = nn::GaussianNLLLoss::new().forward(&x, &(&x + 2.0), &x.ones_like());
    /// assert_eq!(loss.item(), 2.0);
    /// ```
    ///
    /// [`torch.nn.GaussianNLLLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GaussianNLLLoss.html
    GaussianNLLLoss / GaussianNLLLossOptions {
        /// Whether log(2π)/2 is added.
        full: bool = false,
        /// What a variance is at least, to be safe from 0.
        eps: f64 = 1e-6,
    }
    (loss, input, target, var) {
        F::gaussian_nll_loss_options(input, target, var)
            .full(loss.full)
            .eps(loss.eps)
            .reduction(loss.reduction)
            .call()
    }
);

loss!(
    /// The sum of y·(log y - x) for log probabilities x: [`torch.nn.KLDivLoss`].
    ///
    /// The mean over all values is PyTorch's default, not the mathematical definition, which is
    /// `reduction("batchmean")`.
    ///
    /// # Shapes
    /// Input and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::tensor([0.5, 0.5]).log();
    /// let loss = nn::KLDivLoss::new().forward(&x, &torch::tensor([0.5, 0.5]));
    /// assert_eq!(loss.item(), 0.0);
    /// ```
    ///
    /// [`torch.nn.KLDivLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
    KLDivLoss / KLDivLossOptions {
        /// Whether the target is the logarithm of probabilities too.
        log_target: bool = false,
    }
    (loss, input, target) {
        F::kl_div_options(input, target)
            .reduction(loss.reduction)
            .log_target(loss.log_target)
            .call()
    }
);

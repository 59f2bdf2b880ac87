//! A softmax over very many classes.

use tch::{Kind, Tensor};

use crate::nn::call::{check, refuse};
use crate::nn::{Linear, Module, ModuleList, Sequential, functional as F, guard, sequential};

/// A softmax over very many classes, the frequent ones cheap: [`torch.nn.AdaptiveLogSoftmaxWithLoss`].
///
/// Classes are numbered by their frequency, the most frequent 0. The head scores those below the
/// first of the `cutoffs`, and one place for each cluster: cluster i holds the classes from
/// `cutoffs[i]` to the next cutoff, and is scored through ⌊`in_features` / `div_value`^(i+1)⌋
/// features, only for samples that belong there. See
/// [Grave et al., 2016](https://arxiv.org/abs/1609.04309).
///
/// # Shapes
/// Input (N, `in_features`) or (`in_features`), target (N) or (). Output: the log probability of
/// each target, (N) or (); and the loss, the mean of their negatives.
///
/// # Parameters
/// Those of `head`, a [`Linear`] layer to `cutoffs[0]` and one place a cluster, with `head_bias(true)`
/// with a bias; and of `tail`, for each cluster two without bias; all from U(±1/√features).
///
/// # Panics
/// When the `cutoffs` do not rise from 1 to `n_classes` - 1; and in `forward` when a target is no
/// class, or shapes do not fit, in PyTorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let softmax = nn::AdaptiveLogSoftmaxWithLoss::new(16, 20, [4, 10]);
/// let x = torch::randn([3, 16]);
/// let target = torch::tensor([2, 7, 15]);
/// let (output, loss) = softmax.forward(&x, &target);
/// assert_eq!((output.size(), loss.size()), (vec![3], vec![]));
/// let sums = torch::sum_options(&softmax.log_prob(&x).exp()).dim(1).call();
/// assert!(sums.allclose(&torch::ones([3]), 1e-5, 1e-5, false));
/// ```
///
/// [`torch.nn.AdaptiveLogSoftmaxWithLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html
#[derive(Debug, Module)]
pub struct AdaptiveLogSoftmaxWithLoss {
    /// Where clusters begin, and the number of classes.
    #[module(skip)]
    cutoffs: Vec<i64>,
    /// What scores the frequent classes and the clusters.
    pub head: Linear,
    /// What scores each cluster's classes.
    pub tail: ModuleList<Sequential>,
}

#[bon::bon]
impl AdaptiveLogSoftmaxWithLoss {
    /// Clusters of a quarter of the features each time, without a bias.
    pub fn new(in_features: i64, n_classes: i64, cutoffs: impl Into<Vec<i64>>) -> Self {
        Self::options(in_features, n_classes, cutoffs).build()
    }

    /// Begins a softmax whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = AdaptiveLogSoftmaxWithLossOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] in_features: i64,
        #[builder(start_fn)] n_classes: i64,
        #[builder(start_fn, into)] cutoffs: Vec<i64>,
        /// By what each cluster has fewer features than the one before.
        #[builder(default = 4.0, into)]
        div_value: f64,
        /// Whether the head has a bias.
        #[builder(default)]
        head_bias: bool,
    ) -> Self {
        let Some(&shortlist) = cutoffs.first() else {
            panic!("cutoffs should be a sequence of length larger than 0")
        };
        let cutoffs = [cutoffs, vec![n_classes]].concat();
        assert!(
            shortlist > 0 && cutoffs.is_sorted_by(|a, b| a < b),
            "cutoffs should be a sequence of unique, positive integers sorted in an increasing \
             order, where each value is between 1 and n_classes-1"
        );
        let plain = |inputs, outputs| Linear::options(inputs, outputs).bias(false).build();
        let head_size = shortlist + cutoffs.len() as i64 - 1;
        let head = Linear::options(in_features, head_size).bias(head_bias).build();
        let cluster = |(i, ends): (usize, &[i64])| {
            let features = in_features as f64 / div_value.powi(i as i32 + 1);
            let features = features.floor() as i64;
            sequential!(plain(in_features, features), plain(features, ends[1] - ends[0]))
        };
        let tail = cutoffs.windows(2).enumerate().map(cluster).collect();
        Self { cutoffs, head, tail }
    }

    /// The log probability of each target, and the mean of their negatives.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> (Tensor, Tensor) {
        guard(self, &[input, target], || match (target.dim(), input.dim()) {
            (0, 1) => {
                let (output, loss) = self.compute(&input.unsqueeze(0), &target.unsqueeze(0));
                (output.squeeze_dim(0), loss)
            }
            (1, 2) => {
                check!(
                    input.size()[0] == target.size()[0],
                    "Input and target should have the same size in the batch dimension."
                );
                self.compute(input, target)
            }
            (dim @ (0 | 1), _) => refuse(format!(
                "{dim}D target tensor expects {}D input tensors, but found inputs with size {:?}",
                dim + 1,
                input.size()
            )),
            _ => refuse("0D or 1D target tensor expected, multi-target not supported".into()),
        })
    }

    fn compute(&self, input: &Tensor, target: &Tensor) -> (Tensor, Tensor) {
        let options = (input.kind(), input.device());
        let mut output = Tensor::zeros([target.size()[0]], options);
        // Where in the head each target is: at its class, or at its cluster.
        let mut places = target.empty_like();
        let mut used = 0;
        let starts = [&[0], &self.cutoffs[..]].concat();
        for (i, ends) in starts.windows(2).enumerate() {
            let mask = target.ge(ends[0]).logical_and(&target.lt(ends[1]));
            // One row comes as a number in Python; here as a vector of one, to the same end.
            let rows = mask.nonzero().squeeze_dim(1);
            if rows.numel() == 0 {
                continue;
            }
            used += rows.numel();
            let targets = target.index_select(0, &rows);
            if i == 0 {
                let _ = places.index_copy_(0, &rows, &targets);
                continue;
            }
            let scores = self.tail[i - 1].forward(&input.index_select(0, &rows));
            let log_prob = F::log_softmax(&scores, 1);
            let local = log_prob.gather(1, &(targets - ends[0]).unsqueeze(1), false);
            let _ = places.index_fill_(0, &rows, self.cutoffs[0] + i as i64 - 1);
            let _ = output.index_copy_(0, &rows, &local.squeeze_dim(1));
        }
        check!(
            used == target.numel(),
            "Target values should be in [0, {}], but values in range [{}, {}] were found. ",
            self.n_classes() - 1,
            target.min().int64_value(&[]),
            target.max().int64_value(&[])
        );
        let head = F::log_softmax(&self.head.forward(input), 1);
        let output = output + head.gather(1, &places.unsqueeze(1), false).squeeze_dim(1);
        let loss = (-&output).mean(None);
        (output, loss)
    }

    /// The log probabilities of all classes, (N, `in_features`) → (N, `n_classes`).
    #[track_caller]
    pub fn log_prob(&self, input: &Tensor) -> Tensor {
        guard(self, &[input], || self.all_log_prob(input, &self.head.forward(input)))
    }

    fn all_log_prob(&self, input: &Tensor, head: &Tensor) -> Tensor {
        let head = F::log_softmax(head, 1);
        let shortlist = self.cutoffs[0];
        let mut parts = vec![head.narrow(1, 0, shortlist)];
        for (i, cluster) in self.tail.iter().enumerate() {
            let within = F::log_softmax(&cluster.forward(input), 1);
            parts.push(within + head.select(1, shortlist + i as i64).unsqueeze(1));
        }
        Tensor::cat(&parts, 1)
    }

    /// The most probable class of each sample, (N, `in_features`) → (N): `log_prob`'s largest, without
    /// its clusters where the head is sure.
    #[track_caller]
    pub fn predict(&self, input: &Tensor) -> Tensor {
        guard(self, &[input], || {
            let head = self.head.forward(input);
            let output = head.argmax(1, false);
            let rows = output.ge(self.cutoffs[0]).nonzero().squeeze_dim(1);
            if rows.numel() == 0 {
                return output;
            }
            let log_prob =
                self.all_log_prob(&input.index_select(0, &rows), &head.index_select(0, &rows));
            output.index_copy(0, &rows, &log_prob.argmax(1, false).to_kind(Kind::Int64))
        })
    }

    fn n_classes(&self) -> i64 {
        self.cutoffs[self.cutoffs.len() - 1]
    }
}

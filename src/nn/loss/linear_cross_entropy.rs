//! Cross entropy with the layer that computes its scores.

use tch::Tensor;

use super::Reduction;
use crate::nn::{Buffer, Linear, Module, functional as F, guard};
use crate::repr::{python_bool, python_float, python_tuple};

/// A [`Linear`] layer and the [`CrossEntropyLoss`](super::CrossEntropyLoss) of the scores that it
/// computes: [`torch.nn.LinearCrossEntropyLoss`].
///
/// PyTorch's `options`, which save memory by doing it in chunks, are not here: this is what it
/// computes without them.
///
/// # Shapes
/// Input (N, `in_features`) or (`in_features`); target (N) or (), class numbers below
/// `num_classes`, or (N, `num_classes`), their probabilities; with `out_features` (d₁, …) the target
/// is (N, d₁, …). Output a number, or the losses with [`Reduction::None`].
///
/// # Parameters
/// Those of `linear`: `weight` (`num_classes`·d₁·…, `in_features`), and with `bias(true)` `bias`, from
/// U(±1/√`in_features`).
///
/// # Panics
/// When the class weights are not `num_classes`, or `label_smoothing` is not from 0 to 1; and in
/// `forward` when shapes do not fit, in PyTorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let loss = nn::LinearCrossEntropyLoss::new(8, 5);
/// let x = torch::randn([3, 8]);
/// let target = torch::tensor([4, 0, 2]);
/// let scores = loss.linear.forward(&x);
/// assert_eq!(loss.forward(&x, &target), F::cross_entropy(&scores, &target));
/// ```
///
/// [`torch.nn.LinearCrossEntropyLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LinearCrossEntropyLoss.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct LinearCrossEntropyLoss {
    #[module(skip)]
    in_features: i64,
    #[module(skip)]
    num_classes: i64,
    #[module(skip)]
    out_features: Vec<i64>,
    weight: Option<Buffer>,
    #[module(skip)]
    reduction: Reduction,
    #[module(skip)]
    ignore_index: Option<i64>,
    #[module(skip)]
    label_smoothing: f64,
    /// What computes the scores.
    pub linear: Linear,
}

#[bon::bon]
impl LinearCrossEntropyLoss {
    /// The mean over the batch, every class alike, without a bias.
    pub fn new(in_features: i64, num_classes: i64) -> Self {
        Self::options(in_features, num_classes).build()
    }

    /// Begins a loss whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = LinearCrossEntropyLossOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] in_features: i64,
        #[builder(start_fn)] num_classes: i64,
        /// The sides of each sample's target.
        #[builder(default, into)]
        out_features: Vec<i64>,
        /// Whether a bias is added to the scores.
        #[builder(default)]
        bias: bool,
        /// What becomes of the losses of a batch.
        #[builder(default, into)]
        reduction: Reduction,
        /// The weight of each class, (`num_classes`).
        weight: Option<Tensor>,
        /// A target that adds neither to the loss nor to the gradient; -100 if not given.
        ignore_index: Option<i64>,
        /// The share of the target, from 0 to 1, that is spread over all classes.
        #[builder(default = 0.0, into)]
        label_smoothing: f64,
    ) -> Self {
        if let Some(weight) = &weight {
            let size = weight.size();
            let classes = [num_classes];
            assert!(size == classes, "expected weight shape to be {classes:?}, got {size:?}");
        }
        assert!(
            (0.0..=1.0).contains(&label_smoothing),
            "expected label_smoothing to be in range [0, 1], got {label_smoothing}"
        );
        let scores = num_classes * out_features.iter().product::<i64>();
        Self {
            in_features,
            num_classes,
            out_features,
            weight: weight.map(Buffer::new),
            reduction,
            ignore_index,
            label_smoothing,
            linear: Linear::options(in_features, scores).bias(bias).build(),
        }
    }

    /// The loss of `input` when `target` is right.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Tensor {
        guard(self, &[input, target], || {
            let classes = [&[self.num_classes], &self.out_features[..]].concat();
            let weight = self.linear.weight.reshape([&classes[..], &[self.in_features]].concat());
            let bias = self.linear.bias.as_ref().map(|bias| bias.reshape(&classes[..]));
            F::linear_cross_entropy_options(input, &weight, target)
                .maybe_linear_bias(bias.as_ref())
                .maybe_weight(self.weight.as_deref())
                .reduction(self.reduction)
                .maybe_ignore_index(self.ignore_index)
                .label_smoothing(self.label_smoothing)
                .call()
        })
    }
}

impl LinearCrossEntropyLoss {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "in_features={}, num_classes={}, out_features={}, bias={}, reduction={}, ignore_index={}, \
     label_smoothing={}, options=None",
            self.in_features,
            self.num_classes,
            python_tuple(&self.out_features),
            python_bool(self.linear.bias.is_some()),
            match self.reduction {
                Reduction::None => "none",
                Reduction::Mean => "mean",
                Reduction::Sum => "sum",
                Reduction::BatchMean => "batchmean",
            },
            self.ignore_index.map_or("None".into(), |index| index.to_string()),
            python_float(self.label_smoothing),
        )
    }
}

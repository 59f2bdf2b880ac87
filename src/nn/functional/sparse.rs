//! Look-ups.

use flambeau_derive::function;
use tch::Tensor;

use crate::nn::BagMode;
use crate::refusal::{check, refuse};
use crate::torch;

/// The rows of `weight` (rows, D) with these indices, (∗) → (∗, D):
/// [`torch.nn.functional.embedding`].
///
/// The layer is [`Embedding`](crate::nn::Embedding).
///
/// ```
/// use flambeau::prelude::*;
///
/// let weight = torch::eye(3);
/// let rows = F::embedding(&torch::tensor([2, 0]), &weight);
/// assert_eq!(rows, torch::tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]));
/// ```
///
/// [`torch.nn.functional.embedding`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
#[function]
pub fn embedding(
    input: &Tensor,
    weight: &Tensor,
    /// A row that gets no gradient; a negative one counts from the end.
    padding_idx: Option<i64>,
    /// To what length longer rows are shortened, in `weight` itself.
    max_norm: Option<f64>,
    /// Which norm that is.
    #[builder(default = 2.0)]
    norm_type: f64,
    /// Whether a row's gradient is divided by how often it was looked up.
    #[builder(default)]
    scale_grad_by_freq: bool,
    /// Whether the gradient of `weight` is a sparse tensor.
    #[builder(default)]
    sparse: bool,
) -> Tensor {
    let rows = weight.size().first().copied().unwrap_or(0);
    let padding_idx = padding_idx.map_or(-1, |row| {
        check!((-rows..rows).contains(&row), "Padding_idx must be within num_embeddings");
        if row < 0 { row + rows } else { row }
    });
    let input = if max_norm.is_some() { input.contiguous() } else { input.shallow_clone() };
    renormalise(weight, &input, max_norm, norm_type);
    Tensor::embedding(weight, &input, padding_idx, scale_grad_by_freq, sparse)
}

/// Rows of `weight` (rows, D) put together by bags: [`torch.nn.functional.embedding_bag`].
///
/// The layer is [`EmbeddingBag`](crate::nn::EmbeddingBag).
///
/// Indices (N, L) are N bags of L rows; indices (L) are bags that begin at the `offsets` (N).
/// Output (N, D).
///
/// # Panics
/// When offsets are given for indices (N, L), or none for indices (L); and when there are weights in
/// another mode than `"sum"`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let weight = torch::eye(3);
/// let (indices, offsets) = (torch::tensor([2, 0, 1]), torch::tensor([0, 2]));
/// let bags = F::embedding_bag_options(&indices, &weight).offsets(&offsets).mode("sum").call();
/// assert_eq!(bags, torch::tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]));
/// ```
///
/// [`torch.nn.functional.embedding_bag`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding_bag.html
#[function]
pub fn embedding_bag(
    input: &Tensor,
    weight: &Tensor,
    /// Where each bag begins, (N), for indices (L).
    offsets: Option<&Tensor>,
    /// To what length longer rows are shortened, in `weight` itself.
    max_norm: Option<f64>,
    /// Which norm that is.
    #[builder(default = 2.0)]
    norm_type: f64,
    /// Whether a row's gradient is divided by how often it was looked up.
    #[builder(default)]
    scale_grad_by_freq: bool,
    /// What becomes of a bag's rows: `"sum"`, `"mean"` or `"max"`.
    #[builder(default = "mean", into)]
    mode: BagMode,
    /// Whether the gradient of `weight` is a sparse tensor.
    #[builder(default)]
    sparse: bool,
    /// What each row counts, of the input's size; for a sum alone.
    per_sample_weights: Option<&Tensor>,
    /// Whether the last of the offsets is the end of the last bag.
    #[builder(default)]
    include_last_offset: bool,
    /// A row that counts in no bag and gets no gradient; a negative one counts from the end.
    padding_idx: Option<i64>,
) -> Tensor {
    let size = input.size();
    if let Some(weights) = per_sample_weights {
        check!(
            weights.size() == size,
            "embedding_bag: If per_sample_weights (torch.Size({:?})) is not None, then it must have \
             the same shape as the input (torch.Size({size:?}))",
            weights.size()
        );
    }
    let dim = weight.dim();
    check!(dim == 2, "weight has to be a 2D Tensor, but got Tensor of dimension {dim}");
    let (offsets, include_last_offset) = match (&size[..], offsets) {
        ([_], Some(offsets)) => {
            check!(offsets.dim() == 1, "offsets has to be a 1D Tensor");
            (offsets.shallow_clone(), include_last_offset)
        }
        ([_], None) => refuse("offsets has to be a 1D Tensor but got None".into()),
        ([_, length], None) => {
            let options = (input.kind(), input.device());
            let total = input.numel() as i64;
            (Tensor::arange_start_step(0, total, (*length).max(1), options), false)
        }
        ([_, _], Some(_)) => refuse(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed \
             length sequences. However, found offsets of type <class 'torch.Tensor'>"
                .into(),
        ),
        _ => refuse(format!(
            "input has to be 1D or 2D Tensor, but got Tensor of dimension {}",
            size.len()
        )),
    };
    check!(
        mode != BagMode::Max || !scale_grad_by_freq,
        "max mode does not support scaling the gradient by the frequency"
    );
    check!(mode != BagMode::Max || !sparse, "max mode does not support sparse weights");
    check!(
        per_sample_weights.is_none() || mode == BagMode::Sum,
        "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for \
         mode='sum' (got mode='{}'). Please open a feature request on GitHub.",
        if mode == BagMode::Mean { "mean" } else { "max" }
    );
    let input = input.reshape(-1);
    let per_sample_weights = per_sample_weights.map(|weights| weights.reshape(-1));
    renormalise(weight, &input, max_norm, norm_type);
    let (output, ..) = Tensor::embedding_bag_padding_idx(
        weight,
        &input,
        &offsets,
        scale_grad_by_freq,
        mode as i64,
        sparse,
        per_sample_weights.as_ref(),
        include_last_offset,
        padding_idx,
    );
    output
}

/// Shortens the rows that are looked up, in their table, to this norm.
fn renormalise(weight: &Tensor, indices: &Tensor, max_norm: Option<f64>, norm_type: f64) {
    if let Some(max_norm) = max_norm {
        let mut weight = weight.shallow_clone();
        let _ = torch::no_grad(|| weight.embedding_renorm_(indices, max_norm, norm_type));
    }
}

/// Zeros with a one at each class, (∗) → (∗, `num_classes`): [`torch.nn.functional.one_hot`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let classes = F::one_hot(&torch::tensor([2, 0]));
/// assert_eq!(classes, torch::tensor([[0, 0, 1], [1, 0, 0]]));
/// ```
///
/// [`torch.nn.functional.one_hot`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
#[function]
pub fn one_hot(
    tensor: &Tensor,
    /// How many classes there are; with -1 as many as the largest asks for.
    #[builder(default = -1)]
    num_classes: i64,
) -> Tensor {
    tensor.one_hot(num_classes)
}

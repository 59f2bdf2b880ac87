//! Look-ups.

use tch::{Kind, Tensor};

use crate::torch;

use crate::nn::BagMode;
use crate::nn::call::{check, refuse};

/// The rows of `weight` (rows, D) with these indices, (∗) → (∗, D):
/// [`torch.nn.functional.embedding`].
///
/// The layer is [`Embedding`](crate::nn::Embedding).
///
/// The keyword arguments are set by name, and `call()` looks up. With `max_norm`, longer rows are
/// shortened to it in `weight` itself. A negative `padding_idx` counts from the end.
///
/// ```
/// use flambeau::prelude::*;
///
/// let weight = Tensor::eye(3, (Kind::Float, Device::Cpu));
/// let rows = F::embedding(&Tensor::from_slice(&[2_i64, 0]), &weight).padding_idx(0).call();
/// assert_eq!(rows, Tensor::from_slice2(&[[0.0_f32, 0.0, 1.0], [1.0, 0.0, 0.0]]));
/// ```
///
/// [`torch.nn.functional.embedding`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
#[bon::builder(finish_fn = call)]
#[track_caller]
pub fn embedding(
    #[builder(start_fn)] input: &Tensor,
    #[builder(start_fn)] weight: &Tensor,
    padding_idx: Option<i64>,
    max_norm: Option<f64>,
    #[builder(default = 2.0)] norm_type: f64,
    #[builder(default)] scale_grad_by_freq: bool,
    #[builder(default)] sparse: bool,
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
/// Output (N, D). The keyword arguments are set by name, and `call()` looks up.
///
/// # Panics
/// When offsets are given for indices (N, L), or none for indices (L); and when there are weights in
/// another mode than `"sum"`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let weight = Tensor::eye(3, (Kind::Float, Device::Cpu));
/// let (indices, offsets) = (Tensor::from_slice(&[2_i64, 0, 1]), Tensor::from_slice(&[0_i64, 2]));
/// let bags = F::embedding_bag(&indices, &weight).offsets(&offsets).mode("sum").call();
/// assert_eq!(bags, Tensor::from_slice2(&[[1.0_f32, 0.0, 1.0], [0.0, 1.0, 0.0]]));
/// ```
///
/// [`torch.nn.functional.embedding_bag`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding_bag.html
#[bon::builder(finish_fn = call)]
#[track_caller]
pub fn embedding_bag(
    #[builder(start_fn)] input: &Tensor,
    #[builder(start_fn)] weight: &Tensor,
    offsets: Option<&Tensor>,
    max_norm: Option<f64>,
    #[builder(default = 2.0)] norm_type: f64,
    #[builder(default)] scale_grad_by_freq: bool,
    #[builder(default = BagMode::Mean, into)] mode: BagMode,
    #[builder(default)] sparse: bool,
    per_sample_weights: Option<&Tensor>,
    #[builder(default)] include_last_offset: bool,
    padding_idx: Option<i64>,
) -> Tensor {
    let size = input.size();
    let (offsets, include_last_offset) = match (&size[..], offsets) {
        ([_], Some(offsets)) => (offsets.shallow_clone(), include_last_offset),
        ([_], None) => refuse("offsets has to be a 1D Tensor but got None".into()),
        ([_, length], None) => {
            let options = (Kind::Int64, input.device());
            let total = input.numel() as i64;
            (Tensor::arange_start_step(0, total, (*length).max(1), options), false)
        }
        ([_, _], Some(offsets)) => refuse(format!(
            "if input is 2D, then offsets has to be None, but they are of size {:?}",
            offsets.size()
        )),
        _ => refuse(format!(
            "input has to be 1D or 2D Tensor, but got Tensor of dimension {}",
            size.len()
        )),
    };
    check!(
        per_sample_weights.is_none() || mode == BagMode::Sum,
        "per_sample_weights is only supported for mode='sum'"
    );
    check!(
        mode != BagMode::Max || !scale_grad_by_freq,
        "max mode does not support scaling the gradient by the frequency"
    );
    check!(mode != BagMode::Max || !sparse, "max mode does not support sparse weights");
    let input = input.reshape(-1);
    let per_sample_weights = per_sample_weights.map(|weights| {
        check!(
            weights.size() == size,
            "embedding_bag: If per_sample_weights ({:?}) is not None, then it must have the same \
             shape as the input ({size:?})",
            weights.size()
        );
        weights.reshape(-1)
    });
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

/// Zeros with a one at each class, (∗) → (∗, `num_classes`); with -1, Python's default, there
/// are as many classes as the largest asks for: [`torch.nn.functional.one_hot`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let classes = F::one_hot(&Tensor::from_slice(&[2_i64, 0]), 3);
/// assert_eq!(classes, Tensor::from_slice2(&[[0_i64, 0, 1], [1, 0, 0]]));
/// ```
///
/// [`torch.nn.functional.one_hot`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
#[track_caller]
pub fn one_hot(input: &Tensor, num_classes: i64) -> Tensor {
    input.one_hot(num_classes)
}

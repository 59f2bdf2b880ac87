//! Attention.

use flambeau_derive::function;
use tch::Tensor;

pub use crate::nn::attention::{
    MultiHeadAttentionForwardCall, multi_head_attention_forward,
    multi_head_attention_forward_options,
};

/// softmax(Q·Kᵀ·scale + mask)·V: [`torch.nn.functional.scaled_dot_product_attention`].
///
/// The layer is [`MultiheadAttention`](crate::nn::MultiheadAttention).
///
/// Query (…, L, E), key (…, S, E), value (…, S, Eᵥ); output (…, L, Eᵥ).
///
/// # Panics
/// When shapes do not fit, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 4, 5, 8]);
/// let output = F::scaled_dot_product_attention_options(&x, &x, &x).is_causal(true).call();
/// // The first place sees but itself.
/// assert!(output.narrow(2, 0, 1).allclose(&x.narrow(2, 0, 1), 1e-5, 1e-5, false));
/// ```
///
/// [`torch.nn.functional.scaled_dot_product_attention`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
#[function]
pub fn scaled_dot_product_attention(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    /// Which keys each query looks at, (…, L, S): true where it may, or numbers to be added.
    attn_mask: Option<&Tensor>,
    /// The share of the softmax that is set to zero, in evaluation too.
    #[builder(default = 0.0)]
    dropout_p: f64,
    /// Whether no place looks at those behind it.
    #[builder(default)]
    is_causal: bool,
    /// What the products are multiplied by; 1/√E if not given.
    scale: Option<f64>,
    /// Whether keys and values may have fewer heads than queries.
    #[builder(default)]
    enable_gqa: bool,
) -> Tensor {
    let (p, gqa) = (dropout_p, enable_gqa);
    Tensor::scaled_dot_product_attention(query, key, value, attn_mask, p, is_causal, scale, gqa)
}

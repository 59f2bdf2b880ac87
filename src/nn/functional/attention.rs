//! Attention.

use tch::Tensor;

pub use crate::nn::attention::multi_head_attention_forward;

/// softmax(Q·Kᵀ·scale + mask)·V: [`torch.nn.functional.scaled_dot_product_attention`].
///
/// The layer is [`MultiheadAttention`](crate::nn::MultiheadAttention).
///
/// Query (…, L, E), key (…, S, E), value (…, S, Eᵥ); output (…, L, Eᵥ). The keyword arguments are set
/// by name, and `call()` computes: `attn_mask` (…, L, S), true where attention may go, or numbers to
/// be added; `dropout_p`, 0 if not given, applies always; with `is_causal` no place looks at those
/// behind it; `scale` is 1/√E if not given; with `enable_gqa` keys and values may have fewer heads
/// than queries.
///
/// # Panics
/// When shapes do not fit, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 4, 5, 8], (Kind::Float, Device::Cpu));
/// let output = F::scaled_dot_product_attention(&x, &x, &x).is_causal(true).call();
/// // The first place sees but itself.
/// assert!(output.narrow(2, 0, 1).allclose(&x.narrow(2, 0, 1), 1e-5, 1e-5, false));
/// ```
///
/// [`torch.nn.functional.scaled_dot_product_attention`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
#[bon::builder(finish_fn = call)]
#[track_caller]
pub fn scaled_dot_product_attention(
    #[builder(start_fn)] query: &Tensor,
    #[builder(start_fn)] key: &Tensor,
    #[builder(start_fn)] value: &Tensor,
    attn_mask: Option<&Tensor>,
    #[builder(default = 0.0)] dropout_p: f64,
    #[builder(default)] is_causal: bool,
    scale: Option<f64>,
    #[builder(default)] enable_gqa: bool,
) -> Tensor {
    let (p, gqa) = (dropout_p, enable_gqa);
    Tensor::scaled_dot_product_attention(query, key, value, attn_mask, p, is_causal, scale, gqa)
}

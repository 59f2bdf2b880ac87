//! The encoder: each place looks at all places of its own sequence.

use tch::Tensor;

use super::{TransformerActivation, is_causal_mask, length};
use crate::ffi;
use crate::nn::attention::{added_to, by_operations};
use crate::nn::call::check;
use crate::nn::{
    Dropout, Forward, LayerNorm, Linear, Module, ModuleList, MultiheadAttention, Parameter,
    Training, deepcopy, guard, hooks,
};
use crate::torch::Number;

/// Self-attention, then two linear layers, each with what went in added and normalised:
/// [`torch.nn.TransformerEncoderLayer`].
///
/// `x ← norm1(x + dropout1(self_attn(x, x, x)))`, then
/// `x ← norm2(x + dropout2(linear2(dropout(activation(linear1(x))))))`. With `norm_first` it is
/// `x ← x + dropout1(self_attn(norm1(x), …))` and so on. See
/// [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762).
///
/// In evaluation, and where no gradient is asked for, libtorch's own kernel computes it, under the
/// same conditions as in PyTorch (a batch, `batch_first`, an even number of heads, biases, relu or
/// gelu, no hooks): its last bits differ from those with gradients, in Python as here.
///
/// # Shapes
/// Input (L, N, `d_model`), (N, L, `d_model`) with `batch_first`, or (L, `d_model`); output the
/// same. Masks as those of [`MultiheadAttention`].
///
/// # Parameters
/// Those of `self_attn`, a [`MultiheadAttention`]; `linear1`, (`d_model` → `dim_feedforward`), and
/// `linear2`, back, as [`Linear`]; `norm1` and `norm2` as [`LayerNorm`].
///
/// # Panics
/// As [`MultiheadAttention`] and [`Linear`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let layer = nn::TransformerEncoderLayer::options(16, 4).batch_first(true).build();
/// let src = torch::randn([2, 5, 16]);
/// assert_eq!(layer.forward(&src).size(), src.size());
///
/// let causal = Tensor::ones([5, 5], (Kind::Bool, Device::Cpu)).triu(1);
/// assert_eq!(layer.forward_options(&src).src_mask(&causal).call().size(), src.size());
/// ```
///
/// [`torch.nn.TransformerEncoderLayer`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html
#[derive(Debug, Module)]
pub struct TransformerEncoderLayer {
    #[module(skip)]
    norm_first: bool,
    #[module(skip)]
    activation: TransformerActivation,
    #[module(skip)]
    layer_norm_eps: f64,
    /// The attention.
    pub self_attn: MultiheadAttention,
    /// The first linear layer.
    pub linear1: Linear,
    dropout: Dropout,
    /// The second linear layer.
    pub linear2: Linear,
    /// The normalisation of the attention's part.
    pub norm1: LayerNorm,
    /// The normalisation of the linear layers' part.
    pub norm2: LayerNorm,
    dropout1: Dropout,
    dropout2: Dropout,
    training: Training,
}

#[bon::bon]
impl TransformerEncoderLayer {
    /// A layer for vectors of `d_model` numbers with this many heads.
    pub fn new(d_model: i64, nhead: i64) -> Self {
        Self::options(d_model, nhead).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = TransformerEncoderLayerOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] d_model: i64,
        #[builder(start_fn)] nhead: i64,
        /// The width between the two linear layers.
        #[builder(default = 2048)]
        dim_feedforward: i64,
        /// The share that is set to zero in training, in all four places.
        #[builder(default = Number::Float(0.1), into)]
        dropout: Number,
        /// The function between the two linear layers.
        #[builder(into, default = TransformerActivation::Relu)]
        activation: TransformerActivation,
        /// What is added to the variance in both normalisations, to be safe from 0.
        #[builder(default = Number::Float(1e-5), into)]
        layer_norm_eps: Number,
        /// Whether input and output are (N, L, …) rather than (L, N, …).
        #[builder(default)]
        batch_first: bool,
        /// Whether what goes into the attention and the linear layers is normalised, rather than
        /// what comes out.
        #[builder(default)]
        norm_first: bool,
        /// Whether the layers inside have biases.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        let self_attn = MultiheadAttention::options(d_model, nhead);
        let self_attn =
            self_attn.dropout(dropout.to_f64()).bias(bias).batch_first(batch_first).build();
        let norm = || LayerNorm::options([d_model]).eps(layer_norm_eps).bias(bias).build();
        Self {
            norm_first,
            activation,
            layer_norm_eps: layer_norm_eps.to_f64(),
            self_attn,
            linear1: Linear::options(d_model, dim_feedforward).bias(bias).build(),
            dropout: Dropout::new(dropout),
            linear2: Linear::options(dim_feedforward, d_model).bias(bias).build(),
            norm1: norm(),
            norm2: norm(),
            dropout1: Dropout::new(dropout),
            dropout2: Dropout::new(dropout),
            training: Training::default(),
        }
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = TransformerEncoderLayerCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] src: &Tensor,
        /// Which places each place may not look at.
        src_mask: Option<&Tensor>,
        /// Which places are padding.
        src_key_padding_mask: Option<&Tensor>,
        /// That `src_mask` is the causal one: a hint for faster kernels.
        #[builder(default)]
        is_causal: bool,
    ) -> Tensor {
        guard(self, &[src], || self.encode(src, src_mask, src_key_padding_mask, is_causal))
    }

    fn encode(
        &self,
        src: &Tensor,
        src_mask: Option<&Tensor>,
        src_key_padding_mask: Option<&Tensor>,
        is_causal: bool,
    ) -> Tensor {
        let src_mask = src_mask.map(|mask| added_to(mask, "src_mask", src.kind()));
        let padding =
            src_key_padding_mask.map(|mask| added_to(mask, "src_key_padding_mask", src.kind()));
        if self.fits_the_kernel(src) {
            return self.by_the_kernel(src, src_mask.as_ref(), padding.as_ref());
        }
        let attend = |x: &Tensor| {
            let call = self.self_attn.forward_options(x, x, x).need_weights(false);
            let call = call.maybe_attn_mask(src_mask.as_ref());
            let (found, _) =
                call.maybe_key_padding_mask(padding.as_ref()).is_causal(is_causal).call();
            self.dropout1.forward(&found)
        };
        let feed_forward = |x: &Tensor| {
            let x = self.dropout.forward(&self.activation.of(&self.linear1.forward(x)));
            self.dropout2.forward(&self.linear2.forward(&x))
        };
        if self.norm_first {
            let x = src + attend(&self.norm1.forward(src));
            return &x + feed_forward(&self.norm2.forward(&x));
        }
        let x = self.norm1.forward(&(src + attend(src)));
        self.norm2.forward(&(&x + feed_forward(&x)))
    }

    /// Would PyTorch compute this by libtorch's own kernel?
    fn fits_the_kernel(&self, src: &Tensor) -> bool {
        src.dim() == 3
            && !self.training.get()
            && self.built_for_the_kernel()
            && !hooks::wait_inside(self)
            && !by_operations(&[src], self)
    }

    fn built_for_the_kernel(&self) -> bool {
        self.self_attn.batch_first
            && self.self_attn.in_proj_bias.is_some()
            && !matches!(self.activation, TransformerActivation::Other(_))
            && self.self_attn.num_heads % 2 == 0
    }

    fn by_the_kernel(
        &self,
        src: &Tensor,
        src_mask: Option<&Tensor>,
        padding: Option<&Tensor>,
    ) -> Tensor {
        fn there(parameter: &Option<Parameter>) -> &Tensor {
            parameter.as_deref().expect("a layer with biases has them all")
        }
        let attention = &self.self_attn;
        let (mask, mask_type) = attention.merge_masks(src_mask, padding, src);
        Tensor::internal_transformer_encoder_layer_fwd(
            src,
            attention.embed_dim,
            attention.num_heads,
            there(&attention.in_proj_weight),
            there(&attention.in_proj_bias),
            &attention.out_proj.weight,
            there(&attention.out_proj.bias),
            matches!(self.activation, TransformerActivation::Gelu),
            self.norm_first,
            self.layer_norm_eps,
            there(&self.norm1.weight),
            there(&self.norm1.bias),
            there(&self.norm2.weight),
            there(&self.norm2.bias),
            &self.linear1.weight,
            there(&self.linear1.bias),
            &self.linear2.weight,
            there(&self.linear2.bias),
            mask,
            mask_type,
        )
    }
}

impl Forward for TransformerEncoderLayer {
    fn forward(&self, src: &Tensor) -> Tensor {
        self.encode(src, None, None, false)
    }
}

/// Encoder layers one after the other: [`torch.nn.TransformerEncoder`].
///
/// All begin as copies of the one that is given: they are to be given initial values of their own
/// where that matters. With `src_key_padding_mask`, in evaluation and where no gradient is asked
/// for, the padding is left out of the computation as it is in PyTorch, and comes out as zeros.
///
/// # Shapes
/// As [`TransformerEncoderLayer`].
///
/// # Parameters
/// `layers.0` and so on, and `norm` if there is one.
///
/// ```
/// use flambeau::prelude::*;
///
/// let layer = nn::TransformerEncoderLayer::options(16, 4).dim_feedforward(32).build();
/// let encoder = nn::TransformerEncoder::new(&layer, 6);
/// let src = torch::randn([10, 32, 16]);
/// assert_eq!(encoder.forward(&src).size(), src.size());
/// ```
///
/// [`torch.nn.TransformerEncoder`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html
#[derive(Debug, Module)]
pub struct TransformerEncoder {
    #[module(skip)]
    enable_nested_tensor: bool,
    /// The layers.
    pub layers: ModuleList<TransformerEncoderLayer>,
    /// What is done at the end.
    pub norm: Option<LayerNorm>,
}

#[bon::bon]
impl TransformerEncoder {
    /// This many copies of a layer.
    pub fn new(encoder_layer: &TransformerEncoderLayer, num_layers: usize) -> Self {
        Self::options(encoder_layer, num_layers).build()
    }

    /// Begins an encoder whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = TransformerEncoderOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] encoder_layer: &TransformerEncoderLayer,
        #[builder(start_fn)] num_layers: usize,
        /// The normalisation at the end.
        norm: Option<LayerNorm>,
        /// Whether padding may be left out of the computation.
        #[builder(default = true)]
        enable_nested_tensor: bool,
    ) -> Self {
        let enable_nested_tensor = enable_nested_tensor
            && !encoder_layer.norm_first
            && encoder_layer.built_for_the_kernel();
        let layers = (0..num_layers).map(|_| deepcopy(encoder_layer)).collect();
        Self { enable_nested_tensor, layers, norm }
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = TransformerEncoderCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] src: &Tensor,
        /// Which places each place may not look at.
        mask: Option<&Tensor>,
        /// Which places are padding.
        src_key_padding_mask: Option<&Tensor>,
        /// Whether `mask` is the causal one; it is looked at to see, if not given.
        is_causal: Option<bool>,
    ) -> Tensor {
        guard(self, &[src], || self.encode(src, mask, src_key_padding_mask, is_causal))
    }

    fn encode(
        &self,
        src: &Tensor,
        mask: Option<&Tensor>,
        src_key_padding_mask: Option<&Tensor>,
        is_causal: Option<bool>,
    ) -> Tensor {
        check!(!self.layers.is_empty(), "an encoder needs at least one layer");
        let mut padding =
            src_key_padding_mask.map(|mask| added_to(mask, "src_key_padding_mask", src.kind()));
        let mask = mask.map(|mask| added_to(mask, "mask", src.kind()));
        let first = &self.layers[0];
        let length = length(src, first.self_attn.batch_first);
        let is_causal = is_causal.unwrap_or_else(|| is_causal_mask(mask.as_ref(), length));

        let mut output = src.shallow_clone();
        let mut nested = false;
        if let Some(mask_of_padding) = &padding {
            let kept = mask_of_padding.logical_not();
            nested = self.enable_nested_tensor
                && !first.training.get()
                && src.dim() == 3
                && mask.is_none()
                && ffi::is_left_aligned(src, &kept)
                && !by_operations(&[src], first);
            if nested {
                output = ffi::nested_from_mask(src, &kept);
                padding = None;
            }
        }
        for layer in &self.layers {
            let call = layer.forward_options(&output).maybe_src_mask(mask.as_ref());
            let call = call.maybe_src_key_padding_mask(padding.as_ref()).is_causal(is_causal);
            output = call.call();
        }
        if nested {
            output = output.to_padded_tensor(0.0, src.size());
        }
        match &self.norm {
            Some(norm) => norm.forward(&output),
            None => output,
        }
    }
}

impl Forward for TransformerEncoder {
    fn forward(&self, src: &Tensor) -> Tensor {
        self.encode(src, None, None, None)
    }
}

//! The decoder: each place looks at its own sequence, then at what the encoder made of another.

use tch::Tensor;

use super::{TransformerActivation, is_causal_mask, length};
use crate::nn::call::check;
use crate::nn::{
    Dropout, LayerNorm, Linear, Module, ModuleList, MultiheadAttention, deepcopy, guard,
};
use crate::torch::Number;

/// Self-attention, attention to the encoder's output, then two linear layers, each with what went in
/// added and normalised: [`torch.nn.TransformerDecoderLayer`].
///
/// `x ← norm1(x + dropout1(self_attn(x, x, x)))`, then
/// `x ← norm2(x + dropout2(multihead_attn(x, memory, memory)))`, then
/// `x ← norm3(x + dropout3(linear2(dropout(activation(linear1(x))))))`. With `norm_first` it is
/// `x ← x + dropout1(self_attn(norm1(x), …))` and so on. See
/// [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762).
///
/// # Shapes
/// `tgt` (T, N, `d_model`) and `memory` (S, N, `d_model`), output as `tgt`; with `batch_first`
/// (N, T, `d_model`) and (N, S, `d_model`); of one sequence (T, `d_model`) and (S, `d_model`). Masks as
/// those of [`MultiheadAttention`].
///
/// # Parameters
/// Those of `self_attn` and `multihead_attn`, each a [`MultiheadAttention`]; `linear1`,
/// (`d_model` → `dim_feedforward`), and `linear2`, back, as [`Linear`]; `norm1`, `norm2` and `norm3`
/// as [`LayerNorm`].
///
/// # Panics
/// As [`MultiheadAttention`] and [`Linear`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let layer = nn::TransformerDecoderLayer::options(16, 4).batch_first(true).build();
/// let (tgt, memory) = (torch::randn([2, 5, 16]), torch::randn([2, 9, 16]));
/// assert_eq!(layer.forward(&tgt, &memory).size(), tgt.size());
///
/// let causal = nn::Transformer::generate_square_subsequent_mask(5);
/// let output = layer.forward_options(&tgt, &memory).tgt_mask(&causal).call();
/// assert_eq!(output.size(), tgt.size());
/// ```
///
/// [`torch.nn.TransformerDecoderLayer`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html
#[derive(Debug, Module)]
pub struct TransformerDecoderLayer {
    #[module(skip)]
    norm_first: bool,
    #[module(skip)]
    activation: TransformerActivation,
    /// The attention to its own sequence.
    pub self_attn: MultiheadAttention,
    /// The attention to the encoder's output.
    pub multihead_attn: MultiheadAttention,
    /// The first linear layer.
    pub linear1: Linear,
    dropout: Dropout,
    /// The second linear layer.
    pub linear2: Linear,
    /// The normalisation of the first attention's part.
    pub norm1: LayerNorm,
    /// The normalisation of the second attention's part.
    pub norm2: LayerNorm,
    /// The normalisation of the linear layers' part.
    pub norm3: LayerNorm,
    dropout1: Dropout,
    dropout2: Dropout,
    dropout3: Dropout,
}

#[bon::bon]
impl TransformerDecoderLayer {
    /// A layer for vectors of `d_model` numbers with this many heads.
    pub fn new(d_model: i64, nhead: i64) -> Self {
        Self::options(d_model, nhead).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = TransformerDecoderLayerOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] d_model: i64,
        #[builder(start_fn)] nhead: i64,
        /// The width between the two linear layers.
        #[builder(default = 2048)]
        dim_feedforward: i64,
        /// The share that is set to zero in training, in all six places.
        #[builder(default = Number::Float(0.1), into)]
        dropout: Number,
        /// The function between the two linear layers.
        #[builder(into, default = TransformerActivation::Relu)]
        activation: TransformerActivation,
        /// What is added to the variance in the normalisations, to be safe from 0.
        #[builder(default = Number::Float(1e-5), into)]
        layer_norm_eps: Number,
        /// Whether inputs and output are (N, L, …) rather than (L, N, …).
        #[builder(default)]
        batch_first: bool,
        /// Whether what goes into the attentions and the linear layers is normalised, rather than
        /// what comes out.
        #[builder(default)]
        norm_first: bool,
        /// Whether the layers inside have biases.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        let attention = || {
            let attention = MultiheadAttention::options(d_model, nhead).dropout(dropout.to_f64());
            attention.bias(bias).batch_first(batch_first).build()
        };
        let norm = || LayerNorm::options([d_model]).eps(layer_norm_eps).bias(bias).build();
        Self {
            norm_first,
            activation,
            self_attn: attention(),
            multihead_attn: attention(),
            linear1: Linear::options(d_model, dim_feedforward).bias(bias).build(),
            dropout: Dropout::new(dropout),
            linear2: Linear::options(dim_feedforward, d_model).bias(bias).build(),
            norm1: norm(),
            norm2: norm(),
            norm3: norm(),
            dropout1: Dropout::new(dropout),
            dropout2: Dropout::new(dropout),
            dropout3: Dropout::new(dropout),
        }
    }

    /// What comes of `tgt`, with `memory` to look at.
    #[track_caller]
    pub fn forward(&self, tgt: &Tensor, memory: &Tensor) -> Tensor {
        self.forward_options(tgt, memory).call()
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = TransformerDecoderLayerCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] tgt: &Tensor,
        #[builder(start_fn)] memory: &Tensor,
        /// Which places of `tgt` each of them may not look at.
        tgt_mask: Option<&Tensor>,
        /// Which places of `memory` each place of `tgt` may not look at.
        memory_mask: Option<&Tensor>,
        /// Which places of `tgt` are padding.
        tgt_key_padding_mask: Option<&Tensor>,
        /// Which places of `memory` are padding.
        memory_key_padding_mask: Option<&Tensor>,
        /// That `tgt_mask` is the causal one: a hint for faster kernels.
        #[builder(default)]
        tgt_is_causal: bool,
        /// That `memory_mask` is the causal one: a hint for faster kernels.
        #[builder(default)]
        memory_is_causal: bool,
    ) -> Tensor {
        let sa_block = |x: &Tensor| {
            let call = self.self_attn.forward_options(x, x, x).need_weights(false);
            let call = call.maybe_attn_mask(tgt_mask).is_causal(tgt_is_causal);
            self.dropout1.forward(&call.maybe_key_padding_mask(tgt_key_padding_mask).call().0)
        };
        let mha_block = |x: &Tensor| {
            let call = self.multihead_attn.forward_options(x, memory, memory).need_weights(false);
            let call = call.maybe_attn_mask(memory_mask).is_causal(memory_is_causal);
            self.dropout2.forward(&call.maybe_key_padding_mask(memory_key_padding_mask).call().0)
        };
        let ff_block = |x: &Tensor| {
            let x = self.dropout.forward(&self.activation.of(&self.linear1.forward(x)));
            self.dropout3.forward(&self.linear2.forward(&x))
        };
        guard(self, &[tgt, memory], || {
            if self.norm_first {
                let x = tgt + sa_block(&self.norm1.forward(tgt));
                let x = &x + mha_block(&self.norm2.forward(&x));
                return &x + ff_block(&self.norm3.forward(&x));
            }
            let x = self.norm1.forward(&(tgt + sa_block(tgt)));
            let x = self.norm2.forward(&(&x + mha_block(&x)));
            self.norm3.forward(&(&x + ff_block(&x)))
        })
    }
}

/// Decoder layers one after the other: [`torch.nn.TransformerDecoder`].
///
/// All begin as copies of the one that is given: they are to be given initial values of their own
/// where that matters.
///
/// # Shapes
/// As [`TransformerDecoderLayer`].
///
/// # Parameters
/// `layers.0` and so on, and `norm` if there is one.
///
/// ```
/// use flambeau::prelude::*;
///
/// let layer = nn::TransformerDecoderLayer::options(16, 4).dim_feedforward(32).build();
/// let decoder = nn::TransformerDecoder::new(&layer, 6);
/// let (tgt, memory) = (torch::randn([20, 32, 16]), torch::randn([10, 32, 16]));
/// assert_eq!(decoder.forward(&tgt, &memory).size(), tgt.size());
/// ```
///
/// [`torch.nn.TransformerDecoder`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html
#[derive(Debug, Module)]
pub struct TransformerDecoder {
    /// The layers.
    pub layers: ModuleList<TransformerDecoderLayer>,
    /// What is done at the end.
    pub norm: Option<LayerNorm>,
}

#[bon::bon]
impl TransformerDecoder {
    /// This many copies of a layer.
    pub fn new(decoder_layer: &TransformerDecoderLayer, num_layers: usize) -> Self {
        Self::options(decoder_layer, num_layers).build()
    }

    /// Begins a decoder whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = TransformerDecoderOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] decoder_layer: &TransformerDecoderLayer,
        #[builder(start_fn)] num_layers: usize,
        /// The normalisation at the end.
        norm: Option<LayerNorm>,
    ) -> Self {
        Self { layers: (0..num_layers).map(|_| deepcopy(decoder_layer)).collect(), norm }
    }

    /// What comes of `tgt`, with `memory` to look at.
    #[track_caller]
    pub fn forward(&self, tgt: &Tensor, memory: &Tensor) -> Tensor {
        self.forward_options(tgt, memory).call()
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = TransformerDecoderCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] tgt: &Tensor,
        #[builder(start_fn)] memory: &Tensor,
        /// Which places of `tgt` each of them may not look at.
        tgt_mask: Option<&Tensor>,
        /// Which places of `memory` each place of `tgt` may not look at.
        memory_mask: Option<&Tensor>,
        /// Which places of `tgt` are padding.
        tgt_key_padding_mask: Option<&Tensor>,
        /// Which places of `memory` are padding.
        memory_key_padding_mask: Option<&Tensor>,
        /// Whether `tgt_mask` is the causal one; it is looked at to see, if not given.
        tgt_is_causal: Option<bool>,
        /// That `memory_mask` is the causal one: a hint for faster kernels.
        #[builder(default)]
        memory_is_causal: bool,
    ) -> Tensor {
        guard(self, &[tgt, memory], || {
            check!(!self.layers.is_empty(), "a decoder needs at least one layer");
            let length = length(tgt, self.layers[0].self_attn.batch_first);
            let tgt_is_causal = tgt_is_causal.unwrap_or_else(|| is_causal_mask(tgt_mask, length));
            let mut output = tgt.shallow_clone();
            for layer in &self.layers {
                output = layer
                    .forward_options(&output, memory)
                    .maybe_tgt_mask(tgt_mask)
                    .maybe_memory_mask(memory_mask)
                    .maybe_tgt_key_padding_mask(tgt_key_padding_mask)
                    .maybe_memory_key_padding_mask(memory_key_padding_mask)
                    .tgt_is_causal(tgt_is_causal)
                    .memory_is_causal(memory_is_causal)
                    .call();
            }
            match &self.norm {
                Some(norm) => norm.forward(&output),
                None => output,
            }
        })
    }
}

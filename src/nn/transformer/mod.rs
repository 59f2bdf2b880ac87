//! The transformer of [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762).
//!
//! - `encoder`: layers of self-attention
//! - `decoder`: layers that also attend to what the encoder made
//! - here: both, and what they share

mod decoder;
mod encoder;

use std::fmt;

use tch::{Device, Kind, Tensor};

pub use decoder::{
    TransformerDecoder, TransformerDecoderCall, TransformerDecoderLayer,
    TransformerDecoderLayerCall, TransformerDecoderLayerOptions, TransformerDecoderOptions,
};
pub use encoder::{
    TransformerEncoder, TransformerEncoderCall, TransformerEncoderLayer,
    TransformerEncoderLayerCall, TransformerEncoderLayerOptions, TransformerEncoderOptions,
};

use super::call::check;
use super::{LayerNorm, Module, functional as F, guard, init};
use crate::torch::Number;

/// The function between the two linear layers of a [`TransformerEncoderLayer`] or a
/// [`TransformerDecoderLayer`]: `"relu"`, `"gelu"`,
/// or any other.
#[derive(Clone, Copy)]
pub enum TransformerActivation {
    /// max(0, x).
    Relu,
    /// x·Φ(x).
    Gelu,
    /// One of one's own.
    Other(fn(&Tensor) -> Tensor),
}

impl From<&str> for TransformerActivation {
    /// # Panics
    /// When it is neither.
    fn from(name: &str) -> Self {
        match name {
            "relu" => Self::Relu,
            "gelu" => Self::Gelu,
            _ => panic!("activation should be relu/gelu, not {name}"),
        }
    }
}

impl From<fn(&Tensor) -> Tensor> for TransformerActivation {
    fn from(function: fn(&Tensor) -> Tensor) -> Self {
        Self::Other(function)
    }
}

impl fmt::Debug for TransformerActivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relu => "Relu",
            Self::Gelu => "Gelu",
            Self::Other(_) => "Other",
        })
    }
}

impl TransformerActivation {
    fn of(self, input: &Tensor) -> Tensor {
        match self {
            Self::Relu => F::relu(input),
            Self::Gelu => input.gelu("none"),
            Self::Other(function) => function(input),
        }
    }
}

/// An encoder, and a decoder that attends to what it made: [`torch.nn.Transformer`].
///
/// `decoder(tgt, encoder(src))`, see [`TransformerEncoder`] and [`TransformerDecoder`]. Embeddings,
/// positions and the layer that makes words of the output are the user's.
///
/// # Shapes
/// `src` (S, N, `d_model`) and `tgt` (T, N, `d_model`), output (T, N, `d_model`); with `batch_first`
/// (N, S, `d_model`) and so on; of one sequence (S, `d_model`) and so on. `src_mask` (S, S),
/// `tgt_mask` (T, T) and `memory_mask` (T, S), or each with N·`nhead` before it; `src_key_padding_mask`
/// and `memory_key_padding_mask` (N, S), `tgt_key_padding_mask` (N, T).
///
/// # Parameters
/// `encoder.layers.0` and so on, `encoder.norm`, `decoder.layers.0` and so on, `decoder.norm`. Those
/// with more than one dimension begin by [`xavier_uniform_`](fn@init::xavier_uniform_).
///
/// # Panics
/// When `src` and `tgt` have different numbers of sequences, when their last dimension is not
/// `d_model`, and as the layers.
///
/// ```
/// use flambeau::prelude::*;
///
/// let transformer = nn::Transformer::options().d_model(16).nhead(4).dim_feedforward(32).build();
/// let (src, tgt) = (torch::randn([10, 2, 16]), torch::randn([7, 2, 16]));
/// let causal = nn::Transformer::generate_square_subsequent_mask(7);
/// let output = transformer.forward_options(&src, &tgt).tgt_mask(&causal).call();
/// assert_eq!(output.size(), [7, 2, 16]);
/// ```
///
/// [`torch.nn.Transformer`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html
#[derive(Debug, Module)]
pub struct Transformer {
    #[module(skip)]
    d_model: i64,
    #[module(skip)]
    batch_first: bool,
    /// The encoder.
    pub encoder: TransformerEncoder,
    /// The decoder.
    pub decoder: TransformerDecoder,
}

impl Default for Transformer {
    /// 512 numbers, 8 heads, 6 layers on both sides.
    fn default() -> Self {
        Self::options().build()
    }
}

#[bon::bon]
impl Transformer {
    /// Begins a transformer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = TransformerOptions, vis = "pub")
    )]
    fn with(
        /// The size of each place's vector.
        #[builder(default = 512)]
        d_model: i64,
        /// The number of heads.
        #[builder(default = 8)]
        nhead: i64,
        /// The number of the encoder's layers.
        #[builder(default = 6)]
        num_encoder_layers: usize,
        /// The number of the decoder's layers.
        #[builder(default = 6)]
        num_decoder_layers: usize,
        /// The width between the two linear layers.
        #[builder(default = 2048)]
        dim_feedforward: i64,
        /// The share that is set to zero in training, everywhere in the layers.
        #[builder(default = Number::Float(0.1), into)]
        dropout: Number,
        /// The function between the two linear layers.
        #[builder(into, default = TransformerActivation::Relu)]
        activation: TransformerActivation,
        /// An encoder to be taken instead.
        custom_encoder: Option<TransformerEncoder>,
        /// A decoder to be taken instead.
        custom_decoder: Option<TransformerDecoder>,
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
        let norm = || LayerNorm::options([d_model]).eps(layer_norm_eps).bias(bias).build();
        let encoder = custom_encoder.unwrap_or_else(|| {
            let layer = TransformerEncoderLayer::options(d_model, nhead)
                .dim_feedforward(dim_feedforward)
                .dropout(dropout)
                .activation(activation)
                .layer_norm_eps(layer_norm_eps)
                .batch_first(batch_first)
                .norm_first(norm_first)
                .bias(bias)
                .build();
            TransformerEncoder::options(&layer, num_encoder_layers).norm(norm()).build()
        });
        let decoder = custom_decoder.unwrap_or_else(|| {
            let layer = TransformerDecoderLayer::options(d_model, nhead)
                .dim_feedforward(dim_feedforward)
                .dropout(dropout)
                .activation(activation)
                .layer_norm_eps(layer_norm_eps)
                .batch_first(batch_first)
                .norm_first(norm_first)
                .bias(bias)
                .build();
            TransformerDecoder::options(&layer, num_decoder_layers).norm(norm()).build()
        });
        let transformer = Self { d_model, batch_first, encoder, decoder };
        for parameter in transformer.parameters() {
            if parameter.dim() > 1 {
                init::xavier_uniform_(&parameter);
            }
        }
        transformer
    }

    /// What the decoder makes of `tgt`, with `src` before it.
    #[track_caller]
    pub fn forward(&self, src: &Tensor, tgt: &Tensor) -> Tensor {
        self.forward_options(src, tgt).call()
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = TransformerCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] src: &Tensor,
        #[builder(start_fn)] tgt: &Tensor,
        /// Which places of `src` each of them may not look at.
        src_mask: Option<&Tensor>,
        /// Which places of `tgt` each of them may not look at.
        tgt_mask: Option<&Tensor>,
        /// Which places of the encoder's output each place of `tgt` may not look at.
        memory_mask: Option<&Tensor>,
        /// Which places of `src` are padding.
        src_key_padding_mask: Option<&Tensor>,
        /// Which places of `tgt` are padding.
        tgt_key_padding_mask: Option<&Tensor>,
        /// Which places of the encoder's output are padding.
        memory_key_padding_mask: Option<&Tensor>,
        /// Whether `src_mask` is the causal one; it is looked at to see, if not given.
        src_is_causal: Option<bool>,
        /// Whether `tgt_mask` is the causal one; it is looked at to see, if not given.
        tgt_is_causal: Option<bool>,
        /// That `memory_mask` is the causal one: a hint for faster kernels.
        #[builder(default)]
        memory_is_causal: bool,
    ) -> Tensor {
        guard(self, &[src, tgt], || {
            let batch = if self.batch_first { 0 } else { 1 };
            check!(
                src.dim() != 3 || src.size().get(batch) == tgt.size().get(batch),
                "the batch number of src and tgt must be equal"
            );
            check!(
                [src, tgt].iter().all(|x| x.size().last() == Some(&self.d_model)),
                "the feature number of src and tgt must be equal to d_model"
            );
            let memory = self
                .encoder
                .forward_options(src)
                .maybe_mask(src_mask)
                .maybe_src_key_padding_mask(src_key_padding_mask)
                .maybe_is_causal(src_is_causal)
                .call();
            self.decoder
                .forward_options(tgt, &memory)
                .maybe_tgt_mask(tgt_mask)
                .maybe_memory_mask(memory_mask)
                .maybe_tgt_key_padding_mask(tgt_key_padding_mask)
                .maybe_memory_key_padding_mask(memory_key_padding_mask)
                .maybe_tgt_is_causal(tgt_is_causal)
                .memory_is_causal(memory_is_causal)
                .call()
        })
    }

    /// The mask by which each of `sz` places sees itself and what is before it: (`sz`, `sz`), −∞ above
    /// the diagonal and 0 elsewhere.
    pub fn generate_square_subsequent_mask(sz: i64) -> Tensor {
        square_subsequent_mask(sz, (Kind::Float, Device::Cpu))
    }

    /// Begins a [mask](Self::generate_square_subsequent_mask) whose keyword arguments are set by name;
    /// `call()` makes it.
    #[builder(
        start_fn(name = generate_square_subsequent_mask_options, vis = "pub"),
        finish_fn = call
    )]
    #[builder(builder_type(name = SquareSubsequentMaskCall, vis = "pub"))]
    fn mask_with(
        #[builder(start_fn)] sz: i64,
        /// Where it is to be.
        #[builder(default = Device::Cpu)]
        device: Device,
        /// Of which kind its numbers are.
        #[builder(default = Kind::Float)]
        dtype: Kind,
    ) -> Tensor {
        square_subsequent_mask(sz, (dtype, device))
    }
}

fn square_subsequent_mask(sz: i64, options: (Kind, Device)) -> Tensor {
    Tensor::full([sz, sz], f64::NEG_INFINITY, options).triu(1)
}

/// Whether a mask over `length` places is the causal one.
fn is_causal_mask(mask: Option<&Tensor>, length: i64) -> bool {
    mask.is_some_and(|mask| *mask == square_subsequent_mask(length, (mask.kind(), mask.device())))
}

/// The length of a sequence, or of a batch's.
fn length(x: &Tensor, batch_first: bool) -> i64 {
    x.size()[usize::from(batch_first && x.dim() == 3)]
}

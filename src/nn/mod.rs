//! Layers, losses and containers: [`torch.nn`].
//!
//! One file a family, and in each the same order: what it computes, the struct, its options and
//! initial values, its `forward`. The required arguments are `new`'s, in PyTorch's order; its
//! keyword arguments are set by name between `options(…)` and `build()`:
//!
//! ```
//! use flambeau::prelude::*;
//!
//! let conv = nn::Conv2d::new(3, 6, 5);
//! let conv = nn::Conv2d::options(3, 6, 5).stride(2).padding(1).bias(false).build();
//! ```
//!
//! Initial values are PyTorch's, drawn in PyTorch's order, so that after the same
//! [`manual_seed`](crate::random::manual_seed) they are the same bits.
//!
//! Layers begin on the CPU, in single precision: Python's `device=…` and `dtype=…` are
//! [`to`](Module::to)'s afterwards. (On numbers of another kind Python would draw other values.)
//!
//! Not here, of torch.nn's classes: the decoder side of the transformer, the fractional pools,
//! ParameterList and ParameterDict, SyncBatchNorm, DataParallel, and the lazy layers.
//!
//! [`torch.nn`]: https://docs.pytorch.org/docs/stable/nn.html

mod activation;
mod attention;
mod call;
mod container;
mod conv;
mod distance;
mod dropout;
mod embedding;
mod flatten;
mod fold;
pub mod functional;
mod hooks;
pub mod init;
mod linear;
mod loss;
mod module;
mod module_macro;
mod norm;
mod padding;
mod pixel_shuffle;
mod pooling;
mod repr;
mod rnn;
mod shape;
mod size;
mod state_dict;
mod summary;
mod transformer;
mod upsampling;
pub mod utils;

use tch::Tensor;

#[doc(inline)]
pub use crate::__module as module;
#[doc(inline)]
pub use crate::__sequential as sequential;
pub use activation::{
    CELU, CELUOptions, ELU, ELUOptions, GELU, GELUOptions, GLU, Hardshrink, HardshrinkOptions,
    Hardsigmoid, HardsigmoidOptions, Hardswish, HardswishOptions, Hardtanh, HardtanhOptions,
    LeakyReLU, LeakyReLUOptions, LogSigmoid, LogSoftmax, Mish, MishOptions, PReLU, PReLUOptions,
    RReLU, RReLUOptions, ReLU, ReLU6, ReLU6Options, ReLUOptions, SELU, SELUOptions, SiLU,
    SiLUOptions, Sigmoid, Softmax, Softmax2d, Softmin, Softplus, SoftplusOptions, Softshrink,
    SoftshrinkOptions, Softsign, Tanh, Tanhshrink, Threshold, ThresholdOptions,
};
pub use attention::{
    MultiheadAttention, MultiheadAttentionCall, MultiheadAttentionOptions, OutProjection,
};
pub use call::{call, guard};
pub use container::{Item, Iter, ModuleDict, ModuleList, Sequential};
pub use conv::{
    Conv, Conv1d, Conv2d, Conv3d, ConvOptions, ConvTranspose, ConvTranspose1d, ConvTranspose2d,
    ConvTranspose3d, ConvTransposeOptions, Padding,
};
pub use distance::{
    CosineSimilarity, CosineSimilarityOptions, PairwiseDistance, PairwiseDistanceOptions,
};
pub use dropout::{
    AlphaDropout, AlphaDropoutOptions, Dropout, Dropout1d, Dropout1dOptions, Dropout2d,
    Dropout2dOptions, Dropout3d, Dropout3dOptions, DropoutOptions, FeatureAlphaDropout,
    FeatureAlphaDropoutOptions,
};
pub use embedding::{
    BagMode, Embedding, EmbeddingBag, EmbeddingBagFromPretrained, EmbeddingBagOptions,
    EmbeddingFromPretrained, EmbeddingOptions,
};
pub use flatten::{Flatten, Unflatten};
pub use fold::{Fold, FoldOptions, Unfold, UnfoldOptions};
pub use hooks::{
    HookHandle, register_forward_hook, register_forward_pre_hook, register_module_forward_hook,
};
pub use linear::{Bilinear, BilinearOptions, Identity, Linear, LinearOptions};
pub use loss::*;
pub use module::{Buffer, Destination, Field, Member, Module, Parameter, Training, print};
pub use norm::{
    BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d, BatchNormOptions, GroupNorm,
    GroupNormOptions, InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d,
    InstanceNormOptions, LayerNorm, LayerNormOptions, LocalResponseNorm, LocalResponseNormOptions,
    RMSNorm, RMSNormOptions,
};
pub use padding::{
    Around, CircularPad, CircularPad1d, CircularPad2d, CircularPad3d, ConstantPad, ConstantPad1d,
    ConstantPad2d, ConstantPad3d, PaddingMode, ReflectionPad, ReflectionPad1d, ReflectionPad2d,
    ReflectionPad3d, ReplicationPad, ReplicationPad1d, ReplicationPad2d, ReplicationPad3d, ZeroPad,
    ZeroPad1d, ZeroPad2d, ZeroPad3d,
};
pub use pixel_shuffle::{ChannelShuffle, PixelShuffle, PixelUnshuffle};
pub use pooling::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool,
    AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool, AvgPool1d, AvgPool2d,
    AvgPool3d, AvgPoolOptions, LPPool, LPPool1d, LPPool2d, LPPool3d, LPPoolOptions, MaxPool,
    MaxPool1d, MaxPool2d, MaxPool3d, MaxPoolOptions, MaxUnpool, MaxUnpool1d, MaxUnpool2d,
    MaxUnpool3d, MaxUnpoolOptions, OutputSize,
};
pub use rnn::{
    Elman, GRU, GRUCell, Gated, LSTM, LSTMCell, LongShortTerm, RNN, RNNCell, Recurrence, Recurrent,
    RecurrentCell, RecurrentCellOptions, RecurrentOptions, RnnNonlinearity, Sequence, State,
};
pub use shape::Shape;
pub use size::{Size, Size1, Size2, Size3};
pub use state_dict::{IncompatibleKeys, StateDict};
pub use summary::{Row, Summary};
pub use transformer::{
    TransformerActivation, TransformerEncoder, TransformerEncoderCall, TransformerEncoderLayer,
    TransformerEncoderLayerCall, TransformerEncoderLayerOptions, TransformerEncoderOptions,
};

pub use upsampling::{InterpolateMode, PerSide, Upsample, UpsampleOptions};

/// What a module does to its input, for a module that maps one tensor to one.
///
/// One writes `forward` here and calls the method of the same name that
/// [`module!`](crate::nn::module!) adds to the struct: it comes here by way of [`call`], which
/// names the layer when something fails. Where only this trait is known, in generic code or behind
/// a `dyn Forward`, `module.forward(&x)` is this method itself and goes without: write
/// `nn::call(&module, &x)` there.
pub trait Forward: Module {
    /// Computes the output.
    fn forward(&self, input: &Tensor) -> Tensor;

    /// The model's layers, their output sizes, parameters and multiply-adds, for an input of this
    /// size: a table when printed, as torchinfo's `summary(model, input_size)`. An input that is
    /// not of real numbers goes to [`Summary::of`].
    ///
    /// # Panics
    /// When an input of this size does not fit the model, as `forward` does.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let summary = models::Cnn::new().summary(&[4, 3, 32, 32]);
    /// println!("{summary}");
    /// assert_eq!(summary.parameters, 62_006);
    /// assert_eq!(summary.rows[1].outputs, [[4, 6, 28, 28]]);
    /// assert_eq!(summary.rows[1].multiply_adds, 4 * 28 * 28 * 6 * 3 * 5 * 5);
    /// ```
    #[track_caller]
    fn summary(&self, input_size: &[i64]) -> Summary
    where
        Self: Sized,
    {
        Summary::of(self, &summary::zeros(self, input_size))
    }
}

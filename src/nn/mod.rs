//! Layers, losses and containers: [`torch.nn`].
//!
//! One file a family, and in each the same order: what it computes, the struct, its options and
//! initial values, its `forward`. `new` takes the arguments that PyTorch requires, in its order; all
//! others are set by name between `options(…)` and `build()`, and those of a call between
//! `forward_options(…)` and `call()`. Where PyTorch requires none, `new` takes what people give by
//! place, and `default()` is PyTorch's default:
//!
//! ```
//! use flambeau::prelude::*;
//!
//! let conv = nn::Conv2d::new(3, 6, 5);
//! let conv = nn::Conv2d::options(3, 6, (5, 3)).stride(2).padding(1).bias(false).build();
//! let (dropout, usual) = (nn::Dropout::new(0.2), nn::Dropout::default());
//! assert_eq!(usual.to_string(), "Dropout(p=0.5, inplace=False)");
//!
//! let rnn = nn::RNN::new(3, 4);
//! let (x, h) = (torch::zeros([5, 3]), torch::ones([1, 4]));
//! let (output, h) = rnn.forward_options(&x).hx(&h).call();
//! ```
//!
//! A size is a number for all sides, an array or a tuple; a number may be `2` as well as `2.0`, and
//! prints as it was given ([`Number`](crate::torch::Number)).
//!
//! Initial values are PyTorch's, drawn in PyTorch's order, so that after the same
//! [`manual_seed`](crate::random::manual_seed) they are the same bits.
//!
//! Layers begin on the CPU, in single precision: Python's `device=…` and `dtype=…` are
//! [`to`](Module::to)'s afterwards. (On numbers of another kind Python would draw other values.)
//!
//! Not here, of torch.nn's classes: the fractional pools, ParameterDict, DataParallel,
//! and the lazy layers. ParameterList is a `Vec<Parameter>`.
//!
//! [`torch.nn`]: https://docs.pytorch.org/docs/stable/nn.html

mod activation;
mod attention;
mod boxed;
mod call;
mod container;
mod conv;
mod deepcopy;
mod distance;
mod dropout;
mod embedding;
mod evaluating;
mod field;
mod flatten;
mod fold;
pub mod functional;
mod hooks;
pub mod init;
mod linear;
mod loss;
mod module;
mod norm;
mod operators;
mod padding;
pub mod parallel;
mod parameter;
mod pixel_shuffle;
mod pooling;
mod rnn;
mod shared;
mod size;
mod state_dict;
mod summary;
mod transformer;
mod upsampling;
pub mod utils;

use tch::Tensor;

#[doc(inline)]
pub use crate::__sequential as sequential;
pub use crate::repr::{python_float, python_tuple};
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
pub(crate) use call::{called, guarded, place};
pub use container::{Item, Iter, ModuleDict, ModuleList, Sequential};
pub use conv::{
    Conv, Conv1d, Conv2d, Conv3d, ConvOptions, ConvTranspose, ConvTranspose1d, ConvTranspose2d,
    ConvTranspose3d, ConvTransposeCall, ConvTransposeOptions, Padding,
};
pub use deepcopy::{Copies, deepcopy};
pub use distance::{
    CosineSimilarity, CosineSimilarityOptions, PairwiseDistance, PairwiseDistanceOptions,
};
pub use dropout::{
    AlphaDropout, AlphaDropoutOptions, Dropout, Dropout1d, Dropout1dOptions, Dropout2d,
    Dropout2dOptions, Dropout3d, Dropout3dOptions, DropoutOptions, FeatureAlphaDropout,
    FeatureAlphaDropoutOptions,
};
pub use embedding::{
    BagMode, Embedding, EmbeddingBag, EmbeddingBagCall, EmbeddingBagFromPretrained,
    EmbeddingBagOptions, EmbeddingFromPretrained, EmbeddingOptions,
};
pub(crate) use evaluating::{Evaluating, Modes};
#[doc(hidden)]
pub use field::{
    BoxedForward, BoxedModule, BufferField, FlattenedField, SkippedField, check_names,
};
pub use field::{Field, Member};
/// Makes a struct a [module](trait@Module): its fields are the members, in the order of declaration,
/// under their names.
///
/// A field is a [`Parameter`], a [`Buffer`], a [`Training`] or a module, or an `Option`, a `Vec`, an
/// array or a `Box` of these ([`Field`]). A field that is none of them is marked with
/// `#[module(skip)]`; the compiler says so if it is not, so no member can be forgotten.
///
/// ```
/// use flambeau::prelude::*;
///
/// #[derive(Debug, Module)]
/// #[module(class = "MLP")]
/// struct Mlp {
///     hidden: Vec<nn::Linear>,
///     dropout: Option<nn::Dropout>,
///     r#final: nn::Linear,
///     #[module(persistent = false)]
///     mean: nn::Buffer,
///     #[module(skip)]
///     width: i64,
/// }
///
/// impl Forward for Mlp {
///     fn forward(&self, x: &Tensor) -> Tensor {
///         let mut x = x - &self.mean;
///         for layer in &self.hidden {
///             x = F::relu(&layer.forward(&x));
///         }
///         self.r#final.forward(&x)
///     }
/// }
///
/// let mlp = Mlp {
///     hidden: vec![nn::Linear::new(4, 8), nn::Linear::new(8, 8)],
///     dropout: None,
///     r#final: nn::Linear::new(8, 2),
///     mean: nn::Buffer::new(torch::zeros([4])),
///     width: 8,
/// };
/// assert_eq!(mlp.forward(&torch::zeros([3, 4])).size(), [3, 2]);
/// let keys: Vec<_> = mlp.state_dict().into_keys().collect();
/// assert_eq!(keys[..2], ["hidden.0.weight", "hidden.0.bias"]);
/// assert_eq!(keys[4..], ["final.weight", "final.bias"]);
/// assert_eq!(mlp.to_string(), "\
/// MLP(
///   (hidden): ModuleList(
///     (0): Linear(in_features=4, out_features=8, bias=True)
///     (1): Linear(in_features=8, out_features=8, bias=True)
///   )
///   (final): Linear(in_features=8, out_features=2, bias=True)
/// )");
/// # let _ = mlp.width;
/// ```
///
/// # Above the struct
///
/// - `class = "CNN"`: the name that is printed, where Python's is not the struct's. It may be any
///   expression of type `&'static str`.
/// - `extra_repr = format!("dim={}", self.dim)`: what is printed between the brackets, Python's
///   `extra_repr`.
/// - `repr = format!("Graph ({} -> {})", self.inputs, self.outputs)`: all that is printed, Python's
///   `__repr__`.
/// - `multiply_adds = Self::products`: what a call costs, for [`Summary`], where it is not told by
///   the sizes of the weights; see [`Module::multiply_adds`].
/// - `bound = "T: nn::Field"`: what has to hold of a generic struct, instead of what the types of
///   its fields tell. Structs that hold each other need it (the compiler says E0275 without):
///
///   ```
///   use flambeau::prelude::*;
///
///   #[derive(Debug, Module)]
///   #[module(bound = "T: nn::Field")]
///   struct Block<T: nn::Field> {
///       layer: T,
///       children: Vec<Branch<T>>,
///   }
///
///   #[derive(Debug, Module)]
///   #[module(bound = "T: nn::Field")]
///   struct Branch<T: nn::Field> {
///       block: Block<T>,
///   }
///
///   let block = |children| Block { layer: nn::Linear::new(2, 2), children };
///   let root = block(vec![Branch { block: block(vec![]) }]);
///   assert!(root.state_dict().contains_key("children.0.block.layer.weight"));
///   ```
///
/// # Above a field
///
/// - `skip`: no member. [`deepcopy`] copies it by `Clone`, or as `copy_with` says:
///   `#[module(skip, copy_with = path)]`, with a function from `&T` to `T`.
/// - `name = "0"`: the member's name, where Python's is no identifier of Rust. `r#final` is `final`
///   by itself.
/// - `persistent = false`: a buffer that is not part of the state dictionary.
/// - `flatten`: the field's members are the struct's own, as in a Python class that derives from
///   another. A name that both have is refused with a panic where the members are asked for first.
///
/// # A class that derives from a layer
///
/// `class SamePad(nn.Conv2d)` holds the layer in a flattened field: the keys are `weight` and
/// `bias`, it is printed with the layer's arguments, and `super().forward(x)` is the field's
/// `forward`.
///
/// ```
/// use flambeau::prelude::*;
///
/// #[derive(Debug, Module)]
/// struct SamePad {
///     #[module(flatten)]
///     conv: nn::Conv2d,
/// }
///
/// impl Forward for SamePad {
///     fn forward(&self, x: &Tensor) -> Tensor {
///         self.conv.forward(&x.constant_pad_nd([1, 1, 1, 1]))
///     }
/// }
///
/// let pad = SamePad { conv: nn::Conv2d::new(3, 6, 3) };
/// assert_eq!(pad.to_string(), "SamePad(3, 6, kernel_size=(3, 3), stride=(1, 1))");
/// assert_eq!(pad.state_dict().keys().collect::<Vec<_>>(), ["weight", "bias"]);
/// ```
///
/// # What is written
///
/// [`Module`], [`Field`] and `Display`. Where the struct has [`Forward`], also a method `forward`
/// and tch's `tch::nn::Module` (so that `x.apply(&model)` works), both by way of [`call`]. A method
/// `forward` of its own beside `impl Forward` would be a second of that name (E0592).
///
/// A struct whose `forward` has another shape writes it as a method of its own, and needs no more. For
/// its hooks, and for the path in errors, its body stands inside [`guard`].
///
/// Generic structs work: each field's type has to be what it is taken for, which the generated code
/// says in its `where`.
#[doc(inline)]
pub use flambeau_derive::Module;
pub use flatten::{Flatten, FlattenOptions, Unflatten, UnflattenedSize};
pub use fold::{Fold, FoldOptions, Unfold, UnfoldOptions};
pub use hooks::{
    HookHandle, register_forward_hook, register_forward_pre_hook, register_module_forward_hook,
};
pub use linear::{Bilinear, BilinearOptions, Identity, Linear, LinearOptions};
pub use loss::*;
pub use module::{Destination, LoadStateDictCall, Module, named_modules, print};
pub(in crate::nn) use norm::Synced;
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
pub use parallel::{SyncBatchNorm, SyncBatchNormOptions};
#[doc(hidden)]
pub use parameter::ParameterClone;
pub use parameter::{Buffer, Parameter, Training};
pub use pixel_shuffle::{ChannelShuffle, PixelShuffle, PixelUnshuffle};
pub use pooling::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool,
    AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool, AvgPool1d, AvgPool2d,
    AvgPool3d, AvgPoolOptions, LPPool, LPPool1d, LPPool2d, LPPool3d, LPPoolOptions, MaxPool,
    MaxPool1d, MaxPool2d, MaxPool3d, MaxPoolOptions, MaxUnpool, MaxUnpool1d, MaxUnpool2d,
    MaxUnpool3d, MaxUnpoolCall, MaxUnpoolOptions, OutputSize, Side,
};
pub use rnn::{
    Elman, GRU, GRUCell, Gated, LSTM, LSTMCell, LongShortTerm, RNN, RNNCell, Recurrence, Recurrent,
    RecurrentCall, RecurrentCell, RecurrentCellCall, RecurrentCellOptions, RecurrentOptions,
    RnnNonlinearity, Sequence, State,
};
pub use shared::Shared;
pub use size::{MaybeSize, Size, Size1, Size2, Size3};
pub use state_dict::{IncompatibleKeys, StateDict};
pub use summary::{Row, Summary};
pub use transformer::{
    SquareSubsequentMaskCall, Transformer, TransformerActivation, TransformerCall,
    TransformerDecoder, TransformerDecoderCall, TransformerDecoderLayer,
    TransformerDecoderLayerCall, TransformerDecoderLayerOptions, TransformerDecoderOptions,
    TransformerEncoder, TransformerEncoderCall, TransformerEncoderLayer,
    TransformerEncoderLayerCall, TransformerEncoderLayerOptions, TransformerEncoderOptions,
    TransformerOptions,
};

pub use upsampling::{InterpolateMode, PerSide, Upsample, UpsampleOptions};

/// What a module does to its input, for a module that maps one tensor to one.
///
/// One writes `forward` here and calls the method of the same name that `#[derive(Module)]` adds to
/// the struct: it comes here by way of [`call`], which names the layer when something fails and calls its
/// hooks. So does the `forward` of a `Box<dyn Forward>`. Where only this trait is known, of an `M: Forward`
/// or behind a `&dyn Forward`, `module.forward(&x)` is this method itself, without path, hooks and row in
/// a [`Summary`]: write `nn::call(&module, &x)` there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `forward` that maps one tensor to one",
    label = "`Forward` is missing",
    note = "write `impl Forward for {Self} {{ fn forward(&self, x: &Tensor) -> Tensor {{ … }} }}`, or \
            call the `forward` that the module has with its own arguments",
    note = "if it is a layer's `…Options`, end it with `.build()`"
)]
pub trait Forward: Module + BoxedForward {
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
    /// let summary = models::Cnn::new().summary([4, 3, 32, 32]);
    /// println!("{summary}");
    /// assert_eq!(summary.parameters, 62_006);
    /// assert_eq!(summary.rows[1].outputs, [[4, 6, 28, 28]]);
    /// assert_eq!(summary.rows[1].multiply_adds, 4 * 28 * 28 * 6 * 3 * 5 * 5);
    /// ```
    #[track_caller]
    fn summary(&self, input_size: impl Into<crate::torch::Size>) -> Summary
    where
        Self: Sized,
    {
        let input_size: crate::torch::Size = input_size.into();
        Summary::of(self, &summary::zeros(self, &input_size))
    }
}

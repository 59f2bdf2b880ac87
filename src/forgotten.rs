//! What the compiler says of a forgotten `call()`: keywords that are set, and taken for the tensor. And
//! of keywords behind a call: a tensor that is taken for the builder.

use std::marker::PhantomData;

use tch::Tensor;

/// What nothing is: its words are told where a builder of keywords is taken for the tensor that its
/// `call()` gives.
#[diagnostic::on_unimplemented(
    message = "the keywords of `{Self}` are set, but it is not called",
    label = "write `.call()` before this",
    note = "keywords stand between `…_options(…)` and `.call()`: `torch::mean_options(&x).dim(1).call()`"
)]
pub trait HasBeenCalled {}

/// What the builders of functions that give a tensor, or a result, dereference to: it has the methods of
/// both, and none can be called.
pub struct Forgotten<Call>(PhantomData<Call>);

macro_rules! methods {
    ($arguments:tt -> $output:ty: $($name:ident)+) => {
        impl<Call> Forgotten<Call> {
            $(methods! { @method $name $arguments $output })+
        }
    };
    (@method $name:ident ($($T:ident)*) $output:ty) => {
        #[doc(hidden)]
        #[allow(clippy::wrong_self_convention, clippy::should_implement_trait)]
        pub fn $name<$($T),*>(&self, $(_: $T),*) -> $output
        where
            Call: HasBeenCalled,
        {
            unreachable!("nothing is HasBeenCalled")
        }
    };
}

// By the number of their arguments: what tch's tensors have, `TensorExt`, and results. A chain goes on with
// the tensors, so that it is told of once.
methods! {
    () -> Tensor:
    abs bfloat16 bool byte ceil contiguous copy cos cosh cpu cuda detach detach_ double erf exp
    exp_ float floor grad half int isfinite isinf isnan log log10 log1p log2 log_ log_sigmoid
    logical_not long max median min neg neg_ nonzero norm ones_like reciprocal relu relu_ round
    rsqrt shallow_clone short sigmoid sign silu sin sinh softplus sqrt sqrt_ square squeeze t_
    tan tanh tanh_ tr trace trunc unwrap zero_ zeros_like
}
methods! {
    () -> !:
    backward defined device dim is_complex is_contiguous is_floating_point item kind numel
    requires_grad shape size size1 size2 size3 size4 tolist zero_grad
}
methods! {
    (A) -> Tensor:
    and_then apply bmm clamp_max clamp_min copy_ diag dot eq eq_tensor expand_as expect fill_ flip g_add g_div
    g_mul g_sub ge ge_tensor gelu get gt gt_tensor i le le_tensor logical_and logical_or lt
    lt_tensor map_err masked_select matmul maximum mean minimum mm mv ne ne_tensor one_hot outer permute
    pow pow_ pow_tensor_scalar prod repeat reshape set_requires_grad squeeze_dim std sum tile
    to_device to_kind totype tril triu unsqueeze unsqueeze_ var view view_as
}
methods! {
    (A) -> !:
    double_value int64_value unbind
}
methods! {
    (A B) -> Tensor:
    amax amin argmax argmin argsort clamp clamp_ cross cumprod cumsum expand flatten
    index_select lerp log_softmax logsumexp masked_fill multinomial roll select softmax swapaxes
    transpose where_self
}
methods! {
    (A B) -> !:
    chunk max_dim min_dim set_i sort split
}
methods! {
    (A B C) -> Tensor:
    diagonal gather mean_dim narrow norm_scalaropt_dim std_dim sum_dim_intlist to_dtype unfold
    var_dim
}
methods! {
    (A B C) -> !:
    kthvalue
}
methods! {
    (A B C D) -> !:
    allclose topk
}

/// What nothing is: its words are told where a keyword stands behind a call that takes none.
#[diagnostic::on_unimplemented(
    message = "this is computed already, and takes no keywords",
    label = "a keyword after the call",
    note = "keywords stand between `…_options(…)` and `.call()`: \
            `F::cross_entropy_options(&x, &y).reduction(\"sum\").call()`"
)]
pub trait TakesKeywords {}

macro_rules! keywords {
    ($($name:ident)+) => {
        /// The keywords that people set first, as methods of tensors that none has.
        pub trait Keywords: Sized {
            $(
                #[doc(hidden)]
                fn $name<T>(self, _: T) -> Tensor
                where
                    Self: TakesKeywords,
                {
                    unreachable!("nothing is TakesKeywords")
                }
            )+

            #[doc(hidden)]
            fn call(self) -> Tensor
            where
                Self: TakesKeywords,
            {
                unreachable!("nothing is TakesKeywords")
            }
        }
    };
}
// None of them is a method of tch's tensors, which would win.
keywords! {
    reduction keepdim inplace alpha beta dtype ignore_index label_smoothing pos_weight correction unbiased
    descending generator dilation padding groups ceil_mode align_corners scale_factor training
    ord bins full_matrices driver hermitian rtol atol
}

impl Keywords for Tensor {}

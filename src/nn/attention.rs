//! Multi-head attention.

use flambeau_derive::function;
use tch::{Kind, Tensor};

use super::call::{check, refuse};
use super::{Linear, Module, Parameter, Training, functional as F, guard, init};
use crate::ffi;
use crate::repr::python_tuple;

/// Attention with several heads: [`torch.nn.MultiheadAttention`].
///
/// `output = concat(head₁, …, headₕ)·W_O + b_O`, where
/// `headᵢ = softmax(QᵢKᵢᵀ / √(embed_dim / num_heads) + mask)·Vᵢ`, and Qᵢ, Kᵢ, Vᵢ are the i-th parts
/// of `query·W_Q + b_Q`, `key·W_K + b_K` and `value·W_V + b_V`. In training, `dropout` of the
/// softmax is set to zero. See [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762).
///
/// In evaluation, and where no gradient is asked for, libtorch's own kernel computes it, under the
/// same conditions as in PyTorch (self-attention on a batch with `batch_first` and an even number
/// of heads): its last bits differ from those with gradients, in Python as here.
///
/// # Shapes
/// L queries, S keys and values, N sequences, E = `embed_dim`.
/// - Query (L, N, E), key (S, N, `kdim`), value (S, N, `vdim`); N comes first with `batch_first`,
///   and is left out for a sequence alone.
/// - Output as the query; the weights (N, L, S), the mean over the heads.
/// - `attn_mask` (L, S) or (N·`num_heads`, L, S), `key_padding_mask` (N, S): a truth value says
///   that the key is not looked at, a real number is added to the product.
///
/// # Parameters
/// - `in_proj_weight`, (3·E, E), W_Q, W_K and W_V on each other, by
///   [`xavier_uniform_`](init::xavier_uniform_); where `kdim` or `vdim` is not E,
///   `q_proj_weight`, (E, E), `k_proj_weight`, (E, `kdim`), `v_proj_weight`, (E, `vdim`), each by
///   the same.
/// - `in_proj_bias`, (3·E), each 0; absent with `bias(false)`.
/// - `bias_k` and `bias_v`, (1, 1, E), by [`xavier_normal_`](init::xavier_normal_); there with
///   `add_bias_kv(true)`.
/// - `out_proj.weight`, (E, E), from U(±1/√E), and `out_proj.bias`, (E), each 0.
///
/// # Panics
/// When `embed_dim` is not divisible by `num_heads` or one of them is not positive; in `forward`
/// when shapes do not fit.
///
/// ```
/// use flambeau::prelude::*;
///
/// let attention = nn::MultiheadAttention::options(16, 4).batch_first(true).build();
/// let x = torch::randn([2, 5, 16]);
/// let (output, weights) = attention.forward(&x, &x, &x);
/// assert_eq!((output.size(), weights.unwrap().size()), (vec![2, 5, 16], vec![2, 5, 5]));
///
/// let causal = Tensor::ones([5, 5], (Kind::Bool, Device::Cpu)).triu(1);
/// let (output, _) = attention.forward_options(&x, &x, &x).attn_mask(&causal).need_weights(false).call();
/// assert_eq!(output.size(), [2, 5, 16]);
/// ```
///
/// [`torch.nn.MultiheadAttention`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
#[derive(Debug, Module)]
#[module(multiply_adds = Self::products)]
pub struct MultiheadAttention {
    #[module(skip)]
    pub(super) embed_dim: i64,
    #[module(skip)]
    pub(super) num_heads: i64,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    add_zero_attn: bool,
    #[module(skip)]
    pub(super) batch_first: bool,
    /// W_Q of its own, where the three cannot share a matrix.
    pub q_proj_weight: Option<Parameter>,
    /// W_K of its own.
    pub k_proj_weight: Option<Parameter>,
    /// W_V of its own.
    pub v_proj_weight: Option<Parameter>,
    /// W_Q, W_K and W_V on each other.
    pub in_proj_weight: Option<Parameter>,
    /// b_Q, b_K and b_V one after the other.
    pub in_proj_bias: Option<Parameter>,
    /// A key that is added to each sequence.
    pub bias_k: Option<Parameter>,
    /// The value that is added with it.
    pub bias_v: Option<Parameter>,
    /// W_O and b_O.
    pub out_proj: OutProjection,
    pub(super) training: Training,
}

/// The last product of [`MultiheadAttention`]: a linear layer under another name.
#[derive(Debug, Module)]
#[module(class = "NonDynamicallyQuantizableLinear", extra_repr = Linear::repr_of(&self.weight, self.bias.is_some()))]
pub struct OutProjection {
    /// The matrix W_O.
    pub weight: Parameter,
    /// The vector b_O.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl MultiheadAttention {
    /// Attention over vectors of `embed_dim` numbers, each head's share of them the same.
    pub fn new(embed_dim: i64, num_heads: i64) -> Self {
        Self::options(embed_dim, num_heads).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = MultiheadAttentionOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] embed_dim: i64,
        #[builder(start_fn)] num_heads: i64,
        /// The share of the attention weights that is set to zero in training.
        #[builder(default = 0.0, into)]
        dropout: f64,
        /// Whether the projections have biases.
        #[builder(default = true)]
        bias: bool,
        /// Whether each sequence gets a learned key and value more.
        #[builder(default)]
        add_bias_kv: bool,
        /// Whether each sequence gets a key and value of zeros more.
        #[builder(default)]
        add_zero_attn: bool,
        /// The width of the keys; `embed_dim` if not given.
        #[builder(default = embed_dim)]
        kdim: i64,
        /// The width of the values; `embed_dim` if not given.
        #[builder(default = embed_dim)]
        vdim: i64,
        /// Whether inputs and output are (N, L, E) rather than (L, N, E).
        #[builder(default)]
        batch_first: bool,
    ) -> Self {
        assert!(
            embed_dim > 0 && num_heads > 0,
            "embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and \
             num_heads={num_heads} instead"
        );
        assert!(embed_dim % num_heads == 0, "embed_dim must be divisible by num_heads");
        let one_width = kdim == embed_dim && vdim == embed_dim;
        let of_width = |width| (!one_width).then(|| Parameter::empty(&[embed_dim, width]));
        let added = || add_bias_kv.then(|| Parameter::empty(&[1, 1, embed_dim]));
        let out_proj = Linear::options(embed_dim, embed_dim).bias(bias).build();
        let attention = Self {
            embed_dim,
            num_heads,
            dropout,
            add_zero_attn,
            batch_first,
            q_proj_weight: of_width(embed_dim),
            k_proj_weight: of_width(kdim),
            v_proj_weight: of_width(vdim),
            in_proj_weight: one_width.then(|| Parameter::empty(&[3 * embed_dim, embed_dim])),
            in_proj_bias: bias.then(|| Parameter::empty(&[3 * embed_dim])),
            bias_k: added(),
            bias_v: added(),
            out_proj: OutProjection { weight: out_proj.weight, bias: out_proj.bias },
            training: Training::default(),
        };
        let matrices = [
            &attention.in_proj_weight,
            &attention.q_proj_weight,
            &attention.k_proj_weight,
            &attention.v_proj_weight,
        ];
        for matrix in matrices.into_iter().flatten() {
            init::xavier_uniform_(matrix);
        }
        for bias in [&attention.in_proj_bias, &attention.out_proj.bias].into_iter().flatten() {
            init::zeros_(bias);
        }
        for added in [&attention.bias_k, &attention.bias_v].into_iter().flatten() {
            init::xavier_normal_(added);
        }
        attention
    }

    /// What the queries find among the keys, and the weights that they gave to them.
    #[track_caller]
    pub fn forward(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
    ) -> (Tensor, Option<Tensor>) {
        self.forward_options(query, key, value).call()
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = MultiheadAttentionCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] query: &Tensor,
        #[builder(start_fn)] key: &Tensor,
        #[builder(start_fn)] value: &Tensor,
        /// Which keys are padding.
        key_padding_mask: Option<&Tensor>,
        /// Whether the weights are returned. Without, a faster kernel may compute the output.
        #[builder(default = true)]
        need_weights: bool,
        /// Which keys each query may not look at.
        attn_mask: Option<&Tensor>,
        /// Whether the weights are the mean over the heads, or each head's: (N, heads, L, S).
        #[builder(default = true)]
        average_attn_weights: bool,
        /// That `attn_mask` is the causal one: a hint for faster kernels.
        #[builder(default)]
        is_causal: bool,
    ) -> (Tensor, Option<Tensor>) {
        let given = [attn_mask, key_padding_mask];
        let added = given.iter().flatten().any(|mask| mask.kind() != Kind::Bool);
        guard(self, &[query, key, value], || {
            let attn_mask = attn_mask.map(|mask| added_to(mask, "attn_mask", query.kind()));
            let key_padding_mask =
                key_padding_mask.map(|mask| added_to(mask, "key_padding_mask", query.kind()));
            let (attn_mask, key_padding_mask) = (attn_mask.as_ref(), key_padding_mask.as_ref());
            let packed = self.packed_for_the_kernel(query, key, value).filter(|_| !added);
            if let Some((weight, bias)) = packed {
                let (mask, mask_type) = self.merge_masks(attn_mask, key_padding_mask, query);
                let (output, weights) = Tensor::internal_native_multi_head_attention(
                    query,
                    key,
                    value,
                    self.embed_dim,
                    self.num_heads,
                    weight,
                    bias,
                    &self.out_proj.weight,
                    self.out_proj.bias.as_deref().expect("it is there with in_proj_bias"),
                    mask,
                    need_weights,
                    average_attn_weights,
                    mask_type,
                );
                return (output, Some(weights).filter(Tensor::defined));
            }
            let turned = self.batch_first && query.dim() == 3;
            let time_first =
                |x: &Tensor| if turned { x.transpose(1, 0) } else { x.shallow_clone() };
            // What is one tensor stays one: its projections are then computed in one product.
            let q = time_first(query);
            let k = if same(query, key) { q.shallow_clone() } else { time_first(key) };
            let v = if same(key, value) { k.shallow_clone() } else { time_first(value) };
            let (output, weights) = F::multi_head_attention_forward_options(
                &q,
                &k,
                &v,
                self.embed_dim,
                self.num_heads,
                self.in_proj_weight.as_deref(),
                self.in_proj_bias.as_deref(),
                self.bias_k.as_deref(),
                self.bias_v.as_deref(),
                self.add_zero_attn,
                self.dropout,
                &self.out_proj.weight,
                self.out_proj.bias.as_deref(),
            )
            .training(self.training.get())
            .maybe_key_padding_mask(key_padding_mask)
            .need_weights(need_weights)
            .maybe_attn_mask(attn_mask)
            .use_separate_proj_weight(self.in_proj_weight.is_none())
            .maybe_q_proj_weight(self.q_proj_weight.as_deref())
            .maybe_k_proj_weight(self.k_proj_weight.as_deref())
            .maybe_v_proj_weight(self.v_proj_weight.as_deref())
            .average_attn_weights(average_attn_weights)
            .is_causal(is_causal)
            .call();
            (if turned { output.transpose(1, 0) } else { output }, weights)
        })
    }

    /// The weights and biases that libtorch's own kernel takes, where PyTorch would call it.
    fn packed_for_the_kernel(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
    ) -> Option<(&Tensor, &Tensor)> {
        let (weight, bias) = (self.in_proj_weight.as_deref()?, self.in_proj_bias.as_deref()?);
        let fits = query.dim() == 3
            && same(query, key)
            && same(key, value)
            && query.kind() == weight.kind()
            && !self.training.get()
            && self.num_heads % 2 == 0
            && self.batch_first
            && self.bias_k.is_none()
            && !self.add_zero_attn
            && !by_operations(&[query], self);
        fits.then_some((weight, bias))
    }

    /// Both masks as one, and of which kind it is: 1 over keys, 2 over queries and keys.
    pub(super) fn merge_masks(
        &self,
        attn_mask: Option<&Tensor>,
        key_padding_mask: Option<&Tensor>,
        query: &Tensor,
    ) -> (Option<Tensor>, Option<i64>) {
        let Some(attn_mask) = attn_mask else {
            return match key_padding_mask {
                Some(mask) => (Some(mask.shallow_clone()), Some(1)),
                None => (None, None),
            };
        };
        let (n, l) = (query.size()[0], query.size()[1]);
        let mut merged = match attn_mask.dim() {
            3 => attn_mask.view([n, -1, l, l]),
            _ => attn_mask.view([1, 1, l, l]).expand([n, self.num_heads, -1, -1], false),
        };
        if let Some(mask) = key_padding_mask {
            // Not in place: of the expanded mask there is only one.
            merged = &merged + mask.view([n, 1, 1, l]).expand([-1, self.num_heads, -1, -1], false);
        }
        (Some(merged), Some(2))
    }
}

impl MultiheadAttention {
    /// Four projections, the products of queries with keys, and those of weights with values.
    fn products(&self, inputs: &[&Tensor], _outputs: &[&Tensor]) -> i64 {
        let [query, key, value] = inputs else { return 0 };
        let numel = |tensor: &Tensor| tensor.numel() as i64;
        let keys = key.size()[if self.batch_first && key.dim() == 3 { 1 } else { 0 }];
        let projections = (2 * numel(query) + numel(key) + numel(value)) * self.embed_dim;
        projections + 2 * numel(query) * keys
    }
}

fn same(a: &Tensor, b: &Tensor) -> bool {
    ffi::identity(a) == ffi::identity(b)
}

/// Whether PyTorch computes this by operation after operation rather than by a kernel for all: where
/// gradients are asked for, and where a GPU's autocast is on, which finds no operations in a kernel.
pub(super) fn by_operations(inputs: &[&Tensor], module: &dyn Module) -> bool {
    const CUDA: i32 = 1;
    let gradients = ffi::grad_is_enabled()
        && (inputs.iter().any(|input| input.requires_grad())
            || module.parameters().iter().any(Tensor::requires_grad));
    gradients || ffi::autocast_state(CUDA).is_ok_and(|state| state.enabled)
}

/// A mask as the numbers that are added to the products: truth values become -∞.
pub(super) fn added_to(mask: &Tensor, name: &str, kind: Kind) -> Tensor {
    match mask.kind() {
        Kind::Bool => {
            Tensor::zeros(mask.size(), (kind, mask.device())).masked_fill_(mask, f64::NEG_INFINITY)
        }
        Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double => mask.shallow_clone(),
        _ => refuse(format!("only bool and floating types of {name} are supported")),
    }
}

/// [`MultiheadAttention`] with its weights handed over, time first:
/// [`torch.nn.functional.multi_head_attention_forward`]. Gives output and weights.
///
/// `in_proj_weight` holds the three matrices on each other; with `use_separate_proj_weight` each is
/// given by itself.
///
/// # Panics
/// When shapes do not fit, in PyTorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([5, 2, 4]);
/// let (w_in, w_out) = (torch::ones([12, 4]), torch::eye(4));
/// let (w_in, bias) = (Some(&w_in), None);
/// let (output, weights) = F::multi_head_attention_forward(
///     &x, &x, &x, 4, 2, w_in, bias, None, None, false, 0.0, &w_out, bias,
/// );
/// assert_eq!((output.size(), weights.unwrap().size()), (vec![5, 2, 4], vec![2, 5, 5]));
/// ```
///
/// [`torch.nn.functional.multi_head_attention_forward`]: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/functional.py
#[function]
pub fn multi_head_attention_forward(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    embed_dim_to_check: i64,
    num_heads: i64,
    #[builder(start_fn)] in_proj_weight: Option<&Tensor>,
    #[builder(start_fn)] in_proj_bias: Option<&Tensor>,
    #[builder(start_fn)] bias_k: Option<&Tensor>,
    #[builder(start_fn)] bias_v: Option<&Tensor>,
    add_zero_attn: bool,
    dropout_p: f64,
    out_proj_weight: &Tensor,
    #[builder(start_fn)] out_proj_bias: Option<&Tensor>,
    /// Whether dropout applies.
    #[builder(default = true)]
    training: bool,
    /// Which keys are padding, (N, S).
    key_padding_mask: Option<&Tensor>,
    /// Whether the weights are returned. Without, a faster kernel may compute the output.
    #[builder(default = true)]
    need_weights: bool,
    /// Which keys each query may not look at, (L, S) or (N·heads, L, S).
    attn_mask: Option<&Tensor>,
    /// Whether the three matrices are given each by itself.
    #[builder(default)]
    use_separate_proj_weight: bool,
    /// W_Q.
    q_proj_weight: Option<&Tensor>,
    /// W_K.
    k_proj_weight: Option<&Tensor>,
    /// W_V.
    v_proj_weight: Option<&Tensor>,
    /// Keys in the place of the projected ones, (N·heads, S, E/heads).
    static_k: Option<&Tensor>,
    /// Values in the place of the projected ones, (N·heads, S, E/heads).
    static_v: Option<&Tensor>,
    /// Whether the weights are the mean over the heads, or each head's: (N, heads, L, S).
    #[builder(default = true)]
    average_attn_weights: bool,
    /// That `attn_mask` is the causal one: a hint for faster kernels.
    #[builder(default)]
    mut is_causal: bool,
) -> (Tensor, Option<Tensor>) {
    let batched = are_batched([query, key, value], key_padding_mask, attn_mask, num_heads);
    let with_batch = |x: &Tensor| if batched { x.shallow_clone() } else { x.unsqueeze(1) };
    // What is one tensor is projected in one product; of a sequence alone PyTorch makes three.
    let (self_attention, one_source) = (batched && same(query, key), batched && same(key, value));
    let (query, key, value) = (with_batch(query), with_batch(key), with_batch(value));
    let mut key_padding_mask = key_padding_mask.map(|mask| {
        let mask = added_to(mask, "key_padding_mask", query.kind());
        if batched { mask } else { mask.unsqueeze(0) }
    });
    let [tgt_len, n, embed_dim] = query.size()[..] else { unreachable!("it is batched") };

    check!(
        !is_causal || attn_mask.is_some(),
        "Need attn_mask if specifying the is_causal hint. You may use the Transformer module \
         method `generate_square_subsequent_mask` to create this mask."
    );
    // Alone, the hint says all; together with padding or for the weights, the mask is needed.
    let mut attn_mask = if is_causal && key_padding_mask.is_none() && !need_weights {
        None
    } else {
        is_causal = is_causal && key_padding_mask.is_none();
        attn_mask.map(|mask| added_to(mask, "attn_mask", query.kind()))
    };

    check!(
        embed_dim == embed_dim_to_check,
        "was expecting embedding dimension of {embed_dim_to_check}, but got {embed_dim}"
    );
    let head_dim = embed_dim / num_heads;
    check!(
        head_dim * num_heads == embed_dim,
        "embed_dim {embed_dim} not divisible by num_heads {num_heads}"
    );
    let (mut q, mut k, mut v) = if use_separate_proj_weight {
        check!(
            key.size()[..2] == value.size()[..2],
            "key's sequence and batch dims torch.Size({:?}) do not match value's torch.Size({:?})",
            &key.size()[..2],
            &value.size()[..2]
        );
        let weights = [("q", q_proj_weight), ("k", k_proj_weight), ("v", v_proj_weight)].map(
            |(name, weight)| {
                weight.unwrap_or_else(|| {
                    refuse(format!(
                        "use_separate_proj_weight is True but {name}_proj_weight is None"
                    ))
                })
            },
        );
        for (weight, input, name) in [
            (weights[0], &query, "query"),
            (weights[1], &key, "key"),
            (weights[2], &value, "value"),
        ] {
            let expected = [embed_dim, input.size()[2]];
            check!(
                weight.size() == expected,
                "expecting {name} weights shape of {}, but got torch.Size({:?})",
                python_tuple(&expected),
                weight.size()
            );
        }
        let biases = in_proj_bias.map(|bias| bias.chunk(3, 0));
        let project = |input: &Tensor, i: usize| {
            let bias = biases.as_ref().map(|biases| &biases[i]);
            F::linear_options(input, weights[i]).maybe_bias(bias).call()
        };
        (project(&query, 0), project(&key, 1), project(&value, 2))
    } else {
        check!(
            key.size() == value.size(),
            "key shape torch.Size({:?}) does not match value shape torch.Size({:?})",
            key.size(),
            value.size()
        );
        let weight = in_proj_weight.unwrap_or_else(|| {
            refuse("use_separate_proj_weight is False but in_proj_weight is None".into())
        });
        let sources = match (self_attention, one_source) {
            (true, true) => [3, 0, 0],
            (false, true) => [1, 2, 0],
            _ => [1, 1, 1],
        };
        projected([&query, &key, &value], sources, weight, in_proj_bias)
    };

    if let Some(mask) = &attn_mask {
        let src_len = key.size()[0];
        let fits = match mask.dim() {
            2 => vec![tgt_len, src_len],
            3 => vec![n * num_heads, tgt_len, src_len],
            dim => refuse(format!("attn_mask's dimension {dim} is not supported")),
        };
        check!(
            mask.size() == fits,
            "The shape of the {}D attn_mask is torch.Size({:?}), but should be {}.",
            mask.dim(),
            mask.size(),
            python_tuple(&fits)
        );
        if mask.dim() == 2 {
            attn_mask = Some(mask.unsqueeze(0));
        }
    }
    let one_more = |mask: Tensor| mask.constant_pad_nd([0, 1]);
    check!(bias_k.is_none() || bias_v.is_some(), "bias_k is set but bias_v is None");
    check!(bias_v.is_none() || bias_k.is_some(), "bias_v is set but bias_k is None");
    if let (Some(bias_k), Some(bias_v)) = (bias_k, bias_v) {
        check!(static_k.is_none(), "bias cannot be added to static key.");
        check!(static_v.is_none(), "bias cannot be added to static value.");
        k = Tensor::cat(&[k, bias_k.repeat([1, n, 1])], 0);
        v = Tensor::cat(&[v, bias_v.repeat([1, n, 1])], 0);
        (attn_mask, key_padding_mask) = (attn_mask.map(one_more), key_padding_mask.map(one_more));
    }
    // Batch and heads first.
    let heads = |x: &Tensor| x.view([x.size()[0], n * num_heads, head_dim]).transpose(0, 1);
    q = q.view([tgt_len, n * num_heads, head_dim]).transpose(0, 1);
    let in_place_of = |projected: &Tensor, given: Option<&Tensor>, name: &str| {
        let Some(given) = given else { return heads(projected) };
        for (dim, expected) in [(0, n * num_heads), (2, head_dim)] {
            let found = given.size()[dim];
            check!(
                found == expected,
                "expecting {name}.size({dim}) of {expected}, but got {found}"
            );
        }
        given.shallow_clone()
    };
    (k, v) = (in_place_of(&k, static_k, "static_k"), in_place_of(&v, static_v, "static_v"));
    if add_zero_attn {
        let zero = Tensor::zeros([n * num_heads, 1, head_dim], (k.kind(), k.device()));
        k = Tensor::cat(&[&k, &zero], 1);
        v = Tensor::cat(&[&v, &zero], 1);
        (attn_mask, key_padding_mask) = (attn_mask.map(one_more), key_padding_mask.map(one_more));
    }
    let src_len = k.size()[1];
    if let Some(mask) = key_padding_mask {
        for (dim, expected) in [(0, n), (1, src_len)] {
            let found = mask.size()[dim];
            check!(
                found == expected,
                "Expected key_padded_mask.shape[{dim}] to be {expected}, but got {found}"
            );
        }
        let mask = mask.view([n, 1, 1, src_len]).expand([-1, num_heads, -1, -1], false);
        let mask = mask.reshape([n * num_heads, 1, src_len]);
        attn_mask = Some(match attn_mask {
            Some(attn_mask) => attn_mask + mask,
            None => mask,
        });
    }
    let dropout_p = if training { dropout_p } else { 0.0 };

    let out = |heads: Tensor| {
        let output = F::linear_options(&heads, out_proj_weight).maybe_bias(out_proj_bias).call();
        let output = output.view([tgt_len, n, output.size()[1]]);
        if batched { output } else { output.squeeze_dim(1) }
    };
    if !need_weights {
        // A mask for all heads alike is (1, L, S), and is spread over them by the kernel.
        let mask = attn_mask.map(|mask| match mask.size()[0] {
            1 => mask.unsqueeze(0),
            _ => mask.view([n, num_heads, -1, src_len]),
        });
        let q = q.view([n, num_heads, tgt_len, head_dim]);
        let (k, v) =
            (k.view([n, num_heads, src_len, head_dim]), v.view([n, num_heads, src_len, head_dim]));
        let found = Tensor::scaled_dot_product_attention(
            &q, &k, &v, mask, dropout_p, is_causal, None, false,
        );
        return (out(found.permute([2, 0, 1, 3]).reshape([n * tgt_len, embed_dim])), None);
    }
    let q = q * (1.0 / head_dim as f64).sqrt();
    let products = match &attn_mask {
        Some(mask) => mask.baddbmm(&q, &k.transpose(-2, -1), 1, 1),
        None => q.bmm(&k.transpose(-2, -1)),
    };
    let mut weights = products.softmax(-1, None);
    if dropout_p > 0.0 {
        weights = weights.dropout(dropout_p, true);
    }
    let found = weights.bmm(&v).transpose(0, 1).reshape([tgt_len * n, embed_dim]);
    let output = out(found);
    let mut weights = weights.view([n, num_heads, tgt_len, src_len]);
    if average_attn_weights {
        weights = weights.mean_dim(1, false, None);
    }
    (output, Some(if batched { weights } else { weights.squeeze_dim(0) }))
}

/// Is this a batch, and not a sequence alone? Refuses what is neither.
fn are_batched(
    [query, key, value]: [&Tensor; 3],
    key_padding_mask: Option<&Tensor>,
    attn_mask: Option<&Tensor>,
    num_heads: i64,
) -> bool {
    let dims = [query, key, value].map(Tensor::dim);
    let batched = dims[0] == 3;
    let kind = if batched { "batched" } else { "unbatched" };
    check!(
        dims[0] == 2 || dims[0] == 3,
        "query should be unbatched 2D or batched 3D tensor but received {}-D query tensor",
        dims[0]
    );
    check!(
        dims[1] == dims[0] && dims[2] == dims[0],
        "For {kind} ({}-D) `query`, expected `key` and `value` to be {}-D but found {}-D and {}-D \
         tensors respectively",
        dims[0],
        dims[0],
        dims[1],
        dims[2]
    );
    if let Some(mask) = key_padding_mask {
        check!(
            mask.dim() + 1 == dims[0],
            "For {kind} ({}-D) `query`, expected `key_padding_mask` to be `None` or {}-D but found {}-D \
             tensor instead",
            dims[0],
            dims[0] - 1,
            mask.dim()
        );
    }
    if let Some(mask) = attn_mask {
        check!(
            mask.dim() == 2 || mask.dim() == 3,
            "For {kind} ({}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {}-D \
             tensor instead",
            dims[0],
            mask.dim()
        );
        if !batched && mask.dim() == 3 {
            let expected = [num_heads, query.size()[0], key.size()[0]];
            check!(
                mask.size() == expected,
                "Expected `attn_mask` shape to be {} but got torch.Size({:?})",
                python_tuple(&expected),
                mask.size()
            );
        }
    }
    batched
}

/// The three projections, in as many products as there are different inputs: each input has this
/// many of the three.
fn projected(
    inputs: [&Tensor; 3],
    of_each: [i64; 3],
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> (Tensor, Tensor, Tensor) {
    let width = inputs[0].size().last().copied().expect("it has dimensions");
    let mut found = Vec::new();
    let mut from = 0;
    for (input, parts) in inputs.into_iter().zip(of_each).filter(|(_, parts)| *parts > 0) {
        let rows = |t: &Tensor| match parts {
            3 => t.shallow_clone(),
            _ => t.narrow(0, from * width, parts * width),
        };
        let product =
            F::linear_options(input, &rows(weight)).maybe_bias(bias.map(rows).as_ref()).call();
        from += parts;
        if parts == 1 {
            found.push(product);
            continue;
        }
        // Each part by itself in memory.
        let product = product.unflatten(-1, [parts, width]).unsqueeze(0).transpose(0, -2);
        found.extend(product.squeeze_dim(-2).contiguous().unbind(0));
    }
    let [q, k, v] = found.try_into().expect("there are three");
    (q, k, v)
}

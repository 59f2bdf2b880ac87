//! Vectors that are looked up by number.

use std::fmt::Write;

use tch::Tensor;

use crate::torch;
use crate::torch::Number;

use super::{Forward, Module, Parameter, functional as F, guard, init};

/// The row that stands for nothing, counted from the front.
///
/// # Panics
/// When there is no such row.
fn padding_row(padding_idx: Option<i64>, rows: i64) -> Option<i64> {
    padding_idx.map(|row| {
        assert!((-rows..rows).contains(&row), "Padding_idx must be within num_embeddings");
        if row < 0 { row + rows } else { row }
    })
}

/// A table from N(0, 1), but for the row that stands for nothing: zero.
fn table(rows: i64, columns: i64, padding_idx: Option<i64>) -> Parameter {
    let weight = Parameter::empty(&[rows, columns]);
    init::normal_(&weight);
    if let Some(row) = padding_idx {
        let _ = torch::no_grad(|| weight.get(row).zero_());
    }
    weight
}

/// Looks vectors up in a table: [`torch.nn.Embedding`].
///
/// # Shapes
/// Input whole numbers, (∗); output (∗, `embedding_dim`).
///
/// # Parameters
/// `weight`, (`num_embeddings`, `embedding_dim`), from N(0, 1); the row `padding_idx` is zero, and
/// gets no gradient.
///
/// # Panics
/// When a size is negative or `padding_idx` no row; in `forward`, when a number is none, in
/// libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let embedding = nn::Embedding::options(10, 3).padding_idx(0).build();
/// let words = torch::tensor([1, 2, 0]);
/// let vectors = embedding.forward(&words);
/// assert_eq!(vectors.size(), [3, 3]);
/// assert_eq!(vectors.get(2), torch::zeros([3]));
/// assert_eq!(embedding.to_string(), "Embedding(10, 3, padding_idx=0)");
/// ```
///
/// [`torch.nn.Embedding`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct Embedding {
    #[module(skip)]
    num_embeddings: i64,
    #[module(skip)]
    embedding_dim: i64,
    #[module(skip)]
    padding_idx: Option<i64>,
    #[module(skip)]
    max_norm: Option<Number>,
    #[module(skip)]
    norm_type: Number,
    #[module(skip)]
    scale_grad_by_freq: bool,
    #[module(skip)]
    sparse: bool,
    /// The table, a vector a row.
    pub weight: Parameter,
}

impl Embedding {
    /// Is the table's gradient a sparse tensor?
    pub(in crate::nn) fn is_sparse(&self) -> bool {
        self.sparse
    }
}

#[bon::bon]
impl Embedding {
    /// A table of so many vectors of so many values.
    pub fn new(num_embeddings: i64, embedding_dim: i64) -> Self {
        Self::options(num_embeddings, embedding_dim).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = EmbeddingOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] num_embeddings: i64,
        #[builder(start_fn)] embedding_dim: i64,
        /// The row that stands for nothing; from the end, where it is negative.
        padding_idx: Option<i64>,
        /// The largest norm of a vector: one that is looked up is first brought down to it, in the
        /// table.
        #[builder(into)]
        max_norm: Option<Number>,
        /// Which norm this is: p of the p-norm.
        #[builder(default = Number::Float(2.0), into)]
        norm_type: Number,
        /// Whether a row's gradient is divided by how often it was looked up in the batch.
        #[builder(default)]
        scale_grad_by_freq: bool,
        /// Whether the table's gradient is a sparse tensor, of the rows that were looked up.
        #[builder(default)]
        sparse: bool,
    ) -> Self {
        let padding_idx = padding_row(padding_idx, num_embeddings);
        let weight = table(num_embeddings, embedding_dim, padding_idx);
        Self {
            num_embeddings,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            weight,
        }
    }

    /// A layer with this table, (rows, columns), which it shares; in Python it is
    /// `Embedding.from_pretrained(embeddings, …)`. Nothing is drawn.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let vectors = torch::tensor([[1.0, 2.3, 3.0], [4.0, 5.1, 6.3]]);
    /// let embedding = nn::Embedding::from_pretrained(&vectors);
    /// let row = embedding.forward(&torch::tensor([1]));
    /// assert_eq!(row, torch::tensor([[4.0, 5.1, 6.3]]));
    /// assert!(!embedding.weight.requires_grad());
    /// ```
    ///
    /// # Panics
    /// When `embeddings` has not two dimensions.
    pub fn from_pretrained(embeddings: &Tensor) -> Self {
        Self::from_pretrained_options(embeddings).build()
    }

    /// Begins [`from_pretrained`](Self::from_pretrained) with keyword arguments set by name.
    #[builder(
        start_fn(name = from_pretrained_options, vis = "pub"),
        finish_fn = build,
        builder_type(name = EmbeddingFromPretrained, vis = "pub")
    )]
    fn pretrained(
        #[builder(start_fn)] embeddings: &Tensor,
        /// Whether the table is kept from learning.
        #[builder(default = true)]
        freeze: bool,
        /// The row that stands for nothing; from the end, where it is negative.
        padding_idx: Option<i64>,
        /// The largest norm of a vector: one that is looked up is first brought down to it, in the
        /// table.
        #[builder(into)]
        max_norm: Option<Number>,
        /// Which norm this is: p of the p-norm.
        #[builder(default = Number::Float(2.0), into)]
        norm_type: Number,
        /// Whether a row's gradient is divided by how often it was looked up in the batch.
        #[builder(default)]
        scale_grad_by_freq: bool,
        /// Whether the table's gradient is a sparse tensor, of the rows that were looked up.
        #[builder(default)]
        sparse: bool,
    ) -> Self {
        let (num_embeddings, embedding_dim, weight) = pretrained(embeddings, freeze);
        let padding_idx = padding_row(padding_idx, num_embeddings);
        Self {
            num_embeddings,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            weight,
        }
    }
}

/// A table that is there already, and its sizes.
fn pretrained(embeddings: &Tensor, freeze: bool) -> (i64, i64, Parameter) {
    let [rows, columns] = embeddings.size()[..] else {
        panic!("Embeddings parameter is expected to be 2-dimensional")
    };
    let weight = Parameter::new(embeddings.detach());
    let _ = weight.set_requires_grad(!freeze);
    (rows, columns, weight)
}

/// What both tables print in the same way.
fn repr(max_norm: Option<Number>, norm_type: Number, by_freq: bool) -> String {
    let mut repr = String::new();
    if let Some(max_norm) = max_norm {
        let _ = write!(repr, ", max_norm={max_norm}");
    }
    if norm_type.to_f64() != 2.0 {
        let _ = write!(repr, ", norm_type={norm_type}");
    }
    if by_freq {
        repr.push_str(", scale_grad_by_freq=True");
    }
    repr
}

impl Embedding {
    /// The same layer with another table.
    pub(super) fn with_parameters(&self, weight: Parameter) -> Self {
        Self { weight, ..*self }
    }

    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        let padding = self.padding_idx.map_or(String::new(), |row| format!(", padding_idx={row}"));
        let (rows, columns) = (self.num_embeddings, self.embedding_dim);
        let common = repr(self.max_norm, self.norm_type, self.scale_grad_by_freq);
        let sparse = if self.sparse { ", sparse=True" } else { "" };
        format!("{rows}, {columns}{padding}{common}{sparse}")
    }
}

impl Forward for Embedding {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::embedding_options(input, &self.weight)
            .maybe_padding_idx(self.padding_idx)
            .maybe_max_norm(self.max_norm.map(Number::to_f64))
            .norm_type(self.norm_type.to_f64())
            .scale_grad_by_freq(self.scale_grad_by_freq)
            .sparse(self.sparse)
            .call()
    }
}

/// What is made of the vectors of a bag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BagMode {
    /// Their sum.
    Sum,
    /// Their mean.
    #[default]
    Mean,
    /// The largest of each value.
    Max,
}

impl From<&str> for BagMode {
    fn from(name: &str) -> Self {
        match name {
            "sum" => Self::Sum,
            "mean" => Self::Mean,
            "max" => Self::Max,
            _ => panic!("mode has to be one of sum, mean or max"),
        }
    }
}

/// Looks bags of vectors up in a table, and makes one of each: [`torch.nn.EmbeddingBag`].
///
/// # Shapes
/// `forward`: input whole numbers, (B, L), B bags of L; output (B, `embedding_dim`).
/// `forward_options`: input (all of the bags one after the other) and `offsets`, (B), where each
/// begins.
///
/// # Parameters
/// `weight`, (`num_embeddings`, `embedding_dim`), from N(0, 1); the row `padding_idx` is zero, and
/// counts in no bag.
///
/// # Panics
/// When a size is negative, `padding_idx` no row, or mode `"max"` meets `sparse` or
/// `scale_grad_by_freq`; in `forward`, when a number is no row, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let bag = nn::EmbeddingBag::options(10, 3).mode("sum").build();
/// let words = torch::tensor([1, 2, 4, 5, 4, 3]);
/// let vectors = bag.forward_options(&words).offsets(&torch::tensor([0, 4])).call();
/// assert_eq!(vectors.size(), [2, 3]);
/// assert_eq!(bag.forward(&words.view([3, 2])).size(), [3, 3]);
/// assert_eq!(bag.to_string(), "EmbeddingBag(10, 3, mode='sum')");
/// ```
///
/// [`torch.nn.EmbeddingBag`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct EmbeddingBag {
    #[module(skip)]
    num_embeddings: i64,
    #[module(skip)]
    embedding_dim: i64,
    #[module(skip)]
    max_norm: Option<Number>,
    #[module(skip)]
    norm_type: Number,
    #[module(skip)]
    scale_grad_by_freq: bool,
    #[module(skip)]
    mode: BagMode,
    #[module(skip)]
    sparse: bool,
    #[module(skip)]
    include_last_offset: bool,
    #[module(skip)]
    padding_idx: Option<i64>,
    /// The table, a vector a row.
    pub weight: Parameter,
}

impl EmbeddingBag {
    /// Is the table's gradient a sparse tensor?
    pub(in crate::nn) fn is_sparse(&self) -> bool {
        self.sparse
    }
}

#[bon::bon]
impl EmbeddingBag {
    /// A table of so many vectors of so many values; a bag becomes their mean.
    pub fn new(num_embeddings: i64, embedding_dim: i64) -> Self {
        Self::options(num_embeddings, embedding_dim).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = EmbeddingBagOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] num_embeddings: i64,
        #[builder(start_fn)] embedding_dim: i64,
        /// The largest norm of a vector: one that is looked up is first brought down to it, in the
        /// table.
        #[builder(into)]
        max_norm: Option<Number>,
        /// Which norm this is: p of the p-norm.
        #[builder(default = Number::Float(2.0), into)]
        norm_type: Number,
        /// Whether a row's gradient is divided by how often it was looked up in the batch.
        #[builder(default)]
        scale_grad_by_freq: bool,
        /// What is made of a bag: `"sum"`, `"mean"` or `"max"`.
        #[builder(into, default)]
        mode: BagMode,
        /// Whether the table's gradient is a sparse tensor, of the rows that were looked up.
        #[builder(default)]
        sparse: bool,
        /// Whether `offsets` ends with where a next bag would begin.
        #[builder(default)]
        include_last_offset: bool,
        /// The row that counts in no bag; from the end, where it is negative.
        padding_idx: Option<i64>,
    ) -> Self {
        let plain = !sparse && !scale_grad_by_freq;
        assert!(
            mode != BagMode::Max || plain,
            "max mode does not support sparse weights or scaling the gradient by the frequency"
        );
        let padding_idx = padding_row(padding_idx, num_embeddings);
        let weight = table(num_embeddings, embedding_dim, padding_idx);
        Self {
            num_embeddings,
            embedding_dim,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            include_last_offset,
            padding_idx,
            weight,
        }
    }

    /// A layer with this table, (rows, columns), which it shares; in Python it is
    /// `EmbeddingBag.from_pretrained(embeddings, …)`. Nothing is drawn.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let vectors = torch::tensor([[1.0, 2.0], [3.0, 6.0]]);
    /// let bag = nn::EmbeddingBag::from_pretrained(&vectors);
    /// let mean = bag.forward(&torch::tensor([[0, 1]]));
    /// assert_eq!(mean, torch::tensor([[2.0, 4.0]]));
    /// ```
    ///
    /// # Panics
    /// When `embeddings` has not two dimensions.
    pub fn from_pretrained(embeddings: &Tensor) -> Self {
        Self::from_pretrained_options(embeddings).build()
    }

    /// Begins [`from_pretrained`](Self::from_pretrained) with keyword arguments set by name.
    #[builder(
        start_fn(name = from_pretrained_options, vis = "pub"),
        finish_fn = build,
        builder_type(name = EmbeddingBagFromPretrained, vis = "pub")
    )]
    fn pretrained(
        #[builder(start_fn)] embeddings: &Tensor,
        /// Whether the table is kept from learning.
        #[builder(default = true)]
        freeze: bool,
        /// The largest norm of a vector: one that is looked up is first brought down to it, in the
        /// table.
        #[builder(into)]
        max_norm: Option<Number>,
        /// Which norm this is: p of the p-norm.
        #[builder(default = Number::Float(2.0), into)]
        norm_type: Number,
        /// Whether a row's gradient is divided by how often it was looked up in the batch.
        #[builder(default)]
        scale_grad_by_freq: bool,
        /// What is made of a bag: `"sum"`, `"mean"` or `"max"`.
        #[builder(into, default)]
        mode: BagMode,
        /// Whether the table's gradient is a sparse tensor, of the rows that were looked up.
        #[builder(default)]
        sparse: bool,
        /// Whether `offsets` ends with where a next bag would begin.
        #[builder(default)]
        include_last_offset: bool,
        /// The row that counts in no bag; from the end, where it is negative.
        padding_idx: Option<i64>,
    ) -> Self {
        let (num_embeddings, embedding_dim, weight) = pretrained(embeddings, freeze);
        let padding_idx = padding_row(padding_idx, num_embeddings);
        Self {
            num_embeddings,
            embedding_dim,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            include_last_offset,
            padding_idx,
            weight,
        }
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it:
    /// `bag(input, offsets, per_sample_weights)` in Python.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = EmbeddingBagCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] input: &Tensor,
        /// Where each bag begins in an input of one dimension.
        offsets: Option<&Tensor>,
        /// A weight for each vector, in the mode `"sum"`.
        per_sample_weights: Option<&Tensor>,
    ) -> Tensor {
        guard(self, &[Some(input), offsets, per_sample_weights], || {
            self.look_up(input, offsets, per_sample_weights)
        })
    }

    fn look_up(
        &self,
        input: &Tensor,
        offsets: Option<&Tensor>,
        per_sample_weights: Option<&Tensor>,
    ) -> Tensor {
        F::embedding_bag_options(input, &self.weight)
            .maybe_offsets(offsets)
            .maybe_max_norm(self.max_norm.map(Number::to_f64))
            .norm_type(self.norm_type.to_f64())
            .scale_grad_by_freq(self.scale_grad_by_freq)
            .mode(self.mode)
            .sparse(self.sparse)
            .maybe_per_sample_weights(per_sample_weights)
            .include_last_offset(self.include_last_offset)
            .maybe_padding_idx(self.padding_idx)
            .call()
    }
}

impl EmbeddingBag {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        let (rows, columns) = (self.num_embeddings, self.embedding_dim);
        let common = repr(self.max_norm, self.norm_type, self.scale_grad_by_freq);
        let mode = ["sum", "mean", "max"][self.mode as usize];
        let padding = self.padding_idx.map_or(String::new(), |row| format!(", padding_idx={row}"));
        format!("{rows}, {columns}{common}, mode='{mode}'{padding}")
    }
}

impl Forward for EmbeddingBag {
    fn forward(&self, input: &Tensor) -> Tensor {
        self.look_up(input, None, None)
    }
}

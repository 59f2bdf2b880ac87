//! Sequences of different lengths in one batch: [`torch.nn.utils.rnn`].
//!
//! A batch of sequences is padded to the length of the longest. Packed, it holds no padding: a
//! recurrent layer then reads of each sequence what is its own, and no more.
//!
//! ```
//! use flambeau::nn::utils::rnn::{pack_padded_sequence_options, pad_packed_sequence_options};
//! use flambeau::prelude::*;
//!
//! let padded = torch::randn([3, 5, 4]); // (N, T, features)
//! let packed = pack_padded_sequence_options(&padded, [2, 5, 3])
//!     .batch_first(true)
//!     .enforce_sorted(false)
//!     .call();
//! let lstm = nn::LSTM::options(4, 6).batch_first(true).build();
//! let (output, (h, _)) = lstm.forward(&packed);
//! let (output, lengths) = pad_packed_sequence_options(&output).batch_first(true).call();
//! assert_eq!(output.size(), [3, 5, 6]);
//! // The state is that after each sequence's own last step.
//! let last: i64 = lengths.i(0).tolist();
//! assert_eq!(output.i((0, last - 1)), h.i((0, 0)));
//! ```
//!
//! [`torch.nn.utils.rnn`]: https://docs.pytorch.org/docs/stable/nn.html#utilities

use flambeau_derive::function;
use tch::{Device, Kind, Tensor};

use crate::refusal::{check, refuse};
use crate::torch::{Integer, Size};

/// A batch of sequences without padding: [`torch.nn.utils.rnn.PackedSequence`].
///
/// The sequences lie in the order of their lengths, the longest first. `data` holds the first step
/// of each, then the second of each that has one, and so on: (all steps, …); `batch_sizes` how many
/// sequences have such a step.
///
/// [`torch.nn.utils.rnn.PackedSequence`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html
#[derive(Debug)]
pub struct PackedSequence {
    data: Tensor,
    batch_sizes: Tensor,
    sorted_indices: Option<Tensor>,
    unsorted_indices: Option<Tensor>,
}

impl PackedSequence {
    /// The steps of all sequences, (all steps, …).
    pub fn data(&self) -> &Tensor {
        &self.data
    }

    /// How many sequences have a first step, a second one, and so on: whole numbers on the CPU.
    pub fn batch_sizes(&self) -> &Tensor {
        &self.batch_sizes
    }

    /// Which of the given sequences is the longest, which comes next, and so on; `None` if they
    /// were given in that order.
    pub fn sorted_indices(&self) -> Option<&Tensor> {
        self.sorted_indices.as_ref()
    }

    /// Where each of the given sequences stands now: the inverse of `sorted_indices`.
    pub fn unsorted_indices(&self) -> Option<&Tensor> {
        self.unsorted_indices.as_ref()
    }

    /// These sequences with other values in the steps' places: `PackedSequence(f(packed.data), …)`
    /// in Python, as for an embedding of packed indices.
    ///
    /// # Panics
    /// When `data` has another number of steps.
    ///
    /// ```
    /// use flambeau::nn::utils::rnn::pack_sequence;
    /// use flambeau::prelude::*;
    ///
    /// let words = pack_sequence(&[torch::tensor([1, 2, 3]), torch::tensor([4])]);
    /// let embedded = words.with_data(nn::Embedding::new(5, 8).forward(words.data()));
    /// assert_eq!(embedded.data().size(), [4, 8]);
    /// ```
    #[track_caller]
    pub fn with_data(&self, data: Tensor) -> Self {
        let steps = self.data.size()[0];
        assert!(
            data.size().first() == Some(&steps),
            "{steps} steps are packed, but the data's size is {:?}",
            data.size()
        );
        let copy = |indices: &Option<Tensor>| indices.as_ref().map(Tensor::shallow_clone);
        Self {
            data,
            batch_sizes: self.batch_sizes.shallow_clone(),
            sorted_indices: copy(&self.sorted_indices),
            unsorted_indices: copy(&self.unsorted_indices),
        }
    }

    /// The sequences on another device, or of another kind: `batch_sizes` stays on the CPU.
    pub fn to(&self, device: Device, kind: Kind) -> Self {
        let mut moved = self.with_data(self.data.to_device(device).to_kind(kind));
        moved.sorted_indices = moved.sorted_indices.map(|indices| indices.to_device(device));
        moved.unsorted_indices = moved.unsorted_indices.map(|indices| indices.to_device(device));
        moved
    }
}

/// The lengths of sequences: a tensor, or numbers.
#[derive(Debug)]
pub struct Lengths(Tensor);

impl From<&Tensor> for Lengths {
    fn from(lengths: &Tensor) -> Self {
        Self(lengths.shallow_clone())
    }
}

impl<I: Integer> From<&[I]> for Lengths {
    fn from(lengths: &[I]) -> Self {
        Self(Tensor::from_slice(&Size::from(lengths)))
    }
}

impl<I: Integer, const N: usize> From<[I; N]> for Lengths {
    fn from(lengths: [I; N]) -> Self {
        lengths.as_slice().into()
    }
}

impl<I: Integer> From<Vec<I>> for Lengths {
    fn from(lengths: Vec<I>) -> Self {
        lengths.as_slice().into()
    }
}

/// Packs padded sequences, (T, N, …), or with `batch_first` (N, T, …), of which the first
/// `lengths` steps count: [`torch.nn.utils.rnn.pack_padded_sequence`].
///
/// # Panics
/// When `lengths` are not N positive whole numbers on the CPU, above T, or not in the order that
/// `enforce_sorted` asks for, in libtorch's words.
///
/// ```
/// use flambeau::nn::utils::rnn::pack_padded_sequence_options;
/// use flambeau::prelude::*;
///
/// let padded = torch::tensor([1, 2, 0, 3, 0, 0, 4, 5, 6]).view([3, 3]);
/// let packed = pack_padded_sequence_options(&padded, [2, 1, 3]).batch_first(true);
/// let packed = packed.enforce_sorted(false).call();
/// assert_eq!(packed.data(), &torch::tensor([4, 1, 3, 5, 2, 6]));
/// assert_eq!(packed.batch_sizes(), &torch::tensor([3, 2, 1]));
/// ```
///
/// [`torch.nn.utils.rnn.pack_padded_sequence`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html
#[function]
pub fn pack_padded_sequence(
    input: &Tensor,
    #[builder(into)] lengths: Lengths,
    /// Whether the input is (N, T, …).
    #[builder(default)]
    batch_first: bool,
    /// Whether the sequences have to come in the order of their lengths, the longest first; else they
    /// are sorted.
    #[builder(default = true)]
    enforce_sorted: bool,
) -> PackedSequence {
    let lengths = lengths.0.to_kind(Kind::Int64);
    if enforce_sorted {
        let (data, batch_sizes) = input.internal_pack_padded_sequence(&lengths, batch_first);
        return PackedSequence { data, batch_sizes, sorted_indices: None, unsorted_indices: None };
    }
    let (lengths, sorted) = lengths.sort(-1, true);
    let sorted = sorted.to_device(input.device());
    let sequences = input.index_select(if batch_first { 0 } else { 1 }, &sorted);
    let (data, batch_sizes) = sequences.internal_pack_padded_sequence(&lengths, batch_first);
    let unsorted_indices = Some(invert_permutation(&sorted));
    PackedSequence { data, batch_sizes, sorted_indices: Some(sorted), unsorted_indices }
}

/// Pads packed sequences with `padding_value`, and gives them in their first order with their
/// lengths: [`torch.nn.utils.rnn.pad_packed_sequence`]. The inverse of [`pack_padded_sequence`].
///
/// The sequences are (T, N, …), with `batch_first` (N, T, …), T being the length of the longest, or
/// `total_length`.
///
/// # Panics
/// When `total_length` is below the length of the longest sequence.
///
/// ```
/// use flambeau::nn::utils::rnn::{pack_sequence, pad_packed_sequence_options};
/// use flambeau::prelude::*;
///
/// let packed = pack_sequence(&[torch::tensor([1.0, 2.0]), torch::tensor([3.0])]);
/// let padded = pad_packed_sequence_options(&packed).batch_first(true).padding_value(-1);
/// let (padded, lengths) = padded.total_length(3).call();
/// assert_eq!(padded, torch::tensor([1.0, 2.0, -1.0, 3.0, -1.0, -1.0]).view([2, 3]));
/// assert_eq!(lengths, torch::tensor([2, 1]));
/// ```
///
/// [`torch.nn.utils.rnn.pad_packed_sequence`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html
#[function]
pub fn pad_packed_sequence(
    sequence: &PackedSequence,
    /// Whether the output is (N, T, …).
    #[builder(default)]
    batch_first: bool,
    /// What stands where a sequence has ended.
    #[builder(default = 0.0)]
    padding_value: f64,
    /// The length T; that of the longest sequence if not given.
    total_length: Option<i64>,
) -> (Tensor, Tensor) {
    let longest = sequence.batch_sizes.size()[0];
    let length = total_length.unwrap_or(longest);
    check!(
        length >= longest,
        "Expected total_length to be at least the length of the longest sequence in input, but got \
         total_length={length} and max sequence length being {longest}"
    );
    let (padded, lengths) = Tensor::internal_pad_packed_sequence(
        &sequence.data,
        &sequence.batch_sizes,
        batch_first,
        padding_value,
        length,
    );
    match &sequence.unsorted_indices {
        Some(unsorted) => (
            padded.index_select(if batch_first { 0 } else { 1 }, unsorted),
            lengths.index_select(0, &unsorted.to_device(Device::Cpu)),
        ),
        None => (padded, lengths),
    }
}

/// Pads sequences (Tᵢ, …) to one length and stacks them, (T, N, …), with `batch_first` (N, T, …):
/// [`torch.nn.utils.rnn.pad_sequence`].
///
/// # Panics
/// When there is no sequence, or they differ in more than their lengths.
///
/// ```
/// use flambeau::nn::utils::rnn::pad_sequence_options;
/// use flambeau::prelude::*;
///
/// let sequences = [torch::tensor([1.0, 2.0]), torch::tensor([3.0])];
/// let padded = pad_sequence_options(&sequences).batch_first(true).padding_side("left").call();
/// assert_eq!(padded, torch::tensor([1.0, 2.0, 0.0, 3.0]).view([2, 2]));
/// ```
///
/// [`torch.nn.utils.rnn.pad_sequence`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html
#[function]
pub fn pad_sequence(
    sequences: &[Tensor],
    /// Whether the output is (N, T, …).
    #[builder(default)]
    batch_first: bool,
    /// What stands where a sequence has ended.
    #[builder(default = 0.0)]
    padding_value: f64,
    /// On which side of a sequence that is, `"right"` or `"left"`.
    #[builder(default = "right")]
    padding_side: &str,
) -> Tensor {
    Tensor::pad_sequence(sequences, batch_first, padding_value, padding_side)
}

/// Takes padded sequences apart, each at its length: [`torch.nn.utils.rnn.unpad_sequence`]. The
/// inverse of [`pad_sequence`].
///
/// # Panics
/// When there is not one length a sequence.
///
/// ```
/// use flambeau::nn::utils::rnn::{pad_sequence, unpad_sequence};
/// use flambeau::prelude::*;
///
/// let sequences = [torch::tensor([1.0, 2.0]), torch::tensor([3.0])];
/// let padded = pad_sequence(&sequences);
/// assert_eq!(unpad_sequence(&padded, &torch::tensor([2, 1])), sequences);
/// ```
///
/// [`torch.nn.utils.rnn.unpad_sequence`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpad_sequence.html
#[function]
pub fn unpad_sequence(
    padded_sequences: &Tensor,
    lengths: &Tensor,
    /// Whether the sequences are (N, T, …).
    #[builder(default)]
    batch_first: bool,
) -> Vec<Tensor> {
    let padded = match batch_first {
        true => padded_sequences.shallow_clone(),
        false => padded_sequences.transpose(0, 1),
    };
    let (sequences, lengths) = (padded.unbind(0), lengths.unbind(0));
    check!(
        sequences.len() == lengths.len(),
        "{} sequences and {} lengths",
        sequences.len(),
        lengths.len()
    );
    let steps = Tensor::arange(padded.size()[1], (Kind::Int64, padded.device()));
    let unpad = |(sequence, length): (Tensor, Tensor)| {
        let kept = steps.lt_tensor(&length.to_device(padded.device()));
        sequence.index(&[Some(kept)])
    };
    sequences.into_iter().zip(lengths).map(unpad).collect()
}

/// Packs sequences (Tᵢ, …): [`pad_sequence`], then [`pack_padded_sequence`];
/// [`torch.nn.utils.rnn.pack_sequence`].
///
/// # Panics
/// As these two do.
///
/// ```
/// use flambeau::nn::utils::rnn::pack_sequence;
/// use flambeau::prelude::*;
///
/// let sequences = [&[1_i64, 2, 3][..], &[4, 5], &[6]].map(Tensor::from_slice);
/// let packed = pack_sequence(&sequences);
/// assert_eq!(packed.data(), &torch::tensor([1, 4, 6, 2, 5, 3]));
/// ```
///
/// [`torch.nn.utils.rnn.pack_sequence`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_sequence.html
#[function]
pub fn pack_sequence(
    sequences: &[Tensor],
    /// Whether the sequences have to come in the order of their lengths, the longest first; else they
    /// are sorted.
    #[builder(default = true)]
    enforce_sorted: bool,
) -> PackedSequence {
    let length = |sequence: &Tensor| {
        sequence.size().first().copied().unwrap_or_else(|| {
            refuse("dimension specified as 0 but tensor has no dimensions".into())
        })
    };
    let lengths: Vec<_> = sequences.iter().map(length).collect();
    pack_padded_sequence_options(&pad_sequence(sequences), &lengths[..])
        .enforce_sorted(enforce_sorted)
        .call()
}

/// The packed sequences, each at its length, in their first order:
/// [`torch.nn.utils.rnn.unpack_sequence`]. The inverse of [`pack_sequence`].
///
/// ```
/// use flambeau::nn::utils::rnn::{pack_sequence_options, unpack_sequence};
/// use flambeau::prelude::*;
///
/// let sequences = [&[1_i64][..], &[2, 3, 4], &[5, 6]].map(Tensor::from_slice);
/// let packed = pack_sequence_options(&sequences).enforce_sorted(false).call();
/// assert_eq!(unpack_sequence(&packed), sequences);
/// ```
///
/// [`torch.nn.utils.rnn.unpack_sequence`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpack_sequence.html
#[function]
pub fn unpack_sequence(packed_sequences: &PackedSequence) -> Vec<Tensor> {
    let (padded, lengths) = pad_packed_sequence_options(packed_sequences).batch_first(true).call();
    unpad_sequence_options(&padded, &lengths).batch_first(true).call()
}

/// The order that undoes `permutation`: [`torch.nn.utils.rnn.invert_permutation`].
///
/// ```
/// use flambeau::nn::utils::rnn::invert_permutation;
/// use flambeau::prelude::*;
///
/// let inverse = invert_permutation(&torch::tensor([2, 0, 1]));
/// assert_eq!(inverse, torch::tensor([1, 2, 0]));
/// ```
///
/// [`torch.nn.utils.rnn.invert_permutation`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.invert_permutation.html
#[function]
pub fn invert_permutation(permutation: &Tensor) -> Tensor {
    let places = Tensor::arange(permutation.numel() as i64, (Kind::Int64, permutation.device()));
    permutation.empty_like().scatter_(0, permutation, &places)
}

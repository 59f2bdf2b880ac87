//! [`Sample`]: what a dataset gives, and how several of them become a batch.

use tch::Tensor;

use crate::{Error, Result, ffi};

/// A tensor, or a tuple of up to six: what a dataset gives for one number, and a loader for a batch.
///
/// A type of one's own, a struct of tensors, is a sample when it says which tensors it is made of.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::Sample;
///
/// let row = |x: f32, y: i64| (Tensor::from(x), Tensor::from(y));
/// let (inputs, targets) = Sample::collate(vec![row(0.5, 1), row(1.5, 0)])?;
/// assert_eq!(inputs, torch::tensor([0.5, 1.5]));
/// assert_eq!(targets, torch::tensor([1, 0]));
/// # Ok::<(), flambeau::Error>(())
/// ```
pub trait Sample: Send + Sized + 'static {
    /// The tensors that it is made of, always in the same order.
    fn into_tensors(self) -> Vec<Tensor>;

    /// A sample of these tensors, as many as [`into_tensors`](Self::into_tensors) gives.
    fn from_tensors(tensors: Vec<Tensor>) -> Self;

    /// Samples as one batch: tensor by tensor along a new first dimension, as
    /// [`torch.utils.data.default_collate`] does it.
    ///
    /// # Errors
    /// When the samples are not of one shape, or there is none.
    ///
    /// [`torch.utils.data.default_collate`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.default_collate
    fn collate(samples: Vec<Self>) -> Result<Self> {
        let mut columns: Vec<Vec<Tensor>> = Vec::new();
        for sample in samples {
            let tensors = sample.into_tensors();
            columns.resize_with(tensors.len(), Vec::new);
            columns.iter_mut().zip(tensors).for_each(|(column, tensor)| column.push(tensor));
        }
        if columns.is_empty() {
            return Err(Error::argument("indices", "a batch needs at least one sample"));
        }
        let stacked = columns.iter().map(|column| stack(column));
        Ok(Self::from_tensors(stacked.collect::<Result<_>>()?))
    }
}

fn stack(tensors: &[Tensor]) -> Result<Tensor> {
    Tensor::f_stack(tensors, 0)
        .map_err(|error| Error::Torch(ffi::without_frames(&error.to_string())))
}

impl Sample for Tensor {
    fn into_tensors(self) -> Vec<Tensor> {
        vec![self]
    }
    fn from_tensors(tensors: Vec<Tensor>) -> Self {
        <[Tensor; 1]>::try_from(tensors).map(|[tensor]| tensor).expect("one tensor")
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident)+;)*) => {
        $(impl Sample for ($(tuples!(@tensor $name),)+) {
            fn into_tensors(self) -> Vec<Tensor> {
                let ($($name,)+) = self;
                vec![$($name),+]
            }
            fn from_tensors(tensors: Vec<Tensor>) -> Self {
                let tensors = <[Tensor; $count]>::try_from(tensors);
                tensors.map(|[$($name),+]| ($($name,)+)).expect("as many tensors as the tuple has")
            }
        })*
    };
    (@tensor $name:ident) => { Tensor };
}

tuples! {
    2: a b;
    3: a b c;
    4: a b c d;
    5: a b c d e;
    6: a b c d e f;
}

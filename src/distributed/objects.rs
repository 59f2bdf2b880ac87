//! Collectives of values that are no tensors.

use flambeau_derive::function;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tch::{Device, Kind, Tensor};

use super::{
    ProcessGroup, all_gather_options, broadcast_options, gather_options, recv_options,
    scatter_options, send_options,
};
use crate::{Error, Result};

/// A value as CBOR, which numbers and texts go through as they are.
fn bytes(value: &impl Serialize) -> Result<Tensor> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)
        .map_err(|error| Error::argument("object", format!("it cannot be written: {error}")))?;
    Ok(Tensor::from_slice(&bytes))
}

/// The value in the first of these bytes.
fn value<T: DeserializeOwned>(bytes: &Tensor, length: i64) -> Result<T> {
    let bytes: Vec<u8> = Vec::try_from(bytes.narrow(0, 0, length))
        .map_err(|error: tch::TchError| Error::Torch(error.to_string()))?;
    ciborium::from_reader(bytes.as_slice()).map_err(|error| {
        let problem = format!("what another rank sent is none of this type: {error}");
        Error::argument("object", problem)
    })
}

fn number(number: i64) -> Tensor {
    Tensor::from_slice(&[number])
}

fn zeros(length: i64) -> Tensor {
    Tensor::zeros([length], (Kind::Uint8, Device::Cpu))
}

/// The bytes with zeros behind them.
fn padded(bytes: &Tensor, length: i64) -> Tensor {
    bytes.constant_pad_nd([0, length - bytes.numel() as i64])
}

/// How long each rank's value is.
fn lengths(bytes: &Tensor, group: &ProcessGroup) -> Result<Vec<i64>> {
    let lengths: Vec<_> = (0..group.size()).map(|_| number(0)).collect();
    all_gather_options(&lengths, &number(bytes.numel() as i64)).group(group).call()?;
    Ok(lengths.iter().map(|length| length.int64_value(&[0])).collect())
}

/// Every rank's value, in the order of the ranks: [`torch.distributed.all_gather_object`]. Values are
/// small ones, of any type that serde knows; here they need not be the same size.
///
/// ```
/// use flambeau::distributed as dist;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let store = format!("file://{}/store", folder.path().display());
/// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
/// let hosts: Vec<String> = dist::all_gather_object(&"node17".to_string())?;
/// assert_eq!(hosts, ["node17"]);
/// # dist::destroy_process_group()?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`Collective::call`](super::Collective::call); also when a value is none of this type.
///
/// [`torch.distributed.all_gather_object`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.all_gather_object
#[function]
pub fn all_gather_object<T: Serialize + DeserializeOwned>(
    object: &T,
    /// The ranks that make the call; all, if none is named.
    group: Option<&ProcessGroup>,
) -> Result<Vec<T>> {
    let group = ProcessGroup::or_world(group)?;
    let own = bytes(object)?;
    let lengths = lengths(&own, &group)?;
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let all: Vec<_> = lengths.iter().map(|_| zeros(longest)).collect();
    all_gather_options(&all, &padded(&own, longest)).group(&group).call()?;
    all.iter().zip(lengths).map(|(bytes, length)| value(bytes, length)).collect()
}

/// As [`all_gather_object`](fn@all_gather_object), for rank `dst` alone, the others of which have
/// `None`: [`torch.distributed.gather_object`].
///
/// # Errors
/// As [`all_gather_object`](fn@all_gather_object).
///
/// [`torch.distributed.gather_object`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.gather_object
#[function]
pub fn gather_object<T: Serialize + DeserializeOwned>(
    object: &T,
    dst: usize,
    /// The ranks that make the call; all, if none is named.
    group: Option<&ProcessGroup>,
) -> Result<Option<Vec<T>>> {
    let group = ProcessGroup::or_world(group)?;
    let own = bytes(object)?;
    let is_dst = group.place_of(dst)? == group.rank();
    let lengths = lengths(&own, &group)?;
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let all: Vec<_> = lengths.iter().filter(|_| is_dst).map(|_| zeros(longest)).collect();
    gather_options(&padded(&own, longest), &all, dst).group(&group).call()?;
    let read = || all.iter().zip(&lengths).map(|(bytes, length)| value(bytes, *length)).collect();
    is_dst.then(read).transpose()
}

/// Replaces the values of all ranks by rank `src`'s: [`torch.distributed.broadcast_object_list`].
///
/// ```
/// use flambeau::distributed as dist;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let store = format!("file://{}/store", folder.path().display());
/// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
/// let mut settings = vec![0.1, 0.9];
/// dist::broadcast_object_list(&mut settings, 0)?;
/// # dist::destroy_process_group()?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`all_gather_object`](fn@all_gather_object); also when the lists are not of one length. Nothing
/// is replaced then.
///
/// [`torch.distributed.broadcast_object_list`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.broadcast_object_list
#[function]
pub fn broadcast_object_list<T: Serialize + DeserializeOwned>(
    object_list: &mut [T],
    src: usize,
    /// The ranks that make the call; all, if none is named.
    group: Option<&ProcessGroup>,
) -> Result<()> {
    let group = ProcessGroup::or_world(group)?;
    let is_src = group.place_of(src)? == group.rank();
    let own = if is_src { bytes(&&*object_list)? } else { zeros(0) };
    let length = number(own.numel() as i64);
    broadcast_options(&length, src).group(&group).call()?;
    let length = length.int64_value(&[0]);
    let all = if is_src { own } else { zeros(length) };
    broadcast_options(&all, src).group(&group).call()?;
    if is_src {
        return Ok(());
    }
    replace(object_list, value(&all, length)?, src)
}

/// Gives each rank the value in its place of rank `src`'s list:
/// [`torch.distributed.scatter_object_list`]. The others give an empty list.
///
/// # Errors
/// As [`all_gather_object`](fn@all_gather_object); also when the list has not as many values as there
/// are ranks.
///
/// [`torch.distributed.scatter_object_list`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.scatter_object_list
#[function]
pub fn scatter_object_list<T: Serialize + DeserializeOwned>(
    scatter_object_input_list: &[T],
    src: usize,
    /// The ranks that make the call; all, if none is named.
    group: Option<&ProcessGroup>,
) -> Result<T> {
    let group = ProcessGroup::or_world(group)?;
    let is_src = group.place_of(src)? == group.rank();
    let all = match is_src {
        true => scatter_object_input_list.iter().map(bytes).collect::<Result<Vec<_>>>()?,
        false => vec![],
    };
    if is_src && all.len() != group.size() {
        let (values, ranks) = (all.len(), group.size());
        let problem = format!("there are {values} values for {ranks} ranks");
        return Err(Error::argument("scatter_object_input_list", problem));
    }
    let longest = number(all.iter().map(|bytes| bytes.numel() as i64).max().unwrap_or(0));
    broadcast_options(&longest, src).group(&group).call()?;
    let longest = longest.int64_value(&[0]);
    let lengths: Vec<_> = all.iter().map(|bytes| number(bytes.numel() as i64)).collect();
    let length = number(0);
    scatter_options(&length, &lengths, src).group(&group).call()?;
    let all: Vec<_> = all.iter().map(|bytes| padded(bytes, longest)).collect();
    let own = zeros(longest);
    scatter_options(&own, &all, src).group(&group).call()?;
    value(&own, length.int64_value(&[0]))
}

/// Sends values to rank `dst`, which receives them by [`recv_object_list`](fn@recv_object_list):
/// [`torch.distributed.send_object_list`].
///
/// ```no_run
/// use flambeau::distributed as dist;
///
/// dist::init_process_group()?;
/// let mut settings = vec![0.1, 0.9];
/// match dist::get_rank()? {
///     0 => dist::send_object_list(&settings, 1)?,
///     _ => assert_eq!(dist::recv_object_list_options(&mut settings).src(0).call()?, 0),
/// }
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`send`](fn@super::send).
///
/// [`torch.distributed.send_object_list`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.send_object_list
#[function]
pub fn send_object_list<T: Serialize>(
    object_list: &[T],
    dst: usize,
    /// The group that the rank is in; all, if none is named.
    group: Option<&ProcessGroup>,
) -> Result<()> {
    let all = bytes(&object_list)?;
    let length = number(all.numel() as i64);
    send_options(&length, dst).maybe_group(group).call()?;
    send_options(&all, dst).maybe_group(group).call()
}

/// Replaces these values by those of rank `src`, or of any where none is named, and returns the rank that
/// they came from: [`torch.distributed.recv_object_list`].
///
/// # Errors
/// As [`recv`](fn@super::recv); also when a value is none of this type, or the lists are not of one length.
/// Nothing is replaced then.
///
/// [`torch.distributed.recv_object_list`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.recv_object_list
#[function]
pub fn recv_object_list<T: DeserializeOwned>(
    object_list: &mut [T],
    /// The rank that they come from; any, if none is named.
    src: Option<usize>,
    /// The group that the rank is in; all, if none is named.
    group: Option<&ProcessGroup>,
) -> Result<usize> {
    let length = number(0);
    let src = recv_options(&length).maybe_src(src).maybe_group(group).call()?;
    let length = length.int64_value(&[0]);
    let all = zeros(length);
    recv_options(&all).src(src).maybe_group(group).call()?;
    replace(object_list, value(&all, length)?, src)?;
    Ok(src)
}

/// Puts what rank `src` sent in the places.
fn replace<T>(object_list: &mut [T], values: Vec<T>, src: usize) -> Result<()> {
    if values.len() != object_list.len() {
        let (sent, places) = (values.len(), object_list.len());
        let problem = format!("rank {src} sent {sent} values, and there are {places} places");
        return Err(Error::argument("object_list", problem));
    }
    object_list.iter_mut().zip(values).for_each(|(place, value)| *place = value);
    Ok(())
}

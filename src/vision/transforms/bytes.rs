//! A batch of bytes through several transforms without a tensor for each step.
//!
//! Most pipelines cut and mirror images of bytes and then turn each byte into a float, by ToTensor and
//! Normalize. The first is done here to the bytes themselves. The second is a table: what 256 bytes
//! become in each channel is asked of the transforms once, and looked up from then on, so that the
//! floats are theirs to the bit.

use std::sync::OnceLock;

use tch::{Device, Kind, Tensor};

use super::Transform;
use crate::vision::pillow::Image;
use crate::{Error, Result, ffi};

/// How a transform treats an image of bytes that is in no tensor.
#[derive(Debug)]
pub enum OnBytes<'a> {
    /// It has to be asked.
    Unknown,
    /// It moves or changes them.
    Edits(&'a dyn Edit),
    /// It turns each byte into another number, by its channel alone.
    Maps,
}

/// A transform of bytes into bytes.
pub trait Edit: std::fmt::Debug {
    /// What [`Transform::apply`] does, draws included.
    ///
    /// # Errors
    /// When `apply` has one.
    fn edit(&self, image: &mut Image) -> Result<()>;
}

/// What each byte becomes, channel by channel: 256 floats a channel.
#[derive(Debug, Default)]
pub(super) struct Table(OnceLock<Vec<f32>>);

impl Table {
    /// That of these transforms, if they make floats of bytes in so many channels.
    fn of(&self, maps: &[Box<dyn Transform>], channels: usize) -> Option<&[f32]> {
        let make = || {
            let bytes: Vec<u8> = (0..channels).flat_map(|_| 0..=255).collect();
            let bytes = Tensor::from_slice(&bytes).view([channels as i64, 1, 256]);
            let mapped = maps.iter().try_fold(bytes, |bytes, map| map.apply(&bytes)).ok()?;
            let fits = mapped.kind() == Kind::Float && mapped.size() == [channels as i64, 1, 256];
            fits.then(|| Vec::try_from(mapped.contiguous().view([-1])).expect("floats in a row"))
        };
        if self.0.get().is_none() {
            let _ = self.0.set(make()?);
        }
        // Made for another number of channels, it is no help.
        self.0.get().map(Vec::as_slice).filter(|table| table.len() == 256 * channels)
    }
}

/// What `transforms` make of a batch of images, (N, C, H, W), if it can be done here.
pub(super) fn apply_batch(
    transforms: &[Box<dyn Transform>],
    table: &Table,
    images: &Tensor,
) -> Option<Result<Tensor>> {
    let edits: Vec<&dyn Edit> = transforms.iter().map_while(|t| t.on_bytes().edit()).collect();
    let maps = &transforms[edits.len()..];
    if maps.is_empty() || !maps.iter().all(|t| matches!(t.on_bytes(), OnBytes::Maps)) {
        return None;
    }
    let size = images.size();
    let &[n, channels, height, width] = size.as_slice() else { return None };
    let bytes = ffi::bytes(images)?;
    let table = table.of(maps, channels as usize)?;
    let empty = |size: [i64; 4]| Tensor::empty(size, (Kind::Float, Device::Cpu));
    if edits.is_empty() {
        let output = empty([n, channels, height, width]);
        ffi::look_up(bytes, table, &output, 0);
        return Some(Ok(output));
    }
    let [channels, height, width] = [channels, height, width].map(|side| side as usize);
    let mut image = Image { channels, height, width, bytes: Vec::new() };
    let mut output: Option<Tensor> = None;
    for (i, bytes) in bytes.chunks_exact(channels * height * width).enumerate() {
        (image.height, image.width) = (height, width);
        image.bytes.clear();
        image.bytes.extend_from_slice(bytes);
        if let Err(error) = edits.iter().try_for_each(|edit| edit.edit(&mut image)) {
            return Some(Err(error));
        }
        let size = [n, channels as i64, image.height as i64, image.width as i64];
        let output = output.get_or_insert_with(|| empty(size));
        if output.size() != size {
            let problem = "the transform leaves images of one size in different ones";
            return Some(Err(Error::argument("images", problem)));
        }
        ffi::look_up(&image.bytes, table, output, i);
    }
    output.map(Ok)
}

impl<'a> OnBytes<'a> {
    fn edit(self) -> Option<&'a dyn Edit> {
        match self {
            Self::Edits(edit) => Some(edit),
            _ => None,
        }
    }
}

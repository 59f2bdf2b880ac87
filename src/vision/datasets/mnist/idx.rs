//! IDX: numbers of one kind in one to eight dimensions, the format of MNIST.
//!
//! Two bytes of zero, a byte for the kind and one for the number of dimensions; their sizes, four
//! bytes each; then the numbers, the last dimension the fastest. All are big-endian.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use tch::{Kind, Tensor};

use crate::{Error, Result};

/// Most dimensions that are read; MNIST's images have three.
const DIMENSIONS: u8 = 8;

/// What an IDX file holds.
pub(super) struct Idx {
    pub(super) kind: Kind,
    pub(super) size: Vec<usize>,
    /// The numbers, big-endian as in the file.
    pub(super) bytes: Vec<u8>,
}

/// Reads an IDX file, the format of MNIST, as a tensor of its kind and size.
///
/// | byte for the kind | [`Kind`] |
/// |---|---|
/// | `0x08` | `Uint8` |
/// | `0x09` | `Int8` |
/// | `0x0b` | `Int16` |
/// | `0x0c` | `Int` |
/// | `0x0d` | `Float` |
/// | `0x0e` | `Double` |
///
/// It is the counterpart of the function `read_sn3_pascalvincent_tensor` in
/// [`torchvision.datasets.mnist`], which reads up to three dimensions where this one reads eight.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::datasets::read_idx;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("labels-idx1-ubyte");
/// std::fs::write(&path, [0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]).unwrap();
/// assert_eq!(read_idx(&path)?, Tensor::from_slice(&[7_u8, 2, 1]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read, is no IDX file (a `.gz` has to be unpacked first), has another
/// length than its header announces, or more than eight dimensions.
///
/// [`torchvision.datasets.mnist`]: https://docs.pytorch.org/vision/stable/_modules/torchvision/datasets/mnist.html
pub fn read_idx(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    let Idx { kind, size, mut bytes } = read(path).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::InvalidData => "name a whole IDX file, unpacked",
            _ => "check the path and that it may be read",
        };
        Error::file(path, error, remedy)
    })?;
    if cfg!(target_endian = "little") {
        bytes.chunks_exact_mut(kind.elt_size_in_bytes()).for_each(<[u8]>::reverse);
    }
    let size: Vec<i64> = size.iter().map(|&side| side as i64).collect();
    // As many bytes as the size asks for: `read` has seen to it.
    Ok(Tensor::from_data_size(&bytes, &size, kind))
}

/// Reads an IDX file; what is wrong with its content is an error of [`ErrorKind::InvalidData`].
pub(super) fn read(path: &Path) -> io::Result<Idx> {
    let invalid = |problem: String| io::Error::new(ErrorKind::InvalidData, problem);
    let found = fs::metadata(path)?;
    // Asked before it is opened: a pipe would keep its reader waiting.
    if !found.is_file() {
        return Err(invalid("is no ordinary file".into()));
    }
    let mut file = File::open(path)?;
    let header = |length: u64| match found.len() {
        found if found < length => {
            Err(invalid(format!("truncated: {found} bytes, of which {length} would be the header")))
        }
        _ => Ok(()),
    };

    header(4)?;
    let mut magic = [0; 4];
    file.read_exact(&mut magic)?;
    let [0, 0, kind, dimensions] = magic else {
        return Err(invalid(format!("is no IDX file: begins with {magic:02x?}, not with 00 00")));
    };
    let kind = match kind {
        0x08 => Kind::Uint8,
        0x09 => Kind::Int8,
        0x0b => Kind::Int16,
        0x0c => Kind::Int,
        0x0d => Kind::Float,
        0x0e => Kind::Double,
        other => return Err(invalid(format!("is of an unknown kind, {other:#04x}"))),
    };
    if !(1..=DIMENSIONS).contains(&dimensions) {
        let problem = format!("has {dimensions} dimensions, where 1 to {DIMENSIONS} can be read");
        return Err(invalid(problem));
    }

    let length = 4 + 4 * u64::from(dimensions);
    header(length)?;
    let mut size = Vec::new();
    for _ in 0..dimensions {
        let mut side = [0; 4];
        file.read_exact(&mut side)?;
        size.push(u32::from_be_bytes(side) as usize);
    }
    // A side of zero leaves no number, but libtorch wants the others to be a size all the same.
    let sides = size.iter().map(|&side| side.max(1) as u64);
    let product = sides
        .chain([kind.elt_size_in_bytes() as u64])
        .try_fold(length, |product, side| product.checked_mul(side))
        .filter(|&product| i64::try_from(product).is_ok());
    if product.is_none() {
        return Err(invalid(format!("is of size {size:?}, which is more than any file holds")));
    }
    let numbers = size.iter().product::<usize>() * kind.elt_size_in_bytes();
    let expected = length + numbers as u64;
    match found.len() {
        found if found < expected => {
            let problem = format!("truncated: {found} bytes where {expected} are expected");
            return Err(invalid(problem));
        }
        found if found > expected => {
            let problem = format!("too long: {found} bytes where {expected} are expected");
            return Err(invalid(problem));
        }
        _ => {}
    }
    let mut bytes = vec![0; numbers];
    file.read_exact(&mut bytes)?;
    Ok(Idx { kind, size, bytes })
}

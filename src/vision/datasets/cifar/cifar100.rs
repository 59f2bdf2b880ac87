//! CIFAR-100: 60,000 colour pictures of 32 by 32 pixels, in a hundred classes.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::batch::{self, Content, SIZE};
use super::manifest::Cifar100Manifest;
use super::pickle::Pickle;
use crate::checksum;
use crate::vision::datasets::damage::{
    altered, check_length, class, damaged, is_absent, unreadable,
};
use crate::vision::datasets::download::Remote;
use crate::vision::datasets::in_memory::{Split, in_memory};
use crate::vision::datasets::source::{Archive, Published, Work, elsewhere_may_help, reason};
use crate::{Error, Result};

/// The archive's name, under the dataset's root.
const ARCHIVE: &str = "cifar-100-python.tar.gz";

/// The folder's name, as the archive unpacks it.
const FOLDER: &str = "cifar-100-python";

/// The file with the names of the classes.
const META: &str = "meta";

/// Most bytes that the names may take; the official ones take 1,473.
const META_LIMIT: u64 = 1 << 20;

/// The CIFAR-100 dataset, one split of it, in memory: [`torchvision.datasets.CIFAR100`].
///
/// A hundred classes of 600 pictures each, and twenty coarse ones, such as `fish`, of five classes
/// each. The files are looked for under `root`, in `cifar-100-python`, where torchvision keeps
/// them. They are read whole and their md5 sums are checked at every start. A clone shares the
/// bytes.
///
/// As a [`Dataset`](crate::data::Dataset) it gives a picture of bytes, (3, 32, 32), and its label,
/// a `Kind::Int64`.
///
/// ```no_run
/// use flambeau::vision::datasets::Cifar100;
///
/// # fn main() -> flambeau::Result<()> {
/// let trainset = Cifar100::options("./data").download(true).build()?;
/// assert_eq!(trainset.len(), 50_000);
/// assert_eq!(trainset.classes()[usize::from(trainset.label(0))], "cattle");
/// let coarse = usize::from(trainset.coarse_label(0));
/// assert_eq!(trainset.coarse_classes()[coarse], "large_omnivores_and_herbivores");
/// # Ok(())
/// # }
/// ```
///
/// [`torchvision.datasets.CIFAR100`]: https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.CIFAR100.html
#[derive(Clone)]
pub struct Cifar100 {
    split: Split,
    coarse_labels: Arc<Vec<u8>>,
    names: Arc<Names>,
}

in_memory!(
    Cifar100,
    Cifar100Options,
    manifest: Cifar100Manifest::official,
    "The 3,072 bytes of image `i`: its red, green and blue plane, row by row."
);

/// What the file `meta` holds: the names of the classes, by label.
struct Names {
    fine: Vec<String>,
    coarse: Vec<String>,
}

impl Cifar100 {
    /// The names of the hundred classes, by label.
    pub fn classes(&self) -> &[String] {
        &self.names.fine
    }

    /// The names of the twenty coarse classes, by coarse label.
    pub fn coarse_classes(&self) -> &[String] {
        &self.names.coarse
    }

    /// All coarse labels.
    pub fn coarse_labels(&self) -> &[u8] {
        &self.coarse_labels
    }

    /// The coarse label of image `i`: the number of its coarse class.
    ///
    /// # Panics
    ///
    /// If `i` is not below [`len`](Self::len), as a slice would.
    pub fn coarse_label(&self, i: usize) -> u8 {
        self.coarse_labels[i]
    }
}

impl Published for Cifar100 {
    const TITLE: &'static str = "CIFAR-100";
    type Manifest = Cifar100Manifest;

    fn find(root: &Path, train: bool, manifest: &Cifar100Manifest) -> Result<Option<Self>> {
        let batch = manifest.split(train);
        let folder = root.join(FOLDER);
        let (path, meta) = (folder.join(&batch.name), folder.join(META));
        if is_absent(&path) && is_absent(&meta) {
            return Ok(None);
        }

        check_length(&meta, 0, META_LIMIT)?;
        let file = read(&meta, &manifest.meta_md5)?;
        let names = Pickle::read(&file).and_then(|pickle| {
            let names = |key| pickle.texts(key);
            Ok(Names { fine: names("fine_label_names")?, coarse: names("coarse_label_names")? })
        });
        let names = names.map_err(|problem| damaged(&meta, problem))?;

        batch::check_pickled_length(&path, batch.records)?;
        let file = read(&path, &batch.md5)?;
        let keys = ["fine_labels", "coarse_labels"];
        let Content { images, labels: [fine, coarse] } =
            batch::read_pickle(&path, &file, batch.records, keys)?;
        let labels = |labels: Vec<i64>, names: &[String]| {
            let class = |(record, label)| class(&path, record, label, names.len());
            labels.into_iter().enumerate().map(class).collect::<Result<_>>()
        };
        let fine = labels(fine, &names.fine)?;
        Ok(Some(Self {
            coarse_labels: Arc::new(labels(coarse, &names.coarse)?),
            split: Split::new(images.into_owned(), fine, SIZE, train),
            names: Arc::new(names),
        }))
    }

    fn missing(root: &Path) -> Error {
        let remedy = format!("pass download(true), or unpack {ARCHIVE} there");
        Error::file(root.join(FOLDER), "not found", remedy)
    }

    fn fetch(root: &Path, manifest: &Cifar100Manifest) -> Result<()> {
        let names = [&manifest.train.name, &manifest.test.name];
        let archive = Archive {
            name: ARCHIVE,
            remote: Remote { url: &manifest.url, md5: &manifest.md5, sha256: &manifest.sha256 },
            folder: FOLDER,
            files: names.into_iter().cloned().chain([META.into()]).collect(),
        };
        let work = Work::new(root, Self::TITLE)?;
        archive.fetch(root, &work).map_err(|error| {
            if !elsewhere_may_help(&error, &root.join(ARCHIVE)) {
                return error;
            }
            let folder = root.join(FOLDER);
            Error::Download {
                what: Self::TITLE.into(),
                reason: reason(error),
                remedy: format!(
                    "connect to the network, or put the files of {ARCHIVE} under {} by hand",
                    folder.display()
                ),
            }
        })
    }
}

/// Reads a file that must have this md5 sum.
fn read(path: &Path, md5: &str) -> Result<Vec<u8>> {
    let file = fs::read(path).map_err(|e| unreadable(path, e))?;
    let found = checksum::md5(&file);
    if found == md5 { Ok(file) } else { Err(altered(path, md5, &found)) }
}

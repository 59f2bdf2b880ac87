//! A manifest: which files make up an MNIST, what they must sum to, and where they come from.

/// The files of an MNIST and the places they come from.
///
/// [`MnistManifest::mnist`] and [`MnistManifest::fashion_mnist`] describe the datasets that
/// everybody knows. Other mirrors serve a network with one of its own, and a small dataset in the
/// same format is described by a manifest written from scratch.
///
/// ```no_run
/// use flambeau::vision::datasets::{Mnist, MnistManifest};
///
/// # fn main() -> flambeau::Result<()> {
/// let mirrors = vec!["http://files.example/mnist/".into()];
/// let manifest = MnistManifest { mirrors, ..MnistManifest::mnist() };
/// let trainset = Mnist::options("./data").download(true).manifest(&manifest).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MnistManifest {
    /// Addresses that a file's name is put behind, in the order in which they are asked.
    pub mirrors: Vec<String>,
    /// The files of both splits.
    pub resources: Vec<Resource>,
}

/// One packed file of an MNIST.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The file's name, such as `train-images-idx3-ubyte.gz`; unpacked, it loses the `.gz`.
    pub name: String,
    /// The packed file's md5 sum, in hexadecimal.
    pub md5: String,
    /// The packed file's sha256 sum, in hexadecimal.
    pub sha256: String,
}

impl MnistManifest {
    /// MNIST as torchvision gets it: 60,000 handwritten digits to train on, 10,000 to test with.
    pub fn mnist() -> Self {
        Self::official(
            &[
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "http://yann.lecun.com/exdb/mnist/",
            ],
            [
                (
                    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                ),
                (
                    "d53e105ee54ea40749a09fcbcd1e9432",
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                ),
                (
                    "9fb629c4189551a2d022fa330f9573f3",
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                ),
                (
                    "ec29112dd5afa0611ce80d1b7f02629c",
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                ),
            ],
        )
    }

    /// Fashion-MNIST as torchvision gets it: 60,000 pieces of clothing to train on, 10,000 to test
    /// with.
    pub fn fashion_mnist() -> Self {
        Self::official(
            &["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
            [
                (
                    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                ),
                (
                    "25c81989df183df01b3e8a0aad5dffbe",
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                ),
                (
                    "bef4ecab320f06d8554ea6380940ec79",
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                ),
                (
                    "bb300cfdad3c16e7a12a480ee83cd310",
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                ),
            ],
        )
    }

    fn official(mirrors: &[&str], sums: [(&str, &str); 4]) -> Self {
        let names =
            ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];
        let resource = |(name, (md5, sha256)): (&str, (&str, &str))| Resource {
            name: format!("{name}-ubyte.gz"),
            md5: md5.into(),
            sha256: sha256.into(),
        };
        Self {
            mirrors: mirrors.iter().map(|mirror| mirror.to_string()).collect(),
            resources: names.into_iter().zip(sums).map(resource).collect(),
        }
    }
}

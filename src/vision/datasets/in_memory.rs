//! Datasets whose images and labels are in memory: what they have in common.

use std::sync::Arc;

use tch::{Kind, Tensor};

use crate::ffi;

/// Images of one size and their labels: a split as its files have it. A clone shares the bytes.
#[derive(Clone)]
pub(super) struct Split {
    // A shared `Vec`, not an `Arc<[u8]>`: the pages of a fresh `Vec` are first touched by the
    // threads that fill them.
    pub(super) images: Arc<Vec<u8>>,
    pub(super) labels: Arc<Vec<u8>>,
    /// Channels, rows and columns of an image.
    size: [usize; 3],
    pub(super) train: bool,
}

impl Split {
    /// Of as many images of that size as there are labels.
    pub(super) fn new(images: Vec<u8>, labels: Vec<u8>, size: [usize; 3], train: bool) -> Self {
        assert_eq!(images.len(), labels.len() * size.iter().product::<usize>());
        Self { images: Arc::new(images), labels: Arc::new(labels), size, train }
    }

    pub(super) fn image(&self, i: usize) -> &[u8] {
        let length: usize = self.size.iter().product();
        &self.images[i * length..(i + 1) * length]
    }

    pub(super) fn label(&self, i: usize) -> i64 {
        self.labels[i].into()
    }

    /// An image, (C, H, W), and its label.
    pub(super) fn get(&self, index: usize) -> (Tensor, Tensor) {
        let size = self.size.map(|side| side as i64);
        let image = Tensor::from_data_size(self.image(index), &size, Kind::Uint8);
        (image, Tensor::from(self.label(index)))
    }

    /// Images, (N, C, H, W), and their labels, (N).
    pub(super) fn get_batch(&self, indices: &[usize]) -> (Tensor, Tensor) {
        let images: Vec<&[u8]> = indices.iter().map(|&index| self.image(index)).collect();
        let labels: Vec<i64> = indices.iter().map(|&index| self.label(index)).collect();
        let [channels, rows, columns] = self.size;
        let size = [indices.len(), channels, rows, columns].map(|side| side as i64);
        (ffi::concatenated(&images, &size), Tensor::from_slice(&labels))
    }
}

/// What each dataset with a member `split` can do. `$official` names the function that describes the
/// dataset as published; `$image` tells what the bytes of an image are.
macro_rules! in_memory {
    ($dataset:ident, $options:ident, manifest: $manifest:ident::$official:ident, $image:literal) => {
        #[bon::bon]
        impl $dataset {
            /// The training split under `root`, whose files are there.
            ///
            /// # Errors
            ///
            /// As [`options`](Self::options).
            pub fn new(root: impl AsRef<std::path::Path>) -> $crate::Result<Self> {
                Self::options(root.as_ref()).build()
            }

            /// Begins a dataset whose keyword arguments are set by name.
            ///
            /// # Errors
            ///
            /// `build()` fails with [`Error::File`](crate::Error::File) for files that are missing
            /// (without `download`) or not as published, and for a folder that cannot be written;
            /// with [`Error::Download`](crate::Error::Download) when the files cannot be had.
            // On one line: rustfmt moves several further to the right each time.
            #[builder(start_fn(name = options, vis = "pub"), finish_fn = build, builder_type(name = $options, vis = "pub"))]
            fn with(
                #[builder(start_fn, into)] root: std::path::PathBuf,
                /// Whether it is the training split, and not the test split.
                #[builder(default = true)]
                train: bool,
                /// Whether files that are missing or damaged are fetched first.
                #[builder(default)]
                download: bool,
                /// Which files make up the dataset, and where they come from, instead of the
                /// published ones.
                manifest: Option<&$crate::vision::datasets::$manifest>,
            ) -> $crate::Result<Self> {
                let official;
                let manifest = match manifest {
                    Some(manifest) => manifest,
                    None => {
                        official = $crate::vision::datasets::$manifest::$official();
                        &official
                    }
                };
                $crate::vision::datasets::source::open(&root, train, download, manifest)
            }
        }

        impl $dataset {
            /// How many images the split has.
            pub fn len(&self) -> usize {
                self.split.labels.len()
            }

            /// Whether the split has no images.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether this is the training split.
            pub fn is_train(&self) -> bool {
                self.split.train
            }

            /// All images, one after another, [`image`](Self::image) by image.
            pub fn images(&self) -> &[u8] {
                &self.split.images
            }

            /// All labels.
            pub fn labels(&self) -> &[u8] {
                &self.split.labels
            }

            #[doc = $image]
            ///
            /// # Panics
            ///
            /// If `i` is not below [`len`](Self::len), as a slice would.
            pub fn image(&self, i: usize) -> &[u8] {
                self.split.image(i)
            }

            /// The label of image `i`: the number of its class.
            ///
            /// # Panics
            ///
            /// If `i` is not below [`len`](Self::len), as a slice would.
            pub fn label(&self, i: usize) -> u8 {
                self.split.labels[i]
            }

            /// The dataset with `transform` done to each image: torchvision's argument of that
            /// name.
            pub fn transform(
                self,
                transform: impl $crate::vision::transforms::Transform + 'static,
            ) -> $crate::vision::datasets::Transformed<Self> {
                $crate::vision::datasets::Transformed::new(self, transform)
            }
        }

        /// An image is a tensor of bytes, (C, H, W); its target is the label, a `Kind::Int64`.
        impl $crate::data::Dataset for $dataset {
            type Sample = (tch::Tensor, tch::Tensor);

            fn len(&self) -> usize {
                self.len()
            }

            fn get(&self, index: usize) -> $crate::Result<(tch::Tensor, tch::Tensor)> {
                Ok(self.split.get(index))
            }

            fn get_batch(&self, indices: &[usize]) -> $crate::Result<(tch::Tensor, tch::Tensor)> {
                Ok(self.split.get_batch(indices))
            }

            fn is_uniform(&self) -> bool {
                true
            }
        }

        impl std::fmt::Debug for $dataset {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($dataset))
                    .field("train", &self.is_train())
                    .field("len", &self.len())
                    .finish()
            }
        }
    };
}

pub(super) use in_memory;

//! [`ImageFolder`]: a folder of images, a folder a class.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tch::Tensor;

use super::Transformed;
use crate::data::Dataset;
use crate::vision::io::read_image_options;
use crate::vision::transforms::Transform;
use crate::{Error, Result};

/// Images in folders, one for each class: [`torchvision.datasets.ImageFolder`].
///
/// ```text
/// root/cat/123.png
/// root/cat/young/nsdf3.png
/// root/dog/xxx.jpg
/// ```
///
/// The folders directly under the root are the classes, in the order of their names. Images are
/// looked for in them at any depth, where links lead too, and known by their endings, which are
/// [`EXTENSIONS`](Self::EXTENSIONS) in small or capital letters. Their order is torchvision's. A
/// link to a folder that it lies in itself, which torchvision follows forty times, is passed over.
///
/// As a [`Dataset`] it reads an image when it is asked for, as red, green and blue bytes,
/// (3, H, W); its target is the number of its class, a `Kind::Int64`. Images of several sizes are
/// brought to one by a transform before they can be a batch. A clone shares the list of images.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::datasets::ImageFolder;
/// use flambeau::vision::io::write_image;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path();
/// for (path, side) in [("cat/tom.png", 40), ("dog/rex.png", 50)] {
///     let path = root.join(path);
///     std::fs::create_dir(path.parent().unwrap()).unwrap();
///     write_image(&Tensor::zeros([3, side, side], (Kind::Uint8, Device::Cpu)), &path)?;
/// }
/// let dataset = ImageFolder::new(root)?;
/// assert_eq!(dataset.classes(), ["cat", "dog"]);
/// assert_eq!(dataset.samples()[1], (root.join("dog/rex.png"), 1));
///
/// let dataset = dataset.transform(transforms::Resize::new([32, 32]));
/// let (images, targets) = dataset.get_batch(&[0, 1])?;
/// assert_eq!(images.size(), [2, 3, 32, 32]);
/// assert_eq!(targets, torch::tensor([0, 1]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torchvision.datasets.ImageFolder`]: https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html
#[derive(Clone)]
pub struct ImageFolder {
    root: PathBuf,
    classes: Arc<Vec<String>>,
    samples: Arc<Vec<(PathBuf, usize)>>,
}

/// Tells whether a file is an image.
type IsValid = dyn Fn(&Path) -> bool;

#[bon::bon]
impl ImageFolder {
    /// The endings by which images are known, torchvision's `IMG_EXTENSIONS`.
    pub const EXTENSIONS: [&'static str; 9] =
        [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"];

    /// The images under `root`.
    ///
    /// # Errors
    /// When a folder cannot be read, there is no class, or a class has no image.
    pub fn new(root: impl AsRef<Path>) -> Result<Self> {
        Self::options(root.as_ref()).build()
    }

    /// Begins a dataset whose keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails as [`new`](Self::new) does.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = ImageFolderOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] root: PathBuf,
        /// Which files are images, told from their paths instead of their endings.
        #[builder(with = |is_valid: impl Fn(&Path) -> bool + 'static| Box::new(is_valid))]
        is_valid_file: Option<Box<IsValid>>,
        /// Whether a class may have no image.
        #[builder(default)]
        allow_empty: bool,
    ) -> Result<Self> {
        let (classes, _) = list(&root)?;
        if classes.is_empty() {
            let remedy = "put the images of each class into a folder of its own there";
            return Err(Error::file(root, "Couldn't find any class folder", remedy));
        }
        let classes = classes.into_iter().map(|name| {
            let unnamed =
                |name| Error::file(root.join(name), "its name is not UTF-8", "rename the folder");
            name.into_string().map_err(unnamed)
        });
        let classes: Vec<String> = classes.collect::<Result<_>>()?;
        let is_valid: &IsValid = is_valid_file.as_deref().unwrap_or(&is_image_file);
        let (mut samples, mut empty) = (Vec::new(), Vec::new());
        for (index, class) in classes.iter().enumerate() {
            let mut folders = Vec::new();
            walk(root.join(class), &mut vec![identity(&root)?], &mut folders)?;
            // As text, as Python sorts them: `a-b` comes before `a/b`.
            folders.sort_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
            let before = samples.len();
            for (folder, files) in folders {
                let paths = files.iter().map(|name| folder.join(name));
                samples.extend(paths.filter(|path| is_valid(path)).map(|path| (path, index)));
            }
            if samples.len() == before {
                empty.push(class.as_str());
            }
        }
        if !empty.is_empty() && !allow_empty {
            let problem = format!("Found no valid file for the classes {}", empty.join(", "));
            let remedy = match is_valid_file {
                Some(_) => "put some there, or pass allow_empty(true)".to_string(),
                None => format!("Supported extensions are: {}", Self::EXTENSIONS.join(", ")),
            };
            return Err(Error::file(root, problem, remedy));
        }
        Ok(Self { root, classes: Arc::new(classes), samples: Arc::new(samples) })
    }
}

impl ImageFolder {
    /// The names of the classes, by number.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The number of each class, by name.
    pub fn class_to_idx(&self) -> BTreeMap<&str, usize> {
        self.classes.iter().enumerate().map(|(index, class)| (class.as_str(), index)).collect()
    }

    /// The path of each image, and the number of its class.
    pub fn samples(&self) -> &[(PathBuf, usize)] {
        &self.samples
    }

    /// The dataset with `transform` done to each image: torchvision's argument of that name.
    pub fn transform(self, transform: impl Transform + 'static) -> Transformed<Self> {
        Transformed::new(self, transform)
    }
}

impl Dataset for ImageFolder {
    type Sample = (Tensor, Tensor);

    fn len(&self) -> usize {
        self.samples.len()
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        let (path, class) = &self.samples[index];
        Ok((read_image_options(path).mode("RGB").call()?, Tensor::from(*class as i64)))
    }
}

impl fmt::Debug for ImageFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageFolder").field("root", &self.root).field("len", &self.len()).finish()
    }
}

/// Adds a folder and those below it, each with the names of its files. `above` are the folders that
/// it lies in.
fn walk(
    folder: PathBuf,
    above: &mut Vec<(u64, u64)>,
    found: &mut Vec<(PathBuf, Vec<OsString>)>,
) -> Result<()> {
    let identity = identity(&folder)?;
    if above.contains(&identity) {
        return Ok(());
    }
    let (folders, files) = list(&folder)?;
    above.push(identity);
    for name in folders {
        walk(folder.join(name), above, found)?;
    }
    above.pop();
    found.push((folder, files));
    Ok(())
}

/// What a folder is known by, whichever link leads to it.
fn identity(folder: &Path) -> Result<(u64, u64)> {
    let found = fs::metadata(folder).map_err(|e| unreadable(folder, e))?;
    Ok((found.dev(), found.ino()))
}

/// The names of the folders in a folder, and those of everything else, each sorted. A link to a
/// folder is one.
fn list(folder: &Path) -> Result<(Vec<OsString>, Vec<OsString>)> {
    let unreadable = |error| unreadable(folder, error);
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        // A link that leads nowhere is a file, which cannot be read.
        let linked = || fs::metadata(entry.path()).is_ok_and(|found| found.is_dir());
        let names =
            if kind.is_dir() || kind.is_symlink() && linked() { &mut folders } else { &mut files };
        names.push(entry.file_name());
    }
    folders.sort();
    files.sort();
    Ok((folders, files))
}

fn is_image_file(path: &Path) -> bool {
    let name = path.as_os_str().as_encoded_bytes().to_ascii_lowercase();
    ImageFolder::EXTENSIONS.iter().any(|extension| name.ends_with(extension.as_bytes()))
}

fn unreadable(folder: &Path, error: io::Error) -> Error {
    Error::file(folder, format!("cannot be read ({error})"), "name a folder that may be read")
}

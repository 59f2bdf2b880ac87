//! Folders of images: which are found, in torchvision's order, and what is told when one is wrong.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use flambeau::prelude::*;
use flambeau::vision::datasets::ImageFolder;
use flambeau::vision::io::write_image;
use tempfile::{TempDir, tempdir};

use super::*;

/// An image of one colour.
fn image(side: i64, [red, green, blue]: [u8; 3]) -> Tensor {
    Tensor::from_slice(&[red, green, blue]).view([3, 1, 1]).expand([3, side, side], false)
}

/// A root with these files, folders where they end in a slash.
fn root(files: &[&str]) -> TempDir {
    let root = tempdir().unwrap();
    for name in files {
        let path = root.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "no image").unwrap();
        }
    }
    root
}

fn open(root: impl AsRef<Path>) -> Result<ImageFolder, String> {
    ImageFolder::new(root).map_err(|error| error.to_string())
}

/// The paths of the images under the root, and their classes.
fn samples<'a>(root: &Path, dataset: &'a ImageFolder) -> Vec<(&'a str, usize)> {
    let below = |path: &'a Path| path.strip_prefix(root).unwrap().to_str().unwrap();
    dataset.samples().iter().map(|(path, class)| (below(path), *class)).collect()
}

#[test]
fn classes_and_images_are_found_in_torchvisions_order() {
    let root = root(&[
        "b/2.png",
        "b/10.png",
        "b/x/1.png",
        "b/x-y/1.png",
        "b/x/z/1.png",
        "B/1.png",
        "a/1.png",
        "é/1.png",
        "loose.png",
    ]);
    let dataset = open(root.path()).unwrap();
    // Capital letters come first, and `x-y` before `x/z`.
    assert_eq!(dataset.classes(), ["B", "a", "b", "é"]);
    let expected = [
        ("B/1.png", 0),
        ("a/1.png", 1),
        ("b/10.png", 2),
        ("b/2.png", 2),
        ("b/x/1.png", 2),
        ("b/x-y/1.png", 2),
        ("b/x/z/1.png", 2),
        ("é/1.png", 3),
    ];
    assert_eq!(samples(root.path(), &dataset), expected);
    assert_eq!(dataset.class_to_idx().into_iter().collect::<Vec<_>>()[1..3], [("a", 1), ("b", 2)]);
    assert_eq!(dataset.len(), 8);
    let text = format!("{dataset:?}");
    assert!(text.starts_with("ImageFolder { root: ") && text.ends_with(", len: 8 }"), "{text}");
    assert_eq!(dataset.samples().as_ptr(), dataset.clone().samples().as_ptr());
}

#[test]
fn an_ending_is_known_in_small_and_in_capital_letters() {
    let names =
        ["a.jpg", "b.JPEG", "c.Png", "d.ppm", "e.bmp", "f.PGM", "g.tif", "h.tiff", "i.webp"];
    let others = ["j.gif", "k", "l.txt", "m.png.txt", "jpg"];
    let files: Vec<_> = names.iter().chain(&others).map(|name| format!("c/{name}")).collect();
    let root = root(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let dataset = open(root.path()).unwrap();
    let found: Vec<_> = samples(root.path(), &dataset).into_iter().map(|(path, _)| path).collect();
    assert_eq!(found, files[..names.len()]);
    // A name that is an ending and nothing else is one too, as in Python.
    fs::write(root.path().join("c/.png"), "").unwrap();
    assert_eq!(open(root.path()).unwrap().samples()[0].0, root.path().join("c/.png"));
}

#[test]
fn an_image_is_read_as_red_green_and_blue_and_its_class_is_the_target() {
    let root = root(&["cat/", "dog/"]);
    let path = |name: &str| root.path().join(name);
    write_image(&image(4, [10, 20, 30]), path("dog/a.png")).unwrap();
    write_image(&image(6, [7, 8, 9]), path("dog/b.png")).unwrap();
    write_image(&image(5, [50, 50, 50]).narrow(0, 0, 1), path("cat/grey.png")).unwrap();
    fs::write(path("cat/plain.ppm"), b"P6 1 1 255\n\x01\x02\x03").unwrap();
    let dataset = open(root.path()).unwrap();
    let sample = |i| dataset.get(i).unwrap();
    assert_eq!(sample(0), (image(5, [50, 50, 50]), Tensor::from(0_i64)));
    assert_eq!(sample(1), (image(1, [1, 2, 3]), Tensor::from(0_i64)));
    assert_eq!(sample(2), (image(4, [10, 20, 30]), Tensor::from(1_i64)));

    // Of several sizes, they are no batch before a transform has made them one.
    assert!(!dataset.is_uniform());
    let error = dataset.get_batch(&[2, 3]).unwrap_err().to_string();
    assert!(error.contains("stack expects each tensor to be equal size"), "{error}");
    let dataset = dataset.transform(transforms::Resize::new([2, 2]));
    let loader = DataLoader::options(dataset).batch_size(4).num_workers(2).build().unwrap();
    let (images, targets) = loader.iter().next().unwrap().unwrap();
    assert_eq!(images.size(), [4, 3, 2, 2]);
    assert_eq!(images.get(3), image(2, [7, 8, 9]));
    assert_eq!(targets, Tensor::from_slice(&[0_i64, 0, 1, 1]));
}

#[test]
fn an_image_that_cannot_be_read_is_named_with_its_number() {
    let root = root(&["cat/", "cat/b.png"]);
    write_image(&image(4, [1, 2, 3]), root.path().join("cat/a.png")).unwrap();
    symlink("nowhere", root.path().join("cat/c.png")).unwrap();
    let dataset = open(root.path()).unwrap();
    let read = |i| dataset.get(i).map_err(|error| error.to_string());
    assert_says(read(1), &["cat/b.png: is no image that can be read"]);
    assert_says(read(2), &["cat/c.png", "check the path"]);
    for workers in [0, 1] {
        let loader = DataLoader::options(dataset.clone()).batch_size(2).num_workers(workers);
        let batch = loader.build().unwrap().iter().next().unwrap();
        let parts = ["sample 1: ", "cat/b.png: is no image that can be read"];
        assert_says(batch.map_err(|error| error.to_string()), &parts);
    }
}

#[test]
fn a_root_without_classes_is_refused() {
    for root in [root(&[]), root(&["loose.png"])] {
        let parts = [&*root.path().display().to_string(), "Couldn't find any class folder"];
        assert_says(open(root.path()), &parts);
    }
}

#[test]
fn a_root_that_cannot_be_read_is_named() {
    let root = root(&["file"]);
    for name in ["missing", "file"] {
        assert_says(open(root.path().join(name)), &[name, "cannot be read", "name a folder"]);
    }
}

#[test]
fn classes_without_an_image_are_named_unless_they_are_allowed() {
    let root = root(&["a/1.png", "b/", "c/1.txt", "d/e/"]);
    let parts = [
        "Found no valid file for the classes b, c, d",
        "Supported extensions are: .jpg, .jpeg, .png, .ppm, .bmp, .pgm, .tif, .tiff, .webp",
    ];
    assert_says(open(root.path()), &parts);
    let dataset = ImageFolder::options(root.path()).allow_empty(true).build().unwrap();
    assert_eq!(dataset.classes(), ["a", "b", "c", "d"]);
    assert_eq!(samples(root.path(), &dataset), [("a/1.png", 0)]);
}

#[test]
fn which_files_are_images_can_be_said() {
    let root = root(&["a/1.png", "a/2.txt", "b/3.txt"]);
    let is_text = |path: &Path| path.extension().is_some_and(|ending| ending == "txt");
    let dataset = ImageFolder::options(root.path()).is_valid_file(is_text).build().unwrap();
    assert_eq!(samples(root.path(), &dataset), [("a/2.txt", 0), ("b/3.txt", 1)]);
    let dataset = ImageFolder::options(root.path()).is_valid_file(|_| false).build();
    let parts = ["Found no valid file for the classes a, b", "allow_empty"];
    assert_says(dataset.map_err(|error| error.to_string()), &parts);
}

#[test]
fn links_are_followed_but_not_round_in_circles() {
    let root = root(&["a/1.png", "b/2.png", "b/deep/3.png"]);
    let link = |to: &str, name: &str| symlink(to, root.path().join(name)).unwrap();
    link("../b", "a/other");
    link("../b/2.png", "a/linked.png");
    link(".", "b/self");
    link("..", "b/deep/up");
    link("../..", "b/deep/root");
    link("b", "c");
    let dataset = open(root.path()).unwrap();
    assert_eq!(dataset.classes(), ["a", "b", "c"]);
    let expected = [
        ("a/1.png", 0),
        ("a/linked.png", 0),
        ("a/other/2.png", 0),
        ("a/other/deep/3.png", 0),
        ("b/2.png", 1),
        ("b/deep/3.png", 1),
        ("c/2.png", 2),
        ("c/deep/3.png", 2),
    ];
    assert_eq!(samples(root.path(), &dataset), expected);
}

#[test]
fn a_class_whose_name_is_no_text_is_named() {
    let root = root(&["a/1.png"]);
    let name = OsStr::from_bytes(b"caf\xe9");
    fs::create_dir(root.path().join(name)).unwrap();
    assert_says(open(root.path()), &["caf", "its name is not UTF-8", "rename the folder"]);
    // Names of files may be anything.
    fs::remove_dir(root.path().join(name)).unwrap();
    fs::write(root.path().join("a").join(OsStr::from_bytes(b"\xe9.png")), "").unwrap();
    assert_eq!(open(root.path()).unwrap().len(), 2);
}

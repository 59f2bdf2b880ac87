//! Image files: what is read and written, resized and filtered, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use flambeau::prelude::*;
use flambeau::serialize::safetensors;
use flambeau::vision::filters::Filter;
use flambeau::vision::io::{
    ImageReadMode, check_writable, read_image, read_image_options, write_image,
};
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageBuffer, Luma, Rgb, Rgba, RgbaImage};
use proptest::prelude::*;

fn bytes(tensor: &Tensor) -> Vec<u8> {
    Vec::try_from(tensor.flatten(0, -1)).unwrap()
}

/// Writes an image by the crate that reads it, under a name in a fresh folder.
fn written(image: impl Into<DynamicImage>, name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    image.into().save(&path).unwrap();
    (folder, path)
}

fn error(path: &Path) -> String {
    let error = read_image_options(path).mode("RGB").call().unwrap_err().to_string();
    assert!(error.starts_with(&path.display().to_string()), "{error}");
    error
}

#[test]
fn what_is_no_image_is_told_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    for file in [path("empty.png", b""), path("text.png", b"This is no picture.\n")] {
        let error = error(&file);
        assert!(error.contains("is no image that can be read"), "{error}");
        assert!(
            error.contains("name a whole PNG, JPEG, GIF, BMP, WebP, TIFF or PNM file"),
            "{error}"
        );
    }
    assert!(error(&folder.path().join("missing.png")).contains("check the path"));
    error(folder.path());

    let (_kept, whole) = written(ImageBuffer::from_pixel(40, 30, Rgb([9_u8, 8, 7])), "whole.png");
    let cut = path("cut.png", &fs::read(whole).unwrap()[..60]);
    assert!(error(&cut).contains("is no image that can be read"));
    let image = ImageBuffer::from_fn(40, 30, |x, y| Rgb([x as u8 * 6, y as u8 * 8, 7]));
    let (_kept, whole) = written(image, "whole.jpg");
    let whole = fs::read(whole).unwrap();
    for length in [whole.len() / 2, whole.len() - 2] {
        let error = error(&path("cut.jpg", &whole[..length]));
        assert!(error.contains("the JPEG is cut off"), "{error}");
    }
    // What stands behind the end does no harm.
    let more = path("more.jpg", &[&whole[..], b"and more"].concat());
    assert_eq!(read_image_options(more).mode("RGB").call().unwrap().size(), [3, 30, 40]);
    // A header that promises more than the memory holds.
    let mut huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    huge.extend(b"\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0\x8e\x8b\x3c\x5f");
    error(&path("huge.png", &huge));
}

#[test]
fn the_content_tells_the_format_not_the_name() {
    let (_folder, path) = written(ImageBuffer::from_pixel(2, 2, Rgb([9_u8, 8, 7])), "a.png");
    let other = path.with_extension("jpg");
    fs::rename(&path, &other).unwrap();
    assert_eq!(read_image_options(&other).mode("RGB").call().unwrap().size(), [3, 2, 2]);
}

#[test]
fn a_grey_image_stays_grey_or_becomes_three_times_the_same() {
    let grey = ImageBuffer::from_fn(2, 1, |x, _| Luma([x as u8 * 100]));
    let (_folder, path) = written(grey, "grey.png");
    let read = |mode| read_image_options(&path).mode(mode).call().unwrap();
    assert_eq!(read(ImageReadMode::Unchanged).size(), [1, 1, 2]);
    assert_eq!(bytes(&read(ImageReadMode::Rgb)), [0, 100, 0, 100, 0, 100]);
}

#[test]
fn transparency_is_kept_or_left_away() {
    let see_through = ImageBuffer::from_pixel(1, 1, Rgba([10_u8, 20, 30, 40]));
    let (_folder, path) = written(see_through, "glass.png");
    let read = |mode| bytes(&read_image_options(&path).mode(mode).call().unwrap());
    assert_eq!(read(ImageReadMode::Unchanged), [10, 20, 30, 40]);
    assert_eq!(read(ImageReadMode::Rgb), [10, 20, 30]);
}

#[test]
fn of_sixteen_bits_the_high_byte_is_left() {
    let deep =
        ImageBuffer::from_fn(
            2,
            1,
            |x, _| Rgb([[0_u16, 257, 65535], [32768, 1, 65534]][x as usize]),
        );
    let (_folder, path) = written(DynamicImage::ImageRgb16(deep), "deep.png");
    let read = bytes(&read_image(&path).unwrap());
    assert_eq!(read, [0, 128, 1, 0, 255, 255]);
}

#[test]
fn a_pnm_is_read_as_text_and_as_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let read = |content: &[u8]| {
        let path = folder.path().join("image.ppm");
        fs::write(&path, content).unwrap();
        read_image(&path).map(|image| (image.size(), bytes(&image)))
    };
    let colour = (vec![3, 1, 2], vec![1, 4, 2, 5, 3, 255]);
    assert_eq!(read(b"P3 2 1 255 1 2 3 4 5 255").unwrap(), colour);
    assert_eq!(read(b"P6 2 1 255\n\x01\x02\x03\x04\x05\xff").unwrap(), colour);
    let grey = (vec![1, 1, 3], vec![0, 119, 255]);
    assert_eq!(read(b"P2\n# of 16 levels\n3 1\n15\n0 7 15\n").unwrap(), grey);
    assert_eq!(read(b"P5 3 1 15\n\x00\x07\x0f").unwrap(), grey);
    for cut in [&b"P6 2 1 255\n\x01\x02"[..], b"P5", b"P2 1 1 0 0"] {
        assert!(read(cut).unwrap_err().to_string().contains("is no image that can be read"));
    }
    let said = read(b"P6 100000 100000 255\n").unwrap_err().to_string();
    assert!(said.contains("is too large: 100000 × 100000 pixels take "), "{said}");
    assert!(said.ends_with("; scale it down, or cut it up, with another program"), "{said}");
}

#[test]
fn of_an_animation_the_first_picture_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("moving.gif");
    let mut encoder = GifEncoder::new(fs::File::create(&path).unwrap());
    for grey in [200, 10, 90] {
        let pixels = RgbaImage::from_pixel(5, 4, Rgba([grey, grey, grey, 255]));
        encoder.encode_frame(Frame::new(pixels)).unwrap();
    }
    drop(encoder);
    for mode in [ImageReadMode::Rgb, ImageReadMode::Unchanged] {
        let image = read_image_options(&path).mode(mode).call().unwrap();
        assert_eq!(image.size(), [3, 4, 5]);
        assert_eq!(bytes(&image), [200; 60]);
    }
}

/// What `scripts/images.py` recorded.
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/images.safetensors");

#[test]
fn files_of_many_kinds_are_what_pillow_reads() {
    let recorded = safetensors::load_file(RECORDED).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let mut wrong = Vec::new();
    for (name, file) in recorded.iter().filter_map(|(k, v)| Some((k.strip_suffix(".file")?, v))) {
        fs::write(&path, bytes(file)).unwrap();
        // Those whose colours are computed in another way, as `read_image` says.
        let within = match name {
            "tiff_ycbcr" | "tiff_ycbcr_deflate" => 1,
            "tiff_lab" => 2,
            _ => 0,
        };
        for mode in ["unchanged", "rgb"] {
            let read = read_image_options(&path).mode(mode).call();
            let right = recorded.get(&format!("{name}.{mode}"));
            match (read, right) {
                (Err(_), None) => {}
                // As `read_image` says.
                (Err(_), Some(_)) if name == "tiff_jpeg_grey_with_alpha" => {}
                (Ok(read), Some(right)) => {
                    // A BMP has no grey.
                    let right = if name.starts_with("bmp") && right.size()[0] == 1 {
                        right.expand([3, -1, -1], false)
                    } else {
                        right.shallow_clone()
                    };
                    let same = read.size() == right.size() && {
                        let distance =
                            (read.to_kind(Kind::Int64) - right.to_kind(Kind::Int64)).abs();
                        distance.max().int64_value(&[]) <= within
                    };
                    if !same {
                        let [is, should] = [&read, &right].map(|t| (t.size(), bytes(t)));
                        wrong
                            .push(format!("{name}, {mode}: {is:.40?}\n  instead of {should:.40?}"));
                    }
                }
                (Ok(_), None) => wrong.push(format!("{name}, {mode}: is read, but not by Pillow")),
                (Err(error), Some(_)) => wrong.push(format!("{name}, {mode}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} in all", wrong.join("\n"), wrong.len());
}

#[test]
fn an_image_takes_at_most_so_much_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let le = |number: u32| number.to_le_bytes();
    let side = 30_000_u32;
    let png = |interlaced: u8| {
        let mut head = b"IHDR".to_vec();
        head.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
        head.extend([1, 0, 0, 0, interlaced]);
        let sum = flate2::Crc::new();
        let mut sum = sum;
        sum.update(&head);
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\r",
            &head[..],
            &sum.sum().to_be_bytes(),
            b"\0\0\0\0IDAT\x35\xaf\x06\x1e",
        ]
        .concat()
    };
    let bmp = {
        let head = [&le(40)[..], &le(side), &le(side), &[1, 0, 24, 0], &[0; 24]].concat();
        [&b"BM"[..], &[0; 8], &le(54), &head].concat()
    };
    let tiff = {
        let tags = [(256, side), (257, side), (258, 8), (262, 1), (273, 8), (279, 1)];
        let tags = tags.map(|(tag, value): (u16, u32)| {
            [&tag.to_le_bytes()[..], &[4, 0], &le(1), &le(value)].concat()
        });
        [&b"II*\0"[..], &le(8), &[6, 0], &tags.concat(), &le(0)].concat()
    };
    let pnm = b"P4 30000 30000\n".to_vec();
    let gif = b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\0;".to_vec();
    let frame = b"\xff\xd8\xff\xc2\0\x0b\x08\xff\xff\xff\xff\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\0\xff\xd9";
    for file in [png(0), png(1), bmp, tiff, pnm, gif, frame.to_vec()] {
        fs::write(&path, &file).unwrap();
        let error = error(&path);
        assert!(error.contains("MiB that an image may take"), "{:?}: {error}", &file[..4]);
    }
}

#[test]
fn a_file_is_looked_at_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse.jpg");
    fs::File::create(&path).unwrap().set_len(6 << 30).unwrap();
    for file in [&path, Path::new("/dev/zero")] {
        assert!(error(file).contains("its content is of no format that is known"));
    }
    fs::write(&path, b"\xff\xd8\xff\xe0").unwrap();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(6 << 30).unwrap();
    assert!(error(&path).contains("its 6442450944 bytes are more than"));
}

#[test]
fn the_smallest_and_the_longest_image_are_resized_and_filtered() {
    let one = ImageBuffer::from_pixel(1, 1, Rgb([7_u8, 8, 9]));
    let long = ImageBuffer::from_fn(10_000, 1, |x, _| Luma([(x / 40) as u8]));
    for image in [DynamicImage::from(one), long.into()] {
        let (_folder, path) = written(image, "image.png");
        let image = read_image_options(&path).mode("RGB").call().unwrap();
        let small = transforms::Resize::new([32, 32]).apply(&image).unwrap();
        assert_eq!(small.size(), [3, 32, 32]);
        let sides = [image.min(), small.min(), image.max(), small.max()];
        let [low, new_low, high, new_high] = sides.map(|side| side.int64_value(&[]));
        assert!(low <= new_low && new_low <= new_high && new_high <= high);
        assert_eq!(Filter::gaussian(9, None).unwrap().apply(&image).size(), image.size());
        assert_eq!(Filter::sobel().apply(&image).size(), image.size());
    }
}

#[test]
fn an_image_is_written_as_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for channels in 1..=4 {
        let image = Tensor::arange(channels * 6, (Kind::Uint8, Device::Cpu)).view([channels, 2, 3]);
        let path = folder.path().join("image.png");
        write_image(&image, &path).unwrap();
        assert_eq!(read_image(&path).unwrap(), image);
        // A JPEG keeps the size but no alpha, and not every bit.
        let path = folder.path().join("image.jpg");
        write_image(&image, &path).unwrap();
        let read = read_image(&path).unwrap();
        assert_eq!(read.size(), [if channels < 3 { 1 } else { 3 }, 2, 3]);
    }
    for name in ["image", "image.txt", "image.gif"] {
        let path = folder.path().join(name);
        let image = Tensor::zeros([1, 2, 2], (Kind::Uint8, Device::Cpu));
        for result in [write_image(&image, &path), check_writable(&path)] {
            assert!(result.unwrap_err().to_string().ends_with("end it in .png or .jpg"));
        }
        assert!(!path.exists());
    }
    let nowhere = folder.path().join("no/such/folder/image.png");
    assert!(check_writable(nowhere).unwrap_err().to_string().contains("cannot be written"));
}

/// A kernel file with this text.
fn kernel(text: &[u8]) -> Result<Filter> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kernel.txt");
    fs::write(&path, text).unwrap();
    Filter::read(path)
}

#[test]
fn a_kernel_file_is_numbers_with_blanks_or_commas() {
    let _generator = crate::seeded(0);
    let filter =
        kernel(b"# three by three\r\n 0, 1,\t0\n1 -4.0 1 # the middle\n\n0,1,0\n").unwrap();
    let image = Tensor::randint(256, [3, 8, 9], (Kind::Uint8, Device::Cpu));
    assert_eq!(filter.apply(&image), Filter::laplacian().apply(&image));
    assert_eq!(kernel(b"1 2 3").unwrap().kernels()[0].size(), [1, 3]);
}

#[test]
fn a_kernel_file_that_is_wrong_is_told_with_the_place() {
    for (text, expected) in [
        (&b"1 2 3\n4 five 6\n7 8 9"[..], "line 2: \"five\" is no number"),
        (b"nan", "line 1: \"nan\" is no number"),
        (b"1e400", "line 1: \"1e400\" is no number"),
        (b"1 2 3\n4 5\n6 7 8", "line 2 has 2 numbers, the first row has 3"),
        (b"1 2\n3 4", "has 2 rows: it must be an odd number, to have a middle"),
        (b"1 2 3 4", "has 4 columns: it must be an odd number"),
        (b"", "holds no numbers"),
        (b"# nothing\n\n", "holds no numbers"),
        (b"\xff\xfe\x00", "is no text"),
    ] {
        let error = kernel(text).unwrap_err().to_string();
        assert!(error.contains("kernel.txt: ") && error.contains(expected), "{error}");
    }
    let error = Filter::read("no/such/kernel").unwrap_err().to_string();
    assert!(error.starts_with("no/such/kernel: "), "{error}");
    Filter::read("/").unwrap_err();
    let large = Filter::read("/dev/zero").unwrap_err().to_string();
    assert!(large.contains("is too long for a kernel"), "{large}");
}

#[test]
fn a_parameter_outside_its_range_is_told_by_name() {
    for (filter, expected) in [
        (Filter::gaussian(4, None), "size: must be an odd number"),
        (Filter::box_blur(0), "size: must be an odd number"),
        (Filter::box_blur(257), "up to 255, but is 257"),
        (Filter::gaussian(3, Some(0.0)), "sigma: must be above 0, but is 0"),
        (Filter::gaussian(3, Some(f64::NAN)), "sigma: must be above 0"),
        (Filter::sharpen(-1.0), "amount: must be from 0 up"),
        (Filter::sharpen(1e39), "below 1e30, but is 1e39"),
    ] {
        let error = filter.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn filters_do_what_they_are_called() {
    let even = Tensor::full([3, 6, 7], 100, (Kind::Uint8, Device::Cpu));
    let zero = even.zeros_like();
    // Where nothing changes, blurring and sharpening change nothing, and there is no edge.
    for filter in [
        Filter::gaussian(5, Some(1.2)).unwrap(),
        Filter::box_blur(3).unwrap(),
        Filter::sharpen(2.0).unwrap(),
        Filter::emboss(),
    ] {
        assert_eq!(filter.apply(&even), even, "{filter:?}");
    }
    assert_eq!(Filter::sobel().apply(&even), zero);
    assert_eq!(Filter::laplacian().apply(&even), zero);

    // A point is spread, and its light kept.
    let point = Tensor::zeros([1, 5, 5], (Kind::Uint8, Device::Cpu));
    let _ = point.narrow(1, 2, 1).narrow(2, 2, 1).fill_(90);
    let blurred = Filter::box_blur(3).unwrap().apply(&point);
    assert_eq!(bytes(&blurred).iter().filter(|&&b| b == 10).count(), 9);
    // Of a smooth slope only what sharpening adds at its foot and top is left.
    let edge = Tensor::from_slice(&[50_u8, 50, 150, 150]).expand([1, 1, 4], false);
    assert_eq!(bytes(&Filter::sharpen(1.0).unwrap().apply(&edge)), [50, 0, 250, 150]);
    let down = edge.transpose(1, 2);
    assert_eq!(Filter::sobel().apply(&down), Filter::sobel().apply(&edge).transpose(1, 2));
}

#[test]
fn a_large_image_is_filtered_as_a_small_one() {
    let _generator = crate::seeded(0);
    // Two bands and a bit; the rows where they meet must not show.
    let image = Tensor::randint(256, [1, 2200, 1000], (Kind::Uint8, Device::Cpu));
    let filter = Filter::box_blur(5).unwrap();
    let seen = filter.apply(&image);
    for from in [0, 1040, 1048, 2090, 2180] {
        let part = filter.apply(&image.narrow(1, from, 20));
        assert_eq!(seen.narrow(1, from + 2, 16), part.narrow(1, 2, 16));
    }
}

#[test]
fn a_filter_leaves_alpha_alone() {
    let _generator = crate::seeded(0);
    let image = Tensor::randint(256, [4, 6, 5], (Kind::Uint8, Device::Cpu));
    for channels in [2, 4] {
        let image = image.narrow(0, 0, channels);
        let seen = Filter::box_blur(3).unwrap().apply(&image);
        assert_eq!(seen.size(), image.size());
        assert_eq!(seen.get(channels - 1), image.get(channels - 1));
        let colours = Filter::box_blur(3).unwrap().apply(&image.narrow(0, 0, channels - 1));
        assert_eq!(seen.narrow(0, 0, channels - 1), colours);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_are_an_image_or_an_error(
        format in 0..5_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let name = ["a.png", "a.jpg", "a.gif", "a.bmp", "a.ppm"][format];
        let image = ImageBuffer::from_fn(9, 7, |x, y| Rgb([x as u8 * 20, y as u8 * 30, 5]));
        let (_folder, path) = written(image, name);
        let mut content = fs::read(&path).unwrap();
        for (at, byte) in changes {
            let at = at.index(content.len());
            content[at] = byte;
        }
        content.truncate(cut.index(content.len()) + 1);
        fs::write(&path, content).unwrap();
        if let Ok(image) = read_image_options(&path).mode("RGB").call() {
            prop_assert_eq!(image.size()[0], 3);
        }
    }

    #[test]
    fn any_text_is_a_kernel_or_an_error(text in "[0-9 .,eE#\\-+\nxN∞]{0,60}") {
        if let Ok(filter) = kernel(text.as_bytes()) {
            let (rows, columns) = filter.kernels()[0].size2().unwrap();
            prop_assert!(rows % 2 == 1 && columns % 2 == 1);
        }
    }
}

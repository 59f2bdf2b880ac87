//! Transforms, apart from what they compute, which `tests/cases` compares with Python.

use flambeau::data::TensorDataset;
use flambeau::prelude::*;
use flambeau::vision::datasets::Transformed;
use flambeau::vision::io::read_image;
use flambeau::vision::transforms::{
    CenterCrop, ColorJitter, ConvertImageDtype, Grayscale, InterpolationMode, Lambda, Normalize,
    RandomCrop, RandomErasing, RandomHorizontalFlip, RandomResizedCrop, RandomRotation, Resize,
    ToTensor,
};
use flambeau::vision::utils::{make_grid, make_grid_options, save_image, save_image_options};

use crate::panic_of;

fn bytes(size: &[i64]) -> Tensor {
    Tensor::arange(size.iter().product::<i64>(), (Kind::Int64, Device::Cpu))
        .remainder(256)
        .to_kind(Kind::Uint8)
        .view(size)
}

fn floats(size: &[i64]) -> Tensor {
    bytes(size).to_kind(Kind::Float) / 255.0
}

#[test]
fn transforms_do_the_same_to_one_image_and_to_a_batch() {
    let _generator = crate::seeded(0);
    let images = bytes(&[2, 3, 5, 7]);
    let transform = transforms::compose![
        ToTensor::new(),
        Normalize::new([0.4914, 0.4822, 0.4465], [0.247, 0.243, 0.261]),
    ];
    assert!(!transform.draws());
    let batch = transform.apply_batch(&images).unwrap();
    assert_eq!((batch.size(), batch.kind()), (vec![2, 3, 5, 7], Kind::Float));
    for i in 0..2 {
        assert_eq!(batch.get(i), transform.apply(&images.get(i)).unwrap());
    }
    // 0 is the first byte, in the first channel.
    assert_eq!(batch.double_value(&[0, 0, 0, 0]), f64::from(-0.4914_f32 / 0.247_f32));
    let double = Tensor::zeros([1, 2, 2], (Kind::Double, Device::Cpu));
    let normalized = Normalize::new([0.4914], [0.247]).apply(&double).unwrap();
    assert_eq!(normalized.double_value(&[0, 0, 0]), -0.4914 / 0.247);
}

#[test]
fn images_of_a_batch_that_become_different_sizes_may_become_one_again() {
    let _generator = crate::seeded(0);
    let transform = transforms::compose![
        ToTensor::new(),
        RandomRotation::options(60.0).expand(true).build(),
        CenterCrop::new(6),
        Grayscale::new(1),
    ];
    assert!(transform.draws());
    assert_eq!(transform.apply_batch(&bytes(&[5, 3, 8, 9])).unwrap().size(), [5, 1, 6, 6]);
}

#[test]
fn an_image_that_a_transform_is_not_for_is_told_why() {
    let _generator = crate::seeded(0);
    let refused = |transform: &dyn Transform, image: &Tensor, problem: &str| {
        let error = transform.apply(image).unwrap_err().to_string();
        assert!(error.contains(problem), "{transform:?}: {error}");
    };
    let (image, grey, flat) = (bytes(&[3, 8, 8]), floats(&[1, 8, 8]), bytes(&[8, 8]));
    let normalize = Normalize::new([0.5; 3], [0.5; 3]);
    refused(&normalize, &grey, "Normalize has 3 channels, the image is [1, 8, 8]");
    refused(&normalize, &image, "Input tensor should be a float tensor. Got Uint8.");
    let too_large = "Required crop size (9, 9) is larger than input image size (8, 8)";
    refused(&RandomCrop::new(9), &image, too_large);
    let colors = RandomCrop::options(8).padding(1).fill([1.0, 2.0]).build();
    refused(&colors, &image, "does not match the number of channels of the image (2 != 3)");
    let lanczos = Resize::options(4).interpolation(InterpolationMode::Lanczos).build();
    refused(&lanczos, &grey, "Interpolation mode 'Lanczos' is unsupported with Tensor input");
    assert!(lanczos.apply(&image).is_ok());
    let bicubic = RandomRotation::options(9.0).interpolation(InterpolationMode::Bicubic).build();
    refused(&bicubic, &grey, "Interpolation mode 'Bicubic' is unsupported with Tensor input");
    let jitter = ColorJitter::options().brightness(0.5).build();
    refused(&jitter, &bytes(&[4, 2, 2]), "permitted channel values are [1, 3], but found 4");
    refused(&Grayscale::new(1), &bytes(&[2, 2, 2]), "permitted channel values");
    let to_int = ConvertImageDtype::new(Kind::Int);
    refused(&to_int, &grey, "The cast from Float to Int cannot be performed safely.");
    let wide = RandomCrop::options(8).padding(usize::MAX).build();
    refused(&wide, &image, "pixels are beyond any image");
    let hue = ColorJitter::options().hue((0.1, 0.2)).build();
    refused(&hue, &image.to_kind(Kind::Int), "The cast from Float to Int");
    let erasing = RandomErasing::options().p(1.0).value([1.0, 2.0]).build();
    refused(&erasing, &grey, "(2 != 1)");

    let all: [&dyn Transform; 9] = [
        &Resize::new(4),
        &CenterCrop::new(4),
        &RandomCrop::new(4),
        &RandomResizedCrop::new(4),
        &RandomHorizontalFlip::default(),
        &RandomRotation::new(9.0),
        &jitter,
        &Grayscale::new(3),
        &RandomErasing::default(),
    ];
    for transform in all {
        refused(transform, &flat, "should be (C, H, W), not empty, but is [8, 8]");
        refused(transform, &bytes(&[3, 0, 8]), "not empty");
    }
}

#[test]
fn options_that_make_no_sense_panic_in_pythons_words() {
    fn panics<T>(message: &str, build: impl FnOnce() -> T) {
        let found = panic_of(|| {
            build();
        });
        assert!(found.contains(message), "{found}");
    }
    panics("size must be above 0, but is (0, 3)", || Resize::new([0, 3]));
    let most = "max_size = 5 must be strictly greater than the requested size";
    panics(most, || Resize::options(5).max_size(5).build());
    let both = "max_size should only be passed if size is the length of the smaller edge";
    panics(both, || Resize::options([5, 5]).max_size(9).build());
    panics("p should be between 0 and 1, but is 1.5", || RandomHorizontalFlip::new(1.5));
    let positive = "If degrees is a single number, it must be positive";
    panics(positive, || RandomRotation::new(-1.0));
    let upwards = "degrees should be finite and of kind (min, max), but is (5, 4)";
    panics(upwards, || RandomRotation::new((5.0, 4.0)));
    panics("degrees should be finite", || RandomRotation::new(f64::INFINITY));
    panics("brightness should be finite", || {
        ColorJitter::options().brightness((0.0, f64::INFINITY)).build()
    });
    panics("scale should be finite", || {
        RandomResizedCrop::options(3).scale((0.1, f64::INFINITY)).build()
    });
    panics("ratio should be finite", || RandomErasing::options().ratio((0.1, f64::NAN)).build());
    panics("is beyond any image", || CenterCrop::new(usize::MAX));
    let positive = "If contrast is a single number, it must be non negative";
    panics(positive, || ColorJitter::options().contrast(-0.1).build());
    let half = "hue values should be between (-0.5, 0.5), but got [-0.6, 0.6]";
    panics(half, || ColorJitter::options().hue(0.6).build());
    panics("num_output_channels should be either 1 or 3", || Grayscale::new(2));
    panics("Scale should be between 0 and 1", || {
        RandomErasing::options().scale((0.1, 1.1)).build()
    });
    panics("ratio should be finite and of kind (min, max), but is (2, 1)", || {
        RandomResizedCrop::options(3).ratio((2.0, 1.0)).build()
    });
}

#[test]
fn a_sample_that_a_transform_is_not_for_is_named() {
    let _generator = crate::seeded(0);
    let targets = || Tensor::arange(6, (Kind::Int64, Device::Cpu));
    for workers in [0, 2] {
        let images = TensorDataset::new((bytes(&[6, 3, 4, 4]), targets())).unwrap();
        let dataset = Transformed::new(images, RandomCrop::new(5));
        let loader = DataLoader::options(dataset).batch_size(3).num_workers(workers);
        let error = loader.build().unwrap().iter().nth(1).unwrap().unwrap_err().to_string();
        let too_large = "Required crop size (5, 5) is larger than input image size (4, 4)";
        assert_eq!(error, format!("sample 3: size: {too_large}"));
    }
}

#[test]
fn an_image_is_never_overwritten() {
    let _generator = crate::seeded(0);
    let image = floats(&[3, 9, 9]);
    let before = image.copy();
    let erasing = RandomErasing::options().p(1.0).value(9.0).build();
    let padded = RandomCrop::options(9).padding(2).build();
    let all: [&dyn Transform; 4] =
        [&erasing, &padded, &ColorJitter::options().hue(0.3).build(), &Lambda::new(|x| x + 1)];
    for transform in all {
        assert_ne!(transform.apply(&image).unwrap(), before, "{transform:?}");
        assert_eq!(image, before, "{transform:?}");
    }
}

#[test]
fn a_transparent_image_is_resized_by_its_visible_colors() {
    // A white pixel beside one that nobody sees: half as opaque, but as white.
    let image = Tensor::from_slice(&[255_u8, 0, 255, 0, 255, 0, 255, 0]).view([4, 1, 2]);
    let one = Resize::new([1, 1]).apply(&image).unwrap();
    assert_eq!(one.view([4]), Tensor::from_slice(&[255_u8, 255, 255, 128]));
}

#[test]
fn a_grid_is_saved_as_python_saves_it() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grid.png");
    let images = floats(&[3, 1, 4, 5]);
    save_image(&images, &path).unwrap();
    let grid = (make_grid(&images).unwrap() * 255.0 + 0.5).to_kind(Kind::Uint8);
    assert_eq!(read_image(&path).unwrap(), grid);
    assert_eq!(grid.size(), [3, 8, 3 * 7 + 2]);

    assert!(save_image(&floats(&[2, 2, 3, 3]), &path).unwrap_err().to_string().contains("not 2"));
    assert!(save_image(&images, folder.path().join("grid.txt")).is_err());
    let png = folder.path().join("grid.txt");
    save_image_options(&images, &png).format("png").nrow(1).padding(0).call().unwrap();
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));
    assert!(make_grid(&floats(&[1])).is_err());
    assert!(make_grid_options(&images).nrow(0).call().is_err());
    assert_eq!(make_grid_options(&images).nrow(usize::MAX).call().unwrap().size(), [3, 8, 23]);
    assert!(make_grid_options(&images).padding(usize::MAX).call().is_err());
    let error = make_grid_options(&grid).normalize(true).call().unwrap_err().to_string();
    assert!(error.starts_with("normalize: "), "{error}");
}

/// A batch of bytes takes a shorter way than an image: it has to lead to the same numbers.
#[test]
fn a_batch_of_bytes_becomes_what_its_images_become() {
    let _generator = crate::seeded(0);
    let images = torch::randint(256, [5, 3, 10, 8]).to_kind(Kind::Uint8);
    let floats = || -> Box<dyn Transform> { Box::new(transforms::ToTensor::new()) };
    let normalize = || -> Box<dyn Transform> {
        Box::new(transforms::Normalize::new([0.1, 0.5, 0.7], [0.3, 0.5, 0.2]))
    };
    let crop = |size: [usize; 2], padding: [usize; 4], needed: bool| -> Box<dyn Transform> {
        let crop = transforms::RandomCrop::options(size).padding(padding).pad_if_needed(needed);
        Box::new(crop.fill([1.0, 20.0, 300.0]).build())
    };
    let flip = || -> Box<dyn Transform> { Box::new(transforms::RandomHorizontalFlip::default()) };
    let turn = || -> Box<dyn Transform> { Box::new(transforms::RandomVerticalFlip::default()) };
    let center =
        |size: [usize; 2]| -> Box<dyn Transform> { Box::new(transforms::CenterCrop::new(size)) };
    let pipelines: Vec<Vec<Box<dyn Transform>>> = vec![
        vec![floats()],
        vec![floats(), normalize()],
        vec![flip(), floats(), normalize()],
        vec![crop([10, 8], [4; 4], false), flip(), floats(), normalize()],
        vec![turn(), flip(), floats(), normalize()],
        vec![turn(), crop([3, 2], [0; 4], false), turn(), floats()],
        vec![crop([10, 8], [0; 4], false), floats()],
        vec![crop([30, 3], [7, 1, 2, 0], true), flip(), floats()],
        vec![crop([1, 40], [0, 9, 0, 3], true), crop([1, 1], [5; 4], false), floats()],
        vec![center([7, 7]), floats()],
        vec![center([13, 8]), flip(), center([2, 21]), floats(), normalize()],
    ];
    for transforms in pipelines {
        let compose = transforms::Compose::new(transforms);
        random::manual_seed(7);
        let batch = compose.apply_batch(&images).unwrap();
        random::manual_seed(7);
        let each: Vec<_> = (0..5).map(|i| compose.apply(&images.get(i)).unwrap()).collect();
        assert_eq!(batch, Tensor::stack(&each, 0), "{compose:?}");
        // What cannot be gone through byte by byte goes the long way, to the same numbers.
        random::manual_seed(7);
        let turned = images.transpose(2, 3).contiguous().transpose(2, 3);
        assert_eq!(batch, compose.apply_batch(&turned).unwrap(), "{compose:?}");
    }
}

#[test]
fn a_crop_that_no_memory_holds_is_an_error() {
    let side = i32::MAX as usize;
    let transform = transforms::compose![transforms::CenterCrop::new(side), ToTensor::new()];
    let error = transform.apply_batch(&bytes(&[1, 3, 2, 2])).unwrap_err().to_string();
    assert!(error.contains("more than there is memory for"), "{error}");
}

/// Python takes `10` for `10.0`, and a tuple for a list.
#[test]
fn numbers_and_sizes_are_taken_in_pythons_forms() {
    let _generator = crate::seeded(0);
    let image = Tensor::full([3, 40, 48], 100, (Kind::Uint8, Device::Cpu));
    let same: [[Box<dyn Transform>; 2]; 7] = [
        [Box::new(RandomRotation::new(10)), Box::new(RandomRotation::new(10.0))],
        [Box::new(RandomRotation::new((-10, 20))), Box::new(RandomRotation::new((-10.0, 20.0)))],
        [
            Box::new(ColorJitter::options().brightness(1).contrast((0, 1.5)).build()),
            Box::new(ColorJitter::options().brightness(1.0).contrast((0.0, 1.5)).build()),
        ],
        [
            Box::new(RandomErasing::options().p(1).scale((0, 1)).ratio((1, 2)).value(1).build()),
            Box::new(
                RandomErasing::options()
                    .p(1.0)
                    .scale((0.0, 1.0))
                    .ratio((1.0, 2.0))
                    .value(1.0)
                    .build(),
            ),
        ],
        [Box::new(Resize::new((32, 16))), Box::new(Resize::new([32, 16]))],
        [
            Box::new(RandomResizedCrop::options(32).scale((0.5, 1)).build()),
            Box::new(RandomResizedCrop::options(32).scale((0.5, 1.0)).build()),
        ],
        [
            Box::new(RandomCrop::options(44).padding((4, 2)).fill(7).build()),
            Box::new(RandomCrop::options(44).padding([4, 2]).fill([7.0; 3]).build()),
        ],
    ];
    for ways in same {
        let [a, b] = ways.each_ref().map(|transform| {
            random::manual_seed(1);
            transform.apply(&image).unwrap()
        });
        assert_eq!(a, b, "{:?}", ways[0]);
    }
    let floats = image.to_kind(Kind::Float);
    let normalized = Normalize::new([0, 50, 100], [1, 2, 4]).apply(&floats).unwrap();
    assert_eq!(normalized.amax([1, 2], false), Tensor::from_slice(&[100.0_f32, 25.0, 0.0]));
}

#[test]
fn functions_of_images_refuse_in_words() {
    use flambeau::vision::transforms::functional::*;
    let image = Tensor::zeros([3, 4, 5], (Kind::Float, Device::Cpu));
    let said = |outcome: Result<Tensor>| outcome.unwrap_err().to_string();
    assert_eq!(said(adjust_brightness(&image, -1)), "brightness_factor: (-1) is not non-negative.");
    assert_eq!(said(adjust_hue(&image, 0.6)), "hue_factor: (0.6) is not in [-0.5, 0.5].");
    assert_eq!(said(resize(&image, 0)), "size: must be above 0, but is (0, 0)");
    assert_eq!(said(crop(&image, 0, 0, 0, 3)), "size: must be above 0, but is (0, 3)");
    assert!(said(normalize(&image, &[0.0], &[0.0])).contains("division by zero"));
    assert!(said(resize_options(&image, [4, 4]).max_size(9).call()).contains("max_size"));
    assert_eq!(said(affine(&image, 0, (0, 0), 0, 0)), "scale: should be positive");
    assert_eq!(
        said(affine(&image, f64::NAN, (0, 0), 1, 0)),
        "angle: (NaN) is not a finite number."
    );
    assert!(said(affine_options(&image, 0, (0, 0), 1, 0).fill([1.0; 2]).call()).contains("fill"));
    assert!(said(erase(&image, -1, 0, 2, 2, &Tensor::from(0.0_f32))).contains("negative"));
    // What is beyond the edge is cut off, as in Python.
    let ones = Tensor::from(1_f32);
    assert_eq!(erase(&image, 3, 4, 9, 9, &ones).unwrap().sum(Kind::Float), Tensor::from(3_f32));
}

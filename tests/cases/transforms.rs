//! Transforms of images.

use flambeau::vision::datasets::Transformed;
use flambeau::vision::transforms::{
    CenterCrop, ColorJitter, Compose, ConvertImageDtype, FiveCrop, Grayscale,
    InterpolationMode as M, Lambda, Normalize, PaddingMode, RandomCrop, RandomErasing,
    RandomHorizontalFlip, RandomResizedCrop, RandomRotation, RandomVerticalFlip, Resize, TenCrop,
    ToTensor, Value, compose, functional,
};
use flambeau::vision::utils::{make_grid, make_grid_options};

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let mut cases = vec![
        ("resize_down", resized([3, 75, 100], [32, 32])),
        ("resize_up", resized([3, 8, 11], [32, 32])),
        ("resize_tall", resized([3, 90, 40], [32, 32])),
        ("resize_nearly_tall", resized([3, 64, 48], [32, 32])),
        ("resize_grey", resized([1, 40, 21], [17, 33])),
        ("resize_one_pixel", resized([3, 1, 1], [32, 32])),
        ("resize_strip", resized([3, 1, 1000], [32, 32])),
        ("make_grid", grid(|images| make_grid(images))),
        (
            "make_grid_rows",
            grid(|images| make_grid_options(images).nrow(3).padding(5).pad_value(0.5).call()),
        ),
        ("make_grid_normalize", grid(|images| make_grid_options(images).normalize(true).call())),
        (
            "make_grid_range",
            grid(|images| {
                make_grid_options(images).normalize(true).value_range((-1.0, 0.5)).call()
            }),
        ),
        (
            "make_grid_each",
            grid(|images| {
                make_grid_options(images).normalize(true).scale_each(true).padding(0).call()
            }),
        ),
        (
            "make_grid_grey",
            Box::new(|| {
                let images = Tensor::rand([5, 1, 4, 4], (Kind::Float, Device::Cpu));
                StateDict::from([(
                    "grid".into(),
                    make_grid_options(&images).nrow(2).call().unwrap(),
                )])
            }),
        ),
        (
            "make_grid_one",
            Box::new(|| {
                let image = Tensor::rand([4, 5], (Kind::Float, Device::Cpu));
                StateDict::from([("grid".into(), make_grid(&image).unwrap())])
            }),
        ),
    ];
    let sets = [
        ("bytes", of_bytes as fn() -> Transforms, false, 3),
        ("floats", of_floats, true, 3),
        ("grey", of_grey, false, 1),
        ("recipe", recipes, false, 3),
    ];
    for (kind, table, floats, channels) in sets {
        for (i, (name, _)) in table().into_iter().enumerate() {
            for workers in [0, 1, 3] {
                let name = format!("{kind}_{name}_{workers}_workers").leak();
                let transform = move || table().swap_remove(i).1;
                cases.push((name, over_images(transform, floats, channels, workers)));
            }
        }
    }
    let tables =
        [("bytes", functions(), false), ("floats", [functions(), of_tensors()].concat(), true)];
    for (kind, table, floats) in tables {
        for (name, function) in table {
            let name = format!("functional_{kind}_{name}").leak();
            let transform = move || -> Box<dyn Transform> {
                Box::new(Lambda::new(move |image: &Tensor| function(image).unwrap()))
            };
            cases.push((name, over_images(transform, floats, 3, 0)));
        }
    }
    cases
}

type Functions = Vec<(&'static str, fn(&Tensor) -> Result<Tensor>)>;

/// One of several parts.
fn part<const N: usize>(parts: Result<[Tensor; N]>, n: usize) -> Result<Tensor> {
    parts.map(|parts| parts[n].shallow_clone())
}

/// Of bytes and of floats.
fn functions() -> Functions {
    use functional::*;
    vec![
        ("resize", |x| resize(x, [15, 20])),
        ("resize_edge", |x| resize_options(x, 16).interpolation("bicubic").max_size(20).call()),
        ("pad", |x| pad(x, 3)),
        ("pad_fill", |x| pad_options(x, [1, 2]).fill(1.0).call()),
        ("pad_edge", |x| pad_options(x, [1, 2, 3, 4]).padding_mode("edge").call()),
        ("pad_reflect", |x| pad_options(x, 5).padding_mode("reflect").call()),
        ("pad_symmetric", |x| pad_options(x, [5, 7]).padding_mode("symmetric").call()),
        ("crop", |x| crop(x, 3, 5, 10, 12)),
        ("crop_above", |x| crop(x, -3, -2, 10, 12)),
        ("crop_below", |x| crop(x, 20, 30, 10, 12)),
        ("crop_around", |x| crop(x, -2, -5, 30, 50)),
        ("center_crop", |x| center_crop(x, [15, 18])),
        ("center_crop_larger", |x| center_crop(x, [31, 20])),
        ("resized_crop", |x| resized_crop(x, 2, 3, 12, 14, [20, 30])),
        ("resized_crop_outside", |x| {
            resized_crop_options(x, -4, 10, 20, 40, [9, 11]).interpolation("bicubic").call()
        }),
        ("hflip", |x| hflip(x)),
        ("vflip", |x| vflip(x)),
        ("five_crop_0", |x| part(five_crop(x, [15, 18]), 0)),
        ("five_crop_1", |x| part(five_crop(x, [15, 18]), 1)),
        ("five_crop_2", |x| part(five_crop(x, 9), 2)),
        ("five_crop_3", |x| part(five_crop(x, 9), 3)),
        ("five_crop_4", |x| part(FiveCrop::new([15, 18]).apply(x), 4)),
        ("ten_crop_1", |x| part(ten_crop(x, [15, 18]), 1)),
        ("ten_crop_5", |x| part(TenCrop::new([15, 18]).apply(x), 5)),
        ("ten_crop_8", |x| part(ten_crop_options(x, 9).vertical_flip(true).call(), 8)),
        ("ten_crop_9", |x| {
            part(TenCrop::options([15, 18]).vertical_flip(true).build().apply(x), 9)
        }),
        ("rotate", |x| rotate(x, 33)),
        ("rotate_options", |x| {
            rotate_options(x, -20.5).interpolation("bilinear").expand(true).fill([1.0; 3]).call()
        }),
        ("rotate_center", |x| rotate_options(x, 45).center((3, 20)).call()),
        ("rotate_without_fill", |x| rotate_options(x, 33).interpolation("bilinear").call()),
        ("rotate_fill", |x| rotate_options(x, 33).interpolation("bilinear").fill(0.0).call()),
        ("affine", |x| affine(x, 30, (3, -2), 1.2, (10, 5))),
        ("affine_moved", |x| affine(x, 0, [4, 7], 1, 0)),
        ("affine_shrunk", |x| affine(x, -75.5, (0, 0), 0.4_f32, [8.0])),
        ("affine_bilinear", |x| {
            affine_options(x, 200, (1, 2), 0.8, 12.5).interpolation("bilinear").call()
        }),
        ("affine_fill", |x| {
            affine_options(x, 15, (-3, 5), 0.7, (-20, 8.5))
                .interpolation("bilinear")
                .fill([1.0; 3])
                .center((4, 9))
                .call()
        }),
        ("affine_nearest_fill", |x| affine_options(x, 15, (-3, 5), 0.7, 3).fill(1.0).call()),
        // So small that Pillow leaves its fixed point.
        ("affine_far", |x| affine_options(x, 20, (2, 1), 2e-4, 0).fill(1.0).call()),
        ("adjust_brightness", |x| adjust_brightness(x, 1.7)),
        ("adjust_contrast", |x| adjust_contrast(x, 0.3)),
        ("adjust_saturation", |x| adjust_saturation(x, 2.5)),
        ("adjust_hue", |x| adjust_hue(x, -0.2)),
        ("adjust_gamma", |x| adjust_gamma(x, 2.2)),
        ("adjust_gamma_gain", |x| adjust_gamma_options(x, 0.45).gain(1.3).call()),
        ("gaussian_blur", |x| gaussian_blur(x, 5)),
        ("gaussian_blur_sigma", |x| gaussian_blur_options(x, (3, 7)).sigma((0.5, 2)).call()),
        ("gaussian_blur_one_sigma", |x| gaussian_blur_options(x, [9, 1]).sigma(1.5).call()),
        ("rgb_to_grayscale", |x| rgb_to_grayscale(x)),
        ("rgb_to_grayscale_three", |x| rgb_to_grayscale_options(x).num_output_channels(3).call()),
    ]
}

/// Of tensors alone.
fn of_tensors() -> Functions {
    use functional::*;
    vec![
        ("resize_aliased", |x| resize_options(x, [15, 20]).antialias(false).call()),
        ("resized_crop_aliased", |x| {
            resized_crop_options(x, 2, 3, 12, 14, [6, 5]).antialias(false).call()
        }),
        ("normalize", |x| normalize(x, &[0.5, 0.4, 0.3], &[0.2, 0.3, 0.4])),
        ("normalize_inplace", |x| normalize_options(x, &[0.5], &[0.25]).inplace(true).call()),
        ("convert_image_dtype", |x| convert_image_dtype_options(x).dtype(Kind::Int16).call()),
        ("convert_image_dtype_default", |x| convert_image_dtype(&x.to_kind(Kind::Double))),
        ("erase", |x| {
            let colors = Tensor::from_slice(&[0.1_f32, 0.2, 0.3]).view([3, 1, 1]);
            erase(x, 3, 4, 5, 6, &colors)
        }),
        ("erase_inplace", |x| {
            erase_options(x, 0, 0, 24, 33, &Tensor::from(0.5_f32)).inplace(true).call()
        }),
        ("adjust_gamma_int16", |x| {
            adjust_gamma(&convert_image_dtype_options(x).dtype(Kind::Int16).call()?, 2)
        }),
        ("gaussian_blur_batch", |x| gaussian_blur(&x.i(None).to_kind(Kind::Double), 3)),
        ("gaussian_blur_int16", |x| gaussian_blur(&(x * 1000).to_kind(Kind::Int16), 3)),
        ("get_dimensions", |x| Ok(Tensor::from_slice(&get_dimensions(x)?))),
        ("get_dimensions_grey", |x| Ok(Tensor::from_slice(&get_dimensions(&x.i(0))?))),
        ("get_dimensions_batch", |x| Ok(Tensor::from_slice(&get_dimensions(&x.i(None))?))),
    ]
}

type Transforms = Vec<(&'static str, Box<dyn Transform>)>;

/// A table of transforms, boxed.
macro_rules! table {
    ($($name:literal: $transform:expr,)*) => { vec![$(($name, Box::new($transform))),*] };
}

/// Of bytes, which are Pillow images in Python.
fn of_bytes() -> Transforms {
    table! {
        "to_tensor": ToTensor::new(),
        "resize": Resize::new([15, 20]),
        "resize_edge": Resize::new(16),
        "resize_edge_max_size": Resize::options(40).max_size(50).build(),
        "resize_nearest": Resize::options([17, 40]).interpolation(M::Nearest).build(),
        "resize_bicubic": Resize::options([15, 50]).interpolation(M::Bicubic).build(),
        "resize_box": Resize::options([9, 21]).interpolation(M::Box).build(),
        "resize_hamming": Resize::options([11, 32]).interpolation(M::Hamming).build(),
        "resize_lanczos": Resize::options([50, 10]).interpolation(M::Lanczos).build(),
        "center_crop": CenterCrop::new(16),
        "center_crop_larger": CenterCrop::new([31, 20]),
        "random_crop": RandomCrop::new([16, 20]),
        "random_crop_padding": RandomCrop::options(24).padding(4).build(),
        "random_crop_fill":
            RandomCrop::options(26).padding([2, 5]).fill([10.0, 200.0, 77.0]).build(),
        "random_crop_edge":
            RandomCrop::options(26).padding([1, 2, 3, 4]).padding_mode(PaddingMode::Edge).build(),
        "random_crop_reflect":
            RandomCrop::options(30).padding(30).padding_mode(PaddingMode::Reflect).build(),
        "random_crop_symmetric":
            RandomCrop::options([30, 50]).padding(40).padding_mode(PaddingMode::Symmetric).build(),
        "random_crop_if_needed": RandomCrop::options([40, 36]).pad_if_needed(true).build(),
        "random_resized_crop": RandomResizedCrop::new(20),
        "random_resized_crop_options":
            RandomResizedCrop::options([12, 30])
                .scale((0.3, 0.5))
                .ratio((0.5, 3.0))
                .interpolation(M::Bicubic)
                .build(),
        "random_resized_crop_too_wide":
            RandomResizedCrop::options(20).scale((0.9, 1.0)).ratio((4.0, 5.0)).build(),
        "random_resized_crop_too_tall":
            RandomResizedCrop::options(20).scale((0.9, 1.0)).ratio((0.1, 0.2)).build(),
        "random_horizontal_flip": RandomHorizontalFlip::default(),
        "random_horizontal_flip_p": RandomHorizontalFlip::new(0.1),
        "random_vertical_flip": RandomVerticalFlip::default(),
        "random_vertical_flip_p": RandomVerticalFlip::new(0.1),
        "random_rotation": RandomRotation::new(30.0),
        "random_rotation_bilinear":
            RandomRotation::options((10.0, 80.0))
                .interpolation(M::Bilinear)
                .fill([255.0, 3.0, 70.0])
                .build(),
        "random_rotation_bicubic":
            RandomRotation::options((-200.0, -100.0)).interpolation(M::Bicubic).build(),
        "random_rotation_expand":
            compose![RandomRotation::options(90.0).expand(true).build(), CenterCrop::new(40)],
        "random_rotation_center":
            RandomRotation::options(45.0).center([3.0, 20.0]).fill(9.0).build(),
        "random_rotation_quarter": RandomRotation::options((90.0, 90.0)).expand(true).build(),
        "random_rotation_three_quarters":
            RandomRotation::options((270.0, 270.0)).expand(true).build(),
        "random_rotation_half": RandomRotation::new((180.0, 180.0)),
        "random_rotation_half_center":
            RandomRotation::options((180.0, 180.0)).center([10.0, 12.0]).fill(100.0).build(),
        "random_rotation_quarter_kept":
            RandomRotation::options((90.0, 90.0)).interpolation(M::Bilinear).build(),
        "color_jitter_brightness": ColorJitter::options().brightness(0.7).build(),
        "color_jitter_contrast": ColorJitter::options().contrast((0.2, 3.0)).build(),
        "color_jitter_saturation": ColorJitter::options().saturation(2.0).build(),
        "color_jitter_hue": ColorJitter::options().hue(0.5).build(),
        "color_jitter": jitter(),
        "color_jitter_hue_range":
            ColorJitter::options().brightness((1.5, 2.5)).hue((-0.3, -0.1)).build(),
        "grayscale": Grayscale::new(1),
        "grayscale_three": Grayscale::new(3),
    }
}

/// Of floats, which are tensors on both sides.
fn of_floats() -> Transforms {
    table! {
        "resize": Resize::new([15, 20]),
        "resize_aliased": Resize::options([15, 20]).antialias(false).build(),
        "resize_bicubic": Resize::options([40, 20]).interpolation(M::Bicubic).build(),
        "resize_bicubic_aliased":
            Resize::options([15, 50]).interpolation(M::Bicubic).antialias(false).build(),
        "resize_nearest": Resize::options([17, 40]).interpolation(M::Nearest).build(),
        "resize_nearest_exact": Resize::options([17, 40]).interpolation(M::NearestExact).build(),
        "center_crop": CenterCrop::new([15, 18]),
        "random_crop": RandomCrop::options(26).padding(3).fill(0.3).build(),
        "random_crop_reflect":
            RandomCrop::options(20).padding([5, 7]).padding_mode(PaddingMode::Reflect).build(),
        "random_crop_symmetric":
            RandomCrop::options(20).padding(5).padding_mode(PaddingMode::Symmetric).build(),
        "random_resized_crop": RandomResizedCrop::new(20),
        "random_resized_crop_aliased":
            RandomResizedCrop::options([30, 12])
                .interpolation(M::Bicubic)
                .antialias(false)
                .build(),
        "random_horizontal_flip": RandomHorizontalFlip::new(0.8),
        "random_vertical_flip": RandomVerticalFlip::new(0.8),
        "random_rotation": RandomRotation::new(30.0),
        "random_rotation_bilinear":
            RandomRotation::options(60.0)
                .interpolation(M::Bilinear)
                .fill([0.1, 0.2, 0.9])
                .build(),
        "random_rotation_expand":
            compose![RandomRotation::options(90.0).expand(true).build(), CenterCrop::new(40)],
        "random_rotation_center":
            RandomRotation::options((0.0, 45.0))
                .interpolation(M::Bilinear)
                .center([3.0, 20.0])
                .build(),
        "color_jitter_brightness": ColorJitter::options().brightness(0.7).build(),
        "color_jitter_contrast": ColorJitter::options().contrast((0.2, 3.0)).build(),
        "color_jitter_saturation": ColorJitter::options().saturation(2.0).build(),
        "color_jitter_hue": ColorJitter::options().hue(0.5).build(),
        "color_jitter": jitter(),
        "grayscale": Grayscale::new(1),
        "grayscale_three": Grayscale::new(3),
        "random_erasing": RandomErasing::default(),
        "random_erasing_random": RandomErasing::options().p(0.9).value(Value::Random).build(),
        "random_erasing_colors":
            RandomErasing::options()
                .p(0.3)
                .scale((0.3, 0.9))
                .ratio((0.1, 8.0))
                .value([0.2, 0.4, 0.6])
                .build(),
        "normalize": Normalize::new([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]),
        "normalize_one": Normalize::new([0.5], [0.25]),
        "convert_to_bytes": ConvertImageDtype::new(Kind::Uint8),
        "convert_to_double": ConvertImageDtype::new(Kind::Double),
        "convert_to_short": ConvertImageDtype::new(Kind::Int16),
        "convert_bytes":
            compose![
                ConvertImageDtype::new(Kind::Uint8),
                ConvertImageDtype::new(Kind::Int),
                ConvertImageDtype::new(Kind::Int8),
                ConvertImageDtype::new(Kind::Float),
            ],
        "short_color_jitter": compose![ConvertImageDtype::new(Kind::Int16), jitter()],
        "int_color_jitter":
            compose![
                ConvertImageDtype::new(Kind::Uint8),
                ConvertImageDtype::new(Kind::Int),
                ColorJitter::options().brightness(0.4).contrast(0.4).saturation(0.4).build(),
            ],
        "double_color_jitter": compose![ConvertImageDtype::new(Kind::Double), jitter()],
        "short_resize": compose![ConvertImageDtype::new(Kind::Int16), Resize::new([15, 20])],
        "short_random_rotation":
            compose![
                ConvertImageDtype::new(Kind::Int16),
                RandomRotation::options(60.0).interpolation(M::Bilinear).fill(500.0).build(),
            ],
        "short_random_crop":
            compose![
                ConvertImageDtype::new(Kind::Int16),
                RandomCrop::options(26).padding(3).fill(9.0).build(),
                Grayscale::new(1),
            ],
        "lambda": Lambda::new(|image: &Tensor| image.rsub_scalar(1)),
        "lambda_that_draws":
            compose![Lambda::new(noisy), RandomHorizontalFlip::default(), Lambda::new(noisy)],
    }
}

/// Of one channel.
fn of_grey() -> Transforms {
    table! {
        "resize": Resize::options([40, 13]).interpolation(M::Lanczos).build(),
        "random_rotation":
            RandomRotation::options(30.0).interpolation(M::Bilinear).fill(50.0).build(),
        "color_jitter": jitter(),
        "grayscale_three": Grayscale::new(3),
    }
}

/// As people train on CIFAR-10 and ImageNet.
fn recipes() -> Transforms {
    table! {
        "cifar":
            compose![
                RandomCrop::options(24).padding(4).build(),
                RandomHorizontalFlip::default(),
                ToTensor::new(),
                Normalize::new([0.4914, 0.4822, 0.4465], [0.247, 0.243, 0.261]),
                RandomErasing::default(),
            ],
        "imagenet":
            compose![
                RandomResizedCrop::new(16),
                RandomHorizontalFlip::default(),
                ColorJitter::options().brightness(0.3).contrast(0.3).saturation(0.3).build(),
                ToTensor::new(),
            ],
    }
}

fn jitter() -> ColorJitter {
    ColorJitter::options().brightness(0.4).contrast(0.4).saturation(0.4).hue(0.1).build()
}

/// A transform of one's own that draws.
fn noisy(image: &Tensor) -> Tensor {
    image + torch::rand([3, 1, 1])
}

/// An image of random bytes, brought to another size.
fn resized(image: [i64; 3], size: [usize; 2]) -> Case {
    Box::new(move || {
        let pixels = Tensor::randint(256, image, (Kind::Uint8, Device::Cpu));
        let output = Resize::new(size).apply(&pixels).unwrap();
        StateDict::from([("input.0".into(), pixels), ("output".into(), output)])
    })
}

/// Images of random bytes, as data sets hold them.
struct Images {
    bytes: Vec<u8>,
    size: [i64; 3],
}

impl Dataset for Images {
    type Sample = (Tensor, Tensor);

    fn len(&self) -> usize {
        100
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        let length = self.size.iter().product::<i64>() as usize;
        let image = Tensor::from_slice(&self.bytes[index * length..][..length]).view(self.size);
        Ok((image, Tensor::from(index as i64)))
    }

    fn is_uniform(&self) -> bool {
        true
    }
}

/// A transform over a hundred images of random bytes, in batches of seven from a loader.
fn over_images(
    transform: impl Fn() -> Box<dyn Transform> + 'static,
    floats: bool,
    channels: i64,
    workers: usize,
) -> Case {
    Box::new(move || {
        let size = [channels, 24, 33];
        let pixels = Tensor::randint(256, [100, channels, 24, 33], (Kind::Uint8, Device::Cpu));
        let bytes = Vec::try_from(pixels.view([-1])).unwrap();
        let mut steps = vec![transform()];
        if floats {
            steps.insert(0, Box::new(ToTensor::new()));
        }
        let dataset = Transformed::new(Images { bytes, size }, Compose::new(steps));
        let loader = DataLoader::options(dataset).batch_size(7).num_workers(workers);
        let batches: Vec<_> =
            loader.build().unwrap().iter().map(|batch| batch.unwrap().0).collect();
        let output = Tensor::cat(&batches, 0);
        let flat = output.to_kind(Kind::Double).flatten(1, -1);
        let place = Tensor::arange(flat.size()[1], (Kind::Double, Device::Cpu)).remainder(101);
        let sums = (flat * place).sum_dim_intlist(1, false, None);
        StateDict::from([("images".into(), output), ("sums".into(), sums)])
    })
}

/// Ten images in rows.
fn grid(make: impl Fn(&Tensor) -> Result<Tensor> + 'static) -> Case {
    Box::new(move || {
        let images = Tensor::randn([10, 3, 6, 7], (Kind::Float, Device::Cpu));
        let grid = make(&images).unwrap();
        StateDict::from([("grid".into(), grid), ("kept".into(), images)])
    })
}

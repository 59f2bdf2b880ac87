//! PyTorch's nn, optim and data in Rust, on libtorch: the same names, the same numbers, to the
//! last bit.
//!
//! ```
//! use flambeau::prelude::*;
//!
//! random::manual_seed(0);
//! let model =
//!     nn::sequential!(nn::Linear::new(4, 9), nn::ReLU::new(), nn::Linear::new(9, 3));
//! println!("{model}"); // what Python prints
//!
//! let criterion = nn::CrossEntropyLoss::new();
//! let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
//!
//! let inputs = torch::randn([8, 4]);
//! let labels = torch::randint(3, [8]);
//! optimizer.zero_grad();
//! let loss = criterion.forward(&model.forward(&inputs), &labels);
//! loss.backward();
//! optimizer.step();
//! ```
//!
//! # Layout
//!
//! Each folder uses only those above it in this list.
//!
//! | module | what it holds |
//! |---|---|
//! | `ffi` | the few entry points of libtorch that tch lacks, and all of the `unsafe` |
//! | [`mod@file`] | files that appear whole or not at all |
//! | [`Dtype`] | `torch.dtype`, those included that tch has no name for |
//! | [`keep_memory`] | freed memory stays with the process, for its next step |
//! | [`MemoryFormat`] | in which order images lie in memory |
//! | [`distributed`] | several processes that compute together; knows nothing of `nn` |
//! | [`random`] | the seed, the generator's state, generators of one's own |
//! | [`torch`] | what Python has under `torch` and tch's `Tensor` lacks |
//! | [`nn`] | [`Module`](nn::Module), layers, losses, containers, their initial values |
//! | [`object`] | what Python keeps beside tensors |
//! | [`optim`] | optimizers, one file an algorithm |
//! | [`amp`] | computing in bf16 or half precision, and scaling gradients for the latter |
//! | [`data`] | [`Dataset`](data::Dataset)s, [`Sampler`](data::Sampler)s and [`DataLoader`](data::DataLoader) |
//! | [`vision`] | datasets of images, image files, and what is done to images |
//! | [`models`] | the course notebook's convolution and models |
//! | [`plot`] | curves, confusion matrices, kernels and feature maps as PNG |
//! | [`serialize`] | state dictionaries and checkpoints as files |
//! | [`train`] | around the training loop: checkpoints, progress, Ctrl-C, accuracy, TensorBoard |
//! | [`cli`] | the arguments and the training loop that the examples share |
//!
//! # From PyTorch's names to ours
//!
//! | PyTorch | here |
//! |---|---|
//! | `class CNN(nn.Module)`, `__init__` | a struct with [`#[derive(Module)]`](derive@nn::Module), its `new` |
//! | `def forward(self, x)` | [`impl nn::Forward`](nn::Forward) |
//! | `model(x)` | `model.forward(&x)`, or tch's `x.apply(&model)`; [`nn::call(&model, &x)`](nn::call) where only the trait is known |
//! | `nn.Conv2d(3, 6, 5, padding=1)` | `nn::Conv2d::options(3, 6, 5).padding(1).build()` |
//! | `nn.Conv1d`, `nn.MaxPool3d`, `nn.BatchNorm2d`, … | one generic type for each family over N sides: [`nn::Conv`], [`nn::MaxPool`], [`nn::BatchNorm`], … |
//! | `nn.ReLU(inplace=True)` | `nn::ReLU::options().inplace(true).build()` |
//! | `nn.init.kaiming_normal_(w, mode="fan_out")` | [`nn::init::kaiming_normal_options(&w).mode("fan_out").call()`](fn@nn::init::kaiming_normal_) |
//! | `nn.RNN`, `nn.LSTM`, `nn.GRU`, and `…Cell` | [`nn::RNN`], [`nn::LSTM`], [`nn::GRU`], and `…Cell` |
//! | `rnn(x, hx)` | `rnn.forward_options(&x).hx(&hx).call()` |
//! | `rnn(pack_padded_sequence(x, lengths))` | [`rnn.forward(&pack_padded_sequence(&x, lengths))`](nn::utils::rnn) |
//! | `nn.Sequential(a, b)` | [`nn::sequential!(a, b)`](nn::sequential!) |
//! | `nn.ModuleList([a, b])`, `nn.ModuleDict` | [`nn::ModuleList`], [`nn::ModuleDict`] |
//! | `nn.MultiheadAttention`, `nn.Transformer`, and its layers | [`nn::MultiheadAttention`], [`nn::Transformer`], and its layers |
//! | `torch.nn.functional as F` | [`nn::functional`], `F` in the [`prelude`] |
//! | `F.interpolate(x, scale_factor=2)` | [`F::interpolate_options(&x).scale_factor(2).call()`](fn@nn::functional::interpolate) |
//! | `F.cross_entropy(x, y, label_smoothing=0.1)` | [`F::cross_entropy_options(&x, &y).label_smoothing(0.1).call()`](nn::functional) |
//! | `class SamePad(nn.Conv2d)` | a struct with a [flattened](derive@nn::Module#a-class-that-derives-from-a-layer) `nn::Conv2d` |
//! | `nn.Dropout(0.5)`, `nn.Dropout()` | `nn::Dropout::new(0.5)`, `nn::Dropout::default()` |
//! | `decoder.weight = embedding.weight` | [`decoder.weight = embedding.weight.tie()`](nn::Parameter::tie) |
//! | `torch.jit.load(path)`, as a member of a model too | [`jit::load(path)?`](jit::load) |
//! | `copy.deepcopy(model)` | [`nn::deepcopy(&model)`](fn@nn::deepcopy) |
//! | one module at two places | [`nn::Shared`] |
//! | `nn.Parameter`, `nn.Buffer`, `self.training` | [`nn::Parameter`], [`nn::Buffer`], [`nn::Training`] |
//! | `model.state_dict()`, `model.load_state_dict(d)` | the same, in [`nn::Module`] |
//! | `model.register_forward_hook(f)` | [`model.register_forward_hook(f)`](nn::Module::register_forward_hook) |
//! | `torchinfo.summary(model, size)` | [`model.summary(size)`](nn::Forward::summary) |
//! | `model.to(device)`, `model.eval()` | `model.to(device)?`, `model.eval()`, in [`nn::Module`] |
//! | `model.to(memory_format=torch.channels_last)`, `x.to(…)` | [`model.to(MemoryFormat::ChannelsLast)?`](MemoryFormat), `MemoryFormat::ChannelsLast.to(&x)` |
//! | `with torch.autocast("cpu", dtype=torch.bfloat16):` | [`amp::autocast_options(Device::Cpu).dtype(Kind::BFloat16).call(\|\| …)`](fn@amp::autocast) |
//! | `scaler = torch.amp.GradScaler("cuda")`, `scaler.step(optimizer)` | [`GradScaler::new(Device::Cuda(0))`](amp::GradScaler), `scaler.step(&mut optimizer)` |
//! | `optim.Adam(model.parameters(), lr=1e-3)` | [`optim::Adam::new(model.parameters(), 1e-3)`](optim::Adam::new) |
//! | `optim.SGD(…, momentum=0.9)` | `optim::SGD::options(…).momentum(0.9).build()` |
//! | `optim.SGD([{"params": a}, {"params": b, "lr": 1e-2}], …)` | [`sgd.add_param_group(b, \|group\| group.lr = 1e-2)`](optim::Optim::add_param_group) |
//! | `optim.LBFGS(…)`, `optimizer.step(closure)` | [`optim::LBFGS`], [`optimizer.step(closure)`](optim::LBFGS::step) |
//! | `optimizer.state_dict()`, `load_state_dict(d)` | the same, in [`optim::Optimizer`]; what is no tensor is an [`object::Object`] |
//! | `torch.save(d, path)`, `torch.load(path)` | [`serialize::pt::save(&d, path)?`](serialize::pt::save), [`pt::load(path)?`](serialize::pt::load) |
//! | `torch.load(path, mmap=True)`, `torch.uint16` | [`pt::load_options(path).mmap(true).call()?`](fn@serialize::pt::load), [`Dtype::UInt16`](Dtype) |
//! | `safetensors.torch.save_file(d, path, metadata)` | [`serialize::safetensors::save_file_options(&d, path).metadata(metadata).call()?`](serialize::safetensors::save_file_options) |
//! | `scheduler = StepLR(optimizer, 30)`, `scheduler.step()` | [`StepLR::new(&mut optimizer, 30)`](optim::lr_scheduler), `scheduler.step(&mut optimizer)` |
//! | `swa_utils.AveragedModel(model)`, `update_parameters(model)` | [`AveragedModel::new(&model)`](optim::swa_utils::AveragedModel), `update_parameters(&model)` |
//! | `DataLoader(trainset, batch_size=4, shuffle=True)` | `DataLoader::options(trainset).batch_size(4).shuffle(true).build()?` |
//! | `DataLoader(trainset, collate_fn=pad)` | [`DataLoader::options(trainset.collate_fn(pad)).build()?`](data::Dataset::collate_fn) |
//! | `DataLoader(trainset, sampler=WeightedRandomSampler(w, n))` | `DataLoader::options(trainset).sampler(WeightedRandomSampler::new(w, n)?).build()?`, all in [`data`] |
//! | `TensorDataset(x, y)`, `random_split(dataset, [0.9, 0.1])` | [`TensorDataset::new((x, y))?`](data::TensorDataset), [`random_split(dataset, [0.9, 0.1])?`](fn@data::random_split) |
//! | `torchvision.datasets.CIFAR10(root, download=True)` | [`Cifar10::options(root).download(true).build()?`](vision::datasets::Cifar10::options) |
//! | `torchvision.datasets.CIFAR100(root, train=False)` | [`Cifar100::options(root).train(false).build()?`](vision::datasets::Cifar100::options) |
//! | `torchvision.datasets.MNIST(root)`, `FashionMNIST` | [`Mnist::new(root)?`](vision::datasets::Mnist::new), [`FashionMnist`](vision::datasets::FashionMnist) |
//! | `torchvision.datasets.ImageFolder(root)` | [`ImageFolder::new(root)?`](vision::datasets::ImageFolder::new) |
//! | `transforms.Compose([a, b])` | [`transforms::compose![a, b]`](vision::transforms::compose!) |
//! | `transforms.Resize((32, 32))` | [`transforms::Resize::new([32, 32])`](vision::transforms::Resize) |
//! | `transforms.functional.resize(image, 32, antialias=False)` | [`transforms::functional::resize_options(&image, 32).antialias(false).call()?`](vision::transforms::functional::resize) |
//! | `transforms.RandomCrop(32, padding=4)` | [`transforms::RandomCrop::options(32).padding(4).build()`](vision::transforms::RandomCrop) |
//! | `make_grid(images, nrow=4)`, `save_image(images, path)` | [`make_grid_options(&images).nrow(4).call()?`](fn@vision::utils::make_grid), [`save_image(&images, path)?`](fn@vision::utils::save_image) |
//! | `torchvision.io.read_image(path, mode="RGB")` | [`vision::io::read_image_options(path).mode("RGB").call()?`](fn@vision::io::read_image) |
//! | `nn.utils.clip_grad_norm_(model.parameters(), 1.0)` | [`nn::utils::clip_grad_norm_(&model.parameters(), 1)`](fn@nn::utils::clip_grad_norm_) |
//! | `parametrizations.weight_norm(layer)`, `spectral_norm(layer)` | [`nn::utils::parametrizations`] |
//! | `nn.utils.weight_norm(layer)`, with the keys of old | [`nn::utils::weight_norm(layer)`](fn@nn::utils::weight_norm) |
//! | `SummaryWriter(log_dir)`, `writer.add_scalar("loss", x, step)` | [`SummaryWriter::new(log_dir)?`](train::tensorboard::SummaryWriter), `writer.add_scalar("loss", x, step)?` |
//! | `torch.distributed.init_process_group("gloo")` | [`distributed::init_process_group()?`](fn@distributed::init_process_group) |
//! | `dist.all_reduce(x, op=dist.ReduceOp.MAX, async_op=True)` | [`dist::all_reduce_options(&x).op(ReduceOp::Max).async_op()?`](distributed::all_reduce) |
//! | `dist.all_gather_object(all, value)` | [`let all = dist::all_gather_object(&value)?`](fn@distributed::all_gather_object) |
//! | `DistributedDataParallel(model, find_unused_parameters=True)` | [`DistributedDataParallel::options(model).find_unused_parameters(true).build()?`](nn::parallel::DistributedDataParallel) |
//! | `with ddp.no_sync():` | [`ddp.no_sync(\|\| …)`](nn::parallel::DistributedDataParallel::no_sync) |
//! | `nn.SyncBatchNorm.convert_sync_batchnorm(model)` | [`nn::SyncBatchNorm::convert_sync_batchnorm(model)`](nn::SyncBatchNorm) |
//! | `torch.manual_seed(0)` | [`random::manual_seed(0)`](random::manual_seed) |
//! | `loss.item()`, `x.shape`, `x.float()` | [`loss.item()`, `x.shape()`, `x.float()`](torch::TensorExt) |
//! | `x[:, ::2]`, `x[mask] = 0` | [`x.i((.., (..).step(2)))`](torch::TensorExt::i), [`x.set_i(&mask, 0)`](torch::TensorExt::set_i) |
//! | `x.mean(dim=1)` | [`torch::mean_options(&x).dim(1).call()`](fn@torch::mean); more in [`torch::from_python`] |
//! | `with torch.no_grad():` | [`no_grad(\|\| …)`](fn@torch::no_grad) |
//!
//! A whole model need not be typed: [`moving_a_model`] shows how `scripts/port` writes its Rust.
//!
//! # Errors
//!
//! What a user can cause is an [`Error`] that names the file or the argument and says what to
//! do. A shape that does not fit is a programmer's mistake: it panics in PyTorch's words, and
//! names the layer in which it happened (how, and what that does to the panic hook, stands at
//! [`nn::call`]).
#![warn(missing_docs)]

// The macros name this crate as users do.
extern crate self as flambeau;

pub mod amp;
mod checksum;
#[cfg(feature = "cli")]
pub mod cli;
pub mod data;
mod device;
pub mod distributed;
mod dtype;
mod error;
mod ffi;
pub mod file;
mod forgotten;
pub mod jit;
mod memory;
mod memory_format;
pub mod models;
pub mod moving_a_model;
pub mod nn;
pub mod object;
pub mod optim;
pub mod plot;
pub mod random;
mod refusal;
mod repr;
mod screen;
pub mod serialize;
pub mod torch;
pub mod train;
pub mod vision;
mod warning;

pub use dtype::Dtype;
pub use error::{Error, Result};
pub use ffi::{Layout, torch_version};
pub use memory::keep_memory;
pub use memory_format::MemoryFormat;
pub use screen::set_quiet;

pub use tch;
pub use tch::{Device, Kind, Tensor};

pub mod prelude {
    //! What a program in PyTorch's style uses: `use flambeau::prelude::*;`.

    pub use crate::data::{self, DataLoader, Dataset};
    #[doc(hidden)]
    pub use crate::forgotten::Keywords as _;
    pub use crate::nn::{self, Forward, Module, functional as F};
    pub use crate::optim::lr_scheduler::LRScheduler as _;
    pub use crate::optim::{self, Optimizer};
    pub use crate::torch::{self, Ellipsis, Step as _, TensorExt as _, Unpack as _, no_grad};
    pub use crate::vision::datasets::{self, Cifar10};
    pub use crate::vision::transforms::{self, Transform};
    pub use crate::{Device, Error, Kind, Result, Tensor, models, random};
}

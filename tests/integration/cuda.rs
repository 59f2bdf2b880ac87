//! CUDA's library is opened where there is an NVIDIA driver, and only there.
//!
//! Neither needs a GPU to be seen: what a process has opened stands in `/proc/self/maps`, and a
//! driver is, to the one who looks, a `libcuda.so.1` that can be opened. So a process is started
//! with a stand-in of that name and one without.

use std::fs;
use std::path::Path;
use std::process::Command;

use flambeau::amp::{GradScaler, autocast};
use flambeau::prelude::*;

#[test]
fn it_is_opened_where_there_is_a_driver() {
    let folder = tempfile::tempdir().unwrap();
    let (source, driver) = (folder.path().join("driver.cpp"), folder.path().join("libcuda.so.1"));
    fs::write(&source, "").unwrap();
    let compiler = std::env::var("CXX").unwrap_or("c++".into());
    let compiled = Command::new(compiler).args(["-shared", "-o"]).args([&driver, &source]).status();
    assert!(compiled.unwrap().success());

    let opened = opened_by_a_process_that_finds(folder.path());
    assert!(opened.contains("libcuda.so.1"), "{opened}");
    // A libtorch for CPUs alone has nothing to open.
    assert_eq!(opened.contains("libtorch_cuda.so"), libtorch_has_cuda(), "{opened}");
}

#[test]
fn it_is_not_opened_where_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let opened = opened_by_a_process_that_finds(folder.path());
    assert!(opened.contains("libtorch_cpu.so"), "{opened}");
    // On a machine that has a driver both are there.
    let driver = opened.contains("libcuda.so.1");
    assert_eq!(opened.contains("libtorch_cuda.so"), driver && libtorch_has_cuda(), "{opened}");
}

/// Whether libtorch's CUDA part lies beside the libtorch that this process runs on.
fn libtorch_has_cuda() -> bool {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| line.ends_with("/libtorch_cpu.so")).expect("libtorch");
    let path = Path::new(&line[line.find('/').unwrap()..]);
    path.with_file_name("libtorch_cuda.so").exists()
}

/// The libraries of a process that looks for libraries in `folder` first.
fn opened_by_a_process_that_finds(folder: &Path) -> String {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cuda::tells_what_it_has_opened", "--ignored", "--nocapture"])
        .env("LD_LIBRARY_PATH", folder)
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    String::from_utf8(child.stdout).unwrap()
}

#[test]
#[ignore = "it is the process that the other tests start"]
fn tells_what_it_has_opened() {
    // A first question about CUDA, as a program would ask it.
    println!("CUDA is available: {}", tch::Cuda::is_available());
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        if let Some((_, library)) = line.rsplit_once('/') {
            println!("{library}");
        }
    }
}

#[test]
#[ignore = "needs a GPU"]
fn a_model_that_moves_to_the_gpu_trains_there_with_its_optimizer() {
    for fused in [false, true] {
        let _generator = crate::seeded(0);
        let model = models::sequential_cnn();
        let mut optimizer = optim::Adam::options(model.parameters()).fused(fused).build();
        let images = Tensor::randn([4, 3, 32, 32], (Kind::Float, Device::Cpu));
        let before = model.forward(&images);
        model.forward(&images).sum(Kind::Float).backward();

        model.to(Device::Cuda(0)).unwrap();
        let images = images.to_device(Device::Cuda(0));
        let after = model.forward(&images);
        assert_eq!(after.device(), Device::Cuda(0));
        assert!((after.to_device(Device::Cpu) - &before).abs().max().double_value(&[]) < 1e-4);
        optimizer.step();
        let moved = model.forward(&images).to_device(Device::Cpu) - before;
        assert!(moved.abs().max().double_value(&[]) > 0.0);
    }
}

#[test]
#[ignore = "needs a GPU"]
fn a_scaler_leaves_out_a_step_and_goes_on_on_the_gpu() {
    for fused in [false, true] {
        let _generator = crate::seeded(0);
        let model = models::sequential_cnn();
        model.to(Device::Cuda(0)).unwrap();
        let mut optimizer = optim::Adam::options(model.parameters()).fused(fused).build();
        let mut scaler = GradScaler::new(Device::Cuda(0));
        let images = Tensor::randn([4, 3, 32, 32], (Kind::Float, Device::Cuda(0)));
        let weights = || model.parameters().iter().map(Tensor::copy).collect::<Vec<_>>();
        for factor in [1.0, f64::INFINITY, 1.0] {
            let before = weights();
            optimizer.zero_grad();
            let output = autocast(Device::Cuda(0), || model.forward(&images));
            let loss = output.to_kind(Kind::Float).square().mean(Kind::Float) * factor;
            scaler.scale(&loss).backward();
            scaler.step(&mut optimizer);
            scaler.update();
            assert_eq!(weights() != before, factor == 1.0);
        }
        assert_eq!(scaler.get_scale(), 32768.0);
        assert_eq!(optimizer.state()[0]["step"].double_value(&[]), 2.0);
    }
}

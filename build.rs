//! Compiles the shim and tells the linker, and those who depend on us, where libtorch lies.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    // torch-sys has found libtorch already, by whichever way it was given.
    let lib = env::var("DEP_TCH_LIBTORCH_LIB").expect("torch-sys names libtorch's library folder");
    let lib = PathBuf::from(lib);
    let headers = headers(&lib).join("include");
    // First of all, since it may end the build with what is missing.
    if env_var("CARGO_FEATURE_NCCL").is_some() {
        compile_nccl(&lib, &headers);
    }

    let files = [
        "adam",
        "convolution",
        "distributed",
        "index",
        "op",
        "pooling",
        "reducer",
        "script",
        "shim",
        "tensor",
    ]
    .map(|file| format!("src/ffi/{file}.cpp"));
    let others = ["convolution.h", "convolution_loops.cpp", "distributed.h", "gloo", "shim.h"]
        .map(|f| format!("src/ffi/{f}"));
    for file in files.iter().chain(&others) {
        println!("cargo:rerun-if-changed={file}");
    }

    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("c++20")
        .warnings(false)
        .include(&headers)
        .include(headers.join("torch/csrc/api/include"))
        // In place of Gloo's own headers, which libtorch comes without.
        .include("src/ffi")
        .define("USE_C10D_GLOO", None)
        // Or a call of a base class would be taken for one of Gloo's, which libtorch may hide.
        .flag_if_supported("-fno-devirtualize-speculatively")
        .files(files)
        // Numbers round where it is written that they do, and loops over them are vectorised.
        .opt_level(3)
        .flag("-ffp-contract=off")
        .flag("-fno-math-errno")
        .flag("-fno-trapping-math");
    if let Some(abi) = env_var("LIBTORCH_CXX11_ABI") {
        build.define("_GLIBCXX_USE_CXX11_ABI", abi.as_str());
    }
    build.compile("flambeau_shim");
    compile_convolution_loops();

    // The loader then finds libtorch without LD_LIBRARY_PATH. Linker arguments stay with the
    // package that gives them: a program that depends on us repeats this line (see the README).
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
    println!("cargo:libtorch_lib={}", lib.display());
    link_within_target(&lib);
}

/// Whatever cargo starts, at any depth of dependencies, finds shared libraries in the folders that
/// build scripts link from, so far as they lie in the target folder: libtorch's gets a link there.
fn link_within_target(lib: &Path) {
    let link = PathBuf::from(env::var("OUT_DIR").expect("cargo names a folder")).join("libtorch");
    let _ = fs::remove_file(&link);
    // Without it there is still the rpath, and LD_LIBRARY_PATH.
    if symlink(lib, &link).is_ok() {
        println!("cargo:rustc-link-search=native={}", link.display());
    }
}

/// Loops that want each processor's own registers and instructions, chosen when the program runs.
fn compile_convolution_loops() {
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64") {
        for (processor, flags) in [("avx2", &["-mavx2", "-mfma"][..]), ("avx512", &["-mavx512f"])] {
            let mut build = cc::Build::new();
            build.cpp(true).std("c++20").warnings(false).file("src/ffi/convolution_loops.cpp");
            build.define("FLAMBEAU_PROCESSOR", processor).opt_level(3).flag("-ffp-contract=fast");
            flags.iter().for_each(|flag| _ = build.flag(flag));
            build.compile(&format!("flambeau_convolution_{processor}"));
        }
    }
}

/// What the feature `nccl` adds: the face of NCCL, which is in libtorch's part for CUDA.
fn compile_nccl(lib: &Path, headers: &Path) {
    println!("cargo:rerun-if-changed=src/ffi/nccl.cpp");
    if !lib.join("libtorch_cuda.so").is_file() {
        missing(&format!(
            "the libtorch at {} is for the CPU alone: libtorch_cuda.so is not there. Take one for CUDA, \
             or build without the feature.",
            lib.display()
        ));
    }
    // Wheels lie beside torch, each in a folder of its own; else they are CUDA's own.
    let wheels = fs::read_dir(lib.join("../../nvidia")).into_iter().flatten().flatten();
    let mut folders: Vec<_> = wheels.map(|wheel| wheel.path().join("include")).collect();
    folders.sort();
    let homes = ["CUDA_HOME", "CUDA_PATH"].iter().filter_map(|name| env_var(name));
    folders.extend(homes.map(|home| PathBuf::from(home).join("include")));
    folders.extend(["/usr/local/cuda/include", "/usr/include"].map(PathBuf::from));
    for (header, package) in [
        ("nccl.h", "nvidia-nccl-cu13"),
        ("cuda_runtime_api.h", "nvidia-cuda-runtime"),
        ("crt/host_config.h", "nvidia-cuda-crt"),
        ("nv/target", "nvidia-cuda-cccl"),
    ] {
        if !folders.iter().any(|folder| folder.join(header).is_file()) {
            missing(&format!(
                "{header} was found neither beside libtorch nor in CUDA_HOME nor in /usr/local/cuda. \
                 Install Python's package {package} where libtorch's wheel is; scripts/cargo does so."
            ));
        }
    }
    folders.retain(|folder| folder.is_dir() && folder != Path::new("/usr/include"));
    cc::Build::new()
        .cpp(true)
        .std("c++20")
        .warnings(false)
        .include(headers)
        .include(headers.join("torch/csrc/api/include"))
        .includes(folders)
        .define("USE_C10D_NCCL", None)
        .flag_if_supported("-Wno-interference-size")
        .file("src/ffi/nccl.cpp")
        .compile("flambeau_nccl");
    println!("cargo:rustc-link-lib=torch_cuda");
    println!("cargo:rustc-link-lib=c10_cuda");
}

/// Ends the build with what it lacks.
fn missing(what: &str) -> ! {
    println!("cargo::error=the feature nccl: {what}");
    std::process::exit(1)
}

/// The folder above `include/`: beside the library, unless LIBTORCH_INCLUDE says otherwise.
fn headers(lib: &Path) -> PathBuf {
    match (env_var("LIBTORCH_USE_PYTORCH"), env_var("LIBTORCH_INCLUDE")) {
        (None, Some(include)) => PathBuf::from(include),
        _ => lib.join(".."),
    }
}

fn env_var(name: &str) -> Option<String> {
    println!("cargo:rerun-if-env-changed={name}");
    env::var(name).ok()
}

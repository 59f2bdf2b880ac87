//! What the compiler says of programs that are wrong. Each file in `tests/diagnostics` is one; its
//! lines with `//~` have to be in what the compiler says of it.
//!
//! The compiler is called on the files as cargo calls it, with the library that this test was built
//! with: a cargo project of their own would compile libtorch's bindings once more.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The library that cargo has built last, beside this test.
fn library() -> PathBuf {
    let me = env::current_exe().unwrap();
    let files = fs::read_dir(me.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let libraries = files.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libflambeau-") && name.ends_with(".rlib")
    });
    libraries.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap()
}

/// What the compiler says of this file; none, if it compiles.
fn complaints(file: &Path, library: &Path) -> Option<String> {
    let out = tempfile::tempdir().unwrap();
    let compiler = env::var_os("RUSTC").unwrap_or("rustc".into());
    let output = Command::new(compiler)
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--out-dir"])
        .arg(out.path())
        .arg(format!("--extern=flambeau={}", library.display()))
        .arg(format!("-Ldependency={}", library.parent().unwrap().display()))
        .arg(file)
        .output()
        .unwrap();
    (!output.status.success()).then(|| String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_compiler_says_what_to_write() {
    let (mut seen, library) = (0, library());
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diagnostics")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.display();
        let text = fs::read_to_string(&file).unwrap();
        let said = complaints(&file, &library).unwrap_or_else(|| panic!("{name} compiles"));
        let wanted: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("//~ ")).collect();
        assert!(!wanted.is_empty(), "{name} expects nothing");
        for line in wanted {
            // Long notes are broken in lines, with the margin's dots and bars between.
            let joined = said.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>();
            let joined = joined.join(" ");
            assert!(
                joined.contains(line),
                "{name} expects `{line}`, but the compiler says:\n{said}"
            );
        }
        seen += 1;
    }
    assert_eq!(seen, 37);
}

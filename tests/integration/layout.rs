//! The source keeps to its layout: who may use whom, and where `unsafe` may stand.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module, and those it may use beside itself and `error`.
const USES: [(&str, &[&str]); 35] = [
    ("checksum", &[]),
    ("error", &[]),
    ("device", &[]),
    // For a word on threads, and nothing else.
    ("ffi", &["object"]),
    ("dtype", &["ffi"]),
    ("file", &[]),
    ("forgotten", &[]),
    ("screen", &[]),
    ("refusal", &[]),
    ("repr", &[]),
    ("warning", &[]),
    ("amp", &["ffi", "object", "optim", "torch"]),
    ("memory", &["ffi"]),
    ("memory_format", &["ffi"]),
    ("random", &["ffi"]),
    ("torch", &["ffi", "random", "refusal", "repr"]),
    (
        "nn",
        &[
            "device",
            "dtype",
            "ffi",
            "memory_format",
            "random",
            "refusal",
            "repr",
            "torch",
            "warning",
        ],
    ),
    ("jit", &["ffi", "nn"]),
    // A page of the docs.
    ("moving_a_model", &[]),
    // Of several processes, which the rest of nn knows nothing of.
    ("parallel", &["distributed", "dtype", "ffi", "nn", "refusal", "torch", "warning"]),
    ("distributed", &["ffi", "refusal", "warning"]),
    ("object", &["dtype", "ffi", "repr"]),
    ("optim", &["ffi", "nn", "object", "refusal", "torch"]),
    ("data", &["ffi", "object", "random", "refusal", "warning"]),
    ("vision", &["checksum", "data", "ffi", "file", "screen", "random", "refusal"]),
    ("models", &["nn"]),
    ("serialize", &["checksum", "dtype", "ffi", "file", "nn", "object"]),
    ("plot", &["file", "vision"]),
    (
        "train",
        &[
            "amp",
            "data",
            "distributed",
            "ffi",
            "file",
            "nn",
            "object",
            "optim",
            "plot",
            "screen",
            "random",
            "refusal",
            "serialize",
            "torch",
        ],
    ),
    // The program `flambeau`, which uses the library as anybody does.
    ("trained", &[]),
    ("report", &["trained"]),
    ("serve", &["report", "trained"]),
    ("command", &["report", "serve", "trained"]),
    ("main", &[]),
    (
        "cli",
        &[
            "device",
            "distributed",
            "ffi",
            "file",
            "memory",
            "screen",
            "random",
            "repr",
            "nn",
            "optim",
            "data",
            "vision",
            "models",
            "object",
            "plot",
            "serialize",
            "torch",
            "train",
        ],
    ),
];

fn sources() -> Vec<(String, PathBuf, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, files) } else { files.push(path) }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    files.retain(|file| file.extension().is_some_and(|e| e == "rs"));
    files.sort();
    let of = |file: PathBuf| {
        let within = file.strip_prefix(&src).unwrap();
        let first = match within.starts_with("nn/parallel") {
            true => "parallel",
            false => within.iter().next().unwrap().to_str().unwrap(),
        };
        (
            first.trim_end_matches(".rs").to_string(),
            file.clone(),
            code(&fs::read_to_string(&file).unwrap()),
        )
    };
    files.into_iter().map(of).filter(|(module, ..)| module != "lib").collect()
}

/// The text without its comments, whose links may lead anywhere.
fn code(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|l| format!("{l}\n"))
        .collect()
}

/// The modules of this crate that the code names: `crate::a::…` and `crate::{a::…, b}`.
fn used(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let list = match rest.strip_prefix('{') {
            Some(list) => &list[..list.find("};").unwrap_or(list.len())],
            None => &rest[..rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(0)],
        };
        let firsts =
            list.split(',').map(|path| path.split("::").next().unwrap().trim().to_string());
        names.extend(firsts.filter(|name| USES.iter().any(|(module, _)| module == name)));
    }
    names
}

#[test]
fn no_module_uses_one_that_it_may_not() {
    for (module, file, code) in sources() {
        let known = USES.iter().find(|(name, _)| *name == module);
        let (_, may) = known.unwrap_or_else(|| panic!("{module} is not in USES"));
        for name in used(&code) {
            let fine = name == module || name == "error" || may.contains(&name.as_str());
            assert!(fine, "{}: uses {name}", file.display());
        }
        // Further up than its folder, a path begins at the crate, where it is seen above.
        assert!(!code.contains("super::super"), "{}: climbs", file.display());
    }
}

#[test]
fn the_check_of_uses_sees_both_forms() {
    assert_eq!(
        used("use crate::nn::Module;\nuse crate::{Error, ffi, cli::Args};"),
        ["nn", "ffi", "cli"]
    );
}

#[test]
fn unsafe_stands_in_ffi_alone() {
    for (module, file, code) in sources() {
        // The word as such, and not what a text says.
        let holds = ["unsafe ", "unsafe("].iter().any(|word| code.contains(word));
        assert!(module == "ffi" || !holds, "{}: holds unsafe", file.display());
    }
}

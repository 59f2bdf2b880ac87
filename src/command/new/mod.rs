//! `flambeau new`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use flambeau::file::make_folder;
use serde_json::json;

use super::Output;
use crate::trained::quoted;

/// Make a crate that trains a CNN of its own: `flambeau new demo && cd demo && cargo run`
#[derive(Args)]
pub struct New {
    /// Its folder, which is not there yet; the crate has its last part as a name.
    #[arg(value_name = "NAME")]
    path: PathBuf,

    /// The folder of flambeau's sources, which the crate depends on; by default that from which this
    /// program was built.
    #[arg(long, value_name = "FOLDER", default_value = env!("CARGO_MANIFEST_DIR"), hide_default_value = true)]
    flambeau: PathBuf,
}

impl New {
    pub fn run(self, output: Output) -> Result<()> {
        let name = crate_name(&self.path)?;
        let flambeau = sources(&self.flambeau)?;
        let libtorch = libtorch(&flambeau)?;
        if self.path.exists() {
            bail!("{}: is there already; name another folder", self.path.display());
        }
        let fill = |text: &str| {
            text.replace("{{name}}", &name)
                .replace("{{flambeau}}", &toml(&flambeau))
                .replace("{{libtorch}}", &libtorch)
        };
        let files = [
            ("Cargo.toml", include_str!("Cargo.toml.txt")),
            ("build.rs", include_str!("build.rs.txt")),
            (".cargo/config.toml", include_str!("config.toml.txt")),
            (".gitignore", "/target\n/data\n"),
            // An example of this crate, which so is compiled and tried with it.
            ("src/main.rs", include_str!("../../../examples/new_crate/main.rs")),
            ("src/model.rs", include_str!("../../../examples/new_crate/model.rs")),
        ];
        make_folder(&self.path)?;
        for (file, text) in files {
            write(&self.path.join(file), &fill(text))?;
        }
        // The same versions, which are known to go together.
        let lock = fs::read(flambeau.join("Cargo.lock"));
        lock.map_or(Ok(()), |lock| fs::write(self.path.join("Cargo.lock"), lock))
            .context("writing Cargo.lock")?;
        let path = self.path.display().to_string();
        let text = || format!("made: {path}\n\n  cd {}\n  cargo run", quoted(&path));
        output.result(text, || json!({"made": path}));
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let context = || format!("writing {}", path.display());
    let folder = path.parent().expect("it is in the new folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(path, text)).with_context(context)
}

/// What a crate cannot be called: what this one uses, Rust's own crates and words, and the folders that
/// cargo puts beside its program.
#[rustfmt::skip]
const TAKEN: [&str; 66] = [
    "flambeau", "anyhow",
    "alloc", "core", "proc-macro", "proc_macro", "std", "test",
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
    "build", "deps", "examples", "incremental", "artifact", "native",
];

/// A file name has 255 letters, and cargo makes longer ones of a crate's.
const LONGEST: usize = 100;

/// The last part of a path, if a crate may be called so.
fn crate_name(path: &Path) -> Result<String> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let fine = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if path.file_name().is_none() {
        bail!("{}: is a folder that is there; name a new one", path.display());
    }
    if name.len() > LONGEST {
        bail!("the crate's name has {} letters; take at most {LONGEST}", name.len());
    }
    if !fine {
        bail!("{name:?}: a crate's name is of letters, digits, - and _, and begins with a letter");
    }
    if TAKEN.contains(&name) {
        bail!("{name:?}: is taken; name the crate otherwise");
    }
    Ok(name.to_string())
}

/// Flambeau's own folder, which may have been moved since this program was built.
fn sources(folder: &Path) -> Result<PathBuf> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    if !manifest.contains("name = \"flambeau\"") {
        bail!(
            "{}: flambeau's sources are not there, or no more; say where they are by --flambeau FOLDER",
            folder.display()
        );
    }
    fs::canonicalize(folder).with_context(|| folder.display().to_string())
}

/// The part of `.cargo/config.toml` that says where libtorch is.
fn libtorch(flambeau: &Path) -> Result<String> {
    let path = flambeau.join(".cargo/libtorch.toml");
    let text = fs::read_to_string(&path).ok().or_else(|| {
        let libtorch = std::env::var("LIBTORCH").ok()?;
        Some(format!("[env]\nLIBTORCH = {}\n", toml(Path::new(&libtorch))))
    });
    text.with_context(|| {
        format!(
            "{}: is not there: run scripts/cargo once in {}",
            path.display(),
            flambeau.display()
        )
    })
}

/// A path as a text of TOML.
fn toml(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

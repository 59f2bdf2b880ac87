//! The page of a run: `report.html`, one file that needs no network.

mod page;
pub mod pictures;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flambeau::Device;
use flambeau::file::{check_writable, write_whole};
use flambeau::train::{CHECKPOINTS, Checkpoints};
use flambeau::vision::datasets::Cifar10;
use serde_json::{Map, Value};

use self::page::Page;
use crate::trained::{Answers, Architecture, NoNumbers, Trained, arguments};

/// A report that was written.
pub struct Report {
    pub path: PathBuf,
    /// Why nothing is said of the model in it, if nothing is.
    pub missing: Option<String>,
}

/// Writes the report of a run, asking its model about the test images. A run that does not tell its model
/// is of `model`, and answers with the mean if it is to be `average`.
pub fn of_run(
    folder: &Path,
    model: Option<Architecture>,
    average: bool,
    data: &Path,
    device: Device,
) -> Result<Report> {
    let path = folder.join("report.html");
    check_writable(&path)?;
    let mut arguments = arguments(folder)?;
    let metrics = Metrics::read(&folder.join("metrics.csv"))?;
    let mut page = Page::new(&title(folder, &arguments));
    page.curves(pictures::curves(&metrics, arguments.get("limit").and_then(Value::as_u64)));
    let mut missing = None;
    match Trained::of_run(folder, model, average, device)? {
        Some(trained) => {
            let images = Cifar10::options(data).train(false).download(true).build()?;
            let answers = Answers::of(&trained, images.clone(), device).context("testing");
            match answers {
                Ok(answers) => {
                    page.summary(&answers, &trained);
                    page.classes(&answers);
                    page.mistakes(&answers, &images)?;
                    page.pictures(pictures::of_model(&trained, &images, device)?);
                }
                // Its curves tell where that began.
                Err(error) if error.is::<NoNumbers>() => missing = Some(format!("{error:#}")),
                Err(error) => return Err(error),
            }
        }
        None if model.is_none() && !arguments.contains_key("model") => {
            missing = Some(
                "the run does not tell which it is, as an example's; name it by --model".into(),
            );
        }
        None if Checkpoints::paths(folder.join(CHECKPOINTS))?.is_empty() => {
            missing = Some("the run has no checkpoint yet".into());
        }
        None => missing = Some("the run names a model that there is not".into()),
    }
    if let Some(missing) = &missing {
        page.missing(missing);
    }
    page.arguments(&arguments);
    if let Some(model) = model {
        arguments.entry("model").or_insert_with(|| model.name().into());
    }
    page.machine();
    page.command(&arguments);
    write_whole(&path, page.html().as_bytes())?;
    Ok(Report { path, missing })
}

fn title(folder: &Path, arguments: &Map<String, Value>) -> String {
    let name = fs::canonicalize(folder).unwrap_or(folder.to_path_buf());
    let name = name.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    match arguments.get("model").and_then(Value::as_str) {
        Some(model) if !name.starts_with(model) => format!("{name}: {model}"),
        _ => name,
    }
}

/// What a run logged: the numbers of each column with their epochs and steps.
#[derive(Default)]
pub struct Metrics(Vec<(String, Vec<Point>)>);

#[derive(Clone, Copy)]
pub struct Point {
    pub epoch: f64,
    pub step: f64,
    pub number: f64,
}

impl Metrics {
    pub fn read(path: &Path) -> Result<Self> {
        let context = || format!("reading {}", path.display());
        if !path.exists() {
            return Ok(Self(vec![]));
        }
        let mut table = csv::Reader::from_path(path).with_context(context)?;
        let damaged = "the table is damaged: take it away, and the run's curves with it";
        let header = table.headers().context(damaged).with_context(context)?.clone();
        let mut columns: Vec<_> = header.iter().map(|name| (name.to_string(), vec![])).collect();
        for row in table.records() {
            let row = row
                .context("the table is damaged: take that line away, or the file")
                .with_context(context)?;
            let cell = |name: &str| {
                let (_, cell) = header.iter().zip(&row).find(|(other, _)| *other == name)?;
                cell.parse().ok()
            };
            let Some((epoch, step)) = cell("epoch").zip(cell("step")) else { continue };
            for ((_, points), cell) in columns.iter_mut().zip(&row) {
                if let Ok(number) = cell.parse() {
                    points.push(Point { epoch, step, number });
                }
            }
        }
        Ok(Self(columns))
    }

    pub fn of(&self, name: &str) -> &[Point] {
        let column = self.0.iter().find(|(other, _)| other == name);
        column.map_or(&[], |(_, points)| points)
    }
}

//! `flambeau compare`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use flambeau::cli::visible;
use flambeau::plot;
use serde_json::{Value, json};

use crate::report::Metrics;
use crate::trained::{Output, arguments, completed, find, no_run};

/// Set runs beside each other: how good they became, where their arguments differ, and their curves
///
/// The accuracy is that of the test images of the run, of which `--limit` leaves fewer; `flambeau eval`
/// asks about all. The loss is the mean of the last 50 steps that were logged, the speed the median of all.
#[derive(Args)]
pub struct Compare {
    /// The runs: folders, or names in runs/.
    #[arg(value_name = "RUN", required = true, add = ArgValueCompleter::new(completed))]
    runs: Vec<PathBuf>,

    /// Draw their curves into this file, .png or .svg.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

struct Compared {
    name: String,
    arguments: serde_json::Map<String, Value>,
    metrics: Metrics,
}

impl Compared {
    fn last(&self, metric: &str) -> Option<f64> {
        self.metrics.of(metric).last().map(|point| point.number)
    }

    fn best(&self) -> Option<f64> {
        let accuracies = self.metrics.of("test/accuracy").iter().map(|point| point.number);
        accuracies.max_by(f64::total_cmp)
    }

    fn epochs(&self) -> usize {
        self.metrics.of("train/running_loss").len()
    }

    /// The median: the first rows are slower.
    fn speed(&self) -> Option<f64> {
        let mut speeds: Vec<_> =
            self.metrics.of("images_per_second").iter().map(|point| point.number).collect();
        speeds.sort_by(f64::total_cmp);
        speeds.get(speeds.len() / 2).copied()
    }
}

impl Compare {
    pub fn run(self, output: Output) -> Result<()> {
        self.plot.as_ref().map_or(Ok(()), plot::check_writable)?;
        let runs = self.runs.iter().map(|run| {
            let folder = find(run)?.with_context(|| no_run(run))?;
            let metrics = Metrics::read(&folder.join("metrics.csv"))?;
            Ok(Compared { name: name(run), arguments: arguments(&folder)?, metrics })
        });
        let mut runs: Vec<_> = runs.collect::<Result<_>>()?;
        // Runs of one name are told apart by their paths.
        let ambiguous =
            |run: &PathBuf| self.runs.iter().filter(|r| name(r) == name(run)).count() > 1;
        for (run, path) in runs.iter_mut().zip(&self.runs).filter(|(_, path)| ambiguous(path)) {
            run.name = path.display().to_string();
        }
        let differing = differing(&runs);
        output.result(|| text(&runs, &differing), || json(&runs));
        if let Some(path) = &self.plot {
            let curves = runs.iter().map(|run| {
                let points = run.metrics.of("test/accuracy").iter();
                (
                    run.name.clone(),
                    points.map(|point| (point.epoch, 100.0 * point.number)).collect(),
                )
            });
            let curves: Vec<_> = curves.collect();
            plot::curves("test accuracy", "epoch", "% of the test images", &curves).save(path)?;
            output.say(format_args!("drawn: {}", path.display()));
        }
        Ok(())
    }
}

/// The last part of a run's path.
fn name(run: &PathBuf) -> String {
    let whole = fs::canonicalize(run).unwrap_or_else(|_| run.clone());
    visible(&whole.file_name().unwrap_or(run.as_os_str()).to_string_lossy(), &[]).into_owned()
}

/// The arguments in which the runs are not all alike.
fn differing(runs: &[Compared]) -> Vec<String> {
    let names = runs.iter().flat_map(|run| run.arguments.keys());
    let mut differing = Vec::new();
    for name in names {
        let first = runs[0].arguments.get(name);
        let alike = runs.iter().all(|run| run.arguments.get(name) == first);
        if !alike && !differing.contains(name) {
            differing.push(name.clone());
        }
    }
    differing
}

fn text(runs: &[Compared], differing: &[String]) -> String {
    let percent =
        |share: Option<f64>| share.map_or("–".into(), |x| format!("{:.2} %", 100.0 * x));
    let number =
        |x: Option<f64>, digits: usize| x.map_or("–".into(), |x| format!("{x:.digits$}"));
    let header = ["run", "epochs", "accuracy", "best", "loss", "images/s"].map(String::from);
    let flags = differing.iter().map(|name| format!("--{name}"));
    let mut rows = vec![header.into_iter().chain(flags).collect::<Vec<_>>()];
    for run in runs {
        let mut row = vec![
            run.name.clone(),
            run.epochs().to_string(),
            percent(run.last("test/accuracy")),
            percent(run.best()),
            number(run.last("train/loss"), 3),
            number(run.speed(), 0),
        ];
        row.extend(differing.iter().map(|name| match run.arguments.get(name) {
            None | Some(Value::Null) => "–".to_string(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        }));
        rows.push(row);
    }
    let widths: Vec<_> = (0..rows[0].len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, &width))| match i {
            1..=5 => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn json(runs: &[Compared]) -> Value {
    let run = |run: &Compared| {
        json!({
            "run": run.name,
            "epochs": run.epochs(),
            "accuracy": run.last("test/accuracy"),
            "best": run.best(),
            "loss": run.last("train/loss"),
            "images_per_second": run.speed(),
            "arguments": run.arguments,
        })
    };
    runs.iter().map(run).collect()
}

//! [`Page`]: the page as HTML.

use std::fmt::Write;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flambeau::cli::thousands;
use flambeau::prelude::*;
use flambeau::vision::io::encode_png;
use serde_json::{Map, Value};
use sysinfo::System;

use super::pictures::Shown;
use crate::trained::{Answers, Trained, flags, quoted};

/// The page of a run, a section after the other.
pub struct Page {
    title: String,
    /// What stands at its top.
    summary: String,
    sections: Vec<Section>,
}

struct Section {
    title: &'static str,
    html: String,
}

/// How many of the mistakes are shown.
const MISTAKES: usize = 24;

impl Page {
    pub fn new(title: &str) -> Self {
        Self { title: title.into(), summary: String::new(), sections: vec![] }
    }

    /// How good the model is.
    pub fn summary(&mut self, answers: &Answers, trained: &Trained) {
        let accuracy = &answers.accuracy;
        let images = thousands(accuracy.confusion().iter().flatten().sum());
        let mut facts = vec![
            (
                format!("{:.2} %", 100.0 * accuracy.total()),
                format!("test accuracy, of {images} images"),
            ),
            (format!("{:.2} %", 100.0 * accuracy.top5()), "among the first five".into()),
        ];
        if let Some((epochs, steps)) = trained.progress {
            facts.push((epochs.to_string(), if epochs == 1 { "epoch" } else { "epochs" }.into()));
            facts.push((thousands(steps as usize), "steps".into()));
        }
        let numbers: usize = trained.model.parameters().iter().map(Tensor::numel).sum();
        facts.push((thousands(numbers), "parameters".into()));
        for (number, name) in facts {
            let _ = write!(self.summary, "<div><dd>{number}</dd><dt>{name}</dt></div>");
        }
    }

    /// Why the page says nothing of the model.
    pub fn missing(&mut self, reason: &str) {
        let text =
            format!("<p class=\"note\">Nothing is said of the model: {}.</p>", escaped(reason));
        self.section("The model", text);
    }

    /// How the run went.
    pub fn curves(&mut self, curves: Vec<Shown>) {
        let html = match curves.is_empty() {
            true => "<p class=\"note\">There are too few numbers yet for a curve.</p>".to_string(),
            false => format!("<div class=\"grid\">{}</div>", figures(curves)),
        };
        self.section("How it went", html);
    }

    /// Which classes are taken for which.
    pub fn classes(&mut self, answers: &Answers) {
        let accuracy = &answers.accuracy;
        let mut rows = String::new();
        for (i, name) in accuracy.classes().iter().enumerate() {
            let counts = &accuracy.confusion()[i];
            let asked: usize = counts.iter().sum();
            let answered: usize = accuracy.confusion().iter().map(|row| row[i]).sum();
            let others = counts.iter().enumerate().filter(|(other, n)| *other != i && **n > 0);
            let taken = others.max_by_key(|(_, n)| **n);
            let taken = taken
                .map_or("".into(), |(other, n)| format!("{} ({n})", accuracy.classes()[other]));
            let percent = |of: usize| match of {
                0 => "–".to_string(),
                of => format!("{:.1} %", 100.0 * counts[i] as f64 / of as f64),
            };
            let _ = write!(
                rows,
                "<tr><th scope=\"row\">{}</th><td>{asked}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(name),
                percent(asked),
                percent(answered),
                escaped(&taken),
            );
        }
        let matrix = flambeau::plot::confusion_matrix(accuracy.classes(), accuracy.confusion());
        let matrix =
            matrix.svg("confusion matrix: the class in rows, the model's answer in columns");
        self.section(
            "Class by class",
            format!(
                "<div class=\"pair\"><figure class=\"wide\" tabindex=\"0\" aria-label=\"confusion matrix\">{matrix}</figure>\
                 <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"classes\"><table><thead><tr><th scope=\"col\">class</th>\
                 <th scope=\"col\">images</th><th scope=\"col\">recall</th><th scope=\"col\">precision</th>\
                 <th scope=\"col\">most often taken for</th></tr></thead><tbody>{rows}</tbody></table></div></div>\
                 <p class=\"note\">Recall: of the images of the class, how many are answered so. Precision: of those answers, how many are right.</p>"
            ),
        );
    }

    /// Where the model was surest, and wrong.
    pub fn mistakes(&mut self, answers: &Answers, images: &Cifar10) -> Result<()> {
        let wrong = answers.answers.iter().enumerate();
        let mut wrong: Vec<_> = wrong.filter(|(_, answer)| answer.label != answer.answer).collect();
        wrong.sort_by(|(_, a), (_, b)| b.probability.total_cmp(&a.probability));
        let mut html = String::new();
        for (i, answer) in wrong.iter().take(MISTAKES) {
            let png = STANDARD.encode(encode_png(&images.get(*i)?.0)?);
            let (class, said) = (Cifar10::CLASSES[answer.label], Cifar10::CLASSES[answer.answer]);
            let percent = 100.0 * answer.probability;
            let _ = write!(
                html,
                "<figure><img src=\"data:image/png;base64,{png}\" width=\"96\" height=\"96\" alt=\"test image {i}, {class}\">\
                 <figcaption>{class}<br>said: {said}<br>{percent:.1} %</figcaption></figure>"
            );
        }
        if !html.is_empty() {
            let title = "Where it was surest, and wrong";
            self.section(title, format!("<div class=\"mistakes\">{html}</div>"));
        }
        Ok(())
    }

    /// What the model looks for, and what it sees.
    pub fn pictures(&mut self, pictures: Vec<Shown>) {
        if !pictures.is_empty() {
            self.section("What it looks for, and sees", figures(pictures));
        }
    }

    /// What the run was begun with.
    pub fn arguments(&mut self, arguments: &Map<String, Value>) {
        let rows = arguments.iter().map(|(name, value)| match value {
            Value::Null => (name.as_str(), "–".to_string()),
            Value::String(text) => (name.as_str(), text.clone()),
            value => (name.as_str(), value.to_string()),
        });
        self.section("Arguments", table(rows));
    }

    /// Where the report was made, and with what.
    pub fn machine(&mut self) {
        let system = System::new_all();
        let processor = system.cpus().first().map_or("unknown", |cpu| cpu.brand()).trim();
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let memory = system.total_memory() as f64 / f64::from(1 << 30);
        let os = System::long_os_version().unwrap_or_default();
        let rows = [
            ("processor", format!("{processor}, {cores} cores")),
            ("memory", format!("{memory:.0} GiB")),
            ("system", os),
            ("flambeau", env!("CARGO_PKG_VERSION").to_string()),
            ("libtorch", flambeau::torch_version().to_string()),
        ];
        self.section("Machine and versions of this report", table(rows.into_iter()));
    }

    /// The command that repeats the run.
    pub fn command(&mut self, arguments: &Map<String, Value>) {
        if !arguments.contains_key("model") {
            return;
        }
        let flags = flags(arguments).into_iter().map(|flag| format!(" {}", quoted(&flag)));
        let line: String = ["flambeau train".to_string()].into_iter().chain(flags).collect();
        self.section(
            "Once more",
            format!(
                "<pre tabindex=\"0\"><code id=\"command\">{}</code></pre><button type=\"button\" data-copy=\"command\">Copy</button>",
                escaped(&line)
            ),
        );
    }

    fn section(&mut self, title: &'static str, html: String) {
        self.sections.push(Section { title, html });
    }

    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        let sections = self.sections.iter().map(|section| {
            let id = section.title.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-");
            format!(
                "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>{}</section>\n",
                section.title, section.html
            )
        });
        let sections: String = sections.collect();
        let summary = match self.summary.is_empty() {
            true => String::new(),
            false => format!("<dl class=\"facts\">{}</dl>", self.summary),
        };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n<style>{}</style>\n</head>\n<body>\n\
             <header><h1>{title}</h1>{summary}</header>\n<main>\n{sections}</main>\n\
             <div id=\"told\" role=\"status\" hidden></div>\n<script>{}</script>\n</body>\n</html>\n",
            include_str!("style.css"),
            include_str!("script.js"),
        )
    }
}

fn figures(shown: Vec<Shown>) -> String {
    let figure = |Shown { caption, picture }: Shown| {
        let svg = picture.svg(&caption);
        format!("<figure class=\"chart\" tabindex=\"0\" aria-label=\"{caption}\">{svg}</figure>")
    };
    shown.into_iter().map(figure).collect()
}

fn table<'a>(rows: impl Iterator<Item = (&'a str, String)>) -> String {
    let rows = rows.map(|(name, value)| {
        format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escaped(name), escaped(&value))
    });
    format!("<table class=\"facts-table\"><tbody>{}</tbody></table>", rows.collect::<String>())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

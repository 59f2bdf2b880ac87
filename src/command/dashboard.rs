//! [`Dashboard`]: a training on the whole terminal.

use std::cell::Cell;
use std::collections::VecDeque;
use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use flambeau::train::interrupt::before_exit;
use flambeau::train::{CHECKPOINTS, Checkpoints, epoch_progress, listen};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Chart, Dataset, Gauge, GraphType, Paragraph};
use ratatui::{DefaultTerminal, Frame};

use crate::report::Metrics;

/// A terminal that is smaller gets plain lines.
const LEAST: (u16, u16) = (60, 16);

/// How often it is drawn.
const EVERY: Duration = Duration::from_millis(250);

/// What a training tells and says.
type Told = Arc<Mutex<VecDeque<String>>>;

/// A training on the whole terminal, until it is dropped; the terminal is then as it was.
pub struct Dashboard {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    told: Told,
}

impl Dashboard {
    /// Begins to draw a run of so many epochs. None where the terminal cannot show it: that is told.
    pub fn begin(folder: &Path, epochs: usize) -> Result<Option<Self>> {
        let size = ratatui::crossterm::terminal::size().unwrap_or_default();
        let dumb = env::var("TERM").is_ok_and(|terminal| terminal == "dumb");
        if !io::stdout().is_terminal() || dumb {
            eprintln!("there is no terminal for a dashboard: plain lines instead");
            return Ok(None);
        }
        if size.0 < LEAST.0 || size.1 < LEAST.1 {
            let (columns, rows) = LEAST;
            eprintln!("a dashboard takes a terminal of {columns} × {rows}: plain lines instead");
            return Ok(None);
        }
        let (over, told) = (Arc::new(AtomicBool::new(false)), Told::default());
        let theirs = told.clone();
        let hear =
            move |text: &str| lock(&theirs).extend(text.lines().map(|l| l.trim_end().to_string()));
        listen(Some(Arc::new(hear)));
        before_exit(ratatui::restore);
        let mut view = View {
            name: folder.display().to_string(),
            folder: folder.to_path_buf(),
            epochs,
            begun: Instant::now(),
            share: Cell::new(0.0),
            before: Cell::new(None),
            told: told.clone(),
        };
        // It also puts the terminal back where the program panics.
        let mut terminal = ratatui::try_init().context("taking the terminal")?;
        let stop = over.clone();
        let draw = move || {
            while !stop.load(Ordering::Relaxed) {
                let _ = view.draw(&mut terminal);
                wait_for_keys();
            }
        };
        let thread = thread::Builder::new().name("flambeau dashboard".into()).spawn(draw);
        let thread = thread.inspect_err(|_| ratatui::restore()).context("starting to draw")?;
        Ok(Some(Self { over, thread: Some(thread), told }))
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        ratatui::restore();
        listen(None);
        // It stays to be read.
        for line in lock(&self.told).drain(..) {
            match ["warning: ", "error: "].iter().any(|begins| line.starts_with(begins)) {
                true => eprintln!("{line}"),
                false => println!("{line}"),
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ctrl-C comes as a key here.
fn wait_for_keys() {
    if !event::poll(EVERY).unwrap_or(false) {
        return;
    }
    if let Ok(Event::Key(key)) = event::read()
        && key.kind == KeyEventKind::Press
        && key.code == KeyCode::Char('c')
        && key.modifiers.contains(KeyModifiers::CONTROL)
    {
        let _ = signal_hook::low_level::raise(signal_hook::consts::SIGINT);
    }
}

struct View {
    name: String,
    folder: PathBuf,
    epochs: usize,
    begun: Instant,
    /// How much of the training is done.
    share: Cell<f64>,
    /// What of the training was done before, by the run that this one goes on with.
    before: Cell<Option<f64>>,
    told: Told,
}

impl View {
    fn draw(&mut self, terminal: &mut DefaultTerminal) -> io::Result<()> {
        let metrics = Metrics::read(&self.folder.join("metrics.csv")).unwrap_or_default();
        terminal.draw(|frame| self.frame(frame, &metrics))?;
        Ok(())
    }

    fn frame(&self, frame: &mut Frame, metrics: &Metrics) {
        let lines = (frame.area().height / 5).clamp(3, 12);
        let [head, bar, charts, facts, log] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(6),
            Constraint::Length(1),
            Constraint::Length(lines),
        ])
        .areas(frame.area());
        let epochs_done = metrics.of("train/running_loss").len().min(self.epochs);
        if let Some((done, all)) = epoch_progress() {
            let share = epochs_done as f64 + done as f64 / all.max(1) as f64;
            // The epoch is counted when it was tested: until then it does not fall back.
            self.share.set((share / self.epochs.max(1) as f64).clamp(self.share.get(), 1.0));
        }
        let share = self.share.get();
        let epoch = (epochs_done + 1).min(self.epochs);
        let title = Line::from(vec![
            Span::from(format!(" {} ", self.name)).bold(),
            Span::from(format!("epoch {epoch} of {}", self.epochs)),
            Span::from("   Ctrl-C: end after this step").dark_gray(),
        ]);
        frame.render_widget(title, head);
        let gauge = Gauge::default()
            .ratio(share)
            .label(format!("{:.0} %, {}", 100.0 * share, self.left(share)))
            .gauge_style(Style::new().fg(Color::Blue))
            .use_unicode(true);
        frame.render_widget(gauge, bar);

        let [left, right] =
            Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)])
                .areas(charts);
        let loss = points(metrics, "train/loss", |point| (point.step, point.number));
        chart(frame, left, "training loss", "step", &loss, Color::Blue);
        let accuracy =
            points(metrics, "test/accuracy", |point| (point.epoch + 1.0, 100.0 * point.number));
        chart(frame, right, "test accuracy, %", "epoch", &accuracy, Color::Yellow);

        frame.render_widget(Line::from(self.facts(metrics, facts.width)), facts);
        let told = lock(&self.told);
        let skip = told.len().saturating_sub(usize::from(lines.saturating_sub(2)));
        let text: Vec<_> = told.iter().skip(skip).map(|line| Line::from(line.as_str())).collect();
        frame.render_widget(Paragraph::new(text).block(Block::bordered().title(" log ")), log);
    }

    /// How long it may take still.
    fn left(&self, share: f64) -> String {
        if epoch_progress().is_none() {
            return if share > 0.0 { "testing" } else { "–" }.into();
        }
        let before = self.before.get().unwrap_or(share);
        self.before.set(Some(before));
        let elapsed = self.begun.elapsed().as_secs_f64();
        let done = share - before;
        if done < 0.01 || elapsed < 2.0 {
            return "–".into();
        }
        let left = (elapsed / done * (1.0 - share)) as u64;
        match left {
            0..60 => format!("{left} s left"),
            60..3600 => format!("{} min {} s left", left / 60, left % 60),
            _ => format!("{} h {} min left", left / 3600, left / 60 % 60),
        }
    }

    /// As many facts as there is room for.
    fn facts(&self, metrics: &Metrics, width: u16) -> String {
        let last = |name| metrics.of(name).last().map(|point| point.number);
        let mut facts = Vec::new();
        if let Some(speed) = last("images_per_second") {
            facts.push(format!("{speed:.0} images/s"));
        }
        if let Some(loss) = last("train/loss") {
            facts.push(format!("loss {loss:.4}"));
        }
        if let Some(accuracy) = last("test/accuracy") {
            facts.push(format!("accuracy {:.2} %", 100.0 * accuracy));
        }
        facts.push(self.last_checkpoint().unwrap_or("no checkpoint yet".into()));
        // What a narrow terminal has no room for comes last.
        if let Some(rate) = last("learning_rate") {
            facts.push(format!("rate {rate:.2e}"));
        }
        let mut line = String::new();
        for fact in facts {
            let with = format!("{line}{}{fact}", if line.is_empty() { " " } else { "   " });
            if with.chars().count() > usize::from(width) {
                break;
            }
            line = with;
        }
        line
    }

    fn last_checkpoint(&self) -> Option<String> {
        let newest = Checkpoints::paths(self.folder.join(CHECKPOINTS)).ok()?.pop()?;
        let step = newest.file_stem()?.to_str()?.strip_prefix("step-")?.parse::<u64>().ok()?;
        Some(format!("checkpoint at {step}"))
    }
}

fn points(
    metrics: &Metrics,
    name: &str,
    place: impl Fn(&crate::report::Point) -> (f64, f64),
) -> Vec<(f64, f64)> {
    metrics.of(name).iter().map(place).filter(|(_, y)| y.is_finite()).collect()
}

fn chart(
    frame: &mut Frame,
    area: Rect,
    title: &str,
    x_label: &str,
    points: &[(f64, f64)],
    colour: Color,
) {
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (x, y) = (ends(&mut points.iter().map(|p| p.0)), ends(&mut points.iter().map(|p| p.1)));
    let block = Block::bordered().title(format!(" {title} "));
    if points.is_empty() {
        let text = Paragraph::new("nothing yet").dark_gray().centered().block(block);
        return frame.render_widget(text, area);
    }
    // One point has room around it: steps and epochs are whole numbers, and come after it.
    let x = [x.0, if x.1 > x.0 { x.1 } else { x.0 + 1.0 }];
    let around = if y.1 > y.0 { 0.0 } else { 0.5_f64.max(y.1.abs() * 0.05) };
    let y = [y.0 - around, y.1 + around];
    let data = Dataset::default()
        .marker(Marker::Braille)
        .graph_type(if points.len() > 1 { GraphType::Line } else { GraphType::Scatter })
        .style(Style::new().fg(colour))
        .data(points);
    let chart = Chart::new(vec![data])
        .block(block)
        .x_axis(
            Axis::default()
                .title(x_label.to_string())
                .bounds(x)
                .labels([format!("{:.0}", x[0]), format!("{:.0}", x[1])]),
        )
        .y_axis(Axis::default().bounds(y).labels([format!("{:.3}", y[0]), format!("{:.3}", y[1])]));
    frame.render_widget(chart, area);
}

//! Event files, which TensorBoard shows: [`torch.utils.tensorboard`].
//!
//! `tensorboard --logdir runs` shows what a [`SummaryWriter`] has written to a folder in `runs`. The
//! messages are those of TensorBoard's `event.proto`, `summary.proto`, `tensor.proto`, and of its
//! plugins' `text/plugin_data.proto`, `hparams/plugin_data.proto` and `hparams/api.proto`.
//!
//! [`torch.utils.tensorboard`]: https://docs.pytorch.org/docs/stable/tensorboard.html

mod event_file;
mod histogram;
mod message;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use tch::{Device, Kind, Tensor};

pub(super) use self::event_file::PREFIX;
use self::event_file::{EventFile, event, wall_time};
use self::message::Message;
use crate::object::Object;
use crate::{Error, Result, ffi};

/// Writes scalars, images, texts, histograms and hyperparameters to a folder, for TensorBoard:
/// [`torch.utils.tensorboard.SummaryWriter`].
///
/// What is added is with the operating system at once, and whole: a process that is killed leaves
/// all of it. A folder may hold the files of several writers, which are read as one.
///
/// # Keywords
/// Set by name between [`SummaryWriter::options`] and `.build()?`:
///
/// - `purge_step`: when a training goes on from step T, in the folder of the one that was broken
///   off, `purge_step(T)` hides what that one wrote of step T and of later ones.
/// - `filename_suffix`: how the names of the files end, after what they have in Python.
///
/// ```
/// use flambeau::train::tensorboard::SummaryWriter;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path().join("runs/first");
/// let mut writer = SummaryWriter::new(&folder)?;
/// for step in 0..100 {
///     writer.add_scalar("loss", 1.0 / (step as f64 + 1.0), step)?;
/// }
/// writer.close()?;
/// // It went on from step 50 the next day.
/// let mut writer = SummaryWriter::options(&folder).purge_step(50).build()?;
/// writer.add_scalar("loss", 0.015, 50)?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// Its methods fail when a file cannot be written to, as on a disk that is full. What was added
/// before is still there, and the next may succeed.
///
/// [`torch.utils.tensorboard.SummaryWriter`]: https://docs.pytorch.org/docs/stable/tensorboard.html#torch.utils.tensorboard.writer.SummaryWriter
#[derive(Debug)]
pub struct SummaryWriter {
    log_dir: PathBuf,
    suffix: String,
    purge_step: Option<i64>,
    file: EventFile,
    /// Those of [`add_scalars`](Self::add_scalars), by their folders.
    others: IndexMap<PathBuf, EventFile>,
}

#[bon::bon]
impl SummaryWriter {
    /// Begins a file in this folder, which is made if it is not there.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn new(log_dir: impl Into<PathBuf>) -> Result<Self> {
        Self::options(log_dir).build()
    }

    /// Begins a writer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = SummaryWriterOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] log_dir: PathBuf,
        /// The step from which on what stands in the folder is hidden.
        purge_step: Option<i64>,
        /// How the names of the files end.
        #[builder(default, into)]
        filename_suffix: String,
    ) -> Result<Self> {
        let suffix = filename_suffix;
        let file = EventFile::create(&log_dir, &suffix, purge_step)?;
        Ok(Self { log_dir, suffix, purge_step, file, others: IndexMap::new() })
    }

    /// The folder.
    pub fn get_logdir(&self) -> &Path {
        &self.log_dir
    }

    /// Adds a number, which is kept in single precision.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn add_scalar(
        &mut self,
        tag: &str,
        scalar_value: impl Into<f64>,
        global_step: i64,
    ) -> Result<()> {
        self.add(scalar(tag, scalar_value.into()), global_step)
    }

    /// Adds numbers that are shown as curves in one picture: each is a run of its own, in the folder
    /// `main_tag_tag` of this writer's. In Python, `purge_step` does not reach these.
    ///
    /// # Errors
    /// When a file cannot be written to.
    ///
    /// ```
    /// # use flambeau::train::tensorboard::SummaryWriter;
    /// # let folder = tempfile::tempdir().unwrap();
    /// let mut writer = SummaryWriter::new(folder.path())?;
    /// writer.add_scalars("loss", [("train", 0.5), ("test", 0.75)], 1)?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    pub fn add_scalars<'a>(
        &mut self,
        main_tag: &str,
        tag_scalar_dict: impl IntoIterator<Item = (&'a str, f64)>,
        global_step: i64,
    ) -> Result<()> {
        let now = wall_time();
        for (tag, value) in tag_scalar_dict {
            let folder = self.log_dir.join(format!("{}_{tag}", main_tag.replace('/', "_")));
            if !self.others.contains_key(&folder) {
                let file = EventFile::create(&folder, &self.suffix, self.purge_step)?;
                self.others.insert(folder.clone(), file);
            }
            self.others[&folder]
                .add(event(now, global_step).message(5, scalar(main_tag, value)))?;
        }
        Ok(())
    }

    /// Adds an image, (C, H, W) with one, three or four channels: bytes, or else numbers from 0 to 1,
    /// as PNG.
    ///
    /// # Errors
    /// When the tensor is no such image, or the file cannot be written to.
    ///
    /// ```
    /// use flambeau::prelude::*;
    /// use flambeau::train::tensorboard::SummaryWriter;
    /// use flambeau::vision::utils::make_grid;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// let mut writer = SummaryWriter::new(folder.path())?;
    /// let batch = Tensor::rand([4, 3, 32, 32], (Kind::Float, Device::Cpu));
    /// writer.add_image("batch", &make_grid(&batch)?, 0)?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    pub fn add_image(&mut self, tag: &str, img_tensor: &Tensor, global_step: i64) -> Result<()> {
        let value = Message::new().data(1, tag).message(4, image(img_tensor)?);
        self.add(Message::new().message(1, value), global_step)
    }

    /// Adds a text, which is shown as Markdown.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn add_text(&mut self, tag: &str, text_string: &str, global_step: i64) -> Result<()> {
        const DT_STRING: i64 = 7;
        let shape = Message::new().message(2, Message::new().int(1, 1));
        let tensor = Message::new().int(1, DT_STRING).message(2, shape).data(8, text_string);
        let value = Message::new().data(1, format!("{tag}/text_summary")).message(8, tensor);
        let value = value.message(9, metadata("text", Message::new()));
        self.add(Message::new().message(1, value), global_step)
    }

    /// Adds a histogram of a tensor's numbers, with the bins that Python takes by default.
    ///
    /// # Errors
    /// When there is no number in a bin, or the file cannot be written to.
    pub fn add_histogram(&mut self, tag: &str, values: &Tensor, global_step: i64) -> Result<()> {
        let value = Message::new().data(1, tag).message(5, histogram::histogram(values)?);
        self.add(Message::new().message(1, value), global_step)
    }

    /// Adds a run's hyperparameters, and the metrics that it came to, by which runs are compared: a
    /// run of its own, in a folder of this writer's.
    ///
    /// A hyperparameter is a truth, a number or a text, or a tensor of one number; `None` is left
    /// out. Where Python writes a truth as a number, here it stays one.
    ///
    /// # Errors
    /// When these are no dictionaries of such values, or a file cannot be written to.
    ///
    /// ```
    /// use flambeau::object::Object;
    /// use flambeau::train::tensorboard::SummaryWriter;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// let mut writer = SummaryWriter::new(folder.path())?;
    /// let hparams = Object::dict([("lr", 1e-3.into()), ("optimizer", "Adam".into())]);
    /// let metrics = Object::dict([("hparam/accuracy", 0.62.into())]);
    /// writer.add_hparams(&hparams, &metrics)?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    pub fn add_hparams(&mut self, hparam_dict: &Object, metric_dict: &Object) -> Result<()> {
        self.add_hparams_options(hparam_dict, metric_dict).call()
    }

    /// [`add_hparams`](Self::add_hparams) with keywords, set by name before `.call()?`.
    #[builder(
        start_fn(name = add_hparams_options, vis = "pub"),
        finish_fn = call,
        builder_type(name = AddHparamsCall, vis = "pub")
    )]
    fn add_hparams_with(
        &mut self,
        #[builder(start_fn)] hparam_dict: &Object,
        #[builder(start_fn)] metric_dict: &Object,
        /// The name of the folder; the seconds since 1970 if not given.
        run_name: Option<&str>,
        /// The step of the metrics.
        #[builder(default)]
        global_step: i64,
    ) -> Result<()> {
        let [hparams, metrics] = [hparam_dict, metric_dict].map(|dict| {
            let entries = dict
                .as_dict()
                .ok_or_else(|| wrong("hparam_dict and metric_dict should be dictionary."))?;
            entries
                .iter()
                .map(|(key, value)| {
                    let name = key.as_str().ok_or_else(|| wrong("a name is a text"))?;
                    Ok((name, value))
                })
                .collect::<Result<Vec<_>>>()
        });
        let (hparams, metrics) = (hparams?, metrics?);
        let (mut infos, mut start) = (Message::new(), Message::new());
        for (name, value) in hparams {
            let Some((kind, value)) = hparam(value)? else { continue };
            infos = infos.message(4, Message::new().data(1, name).int(4, kind));
            start = start.message(1, Message::new().data(1, name).message(2, value));
        }
        let mut scalars = vec![];
        for (name, value) in metrics {
            infos = infos.message(5, Message::new().message(1, Message::new().data(2, name)));
            let number = number(value).ok_or_else(|| wrong("a metric is a number"))?;
            scalars.push((name, number));
        }
        const STATUS_SUCCESS: i64 = 1;
        let end = Message::new().int(1, STATUS_SUCCESS);

        let name = run_name.map_or_else(|| wall_time().to_string(), String::from);
        let mut run = Self::options(self.log_dir.join(name)).build()?;
        for (tag, field, data) in [
            ("experiment", 2, infos),
            ("session_start_info", 3, start),
            ("session_end_info", 4, end),
        ] {
            let content = Message::new().message(field, data);
            let value = Message::new().data(1, format!("_hparams_/{tag}"));
            let value = value.message(9, metadata("hparams", content));
            run.add(Message::new().message(1, value), global_step)?;
        }
        for (tag, value) in scalars {
            run.add_scalar(tag, value, global_step)?;
        }
        run.close()
    }

    /// Waits until all that was added is on the disk.
    ///
    /// # Errors
    /// When it does not come there.
    pub fn flush(&mut self) -> Result<()> {
        self.file.flush()?;
        self.others.values_mut().try_for_each(EventFile::flush)
    }

    /// Waits until all that was added is on the disk, and closes the files, as does the end of the
    /// writer's life, which does not wait.
    ///
    /// # Errors
    /// When it does not come there.
    pub fn close(mut self) -> Result<()> {
        self.flush()
    }

    /// Adds a `Summary`.
    fn add(&mut self, summary: Message, global_step: i64) -> Result<()> {
        self.file.add(event(wall_time(), global_step).message(5, summary))
    }
}

fn wrong(problem: &str) -> Error {
    Error::argument("hparams", problem)
}

/// A `Summary` of a number.
fn scalar(tag: &str, value: f64) -> Message {
    Message::new().message(1, Message::new().data(1, tag).float(2, value as f32))
}

/// A `SummaryMetadata`, which says what part of TensorBoard shows a value.
fn metadata(plugin: &str, content: Message) -> Message {
    let plugin = Message::new().data(1, plugin);
    let content = content.bytes();
    Message::new().message(1, if content.is_empty() { plugin } else { plugin.data(2, content) })
}

/// A hyperparameter's `DataType` and its `google.protobuf.Value`.
fn hparam(value: &Object) -> Result<Option<(i64, Message)>> {
    let (text, truth, real) = (1, 2, 3);
    Ok(Some(match value {
        Object::None => return Ok(None),
        Object::Bool(value) => (truth, Message::new().bool(4, *value)),
        Object::Str(value) => (text, Message::new().data(3, &**value)),
        _ => {
            let problem = "value should be one of int, float, str, bool, or torch.Tensor";
            (real, Message::new().double(2, number(value).ok_or_else(|| wrong(problem))?))
        }
    }))
}

/// A number, or the only one of a tensor.
fn number(value: &Object) -> Option<f64> {
    let only = |tensor: &Tensor| {
        let row = row(tensor, Kind::Double).ok()?;
        (row.numel() == 1).then(|| row.double_value(&[0]))
    };
    value.as_f64().or_else(|| value.as_tensor().and_then(only))
}

/// All numbers of a tensor, one after another.
fn row(tensor: &Tensor, kind: Kind) -> Result<Tensor> {
    if tensor.is_complex() {
        return Err(Error::argument("tensor", "complex numbers cannot be shown"));
    }
    let row = tensor.detach().f_to_device(Device::Cpu);
    let row = row.and_then(|row| row.f_to_kind(kind)).and_then(|row| row.f_reshape([-1]));
    row.map_err(|error| Error::Torch(ffi::without_frames(&error.to_string())))
}

/// An `Image` of a tensor (C, H, W).
fn image(tensor: &Tensor) -> Result<Message> {
    let wrong = |problem: String| Error::argument("img_tensor", problem);
    let size = tensor.size();
    let &[channels @ (1 | 3 | 4), height, width] = size.as_slice() else {
        return Err(wrong(format!("{size:?} is no size of an image with 1, 3 or 4 channels")));
    };
    let sides = (u32::try_from(height), u32::try_from(width));
    let (Ok(rows @ 1..), Ok(columns @ 1..)) = sides else {
        return Err(wrong(format!("{size:?} is no size of an image")));
    };
    // Whether the numbers go to 1 or to 255 is told by their kind alone, as in Python.
    let factor = if tensor.kind() == Kind::Uint8 { 1.0 } else { 255.0 };
    let planes = row(tensor, Kind::Float)? * factor;
    let planes = planes.nan_to_num(0.0, None, None).clamp(0.0, 255.0).to_kind(Kind::Uint8);
    let pixels = planes.reshape([channels, height, width]).permute([1, 2, 0]);
    // A grey image is shown as one in colours.
    let channels = channels.max(3);
    let pixels = pixels.expand([height, width, channels], true).reshape([-1]);
    let pixels: Vec<u8> = Vec::try_from(pixels).expect("it is a row of bytes");

    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, columns, rows);
    encoder.set_color(if channels == 4 { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut png| {
        png.write_image_data(&pixels)?;
        png.finish()
    });
    written.map_err(|error| wrong(format!("cannot be written as PNG: {error}")))?;
    let about = Message::new().int(1, height).int(2, width).int(3, channels);
    Ok(about.data(4, file))
}

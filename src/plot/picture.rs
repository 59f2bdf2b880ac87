//! [`Picture`]: shapes, texts and images on a white ground.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::tiny_skia::{Color, FilterQuality, Pixmap, PixmapPaint, Transform as Placement};
use resvg::usvg::{Options, Tree, fontdb};
use tch::{Device, Kind, Tensor};

use crate::Result;
use crate::file::{by_ending, write_whole};
use crate::vision::transforms::{Resize, Transform};

pub(super) const INK: &str = "#222222";
pub(super) const FAINT: &str = "#8a8a8a";
pub(super) const GRID: &str = "#e3e3e3";
pub(super) const BLUE: &str = "#1f77b4";
pub(super) const ORANGE: &str = "#e8710a";
pub(super) const DEEP_BLUE: &str = "#084594";
pub(super) const PALE_BLUE: &str = "#d6e8f5";
pub(super) const PALE_ORANGE: &str = "#fde3cd";

/// The size of ordinary text, in pixels.
pub(super) const TEXT: f64 = 15.0;

/// Where a text stands, seen from its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing of a fixed size in pixels. It is described as SVG and painted when it is asked for.
#[derive(Debug)]
pub struct Picture {
    width: u32,
    height: u32,
    svg: String,
    /// Under the shapes.
    images: Vec<(Pixmap, Placement)>,
}

impl Picture {
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { width, height, svg: String::new(), images: Vec::new() }
    }

    pub(super) fn rect(&mut self, [x, y, width, height]: [f64; 4], fill: &str, stroke: &str) {
        self.add(format_args!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}" stroke="{stroke}"/>"#
        ));
    }

    /// A thin line around an image, outside of it: it must not hide an image of one pixel's width.
    pub(super) fn frame(&mut self, [x, y, width, height]: [f64; 4]) {
        self.rect([x - 0.5, y - 0.5, width + 1.0, height + 1.0], "none", FAINT);
    }

    pub(super) fn circle(&mut self, (x, y): (f64, f64), radius: f64, fill: &str, stroke: &str) {
        self.add(format_args!(
            r#"<circle cx="{x:.2}" cy="{y:.2}" r="{radius:.2}" fill="{fill}" stroke="{stroke}"/>"#
        ));
    }

    /// A cell of a table, more or less of its colour, from 0 to 1.
    pub(super) fn cell(&mut self, [x, y, width, height]: [f64; 4], fill: &str, share: f64) {
        self.add(format_args!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}" fill-opacity="{share:.3}" stroke="{GRID}"/>"#
        ));
    }

    /// A dot that says what it is when it is pointed at, on a page.
    pub(super) fn point(&mut self, (x, y): (f64, f64), radius: f64, fill: &str, what: &str) {
        let what = escaped(what);
        self.add(format_args!(
            r#"<g class="point"><circle cx="{x:.2}" cy="{y:.2}" r="{radius}" fill="{fill}"/><circle cx="{x:.2}" cy="{y:.2}" r="9" fill="none" pointer-events="all"/><title>{what}</title></g>"#
        ));
    }

    pub(super) fn polygon(&mut self, points: &[(f64, f64)], fill: &str, stroke: &str) {
        let points = joined(points);
        self.add(format_args!(
            r#"<polygon points="{points}" fill="{fill}" stroke="{stroke}" stroke-linejoin="round"/>"#
        ));
    }

    pub(super) fn line(&mut self, points: &[(f64, f64)], colour: &str, width: f64) {
        let points = joined(points);
        self.add(format_args!(
            r#"<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"/>"#
        ));
    }

    /// A line whose end has a head.
    pub(super) fn arrow(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        const HEAD: f64 = 9.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let (ux, uy) = (dx / length, dy / length);
        let neck = (to.0 - HEAD * ux, to.1 - HEAD * uy);
        self.line(&[from, neck], colour, 1.6);
        let side = |way: f64| (neck.0 - way * 0.45 * HEAD * uy, neck.1 + way * 0.45 * HEAD * ux);
        self.polygon(&[to, side(1.0), side(-1.0)], colour, colour);
    }

    /// A text whose base line begins at, ends at or goes around a point.
    pub(super) fn text(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        anchor: Anchor,
        colour: &str,
        text: &str,
    ) {
        self.turned_text((x, y), size, anchor, colour, text, 0);
    }

    /// A text along a direction, in degrees, clockwise.
    pub(super) fn turned_text(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        anchor: Anchor,
        colour: &str,
        text: &str,
        degrees: i32,
    ) {
        self.write((x, y), size, anchor, colour, &escaped(text), degrees);
    }

    /// A text in which what stands between `_{` and `}` is a subscript.
    pub(super) fn formula(
        &mut self,
        at: (f64, f64),
        size: f64,
        anchor: Anchor,
        colour: &str,
        text: &str,
    ) {
        let low = format!(
            r#"<tspan baseline-shift="-{:.1}" font-size="{:.1}">"#,
            0.22 * size,
            0.75 * size
        );
        let text = escaped(text).replace("_{", &low).replace('}', "</tspan>");
        self.write(at, size, anchor, colour, &text, 0);
    }

    fn write(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        anchor: Anchor,
        colour: &str,
        text: &str,
        degrees: i32,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.add(format_args!(
            r#"<text x="{x:.2}" y="{y:.2}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" transform="rotate({degrees} {x:.2} {y:.2})">{text}</text>"#
        ));
    }

    /// An image of bytes, (1 or 3, H, W), as large as fits the box without changing its
    /// proportions, in the box's middle. Returns where it came to stand. Pixels stay sharp where it grows.
    pub(super) fn image(&mut self, image: &Tensor, [x, y, width, height]: [f64; 4]) -> [f64; 4] {
        let (_, rows, columns) = image.size3().expect("an image is (C, H, W)");
        let scale = (width / columns as f64).min(height / rows as f64);
        let sides = [rows, columns].map(|side| ((side as f64 * scale).round()).max(1.0));
        let place = [
            (x + (width - sides[1]) / 2.0).round(),
            (y + (height - sides[0]) / 2.0).round(),
            sides[1],
            sides[0],
        ];
        // What shrinks is averaged, so that no pixel is passed over.
        let image = match scale < 1.0 {
            true => Resize::new(sides.map(|side| side as usize)).apply(image).expect("of bytes"),
            false => image.shallow_clone(),
        };
        let pixmap = pixmap(&image);
        let grow = [sides[1] / f64::from(pixmap.width()), sides[0] / f64::from(pixmap.height())];
        let [sx, sy] = grow.map(|scale| scale as f32);
        let placement = Placement::from_row(sx, 0.0, 0.0, sy, place[0] as f32, place[1] as f32);
        self.images.push((pixmap, placement));
        place
    }

    /// An image of bytes, (1 or 3, H, W), stretched to fill the box. Returns where it came to stand.
    pub(super) fn stretched(&mut self, image: &Tensor, place: [f64; 4]) -> [f64; 4] {
        let pixmap = pixmap(image);
        let [x, y, width, height] = place.map(|number| number as f32);
        let (sx, sy) = (width / pixmap.width() as f32, height / pixmap.height() as f32);
        self.images.push((pixmap, Placement::from_row(sx, 0.0, 0.0, sy, x, y)));
        place
    }

    fn add(&mut self, shape: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.svg, "{shape}");
    }

    /// The picture as an SVG element for a page, which is as wide as its place. `label` says what it
    /// shows, for those who do not see it.
    ///
    /// Its colours are variables of CSS, by which the page may choose others: `--ink`, `--faint`, `--grid`,
    /// `--blue`, `--orange`, `--deep-blue`.
    pub fn svg(&self, label: &str) -> String {
        let label = escaped(label).replace('"', "&quot;");
        let variables = [
            ("ink", INK),
            ("faint", FAINT),
            ("grid", GRID),
            ("blue", BLUE),
            ("orange", ORANGE),
            ("deep-blue", DEEP_BLUE),
        ];
        let shapes = variables.iter().fold(self.svg.clone(), |svg, (name, colour)| {
            svg.replace(&format!("\"{colour}\""), &format!("\"var(--{name}, {colour})\""))
        });
        self.element(&format!(r#"role="img" aria-label="{label}""#), &shapes)
    }

    /// An SVG element with these attributes, of the images and these shapes.
    fn element(&self, attributes: &str, shapes: &str) -> String {
        let (width, height) = (self.width, self.height);
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {attributes} font-family="system-ui, sans-serif">"#
        );
        for (image, placement) in &self.images {
            let png = image.encode_png().expect("pixels fit the format");
            let (x, y) = (placement.tx, placement.ty);
            let width = placement.sx * image.width() as f32;
            let height = placement.sy * image.height() as f32;
            let data = STANDARD.encode(png);
            let _ = writeln!(
                svg,
                r#"<image x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="none" style="image-rendering: pixelated" href="data:image/png;base64,{data}"/>"#
            );
        }
        svg + shapes + "</svg>"
    }

    /// The picture as the bytes of a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut canvas = Pixmap::new(self.width, self.height).expect("no picture is empty");
        canvas.fill(Color::WHITE);
        let sharp = PixmapPaint { quality: FilterQuality::Nearest, ..Default::default() };
        for (image, placement) in &self.images {
            canvas.draw_pixmap(0, 0, image.as_ref(), &sharp, *placement, None);
        }
        let (width, height, shapes) = (self.width, self.height, &self.svg);
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="DejaVu Sans">{shapes}</svg>"#
        );
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        let options = Options { fontdb: Arc::new(fonts), ..Default::default() };
        let tree = Tree::from_str(&svg, &options).expect("what is drawn here is well formed");
        resvg::render(&tree, Placement::identity(), &mut canvas.as_mut());
        canvas.encode_png().expect("pixels fit the format")
    }

    /// Writes the picture as a PNG or SVG file, by the ending of its name, whole or not at all.
    ///
    /// # Errors
    /// When the name ends in neither .png nor .svg, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        match Format::of(path)? {
            Format::Png => write_whole(path, &self.png()),
            Format::Svg => {
                let (width, height) = (self.width, self.height);
                let ground =
                    format!(r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##);
                let size = format!(r#"width="{width}" height="{height}""#);
                write_whole(path, self.element(&size, &(ground + &self.svg)).as_bytes())
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Format {
    Png,
    Svg,
}

impl Format {
    fn of(path: &Path) -> Result<Self> {
        by_ending(path, &[("png", Self::Png), ("svg", Self::Svg)])
    }
}

/// Checks that a picture can be [saved](Picture::save) there, before long work that would end in one.
///
/// # Errors
/// When it cannot.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    Format::of(path.as_ref())?;
    crate::file::check_writable(path)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn joined(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.2},{y:.2} ")).collect()
}

/// An image of bytes, (1 or 3, H, W), as pixels to be painted.
fn pixmap(image: &Tensor) -> Pixmap {
    let (_, height, width) = image.size3().expect("an image is (C, H, W)");
    let colours = image.to_device(Device::Cpu).expand([3, height, width], false);
    let opaque = Tensor::full([1, height, width], 255, (Kind::Uint8, Device::Cpu));
    let pixels = Tensor::cat(&[colours, opaque], 0).permute([1, 2, 0]).contiguous();
    let mut pixmap = Pixmap::new(width as u32, height as u32).expect("no image is empty");
    pixels.copy_data(pixmap.data_mut(), pixels.numel());
    pixmap
}

//! The figures of a course on convolutions and recurrence: a window that slides, the stack of a
//! CNN's feature maps, a recurrent network unrolled in time.

use tch::{Kind, Tensor};

use super::picture::{
    Anchor, BLUE, FAINT, GRID, INK, ORANGE, PALE_BLUE, PALE_ORANGE, Picture, TEXT,
};

/// The side of a cell that holds a number.
const CELL: f64 = 44.0;

/// A convolution as a window that slides over the input: an edge from dark to bright, the kernel
/// that answers to it, and the response; one place of the window is followed through.
pub fn sliding_window() -> Picture {
    let input = Tensor::from_slice(&[0_i64, 0, 0, 1, 1, 1]).expand([6, 6], false);
    let kernel = Tensor::from_slice(&[-1_i64, 0, 1]).expand([3, 3], false);
    let windows = input.unfold(0, 3, 1).unfold(1, 3, 1); // (4, 4, 3, 3)
    let response = (&windows * &kernel).sum_dim_intlist([2_i64, 3].as_slice(), false, Kind::Int64);
    let (row, column) = (1, 2);

    let mut picture = Picture::new(980, 444);
    let title = "A convolution: the kernel slides over the input, each place gives one number";
    picture.text((490.0, 34.0), 1.2 * TEXT, Anchor::Middle, INK, title);
    let (input_at, kernel_at, response_at) = ((40.0, 96.0), (438.0, 162.0), (720.0, 140.0));
    grid(&mut picture, input_at, &input, "input, 6 × 6", |r, c| {
        (row..row + 3).contains(&r) && (column..column + 3).contains(&c)
    });
    grid(&mut picture, kernel_at, &kernel, "kernel, 3 × 3", |_, _| true);
    grid(&mut picture, response_at, &response, "response, 4 × 4", |r, c| (r, c) == (row, column));

    let window =
        [input_at.0 + column as f64 * CELL, input_at.1 + row as f64 * CELL, 3.0 * CELL, 3.0 * CELL];
    frame(&mut picture, window);
    frame(&mut picture, [kernel_at.0, kernel_at.1, 3.0 * CELL, 3.0 * CELL]);
    let cell =
        [response_at.0 + column as f64 * CELL, response_at.1 + row as f64 * CELL, CELL, CELL];
    frame(&mut picture, cell);
    let level = kernel_at.1 + 1.5 * CELL;
    picture.arrow((input_at.0 + 6.0 * CELL + 8.0, level), (kernel_at.0 - 8.0, level), ORANGE);
    let lead = kernel_at.0 + 3.0 * CELL + 6.0;
    picture.arrow((lead, level), (response_at.0 - 8.0, level), ORANGE);
    for (x, text) in [(371.0, "⋆"), (645.0, "=")] {
        picture.text((x, level - 14.0), 2.2 * TEXT, Anchor::Middle, INK, text);
    }

    let numbers = |values: &Tensor| Vec::<i64>::try_from(values.flatten(0, -1)).expect("numbers");
    let window = numbers(&windows.get(row).get(column));
    let terms: Vec<_> = numbers(&kernel)
        .iter()
        .zip(&window)
        .map(|(weight, value)| match weight {
            0.. => format!("{weight}·{value}"),
            _ => format!("({})·{value}", signed(*weight)),
        })
        .collect();
    let sum = response.int64_value(&[row, column]);
    let sentence = format!("in the frame: {} = {sum}", terms.join(" + "));
    picture.text((490.0, 400.0), TEXT, Anchor::Middle, INK, &sentence);
    let about =
        "the kernel is taken as it is, as in all networks; the formula's convolution flips it";
    picture.text((490.0, 424.0), 0.9 * TEXT, Anchor::Middle, FAINT, about);
    picture
}

/// Numbers in cells; those that `marked` names are tinted.
fn grid(
    picture: &mut Picture,
    (left, top): (f64, f64),
    numbers: &Tensor,
    title: &str,
    marked: impl Fn(i64, i64) -> bool,
) {
    let (rows, columns) = numbers.size2().expect("rows and columns");
    let middle = left + columns as f64 * CELL / 2.0;
    picture.text((middle, top - 14.0), TEXT, Anchor::Middle, INK, title);
    for row in 0..rows {
        for column in 0..columns {
            let (x, y) = (left + column as f64 * CELL, top + row as f64 * CELL);
            let fill = if marked(row, column) { PALE_ORANGE } else { "#ffffff" };
            picture.rect([x, y, CELL, CELL], fill, FAINT);
            let number = signed(numbers.int64_value(&[row, column]));
            let place = (x + CELL / 2.0, y + CELL / 2.0 + 0.36 * TEXT);
            picture.text(place, TEXT, Anchor::Middle, INK, &number);
        }
    }
}

fn frame(picture: &mut Picture, [x, y, width, height]: [f64; 4]) {
    let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)];
    picture.line(&corners, ORANGE, 3.0);
}

/// With the minus sign that is as wide as a plus.
fn signed(number: i64) -> String {
    number.to_string().replace('-', "−")
}

/// The notebook's CNN as the stack of its feature maps, from an image to the scores of ten
/// classes.
pub fn feature_map_stack() -> Picture {
    let mut picture = Picture::new(1240, 430);
    let title = "A CNN: ever more and ever smaller feature maps, then one score for each class";
    picture.text((620.0, 34.0), 1.2 * TEXT, Anchor::Middle, INK, title);
    // Left edge, maps, their side in pixels of the image, what made them.
    let maps = [
        (30.0, 3, 32, ""),
        (240.0, 6, 28, "conv1, ReLU"),
        (450.0, 6, 14, "pool1"),
        (600.0, 16, 10, "conv2, ReLU"),
        (790.0, 16, 5, "pool2"),
    ];
    const MIDDLE: f64 = 215.0;
    const SHIFT: f64 = 5.0;
    let mut reached = 0.0;
    for (left, count, pixels, made_by) in maps {
        let side = 3.6 * f64::from(pixels) + 10.0;
        let depth = SHIFT * f64::from(count - 1);
        let top = MIDDLE - (side + depth) / 2.0;
        if left > reached && reached > 0.0 {
            link(&mut picture, reached, left, MIDDLE, made_by);
        }
        for i in 0..count {
            let (x, y) = (left + SHIFT * f64::from(i), top + SHIFT * f64::from(i));
            let fill = if made_by.is_empty() { PALE_ORANGE } else { PALE_BLUE };
            picture.rect([x, y, side, side], fill, BLUE);
        }
        reached = left + depth + side;
        let below = ((left + reached) / 2.0, 372.0);
        let size = format!("{count} × {pixels} × {pixels}");
        picture.text(below, TEXT, Anchor::Middle, INK, &size);
        if made_by.is_empty() {
            picture.text((below.0, 394.0), TEXT, Anchor::Middle, FAINT, "the image");
        }
    }
    for (left, values, made_by) in
        [(970.0, 120, "neur1"), (1070.0, 84, "neur2"), (1170.0, 10, "neur3")]
    {
        link(
            &mut picture,
            reached,
            left,
            MIDDLE,
            if left == 970.0 { "flatten, neur1" } else { made_by },
        );
        let height = 20.0 + 1.9 * f64::from(values);
        picture.rect([left, MIDDLE - height / 2.0, 18.0, height], PALE_BLUE, BLUE);
        picture.text((left + 9.0, 372.0), TEXT, Anchor::Middle, INK, &values.to_string());
        reached = left + 18.0;
    }
    picture.text((1179.0, 394.0), TEXT, Anchor::Middle, FAINT, "the scores");
    picture
}

/// An arrow from one layer to the next, and above it what happens there.
fn link(picture: &mut Picture, from: f64, to: f64, level: f64, name: &str) {
    picture.arrow((from + 6.0, level), (to - 6.0, level), INK);
    let words: Vec<_> = name.split(", ").collect();
    for (i, word) in words.iter().enumerate() {
        let y = level - 12.0 - 18.0 * (words.len() - 1 - i) as f64;
        picture.text(((from + to) / 2.0, y), 0.9 * TEXT, Anchor::Middle, INK, word);
    }
}

/// A recurrent network as a loop and, beside it, unrolled: the same weights at each step.
pub fn unrolled_rnn() -> Picture {
    const INPUT: f64 = 330.0;
    const HIDDEN: f64 = 210.0;
    const OUTPUT: f64 = 90.0;
    let mut picture = Picture::new(1000, 430);
    let title =
        "A recurrent network, and the same unrolled in time: one set of weights at every step";
    picture.text((500.0, 34.0), 1.2 * TEXT, Anchor::Middle, INK, title);

    let x = 110.0;
    step(&mut picture, x, ["x", "h", "y"], [INPUT, HIDDEN, OUTPUT]);
    let way = [(x + 30.0, HIDDEN - 12.0), (x + 78.0, HIDDEN - 12.0), (x + 78.0, HIDDEN + 50.0)];
    picture.line(&way, BLUE, 1.6);
    picture.line(&[way[2], (x + 12.0, HIDDEN + 50.0)], BLUE, 1.6);
    picture.arrow((x + 12.0, HIDDEN + 50.0), (x + 12.0, HIDDEN + 28.0), BLUE);
    picture.formula((x + 86.0, HIDDEN + 26.0), TEXT, Anchor::Start, BLUE, "W_{hh}");
    picture.text((262.0, HIDDEN + 9.0), 1.8 * TEXT, Anchor::Middle, INK, "=");

    let steps = [(410.0, "0"), (550.0, "1"), (690.0, "2"), (920.0, "T")];
    picture.text((326.0, HIDDEN + 5.0), TEXT, Anchor::End, INK, "0");
    picture.arrow((334.0, HIDDEN), (steps[0].0 - 34.0, HIDDEN), BLUE);
    for (i, (x, time)) in steps.iter().enumerate() {
        let names = ["x", "h", "y"].map(|name| format!("{name}_{{{time}}}"));
        step(&mut picture, *x, [&names[0], &names[1], &names[2]], [INPUT, HIDDEN, OUTPUT]);
        let Some((next, _)) = steps.get(i + 1) else { continue };
        if next - x < 200.0 {
            picture.arrow((x + 30.0, HIDDEN), (next - 34.0, HIDDEN), BLUE);
            let middle = ((x + next) / 2.0, HIDDEN - 10.0);
            picture.formula(middle, TEXT, Anchor::Middle, BLUE, "W_{hh}");
        } else {
            picture.arrow((x + 30.0, HIDDEN), (x + 96.0, HIDDEN), BLUE);
            picture.text(((x + next) / 2.0, HIDDEN + 5.0), TEXT, Anchor::Middle, INK, "…");
            picture.arrow((next - 96.0, HIDDEN), (next - 34.0, HIDDEN), BLUE);
        }
    }
    for (x, formula) in [
        (390.0, "h_{t} = tanh(W_{hh} h_{t−1} + W_{xh} x_{t} + B_{h})"),
        (690.0, "y_{t} = W_{hy} h_{t} + B_{y}"),
    ] {
        picture.formula((x, 404.0), 1.1 * TEXT, Anchor::Middle, INK, formula);
    }
    picture
}

/// Input, hidden state and output of one step, one above the other.
fn step(picture: &mut Picture, x: f64, names: [&str; 3], levels: [f64; 3]) {
    for (i, (name, level)) in names.into_iter().zip(levels).enumerate() {
        let fill = [PALE_ORANGE, PALE_BLUE, GRID][i];
        picture.rect([x - 27.0, level - 24.0, 54.0, 48.0], fill, INK);
        picture.formula((x, level + 6.0), 1.1 * TEXT, Anchor::Middle, INK, name);
        if let Some(next) = levels.get(i + 1) {
            picture.arrow((x, level - 26.0), (x, next + 28.0), INK);
            let beside = (x - 8.0, (level + next) / 2.0 + 5.0);
            picture.formula(beside, TEXT, Anchor::End, INK, ["W_{xh}", "W_{hy}"][i]);
        }
    }
}

//! Which classes are taken for which.

use super::picture::{Anchor, DEEP_BLUE, FAINT, INK, Picture, TEXT};

/// Draws how often each class, a row, was taken for each class, a column: the counts, and the
/// darker the larger the share of the row.
///
/// # Panics
/// When `counts` is not square, or has other classes than `classes`.
pub fn confusion_matrix(classes: &[String], counts: &[Vec<usize>]) -> Picture {
    let n = classes.len();
    assert!(
        counts.len() == n && counts.iter().all(|row| row.len() == n),
        "{n} classes need {n} rows of {n} counts"
    );
    const CELL: f64 = 56.0;
    const LEFT: f64 = 120.0;
    const TOP: f64 = 96.0;
    let side = n as f64 * CELL;
    let mut picture = Picture::new((LEFT + side + 24.0) as u32, (TOP + side + 24.0) as u32);
    for (row, (class, counts)) in classes.iter().zip(counts).enumerate() {
        let asked: usize = counts.iter().sum();
        let middle = TOP + (row as f64 + 0.5) * CELL + 0.36 * TEXT;
        picture.text((LEFT - 10.0, middle), TEXT, Anchor::End, INK, class);
        let above = (LEFT + (row as f64 + 0.5) * CELL, TOP - 10.0);
        picture.text(above, TEXT, Anchor::Middle, INK, class);
        for (column, &count) in counts.iter().enumerate() {
            let share = count as f64 / asked.max(1) as f64;
            let (x, y) = (LEFT + column as f64 * CELL, TOP + row as f64 * CELL);
            picture.cell([x, y, CELL, CELL], DEEP_BLUE, share);
            let colour = if share > 0.5 { "white" } else { INK };
            picture.text(
                (x + CELL / 2.0, middle),
                TEXT,
                Anchor::Middle,
                colour,
                &count.to_string(),
            );
        }
    }
    picture.rect([LEFT, TOP, side, side], "none", FAINT);
    let size = 1.1 * TEXT;
    picture.text((LEFT + side / 2.0, 40.0), size, Anchor::Middle, INK, "the model's answer");
    let beside = (32.0, TOP + side / 2.0);
    picture.turned_text(beside, size, Anchor::Middle, INK, "the class", -90);
    picture
}

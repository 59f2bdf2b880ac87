//! [`Table`]: a run's `metrics.csv`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use indexmap::IndexMap;

use crate::object::{Dict, Object};
use crate::{Error, Result, file};

/// A table of numbers in a file of comma-separated values. A row is with the system at once.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    /// The cells of each column, none where a row has no such number.
    columns: IndexMap<String, Vec<Option<f64>>>,
    /// Where the next row goes; none while the file is not what stands here.
    file: Option<File>,
}

impl Table {
    /// A table without rows. Nothing is written before the first.
    pub fn new(path: PathBuf) -> Self {
        Self { path, columns: IndexMap::new(), file: None }
    }

    /// Adds a row of these numbers.
    ///
    /// # Errors
    /// When it cannot be written. It is then written with the next that can.
    pub fn add<'a>(&mut self, row: impl IntoIterator<Item = (&'a str, f64)>) -> Result<()> {
        let rows = self.rows();
        for (name, number) in row {
            if !self.columns.contains_key(name) {
                // All rows are written once more, under the longer header.
                self.file = None;
                self.columns.insert(name.to_string(), vec![None; rows]);
            }
            self.columns[name].resize(rows + 1, Some(number));
        }
        self.columns.values_mut().for_each(|cells| cells.resize(rows + 1, None));
        let line = self.line(rows);
        match self.file.take() {
            None => self.write(),
            Some(mut file) => {
                let written = file.metadata().and_then(|before| {
                    file.write_all(&line).inspect_err(|_| drop(file.set_len(before.len())))
                });
                let remedy = "make room: the row is written with the next";
                let problem = |error| format!("cannot be written to: {error}");
                written.map_err(|error| Error::file(&self.path, problem(error), remedy))?;
                self.file = Some(file);
                Ok(())
            }
        }
    }

    /// Writes all of it anew.
    fn write(&mut self) -> Result<()> {
        let mut text = csv_line(self.columns.keys());
        for row in 0..self.rows() {
            text.extend(self.line(row));
        }
        file::write_whole(&self.path, &text)?;
        self.file = OpenOptions::new().append(true).open(&self.path).ok();
        Ok(())
    }

    /// Writes what could not be written so far.
    ///
    /// # Errors
    /// When it still cannot.
    pub fn finish(&mut self) -> Result<()> {
        if self.rows() > 0 && self.file.is_none() { self.write() } else { Ok(()) }
    }

    /// The numbers of all rows of this step, by the names of their columns.
    pub fn row_of(&self, step: i64) -> Vec<(&str, f64)> {
        let Some(steps) = self.columns.get("step") else { return vec![] };
        let is_one = |row: &usize| steps[*row] == Some(step as f64);
        let rows: Vec<_> = (0..self.rows()).filter(is_one).collect();
        let numbers =
            self.columns.iter().filter(|(name, _)| !["epoch", "step"].contains(&&***name));
        let numbers = numbers.flat_map(|(name, cells)| {
            rows.iter().filter_map(|&row| Some((name.as_str(), cells[row]?)))
        });
        numbers.collect()
    }

    fn rows(&self) -> usize {
        self.columns.values().next().map_or(0, Vec::len)
    }

    fn line(&self, row: usize) -> Vec<u8> {
        csv_line(self.columns.values().map(|cells| cells[row].map_or(String::new(), spelled)))
    }

    /// `{column: [cell, …]}`.
    pub fn state_dict(&self) -> Object {
        let cell = |cell: &Option<f64>| cell.map_or(Object::None, Object::Float);
        let column = |cells: &Vec<_>| Object::list(cells.iter().map(cell));
        Object::dict(self.columns.iter().map(|(name, cells)| (name.as_str(), column(cells))))
    }

    /// Takes over what [`state_dict`](Self::state_dict) gave. The file follows with the next row, or
    /// at the end.
    pub fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        let unfit = || Error::argument("metrics", "is no table of numbers");
        let mut columns = IndexMap::new();
        for (name, cells) in state.as_dict().unwrap_or(&Dict::new()) {
            let (name, cells) = name.as_str().zip(cells.as_slice()).ok_or_else(unfit)?;
            columns.insert(name.to_string(), cells.iter().map(Object::as_f64).collect::<Vec<_>>());
        }
        let rows = columns.values().next().map_or(0, Vec::len);
        if columns.values().any(|cells| cells.len() != rows) {
            return Err(unfit());
        }
        (self.columns, self.file) = (columns, None);
        Ok(())
    }
}

/// The shortest text that reads as this number, as Python spells it.
fn spelled(number: f64) -> String {
    if number.is_nan() { "nan".into() } else { number.to_string() }
}

fn csv_line(cells: impl Iterator<Item: AsRef<[u8]>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).expect("memory takes it");
    writer.into_inner().expect("memory takes it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &std::path::Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_table_grows_by_rows_and_columns_and_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut table = Table::new(path.clone());
        table.add([("step", 1.0), ("loss", 0.1)]).unwrap();
        table.add([("step", 2.0), ("loss", f64::NAN)]).unwrap();
        assert_eq!(read(&path), "step,loss\n1,0.1\n2,nan\n");
        let before = table.state_dict();
        table.add([("step", 2.0), ("a, b", 1e-7)]).unwrap();
        assert_eq!(read(&path), "step,loss,\"a, b\"\n1,0.1,\n2,nan,\n2,,0.0000001\n");

        let mut again = Table::new(path.clone());
        again.load_state_dict(&before).unwrap();
        again.finish().unwrap();
        assert_eq!(read(&path), "step,loss\n1,0.1\n2,nan\n");
        again.add([("step", 3.0), ("loss", f64::INFINITY)]).unwrap();
        assert_eq!(read(&path), "step,loss\n1,0.1\n2,nan\n3,inf\n");
        assert!(
            again
                .load_state_dict(&Object::dict([("a", Object::list([])), ("b", 1.into())]))
                .is_err()
        );
    }
}

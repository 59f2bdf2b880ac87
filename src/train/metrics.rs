//! How often a classifier is right.

use std::fmt;

use tch::{Kind, Tensor};

use super::ranks::Ranks;
use crate::Result;
use crate::distributed as dist;
use crate::torch::TensorExt;

/// Counts right answers, over all and class by class.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::train::Accuracy;
///
/// let mut accuracy = Accuracy::new(&["cat", "dog"]);
/// let scores = torch::tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]]);
/// accuracy.update(&scores, &torch::tensor([0, 1, 1]));
/// assert_eq!(accuracy.total(), 2.0 / 3.0);
/// assert_eq!(accuracy.of_class(1), Some(0.5));
/// ```
#[derive(Clone, Debug)]
pub struct Accuracy {
    classes: Vec<String>,
    /// How often each class, a row, was taken for each, a column.
    confusion: Vec<Vec<usize>>,
    /// How often the right class was among the five of the largest scores.
    top5: usize,
    /// Class and answer of the first questions.
    first: Vec<(i64, i64)>,
}

/// How many of the first answers are kept to be shown.
const SHOWN: usize = 5;

/// Among how many answers the right one is looked for.
const TOP: i64 = 5;

impl Accuracy {
    /// Nothing counted yet, of these classes.
    pub fn new(classes: &[&str]) -> Self {
        let classes: Vec<_> = classes.iter().map(|class| class.to_string()).collect();
        let confusion = vec![vec![0; classes.len()]; classes.len()];
        Self { confusion, classes, top5: 0, first: Vec::new() }
    }

    /// Counts a batch: `scores`, (N, C), of which the largest is the answer, and the right
    /// classes, (N).
    ///
    /// # Panics
    /// When a target is not one of the classes, or the number of scores is not that of the classes.
    pub fn update(&mut self, scores: &Tensor, targets: &Tensor) {
        let classes = self.classes.len() as i64;
        assert!(
            scores.size().get(1) == Some(&classes),
            "{scores:?} are no scores of {classes} classes"
        );
        let answers = classes_of(&scores.argmax(1, false));
        let (_, best) = scores.topk(classes.min(TOP), 1, true, false);
        let hits = best.eq_tensor(&targets.to_device(best.device()).unsqueeze(1)).sum(Kind::Int64);
        let targets = classes_of(targets);
        assert!(
            answers.len() == targets.len(),
            "{} scores, {} targets",
            answers.len(),
            targets.len()
        );
        self.top5 += hits.item() as usize;
        for (&target, &answer) in targets.iter().zip(&answers) {
            self.confusion[target as usize][answer as usize] += 1;
            if self.first.len() < SHOWN {
                self.first.push((target, answer));
            }
        }
    }

    /// Adds up what all ranks have counted, of which each has asked its share: every n-th question of n
    /// ranks, as [`Subset`](crate::data::Subset) gives it. In a training of one process it does nothing.
    ///
    /// ```
    /// # use flambeau::prelude::*;
    /// # use flambeau::train::Accuracy;
    /// # let mut accuracy = Accuracy::new(&["cat", "dog"]);
    /// # accuracy.update(&torch::tensor([[2.0, 1.0]]), &torch::tensor([0]));
    /// accuracy.all_reduce()?;
    /// assert_eq!(accuracy.total(), 1.0);
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a rank is not there any more.
    pub fn all_reduce(&mut self) -> Result<()> {
        if Ranks::several().is_none() {
            return Ok(());
        }
        let counts = self.confusion.iter().flatten().chain([&self.top5]);
        let counts = Tensor::from_slice(&counts.map(|count| *count as i64).collect::<Vec<_>>());
        dist::all_reduce(&counts)?;
        let counts: Vec<i64> = Vec::try_from(&counts).expect("they are counts");
        for (i, row) in self.confusion.iter_mut().enumerate() {
            let of = row.len();
            row.iter_mut().zip(&counts[i * of..]).for_each(|(to, count)| *to = *count as usize);
        }
        self.top5 = counts.last().map_or(0, |count| *count as usize);
        let first = dist::all_gather_object(&self.first)?;
        let in_turn = (0..SHOWN).flat_map(|i| first.iter().filter_map(move |rank| rank.get(i)));
        self.first = in_turn.take(SHOWN).copied().collect();
        Ok(())
    }

    /// The first few questions, each as class/answer.
    pub fn first_answers(&self) -> String {
        let name = |class: &i64| &self.classes[*class as usize];
        let pairs =
            self.first.iter().map(|(class, answer)| format!("{}/{}", name(class), name(answer)));
        pairs.collect::<Vec<_>>().join("  ")
    }

    /// The share of right answers, from 0 to 1; NaN before the first.
    pub fn total(&self) -> f64 {
        let right: usize = (0..self.classes.len()).map(|class| self.confusion[class][class]).sum();
        right as f64 / self.asked() as f64
    }

    /// The share of questions whose right answer was among the five of the largest scores.
    pub fn top5(&self) -> f64 {
        self.top5 as f64 / self.asked() as f64
    }

    /// `accuracy`, `top5`, and `accuracy/CLASS` for each class that was asked for, for a
    /// [`Trainer`](super::Trainer).
    pub fn metrics(&self) -> super::Metrics {
        let all = [("accuracy".to_string(), self.total()), ("top5".to_string(), self.top5())];
        let classes = self.classes.iter().enumerate().filter_map(|(class, name)| {
            self.of_class(class).map(|share| (format!("accuracy/{name}"), share))
        });
        all.into_iter().chain(classes).collect()
    }

    /// How often each class, a row, was taken for each class, a column.
    pub fn confusion(&self) -> &[Vec<usize>] {
        &self.confusion
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    fn asked(&self) -> usize {
        self.confusion.iter().flatten().sum()
    }

    /// The share of right answers among those of class `class`; none if none was asked for.
    pub fn of_class(&self, class: usize) -> Option<f64> {
        let (right, asked) =
            (self.confusion[class][class], self.confusion[class].iter().sum::<usize>());
        (asked > 0).then(|| right as f64 / asked as f64)
    }
}

fn classes_of(tensor: &Tensor) -> Vec<i64> {
    Vec::try_from(tensor.to_kind(Kind::Int64)).expect("one class a sample")
}

/// The share of right answers, then class by class.
impl fmt::Display for Accuracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} % of {} images", 100.0 * self.total(), self.asked())?;
        for (i, class) in self.classes.iter().enumerate() {
            match self.of_class(i) {
                Some(share) => write!(f, "\n  {class:<8}{:6.1} %", 100.0 * share)?,
                None => write!(f, "\n  {class:<8}     -")?,
            }
        }
        Ok(())
    }
}

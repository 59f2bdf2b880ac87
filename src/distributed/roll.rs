//! Who is there: a roll that is called by way of the store when a collective has failed.
//!
//! A collective that fails says little: a connection was closed, or nothing came in time. Each rank
//! therefore has a thread that answers when one calls the roll, which a rank that was killed or stopped
//! does not. Nothing is written to the store before that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::rendezvous::ranks;
use crate::Result;
use crate::ffi::Store;

/// How often a rank looks whether the roll is called.
const GLANCE: Duration = Duration::from_millis(250);
/// How long one who calls waits for answers. A host that is very busy answers within it.
const PATIENCE: Duration = Duration::from_secs(3);

/// All ranks, as one of them sees them.
pub(super) struct Roll {
    store: Arc<Store>,
    pub rank: usize,
    pub world_size: usize,
    /// Where the store is.
    pub place: String,
    /// Which rank the store ends with.
    pub host: Option<usize>,
    has_left: Arc<AtomicBool>,
    /// What another found, and told before the store was gone.
    news: Arc<Mutex<Option<String>>>,
}

impl Roll {
    /// Begins to answer.
    pub fn new(
        store: Store,
        rank: usize,
        world_size: usize,
        place: String,
        host: Option<usize>,
    ) -> Self {
        let roll = Self {
            store: Arc::new(store),
            rank,
            world_size,
            place,
            host,
            has_left: Arc::default(),
            news: Arc::default(),
        };
        if world_size > 1 {
            let (store, has_left, news) =
                (roll.store.clone(), roll.has_left.clone(), roll.news.clone());
            thread::spawn(move || {
                // A connection of its own: the other may be waiting. Without a store nobody calls.
                let _ = store
                    .connected_anew(PATIENCE)
                    .and_then(|store| answer(&store, rank, &has_left, &news));
            });
        }
        roll
    }

    /// Why a collective failed, so far as the other ranks tell.
    pub fn reason(&self, waited: Duration) -> Option<String> {
        if self.world_size == 1 {
            return None;
        }
        let (sender, receiver) = mpsc::channel();
        let (store, rank, world_size) = (self.store.clone(), self.rank, self.world_size);
        // In a thread that may be left behind: a store whose process was stopped answers never.
        thread::spawn(move || {
            let called = store
                .connected_anew(PATIENCE)
                .and_then(|store| call(&store, rank, world_size));
            let _ = sender.send(called);
        });
        match receiver.recv_timeout(PATIENCE + Duration::from_secs(1)) {
            Ok(Ok(roll)) => Some(roll.told(waited)),
            Ok(Err(_)) | Err(_) => Some(self.without_store()),
        }
    }

    fn without_store(&self) -> String {
        if let Some(news) = self.news.lock().ok().and_then(|mut news| news.take()) {
            return news;
        }
        let place = &self.place;
        match self.host {
            Some(host) => format!(
                "rank {host} does not answer any more, and it has the store at {place}: its process or \
                 its host is gone or stopped"
            ),
            None => format!("the store at {place} does not answer any more"),
        }
    }

    /// Stops answering, and tells the others that this rank is done. The rank that has the store stays
    /// until all others are done or do not answer.
    pub fn leave(&self, timeout: Duration) {
        self.has_left.store(true, Ordering::Relaxed);
        if self.store.set(&format!("left/{}", self.rank), "1").is_err()
            || self.host != Some(self.rank)
        {
            return;
        }
        let ends = Instant::now() + timeout;
        let others = |pending: &mut Vec<usize>| {
            pending.retain(|rank| {
                let gone = ["left", "failed"]
                    .map(|key| self.store.has(&format!("{key}/{rank}")).unwrap_or(true));
                gone == [false, false]
            });
        };
        let mut pending: Vec<_> = (0..self.world_size).filter(|rank| *rank != self.rank).collect();
        while Instant::now() < ends {
            others(&mut pending);
            if pending.is_empty() {
                return;
            }
            thread::sleep(GLANCE.min(ends.saturating_duration_since(Instant::now())));
            let answers = call(&self.store, self.rank, self.world_size);
            if answers.is_ok_and(|roll| pending.iter().all(|rank| roll.missing.contains(rank))) {
                return;
            }
        }
    }

    /// After an error: the rank that has the store stays until the others have called the roll too.
    pub fn linger(&self) {
        let _ = self.store.set(&format!("failed/{}", self.rank), "1");
        if self.host == Some(self.rank) {
            self.leave(PATIENCE + Duration::from_secs(2));
        }
    }
}

/// Who answered.
struct Answers {
    missing: Vec<usize>,
    left: Vec<usize>,
}

impl Answers {
    fn told(&self, waited: Duration) -> String {
        if !self.missing.is_empty() {
            let (do_not, were) = match self.missing.len() {
                1 => ("does not", "was"),
                _ => ("do not", "were"),
            };
            return format!(
                "{} {do_not} answer any more, and {were} waited for: killed or stopped, or the host \
                 is gone",
                ranks(&self.missing)
            );
        }
        if !self.left.is_empty() {
            let has = if self.left.len() == 1 { "has" } else { "have" };
            return format!(
                "{} {has} left the group or failed, and nothing more comes from there; all ranks have \
                 to make the same calls",
                ranks(&self.left)
            );
        }
        format!(
            "all ranks are there, but not all have made this call within {waited:.0?}: one is slow, or \
             makes another call; a longer `timeout` waits for it"
        )
    }
}

/// Calls the roll, and waits for the answers.
fn call(store: &Store, rank: usize, world_size: usize) -> Result<Answers> {
    let number = store.add("call", 1)?;
    let ends = Instant::now() + PATIENCE;
    let mut missing: Vec<usize> = (0..world_size).filter(|other| *other != rank).collect();
    let mut left = Vec::new();
    while !missing.is_empty() && Instant::now() < ends {
        let mut open = Vec::new();
        for other in missing {
            let here = format!("here/{other}");
            if store.has(&format!("left/{other}"))? {
                left.push(other);
            } else if !(store.has(&here)? && store.get(&here)?.parse::<i64>().unwrap_or(0) >= number)
            {
                open.push(other);
            }
        }
        missing = open;
        thread::sleep(Duration::from_millis(50));
    }
    let answers = Answers { missing, left };
    if !answers.missing.is_empty() {
        store.set("missing", &answers.told(Duration::ZERO))?;
    }
    Ok(answers)
}

/// Answers until this rank has left.
fn answer(
    store: &Store,
    rank: usize,
    has_left: &AtomicBool,
    news: &Mutex<Option<String>>,
) -> Result<()> {
    let (here, mut answered) = (format!("here/{rank}"), String::new());
    while !has_left.load(Ordering::Relaxed) {
        if store.has("call")? {
            let call = store.get("call")?;
            if call != answered {
                store.set(&here, &call)?;
                answered = call;
            }
            if store.has("missing")?
                && let Ok(mut news) = news.lock()
            {
                *news = Some(store.get("missing")?);
            }
        }
        thread::sleep(GLANCE);
    }
    Ok(())
}

//! Who is there: a roll that is called by way of the store when a collective has failed.
//!
//! A collective that fails says little: a connection was closed, or nothing came in time. Each rank
//! therefore has a thread that answers when one calls the roll, which a rank that was killed or stopped
//! does not. Nothing is written to the store before that.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::rendezvous::{ranks, within};
use crate::ffi::Store;
use crate::{Error, Result};

/// How often a rank looks whether the roll is called.
const GLANCE: Duration = Duration::from_millis(250);
/// How long one who calls waits for answers. A host that is very busy answers within it.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long the rank that has the store stays after an error, for others that end after one too.
#[cfg(feature = "cli")]
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A host and a port.
pub(super) type SocketAddress = (String, u16);

/// All ranks, as one of them sees them.
pub(super) struct Roll {
    store: Arc<Store>,
    pub rank: usize,
    pub world_size: usize,
    /// Where the store is.
    pub place: String,
    /// Which rank the store ends with.
    pub host: Option<usize>,
    address: Option<SocketAddress>,
    has_left: Arc<AtomicBool>,
    /// What another found, and told before the store was gone.
    news: Arc<Mutex<Option<String>>>,
    /// What this one has found: where one call fails, others do.
    found: Mutex<Option<String>>,
    /// Who did not answer then, for whom nobody has to stay.
    gone: Mutex<Vec<usize>>,
}

impl Roll {
    /// Begins to answer.
    pub fn new(
        store: Store,
        rank: usize,
        world_size: usize,
        place: String,
        host: Option<usize>,
        address: Option<SocketAddress>,
    ) -> Self {
        let roll = Self {
            store: Arc::new(store),
            rank,
            world_size,
            place,
            host,
            address,
            has_left: Arc::default(),
            news: Arc::default(),
            found: Mutex::default(),
            gone: Mutex::default(),
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

    /// Why a collective failed, so far as the other ranks tell. Afterwards, the rank that has the store
    /// has stayed until the others have asked too.
    pub fn reason(&self, waited: Duration) -> Option<String> {
        if self.world_size == 1 {
            return None;
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_none() {
            *found = Some(self.called(waited));
            self.linger();
        }
        found.clone()
    }

    fn called(&self, waited: Duration) -> String {
        let (store, rank, world_size) = (self.store.clone(), self.rank, self.world_size);
        let address = self.address.clone();
        let called = within(PATIENCE + Duration::from_secs(1), move || {
            let store = connected(&store, address.as_ref())?;
            call(&store, rank, world_size)
        });
        match called {
            Some(Ok(roll)) => {
                let told = roll.told(waited);
                *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = roll.missing;
                told
            }
            Some(Err(_)) | None => self.without_store(),
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
                 its host is gone or stopped, or the network to it"
            ),
            None => format!("the store at {place} does not answer any more"),
        }
    }

    /// Stops answering, and tells the others that this rank is done. The rank that has the store stays
    /// until all others are done or do not answer.
    pub fn leave(&self, timeout: Duration) {
        self.has_left.store(true, Ordering::Relaxed);
        self.tell("left");
        self.stay(timeout);
    }

    /// Before the process ends after an error: stops answering, and tells so. The rank that has the store stays
    /// until all others have told so too; but not for long, since they may not know of the error, and wait for
    /// this rank.
    #[cfg(feature = "cli")]
    pub fn end_after_error(&self) {
        self.has_left.store(true, Ordering::Relaxed);
        let ends = Instant::now() + LAST_WORDS;
        let (store, address) = (self.store.clone(), self.address.clone());
        let key = format!("ended/{}", self.rank);
        // A new connection, since libtorch warns on one whose other end is gone.
        within(LAST_WORDS, move || connected(&store, address.as_ref())?.set(&key, "1"));
        if self.host != Some(self.rank) {
            return;
        }
        let mut pending = self.others();
        while self.are_there(&mut pending, &["left", "ended"]) && Instant::now() < ends {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// After an error: the rank that has the store stays until the others have called the roll too.
    fn linger(&self) {
        self.tell("failed");
        self.stay(PATIENCE + Duration::from_secs(2));
    }

    fn stay(&self, timeout: Duration) {
        if self.host != Some(self.rank) {
            return;
        }
        let ends = Instant::now() + timeout;
        let mut pending = self.others();
        // As a rule all leave at once.
        let mut glance = Duration::from_millis(5);
        while self.are_there(&mut pending, &["left", "failed", "ended"]) && Instant::now() < ends {
            thread::sleep(glance.min(ends.saturating_duration_since(Instant::now())));
            if glance < GLANCE {
                glance = GLANCE.min(glance * 2);
                continue;
            }
            let answers = call(&self.store, self.rank, self.world_size);
            if answers.is_ok_and(|roll| pending.iter().all(|rank| roll.missing.contains(rank))) {
                return;
            }
        }
    }

    /// The ranks beside this one, but for those that did not answer.
    fn others(&self) -> Vec<usize> {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        let others = (0..self.world_size).filter(|rank| *rank != self.rank && !gone.contains(rank));
        others.collect()
    }

    /// Keeps of these ranks those that have told the store none of these words: false if there are none.
    fn are_there(&self, ranks: &mut Vec<usize>, words: &[&str]) -> bool {
        ranks.retain(|rank| {
            let told = |word: &&str| self.store.has(&format!("{word}/{rank}")).unwrap_or(true);
            !words.iter().any(told)
        });
        !ranks.is_empty()
    }

    /// Writes to the store, which may not answer.
    fn tell(&self, what: &str) {
        let (store, key) = (self.store.clone(), format!("{what}/{}", self.rank));
        within(PATIENCE, move || store.set(&key, "1"));
    }
}

/// Who answered.
struct Answers {
    missing: Vec<usize>,
    left: Vec<usize>,
    failed: Vec<usize>,
}

impl Answers {
    fn told(&self, waited: Duration) -> String {
        let [missing, left, failed] =
            [&self.missing, &self.left, &self.failed].map(|them| ranks(them));
        let one = |them: &[usize], one, several| if them.len() == 1 { one } else { several };
        if !self.missing.is_empty() {
            return format!(
                "{missing} {} not answer any more, and {} waited for: ended, killed or stopped, or its \
                 host is gone, or the network to it",
                one(&self.missing, "does", "do"),
                one(&self.missing, "was", "were")
            );
        }
        if !self.left.is_empty() {
            return format!(
                "{left} {} left the group, and nothing more comes from there; all ranks have to make \
                 the same calls",
                one(&self.left, "has", "have")
            );
        }
        let there = match self.failed.len() {
            0 => "all ranks are there, but".to_string(),
            _ => format!("{failed} {} failed before;", one(&self.failed, "has", "have")),
        };
        format!(
            "{there} not all have made this call within {waited:.0?}: one is slow, or makes another call; \
             a longer `timeout` waits for it"
        )
    }
}

/// A connection of one's own to the store, whose address it is, if it has one.
fn connected(store: &Store, address: Option<&SocketAddress>) -> Result<Store> {
    // libtorch would try again and again, and warn of each time.
    if let Some((host, port)) = address {
        let reached = (host.as_str(), *port).to_socket_addrs().is_ok_and(|mut addresses| {
            addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
        });
        if !reached {
            return Err(Error::Distributed(format!("no store answers at {host}:{port}")));
        }
    }
    store.connected_anew(PATIENCE)
}

/// Calls the roll, and waits for the answers.
fn call(store: &Store, rank: usize, world_size: usize) -> Result<Answers> {
    let number = store.add("call", 1)?;
    let ends = Instant::now() + PATIENCE;
    let mut missing: Vec<usize> = (0..world_size).filter(|other| *other != rank).collect();
    let (mut left, mut failed) = (Vec::new(), Vec::new());
    loop {
        let mut open = Vec::new();
        for other in missing {
            let here = format!("here/{other}");
            // One that has failed leaves afterwards.
            if store.has(&format!("failed/{other}"))? {
                failed.push(other);
            } else if store.has(&format!("left/{other}"))? {
                left.push(other);
            } else if !(store.has(&here)?
                && store.get(&here)?.parse::<i64>().unwrap_or(0) >= number)
            {
                open.push(other);
            }
        }
        missing = open;
        if missing.is_empty() || Instant::now() > ends {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let answers = Answers { missing, left, failed };
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

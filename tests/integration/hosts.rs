//! Two hosts: network namespaces of this one, with a cable between them.

use std::io::Write;
use std::process::{Command, Stdio};
use std::result::Result;
use std::time::{Duration, Instant};
use std::{env, fs, io};

use crate::distributed::{Ranks, failed};

/// Says that this process has a network of its own, where it may make namespaces.
const APART: &str = "FLAMBEAU_TEST_APART";
const FOLDER: &str = "FLAMBEAU_TEST_FOLDER";
const ADDRESSES: [&str; 2] = ["10.213.0.1", "10.213.0.2"];

/// Two namespaces and their cable, which are gone with it.
struct Hosts([String; 2]);

/// A command of words; what it says where it fails.
fn done(command: &str) -> Result<(), String> {
    let mut words = command.split(' ');
    let said = Command::new(words.next().unwrap()).args(words).output();
    match said {
        Ok(said) if said.status.success() => Ok(()),
        Ok(said) => Err(format!("{command}: {}", String::from_utf8_lossy(&said.stderr).trim())),
        Err(error) => Err(format!("{command}: {error}")),
    }
}

impl Hosts {
    fn new() -> Result<Self, String> {
        let name = |which| format!("flambeau-{}-{which}", std::process::id());
        let hosts = Self([name(0), name(1)]);
        let [a, b] = &hosts.0;
        done(&format!("ip netns add {a}"))?;
        done(&format!("ip netns add {b}"))?;
        done(&format!("ip link add eth0 netns {a} type veth peer name eth0 netns {b}"))?;
        for (host, address) in hosts.0.iter().zip(ADDRESSES) {
            done(&format!("ip -n {host} addr add {address}/24 dev eth0"))?;
            done(&format!("ip -n {host} link set eth0 up"))?;
            done(&format!("ip -n {host} link set lo up"))?;
        }
        Ok(hosts)
    }

    /// Holds the cable to 100 Mbit/s, each way.
    fn slow_down(&self) {
        for host in &self.0 {
            let held = "tc qdisc add dev eth0 root tbf rate 100mbit burst 64kb latency 400ms";
            done(&format!("ip netns exec {host} {held}")).unwrap();
        }
    }

    fn cut(&self) {
        done(&format!("ip -n {} link set eth0 down", self.0[1])).unwrap();
    }

    /// A rank of `test` on each.
    fn start(&self, test: &str, port: u16, label: &str) -> Ranks {
        let mut ranks = Ranks::none();
        let folder = ranks.folder.path().to_str().unwrap().to_string();
        let store = format!("tcp://{}:{port}", ADDRESSES[0]);
        for (rank, host) in self.0.iter().enumerate() {
            let before = ["ip", "netns", "exec", host];
            let variables =
                [("GLOO_SOCKET_IFNAME", "eth0"), (FOLDER, &folder), ("FLAMBEAU_TEST_WAY", label)];
            ranks.add_on(&before, test, rank, 2, &store, &variables);
        }
        ranks
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for host in &self.0 {
            let _ = done(&format!("ip netns del {host}"));
        }
    }
}

/// On standard error itself, which `cargo test` does not keep for itself.
fn skipped(why: &str) {
    let _ = writeln!(io::stderr(), "hosts::two_hosts is skipped, no two hosts can be made: {why}");
}

/// The test once more, in a namespace of users where it may do what it wants; none where that is not
/// allowed.
fn apart() -> Option<bool> {
    let begins = ["-rnm", "sh", "-c"];
    let ready = "mount -t tmpfs tmpfs /run && ip link set lo up";
    let allowed = Command::new("unshare").args(begins).arg(ready).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        return None;
    }
    let again = Command::new("unshare")
        .args(begins)
        .arg(format!("{ready} && exec \"$0\" --exact hosts::two_hosts --nocapture"))
        .arg(env::current_exe().unwrap())
        .env(APART, "1")
        .status();
    Some(again.unwrap().success())
}

/// A training over them computes what it does on one host, as fast as the cable is; where the cable is cut,
/// both say so in time.
#[test]
fn two_hosts() {
    if env::var_os(APART).is_none()
        && let Some(passed) = apart()
    {
        return assert!(passed);
    }
    let hosts = match Hosts::new() {
        Ok(hosts) => hosts,
        Err(why) => return skipped(&why),
    };
    let results = |ranks: Ranks| {
        ranks.wait_for("crosses");
        let file = |rank| ranks.folder.path().join(format!("crosses.{rank}"));
        let results = [0, 1].map(|rank| fs::read_to_string(file(rank)).unwrap());
        for (rank, ended) in ranks.end(&[]).iter().enumerate() {
            assert_eq!(ended.code, Some(0), "rank {rank}: {}", ended.stderr);
        }
        results.map(|text| {
            let (seconds, weights) = text.split_once(' ').unwrap();
            (seconds.parse::<f64>().unwrap(), weights.to_string())
        })
    };
    let mut alone = Ranks::none();
    let folder = alone.folder.path().to_str().unwrap().to_string();
    for rank in 0..2 {
        alone.add("crosses_in", rank, 2, "file://{}/store", &[(FOLDER, &folder)]);
    }
    let on_one = results(alone);
    hosts.slow_down();
    let on_two = results(hosts.start("crosses_in", 29500, ""));
    for (one, two) in on_one.iter().zip(&on_two) {
        assert_eq!(one.1, on_one[0].1);
        assert_eq!(two.1, on_one[0].1);
        // 5 MB each way are 0.4 s at 100 Mbit/s; a busy machine is no faster.
        assert!((0.35..10.0).contains(&two.0), "{on_two:?}");
    }

    let ranks = hosts.start("trains", 29501, "on");
    ranks.wait_for("trains");
    hosts.cut();
    let begun = Instant::now();
    let ended = ranks.end(&[]);
    // The timeout is 3 s; the roll is called after it.
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    failed(&ended[0], ", on rank 0 of 2: rank 1 does not answer any more");
    failed(&ended[1], ", on rank 1 of 2: rank 0 does not answer any more, and it has the store at");
    for ended in &ended {
        assert!(ended.stderr.contains("the network to it"), "{}", ended.stderr);
    }
}

//! `flambeau serve`: what it answers, and what it withstands.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use flambeau::models;
use flambeau::prelude::*;
use flambeau::serialize::pt;
use flambeau::vision::io::encode_png;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::Value;

use crate::command::{flambeau, refused};
use crate::server::Server;

/// A server of a new network, with these arguments too.
fn serve(folder: &Path, more: &[&str]) -> Server {
    pt::save_file(&models::Cnn::new().state_dict(), folder.join("cnn.pt")).unwrap();
    Server::start(flambeau(folder).args(["serve", "cnn.pt"]).args(more)).unwrap()
}

impl Server {
    /// The status and the body of an answer.
    fn ask(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let head = format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // It may have answered before all has arrived.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or(0), body.to_string())
    }

    fn post(&self, more: &str, body: &[u8]) -> (u16, String) {
        let host = &self.address;
        self.ask(&format!("POST /api/predict HTTP/1.1\r\nHost: {host}{more}"), body)
    }
}

#[test]
fn a_server_answers_its_own_page_and_nobody_elses() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = serve(folder, &[]);
    let image = png();

    let (status, answer) = server.post("", &image);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((status, answer["classes"].as_array().unwrap().len()), (200, 10));
    for part in ["seen", "mattered"] {
        assert!(answer[part].as_str().unwrap().starts_with("data:image/png"), "{part}");
    }
    assert!(answer["maps"][0]["svg"].as_str().unwrap().contains("16 maps of 10"));
    let own = format!("\r\nOrigin: http://{}", server.address);
    assert_eq!(server.post(&own, &image).0, 200);

    let host = &server.address;
    let get = |path: &str| server.ask(&format!("GET {path} HTTP/1.1\r\nHost: {host}"), b"");
    for (path, status, words) in [
        ("/", 200, "<title>What is this?</title>"),
        ("/api", 200, "POST /api/predict"),
        ("/script.js", 200, "addEventListener"),
        ("/style.css", 200, ".drop"),
        ("/etc/passwd", 404, "error"),
        ("/../Cargo.toml", 404, "error"),
    ] {
        let (code, body) = get(path);
        assert!(code == status && body.contains(words), "{path}: {code} {body}");
    }
    for (more, body, status) in [
        ("\r\nOrigin: http://example.com", &image[..], 403),
        ("\r\nOrigin: null", &image[..], 403),
        ("\r\nSec-Fetch-Site: cross-site", &image[..], 403),
        ("", b"", 400),
        ("", b"dear", 422),
        ("", &image[..image.len() / 2], 422),
        ("", &vec![0; 21 << 20], 413),
    ] {
        assert_eq!(server.post(more, body).0, status, "{more:?}, {} bytes", body.len());
    }
    let other = server.ask("GET / HTTP/1.1\r\nHost: example.com", b"");
    assert_eq!(other.0, 403);
    // A PNG of 65,000 × 65,000 pixels in its head.
    let mut huge = image.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
    let (status, answer) = server.post("", &huge);
    assert!(status == 422 && answer.contains("65000 × 65000 pixels"), "{status} {answer}");
    // A port that is taken.
    let port = server.address.rsplit(':').next().unwrap();
    let taken = format!("serve cnn.pt --model functional-cnn --device cpu --port {port}");
    assert!(refused(folder, &taken).contains("the port is taken; name another by --port"));
    assert_eq!(server.post("", &image).0, 200, "it serves on");
}

#[test]
fn a_model_that_has_got_lost_is_the_servers_fault() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let lost = models::Cnn::new();
    lost.parameters().iter().for_each(|p| no_grad(|| drop(p.shallow_clone().fill_(f64::NAN))));
    let path = folder.path().join("lost.pt");
    pt::save_file(&lost.state_dict(), &path).unwrap();
    let server = Server::start(flambeau(folder.path()).args(["serve", "lost.pt"])).unwrap();
    let (status, answer) = server.post("", &png());
    assert!(
        status == 500 && answer.contains("no numbers") && !answer.contains("lost.pt"),
        "{answer}"
    );
}

fn png() -> Vec<u8> {
    encode_png(&(torch::ones([3, 40, 60]) * 100.0).to_kind(Kind::Uint8)).unwrap()
}

/// A number below `n`.
fn below(rng: &mut TestRng, n: usize) -> usize {
    (rng.next_u64() % n as u64) as usize
}

/// An upload that is wrong in one of many ways, and the statuses that may answer it.
fn malformed(rng: &mut TestRng, image: &[u8], address: &str) -> (Vec<u8>, &'static [u16]) {
    let mut body = image.to_vec();
    let (mut method, mut more) = ("POST", String::new());
    let mut length = None;
    let statuses: &[u16] = match below(rng, 9) {
        // Cut off, at times behind the last pixel.
        0 => {
            body.truncate(below(rng, image.len()));
            &[200, 400, 422]
        }
        // With other bytes in it, which may be what the picture allows.
        1 => {
            for _ in 0..1 + below(rng, 8) {
                let at = below(rng, body.len());
                body[at] = rng.next_u32() as u8;
            }
            &[200, 422]
        }
        // Of huge sides.
        2 => {
            body[16..24].copy_from_slice(&rng.next_u64().to_be_bytes());
            &[422]
        }
        // Of another kind.
        3 => {
            let size = below(rng, 4096);
            body = (0..size).map(|_| rng.next_u32() as u8).collect();
            &[400, 422]
        }
        // From another page.
        4 => {
            let headers =
                ["Origin: http://example.com", "Origin: null", "Sec-Fetch-Site: cross-site"];
            more = format!("{}\r\n", headers[below(rng, 3)]);
            &[403]
        }
        // Shorter than it says: whoever sends it goes away.
        5 => {
            length = Some(body.len() + 1 + below(rng, 1000));
            &[0, 400]
        }
        // Longer than is allowed, or than a number can say.
        6 => {
            length = Some(usize::MAX >> below(rng, 30));
            &[0, 400, 413, 431]
        }
        7 => {
            method = ["GET", "PUT", "DELETE", "\u{1}", "POST /api", "post"][below(rng, 6)];
            &[400, 404, 405]
        }
        // No HTTP.
        _ => {
            more = format!("{}: \0\r\n", "x".repeat(below(rng, 3000)));
            &[400, 431]
        }
    };
    let length = length.unwrap_or(body.len());
    let mut request = format!(
        "{method} /api/predict HTTP/1.1\r\nHost: {address}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .into_bytes();
    request.extend(body);
    (request, statuses)
}

/// Sends this, and gives the status of the answer; 0 for none. Who goes away says that nothing follows.
fn exchange(address: &str, request: &[u8], goes_away: bool) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let _ = stream.write_all(request);
    if goes_away {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let line = String::from_utf8_lossy(&answer[..answer.len().min(12)]).into_owned();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

impl Server {
    /// The memory that it has, in MiB.
    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

/// `FLAMBEAU_UPLOADS=10000` sends so many.
#[test]
fn malformed_uploads_end_nothing_and_leave_nothing() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), &[]);
    let (image, address) = (png(), server.address.clone());
    let uploads = std::env::var("FLAMBEAU_UPLOADS").map_or(400, |n| n.parse().unwrap());
    let send = |count: usize, seed: u8| {
        thread::scope(|scope| {
            for worker in 0..8 {
                let (image, address) = (&image, &address);
                scope.spawn(move || {
                    let seed = [[seed, worker]; 16].concat();
                    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
                    for _ in 0..count / 8 {
                        let (request, statuses) = malformed(&mut rng, image, address);
                        let status = exchange(address, &request, statuses.contains(&0));
                        let head = request[..request.len().min(150)].escape_ascii();
                        assert!(statuses.contains(&status), "{status}: {head}");
                    }
                });
            }
        });
    };
    // The first ones fill what is kept for the next.
    send(uploads.min(1000), 0);
    let before = server.memory();
    send(uploads, 1);
    // What the last one took goes back a moment later.
    let mut grown = server.memory() - before;
    for _ in 0..50 {
        if grown < 32.0 {
            break;
        }
        thread::sleep(Duration::from_millis(100));
        grown = server.memory() - before;
    }
    eprintln!("{uploads} malformed uploads: {before:.1} MiB before, {grown:+.1}");
    assert!(grown < 32.0, "{grown} MiB more");
    assert_eq!(server.post("", &image).0, 200, "it serves on");
}

#[test]
fn slow_senders_are_let_go_and_hinder_nobody() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), &["--timeout", "2"]);
    let begun = Instant::now();
    let head = format!("POST /api/predict HTTP/1.1\r\nHost: {}\r\n", server.address);
    let body = format!("{head}Content-Length: 100\r\n\r\nfew");
    let slow: Vec<_> = ["", "POST", &head, &body, &body]
        .map(|beginning| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            stream.write_all(beginning.as_bytes()).unwrap();
            stream
        })
        .into();
    assert_eq!(server.post("", &png()).0, 200);
    let answers = slow.into_iter().map(|mut stream| {
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    });
    let answers: Vec<_> = answers.collect();
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    for answer in &answers[3..] {
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

/// More at once than it takes: each is answered, the image's classes or that there are too many.
#[test]
fn more_images_than_it_takes_are_told_so() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), &[]);
    let image = encode_png(&torch::ones([3, 800, 800]).to_kind(Kind::Uint8)).unwrap();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let (server, image) = (&server, &image);
        let ask = |_| scope.spawn(move || server.post("", image).0);
        let asking: Vec<_> = (0..300).map(ask).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let of = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!(of(200) + of(503), 300, "{statuses:?}");
    assert!(of(200) >= 128, "{} answered", of(200));
    assert_eq!(server.post("", image.as_slice()).0, 200, "it serves on");
}

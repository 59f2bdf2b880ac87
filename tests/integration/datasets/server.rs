//! A server on this machine, which sends files as well as the test wants it to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does with a connection.
#[derive(Clone, Copy)]
pub enum Answer {
    /// The whole file, or the range asked for.
    Range,
    /// The whole file, whatever is asked for.
    Whole,
    /// The whole file is announced, this many bytes come.
    Cut(usize),
    NotFound,
}

/// Serves files under their names, a connection an answer (the last one for all that follow), and
/// gives the address to put a name behind; the list fills with the requests that came.
pub fn serve(
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
    answers: &'static [Answer],
) -> (String, Arc<Mutex<Vec<String>>>) {
    let files: Vec<_> = files.into_iter().collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let request = read_head(&mut stream);
            let answer = answers[number.min(answers.len() - 1)];
            let range = request.lines().find_map(|line| {
                line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok()
            });
            let wanted = |(name, _): &&(String, _)| request.starts_with(&format!("get /{name} "));
            let file = files.iter().find(wanted).map(|(_, file)| file.as_slice());
            let answer = if file.is_some() { answer } else { Answer::NotFound };
            let file = file.unwrap_or_default();
            seen.lock().unwrap().push(request);
            // A little slow, so that downloads at the same time do meet.
            thread::sleep(Duration::from_millis(30));
            let (head, body) = match (answer, range) {
                (Answer::NotFound, _) => ("404 Not Found".to_string(), &[][..]),
                (Answer::Range, Some(from)) if from >= file.len() => (
                    format!("416 Range Not Satisfiable\r\nContent-Range: bytes */{}", file.len()),
                    &[][..],
                ),
                (Answer::Range, Some(from)) => {
                    let (last, all) = (file.len() - 1, file.len());
                    (
                        format!("206 Partial Content\r\nContent-Range: bytes {from}-{last}/{all}"),
                        &file[from..],
                    )
                }
                _ => ("200 OK".to_string(), file),
            };
            let length = body.len();
            let sent =
                if let Answer::Cut(sent) = answer { &body[..sent.min(length)] } else { body };
            let head =
                format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent));
        }
    });
    (url, requests)
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).to_lowercase()
}

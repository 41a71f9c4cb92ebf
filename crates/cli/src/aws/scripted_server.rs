//! A server for tests that answers what it was told to, in that order, and remembers the requests.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

use super::Endpoint;

/// A request as it came: head (request line and headers) and body.
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A server with as many answers as it will give.
pub(crate) struct ScriptedServer {
    pub(crate) endpoint: Endpoint,
    thread: JoinHandle<Vec<Received>>,
}

impl ScriptedServer {
    /// Answers with these statuses and bodies, one a connection.
    pub(crate) fn start(answers: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let answers: Vec<String> = answers
            .iter()
            .map(|(status, body)| {
                let length = body.len();
                format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}")
            })
            .collect();
        let thread = thread::spawn(move || {
            let mut received = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                received.push(receive(&mut stream));
                stream.write_all(answer.as_bytes()).unwrap();
            }
            received
        });
        Self { endpoint, thread }
    }

    /// What came. Waits until every answer was given.
    pub(crate) fn received(self) -> Vec<Received> {
        self.thread.join().unwrap()
    }
}

fn receive(stream: &mut TcpStream) -> Received {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Received { head: head.to_owned(), body: body.to_owned() };
            }
        }
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the connection ended within a request");
        bytes.extend(&buffer[..count]);
    }
}

//! A service that answers as it is told, for what the real one does only in trouble.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime,
};

/// Listens, and gives each connection the next answer.
pub struct Stub {
    address: String,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Runs a scenario against a service with these answers.
    pub fn run<T>(answers: Vec<String>, scenario: impl AsyncFnOnce(&Self) -> T) -> T {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let stub = Self {
                address: listener.local_addr().expect("an address").to_string(),
                bodies: Arc::default(),
            };
            let bodies = Arc::clone(&stub.bodies);
            let serving = tokio::spawn(async move {
                for answer in answers {
                    let (mut stream, _) = listener.accept().await.expect("a connection");
                    let body = request(&mut stream).await;
                    bodies.lock().expect("no panic while it is held").push(body);
                    stream
                        .write_all(answer.as_bytes())
                        .await
                        .expect("it is taken");
                    // Closed by going out of scope.
                }
            });
            let done = scenario(&stub).await;
            serving.await.expect("every answer was asked for");
            done
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bodies of the requests so far, decompressed.
    pub fn bodies(&self) -> Vec<String> {
        self.bodies
            .lock()
            .expect("no panic while it is held")
            .clone()
    }
}

/// Reads a request, and returns its body.
async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let head = loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        match end {
            Some(end) => break end + 4,
            None => assert!(stream.read_buf(&mut bytes).await.expect("a request") > 0),
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().expect("a length"));
    while bytes.len() < head + length {
        assert!(stream.read_buf(&mut bytes).await.expect("a body") > 0);
    }
    let body = &bytes[head..];
    let body = if text.contains("content-encoding: zstd") {
        zstd::decode_all(body).expect("zstd")
    } else {
        body.to_vec()
    };
    String::from_utf8(body).expect("UTF-8")
}

/// An answer 200 in pieces.
pub fn chunked(media_type: &str, pieces: &[&str]) -> String {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    let pieces = pieces
        .iter()
        .map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len()));
    head + &pieces.collect::<String>() + "0\r\n\r\n"
}

/// An answer of another kind.
pub fn plain(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

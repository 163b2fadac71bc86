//! HTTP as it stands on the wire, for what a client library hides.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Caller;

const SOON: Duration = Duration::from_secs(20);

/// A connection to the service.
pub struct Wire(TcpStream);

/// An answer as it came: its head in small letters, and its body.
#[derive(Debug)]
pub struct RawAnswer {
    pub head: String,
    pub body: Vec<u8>,
}

impl Wire {
    pub async fn connect(caller: &Caller) -> Self {
        let url = caller.url("");
        let address = url.strip_prefix("http://").expect("an address");
        Self(TcpStream::connect(address).await.expect("a connection"))
    }

    pub async fn send(&mut self, request: &str) {
        let sent = self.0.write_all(request.as_bytes()).await;
        sent.expect("the request is sent");
    }

    /// Reads an answer whose length its head tells.
    pub async fn read_answer(&mut self) -> RawAnswer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.read_byte().await);
        }
        let head = String::from_utf8(head).expect("text").to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().expect("a number"));
        let mut body = vec![0; length];
        timeout(SOON, self.0.read_exact(&mut body))
            .await
            .expect("in time")
            .expect("a body");
        RawAnswer { head, body }
    }

    async fn read_byte(&mut self) -> u8 {
        let byte = timeout(SOON, self.0.read_u8()).await;
        byte.expect("in time").expect("an answer before the end")
    }

    /// Reads until the service closes the connection.
    pub async fn read_to_end(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let read = timeout(SOON, self.0.read_to_end(&mut rest)).await;
        read.expect("the service closes it").expect("no reset");
        rest
    }

    /// Reads an answer that the end of the connection ends.
    pub async fn read_last_answer(&mut self) -> RawAnswer {
        let all = self.read_to_end().await;
        let end = all.windows(4).position(|it| it == b"\r\n\r\n");
        let end = end.expect("the end of a head") + 4;
        RawAnswer {
            head: String::from_utf8_lossy(&all[..end]).to_lowercase(),
            body: all[end..].to_vec(),
        }
    }
}

impl RawAnswer {
    pub fn closes(&self) -> bool {
        self.head.contains("\r\nconnection: close\r\n")
    }
}

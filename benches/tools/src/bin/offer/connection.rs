//! A connection that is kept open, with one request at a time on it; and the request.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
};

use rustix::{event::epoll, fd::OwnedFd};

use crate::{
    OfferError,
    answer::{self, Answer},
    figures::Arrival,
};

/// Digits of a claim's number: always as many, so that all requests are of one length.
const DIGITS: usize = 7;
/// More than an answer has.
const ROOM: usize = 64 << 10;

/// A request whose claim has a number.
pub struct Request {
    text: Vec<u8>,
    digits: std::ops::Range<usize>,
}

impl Request {
    /// The request for a claim; `None` if the template has no place for the external id.
    pub fn new(template: &str, address: &SocketAddr, key: &str, prefix: &str) -> Option<Self> {
        let (before, after) = template.trim().split_once("EXTERNAL_ID")?;
        let length = before.len() + prefix.len() + DIGITS + after.len();
        let head = format!(
            "POST /v1/claims HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut text = [&head, before, prefix].concat().into_bytes();
        let digits = text.len()..text.len() + DIGITS;
        text.extend_from_slice(&[b'0'; DIGITS]);
        text.extend_from_slice(after.as_bytes());
        Some(Self { text, digits })
    }

    /// The request for the claim of a number.
    pub fn numbered(&mut self, number: u64) -> &[u8] {
        let digits = format!("{number:0DIGITS$}");
        if let Some(place) = self.text.get_mut(self.digits.clone())
            && place.len() == digits.len()
        {
            place.copy_from_slice(digits.as_bytes());
        }
        &self.text
    }
}

/// A connection.
pub struct Connection {
    address: SocketAddr,
    index: usize,
    stream: TcpStream,
    buffer: Box<[u8]>,
    filled: usize,
    waits: Option<Arrival>,
}

/// What reading from a connection came to.
pub enum Step {
    /// Not all of the answer is there.
    More,
    /// An answer.
    Answered(Arrival, Answer),
    /// The service closed it; what was under way, if anything was.
    Broken(Option<Arrival>),
}

impl Connection {
    /// Opens a connection and has its events reported under its index.
    pub fn open(address: SocketAddr, index: usize, epoll: &OwnedFd) -> Result<Self, OfferError> {
        Ok(Self {
            address,
            index,
            stream: connect(address, index, epoll)?,
            buffer: vec![0; ROOM].into(),
            filled: 0,
            waits: None,
        })
    }

    /// Opens it again.
    pub fn reopen(&mut self, epoll: &OwnedFd) -> Result<(), OfferError> {
        self.stream = connect(self.address, self.index, epoll)?;
        self.filled = 0;
        self.waits = None;
        Ok(())
    }

    /// Sends a request; false if that failed. It fits the socket's buffer, which is empty between requests.
    pub fn send(&mut self, request: &[u8], arrival: Arrival) -> bool {
        self.waits = Some(arrival);
        matches!(self.stream.write(request), Ok(written) if written == request.len())
    }

    /// Reads what has come.
    pub fn receive(&mut self) -> Result<Step, OfferError> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        if room.is_empty() {
            return Err(OfferError::NoHttp("an answer without end".to_owned()));
        }
        match self.stream.read(room) {
            Ok(0) => return Ok(Step::Broken(self.waits.take())),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Step::More),
            Err(_) => return Ok(Step::Broken(self.waits.take())),
        }
        let text = self.buffer.get(..self.filled).unwrap_or_default();
        let Some(answer) = answer::parse(text)? else {
            return Ok(Step::More);
        };
        self.filled = 0;
        Ok(match self.waits.take() {
            Some(arrival) => Step::Answered(arrival, answer),
            // Such as a 408 for a connection that was idle for long.
            None => Step::Broken(None),
        })
    }
}

fn connect(address: SocketAddr, index: usize, epoll: &OwnedFd) -> Result<TcpStream, OfferError> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let index = u64::try_from(index).unwrap_or(u64::MAX);
    epoll::add(
        epoll,
        &stream,
        epoll::EventData::new_u64(index),
        epoll::EventFlags::IN,
    )?;
    Ok(stream)
}

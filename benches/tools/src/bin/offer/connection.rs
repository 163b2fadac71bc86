//! A kept connection with one request at a time.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
};

use rustix::{event::epoll, fd::OwnedFd};

use crate::{answer::HttpAnswer, error::OfferError, figures::Arrival};

/// Every number has as many digits, so that all requests have the same length.
const NUMBER_DIGITS: usize = 7;
/// Longer than any answer.
const BUFFER_BYTES: usize = 64 << 10;

pub struct Request {
    text: Vec<u8>,
    digits: std::ops::Range<usize>,
}

impl Request {
    /// `None` if the template has no `EXTERNAL_ID`.
    pub fn new(template: &str, address: &SocketAddr, key: &str, prefix: &str) -> Option<Self> {
        let (before, after) = template.trim().split_once("EXTERNAL_ID")?;
        let length = before.len() + prefix.len() + NUMBER_DIGITS + after.len();
        let head = format!(
            "POST /v1/claims HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut text = [&head, before, prefix].concat().into_bytes();
        let digits = text.len()..text.len() + NUMBER_DIGITS;
        text.extend_from_slice(&[b'0'; NUMBER_DIGITS]);
        text.extend_from_slice(after.as_bytes());
        Some(Self { text, digits })
    }

    /// The request with the number in its claim's external id.
    pub fn with_number(&mut self, number: u64) -> &[u8] {
        let digits = format!("{number:0NUMBER_DIGITS$}");
        if let Some(place) = self.text.get_mut(self.digits.clone())
            && place.len() == digits.len()
        {
            place.copy_from_slice(digits.as_bytes());
        }
        &self.text
    }
}

pub struct Connection {
    address: SocketAddr,
    index: usize,
    stream: TcpStream,
    buffer: Box<[u8]>,
    filled: usize,
    /// The arrival that waits for its answer.
    under_way: Option<Arrival>,
}

pub enum Received {
    /// A part of an answer, or nothing.
    Partial,
    Answered(Arrival, HttpAnswer),
    /// The connection is closed; the arrival is lost.
    Broken(Option<Arrival>),
}

impl Connection {
    /// Opens a connection whose events carry its index.
    pub fn open(address: SocketAddr, index: usize, epoll: &OwnedFd) -> Result<Self, OfferError> {
        Ok(Self {
            address,
            index,
            stream: connect(address, index, epoll)?,
            buffer: vec![0; BUFFER_BYTES].into(),
            filled: 0,
            under_way: None,
        })
    }

    pub fn reopen(&mut self, epoll: &OwnedFd) -> Result<(), OfferError> {
        self.stream = connect(self.address, self.index, epoll)?;
        self.filled = 0;
        self.under_way = None;
        Ok(())
    }

    /// Returns false if sending failed. The request fits the socket's buffer, which is empty between requests.
    pub fn send(&mut self, request: &[u8], arrival: Arrival) -> bool {
        self.under_way = Some(arrival);
        matches!(self.stream.write(request), Ok(written) if written == request.len())
    }

    pub fn receive(&mut self) -> Result<Received, OfferError> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        if room.is_empty() {
            return Err(OfferError::NoHttp("an answer without end".to_owned()));
        }
        match self.stream.read(room) {
            Ok(0) => return Ok(Received::Broken(self.under_way.take())),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Received::Partial),
            Err(_) => return Ok(Received::Broken(self.under_way.take())),
        }
        let text = self.buffer.get(..self.filled).unwrap_or_default();
        let Some(answer) = HttpAnswer::parse(text)? else {
            return Ok(Received::Partial);
        };
        self.filled = 0;
        Ok(match self.under_way.take() {
            Some(arrival) => Received::Answered(arrival, answer),
            // Such as a 408 for a connection that was idle for long.
            None => Received::Broken(None),
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

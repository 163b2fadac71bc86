//! An open-loop load: new claims arrive at `POST /v1/claims` at fixed times, whether or not the service keeps up,
//! and how long each took counts from the time at which it should have been sent. One thread and one epoll, so
//! that little of the machine is taken from the service.
//!
//! An arrival needs a connection; when all are waiting for an answer it waits as well, and that time counts.

mod answer;
mod connection;
mod figures;

use std::{
    fs, io,
    io::Write,
    net::{AddrParseError, SocketAddr},
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Parser;
use rustix::{
    buffer::spare_capacity,
    event::{Timespec, epoll},
    fd::OwnedFd,
};

use connection::{Connection, Request, Step};
use figures::{Arrival, Figures};

/// Offers new claims to a service at a fixed rate, and prints what it answered, as JSON.
#[derive(Debug, Parser)]
struct Options {
    /// Where the service listens.
    #[arg(long)]
    address: SocketAddr,
    /// An API key.
    #[arg(long)]
    key: String,
    /// A file with a claim; its EXTERNAL_ID becomes the prefix and a number.
    #[arg(long)]
    template: PathBuf,
    /// What external ids begin with.
    #[arg(long)]
    prefix: String,
    /// Arrivals a second.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// For how long they arrive.
    #[arg(long)]
    seconds: u32,
    /// Connections that are kept open.
    #[arg(long, default_value_t = 512)]
    connections: usize,
}

/// How long answers are waited for after the last arrival.
const PATIENCE: Duration = Duration::from_secs(30);
/// Events that are taken at once.
const EVENTS: usize = 256;

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The template is not one.
    #[error("{0} has no EXTERNAL_ID")]
    NoTemplate(PathBuf),
    /// Files and sockets.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The address.
    #[error("{0}")]
    Address(#[from] AddrParseError),
    /// An answer that is not understood.
    #[error("the service answered with something else than HTTP/1.1 with a length: {0}")]
    NoHttp(String),
}

impl From<rustix::io::Errno> for OfferError {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}

fn main() -> Result<(), OfferError> {
    let options = Options::parse();
    let template = fs::read_to_string(&options.template)?;
    let request = Request::new(&template, &options.address, &options.key, &options.prefix)
        .ok_or(OfferError::NoTemplate(options.template))?;
    let mut load = Load::open(options.address, options.connections, request)?;
    let figures = load.offer(&Schedule::from_now(options.rate, options.seconds))?;
    // Whoever reads may have gone.
    let _ = writeln!(io::stdout(), "{}", figures.json());
    Ok(())
}

/// When arrivals are due.
struct Schedule {
    began: Instant,
    rate: u64,
    count: u64,
    ends: Instant,
}

impl Schedule {
    fn from_now(rate: u32, seconds: u32) -> Self {
        let began = Instant::now();
        Self {
            began,
            rate: rate.into(),
            count: u64::from(rate) * u64::from(seconds),
            ends: began + Duration::from_secs(seconds.into()),
        }
    }

    fn due(&self, number: u64) -> Instant {
        self.began + Duration::from_nanos(number * 1_000_000_000 / self.rate)
    }
}

/// Connections, and which of them wait for nothing.
struct Load {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    idle: Vec<usize>,
    request: Request,
}

impl Load {
    fn open(address: SocketAddr, count: usize, request: Request) -> Result<Self, OfferError> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let connections: Result<Vec<_>, OfferError> = (0..count)
            .map(|index| Connection::open(address, index, &epoll))
            .collect();
        Ok(Self {
            epoll,
            connections: connections?,
            idle: (0..count).collect(),
            request,
        })
    }

    /// Sends what is due and takes in answers until all is sent, or its time is over, and answered.
    fn offer(&mut self, schedule: &Schedule) -> Result<Figures, OfferError> {
        let mut figures = Figures::new(schedule.count);
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            self.send_due(schedule, &mut figures)?;
            let now = Instant::now();
            let all_sent = figures.sent == schedule.count || now >= schedule.ends;
            let all_answered = self.idle.len() == self.connections.len();
            if all_sent && (all_answered || now >= schedule.ends + PATIENCE) {
                return Ok(figures);
            }
            let until = if all_sent {
                schedule.ends + PATIENCE
            } else if self.idle.is_empty() {
                schedule.ends
            } else {
                schedule.due(figures.sent)
            };
            let timeout = Timespec::try_from(until.saturating_duration_since(now)).ok();
            events.clear();
            epoll::wait(&self.epoll, spare_capacity(&mut events), timeout.as_ref())?;
            for event in &events {
                let index = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
                self.take_answer(index, &mut figures)?;
            }
        }
    }

    fn send_due(&mut self, schedule: &Schedule, figures: &mut Figures) -> Result<(), OfferError> {
        while figures.sent < schedule.count {
            let (due, now) = (schedule.due(figures.sent), Instant::now());
            if due > now || now >= schedule.ends {
                break;
            }
            let Some(index) = self.idle.pop() else { break };
            let Some(connection) = self.connections.get_mut(index) else {
                continue;
            };
            let arrival = Arrival { due, sent: now };
            if !connection.send(self.request.numbered(figures.sent), arrival) {
                figures.broken += 1;
                connection.reopen(&self.epoll)?;
                self.idle.push(index);
            }
            figures.sent += 1;
        }
        Ok(())
    }

    fn take_answer(&mut self, index: usize, figures: &mut Figures) -> Result<(), OfferError> {
        let Some(connection) = self.connections.get_mut(index) else {
            return Ok(());
        };
        match connection.receive()? {
            Step::More => return Ok(()),
            Step::Answered(arrival, answer) => {
                figures.record(&arrival, &answer, Instant::now());
                if answer.closes {
                    connection.reopen(&self.epoll)?;
                }
            }
            Step::Broken(arrival) => {
                connection.reopen(&self.epoll)?;
                if arrival.is_none() {
                    // It was idle, and is on the list already.
                    return Ok(());
                }
                figures.broken += 1;
            }
        }
        self.idle.push(index);
        Ok(())
    }
}

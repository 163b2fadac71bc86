//! An open-loop load: new claims arrive at `POST /v1/claims` at fixed times, whether or not the service keeps up. The
//! time of each counts from the moment at which it should have been sent. One thread and one epoll take little of the
//! machine from the service.
//!
//! An arrival needs a connection. When all wait for an answer, it waits as well, and that time counts.

mod answer;
mod connection;
mod error;
mod figures;

use std::{
    fs, io,
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Parser;
use rustix::{
    buffer::spare_capacity,
    event::{Timespec, epoll},
    fd::OwnedFd,
};

use connection::{Connection, Received, Request};
use error::OfferError;
use figures::{Arrival, Figures};

/// Offers new claims to a service at a fixed rate, and prints what it answered, as JSON.
#[derive(Debug, Parser)]
struct Options {
    /// The address that the service listens on.
    #[arg(long)]
    address: SocketAddr,
    /// An API key.
    #[arg(long)]
    key: String,
    /// A file with a claim; its EXTERNAL_ID becomes the prefix and a number.
    #[arg(long)]
    template: PathBuf,
    /// The beginning of all external ids.
    #[arg(long)]
    prefix: String,
    /// Arrivals a second.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// The duration of the load.
    #[arg(long)]
    seconds: u32,
    /// Connections that are kept open.
    #[arg(long, default_value_t = 512)]
    connections: usize,
}

/// The wait for answers after the last arrival.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_EVENTS: usize = 256;

fn main() -> Result<(), OfferError> {
    let options = Options::parse();
    let template = fs::read_to_string(&options.template)?;
    let request = Request::new(&template, &options.address, &options.key, &options.prefix)
        .ok_or(OfferError::NoTemplate(options.template))?;
    let mut load = Load::open(options.address, options.connections, request)?;
    let figures = load.offer(&Schedule::from_now(options.rate, options.seconds))?;
    // The reader may be gone.
    let _ = writeln!(io::stdout(), "{}", figures.into_json());
    Ok(())
}

/// The times at which arrivals are due.
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

struct Load {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    /// The connections without a request, by index.
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

    /// Sends the arrivals that are due and receives answers, until the schedule is over and all are answered.
    fn offer(&mut self, schedule: &Schedule) -> Result<Figures, OfferError> {
        let mut figures = Figures::new(schedule.count);
        let mut events = Vec::with_capacity(MAX_EVENTS);
        loop {
            self.send_due(schedule, &mut figures)?;
            let now = Instant::now();
            let all_sent = figures.sent == schedule.count || now >= schedule.ends;
            let all_answered = self.idle.len() == self.connections.len();
            if all_sent && (all_answered || now >= schedule.ends + ANSWER_TIMEOUT) {
                return Ok(figures);
            }
            let deadline = if all_sent {
                schedule.ends + ANSWER_TIMEOUT
            } else if self.idle.is_empty() {
                schedule.ends
            } else {
                schedule.due(figures.sent)
            };
            let timeout = Timespec::try_from(deadline.saturating_duration_since(now)).ok();
            events.clear();
            epoll::wait(&self.epoll, spare_capacity(&mut events), timeout.as_ref())?;
            for event in &events {
                let index = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
                self.receive_answer(index, &mut figures)?;
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
            if !connection.send(self.request.with_number(figures.sent), arrival) {
                figures.broken += 1;
                connection.reopen(&self.epoll)?;
                self.idle.push(index);
            }
            figures.sent += 1;
        }
        Ok(())
    }

    fn receive_answer(&mut self, index: usize, figures: &mut Figures) -> Result<(), OfferError> {
        let Some(connection) = self.connections.get_mut(index) else {
            return Ok(());
        };
        match connection.receive()? {
            Received::Partial => return Ok(()),
            Received::Answered(arrival, answer) => {
                figures.record(&arrival, &answer, Instant::now());
                if answer.closes_connection {
                    connection.reopen(&self.epoll)?;
                }
            }
            Received::Broken(arrival) => {
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
